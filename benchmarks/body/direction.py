"""Real scans turned in all eight ways, whole and in parts: refused, flagged or let through?

``python -m benchmarks.body.direction DATA FOLDS OUT``: every folder in FOLDS holds a network that
``scripts/train_upright.py --without`` trained, and is named by the scans it left out, joined by
"+". OUT gets one JSON row per part and turn, with counts and with the parts that went wrong.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.models.vertebrae import variants
from myotome.errors import GeometryError
from myotome.locate.coarse import coarse_view, probabilities
from myotome.locate.upright.direction import judge_direction
from myotome.nets.infer import Engine
from myotome.nets.model import load
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.turns import TURNS, Turn
from myotome.train.vertebrae.cases import read_ct
from myotome.train.vertebrae.points import read_points

SAME = frozenset({"1 mm slices", "2 mm slices"})
"""Variants that look alike at 6 mm."""


def turned(volume: Volume, turn: Turn) -> Volume:
    """The voxels reversed along the axes of ``turn``, under the header that they had."""
    axes = tuple(axis for axis, wrong in enumerate(turn.reversed) if wrong)
    hu = np.ascontiguousarray(np.flip(volume.hu, axes))
    return Volume(hu=hu, grid=volume.grid, source_grid=volume.grid)


def outcome(volume: Volume, coarse: Engine, upright: Engine) -> str:
    """ "refused", the flags' codes, or "" where nothing is said."""
    view = coarse_view(volume)
    try:
        flags = judge_direction(volume, (view, probabilities(view, coarse)), coarse, upright)
    except GeometryError:
        return "refused"
    return "+".join(flag.code for flag in flags)


def runs(data: Path, folds: Path, coarse: Engine) -> Iterator[tuple[str, str, str, str]]:
    """(scan, part, turn, outcome) of every run."""
    for fold in sorted(path for path in folds.iterdir() if "+" in path.name):
        upright = Engine(load("upright", fold), threads=1)
        for scan in fold.name.split("+"):
            points = data / "vertebrae" / f"{scan}.json"
            known = {vertebra.name: vertebra for vertebra in read_points(points)}
            for part, volume in variants(read_ct(data, points), known):
                if part in SAME:
                    continue
                for turn in TURNS:
                    yield scan, part, turn.key, outcome(turned(volume, turn), coarse, upright)
            print(scan, flush=True)


def main(data: Path, folds: Path, out: Path) -> None:
    """Every fold, scan, part and turn."""
    found: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for scan, part, turn, said in runs(data, folds, Engine(load("landmarks"), threads=1)):
        found[part, turn][said].append(scan)
    rows: list[dict[str, Any]] = [
        {
            "part": part,
            "turn": turn,
            "outcomes": {said: len(scans) for said, scans in sorted(told.items())},
            "scans": {said: scans for said, scans in sorted(told.items()) if _odd(turn, said)},
        }
        for (part, turn), told in found.items()
    ]
    out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def _odd(turn: str, said: str) -> bool:
    """Whether the outcome is none that one would want."""
    return bool(said) if turn == "upright" else not said


if __name__ == "__main__":
    main(*(Path(word) for word in sys.argv[1:4]))
