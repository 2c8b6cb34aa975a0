"""Every cut-off, number by number, at its boundary; when one is refused; the docs page."""

from __future__ import annotations

import dataclasses
import importlib.util
import math
import re
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from myotome.assess.person.facts import Fact, Facts
from myotome.assess.rules.cutoffs import apply, holds, judge, side_by_side
from myotome.assess.rules.in_words import cutoff_fields
from myotome.assess.rules.verdict import Truth
from myotome.tables.citable.citations import CITATIONS
from myotome.tables.citable.cutoff import CERTAINTIES, OPERATORS, Band, CutOff, Limit
from myotome.tables.citable.cutoffs import CUTOFF, CUTOFFS, TECHNIQUE, TOPICS
from myotome.tables.person.fact_flags import FACT_FLAGS
from myotome.tables.person.facts import FACT

ROOT = Path(__file__).resolve().parents[3]
ROWS = [(c, x) for c in CUTOFFS for x in c.limits]
NAMES = [f"{c.key}-{x.words}" for c, x in ROWS]
# below, at and above a number, by operator
WANTED = {
    "<": (True, False, False),
    "<=": (True, True, False),
    ">": (False, False, True),
    ">=": (False, True, True),
}


def inside(band: Band) -> float:
    """A value in a band, clear of its bounds."""
    if band.low is None:
        assert band.high is not None
        return band.high - 1
    return band.low + 1 if band.high is None else (band.low + band.high) / 2


def person(cutoff: CutOff, limit: Limit, **values: float | str) -> Facts:
    """Somebody on whom this number is used, on a scan it was derived for."""
    known: dict[str, float | str] = {
        "sex": "F" if limit.sex == "any" else limit.sex,
        "age_years": 70.0,
        **({"region": cutoff.region} if cutoff.region else {}),
    }
    known |= {band.fact: inside(band) for band in limit.bands}
    known |= {} if limit.method == "any" else {"asm_method": limit.method}
    known |= {"contrast_phase": cutoff.phases[0], "kvp": 120} if cutoff.phases else {}
    return Facts.of(**(known | values))


@pytest.mark.parametrize(("cutoff", "limit"), ROWS, ids=NAMES)
def test_below_at_and_above_with_the_citations_own_operator(cutoff: CutOff, limit: Limit) -> None:
    around = (math.nextafter(limit.value, -math.inf), limit.value, limit.value + 1e-9)
    assert tuple(holds(cutoff, limit, v) for v in around) == WANTED[cutoff.operator]
    for value, wanted in zip(around, WANTED[cutoff.operator], strict=True):
        answer = judge(cutoff, person(cutoff, limit, **{cutoff.fact: value}))
        if cutoff.withheld:
            assert answer.truth is Truth.UNKNOWN
            assert cutoff.withheld in answer.words
        else:
            assert answer.truth is (Truth.YES if wanted else Truth.NO)
            assert answer.used == (cutoff.fact,)
            assert f"{limit.value:g}" in answer.because[0]


@pytest.mark.parametrize(("cutoff", "limit"), ROWS, ids=NAMES)
def test_a_missing_value_is_never_normal(cutoff: CutOff, limit: Limit) -> None:
    if cutoff.fact in {band.fact for band in limit.bands}:
        pytest.skip("the value is its own condition")
    answer = judge(cutoff, person(cutoff, limit))
    assert answer.truth is Truth.UNKNOWN
    assert f"{FACT[cutoff.fact].words} (not given)" in answer.needs
    assert "normal" not in answer.words.replace("normal-attenuation", "")


@pytest.mark.parametrize(("cutoff", "limit"), ROWS, ids=NAMES)
def test_every_condition_of_a_number_is_needed(cutoff: CutOff, limit: Limit) -> None:
    whole = person(cutoff, limit, **{cutoff.fact: limit.value})
    needed = {"age_years", *(band.fact for band in limit.bands)}
    needed |= set() if limit.sex == "any" else {"sex"}
    needed |= set() if limit.method == "any" else {"asm_method"}
    needed |= {"contrast_phase", "kvp"} if cutoff.phases else set()
    value = limit.value
    for key in needed:
        rest = {k: f for k, f in whole.by_key.items() if k != key}
        answer = judge(cutoff, Facts(by_key=rest))
        others = {holds(cutoff, x, value) for x in cutoff.limits if x.sex in ("any", limit.sex)}
        chooses = key not in ("sex", "age_years", "contrast_phase", "kvp")
        if chooses and len(others) == 1 and not answer.needs:
            assert answer.truth is (Truth.YES if others.pop() else Truth.NO)
            assert f"so for any {FACT[key].words}" in answer.caveats
            continue
        assert answer.truth is Truth.UNKNOWN
        assert FACT[key].words in answer.needs


def test_every_row_is_cited_and_read_in_print() -> None:
    for cutoff in CUTOFFS:
        known = re.fullmatch(r"10\.\d{4,9}/\S+", cutoff.source.doi)
        assert known or cutoff.source.words.endswith("(DOI not read)"), cutoff.key
        assert cutoff.certainty in CERTAINTIES
        assert cutoff.read_in
        assert cutoff.population
        assert cutoff.limits


def test_a_number_is_said_to_be_read_only_where_it_is_printed() -> None:
    """Smorchkova 2022 prints four rows of EWGSOP2 in table 1, three numbers in its text."""
    read_in = {cutoff.key: cutoff.read_in for cutoff in CUTOFFS}
    table_1 = {key for key, words in read_in.items() if "Smorchkova 2022, table 1" in words}
    assert table_1 == {"ewgsop2_grip", "ewgsop2_chair", "ewgsop2_asm", "ewgsop2_asm_h2"}
    text = {key for key, words in read_in.items() if "Smorchkova 2022, text" in words}
    assert text == {"ewgsop2_gait", "ewgsop2_sppb", "ewgsop2_tug"}
    for key in ("ewgsop2_sarc_f", "ewgsop2_walk_400m"):
        assert "Smorchkova" not in read_in[key]
    assert read_in["iwgs_gait"] != read_in["iwgs_asm_h2"]  # an abstract that has the mass alone
    numbers = {cutoff.key: cutoff.n for cutoff in CUTOFFS}
    assert numbers["fnih_asm"] == numbers["fnih_asm_bmi"] == 7582 + 3688  # Cawthon 2014
    assert numbers["fnih_grip"] == 9897 + 10950  # Alley 2014
    assert numbers["fnih_gait"] is None


def test_citations_are_unique_and_used_or_read_from() -> None:
    assert max(Counter(c.doi.lower() for c in CITATIONS if c.doi).values()) == 1
    for citation in CITATIONS:
        assert bool(citation.url) is bool(citation.doi)
        assert citation.words in citation.cited
    assert max(Counter(c.key for c in CITATIONS).values()) == 1


def test_keys_operators_and_topics_are_of_the_tables() -> None:
    assert max(Counter(c.key for c in CUTOFFS).values()) == 1
    for cutoff in CUTOFFS:
        assert cutoff.operator in OPERATORS
        assert cutoff.topic in TOPICS
        assert FACT[cutoff.fact].kind == "number"
        assert FACT[cutoff.fact].can_fail or not cutoff.unable_counts
        phases = set(FACT["contrast_phase"].choices) - {"unknown"}
        assert cutoff.phases is None or (cutoff.phases and set(cutoff.phases) <= phases)


def test_attenuation_always_has_a_phase_or_is_withheld() -> None:
    for cutoff in CUTOFFS:
        if FACT[cutoff.fact].unit == "HU":
            assert cutoff.phases or cutoff.withheld


def test_what_rests_on_ct_alone_never_says_sarcopenia() -> None:
    for cutoff in CUTOFFS:
        if cutoff.topic.startswith("ct_"):
            assert "sarcop" not in f"{cutoff.key} {cutoff.words}".lower()


@pytest.mark.parametrize("cutoff", CUTOFFS, ids=lambda c: c.key)
def test_no_person_has_two_numbers_of_one_cutoff(cutoff: CutOff) -> None:
    for sex in ("F", "M"):
        for method in ("DXA", "BIA"):
            for value in (x / 10 for x in range(100, 1000)):
                fits = [
                    x
                    for x in cutoff.limits
                    if x.sex in ("any", sex)
                    and x.method in ("any", method)
                    and all(band.holds(value) for band in x.bands)
                ]
                assert len(fits) <= 1


# the registry once more by hand: operator, men, women, as the publications have them
BY_HAND = {
    "fearon2011_l3_smi": ("<", 55, 39),
    "prado2008_l3_smi": ("<=", 52.4, 38.5),
    "carey2017_l3_smi": ("<", 50, 39),
    "derstine2018_l3_smi": ("<", 45.4, 34.4),
    "derstine2018_l3_sma": ("<", 144.3, 92.2),
    "derstine2018_l3_hu": ("<", 38.5, 34.3),
    "van_der_werf2018_l3_smi": ("<", 41.6, 32.0),
    "van_der_werf2018_l3_sma": ("<", 134.0, 89.2),
    "van_der_werf2018_l3_hu": ("<", 29.3, 22.0),
    "zeng2021_l3_smi": ("<", 44.77, 32.50),
    "hamaguchi2016_l3_pmi": ("<", 6.36, 3.92),
    "ebadi2022_l3_hu": ("<", 33, 28),
    "doyle2013_l3_l4_vat": (">=", 163.8, 80.1),
    "lee2018_umbilical_vat": (">=", 134.6, 91.1),
    "ha2022_l3_vsr": (">=", 1.54, 1.37),
    "ha2022_l3_smi": ("<", 50, 39),
    "ha2023_l3_vsr": (">=", 1.21, 0.48),
    "ha2023_l3_smi": ("<", 50, 39),
    "insights_imaging2021_t12_smi": ("<", 25.75, 20.16),
    "insights_imaging2021_t12_hu": ("<", 37.42, 33.17),
    "insights_imaging2021_t12_imat": (">", 8.72, 4.58),
    "sdoc_grip_bmi": ("<", 1.05, 0.79),
    "sdoc_grip_weight": ("<", 0.45, 0.337),
    "ewgsop2_grip": ("<", 27, 16),
    "ewgsop2_asm": ("<", 20, 15),
    "ewgsop2_asm_h2": ("<", 7.0, 5.5),
    "awgs2019_calf": ("<", 34, 33),
    "awgs2019_grip": ("<", 28, 18),
    "fnih_grip": ("<", 26, 16),
    "fnih_grip_bmi": ("<", 1.00, 0.56),
    "fnih_asm_bmi": ("<", 0.789, 0.512),
    "fnih_asm": ("<", 19.75, 15.02),
    "sdoc_grip": ("<", 35.5, 20),
    "iwgs_asm_h2": ("<=", 7.23, 5.67),
    "glim_ffmi": ("<", 17, 15),
    # the same for both
    "ewgsop2_chair": (">", 15, 15),
    "ewgsop2_gait": ("<=", 0.8, 0.8),
    "ewgsop2_sppb": ("<=", 8, 8),
    "ewgsop2_tug": (">=", 20, 20),
    "ewgsop2_walk_400m": (">=", 360, 360),
    "ewgsop2_sarc_f": (">=", 4, 4),
    "awgs2019_sarc_f": (">=", 4, 4),
    "awgs2019_sarc_calf": (">=", 11, 11),
    "awgs2019_gait": ("<", 1.0, 1.0),
    "awgs2019_sppb": ("<=", 9, 9),
    "awgs2019_chair": (">=", 12, 12),
    "fnih_gait": ("<", 0.8, 0.8),
    "sdoc_gait": ("<", 0.8, 0.8),
    "iwgs_gait": ("<", 1.0, 1.0),
    "ryo2014_umbilical_vat": (">=", 100, 100),
}


@pytest.mark.parametrize("key", BY_HAND)
def test_the_numbers_are_the_published_ones(key: str) -> None:
    numbers = {x.sex: x.value for x in CUTOFF[key].limits}
    men, women = (numbers.get(sex, numbers.get("any")) for sex in ("M", "F"))
    assert (CUTOFF[key].operator, men, women) == BY_HAND[key]


@pytest.mark.parametrize(
    ("key", "sex", "years", "at"),
    [
        ("awgs2025_grip", "M", 64.9, 34),
        ("awgs2025_grip", "F", 50, 20),
        ("awgs2025_grip", "M", 65, 28),
        ("awgs2025_grip", "F", 90, 18),
        ("awgs2025_asm_h2", "M", 50, 7.6),
        ("awgs2025_asm_h2", "F", 50, 5.7),
        ("awgs2025_asm_h2", "M", 65, 7.0),
        ("awgs2025_asm_h2", "F", 65, 5.7),
        ("martin_d2025_l3_smi", "M", 20, 43.7),
        ("martin_d2025_l3_smi", "F", 39, 33.8),
        ("martin_d2025_l3_smi", "M", 40, 44.9),
        ("martin_d2025_l3_smi", "F", 59, 34.8),
        ("martin_d2025_l3_smi", "M", 60, 39.7),
        ("martin_d2025_l3_smi", "F", 80, 31.2),
    ],
)
def test_the_numbers_by_age_are_the_published_ones(
    key: str, sex: str, years: float, at: float
) -> None:
    fixed = {"sex": sex, "age_years": years, "asm_method": "BIA"}
    assert truth_of(key, **fixed, **{CUTOFF[key].fact: at - 0.01}) is Truth.YES
    assert truth_of(key, **fixed, **{CUTOFF[key].fact: at}) is Truth.NO


# the numbers most often printed wrongly, once more by hand, from the publications


def facts_of(**values: float | str) -> Facts:
    """Somebody of 70 years, unless said otherwise."""
    return Facts.of(**({"age_years": 70.0} | values))


def truth_of(key: str, **values: float | str) -> Truth:
    return judge(CUTOFF[key], facts_of(**values)).truth


def test_ewgsop2_mass_of_women_is_the_corrected_one() -> None:
    # Age Ageing 2019;48(4):601: 5.5, not 6.0 kg/m2
    assert truth_of("ewgsop2_asm_h2", sex="F", asm_kg_m2=5.49) is Truth.YES
    assert truth_of("ewgsop2_asm_h2", sex="F", asm_kg_m2=5.5) is Truth.NO


@pytest.mark.parametrize(
    ("sex", "bmi", "at"),
    [("M", 24.999, 43), ("M", 25, 53), ("F", 24, 41), ("F", 31, 41)],
)
def test_martin_by_bmi_below_and_from_25(sex: str, bmi: float, at: float) -> None:
    below = truth_of("martin2013_l3_smi", sex=sex, bmi_kg_m2=bmi, l3_smi_cm2_m2=at - 0.01)
    assert below is Truth.YES
    assert truth_of("martin2013_l3_smi", sex=sex, bmi_kg_m2=bmi, l3_smi_cm2_m2=at) is Truth.NO


@pytest.mark.parametrize(
    ("sex", "smi", "answer", "limit"),
    [("F", 40, "yes", 41), ("M", 42.9, "yes", 43), ("M", 43, "unknown", None),
     ("M", 52.9, "unknown", None), ("M", 53, "no", 53)],
)  # fmt: skip
def test_martin_needs_a_bmi_only_where_it_decides(sex, smi, answer, limit) -> None:
    """Men: < 43 below a BMI of 25, < 53 from 25 on."""
    said = apply(CUTOFF["martin2013_l3_smi"], facts_of(sex=sex, l3_smi_cm2_m2=smi))
    assert (said.verdict, said.limit) == (answer, limit)
    assert ("so for any body mass index" in said.caveats) is (sex == "M" and answer != "unknown")
    assert ("needs body mass index" in said.reason) is (answer == "unknown")


@pytest.mark.parametrize(
    ("key", "known", "answer"),
    [
        ("martin2013_l3_hu", {"l3_muscle_hu": 30, "contrast_phase": "portal", "kvp": 120}, "yes"),
        ("martin2013_l3_hu", {"l3_muscle_hu": 35, "contrast_phase": "portal", "kvp": 120}, None),
        ("fried_grip", {"sex": "M", "grip_kg": 29}, "yes"),
        ("fried_grip", {"sex": "M", "grip_kg": 31}, None),
        ("fried_grip", {"sex": "F", "grip_kg": 21.1}, "no"),
        ("prado2008_l3_smi", {"sex": "M", "l3_smi_cm2_m2": 60}, None),  # not of the lean
        ("awgs2019_asm_h2", {"sex": "M", "asm_kg_m2": 6.9}, "yes"),
        ("awgs2019_asm_h2", {"sex": "F", "asm_kg_m2": 5.5}, None),
    ],
)
def test_a_limit_that_both_branches_pass_is_certain(key, known, answer) -> None:
    verdict = judge(CUTOFF[key], facts_of(**known))
    assert str(verdict.truth) == (answer or "unknown")


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [(4, 6, "yes"), (4, 10, "yes"), (0, 3, "no"), (3, 4, "unknown"), (0, 10, "unknown")],
)
def test_bounds_answer_where_both_ends_agree(low, high, answer) -> None:
    fact = Fact(key="sarc_f_points", reason="two answers are missing", bounds=(low, high))
    said = apply(CUTOFF["ewgsop2_sarc_f"], facts_of().plus(fact))
    assert (said.verdict, said.value, said.shown) == (answer, None, f"{low} to {high}")
    if answer == "unknown":
        assert "SARC-F (two answers are missing)" in said.reason
    else:
        assert f"SARC-F {low} to {high} " in said.reason


def test_bounds_are_of_what_is_missing() -> None:
    with pytest.raises(ValueError, match="missing"):
        Fact(key="sarc_f_points", value=4.0, bounds=(4, 6))


@pytest.mark.parametrize(
    ("sex", "bmi", "kg"),
    # Searle 2008, table 2: bounds belong to the lower band
    [("M", 24, 29), ("M", 24.1, 30), ("M", 28, 30), ("M", 28.1, 32),
     ("F", 23, 17), ("F", 26, 17.3), ("F", 29, 18), ("F", 29.1, 21)],
)  # fmt: skip
def test_fried_grip_by_bmi(sex: str, bmi: float, kg: float) -> None:
    assert truth_of("fried_grip", sex=sex, bmi_kg_m2=bmi, grip_kg=kg) is Truth.YES
    assert truth_of("fried_grip", sex=sex, bmi_kg_m2=bmi, grip_kg=kg + 0.01) is Truth.NO


def test_awgs_mass_depends_on_the_method() -> None:
    woman = {"sex": "F", "asm_kg_m2": 5.5}
    assert truth_of("awgs2019_asm_h2", **woman, asm_method="DXA") is Truth.NO
    assert truth_of("awgs2019_asm_h2", **woman, asm_method="BIA") is Truth.YES
    assert truth_of("awgs2019_asm_h2", **woman) is Truth.UNKNOWN


def test_a_band_without_a_number_is_refused_with_the_reason() -> None:
    young = judge(CUTOFF["martin_d2025_l3_smi"], facts_of(sex="M", age_years=19, l3_smi_cm2_m2=40))
    assert young.words == "not assessable: Martin D 2025 has no verified number for age 19"
    lean = facts_of(sex="M", bmi_kg_m2=29.9, l3_smi_cm2_m2=40)
    assert judge(CUTOFF["prado2008_l3_smi"], lean).truth is Truth.UNKNOWN
    by_dxa = facts_of(sex="M", age_years=60, asm_kg_m2=6.0, asm_method="DXA")
    assert judge(CUTOFF["awgs2025_asm_h2"], by_dxa).refused == (
        "AWGS 2025 has no verified number for DXA",
    )


def test_a_value_is_never_rounded_onto_the_limit_it_misses() -> None:
    facts = facts_of(sex="F", l3_smi_cm2_m2=38.99999999)
    (said,) = judge(CUTOFF["carey2017_l3_smi"], facts).because
    assert "38.99999999 < 39 cm2/m2" in said
    (said,) = judge(CUTOFF["carey2017_l3_smi"], facts_of(sex="F", l3_smi_cm2_m2=38.1234567)).because
    assert "38.1 < 39 cm2/m2" in said  # no more digits than the measurement has


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("fearon2011_l3_smi", 48.2253, "48.2 < 55 cm2/m2"),
        ("fearon2011_l3_smi", 54.98, "54.98 < 55 cm2/m2"),
        ("fearon2011_l3_smi", 55.0, "55 is not < 55 cm2/m2"),
        ("fearon2011_l3_smi", 55.0004, "55.0004 is not < 55 cm2/m2"),
        ("prado2008_l3_smi", 52.4, "52.4 <= 52.4 cm2/m2"),
        ("ewgsop2_tug", 19.996, "19.996 is not >= 20 s"),
        ("hamaguchi2016_l3_pmi", 6.3551, "6.355 < 6.36 cm2/m2"),
        ("fnih_asm_bmi", 0.78899, "0.78899 < 0.789 m2"),
        ("ewgsop2_gait", 0.800001, "0.800001 is not <= 0.8 m/s"),
    ],
)
def test_values_are_shown_in_sensible_digits_on_their_side_of_the_limit(key, value, said) -> None:
    cutoff = CUTOFF[key]
    facts = Facts.of(sex="M", age_years=70, bmi_kg_m2=31.0, **{cutoff.fact: value})
    result = apply(cutoff, facts)
    assert said in result.reason
    assert result.shown == said.split()[0]


def test_a_bmi_outside_the_bands_is_not_rounded_into_one() -> None:
    facts = facts_of(sex="M", l3_smi_cm2_m2=50.0, bmi_kg_m2=29.9996)
    assert "body mass index 29.9996" in judge(CUTOFF["prado2008_l3_smi"], facts).words
    facts = facts_of(sex="M", l3_smi_cm2_m2=50.0, bmi_kg_m2=26.1224)
    assert "body mass index 26.12" in judge(CUTOFF["prado2008_l3_smi"], facts).words


@pytest.mark.parametrize("key", ["fnih_asm_bmi", "fnih_asm", "iwgs_asm_h2"])
def test_a_number_for_dxa_on_bia_carries_a_caveat(key) -> None:
    cutoff = CUTOFF[key]
    facts = Facts.of(sex="F", age_years=70, asm_method="BIA", **{cutoff.fact: 1.0})
    assert any("by DXA, this is BIA" in words for words in judge(cutoff, facts).caveats)
    facts = Facts.of(sex="F", age_years=70, asm_method="DXA", **{cutoff.fact: 1.0})
    assert not any("this is" in words for words in judge(cutoff, facts).caveats)


# the scan


def scan(**values: float | str) -> Facts:
    return facts_of(sex="M", bmi_kg_m2=24, l3_muscle_hu=30, l3_smi_cm2_m2=40, **values)


def test_attenuation_refuses_a_phase_it_was_not_derived_for() -> None:
    plain = scan(contrast_phase="unenhanced", kvp=120)
    enhanced = scan(contrast_phase="portal", kvp=120)
    derstine, martin = CUTOFF["derstine2018_l3_hu"], CUTOFF["martin2013_l3_hu"]
    assert judge(derstine, plain).truth is Truth.YES
    assert judge(martin, enhanced).truth is Truth.YES
    assert judge(derstine, enhanced).words == (
        "not assessable: Derstine 2018 was derived on unenhanced CT, this scan is portal"
    )
    assert judge(martin, plain).truth is Truth.UNKNOWN
    assert judge(derstine, scan(contrast_phase="unknown", kvp=120)).needs == ("contrast phase",)


@pytest.mark.parametrize(
    ("kvp", "wanted"), [(99.9, False), (100, True), (120, True), (130, True), (140, False)]
)
def test_attenuation_refuses_other_voltages_and_areas_only_warn(kvp: float, wanted: bool) -> None:
    facts = scan(contrast_phase="unenhanced", kvp=kvp)
    assert (judge(CUTOFF["derstine2018_l3_hu"], facts).truth is Truth.YES) is wanted
    area = judge(CUTOFF["derstine2018_l3_smi"], facts)
    assert area.truth is Truth.YES
    assert bool(area.caveats) is not wanted


@pytest.mark.parametrize(("mm", "warns"), [(1.9, True), (2, False), (10, False), (10.1, True)])
def test_thin_and_thick_slices_are_a_caveat(mm: float, warns: bool) -> None:
    assert TECHNIQUE.slice_range_mm == (2, 10)
    answer = judge(CUTOFF["derstine2018_l3_smi"], scan(slice_mm=mm))
    assert answer.truth is Truth.YES
    assert bool(answer.caveats) is warns


@pytest.mark.parametrize("flag", FACT_FLAGS, ids=lambda f: f.key)
def test_a_flag_forbids_or_weakens_what_it_says(flag) -> None:
    everything = {c.fact: 50.0 for c in CUTOFFS if c.fact.startswith(("l3_", "umbilical_"))} | {
        "bmi_kg_m2": 32,
        "age_years": 70,
        "kvp": 120,
        "contrast_phase": "portal",
    }
    facts = Facts.of(sex="M", **everything)
    for cutoff in CUTOFFS:
        before = judge(cutoff, facts)
        if before.truth is Truth.UNKNOWN or not cutoff.fact.startswith(("l3_", "umbilical_")):
            continue
        after = judge(cutoff, facts.plus(flags=[flag.key]))
        if cutoff.fact.startswith(flag.forbids):
            assert flag.words in after.refused
        else:
            assert after.truth is before.truth
            assert (flag.words in after.caveats) is cutoff.fact.startswith(flag.weakens)


def test_other_flags_change_nothing() -> None:
    facts = scan()
    assert side_by_side(facts) == side_by_side(facts.plus(flags=["other_studies"]))


def test_flags_name_facts_of_the_table() -> None:
    for flag in FACT_FLAGS:
        for prefix in flag.forbids + flag.weakens:
            assert any(key.startswith(prefix) for key in FACT)


# the person


def test_unable_counts_only_where_the_citation_says_so() -> None:
    unable = facts_of().plus(
        *(Fact(key=k, unable=True) for k in ("chair_stands_5_s", "tug_s", "walk_400m_s"))
    )
    assert judge(CUTOFF["ewgsop2_chair"], unable).truth is Truth.YES
    assert judge(CUTOFF["ewgsop2_walk_400m"], unable).truth is Truth.YES
    assert judge(CUTOFF["awgs2019_chair"], unable).truth is Truth.UNKNOWN
    assert "does not say how this counts" in judge(CUTOFF["ewgsop2_tug"], unable).words


def test_another_course_or_region_is_a_caveat() -> None:
    gait = CUTOFF["awgs2019_gait"]
    same = facts_of(gait_speed_m_s=0.9, gait_course_m=6, region="asia")
    assert judge(gait, same).caveats == ()
    other = judge(gait, facts_of(gait_speed_m_s=0.9, gait_course_m=4, region="europe"))
    assert other.truth is Truth.YES
    assert other.caveats == (
        "AWGS 2019 is meant for Asia",
        "gait course 4 m; AWGS 2019 uses 6 m",
    )


def test_disagreeing_cutoffs_stand_side_by_side() -> None:
    facts = Facts.of(sex="M", bmi_kg_m2=27, age_years=62, l3_smi_cm2_m2=46.0)
    by_key = {r.key: r for r in side_by_side(facts)}
    answers = {k: Truth(r.verdict) for k, r in by_key.items() if r.value is not None}
    assert answers["fearon2011_l3_smi"] is Truth.YES  # < 55
    assert answers["martin2013_l3_smi"] is Truth.YES  # < 53 at BMI >= 25
    assert answers["derstine2018_l3_smi"] is Truth.NO  # < 45.4
    assert answers["martin_d2025_l3_smi"] is Truth.NO  # < 39.7 from 60 years
    assert answers["prado2008_l3_smi"] is Truth.UNKNOWN  # for BMI >= 30
    assert by_key["martin2013_l3_smi"].finding == "low CT muscle quantity by Martin 2013"
    assert by_key["martin2013_l3_smi"].limit == CUTOFF["martin2013_l3_smi"].limits[1].value


@pytest.mark.parametrize("cutoff", CUTOFFS, ids=lambda c: c.key)
def test_an_answer_is_its_verdict_with_its_citation(cutoff: CutOff) -> None:
    facts = Facts.of(sex="F", age_years=72, grip_kg=15.5, l3_smi_cm2_m2=38.3, kvp=120)
    one, verdict = apply(cutoff, facts), judge(cutoff, facts)
    assert one == apply(cutoff, facts, {cutoff.key: verdict})
    assert (one.key, one.operator, one.unit) == (cutoff.key, cutoff.operator, cutoff.unit)
    assert (one.verdict, one.value) == (str(verdict.truth), facts.number(cutoff.fact))
    assert (one.citation, one.doi) == (cutoff.source.short, cutoff.source.doi)
    assert one.topic_words == TOPICS[cutoff.topic]
    assert one.caveats == verdict.caveats
    assert one.reason.startswith("not assessable: ") is (verdict.truth is Truth.UNKNOWN)
    assert one.limit in {None, *(limit.value for limit in cutoff.limits)}
    assert bool(one.shown) is (one.value is not None)


# the documentation


def test_every_cutoff_can_be_shown() -> None:
    for cutoff in CUTOFFS:
        fields = cutoff_fields(cutoff)
        assert all(fields.values())
        assert cutoff.source.doi in fields["citation"]
        for limit in cutoff.limits:
            assert f"{cutoff.operator} {limit.value:g}" in fields["numbers"]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("page", ROOT / "scripts" / "cutoffs_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_in_step_with_the_tables(script: ModuleType) -> None:
    written = script.PAGE.read_text(encoding="utf-8")
    assert written == script.page(), "run: python scripts/cutoffs_page.py"


def test_the_page_follows_a_changed_number(script: ModuleType, monkeypatch) -> None:
    changed = dataclasses.replace(CUTOFFS[0], limits=(Limit(sex="any", value=12.34),))
    monkeypatch.setattr(script, "CUTOFFS", (changed, *CUTOFFS[1:]))
    assert "12.34" in script.page()


def test_the_page_names_every_row(script: ModuleType) -> None:
    text = script.page()
    for cutoff in CUTOFFS:
        assert f"`{cutoff.key}`" in text
        assert cutoff.source.url in text


@pytest.mark.parametrize(("age", "judged"), [(17.99, False), (18, True), (19, True)])
def test_adults_are_judged_from_their_eighteenth_birthday_on(age: float, judged: bool) -> None:
    answer = judge(CUTOFF["ewgsop2_grip"], Facts.of(sex="M", grip_kg=20, age_years=age))
    assert (answer.truth is Truth.YES) is judged
    assert any("adults" in reason for reason in answer.refused) is not judged
