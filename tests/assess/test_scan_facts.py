"""From measurements of a CT to facts: every row, every reason, every doubt."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from myotome.assess.person.facts import Fact, Facts
from myotome.assess.rules.cutoffs import judge
from myotome.assess.rules.verdict import Truth
from myotome.assess.scan_facts import Technique, contrast_phase, scan_facts
from myotome.locate.level_slices import scan_of
from myotome.measure.composition.levels import Choice
from myotome.measure.composition.measure import compose
from myotome.nouns.numbers.measurement import Cause, Measurement, Status
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Landmarks, Level, Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.person import Person
from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.citable.cutoff import Limit
from myotome.tables.citable.cutoffs import CUTOFF
from myotome.tables.person.fact_flags import FACT_FLAGS
from myotome.tables.person.facts import CT_PREFIXES, FACT
from myotome.tables.person.scan_facts import (
    CUT_FLAGS,
    GIVEN_HELPS,
    GIVEN_WINS,
    LEVEL_FLAG,
    NOT_ON_SCAN,
    OUTLINE,
    SCAN_FACT,
    SCAN_FACTS,
    ScanFact,
)
from myotome.tables.quantities.indices import INDICES
from myotome.tables.quantities.quantities import QUANTITY
from myotome.tables.quantities.tissues import BETWEEN, CAVEATS, LEVELS, TISSUE

WIDE = "visceral_fat_wide"


def measured(row: ScanFact, **changes) -> Measurement:
    """What the measure stage says of one fact."""
    made = Measurement(
        quantity=row.quantity, structure=row.structure, side=row.side, level=row.level,
        value=12.5, unit="", status=Status.MEASURED, definition="-1..1 HU in the room",
    )  # fmt: skip
    return replace(made, **changes)


def facts_of(*rows: Measurement, **scan) -> dict[str, Fact]:
    facts, _ = scan_facts(rows, Technique(**scan))
    return {fact.key: fact for fact in facts}


def flags_of(*rows: Measurement) -> frozenset[str]:
    return scan_facts(rows)[1]


def lost(row: ScanFact, reason: str, cause: Cause = Cause.NONE) -> Measurement:
    return measured(row, value=None, status=Status.NOT_MEASURABLE, reason=reason, cause=cause)


# --- the table -----------------------------------------------------------------------------


def test_every_fact_of_a_ct_is_in_the_table_once() -> None:
    of_ct = {key for key in FACT if key.startswith(CT_PREFIXES)}
    assert max(Counter(row.key for row in SCAN_FACTS).values()) == 1
    assert {*SCAN_FACT, *NOT_ON_SCAN} == of_ct
    assert not {*SCAN_FACT} & {*NOT_ON_SCAN}
    assert set(facts_of()) == {*of_ct, "contrast_phase", "kvp", "slice_mm"}
    assert set(GIVEN_WINS + GIVEN_HELPS) <= set(FACT)


@pytest.mark.parametrize("row", SCAN_FACTS, ids=lambda r: r.key)
def test_every_row_names_a_measurement_that_is_made(row: ScanFact) -> None:
    indices = {index.key: index for index in INDICES}
    structures = {*TISSUE, *(group.key for group in GROUPS), *indices}
    assert row.structure in structures
    assert row.level in (*LEVELS, *(name for name, _, _ in BETWEEN))
    unit = indices[row.structure].unit if row.quantity == "index" else QUANTITY[row.quantity].unit
    assert unit.replace("ratio", "") == FACT[row.key].unit
    assert not row.window_of or row.window_of in TISSUE
    levels = indices[row.structure].levels if row.quantity == "index" else ()
    assert not levels or row.level in levels


# the table once more by hand: what each fact of the publications is
BY_HAND = {
    "l3_sma_cm2": ("area", "skeletal_muscle", "L3"),
    "l3_smi_cm2_m2": ("index", "skeletal_muscle_index", "L3"),
    "l3_nama_cm2": ("area", "normal_attenuation_muscle", "L3"),
    "l3_lama_cm2": ("area", "low_attenuation_muscle", "L3"),
    "l3_imat_cm2": ("area", "intermuscular_fat", "L3"),
    "l3_sat_cm2": ("area", "subcutaneous_fat", "L3"),
    "l3_vat_cm2": ("area", "visceral_fat", "L3"),
    "l3_vsr": ("index", "visceral_to_subcutaneous_ratio", "L3"),
    "l3_muscle_hu": ("mean_hu", "skeletal_muscle", "L3"),
    "l3_psoas_area_cm2": ("area", "psoas", "L3"),
    "l3_psoas_hu": ("mean_hu", "psoas", "L3"),
    "l3_pmi_cm2_m2": ("index", "psoas_muscle_index", "L3"),
    "l3_l4_vat_cm2": ("area", "visceral_fat", "L3/L4"),
}


@pytest.mark.parametrize("key", BY_HAND)
def test_a_fact_is_its_own_measurement_and_no_other(key: str) -> None:
    quantity, _, level = BY_HAND[key]
    row = SCAN_FACT[key]
    assert (row.quantity, row.structure, row.level, row.side) == (*BY_HAND[key], "both")
    one = facts_of(measured(row))
    assert one[key].value == 12.5
    assert one[key].source.startswith(f"CT, {level}, single slice")
    assert [k for k in SCAN_FACT if one[k].value is not None] == [key]
    for other in (
        measured(row, quantity=f"mean_{quantity}"),
        measured(row, side="left"),
        measured(row, level="L4"),
        measured(row, structure="body"),
    ):
        assert facts_of(other)[key].reason == f"not measured at {level}"


def test_the_hu_window_is_named_also_of_what_is_made_of_it() -> None:
    wide = "-190..-30 HU in the abdominal cavity"
    facts = facts_of(
        measured(SCAN_FACT["l3_vat_cm2"], definition=wide),
        measured(SCAN_FACT["l3_vsr"], definition="VAT / SAT, somebody"),
    )
    assert facts["l3_vat_cm2"].source == f"CT, L3, single slice, {wide}"
    assert facts["l3_vsr"].source == f"CT, L3, single slice, {wide}"


@pytest.mark.parametrize("row", SCAN_FACTS, ids=lambda r: r.key)
def test_what_is_not_measurable_is_missing_with_its_reason(row: ScanFact) -> None:
    fact = facts_of(lost(row, "mid L3 lies below the scan"))[row.key]
    assert (fact.value, fact.reason) == (None, "mid L3 lies below the scan")


# --- cut and doubtful numbers --------------------------------------------------------------


@pytest.mark.parametrize("row", SCAN_FACTS, ids=lambda r: r.key)
@pytest.mark.parametrize("code", [*CUT_FLAGS, "level_uncertain", ""])
def test_a_part_is_a_number_only_where_a_flag_of_the_cut_says_what_for(
    row: ScanFact, code: str
) -> None:
    cut = measured(row, status=Status.PARTIAL, reason="it is cut", caveats=(code,) * bool(code))
    fact = facts_of(cut)[row.key]
    says = [f for f in FACT_FLAGS if f.key == code and row.key.startswith(f.forbids + f.weakens)]
    if says and code in CUT_FLAGS:
        assert fact.value == 12.5
    else:
        assert (fact.value, fact.reason) == (None, "only a part of it: it is cut")


def test_known_caveats_of_l3_become_flags_and_others_do_not() -> None:
    sma, between = SCAN_FACT["l3_sma_cm2"], SCAN_FACT["l3_l4_vat_cm2"]
    known = {flag.key for flag in FACT_FLAGS}
    for caveat in CAVEATS:
        row = measured(sma, caveats=(caveat.key,))
        assert flags_of(row) == ({caveat.key} & known)
    assert {"wall_cut", "subcutaneous_cut", "metal", "arms_down", "level_uncertain"} <= known
    # a doubt of another level is told with its fact and does not touch those of L3
    doubtful = measured(between, caveats=("metal",))
    assert flags_of(doubtful) == frozenset()
    assert "metal" in facts_of(doubtful)["l3_l4_vat_cm2"].source
    unused = Measurement(
        quantity="area", structure="skeletal_muscle", side="both", level="L2", value=1.0,
        unit="cm2", status=Status.MEASURED, caveats=("metal",),
    )  # fmt: skip
    assert flags_of(unused) == frozenset()


@pytest.mark.parametrize(
    ("cause", "flagged"), [(cause, cause is Cause.OUT_OF_VIEW) for cause in Cause]
)
def test_a_level_beyond_the_scan_is_a_flag_whatever_its_words(cause: Cause, flagged: bool) -> None:
    outline = ScanFact(key="body", quantity=OUTLINE[0], structure=OUTLINE[1])
    told = lost(outline, "its middle is not seen in the scan", cause)
    assert flags_of(told) == ({LEVEL_FLAG} if flagged else frozenset())


# --- technique -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "image", "phase", "how"),
    [
        ("unenhanced", "unenhanced", "unenhanced", "by header and image"),
        ("unknown", "unenhanced", "unenhanced", "by image"),
        ("unenhanced", "unknown", "unenhanced", "by header"),
        ("unenhanced", "enhanced", "unknown", "the header says unenhanced"),
        ("enhanced", "unenhanced", "unknown", "the image looks unenhanced"),
        ("enhanced", "enhanced", "unknown", "enhanced by header and image"),
        ("enhanced", "unknown", "unknown", "enhanced by header"),
        ("unknown", "enhanced", "unknown", "enhanced by image"),
        ("unknown", "unknown", "unknown", "neither"),
    ],
)
def test_only_an_uncontradicted_unenhanced_scan_has_a_phase(header, image, phase, how) -> None:
    fact = contrast_phase(header, image)
    assert fact.value == phase
    assert how in fact.source
    assert facts_of(contrast_header=header, contrast_image=image)["contrast_phase"] == fact


@pytest.mark.parametrize(
    ("kvp", "value"), [(120, 120), (99.5, 99.5), (0, None), (None, None), ("120", None)]
)
def test_the_tube_voltage_is_a_positive_number_or_missing(kvp, value) -> None:
    facts = facts_of(kvp=kvp, slice_mm=5.0)
    assert (facts["kvp"].value, facts["slice_mm"].value) == (value, 5.0)
    assert bool(facts["kvp"].reason) is (value is None)


# --- with the measure stage ----------------------------------------------------------------


def composed(
    l3_z_mm: float, person: Person, window: str = "visceral_fat"
) -> tuple[Measurement, ...]:
    """A round body on five slices: cavity of fat, muscle wall, subcutaneous fat."""
    y, x = np.mgrid[:100, :100] - 49.5
    r = np.hypot(y, x) * 3.0
    room = np.select([r < 80, r < 105, r < 135], [1, 2, 3], 0).astype(np.uint8)
    rooms = np.repeat(room[None], 5, axis=0)
    hu = np.array([-1000, -100, 50, -105], np.int16)[rooms]
    grid = Grid.axial(rooms.shape, (5.0, 3.0, 3.0), (0.0, 0.0, 0.0))
    volume = Volume(hu=hu, grid=grid, source_grid=grid, fov=None)
    labels = Segmentation(
        labels=np.zeros_like(rooms), grid=grid, backend="test", k_range=(0, 5), compartments=rooms
    )
    level = Level(name="L3", mid_z_mm=l3_z_mm, confidence=0.9)
    marks = Landmarks(
        lung_base_z_mm=None, lung_base_confidence=0.0, levels=MappingProxyType({"L3": level})
    )
    slab = Slab(superior_z_mm=22.5, inferior_z_mm=-2.5, superior_found=True, inferior_found=True)
    choice = Choice(visceral_window=window)
    return compose(scan_of(volume, labels, marks, slab), person=person, choice=choice).measurements


def test_facts_are_those_that_the_measure_stage_gives() -> None:
    rows = composed(10.0, Person(height_cm=200))
    facts = facts_of(*rows)
    muscle_cm2 = np.pi * (10.5**2 - 8**2)
    assert facts["l3_sma_cm2"].value == pytest.approx(muscle_cm2, rel=0.02)
    assert facts["l3_smi_cm2_m2"].value == pytest.approx(muscle_cm2 / 4, rel=0.02)
    assert facts["l3_muscle_hu"].value == pytest.approx(50)
    assert facts["l3_vat_cm2"].value == pytest.approx(np.pi * 8**2, rel=0.03)
    assert "-150..-50 HU" in facts["l3_vsr"].source
    assert facts["l3_pmi_cm2_m2"].reason
    assert facts["l3_l4_vat_cm2"].reason == "not measured at L3/L4"
    assert LEVEL_FLAG not in flags_of(*rows)


@pytest.mark.parametrize(("window", "answer"), [("visceral_fat", "yes"), (WIDE, "unknown")])
def test_fat_of_the_wide_window_is_held_against_no_cutoff(window: str, answer: str) -> None:
    """``--visceral-window visceral_fat_wide`` to the verdict."""
    facts, flags = scan_facts(composed(10.0, Person(height_cm=200), window))
    known = Facts.of(sex="F", age_years=60.0, flags=flags).plus(*facts)
    for key in ("ha2022_l3_vsr", "ha2023_l3_vsr"):
        cutoff = replace(CUTOFF[key], limits=(Limit(sex="any", value=0.1),))
        verdict = judge(cutoff, known)
        assert str(verdict.truth) == answer
        assert any("HU window" in words for words in verdict.caveats + verdict.refused)
    assert judge(CUTOFF["carey2017_l3_smi"], known).truth is not Truth.UNKNOWN


def test_a_scan_that_ends_above_l3_says_so() -> None:
    rows = composed(-40.0, Person(height_cm=200))
    facts = facts_of(*rows)
    assert facts["l3_sma_cm2"].reason == "mid L3 lies below the scan"
    assert flags_of(*rows) == {LEVEL_FLAG}
