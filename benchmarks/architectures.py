"""Learning curves of the architectures, trained under equal budget (Vu et al. 2024, Fig. 2A).

``python -m benchmarks.architectures CASES OUT --validate SUBJECT`` trains one network after the
other with the same samples in the same order, for as many iterations; name some to run only
those (one per process, say). Learnt are the muscles alone, on pixels of 2 mm, with zoom and
rotation as in the paper; batch, loss and optimiser are our choice and the same for all. Resumable.

``OUT/NAME/curve.csv`` has the training and validation Dice every ``--every`` iterations; draw
them with ``myotome evaluate ... --curve OUT/unet/curve.csv --curve ...``. ``OUT/summary.json``
compares the ends.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from myotome.nets.architecture import build
from myotome.tables.architectures import ARCHITECTURE
from myotome.train.cases.case import TrainingCase
from myotome.train.cases.manifest import load_cases
from myotome.train.fit.checkpoint import write_whole
from myotome.train.fit.loop import train
from myotome.train.fit.presets import preset
from myotome.train.fit.progress import CURVE
from myotome.train.fit.recipe import Config

PAPER = ("unet", "resunet1", "resunet2", "resunet3", "resunet4")
ALL = (*PAPER, "unetplusplus", "myotome")
PIXEL_MM = 2.0
PLANE_JI = (160, 208)
"""320 x 416 mm, what all networks' multiples divide."""

Parts = tuple[list[TrainingCase], list[TrainingCase]]


def config_for(name: str, options: argparse.Namespace) -> Config:
    """The same for every network, but for its name."""
    return preset(
        "tiny",
        architecture=name,
        augmentation="paper",
        iterations=options.iterations,
        epoch=options.every,
        batch=options.batch,
        learning_rate=options.learning_rate,
        warmup=min(20, options.iterations // 5),
        compartments_weight=0.0,
        ema=0.95,
        plane_ji=PLANE_JI,
        precision="fp32",
        validation_slices=options.validation_slices,
        seed=options.seed,
        threads=options.threads,
        checkpoint_every=options.every,
    )


def parts(options: argparse.Namespace) -> Parts:
    cases = [_muscles_only(c) for c in load_cases(options.cases, pixel_mm=PIXEL_MM)]
    held_out = [c for c in cases if c.subject in options.validate]
    if len({c.subject for c in held_out}) != len(set(options.validate)):
        raise SystemExit("--validate names a subject that is not there")
    return [c for c in cases if c.subject not in options.validate], held_out


def _muscles_only(case: TrainingCase) -> TrainingCase:
    """Without compartments, so that slices are drawn by their muscles and no head learns more."""
    return replace(case, compartments=np.full_like(case.compartments, 255))


def run(name: str, found: Parts, options: argparse.Namespace) -> dict[str, Any]:
    cases, held_out = found
    config, folder = config_for(name, options), options.out / name
    began = time.perf_counter()
    train(cases, config, folder, validation=held_out)
    seconds = time.perf_counter() - began
    with (folder / CURVE).open(encoding="utf-8", newline="") as held:
        last = list(csv.DictReader(held))[-1]
    row = {
        "architecture": name,
        "weights": sum(p.numel() for p in build(ARCHITECTURE[name], 1).parameters()),
        "iterations": options.iterations,
        "train_dice": float(last["train_dice"]),
        "val_dice": float(last["val_dice"]) if last["val_dice"] else None,
        "seconds_this_time": round(seconds, 1),
    }
    write_whole(folder / "result.json", (json.dumps(row, indent=1) + "\n").encode())
    return row


def collect(options: argparse.Namespace) -> list[dict[str, Any]]:
    """The results there are, also of other processes, to ``summary.json``."""
    found = [options.out / name / "result.json" for name in ALL]
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in found if path.is_file()]
    facts = {k: v for k, v in vars(options).items() if k not in ("out", "cases", "architecture")}
    summary = {"options": facts, "results": rows}
    write_whole(options.out / "summary.json", (json.dumps(summary, indent=1) + "\n").encode())
    return rows


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.architectures")
    parser.add_argument("cases", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--validate", nargs="+", required=True, help="subjects to measure on")
    parser.add_argument("--architecture", nargs="+", default=list(PAPER), choices=ALL)
    parser.add_argument("--iterations", type=int, default=500)
    parser.add_argument("--every", type=int, default=20, help="iterations per point of the curve")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--validation-slices", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parsed(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    found = parts(options)
    for name in options.architecture:
        row = run(name, found, options)
        print(f"{name}: {row}", file=sys.stderr)
    print(json.dumps(collect(options)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
