"""Voxel values stand in the rows, and tables of muscle groups cover exactly the groups."""

from __future__ import annotations

from dataclasses import replace

import pytest

from myotome.tables.anatomy import cleanup, expectations, muscles
from myotome.tables.anatomy.mappings import MAPPINGS
from myotome.tables.anatomy.muscles import (
    BY_VALUE,
    COMPARTMENT,
    COMPARTMENTS,
    GROUP,
    GROUPS,
    MUSCLE,
    MUSCLES,
)
from myotome.tables.anatomy.names import LABEL_WORDS, PRESET_CAVEATS
from myotome.tables.codes import anatomy as codes
from myotome.tables.quantities import trust
from myotome.tables.quantities.published_dice import PUBLISHED_DICE

SAVED = {
    "psoas_left": 1,
    "psoas_right": 2,
    "quadratus_lumborum_left": 3,
    "quadratus_lumborum_right": 4,
    "erector_spinae_left": 5,
    "erector_spinae_right": 6,
    "gluteus_medius_left": 7,
    "gluteus_medius_right": 8,
    "rectus_abdominis_left": 9,
    "rectus_abdominis_right": 10,
    "lateral_abdominals_left": 11,
    "lateral_abdominals_right": 12,
}
"""What label maps on people's disks hold, and the outputs of the shipped networks."""


def test_values_are_those_of_saved_label_maps_and_networks() -> None:
    assert {m.key: m.value for m in MUSCLES} == SAVED
    assert {c.key: c.value for c in COMPARTMENTS} == {
        "abdominal_cavity": 1,
        "muscle_wall": 2,
        "subcutaneous": 3,
        "bone": 4,
        "lung": 5,
    }


def test_muscles_are_in_the_order_of_their_values() -> None:
    """The networks' outputs are; the order of the groups' rows is free."""
    assert [m.value for m in MUSCLES] == list(BY_VALUE) == list(range(1, 13))
    assert {m.key for m in MUSCLES} == {f"{g}_{s}" for g in GROUP for s in ("left", "right")}


@pytest.mark.parametrize("value", [0, 2, 13, 256])
def test_a_value_twice_or_with_a_gap_is_refused(value: int) -> None:
    rows = (replace(MUSCLES[0], value=value), *MUSCLES[1:])
    with pytest.raises(ValueError, match="muscle"):
        muscles._by_value("muscle", rows)
    with pytest.raises(ValueError, match="compartment"):
        muscles._by_value("compartment", (replace(COMPARTMENTS[0], value=value), *COMPARTMENTS[1:]))


@pytest.mark.parametrize("muscle", MUSCLES, ids=lambda m: m.key)
def test_the_opposite_is_the_same_muscle_on_the_other_side(muscle: muscles.Muscle) -> None:
    other = MUSCLE[muscle.opposite]
    assert (other.group, other.opposite) == (muscle.group, muscle.key)
    assert other.side != muscle.side


TABLES = {
    "reaches": [row.group for row in expectations.REACHES],
    "symmetries": [row.group for row in expectations.SYMMETRIES],
    "tidying": [row.group for row in cleanup.TIDY],
    "trust": [row.group for row in trust.TRUST],
    "codes": [row.key for row in codes.MUSCLE_GROUPS],
    "mean HU": [row.structure for row in expectations.PLAUSIBLE if row.quantity == "mean_hu"],
}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_of_groups_has_one_row_for_each(table: str) -> None:
    assert sorted(TABLES[table]) == sorted(GROUP)


def test_compartments_have_their_codes() -> None:
    assert sorted(row.key for row in codes.COMPARTMENTS) == sorted(COMPARTMENT)


def test_tables_of_single_muscles_have_one_row_for_each() -> None:
    assert sorted(f"{row.structure}_{row.side}" for row in PUBLISHED_DICE) == sorted(MUSCLE)


def test_every_structure_has_a_name_and_names_are_of_structures() -> None:
    assert {row.key for row in LABEL_WORDS if not row.part} == {*GROUP, *COMPARTMENT}
    assert {row.key for row in LABEL_WORDS} == {*GROUP, *COMPARTMENT}
    assert {group for _, group in PRESET_CAVEATS} <= set(GROUP)


@pytest.mark.parametrize("mapping", MAPPINGS, ids=lambda m: m.name)
def test_mappings_name_muscles(mapping) -> None:
    assert set(mapping.muscles.values()) <= set(MUSCLE)
    assert set(mapping.gaps) <= {*GROUP, *MUSCLE}


def test_masses_are_judged_of_groups_and_of_all() -> None:
    judged = {row.structure for row in expectations.PLAUSIBLE if row.quantity == "gross_mass"}
    assert judged <= {*GROUP, "total"}
    assert len(GROUPS) == len(GROUP)
