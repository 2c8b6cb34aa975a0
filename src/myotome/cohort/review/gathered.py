"""What the tables of a cohort hold of each study that a reader or a score may want."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from myotome.cohort.store.opened import Cohort
from myotome.nouns.numbers.measurement import Status
from myotome.tables.anatomy.expectations import SYMMETRIES
from myotome.tables.cohort.standing import SCORED

Place = tuple[str, str, str, str]
"""Quantity, structure, side and level."""
_ALL: Place = ("volume", "total", "both", "slab")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """One measured study.

    ``whole`` holds the scored numbers that were measured whole, by place. ``ratios`` are left over
    right volume by muscle group, ``dice`` the expected Dice by group and ``expected_dice`` that
    of all muscles (None: nobody can tell). ``flags`` are (code, severity, message).
    """

    study: str
    subject: str
    attempt: int
    sex: str
    age_years: float | None
    whole: Mapping[Place, float]
    ratios: tuple[tuple[str, float], ...]
    dice: Mapping[str, float]
    expected_dice: float | None
    flags: tuple[tuple[str, str, str], ...]


def gather(cohort: Cohort) -> list[Facts]:
    """The studies that were measured, by their pseudonym."""
    numbers = _numbers(cohort)
    flags: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    told = "SELECT study, code, severity, message FROM flags ORDER BY ALL"
    for study, code, severity, message in cohort.sql(told).fetchall():
        flags[study].append((code, severity or "", message or ""))
    rows = cohort.sql(
        "SELECT study, subject, attempt, sex, age_years FROM studies WHERE state = 'done' "
        "ORDER BY study"
    ).fetchall()
    return [
        _facts(row, numbers.get(row[0], {}), tuple(dict.fromkeys(flags[row[0]]))) for row in rows
    ]


def failed(cohort: Cohort) -> list[tuple[str, str, str]]:
    """(study, reason, message) of the studies that could not be measured."""
    return [
        (study, reason or "", message or "")
        for study, reason, message in cohort.sql(
            "SELECT study, reason, message FROM studies WHERE state = 'failed' ORDER BY study"
        ).fetchall()
    ]


Number = tuple[float, bool, float | None]
"""Value, whether it is whole, expected Dice of its outline."""


def _numbers(cohort: Cohort) -> dict[str, dict[Place, Number]]:
    """Of each study the numbers that are asked for."""
    wanted = list(_wanted())
    columns = [list(cells) for cells in zip(*wanted, strict=True)]
    names = ("quantity", "structure", "side", "level")
    asked = ", ".join(
        f"unnest(${number}::VARCHAR[]) AS {name}" for number, name in enumerate(names, 1)
    )
    rows = cohort.connection.execute(
        f"SELECT study, m.quantity, m.structure, m.side, m.level, value, status, expected_dice "
        f"FROM measurements m SEMI JOIN (SELECT {asked}) w ON m.quantity = w.quantity "
        "AND m.structure = w.structure AND m.side = w.side AND m.level = w.level "
        "WHERE value IS NOT NULL",
        columns,
    ).fetchall()
    found: dict[str, dict[Place, Number]] = defaultdict(dict)
    for study, quantity, structure, side, level, value, status, dice in rows:
        place = (quantity, structure, side, level)
        found[study][place] = (value, status == Status.MEASURED, dice)
    return found


def _wanted() -> Iterable[Place]:
    yield from (row.place for row in SCORED.values() if row.place is not None)
    yield _ALL
    for row in SYMMETRIES:
        yield from (("volume", row.group, side, "slab") for side in ("left", "right", "both"))


def _facts(
    row: tuple[Any, ...],
    numbers: Mapping[Place, Number],
    flags: tuple[tuple[str, str, str], ...],
) -> Facts:
    study, subject, attempt, sex, age = row
    none: Number = (0.0, False, None)
    volumes = {
        (symmetry.group, side): numbers.get(("volume", symmetry.group, side, "slab"), none)[0]
        for symmetry in SYMMETRIES
        for side in ("left", "right")
    }
    ratios = tuple(
        (symmetry.group, volumes[symmetry.group, "left"] / right)
        for symmetry in SYMMETRIES
        if (right := volumes[symmetry.group, "right"]) and volumes[symmetry.group, "left"]
    )
    dice = {
        symmetry.group: told
        for symmetry in SYMMETRIES
        if (told := numbers.get(("volume", symmetry.group, "both", "slab"), none)[2]) is not None
    }
    return Facts(
        study=study,
        subject=subject or "",
        attempt=attempt,
        sex=sex or "",
        age_years=age,
        whole={place: value for place, (value, whole, _) in numbers.items() if whole},
        ratios=ratios,
        dice=dice,
        expected_dice=numbers.get(_ALL, none)[2],
        flags=flags,
    )
