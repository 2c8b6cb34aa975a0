"""Whom a publication is about: boundary ages, regions, conditions that spoil what is measured."""

from __future__ import annotations

import itertools

import pytest

from myotome.assess.person.facts import Facts, missing
from myotome.assess.person.instruments import read
from myotome.assess.person.record import record
from myotome.assess.rules.criteria import apply, apply_all
from myotome.assess.rules.cutoffs import judge, side_by_side
from myotome.assess.rules.reference import scores
from myotome.assess.rules.verdict import Truth
from myotome.tables.citable.ages import ADULT_FROM_YEARS, AGES, Ages, ages_of
from myotome.tables.citable.criteria import CRITERIA, CRITERIA_SET
from myotome.tables.citable.cutoffs import CUTOFF, CUTOFFS
from myotome.tables.citable.references import MASS
from myotome.tables.person.conditions import CONDITION, CONDITIONS
from myotome.tables.person.facts import FACT, FACT_KEYS

WEAK = {
    "sex": "M", "grip_kg": 12.0, "asm_kg": 12.0, "asm_kg_m2": 4.0, "asm_per_bmi_m2": 0.4,
    "asm_method": "DXA", "gait_speed_m_s": 0.4, "chair_stands_5_s": 40.0, "sppb_points": 3.0,
    "bmi_kg_m2": 22.0, "sarc_f_points": 8.0, "grip_per_bmi_m2": 0.5, "calf_cm": 25.0,
    "l3_smi_cm2_m2": 30.0, "l3_vsr": 3.0, "clinical_suspicion": "yes", "high_bmi_or_waist": "yes",
    "altered_muscle_function": "yes", "high_fat_mass": "yes", "low_muscle_mass_by_weight": "yes",
}  # fmt: skip


def weak(**more: float | str) -> Facts:
    """Somebody who is low by everything."""
    return Facts.of(**(WEAK | more))


def met(facts: Facts) -> dict[str, str]:
    return {answer.key: answer.met for answer in apply_all(facts)}


# ages


def test_without_an_age_no_answer_is_definite() -> None:
    """Not of a person with everything else, nor of any single fact."""
    for facts in (weak(), weak().plus(missing("age_years", "not plausible in the header"))):
        assert {c.verdict for c in side_by_side(facts)} == {"unknown"}
        assert set(met(facts).values()) == {"unknown"}
        for answer in apply_all(facts):
            assert all(": not assessable: " in words for _, words in answer.steps)
            assert any(words.startswith("age") for words in answer.needs)
        assert all(place.reason for place in scores(facts, {"psoas": 200.0}))
    known = weak().by_key
    for size in (1, 2):
        for keys in itertools.combinations(known, size):
            some = Facts(by_key={key: known[key] for key in keys})
            assert all(judge(c, some).truth is Truth.UNKNOWN for c in CUTOFFS)


def test_why_there_is_no_age_is_said() -> None:
    facts = weak().plus(missing("age_years", "PatientAge is not plausible"))
    assert "age (PatientAge is not plausible)" in judge(CUTOFF["ewgsop2_grip"], facts).needs


def test_a_man_of_25_has_no_sarcopenia_of_the_old() -> None:
    found = met(weak(age_years=25.0))
    for key in ("awgs2019", "awgs2025", "fnih", "sdoc", "iwgs"):
        assert found[key] == "unknown", key
    awgs = apply(CRITERIA_SET["awgs2019"], weak(age_years=25.0))
    assert awgs.conclusion == (
        "possible sarcopenia: not assessable: AWGS 2019 is meant for people from 60 years"
    )
    ewgsop2 = apply(CRITERIA_SET["ewgsop2"], weak(age_years=25.0))
    assert (ewgsop2.met, ewgsop2.conclusion) == ("yes", "severe sarcopenia (doubtful at this age)")
    assert any("meant for older people" in words for words in ewgsop2.caveats)
    old = apply(CRITERIA_SET["ewgsop2"], weak(age_years=60.0))
    assert old.conclusion == "severe sarcopenia"


# (set, age, met, doubt of the age)
BOUNDARIES = [
    ("awgs2019", 59.99, "unknown", False), ("awgs2019", 60.0, "yes", True),
    ("awgs2019", 64.99, "yes", True), ("awgs2019", 65.0, "yes", False),
    ("awgs2025", 49.99, "unknown", False), ("ewgsop2", 18.0, "yes", True),
    ("ewgsop2", 59.99, "yes", True), ("ewgsop2", 60.0, "yes", False),
    ("ewgsop2", 17.99, "unknown", False),
    ("fnih", 64.99, "unknown", False), ("fnih", 65.0, "yes", False),
    ("sdoc", 64.99, "unknown", False), ("sdoc", 65.0, "yes", False),
    ("iwgs", 64.99, "unknown", False), ("iwgs", 65.0, "yes", False),
    ("espen_easo", 17.99, "unknown", False), ("espen_easo", 18.0, "yes", False),
    ("ha2022_low_muscle_visceral_fat", 18.0, "yes", False),
]  # fmt: skip


@pytest.mark.parametrize(("key", "age", "wanted", "doubted"), BOUNDARIES)
def test_the_ages_of_a_set_at_their_boundary(key, age, wanted, doubted) -> None:
    answer = apply(CRITERIA_SET[key], weak(age_years=age))
    assert answer.met == wanted
    doubts = [words for words in answer.caveats if words.startswith("at this age ")]
    own = [words for words in doubts if CRITERIA_SET[key].source.short in words]
    assert bool(own) is doubted


def test_awgs_2025_from_50_years() -> None:
    facts = weak(age_years=50.0, asm_method="BIA")
    assert apply(CRITERIA_SET["awgs2025"], facts).step == "sarcopenia"
    for cutoff in CUTOFFS:
        if cutoff.citation == "awgs2025":
            assert "from 50 years" in judge(cutoff, weak(age_years=49.9)).words


@pytest.mark.parametrize("row", AGES, ids=lambda row: row.key)
def test_every_cutoff_of_a_citation_keeps_to_its_ages(row: Ages) -> None:
    own = [cutoff for cutoff in CUTOFFS if cutoff.citation == row.key]
    assert own
    for cutoff in own:
        below = judge(cutoff, weak(age_years=row.from_years - 0.01))
        assert below.truth is Truth.UNKNOWN
        assert f"from {row.from_years:g} years" in below.words
        assert judge(cutoff, weak(age_years=row.from_years)).words != below.words


@pytest.mark.parametrize(("age", "doubted"), [(19.9, True), (20, False), (82, False), (82.1, True)])
def test_a_reference_of_20_to_82_years_is_doubtful_outside(age, doubted) -> None:
    caveats = judge(CUTOFF["van_der_werf2018_l3_smi"], weak(age_years=age)).caveats
    assert any("20 to 82 years" in words for words in caveats) is doubted


def test_a_citation_without_a_row_is_for_adults() -> None:
    assert ages_of("carey2017").from_years == ADULT_FROM_YEARS
    with pytest.raises(ValueError, match="a doubt needs ages"):
        Ages(key="carey2017", source="", doubt="who knows")


# region


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("asia", ""),
        ("europe", "AWGS 2019 is meant for Asia"),
        (None, "region not given; AWGS 2019 is meant for Asia"),
    ],
)
def test_awgs_outside_asia_says_so(region, said) -> None:
    facts = weak(age_years=70.0, **({} if region is None else {"region": region}))
    caveats = apply(CRITERIA_SET["awgs2019"], facts).caveats
    assert [words for words in caveats if "Asia" in words] == ([said] if said else [])


# conditions


def person(**more: object) -> Facts:
    """A man whose height, weight and muscle mass are known, through the instruments."""
    raw = {"sex": "M", "age_years": 70, "height_cm": 170, "weight_kg": 60, "asm_dxa_kg": 17}
    return read(record({**raw, "grip_kg": 20, "calf_cm": 30, "l3_sma_cm2": 100, **more})).facts


@pytest.mark.parametrize("row", CONDITIONS, ids=lambda row: row.key)
def test_a_condition_forbids_or_weakens_what_it_says(row) -> None:
    facts = person(contrast_phase="portal", kvp=120, ffmi_bia_kg_m2=16, gait_speed_m_s=0.5)
    for said in ("no", None):
        assert [c.verdict for c in side_by_side(facts)] == [
            c.verdict for c in side_by_side(facts.plus(*Facts.of(**{row.key: said})))
        ]
    sick = facts.plus(*Facts.of(**{row.key: "yes"}))
    touched = 0
    for cutoff in CUTOFFS:
        before, after = judge(cutoff, facts), judge(cutoff, sick)
        if before.truth is Truth.UNKNOWN:
            continue
        bands = {band.fact for limit in cutoff.limits for band in limit.bands}
        keys = {cutoff.fact, *bands}
        if any(key.startswith(row.forbids) for key in keys if row.forbids):
            assert row.words in after.refused, cutoff.key
            touched += 1
        else:
            assert after.truth is before.truth
            weakens = bool(row.weakens) and any(key.startswith(row.weakens) for key in keys)
            assert (row.words in after.caveats) is weakens
            touched += weakens
    assert touched


@pytest.mark.parametrize(
    ("condition", "key", "answer"),
    [
        ("amputation", "ewgsop2_asm_h2", "unknown"),  # 5.9 kg/m2, but of how many limbs?
        ("amputation", "carey2017_l3_smi", "yes"),  # with a caveat: height
        ("amputation", "prado2008_bmi", "no"),
        ("oedema", "ewgsop2_asm", "unknown"),
        ("oedema", "awgs2019_calf", "unknown"),
        ("oedema", "martin2013_l3_smi", "yes"),
        ("ascites", "fnih_asm_bmi", "unknown"),
        ("ascites", "martin2013_l3_smi", "yes"),
        ("pregnancy", "prado2008_bmi", "unknown"),
        ("pregnancy", "carey2017_l3_smi", "unknown"),
        ("pregnancy", "ewgsop2_asm", "unknown"),
    ],
)
def test_what_is_spoiled_by_a_condition(condition, key, answer) -> None:
    sex = {"sex": "F" if condition == "pregnancy" else "M"}
    healthy = judge(CUTOFF[key], person(**sex))
    sick = judge(CUTOFF[key], person(**sex, **{condition: "yes"}))
    assert healthy.truth is not Truth.UNKNOWN
    assert str(sick.truth) == answer
    words = CONDITION[condition].words
    assert words in (sick.refused if answer == "unknown" else sick.caveats)


def test_conditions_reach_the_words_that_a_user_judges() -> None:
    facts = weak(age_years=70.0, oedema="yes")
    answer = apply(CRITERIA_SET["espen_easo"], facts)
    assert answer.met == "unknown"
    assert CONDITION["oedema"].words in answer.conclusion


def test_conditions_name_facts_of_the_table() -> None:
    for row in CONDITIONS:
        assert FACT[row.key].kind == "yes_no"
        for prefix in row.forbids + row.weakens:
            known = any(fact.key.startswith(prefix) for fact in FACT_KEYS)
            assert known or prefix == MASS, prefix


def test_conditions_reach_the_references() -> None:
    masses = {"psoas": 200.0}
    for place in scores(person(sex="F", pregnancy="yes"), masses):
        assert place.reason == CONDITION["pregnancy"].words
        assert place.z is None
    doubtful = {p.reference: p for p in scores(person(sex="F", oedema="yes"), masses)}
    assert "Oedema is weighed" in doubtful["vu2024"].limits
    assert doubtful["vu2024"].z is not None
    assert "Oedema" not in {p.reference: p for p in scores(person(), masses)}["vu2024"].limits


def test_every_set_can_be_asked_at_any_age() -> None:
    for criteria in CRITERIA:
        assert ages_of(criteria.citation).from_years >= ADULT_FROM_YEARS
