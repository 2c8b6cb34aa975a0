"""What an export is made of: the wide table, its columns and the people behind it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from myotome.cohort.tables.dictionary import Entry, of_made
from myotome.cohort.tables.made import Made, store
from myotome.cohort.tables.people import Cells, chosen, every_study
from myotome.cohort.tables.wanted import Wanted
from myotome.cohort.tables.wide import wide

if TYPE_CHECKING:
    from myotome.cohort.store.opened import Cohort

_AT_ONCE = 500
"""Rows that are in memory at once."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Chosen:
    """What is handed on. ``rows`` are the cells of each study, a person's following each other.

    ``table`` is the name of a temporary table with their pseudonyms, to join with.
    """

    cohort: Cohort
    wanted: Wanted
    made: Made
    entries: tuple[Entry, ...]
    rows: tuple[Cells, ...]
    table: str

    def wide_rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows of the wide table, a few in memory."""
        yield from streamed(self.cohort, self.made.query)


def choose(cohort: Cohort, wanted: Wanted) -> Chosen:
    """Make the wide table and what belongs to it. Refuses (InputError) as the table does."""
    made = wide(cohort, wanted)
    rows = tuple(chosen(every_study(cohort), wanted))
    name = f"_export_{secrets.token_hex(4)}"
    store(cohort, name, [("study", "VARCHAR")], [[row["study"] for row in rows]])
    return Chosen(
        cohort=cohort,
        wanted=wanted,
        made=made,
        entries=of_made(cohort, made, wanted),
        rows=rows,
        table=name,
    )


def streamed(cohort: Cohort, query: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, a few in memory. Nothing else may be asked until it is through."""
    answer = cohort.connection.execute(query)
    while some := answer.fetchmany(_AT_ONCE):
        yield from some


def person_of(row: Cells) -> str:
    """The pseudonym of the person, of the study where nobody knows whose it is."""
    return str(row["subject"] or row["study"])


def visits(rows: Iterable[Cells]) -> dict[str, tuple[str, int]]:
    """Person and running number (from 1) of each study, by its pseudonym."""
    seen: dict[str, int] = {}
    found = {}
    for row in rows:
        person = person_of(row)
        seen[person] = seen.get(person, 0) + 1
        found[row["study"]] = (person, seen[person])
    return found


def variables(names: Sequence[str], *, taken: Iterable[str] = (), longest: int = 100) -> list[str]:
    """Names in lower case of letters, digits and single "_", which begin with a letter.

    No two are the same, nor one of ``taken``.

    >>> variables(["CPT code", "cpt-code", "9 am", "psoas_l3_area_cm2"])
    ['cpt_code', 'cpt_code_2', 'x_9_am', 'psoas_l3_area_cm2']
    """
    used = set(taken)
    found = []
    for name in names:
        plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "x"
        plain = (plain if plain[0].isalpha() else f"x_{plain}")[:longest].rstrip("_")
        free, number = plain, 1
        while free in used:
            number += 1
            free = f"{plain[: longest - len(str(number)) - 1].rstrip('_')}_{number}"
        used.add(free)
        found.append(free)
    return found


def plain_number(value: float) -> str:
    """Six significant digits without an exponent, which not every program reads.

    >>> plain_number(1234567.0), plain_number(1.5e-7), plain_number(20.0)
    ('1234570', '0.00000015', '20')
    """
    from decimal import Decimal

    return format(Decimal(f"{value:.6g}"), "f")
