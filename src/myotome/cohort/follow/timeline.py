"""The changes of everybody in a cohort who was scanned more than once, as one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from myotome.cohort.follow.change import changes
from myotome.cohort.follow.compare import COLUMNS as OF_CHANGE
from myotome.cohort.follow.compare import cells
from myotome.cohort.follow.taken import Taken, of_cohort
from myotome.cohort.page import write_rows
from myotome.cohort.review.words import decisions, said
from myotome.cohort.store.opened import open_cohort
from myotome.errors import InputError
from myotome.tables.cohort.following import Comparable

FIRST, PREVIOUS = "first", "previous"
DAYS_PER_YEAR = 365.25
COLUMNS = (
    *("subject", "study_earlier", "study_later", "since"),
    *("days_earlier", "days_later", "years_between"),
    *OF_CHANGE,
    "change_per_year",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Rows of ``COLUMNS``. ``left_out`` counts studies by the reason why they are not compared."""

    rows: tuple[tuple[str, ...], ...]
    subjects: int
    left_out: dict[str, int]


def timeline(folder: str | Path) -> Timeline:
    """Compare every later study of a person with the first, and with the one before.

    Studies that a reviewer left out, and those whose day nobody knows, are counted in
    ``left_out``. Refuses (InputError) what is no cohort.
    """
    with open_cohort(folder) as cohort:
        by_subject = of_cohort(cohort)
        rows = cohort.sql("SELECT study, attempt FROM studies WHERE state = 'done'").fetchall()
        found = decisions(said(cohort.layout), dict(rows))
    left_out: Counter[str] = Counter()
    table: list[tuple[str, ...]] = []
    subjects = 0
    for studies in by_subject.values():
        kept = []
        for study in studies:
            decision = found.get(study.study)
            if decision is not None and decision.accepted is False:
                left_out[decision.excluded_why] += 1
            elif study.days is None:
                left_out["nobody knows when it was taken"] += 1
            else:
                kept.append(study)
        subjects += len(kept) > 1
        table += [row for pair in pairs(kept) for row in _rows(*pair)]
    return Timeline(rows=tuple(table), subjects=subjects, left_out=dict(left_out))


def pairs(studies: Sequence[Taken]) -> list[tuple[Taken, Taken, str]]:
    """(earlier, later, since what) of one person's studies in the order of time.

    Every later one since the first, and since the one before where that is another.
    """
    since_first = [(studies[0], later, FIRST) for later in studies[1:]] if studies else []
    return since_first + [(a, b, PREVIOUS) for a, b in pairwise(studies[1:])]


def _rows(a: Taken, b: Taken, since: str) -> Iterator[tuple[str, ...]]:
    years = None if a.days is None or b.days is None else (b.days - a.days) / DAYS_PER_YEAR
    head = (a.subject, a.study, b.study, since, _text(a.days), _text(b.days), _text(years))
    for one in changes(a, b):
        told = one.change is not None and one.comparable is not Comparable.NO
        rate = one.change / years if told and years and one.change is not None else None
        yield (*head, *cells(one), _text(rate))


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def write_timeline(found: Timeline, path: Path, *, overwrite: bool = False) -> None:
    """The table as CSV. Refuses another ending (InputError) and a file that is there already."""
    if path.suffix.lower() != ".csv":
        raise InputError("the table of changes is written as CSV.", mend="Call it NAME.csv.")
    write_rows(COLUMNS, found.rows, path, overwrite=overwrite)
