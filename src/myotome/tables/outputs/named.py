"""What a number is called in words, from the tables that its keys are rows of."""

from __future__ import annotations

from collections.abc import Mapping

from myotome.tables.anatomy.muscles import GROUP
from myotome.tables.anatomy.planes import PLANE, Plane
from myotome.tables.quantities.indices import DERIVED
from myotome.tables.quantities.quantities import QUANTITY, Quantity
from myotome.tables.quantities.tissues import TISSUE
from myotome.tables.registry import unique

_SLAB = "slab"
_OTHERS = {
    "total": "all twelve muscles",
    "body": "body",
    _SLAB: "slab",
    **unique(
        "structure in words",
        (
            (f"{group.key}_intramuscular_fat", f"fat inside the {group.words} mask")
            for group in GROUP.values()
        ),
    ),
}
_DERIVED = ("index", "estimate")
"""Quantities that say nothing beside the name of what is derived."""


def words_of(*, quantity: str, structure: str, side: str, level: str) -> str:
    """A number in words: structure, quantity and place. Keys that no table has stand as they are.

    >>> words_of(quantity="gross_mass", structure="psoas", side="left", level="slab")
    'psoas (left), gross mass, slab'
    >>> words_of(quantity="index", structure="skeletal_muscle_index", side="both", level="L3")
    'skeletal muscle index (SMI), L3'
    >>> words_of(quantity="mass_per_mm", structure="total", side="both", level="l5_end")
    'all twelve muscles, gross mass per mm of plane, inferior endplate of L5'
    """
    what = structure_words(structure)
    sided = f"{what} ({side})" if side in ("left", "right") else what
    number = "" if quantity in _DERIVED else _row(QUANTITY, quantity)
    place = _row(PLANE, level)
    parts = (sided, number, "" if structure == place == _SLAB else place)
    return ", ".join(part for part in parts if part)


def structure_words(structure: str) -> str:
    """What a structure of a measurement is called."""
    for rows in (GROUP, TISSUE, DERIVED):
        if structure in rows:
            return rows[structure].words
    return _OTHERS.get(structure, structure.replace("_", " "))


def meaning_of(*, quantity: str, structure: str) -> str:
    """What a quantity of a structure is, or the source of an index or tissue; "" if unknown.

    >>> meaning_of(quantity="lean_mass", structure="psoas")
    'lean volume (-29..150 HU) x 1.06 g/ml'
    >>> meaning_of(quantity="area", structure="subcutaneous_fat")
    'SAT, Smorchkova 2022'
    """
    if structure in TISSUE:
        return TISSUE[structure].source
    if structure in DERIVED:
        row = DERIVED[structure]
        said = getattr(row, "definition", "")
        return f"{said} ({row.source})" if said else row.source
    of_muscles = structure in GROUP or structure in ("total", _SLAB)
    return QUANTITY[quantity].meaning if of_muscles and quantity in QUANTITY else ""


def _row(rows: Mapping[str, Plane] | Mapping[str, Quantity], key: str) -> str:
    found = rows.get(key)
    return key.replace("_", " ") if found is None else found.words
