"""Are partially labelled cases worth having? Held-out Dice with them, and without.

``python -m benchmarks.partial_labels -o OUT`` trains on phantoms: ``--full`` complete ones and
``--partial`` ones of which each shows two of the six muscle groups. With ``--cases DATA
--full-cases A --test B`` the same is asked of real CTs: A stay complete, B is held out, the
others keep two groups each. The arms differ in nothing but what is done with the partial cases:

- ``drop``: they are left out;
- ``marginal``: their unlabelled muscles count as "background or any unlabelled muscle";
- ``as_background``: their unlabelled muscles count as background, as naive training has it.

Resumable; ``OUT/partial_labels.json`` holds mean and SD over the seeds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from myotome.tables.anatomy.muscles import GROUPS, MUSCLES
from myotome.train.cases.case import TrainingCase
from myotome.train.cases.manifest import load_cases
from myotome.train.fit.checkpoint import write_whole
from myotome.train.fit.dice import measure, sights_of
from myotome.train.fit.loop import train
from myotome.train.fit.presets import preset
from myotome.train.synthesis.phantoms import phantom_case

PIXEL_MM, SLICE_MM = 2.0, 12.0
PLANE_JI = (144, 192)
_EMPTY = 255
Parts = tuple[Sequence[TrainingCase], Sequence[TrainingCase]]


def partial(case: TrainingCase, groups: Sequence[int]) -> TrainingCase:
    """``case`` with only these columns of its muscle groups, and no compartments."""
    kept = [m.value for m in MUSCLES if [g.key for g in GROUPS].index(m.group) in groups]
    annotated = case.annotated.copy()
    annotated[:, [n for n in range(len(GROUPS)) if n not in groups]] = False
    return replace(
        case,
        muscles=np.where(np.isin(case.muscles, [*kept, _EMPTY]), case.muscles, 0).astype(np.uint8),
        compartments=np.full_like(case.compartments, _EMPTY),
        annotated=annotated,
    )


def two_groups(number: int) -> tuple[int, int]:
    """The groups that partial case ``number`` shows; six of them show each group twice."""
    n = len(GROUPS)
    step = 1 + number // n % (n - 1)
    return number % n, (number + step) % n


def as_background(case: TrainingCase) -> TrainingCase:
    """``case`` as if its labels were complete where any are."""
    some = case.annotated.any(axis=1, keepdims=True)
    return replace(case, annotated=np.broadcast_to(some, case.annotated.shape).copy())


ARMS: Mapping[str, Callable[[Parts], list[TrainingCase]]] = {
    "drop": lambda parts: list(parts[0]),
    "marginal": lambda parts: [*parts[0], *parts[1]],
    "as_background": lambda parts: [*parts[0], *map(as_background, parts[1])],
}


def phantoms(options: argparse.Namespace, seed: int) -> tuple[Parts, list[TrainingCase]]:
    def made(first: int, count: int) -> list[TrainingCase]:
        seeds = range(1000 * seed + first, 1000 * seed + first + count)
        return [phantom_case(s, spacing_k_mm=SLICE_MM, pixel_mm=PIXEL_MM) for s in seeds]

    some = [partial(c, two_groups(n)) for n, c in enumerate(made(100, options.partial))]
    return (made(0, options.full), some), made(500, options.held_out)


def real(options: argparse.Namespace) -> tuple[Parts, list[TrainingCase]]:
    cases = load_cases(options.cases, pixel_mm=PIXEL_MM)
    full = [c for c in cases if c.subject in options.full_cases]
    held_out = [c for c in cases if c.subject in options.test]
    rest = [c for c in cases if c.subject not in {*options.full_cases, *options.test}]
    if not (full and held_out and rest):
        raise SystemExit("name --full-cases and --test so that other cases remain")
    return (full, [partial(c, two_groups(n)) for n, c in enumerate(rest)]), held_out


def run(arm: str, seed: int, options: argparse.Namespace) -> dict[str, Any]:
    parts, held_out = real(options) if options.cases else phantoms(options, seed)
    config = preset(
        "tiny",
        augmentation="paper",
        learning_rate=1e-2,
        warmup=20,
        ema=0.98,
        precision="fp32",
        checkpoint_every=50,
        seed=seed,
        iterations=options.iterations,
        epoch=options.iterations,
        batch=options.batch,
        plane_ji=PLANE_JI,
        architecture=options.architecture,
        threads=options.threads,
    )
    net = train(ARMS[arm](parts), config, options.out / f"{arm}_seed{seed}")
    counts = measure(net, sights_of(held_out, 200), torch.device("cpu"))
    keys = [m.key for m in MUSCLES]
    return {
        "arm": arm,
        "seed": seed,
        "mean_dice": counts.mean(),
        "dice": dict(zip(keys, counts.dice(), strict=True)),
    }


def summary(rows: Sequence[Mapping[str, Any]], options: argparse.Namespace) -> dict[str, Any]:
    arms = {}
    for arm in options.arms:
        values = [row["mean_dice"] for row in rows if row["arm"] == arm]
        if values:
            sd = statistics.stdev(values) if len(values) > 1 else None
            arms[arm] = {"mean": statistics.fmean(values), "sd": sd, "seeds": len(values)}
    facts = {k: v for k, v in vars(options).items() if k not in ("out", "cases")}
    return {"options": facts, "data": "cases" if options.cases else "phantoms", "arms": arms}


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.partial_labels")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--full", type=int, default=1, help="complete phantoms")
    parser.add_argument("--partial", type=int, default=6, help="partially labelled phantoms")
    parser.add_argument("--held-out", type=int, default=3, help="phantoms to measure on")
    parser.add_argument("--cases", type=Path, help="real cases instead of phantoms")
    parser.add_argument("--full-cases", nargs="+", default=[], help="subjects that stay complete")
    parser.add_argument("--test", nargs="+", default=[], help="subjects to measure on")
    parser.add_argument("--arms", nargs="+", default=list(ARMS), choices=list(ARMS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--iterations", type=int, default=700)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--architecture", default="tiny")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parsed(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    rows = []
    for seed in options.seeds:
        for arm in options.arms:
            rows.append(run(arm, seed, options))
            print(f"seed {seed} {arm}: mean Dice {rows[-1]['mean_dice']:.3f}", file=sys.stderr)
            found = {**summary(rows, options), "runs": rows}
            words = json.dumps(found, indent=1) + "\n"
            write_whole(options.out / "partial_labels.json", words.encode())
    print(json.dumps(summary(rows, options)["arms"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
