"""What `myotome evaluate` wrote, read back: one row per slice and structure."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from myotome.errors import InputError
from myotome.evaluate.scores.overlap import State
from myotome.evaluate.scores.rows import SliceScore
from myotome.tables.anatomy.muscles import GROUPS

_COLUMNS = (
    *("subject", "k", "z_mm", "structure", "side", "found", "dice"),
    *("predicted_cm2", "reference_cm2"),
)


def read_slices(folder: Path) -> tuple[SliceScore, ...]:
    """The rows of ``slices.csv`` in a results folder of `myotome evaluate`.

    Refuses (InputError) a folder without it, other columns, and cells that are no numbers.
    """
    path = folder / "slices.csv"
    if not path.is_file():
        raise InputError(
            "There is no slices.csv in the folder of the evaluation.",
            mend="Give a results folder of `myotome evaluate`.",
        )
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        lacking = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
        if lacking:
            raise InputError(
                f"slices.csv lacks the column {', '.join(lacking)}.",
                why="It was not written by `myotome evaluate`.",
            )
        rows = list(reader)
    try:
        out = tuple(_row(row) for row in rows)
    except (TypeError, ValueError) as error:
        raise InputError("slices.csv holds cells that are no numbers.") from error
    if not out:
        raise InputError("slices.csv is empty.")
    return out


def _row(row: dict[str, str]) -> SliceScore:
    return SliceScore(
        subject=row["subject"],
        k=int(row["k"]),
        z_mm=float(row["z_mm"]),
        structure=row["structure"],
        side=row["side"],
        state=State(row["found"]),
        dice=float(row["dice"]) if row["dice"] else None,
        predicted_cm2=float(row["predicted_cm2"]),
        reference_cm2=float(row["reference_cm2"]),
    )


MUSCLE_SIDES: tuple[tuple[str, str], ...] = tuple(
    (group.key, side) for group in GROUPS for side in ("left", "right")
)
"""Muscles and sides in the order of the labels."""


def of(rows: Iterable[SliceScore], structure: str, side: str) -> tuple[SliceScore, ...]:
    """The rows of one structure and side."""
    return tuple(r for r in rows if (r.structure, r.side) == (structure, side))


def subjects(rows: Sequence[SliceScore]) -> int:
    """How many subjects are among the rows."""
    return len({r.subject for r in rows})
