"""Words and unit of a column of the wide table."""

from __future__ import annotations

from myotome.tables.citable.references import target_unit, target_words
from myotome.tables.citable.targets import target_of

_UNITS = (
    ("_cm2_per_m2", "cm2/m2"), ("_kg_m2", "kg/m2"), ("_cm2", "cm2"), ("_ml", "ml"), ("_hu", "HU"),
    ("_percent", "%"), ("_kg", "kg"), ("_mm", "mm"), ("_cm", "cm"), ("_g", "g"), ("_s", "s"),
)  # fmt: skip
"""How columns end, the longest endings first."""


def unit_of(column: str) -> str:
    """The unit of a column, "" for none.

    >>> unit_of("total_slab_lean_mass_g"), unit_of("skeletal_muscle_index_l3_cm2_per_m2")
    ('g', 'cm2/m2')
    """
    target = target_of(column)
    if target:
        return target_unit(target)
    return next((unit for ending, unit in _UNITS if column.endswith(ending)), "")


def words_of(column: str) -> str:
    """What a column is, for people; the unit stands beside it.

    >>> words_of("psoas_slab_gross_mass_g"), words_of("psoas_left_slab_lean_mass_g")
    ('gross mass of psoas', 'psoas left slab lean mass')
    """
    target = target_of(column)
    if target:
        return target_words(target)
    ending = next((end for end, _ in _UNITS if column.endswith(end)), "")
    return column.removesuffix(ending).replace("_", " ")


def axis_words(column: str) -> str:
    """The label of an axis: ``Gross mass of psoas (g)``."""
    words, unit = words_of(column), unit_of(column)
    return f"{words[0].upper()}{words[1:]}" + (f" ({unit})" if unit else "")


def value_key(column: str, name: str = "value") -> str:
    """The key of a column of results that holds its values, with the unit in its name.

    >>> value_key("skeletal_muscle_index_l3_cm2_per_m2")
    'value_cm2_per_m2'
    """
    unit = unit_of(column).replace("/", "_per_").replace("%", "percent").lower()
    return f"{name}_{unit}" if unit else name
