"""Outcomes of people: an event, and the time to it where that is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from myotome.assess.own.lms import Numbers
from myotome.errors import InputError
from myotome.stats.table.columns import truth_of

if TYPE_CHECKING:
    from pandas import DataFrame

FEWEST_EVENTS = 10
"""Fewer events tell nothing of a cut-off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeColumns:
    """Where the outcome stands: ``event`` is true or false, ``time`` until it or the last seen.

    Without a time the event is a plain yes or no.
    """

    event: str
    time: str | None = None


def with_outcome(rows: DataFrame, column: str, wanted: OutcomeColumns) -> DataFrame:
    """The people with a value and an outcome; ``event`` is 0 or 1, ``time`` a number.

    Refuses (InputError) missing columns, times that are none or not above 0, too few events.
    """
    import pandas as pd

    for name in (column, wanted.event, *([wanted.time] if wanted.time else [])):
        if name not in rows:
            raise InputError(f'The table has no column "{name[:60]}".', mend="Check its name.")
    kept = pd.DataFrame({"sex": rows["sex"], "age_years": rows["age_years"], "value": rows[column]})
    kept["event"] = [_event(cell, wanted.event) for cell in rows[wanted.event]]
    if wanted.time:
        kept["time"] = _times(rows[wanted.time], wanted.time)
    kept = kept.dropna().reset_index(drop=True).astype({"event": float, "value": float})
    events = int(kept["event"].sum())
    if events < FEWEST_EVENTS or len(kept) - events < 1:
        raise InputError(
            f"{events} of {len(kept)} people with a value had the event.",
            why=f"At least {FEWEST_EVENTS} events, and somebody without, are needed.",
        )
    return kept


def _event(cell: object, name: str) -> float | None:
    if cell is None or (isinstance(cell, float) and np.isnan(cell)):
        return None
    try:
        told = truth_of(cell)
    except ValueError:
        raise InputError(
            f'Column "{name[:60]}" holds other words than true and false.',
            mend="Write true or false (or 1 and 0).",
        ) from None
    return None if told is None else float(told)


def _times(cells: Any, name: str) -> Numbers:
    import pandas as pd

    times = pd.to_numeric(cells, errors="coerce")
    if (times.isna() & cells.notna()).any():
        raise InputError(f'Column "{name[:60]}" holds times that are no numbers.')
    if (times <= 0).any():
        raise InputError(
            f'Column "{name[:60]}" holds times of 0 or less.',
            why="Nobody is followed for no time.",
            mend="Leave the cell empty, or correct it.",
        )
    return np.asarray(times, dtype=float)


def time_words(column: str) -> str:
    """``Follow up (years)`` of ``follow_up_years``."""
    for unit in ("years", "months", "weeks", "days"):
        if column.endswith(f"_{unit}"):
            words = column.removesuffix(f"_{unit}").replace("_", " ")
            return f"{words.capitalize()} ({unit})"
    return column.replace("_", " ").capitalize()
