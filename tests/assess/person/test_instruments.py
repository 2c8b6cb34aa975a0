"""Instruments from raw data. Bands: Guralnik 1994; SARC-F: Malmstrom and Morley 2013."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myotome.assess.assessment import assess
from myotome.assess.person.battery import points_of, sppb_parts
from myotome.assess.person.facts import Fact, Facts
from myotome.assess.person.instruments import read
from myotome.assess.person.record import UNABLE, Record, record
from myotome.assess.rules.terms import evaluate
from myotome.assess.rules.verdict import NOT_LOW, Truth
from myotome.errors import InputError
from myotome.tables.citable.criteria import CRITERIA
from myotome.tables.citable.terms import Compare
from myotome.tables.person import instruments as table
from myotome.tables.person.columns import PERSON_COLUMN, PERSON_COLUMNS
from myotome.tables.person.facts import FACT, FACT_KEYS

ITEMS = [item.column for item in table.SARC_F_ITEMS]


def facts(**raw: object):
    return read(record(raw)).facts


def answers(*points: int) -> dict[str, object]:
    return dict(zip(ITEMS, points, strict=True))


@pytest.mark.parametrize(
    ("points", "total"), [((0, 0, 0, 0, 0), 0), ((1, 0, 1, 1, 1), 4), ((2, 2, 2, 2, 2), 10)]
)
def test_sarc_f_is_the_sum_of_five_answers(points, total) -> None:
    assert facts(**answers(*points)).number("sarc_f_points") == total


@pytest.mark.parametrize(("points", "warned"), [(3, True), (4, False)])
def test_a_negative_sarc_f_is_reported_with_its_low_sensitivity(points, warned) -> None:
    notes = " ".join(read(record({"sarc_f_points": points})).notes)
    assert ("sensitivity" in notes and "0.21" in notes) is warned


@pytest.mark.parametrize("value", [-1, 3, 1.5, "often"])
def test_a_sarc_f_answer_out_of_range_is_refused(value) -> None:
    with pytest.raises(InputError, match="sarc_f_falls"):
        record({"sarc_f_falls": value})


def test_an_incomplete_sarc_f_says_what_is_missing_and_is_not_zero() -> None:
    fact = facts(sarc_f_strength=1, sarc_f_walking=0, sarc_f_rise=0, sarc_f_stairs=0)[
        "sarc_f_points"
    ]
    assert fact.value is None
    assert "falls in the past year" in fact.reason


def test_a_total_that_is_not_the_sum_is_refused() -> None:
    with pytest.raises(InputError, match="not the sum"):
        facts(**answers(1, 1, 1, 1, 1), sarc_f_points=4)


# Barbosa-Silva 2016: calf <= 34 cm (men), <= 33 cm (women) adds 10
@pytest.mark.parametrize(
    ("sex", "calf_cm", "total"),
    [
        ("M", 33.9, 13),
        ("M", 34, 13),
        ("M", 34.1, 3),
        ("F", 32.9, 13),
        ("F", 33, 13),
        ("F", 33.1, 3),
    ],
)
def test_sarc_calf_at_the_boundary(sex, calf_cm, total) -> None:
    found = facts(sex=sex, calf_cm=calf_cm, **answers(1, 0, 1, 0, 1))
    assert found.number("sarc_calf_points") == total


def test_sarc_calf_without_sex_says_so() -> None:
    fact = facts(calf_cm=33.5, **answers(0, 0, 0, 0, 0))["sarc_calf_points"]
    assert (fact.value, fact.reason) == (None, "needs sex; 0 to 10 points so far")


# --- what is certain with parts missing ------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "bounds"),
    [
        ((2, 2, None, None, None), (4, 10)),
        ((1, None, None, None, 0), (1, 7)),
        ((None, 0, 0, 0, 1), (1, 3)),
        ((2, 1, 2, 2, None), (7, 9)),
    ],
)
def test_answers_of_sarc_f_bound_its_points(given, bounds) -> None:
    raw = {k: v for k, v in answers(*given).items() if v is not None}
    fact = facts(**raw)["sarc_f_points"]
    assert (fact.value, fact.bounds) == (None, bounds)
    assert f"{bounds[0]} to {bounds[1]} points so far" in fact.reason
    with pytest.raises(InputError, match="not the sum"):
        facts(**raw, sarc_f_points=bounds[1] + 1 if bounds[1] < 10 else bounds[0] - 1)
    assert facts(**raw, sarc_f_points=bounds[0]).number("sarc_f_points") == bounds[0]


@pytest.mark.parametrize(
    ("raw", "points"),
    [
        ({"sex": "F", "calf_cm": 30}, (10, 20)),
        ({"sex": "F", "calf_cm": 36}, (0, 10)),
        ({"calf_cm": 33.5}, (0, 20)),
        ({"calf_cm": 32, "sarc_f_points": 3}, 13),  # small for women and men
        ({"calf_cm": 35, "sarc_f_points": 3}, 3),
        ({"sex": "M", "sarc_f_points": 2}, (2, 12)),
        ({"sex": "M", "calf_cm": 33, "sarc_f_strength": 2}, (12, 20)),
    ],
)
def test_sarc_calf_is_bounded_by_what_is_known(raw, points) -> None:
    fact = facts(**raw)["sarc_calf_points"]
    assert (fact.value if isinstance(points, int) else fact.bounds) == points


@pytest.mark.parametrize(
    ("side", "semi", "tandem", "low", "high"),
    [
        (None, None, 10, 4, 4), (10, None, 10, 4, 4), (None, 10, 4, 3, 3),  # the harder proves
        (None, 10, None, 2, 4), (10, None, None, 1, 4), (None, 5, None, 0, 1),
        (None, None, 5, 0, 3), (None, "unable", None, 0, 1), (None, None, None, 0, 4),
        (10, None, "unable", 1, 2),
    ],
)  # fmt: skip
def test_stands_bound_the_balance(side, semi, tandem, low, high) -> None:
    raw = {"sppb_side_by_side_s": side, "sppb_semi_tandem_s": semi, "sppb_tandem_s": tandem}
    part = sppb_parts(record(raw)).parts["balance"]
    assert (part.low, part.high) == (low, high)


HELD = {f"sppb_{stand}_s": 10 for stand in ("side_by_side", "semi_tandem", "tandem")}


@pytest.mark.parametrize(
    ("raw", "bounds"),
    [
        ({**HELD, "chair_stands_5_s": "unable"}, (4, 8)),
        ({**HELD, "chair_stands_5_s": 11, "gait_distance_m": 6, "gait_time_s": 5}, (8, 12)),
        ({"sppb_tandem_s": 10}, (4, 12)),
        ({"sppb_side_by_side_s": "unable"}, (0, 8)),
        ({"chair_stands_5_s": "unable", "gait_distance_m": 4, "gait_time_s": 9}, (1, 5)),
        ({"chair_stands_5_s": "unable", "gait_speed_m_s": "unable"}, (0, 4)),
    ],
)
def test_parts_of_the_battery_bound_its_points(raw, bounds) -> None:
    fact = facts(**raw)["sppb_points"]
    assert (fact.value, fact.bounds) == (None, bounds)
    assert f"{bounds[0]} to {bounds[1]} points so far" in fact.reason


def test_chair_stands_alone_are_no_battery() -> None:
    assert not facts(chair_stands_5_s="unable")["sppb_points"].told
    assert facts(chair_stands_5_s="unable")["sppb_points"].bounds is None


# EPESE (Guralnik 1994, 2000) walked 8 ft; the courses of 3 and 4 m are those of the NIA's form.
# Each pair straddles one band.
@pytest.mark.parametrize(
    ("course_m", "time_s", "points"),
    [
        (4, 4.81, 4), (4, 4.82, 3), (4, 6.20, 3), (4, 6.21, 2), (4, 8.70, 2), (4, 8.71, 1),
        (4, 300, 1),
        (3, 3.61, 4), (3, 3.62, 3), (3, 4.65, 3), (3, 4.66, 2), (3, 6.52, 2), (3, 6.53, 1),
        (2.4384, 3.1, 4), (2.44, 3.2, 3), (2.4, 4.0, 3), (2.44, 4.1, 2), (2.4384, 5.6, 2),
        (2.44, 5.7, 1), (2.44, 3.14, 4), (2.44, 300, 1),
    ],
)  # fmt: skip
def test_sppb_gait_bands(course_m, time_s, points) -> None:
    assert sppb_parts(record({"gait_distance_m": course_m, "gait_time_s": time_s})).gait == points


@pytest.mark.parametrize(
    ("time_s", "points"),
    [(11.19, 4), (11.20, 3), (13.69, 3), (13.70, 2), (16.69, 2), (16.70, 1), (60, 1), (60.01, 0)],
)
def test_sppb_chair_bands(time_s, points) -> None:
    assert sppb_parts(record({"chair_stands_5_s": time_s})).chair == points


@pytest.mark.parametrize(
    ("side", "semi", "tandem", "points"),
    [
        (9.9, 10, 10, 0), (10, 9.9, 10, 1), (10, 10, 2.9, 2), (10, 10, 3, 3), (10, 10, 9.99, 3),
        (10, 10, 10, 4), ("unable", None, None, 0), (10, "unable", None, 1), (10, 10, "unable", 2),
        (None, 10, 10, 4), (None, None, None, None), (10, None, None, None), (10, 10, None, None),
        (None, 5, None, None),
    ],
)  # fmt: skip
def test_sppb_balance(side, semi, tandem, points) -> None:
    raw = {"sppb_side_by_side_s": side, "sppb_semi_tandem_s": semi, "sppb_tandem_s": tandem}
    assert sppb_parts(record(raw)).balance == points


def test_sppb_adds_up_and_names_the_course_and_the_unable_part() -> None:
    found = facts(
        sppb_side_by_side_s=10, sppb_semi_tandem_s=10, sppb_tandem_s=4, gait_distance_m=3,
        gait_time_s=4.7, chair_stands_5_s="unable",
    )  # fmt: skip
    fact = found["sppb_points"]
    assert fact.value == 3 + 2 + 0
    assert "3-m course" in fact.source
    assert "chair stands 0 (unable)" in fact.source
    assert found.number("sppb_course_m") == 3


def test_sppb_refuses_a_course_it_has_no_bands_for() -> None:
    fact = facts(
        sppb_side_by_side_s=10, sppb_semi_tandem_s=10, sppb_tandem_s=10, gait_distance_m=6,
        gait_time_s=6, chair_stands_5_s=10,
    )["sppb_points"]  # fmt: skip
    assert fact.value is None
    assert "8 ft or 3 m or 4 m" in fact.reason


@pytest.mark.parametrize("course_m", [2.35, 2.5, 3.1, 3.9, 4.57])
def test_another_course_has_no_bands(course_m) -> None:
    assert sppb_parts(record({"gait_distance_m": course_m, "gait_time_s": 4})).gait is None


def test_every_band_says_where_it_was_read() -> None:
    assert "EPESE walked 8 ft" in table.SPPB_COURSE["8 ft"].bands.source
    for course in table.SPPB_COURSES:
        assert course.bands.source
        assert (course.bands.decimals == 1) is (course.key == "8 ft")


TIMES = st.floats(0, 70, allow_nan=False)
FULL = {
    "sppb_side_by_side_s": st.floats(0, 12),
    "sppb_semi_tandem_s": st.floats(0, 12),
    "sppb_tandem_s": st.floats(0, 12),
    "gait_time_s": st.floats(1, 20),
    "chair_stands_5_s": st.floats(3, 70),
}


@given(
    a=TIMES,
    b=TIMES,
    bands=st.sampled_from([*(course.bands for course in table.SPPB_COURSES), table.SPPB_CHAIR]),
)
def test_a_longer_time_never_earns_more(a, b, bands) -> None:
    assert points_of(bands, max(a, b)) <= points_of(bands, min(a, b))


@given(times=st.fixed_dictionaries(FULL), gain=st.floats(0, 5), which=st.sampled_from([*FULL]))
def test_better_times_never_lower_the_battery(times, gain, which) -> None:
    held = which.startswith("sppb")
    better = {**times, which: times[which] + gain if held else max(1.0, times[which] - gain)}
    course = {"gait_distance_m": 4.0}
    before = sppb_parts(Record(entries={**times, **course})).total
    after = sppb_parts(Record(entries={**better, **course})).total
    assert before is not None
    assert after is not None
    assert 0 <= before <= after <= 12


@given(times=st.fixed_dictionaries(FULL), which=st.sampled_from([*FULL]))
def test_unable_never_earns_more_than_a_time(times, which) -> None:
    course = {"gait_distance_m": 3.0}
    able = sppb_parts(Record(entries={**times, **course})).total
    unable = sppb_parts(Record(entries={**times, **course, which: UNABLE})).total
    assert able is not None
    # an untaken easier stand is taken as held where a harder one was; unable is not untaken
    assert unable is not None
    assert unable <= able


def test_gait_speed_from_distance_and_time_without_floating_dust() -> None:
    # 2.4 / 3 is 0.7999999999999999 in binary; the cut-offs lie at 0.8
    found = facts(gait_distance_m=2.4, gait_time_s=3)
    assert found.number("gait_speed_m_s") == 0.8
    assert found.number("gait_course_m") == 2.4


def test_a_gait_speed_that_contradicts_distance_and_time_is_refused() -> None:
    facts(gait_distance_m=4, gait_time_s=5, gait_speed_m_s=0.81)
    with pytest.raises(InputError, match=r"0\.80 m/s"):
        facts(gait_distance_m=4, gait_time_s=5, gait_speed_m_s=1.0)


def test_a_gait_time_alone_gives_no_speed() -> None:
    fact = facts(gait_time_s=5)["gait_speed_m_s"]
    assert (fact.value, "gait_distance_m" in fact.reason) == (None, True)


@pytest.mark.parametrize("key", [k for k, row in FACT.items() if row.can_fail])
def test_unable_is_a_finding_and_not_a_missing_value(key) -> None:
    column = "gait_time_s" if key == "gait_speed_m_s" else key
    fact = facts(**{column: "unable"})[key]
    assert fact.unable
    assert fact.value is None


def test_grip_is_the_best_trial_and_names_hand_and_device() -> None:
    found = facts(grip_left_kg="20;23.5;21", grip_right_kg="22 ; 22.5", grip_device="hydraulic")
    fact = found["grip_kg"]
    assert fact.value == 23.5
    assert fact.source == "best of 5 trials, left hand, hydraulic"


@given(st.lists(st.floats(1, 90), min_size=1, max_size=6), st.floats(1, 90))
def test_another_trial_never_lowers_grip(trials, more) -> None:
    first = read(Record(entries={"grip_kg": tuple(trials)})).facts.number("grip_kg")
    second = read(Record(entries={"grip_kg": (*trials, more)})).facts.number("grip_kg")
    assert first == max(trials)
    assert second is not None
    assert second >= first


def test_asm_indices_are_named_by_method() -> None:
    found = facts(sex="M", height_cm=175, weight_kg=70, asm_bia_kg=21)
    assert found.word("asm_method") == "BIA"
    # 21 / 1.75^2, 100 * 21 / 70, 21 / (70 / 1.75^2)
    assert found.number("asm_kg_m2") == pytest.approx(6.857143, abs=1e-6)
    assert found.number("asm_per_weight_pct") == pytest.approx(30.0)
    assert found.number("asm_per_bmi_m2") == pytest.approx(0.91875, abs=1e-6)
    for key in ("asm_kg_m2", "asm_per_weight_pct", "asm_per_bmi_m2"):
        assert "BIA" in found[key].source


def test_dxa_goes_before_bia_and_this_is_said() -> None:
    reading = read(record({"asm_dxa_kg": 18, "asm_bia_kg": 21}))
    assert reading.facts.number("asm_kg") == 18
    assert reading.facts.word("asm_method") == "DXA"
    assert any("DXA is used" in note for note in reading.notes)


def test_indices_without_height_or_weight_say_what_they_need() -> None:
    found = facts(asm_dxa_kg=18, l3_sma_cm2=100)
    assert found["asm_kg_m2"].reason == "needs height squared"
    assert found["l3_smi_cm2_m2"].reason == "needs height squared"
    assert found["bmi_kg_m2"].reason == "needs height and weight"


def test_the_l3_index_is_area_over_height_squared() -> None:
    assert facts(l3_sma_cm2=120, height_cm=160).number("l3_smi_cm2_m2") == 46.875


def test_facts_of_the_scan_and_its_header_are_built_on() -> None:
    base = Facts.of(sex="F", height_cm=160.0, source="DICOM header").plus(
        Fact(key="l3_smi_cm2_m2", value=40.0, source="CT, mean of 3 slices"),
        flags=("metal",),
    )
    found = read(record({"height_cm": 161, "calf_cm": 33, "sarc_f_points": 2}), base=base).facts
    assert found["height_cm"].value == 161
    assert found["sex"].source == "DICOM header"
    assert found.number("sarc_calf_points") == 12
    assert found["l3_smi_cm2_m2"].source == "CT, mean of 3 slices"
    assert found.flags == {"metal"}


def test_every_fact_can_be_given_and_every_column_is_used() -> None:
    """No fact is out of reach of the table, and no column leads nowhere."""
    computed = {
        "bmi_kg_m2", "grip_kg", "grip_per_bmi_m2", "grip_per_weight", "gait_speed_m_s",
        "gait_course_m",
        "chair_stands_5_s", "tug_s", "walk_400m_s", "sppb_points", "sppb_course_m",
        "sarc_f_points", "sarc_calf_points", "asm_kg", "asm_method", "asm_kg_m2",
        "asm_per_weight_pct", "asm_per_bmi_m2",
    }  # fmt: skip
    assert computed | {row.fact for row in PERSON_COLUMNS if row.fact} == {f.key for f in FACT_KEYS}
    for row in PERSON_COLUMNS:
        if row.fact:
            assert row.unit == FACT[row.fact].unit, row.key
            assert row.choices == () or set(row.choices) == set(FACT[row.fact].choices)


@pytest.mark.parametrize("row", PERSON_COLUMNS, ids=lambda r: r.key)
def test_every_column_refuses_what_lies_outside_it(row) -> None:
    if not row.high:
        with pytest.raises(InputError, match=row.key):
            record({row.key: "nonsense"})
        return
    for value in (
        row.low - 1e-3 - abs(row.low) * 0.01,
        row.high * 1.01 + 1e-3,
        math.inf,
        "3 apples",
    ):
        with pytest.raises(InputError, match=row.key):
            record({row.key: value})
    assert record({row.key: row.low}).entries
    assert record({row.key: row.high}).entries
    assert PERSON_COLUMN[row.key].option.startswith("--")


def test_every_instrument_is_cited() -> None:
    for row in table.INSTRUMENTS:
        assert row.citation
        assert row.doi == "" or row.doi.startswith("10.")


def test_an_index_that_is_not_that_of_its_area_is_refused() -> None:
    with pytest.raises(InputError, match=r"l3_smi_cm2_m2 55 is not that of l3_sma_cm2 100, 34.60"):
        facts(height_cm=170, l3_sma_cm2=100, l3_smi_cm2_m2=55)
    with pytest.raises(InputError, match="l3_vsr 2 is not"):
        facts(l3_vat_cm2=100, l3_sat_cm2=100, l3_vsr=2)
    assert facts(height_cm=170, l3_sma_cm2=100, l3_smi_cm2_m2=34.9).number("l3_smi_cm2_m2") == 34.9
    assert facts(l3_sma_cm2=100, l3_smi_cm2_m2=55).number("l3_smi_cm2_m2") == 55  # no height


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        # visceral / subcutaneous fat: 3 % of a small ratio is less than its last digit
        ({"l3_vat_cm2": 30, "l3_sat_cm2": 90, "l3_vsr": 0.3}, 1 / 3),
        ({"l3_vat_cm2": 10, "l3_sat_cm2": 200, "l3_vsr": 0.1}, 0.05),
        ({"l3_vat_cm2": 5, "l3_sat_cm2": 300, "l3_vsr": 0.02}, 5 / 300),
        ({"l3_vat_cm2": 100, "l3_sat_cm2": 100, "l3_vsr": 1.02}, 1.02),  # within 3 %: as given
    ],
)
def test_a_small_ratio_may_be_rounded(raw, value) -> None:
    fact = facts(**raw)["l3_vsr"]
    assert fact.value == pytest.approx(value, abs=1e-6)
    assert ("rounded" in fact.source) is (raw["l3_vsr"] != value)


@pytest.mark.parametrize(
    "raw",
    [
        {"l3_vat_cm2": 30, "l3_sat_cm2": 90, "l3_vsr": 0.4},
        {"l3_vat_cm2": 30, "l3_sat_cm2": 90, "l3_vsr": 0.31},
        {"l3_vat_cm2": 130, "l3_sat_cm2": 100, "l3_vsr": 1},
        {"height_cm": 200, "l3_psoas_area_cm2": 10, "l3_pmi_cm2_m2": 2.7},
    ],
)
def test_what_is_no_rounding_is_refused(raw) -> None:
    with pytest.raises(InputError, match="is not that of"):
        facts(**raw)


def test_a_slow_gait_may_be_rounded() -> None:
    found = facts(gait_distance_m=4, gait_time_s=18, gait_speed_m_s=0.2)
    assert found.number("gait_speed_m_s") == pytest.approx(4 / 18, abs=1e-6)
    with pytest.raises(InputError, match=r"0\.22 m/s"):
        facts(gait_distance_m=4, gait_time_s=18, gait_speed_m_s=0.3)


@pytest.mark.parametrize(("trials", "best"), [(0, 0), ("0;0", 0), ("24;0", 24), ([0, 12.5], 12.5)])
def test_a_grip_of_nothing_is_a_measurement(trials, best) -> None:
    reading = read(record({"sex": "M", "age_years": 80, "grip_kg": trials}))
    assert reading.facts.number("grip_kg") == best
    assert any("Grip 0 kg" in note for note in reading.notes) is (best == 0)
    answer = evaluate(Compare("ewgsop2_grip"), reading.facts)
    assert answer.truth is Truth.YES


def _numbers(key: str) -> st.SearchStrategy[float]:
    row = PERSON_COLUMN[key]
    return st.floats(row.low, row.high, allow_nan=False).map(lambda value: round(value, 2))


_MORE = {
    "sex": st.sampled_from(["F", "M"]),
    "age_years": st.integers(18, 99),
    "height_cm": st.integers(150, 190),
    "weight_kg": st.integers(45, 120),
    "region": st.sampled_from(["asia", "europe"]),
    **{item: st.integers(0, 2) for item in ITEMS},
    **{
        key: _numbers(key)
        for key in ("calf_cm", "grip_right_kg", "chair_stands_5_s", "tug_s", "walk_400m_s")
    },
    "gait_distance_m": st.sampled_from([3, 4, 6]),
    "gait_time_s": st.integers(2, 20),
    **{f"sppb_{stand}_s": st.sampled_from([0, 5, 10]) for stand in (
        "side_by_side", "semi_tandem", "tandem")},
    "asm_bia_kg": st.integers(8, 26),
    "l3_sma_cm2": st.integers(60, 220),
    "l3_vat_cm2": st.integers(10, 300),
    "l3_sat_cm2": st.integers(20, 300),
    "l3_muscle_hu": st.integers(0, 60),
    "contrast_phase": st.sampled_from(["unenhanced", "portal"]),
    "kvp": st.sampled_from([80, 120]),
    **{key: st.sampled_from(["yes", "no"]) for key in (
        "clinical_suspicion", "clinical_condition", "high_bmi_or_waist",
        "altered_muscle_function", "high_fat_mass", "low_muscle_mass_by_weight",
        "obesity_complication")},
}  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.fixed_dictionaries(_MORE), st.sets(st.sampled_from(sorted(_MORE))))
def test_telling_more_of_a_person_never_turns_an_answer_round(whole, left_out) -> None:
    part = {key: value for key, value in whole.items() if key not in left_out}
    before, after = assess(read(record(part))), assess(read(record(whole)))
    for a, b in zip(before.cutoffs, after.cutoffs, strict=True):
        assert {a.verdict, b.verdict} != {"yes", "no"}, a.key
    for mine, theirs in zip(before.criteria, after.criteria, strict=True):
        if not any(words.startswith(NOT_LOW) for words in mine.caveats):
            assert {mine.met, theirs.met} != {"yes", "no"}, mine.key
        assert (mine.met, theirs.met) != ("yes", "no"), mine.key
    less, more = read(record(part)).facts, read(record(whole)).facts
    for step in (step for criteria in CRITERIA for step in criteria.steps):
        old, new = (evaluate(step.term, facts) for facts in (less, more))
        assert (old.truth, new.truth) != (Truth.YES, Truth.NO), step.key
        assert old.undone or (old.truth, new.truth) != (Truth.NO, Truth.YES), step.key
