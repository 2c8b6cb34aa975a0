"""`python -m benchmarks.composition PART`: areas, phantom, time, or all of them."""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from benchmarks.composition import areas, cost, pictures
from benchmarks.composition import phantom as phantoms
from benchmarks.models import scans
from myotome.runtime.config import Configuration
from myotome.segment.bundled.predict import predict
from myotome.study import Stages, run

ROOT = Path(__file__).resolve().parents[2]
MEASURED = ROOT / "docs" / "measured" / "composition"
PICTURES = ROOT / "docs" / "pictures"


def part_areas(options: argparse.Namespace) -> None:
    """Real CTs: what a user gets, beside the reference; and their pictures at L3."""
    learnt = scans.labelled(options.data)
    trials = scans.shipped([*learnt, *scans.unlabelled(options.data)], options.threads,
                           learnt_from=learnt)  # fmt: skip
    _areas(options, trials, "areas", "composition_l3.jpg")
    if options.listing is not None:
        unseen = scans.held_out(options.listing, options.threads)
        _areas(options, unseen, "areas_held_out", "composition_l3_held_out.jpg")


def _areas(
    options: argparse.Namespace, trials: Sequence[scans.Trial], name: str, picture: str
) -> None:
    stages, found, panels = Stages.of(Configuration(threads=options.threads)), [], []
    for trial in trials:
        print(f"... {trial.name}", file=sys.stderr, flush=True)
        own = replace(stages, segment=partial(predict, network=trial.engine))
        result = run(trial.case / "ct.nii.gz", stages=own, threads=options.threads)
        if (trial.case / "muscles.nii.gz").is_file():
            rows = areas.rows(trial.case, result, unseen=trial.unseen)
            found += [(trial.sha256[:12], *row) for row in rows]
        panels += pictures.panels(trial.case, result)
    _write(options, name, ("network", *areas.Row._fields), found)
    pictures.sheet(panels, (PICTURES if options.publish else options.out) / picture)


def part_phantom(options: argparse.Namespace) -> None:
    """The phantom: every number at three pixel sizes beside its formula."""
    _write(options, "phantom", phantoms.Row._fields, phantoms.rows())


def part_time(options: argparse.Namespace) -> None:
    """Seconds that body composition adds to a study."""
    options.out.mkdir(parents=True, exist_ok=True)
    _write(options, "time", cost.Cost._fields, cost.costs(options.out))


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "areas": part_areas,
    "phantom": part_phantom,
    "time": part_time,
}


def _write(
    options: argparse.Namespace, name: str, head: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    folder: Path = MEASURED if options.publish else options.out
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.csv.part"
    with part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(head)
        writer.writerows([_cell(value) for value in row] for row in rows)
    part.replace(folder / f"{name}.csv")


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    return "" if value is None else value


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.composition", description=__doc__)
    parser.add_argument("part", choices=[*PARTS, "all"])
    parser.add_argument("--data", type=Path, help="areas: folder with cases/, unlabelled/")
    listing = 'areas: JSON [{"network": "a.onnx", "case": "folder"}, ...]'
    parser.add_argument("--held-out", dest="listing", type=Path, help=listing)
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "out" / "composition")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--no-publish", dest="publish", action="store_false",
                        help="leave docs/ as it is")  # fmt: skip
    options = parser.parse_args()
    wanted = list(PARTS) if options.part == "all" else [options.part]
    if "areas" in wanted and options.data is None:
        parser.error("areas needs --data")
    for name in wanted:
        print(f"== {name}", file=sys.stderr, flush=True)
        PARTS[name](options)
    if options.publish:
        page = ROOT / "scripts" / "composition_page.py"
        subprocess.run([sys.executable, str(page)], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
