"""Which column of a wide table is what a citation judges: a fact of a person, or a mass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.citable.references import MASS
from myotome.tables.outputs.wide import wide_name
from myotome.tables.person.facts import FACT
from myotome.tables.person.scan_facts import SCAN_FACTS
from myotome.tables.registry import unique

_TOTAL = "total"


def _columns() -> Iterator[tuple[str, str]]:
    for row in SCAN_FACTS:
        column = wide_name(
            quantity=row.quantity,
            structure=row.structure,
            side=row.side,
            level=row.level,
            unit=FACT[row.key].unit,
        )
        yield column, row.key
    for structure in (_TOTAL, *(group.key for group in GROUPS)):
        column = wide_name(
            quantity="gross_mass", structure=structure, side="both", level="slab", unit="g"
        )
        yield column, f"{MASS}{structure}"


TARGET_OF_COLUMN: Mapping[str, str] = unique("column of a target", _columns())
"""The target of ``tables.citable.references``, by the column of a wide table that holds it."""
COLUMN_OF_TARGET: Mapping[str, str] = MappingProxyType(
    {target: column for column, target in TARGET_OF_COLUMN.items()}
)


def target_of(column: str) -> str:
    """The target of a column: that of a scan's number, a fact by its own key, "" for others.

    >>> target_of("skeletal_muscle_l3_area_cm2"), target_of("grip_kg"), target_of("body_cm")
    ('l3_sma_cm2', 'grip_kg', '')
    """
    if column in TARGET_OF_COLUMN:
        return TARGET_OF_COLUMN[column]
    return column if column in FACT and FACT[column].kind == "number" else ""
