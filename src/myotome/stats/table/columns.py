"""The names of the columns that statistics look for, and what may stand in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from myotome.tables.anatomy.muscles import GROUP, GROUPS

TOTAL = "total"
STRUCTURES: tuple[str, ...] = (TOTAL, *(group.key for group in GROUPS))
"""The total of the twelve muscles, then the groups in the order of the labels."""
SUBJECT, SEX, AGE = "subject", "sex", "age_years"
HEIGHT, WEIGHT, BMI = "height_cm", "weight_kg", "bmi_kg_m2"
TRAINING, ACCEPTED, WHY = "training", "accepted", "excluded_why"
PERSON_NUMBERS = (AGE, HEIGHT, WEIGHT, BMI)
_UNITS = (
    "_g",
    "_cm2",
    "_ml",
    "_hu",
    "_percent",
    "_mm",
    "_cm",
    "_kg",
    "_years",
    "_per_m2",
    "_m2",
    "_z",
)
_TRUE = {"true", "1", "1.0", "yes", "t"}
_FALSE = {"false", "0", "0.0", "no", "f"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MassKind:
    """A kind of mass: its part of the column's name, and words."""

    key: str
    words: str


GROSS = MassKind(key="gross_mass", words="gross mass (outline x 1.06 g/ml)")
LEAN = MassKind(key="lean_mass", words="lean mass (voxels of -29 to 150 HU x 1.06 g/ml)")
KINDS = {kind.key: kind for kind in (GROSS, LEAN)}


def mass_column(structure: str, side: str = "", kind: MassKind = GROSS) -> str:
    """The column of a mass over the slab.

    >>> mass_column("psoas", "left"), mass_column("total", kind=LEAN)
    ('psoas_left_slab_gross_mass_g', 'total_slab_lean_mass_g')
    """
    where = f"{structure}_{side}" if side else structure
    return f"{where}_slab_{kind.key}_g"


def words_of(structure: str) -> str:
    """What a structure is, for people."""
    return GROUP[structure].words if structure in GROUP else "all twelve muscles"


def is_number(column: str) -> bool:
    """Whether a column must hold numbers: its name ends in a unit.

    >>> is_number("total_slab_lean_mass_g"), is_number("cpt_code")
    (True, False)
    """
    return column in PERSON_NUMBERS or column.endswith(_UNITS)


def truth_of(cell: object) -> bool | None:
    """Yes, no, or None where nothing is said; ValueError for anything else."""
    words = str(cell).strip().lower()
    if words in _TRUE:
        return True
    if words in _FALSE:
        return False
    raise ValueError(words)


def listed(names: Iterable[str], most: int = 6) -> str:
    """Names in a row, cut off where there are many."""
    found = list(names)
    more = f" and {len(found) - most} more" if len(found) > most else ""
    return ", ".join(found[:most]) + more
