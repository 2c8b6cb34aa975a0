"""`python -m benchmarks.models PART`: one part, or `all` of them, each kept when it is done."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.models import held_out, overlays, parity, robustness, scans, speed

ROOT = Path(__file__).resolve().parents[2]
MEASURED = ROOT / "docs" / "measured"
PICTURES = ROOT / "docs" / "pictures"

Part = Callable[[argparse.Namespace], None]


def _cases(options: argparse.Namespace) -> list[Path]:
    found = scans.labelled(options.data)
    return [c for c in found if not options.case or c.name in options.case]


def _unlabelled(options: argparse.Namespace) -> list[Path]:
    found = scans.unlabelled(options.data)
    return [c for c in found if not options.case or c.name in options.case]


def _held_out_trials(options: argparse.Namespace) -> list[scans.Trial]:
    if options.listing is None:
        return []
    trials = scans.held_out(options.listing, options.threads)
    return [t for t in trials if not options.case or t.name in options.case]


def _shipped_trials(options: argparse.Namespace, *, also_unlabelled: bool) -> list[scans.Trial]:
    learnt = _cases(options)
    cases = [*learnt, *(_unlabelled(options) if also_unlabelled else [])]
    return scans.shipped(cases, options.threads, learnt_from=learnt)


def _scored(name: str, trials: list[scans.Trial], options: argparse.Namespace) -> None:
    if not trials:
        print(f"{name}: nothing to measure (no --held-out listing?)", file=sys.stderr)
        return
    out = options.out / name
    if options.again or not held_out.known(out / "result.json", trials):
        held_out.measure(trials, out, options.threads)
    _publish(options, out / "result.json", f"{name}.json")
    _picture(options, out / "evaluation" / "worst_slices.png", f"worst_{name}.jpg")


def part_held_out(options: argparse.Namespace) -> None:
    _scored("held_out", _held_out_trials(options), options)


def part_shipped(options: argparse.Namespace) -> None:
    _scored("shipped", _shipped_trials(options, also_unlabelled=False), options)


def part_robustness(options: argparse.Namespace) -> None:
    """Networks on scans they did not learn from where there are any; else the shipped one."""
    trials = _held_out_trials(options)
    have = {t.name for t in trials}
    rest = _shipped_trials(options, also_unlabelled=True)
    out = options.out / "robustness"
    robustness.measure(
        [*trials, *(t for t in rest if t.name not in have)], out, options.threads, options.change
    )
    _publish(options, out / "result.json", "robustness.json")


def part_parity(options: argparse.Namespace) -> None:
    out = options.out / "parity"
    parity.measure(_cases(options), out, options.threads, options.int8)
    _publish(options, out / "result.json", "parity.json")


def part_overlays(options: argparse.Namespace) -> None:
    out = options.out / "overlays"
    trials = _shipped_trials(options, also_unlabelled=True)
    for path in overlays.sheets(trials, out / "shipped", options.threads):
        if options.publish:
            _copy(path, PICTURES / path.name)
    overlays.sheets(_held_out_trials(options), out / "held_out", options.threads)


def part_speed(options: argparse.Namespace) -> None:
    speed.networks(options.out / "networks")
    _publish(options, options.out / "networks" / "result.json", "networks.json")
    speed.measure(options.out / "speed")
    _publish(options, options.out / "speed" / "result.json", "speed.json")


def part_calibration(options: argparse.Namespace) -> None:
    """Take over what ``myotome calibrate`` wrote; it is not run here."""
    folder = options.calibration
    if folder is None:
        print("calibration: no --calibration FOLDER was given", file=sys.stderr)
        return
    for name in ("calibration.json", "standings.csv"):
        _publish(options, folder / name, name if name[0] == "c" else "calibration_standings.csv")
    _picture(options, folder / "calibration.png", "calibration.png")


PARTS: dict[str, Part] = {
    "held-out": part_held_out,
    "shipped": part_shipped,
    "robustness": part_robustness,
    "parity": part_parity,
    "overlays": part_overlays,
    "speed": part_speed,
    "calibration": part_calibration,
}


def _publish(options: argparse.Namespace, source: Path, name: str) -> None:
    if options.publish and source.is_file():
        _copy(source, MEASURED / name)


def _picture(options: argparse.Namespace, source: Path, name: str) -> None:
    """Pictures of the page, compressed if they are large."""
    if not options.publish or not source.is_file():
        return
    if Path(name).suffix == ".jpg":
        from PIL import Image

        PICTURES.mkdir(parents=True, exist_ok=True)
        small = Image.open(source).convert("RGB")
        (PICTURES / name).write_bytes(overlays.compressed(small))
    else:
        _copy(source, PICTURES / name)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.models", description=__doc__)
    parser.add_argument("part", choices=[*PARTS, "all"])
    parser.add_argument("--data", type=Path, required=True, help="folder with cases/, unlabelled/")
    parser.add_argument("--held-out", "--listing", dest="listing", type=Path,
                        help='JSON [{"network": "a.onnx", "case": "folder"}, ...]')  # fmt: skip
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "out" / "models")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--case", action="append", default=[], help="only this one (repeatable)")
    parser.add_argument("--change", action="append", default=[], help="robustness: only this one")
    parser.add_argument("--int8", type=Path, help="parity: a quantised ONNX of the network")
    parser.add_argument("--calibration", type=Path, help="folder written by the calibration")
    parser.add_argument("--again", action="store_true", help="score again what is known")
    parser.add_argument("--no-publish", dest="publish", action="store_false",
                        help="leave docs/ as it is")  # fmt: skip
    options = parser.parse_args()
    options.data = options.data.resolve()
    for name in PARTS if options.part == "all" else [options.part]:
        print(f"== {name}", file=sys.stderr, flush=True)
        PARTS[name](options)
    if options.part == "all" and options.publish:
        subprocess.run([sys.executable, str(ROOT / "scripts" / "models_page.py")], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
