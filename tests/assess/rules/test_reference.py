"""Reference curves: Vu 2024 table 3, Tonnesen 2023 table 2, van der Werf 2018 table 3."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myotome.assess.person.facts import Facts
from myotome.assess.rules.percentiles import (
    percentile,
    percentile_interval,
    spread,
    z_interval,
)
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
    assert reference.doi.startswith("10.") or "DOI not read" in reference.citation
    assert reference.statistic in STATISTICS
    groups = [g for g in REFERENCE_GROUPS if g.reference == reference.key]
    assert groups
    for group in groups:
        assert reference.statistic != "lms", "that is of own references"
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


# --- percentiles ------------------------------------------------------------------------------


def test_skewed_masses_are_lognormal() -> None:
    """Rectus of women below 40 years, 240 (101.8) g: 90 g is no 7th percentile."""
    (one,) = scores(person(age_years=35.0), {"rectus_abdominis": 90.0})
    assert one.z == pytest.approx(-1.47, abs=0.01)
    mass = MASS + "rectus_abdominis"
    assert spread(mass, 240, 101.8)[0] == pytest.approx(113, abs=1)
    exact = percentile(mass, 90.0, 240.0, 101.8, None)
    assert exact == pytest.approx(1.4, abs=0.05)
    assert percentile("l3_sma_cm2", 90.0, 240.0, 101.8, None) == pytest.approx(7.0, abs=0.05)
    assert one.percentile == pytest.approx(2.0, abs=0.3)  # of 32 women, a little less sure
    assert next(p.low for p in one.curve) == pytest.approx(113, abs=1)
    assert percentile(mass, 0.0, 240.0, 101.8, 32) == 0


@pytest.mark.parametrize(
    ("n", "wanted", "interval"),
    [
        (9, 4.72, (0.08, 20.6)),
        (None, 2.28, None),
        (100, 2.28, (0.97, 4.87)),
        (5000, 2.28, (2.01, 2.57)),
    ],
)
def test_few_people_make_a_place_uncertain(n, wanted, interval) -> None:
    """z = -2 by Crawford and Howell 1998 with n = 9: 4.7 %, 95 % interval 0.1 to 21 %."""
    args = ("l3_smi_cm2_m2", 30.0, 50.0, 10.0, n)
    assert percentile(*args) == pytest.approx(wanted, abs=0.01)
    found = percentile_interval(*args)
    assert found == (None if interval is None else pytest.approx(interval, abs=0.05))


def test_the_interval_of_a_small_group_is_said() -> None:
    (one,) = scores(Facts.of(sex="M", age_years=100.0), {"psoas": 311 - 2 * 83.9})
    assert "(95 % interval below 1 to " in one.said
    framingham = by_reference(person(l3_smi_cm2_m2=40.0))["tonnesen2023", "l3_smi_cm2_m2"]
    assert "percentile 25 (95 % interval 22 to 29) " in framingham.said
    donors = by_reference(person(l3_pmi_cm2_m2=4.0))["druckmann2024", "l3_pmi_cm2_m2"]
    assert donors.percentile is not None
    assert (donors.z_low, donors.percentile_high) == (None, None)  # its groups' size is not known
    assert "interval" not in donors.said


@pytest.mark.parametrize(
    ("target", "n", "z", "wanted"),
    [
        # R 4.2.2 (stats): f <- function(d, z, n) pt(z * sqrt(n), n - 1, ncp = d * sqrt(n));
        # uniroot(function(d) f(d, -2, 9) - 0.975, c(-9, 9))$root, and - 0.025
        ("l3_smi_cm2_m2", 9, -2.0, (-3.144447, -0.819823)),
        ("l3_smi_cm2_m2", 100, -2.0, (-2.338461, -1.657883)),
    ],
)
def test_the_sampling_error_of_z(target, n, z, wanted) -> None:
    found = z_interval(target, 50 + 10 * z, 50.0, 10.0, n)
    assert found == pytest.approx(wanted, abs=1e-5)


def test_the_sampling_error_of_z_among_skewed_masses() -> None:
    """Against 20,000 drawn groups of 200 lognormal women, as rectus below 40 years."""
    rng = np.random.default_rng(1)
    width = math.sqrt(math.log1p((101.8 / 240) ** 2))
    drawn = rng.lognormal(math.log(240) - width**2 / 2, width, (20_000, 200))
    for value in (90.0, 240.0, 450.0):
        spread_of_z = np.std((value - drawn.mean(axis=1)) / drawn.std(axis=1, ddof=1))
        low, high = z_interval(MASS + "rectus_abdominis", value, 240.0, 101.8, 200)
        assert (high - low) / 2 / 1.96 == pytest.approx(spread_of_z, rel=0.08)


@given(value=st.floats(1, 900), n=st.integers(2, 99))
def test_the_interval_holds_the_percentile(value, n) -> None:
    found = percentile_interval(MASS + "psoas", value, 240.0, 60.0, n)
    assert found is not None
    low, high = found
    assert 0 <= low <= high <= 100


# --- further levels and the psoas -------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "value", "z"),
    [
        # PMC10920396, table 2, women of 55 to 64 years
        ("t5_smi_cm2_m2", 55.8 - 7.9, -1),
        ("t8_sma_cm2", 72.4, 0),
        ("t10_smi_cm2_m2", 25.9 + 4.4, 1),
    ],
)
def test_framingham_women_at_the_chest(target, value, z) -> None:
    found = by_reference(person(age_years=60.0, **{target: value}))
    assert found["tonnesen2023", target].z == pytest.approx(z, abs=1e-9)


def test_attenuation_at_the_chest_needs_the_phase_too() -> None:
    one = by_reference(person(age_years=60.0, t8_muscle_hu=28.0))["tonnesen2023", "t8_muscle_hu"]
    assert one.reason == "needs the contrast phase of the scan"


@pytest.mark.parametrize(("sex", "pmi"), [("M", 6.3), ("F", 4.8)])
def test_psoas_of_kidney_donors(sex, pmi) -> None:
    found = by_reference(person(sex=sex, l3_pmi_cm2_m2=pmi, l3_psoas_hu=40.0))
    assert found["druckmann2024", "l3_pmi_cm2_m2"].z == pytest.approx(0)
    assert "not read" in found["druckmann2024", "l3_pmi_cm2_m2"].limits
    assert "phase could not be verified" in found["druckmann2024", "l3_psoas_hu"].reason


def test_what_vu_calls_lean_is_doubtful() -> None:
    assert "neither the gross nor the lean mass" in REFERENCE["vu2024"].limits


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
