"""The numbers of a cohort: which there are, and which may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from myotome.cohort.tables.wanted import Wanted, folded
from myotome.nouns.numbers.measurement import Status
from myotome.tables.cohort.wide import BLANKED
from myotome.tables.outputs.wide import wide_name

if TYPE_CHECKING:
    from myotome.cohort.store.opened import Cohort

PLACE = ("quantity", "structure", "side", "level", "unit")
"""What names a column. A number without side, level or unit is none of them, not unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number of each study: the column that it has, and where it was measured."""

    column: str
    quantity: str
    structure: str
    side: str
    level: str
    unit: str


def numbers_of(cohort: Cohort, wanted: Wanted) -> tuple[Number, ...]:
    """The numbers that are asked for and that a study was measured for, in a fixed order.

    Refuses (InputError) a quantity, structure, side or level that no study has.
    """
    wanted.check(cohort)
    query = f"SELECT DISTINCT {_place('m')} FROM measurements m WHERE {asked(wanted)} ORDER BY ALL"
    found = cohort.sql(query).fetchall()
    return tuple(
        Number(column=wide_name(**place), **place)
        for place in (dict(zip(PLACE, cells, strict=True)) for cells in found)
    )


def asked(wanted: Wanted) -> str:
    """The condition on measurements ``m``. Words are ours: ``Wanted.check`` knows them all."""
    parts = []
    for column, words in wanted.axes:
        texts = ", ".join(_text(word) for word in folded(column, words))
        parts += [f"lower(coalesce(m.{column}, '')) IN ({texts})"] if words else []
    return " AND ".join(parts) or "true"


def shown(column: str, wanted: Wanted) -> str:
    """The cell of a measurement ``m``, empty where its value is not to be shown."""
    if column not in BLANKED:
        return f"m.{column}"
    kept = (Status.MEASURED, *((Status.PARTIAL,) if wanted.partial else ()))
    states = ", ".join(_text(str(status)) for status in kept)
    return f"CASE WHEN m.status IN ({states}) THEN m.{column} END"


def _place(table: str) -> str:
    return ", ".join(f"coalesce({table}.{key}, '') AS {key}" for key in PLACE)


def _text(word: str) -> str:
    return "'" + word.replace("'", "''") + "'"
