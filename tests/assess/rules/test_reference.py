"""Reference curves: Vu 2024 table 3, Tonnesen 2023 table 2, van der Werf 2018 table 3."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myotome.assess.person.facts import Facts
from myotome.assess.rules.reference import curve, score, scores, whole_masses
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.tables.citable.references import (
    MASS,
    REFERENCE,
    REFERENCE_GROUPS,
    REFERENCES,
    STATISTICS,
    target_unit,
    target_words,
)


def person(**values: float | str) -> Facts:
    return Facts.of(**{"sex": "F", "age_years": 65.0, **values})


def by_reference(facts: Facts, masses_g=None):
    return {(s.reference, s.target): s for s in scores(facts, masses_g)}


@pytest.mark.parametrize(
    ("sex", "age", "grams", "z", "n", "unstable"),
    [
        # (value - mean) / SD of table 3; the printed groups are <40, 41-50 ...
        ("F", 65, 201, 0.0, 47, False),
        ("F", 40, 241 + 69.7, 1.0, 32, False),
        ("F", 41, 259 - 60.7, -1.0, 19, False),
        ("F", 50.9, 259, 0.0, 19, False),
        ("F", 81, 173, 0.0, 8, True),
        ("M", 25, 452, 0.0, 9, True),
        ("M", 100, 311 - 2 * 83.9, -2.0, 9, True),
    ],
)
def test_vu2024_by_sex_and_age(sex, age, grams, z, n, unstable) -> None:
    found = scores(Facts.of(sex=sex, age_years=float(age)), {"psoas": grams})
    (one,) = found
    assert one.reference == "vu2024"
    assert one.z == pytest.approx(z, abs=1e-9)
    assert (one.group_n, one.unstable) == (n, unstable)
    assert ("unstable" in one.said) is unstable


def test_only_masses_of_the_whole_slab_and_both_sides_are_compared() -> None:
    def mass(structure: str, side: str, status: Status) -> Measurement:
        return Measurement(
            quantity="gross_mass", structure=structure, side=side, level="slab", value=200.0,
            unit="g", status=status, reason="" if status is Status.MEASURED else "cut",
        )  # fmt: skip

    rows = [
        mass("psoas", "both", Status.MEASURED),
        mass("psoas", "left", Status.MEASURED),
        mass("total", "both", Status.PARTIAL),
    ]
    assert whole_masses(rows) == {"psoas": 200.0}


@pytest.mark.parametrize("age", [17.9, 101])
def test_outside_the_ages_of_a_reference_nothing_is_given(age) -> None:
    (one,) = scores(Facts.of(sex="M", age_years=age), {"psoas": 300})
    assert (one.z, one.percentile, one.group_words) == (None, None, "")
    assert "18 to 100 years old" in one.reason


def test_the_gluteal_cap_is_no_reference() -> None:
    (one,) = scores(person(), {"gluteus_medius": 87})
    assert one.z is None
    assert "cap" in one.reason
    assert curve("vu2024", MASS + "gluteus_medius", sex="F") == ()


@pytest.mark.parametrize("sex", [None, "F"])
def test_sex_and_age_are_needed(sex) -> None:
    (one,) = scores(Facts.of(sex=sex), {"psoas": 200})
    assert one.reason.startswith("needs ")
    assert "age" in one.reason


def test_framingham_women_at_l3() -> None:
    found = by_reference(person(l3_smi_cm2_m2=44.3 - 6.5))
    one = found["tonnesen2023", "l3_smi_cm2_m2"]
    assert one.z == pytest.approx(-1)
    assert one.percentile == pytest.approx(15.8655, abs=1e-3)  # the normal law at -1 SD
    assert "Framingham" in one.said


def test_framingham_has_no_men_and_says_so() -> None:
    found = by_reference(person(sex="M", l3_smi_cm2_m2=50.0))
    assert found["tonnesen2023", "l3_smi_cm2_m2"].reason == "it has no men"


@pytest.mark.parametrize(
    ("bmi", "limit"), [(None, 30.7), (17.0, 28.5), (20.0, 29.9), (24.99, 29.9), (25.0, 31.4)]
)
def test_van_der_werf_by_bmi(bmi, limit) -> None:
    facts = (
        person(l3_smi_cm2_m2=limit) if bmi is None else person(l3_smi_cm2_m2=limit, bmi_kg_m2=bmi)
    )
    one = by_reference(facts)["van_der_werf2018", "l3_smi_cm2_m2"]
    assert one.reference_value == limit
    assert (one.below, one.z, one.percentile) == (False, None, None)
    below = score(REFERENCE[one.reference], one.target, limit - 0.1, facts)
    assert below.below is True


@pytest.mark.parametrize("bmi", [16.9, 35.0])
def test_outside_the_bmi_of_a_reference_nothing_is_given(bmi) -> None:
    facts = person(l3_smi_cm2_m2=30.0, bmi_kg_m2=bmi)
    one = by_reference(facts)["van_der_werf2018", "l3_smi_cm2_m2"]
    assert (one.group_words, one.reference_value, one.below) == ("", None, None)
    assert "17 to below 35" in one.reason


@pytest.mark.parametrize(
    ("technique", "said"),
    [
        ({}, "needs the contrast phase"),
        ({"contrast_phase": "portal", "kvp": 120.0}, "measured on unenhanced CT"),
        ({"contrast_phase": "unenhanced"}, "tube voltage"),
        ({"contrast_phase": "unenhanced", "kvp": 80.0}, "80 kV"),
        ({"contrast_phase": "unenhanced", "kvp": 120.0}, ""),
    ],
)
def test_attenuation_only_within_the_contrast_of_the_reference(technique, said) -> None:
    found = by_reference(person(l3_muscle_hu=29.3, **technique))
    one = found["tonnesen2023", "l3_muscle_hu"]
    assert said in one.reason
    assert (one.z is None) is bool(said)
    assert "could not be verified" in found["van_der_werf2018", "l3_muscle_hu"].reason


def test_a_forbidden_area_is_not_compared() -> None:
    facts = Facts.of(sex="F", age_years=65.0, l3_sma_cm2=100.0, flags=("wall_cut",))
    for one in scores(facts):
        assert one.z is None
        assert "muscle wall" in one.reason


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda r: r.key)
def test_every_reference_says_who_how_and_with_what_limits(reference) -> None:
    for words in (reference.name, reference.citation, reference.population, reference.limits):
        assert words
    assert reference.doi.startswith("10.")
    assert reference.statistic in STATISTICS
    groups = [g for g in REFERENCE_GROUPS if g.reference == reference.key]
    assert groups
    for group in groups:
        assert (group.sd is not None) == (reference.statistic == "mean_sd")
        assert target_words(group.target)
        assert target_unit(group.target) is not None
        assert group.age_to is None or group.age_from <= group.age_to


def test_groups_of_one_reference_never_overlap() -> None:
    seen = Counter(
        (g.reference, g.target, g.sex, g.bmi_from, year)
        for g in REFERENCE_GROUPS
        for year in range(g.age_from, (g.age_to or 120) + 1)
    )
    assert set(seen.values()) == {1}


def test_vu2024_rows_add_up_as_printed() -> None:
    """The six muscles sum to the printed total within 1 g; n per sex as printed (men 154)."""
    groups = [g for g in REFERENCE_GROUPS if g.reference == "vu2024"]
    totals = {(g.sex, g.age_from): g for g in groups if g.target == MASS + "total"}
    for (sex, age), total in totals.items():
        parts = [g.value for g in groups if (g.sex, g.age_from) == (sex, age)]
        assert sum(parts) - total.value == pytest.approx(total.value, abs=1.01)
    count = Counter()
    for (sex, _), total in totals.items():
        count[sex] += total.n or 0
    assert count == {"F": 190, "M": 154}


@pytest.mark.parametrize(
    ("reference", "target", "sex"),
    sorted({(g.reference, g.target, g.sex) for g in REFERENCE_GROUPS}),
)
def test_a_curve_is_of_one_reference_and_one_kind_of_people(reference, target, sex) -> None:
    points = curve(reference, target, sex=sex)
    if target in REFERENCE[reference].unusable:
        assert points == ()
        return
    assert len({p.age_from for p in points}) == len(points)
    assert [p.age_from for p in points] == sorted(p.age_from for p in points)
    mine = {
        g.value
        for g in REFERENCE_GROUPS
        if (g.reference, g.target, g.sex, g.bmi_from) == (reference, target, sex, None)
    }
    assert {p.low if p.middle is None else p.middle for p in points} == mine


def test_a_curve_takes_the_groups_of_its_bmi() -> None:
    points = curve("van_der_werf2018", "l3_smi_cm2_m2", sex="M", bmi_kg_m2=22.0)
    assert [p.low for p in points] == [42.5, 41.0, 39.4, 37.7, 36.1, 34.4]
    assert curve("van_der_werf2018", "l3_smi_cm2_m2", sex="M", bmi_kg_m2=40.0) == ()


@given(a=st.floats(20, 200), b=st.floats(20, 200), age=st.floats(33, 92))
def test_more_muscle_never_has_a_lower_place(a, b, age) -> None:
    facts = person(age_years=age, l3_sma_cm2=max(a, b))
    less = person(age_years=age, l3_sma_cm2=min(a, b))
    high, low = by_reference(facts), by_reference(less)
    for key, one in high.items():
        if one.percentile is not None and low[key].percentile is not None:
            assert one.percentile >= low[key].percentile
            assert 0 <= one.percentile <= 100
        if one.below is not None:
            assert low[key].below or not one.below


def test_unverified_contrast_is_one_field_away() -> None:
    """Whoever verifies the phase changes one field, and attenuation is compared."""
    reference = replace(REFERENCE["van_der_werf2018"], contrast="unenhanced")
    facts = person(contrast_phase="unenhanced", kvp=120.0)
    assert score(reference, "l3_muscle_hu", 20.1, facts).below is True
