"""One row per study in, one row per person out, with everything that was left out counted."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myotome.assess.person.table import cells_of
from myotome.errors import InputError
from myotome.stats.extra import require
from myotome.stats.table import columns as c
from myotome.stats.table.exclusions import Excluded, apply
from myotome.tables.outputs.wording import OLDEST_AGE_SHOWN_YEARS
from myotome.tables.person.columns import (
    PERSON_COLUMN,
    SEX_TRAPS,
    SEX_WORDS,
    UNKNOWN_WORDS,
    WRONG_UNITS,
)

if TYPE_CHECKING:
    from pandas import DataFrame

_NEEDED = (c.SEX, c.AGE)
_MASSES = tuple(f"_{kind.key}_g" for kind in c.KINDS.values())
_THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The people of a table. ``rows`` is a pandas frame, one row each, numbers as float.

    ``excluded`` counts what was left out by each rule; ``notes`` says what was changed or taken
    for granted; ``source`` is the SHA-256 of the file ("" for a frame); ``studies`` the rows that
    the table had.
    """

    rows: DataFrame
    excluded: tuple[Excluded, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""
    studies: int = 0

    def require(self, *names: str, filled: bool = True) -> None:
        """Refuse (InputError) a table that lacks one of these columns.

        ``filled`` also refuses a column without any value.
        """
        lacking = [name for name in names if name not in self.rows]
        if lacking:
            raise InputError(
                f"The table lacks the column {c.listed(lacking)}.",
                why="It has no other place to take the values from.",
                mend="Columns are named as in `myotome cohort table --wide`.",
            )
        empty = [name for name in names if self.rows[name].notna().sum() == 0]
        if empty and filled:
            raise InputError(f"The table has no value in the column {c.listed(empty)}.")


def read_table(path: Path) -> Table:
    """The people of a cohort folder, or of a CSV or Parquet table with a row per study.

    Needed are the columns sex and age_years; ``stats.table.columns`` names the others. Left out
    are, counted in ``excluded``: subjects that trained the network, studies that a reviewer did
    not accept, rows without sex or age, and all but the first usable study of a subject. Refuses
    (InputError) what is no table, lacks a needed column, or has words where numbers belong.
    """
    require("pandas")
    if path.is_dir():
        return _of_cohort(path)
    names, cells = cells_of(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return _table(names, cells, digest)


def _of_cohort(folder: Path) -> Table:
    """The studies of a cohort that were measured; those that failed are told of in a note."""
    from myotome.cohort.tables.wide import for_statistics

    found = for_statistics(folder)
    table = from_frame(found.rows)
    failed = found.excluded.get("failed", 0)
    notes = (f"{failed} studies of the cohort could not be measured.",) if failed else ()
    return replace(table, notes=(*notes, *table.notes))


def from_frame(frame: DataFrame) -> Table:
    """The same of a pandas frame."""
    cells = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    return _table([str(name) for name in frame.columns], cells, "")


def _table(names: Sequence[str], cells: Sequence[Sequence[object]], digest: str) -> Table:
    import pandas as pd

    names = [name.strip().lower() for name in names]
    _check(names)
    given = [[_known(cell) for cell in row] for row in cells]
    if not given:
        raise InputError("The table has a header and no rows.")
    by_column = dict(zip(names, zip(*given, strict=True), strict=True))
    frame = pd.DataFrame({name: _column(name, found) for name, found in by_column.items()})
    frame, notes = _derived(*_plausible(frame))
    kept, excluded = apply(frame)
    if kept.empty:
        counts = ", ".join(f"{e.rule} {e.rows}" for e in excluded if e.rows)
        raise InputError(f"No row of the table is left for statistics ({counts}).")
    if c.SUBJECT not in frame:
        notes.append('There is no column "subject": every row is taken as another person.')
    return Table(
        rows=kept, excluded=excluded, notes=tuple(notes), source=digest, studies=len(frame)
    )


def _check(names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"The table has a column twice: {c.listed(twice)}.", mend="Keep one.")
    lacking = [name for name in _NEEDED if name not in names]
    if lacking:
        hints = [f'"{old}" is there: is it {new}?' for old, new in WRONG_UNITS.items()
                 if old in names and new in lacking]  # fmt: skip
        raise InputError(
            f"The table lacks the column {c.listed(lacking)}.",
            why="Every statistic here is by sex and age. " + " ".join(hints),
            mend="Add it: sex as F or M, age_years in years.",
        )


def _known(cell: object) -> object:
    """The cell, None for what stands for "not given"."""
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return None
    if isinstance(cell, str):
        words = cell.strip()
        return None if words.lower() in UNKNOWN_WORDS else words
    return cell


def _column(name: str, cells: Sequence[object]) -> Any:
    if name == c.SEX:
        return [_sex(cell) for cell in cells]
    if name in (c.TRAINING, c.ACCEPTED):
        return _series(name, cells, c.truth_of, "true or false")
    if c.is_number(name):
        return _series(name, cells, lambda cell: _number(name, cell), "a number")
    return [None if cell is None else str(cell) for cell in cells]


def _series(name: str, cells: Sequence[object], read: Any, wanted: str) -> Any:
    import pandas as pd

    out = []
    for number, cell in enumerate(cells, 1):
        try:
            out.append(None if cell is None else read(cell))
        except ValueError:
            raise InputError(
                f'Column "{name}", row {number} of the table: {wanted} is wanted.',
                why="What stands there is not shown, as it may name a person.",
                mend="Correct the cell, or leave it empty.",
            ) from None
    return pd.Series(out, dtype=float if c.is_number(name) else object)


def _sex(cell: object) -> str | None:
    words = "" if cell is None else str(cell).strip().lower()
    if words in SEX_TRAPS:
        raise InputError(
            "Sex is given by a number or a letter that means different things.",
            why=SEX_TRAPS[words],
            mend="Write F or M.",
        )
    return SEX_WORDS.get(words)


def _number(name: str, cell: object) -> float:
    """A finite number; a decimal comma is read, "90+" is 90 years."""
    words = str(cell)
    if name == c.AGE and words == f"{OLDEST_AGE_SHOWN_YEARS}+":
        return float(OLDEST_AGE_SHOWN_YEARS)
    if "," in words and "." not in words and not _THOUSANDS.fullmatch(words):
        words = words.replace(",", ".")
    value = float(words)
    if not abs(value) < float("inf"):
        raise ValueError(words)
    return value


def _plausible(frame: DataFrame) -> tuple[DataFrame, list[str]]:
    """Ages, heights and weights that no adult has, and masses below 0, are taken as not given.

    Refuses (InputError) a column in which most values are so: its unit is another one.
    """
    notes = []
    for name in (c.AGE, c.HEIGHT, c.WEIGHT):
        if name not in frame or not frame[name].notna().any():
            continue
        row = PERSON_COLUMN[name]
        odd = frame[name].notna() & ~frame[name].between(row.low, row.high)
        if odd.sum() * 2 > frame[name].notna().sum():
            raise InputError(
                f'Most values in column "{name}" lie outside {row.low:g} to {row.high:g} '
                f"{row.unit}.",
                why="The column is in another unit, or is something else.",
                mend=f"Give {row.words} in {row.unit}.",
            )
        if odd.any():
            notes.append(
                f"{int(odd.sum())} values of {name} outside {row.low:g} to {row.high:g} "
                f"{row.unit} are taken as not given."
            )
            frame[name] = frame[name].where(~odd)
    for name in (name for name in frame if name.endswith(_MASSES)):
        if (frame[name] < 0).any():
            notes.append(f"{int((frame[name] < 0).sum())} values of {name} below 0 are taken as "
                         "not given.")  # fmt: skip
            frame[name] = frame[name].where(~(frame[name] < 0))
    return frame, notes


def _derived(frame: DataFrame, notes: list[str]) -> tuple[DataFrame, list[str]]:
    """BMI from height and weight, masses of both sides and of all muscles, where not given."""
    if c.BMI not in frame and {c.HEIGHT, c.WEIGHT} <= set(frame):
        frame[c.BMI] = frame[c.WEIGHT] / (frame[c.HEIGHT] / 100) ** 2
        notes.append("BMI is weight / height squared.")
    for kind in c.KINDS.values():
        for group in c.STRUCTURES[1:]:
            parts = [c.mass_column(group, side, kind) for side in ("left", "right")]
            notes += _summed(frame, c.mass_column(group, kind=kind), parts)
        groups = [c.mass_column(group, kind=kind) for group in c.STRUCTURES[1:]]
        notes += _summed(frame, c.mass_column(c.TOTAL, kind=kind), groups)
    return frame, notes


def _summed(frame: DataFrame, name: str, parts: Sequence[str]) -> list[str]:
    """A missing column as the sum of its parts, empty where one of them is."""
    if name in frame or not set(parts) <= set(frame):
        return []
    frame[name] = frame[list(parts)].sum(axis=1, skipna=False)
    return [f"{name} is the sum of {len(parts)} columns."]
