"""An assessment in plain words: nothing lost, nothing added, ages capped."""

from __future__ import annotations

import dataclasses
import json

import pytest

from myotome.assess.assessment import assess
from myotome.assess.person.facts import Fact, Facts, shown_value, value_words
from myotome.assess.person.instruments import Reading, read
from myotome.assess.person.record import record
from myotome.assess.rules.criteria import apply_all
from myotome.assess.rules.cutoffs import judge, side_by_side
from myotome.assess.rules.reference import scores
from myotome.nouns.numbers.assessment import Assessment
from myotome.tables.citable.cutoff import Band, Limit
from myotome.tables.citable.cutoffs import CUTOFF
from myotome.tables.citable.references import REFERENCE, STATISTICS
from myotome.tables.person.facts import FACT_KEYS
from myotome.write.data.assessed import document, lines

WOMAN = {
    "sex": "F", "age_years": 72, "height_cm": 160, "weight_kg": 58, "grip_kg": [14, 15.5],
    "chair_stands_5_s": "unable", "sarc_f_points": 2, "l3_sma_cm2": 98, "l3_muscle_hu": 30,
    "kvp": 120, "contrast_phase": "unenhanced", "asm_bia_kg": 14,
}  # fmt: skip


MASSES_G = {"psoas": 180.0, "total": 1700.0}


def reading(**changes: object) -> Reading:
    found = read(record({**WOMAN, **changes}))
    return dataclasses.replace(
        found, facts=found.facts.plus(flags=("level_uncertain", "arms_down"))
    )


def found(**changes: object) -> Assessment:
    return assess(reading(**changes), MASSES_G)


@pytest.fixture
def done() -> Assessment:
    return found()


def test_every_fact_criterion_cutoff_and_reference_is_answered(done: Assessment) -> None:
    facts, notes = reading().facts, reading().notes
    order = [row.key for row in FACT_KEYS]
    assert [f.key for f in done.facts] == sorted(facts.by_key, key=order.index)
    for one in done.facts:
        fact = facts[one.key]
        assert (one.value, one.unit, one.unable) == (fact.value, fact.unit, fact.unable)
        assert (one.source, one.reason) == (fact.source, fact.reason)
        assert one.value is not None or one.unable or one.reason
    assert done.criteria == apply_all(facts)
    assert done.cutoffs == side_by_side(facts)
    assert done.references == scores(facts, MASSES_G)
    assert done.references
    assert done.flags == ("arms_down", "level_uncertain")
    assert done.notes == notes


def test_a_place_carries_the_curve_that_it_lies_on(done: Assessment) -> None:
    places = {(r.reference, r.target): r for r in done.references}
    total = places["vu2024", "mass_total"]
    assert (total.unit, total.statistic) == ("g", "mean_sd")
    assert [p.middle for p in total.curve] == [2212, 2256, 2135, 1926, 1860, 1579]  # table 3
    assert total.curve[-1].unstable
    assert total.reference_value in [p.middle for p in total.curve]
    # the BMI is 22.7: the column of 20 to 25 of table 3, women
    smi = places["van_der_werf2018", "l3_smi_cm2_m2"]
    assert [p.low for p in smi.curve] == [33.7, 32.8, 31.8, 30.9, 29.9, 28.8]
    assert {p.middle for p in smi.curve} == {None}
    for place in done.references:
        assert place.statistic in STATISTICS
        assert place.limits == REFERENCE[place.reference].limits
        assert bool(place.curve) is (place.reference_value is not None) is not bool(place.reason)


def test_what_may_not_be_compared_is_on_no_curve() -> None:
    done = found(contrast_phase="portal")
    places = {(r.reference, r.target): r for r in done.references}
    hu = places["tonnesen2023", "l3_muscle_hu"]
    assert (hu.z, hu.curve) == (None, ())
    assert "unenhanced" in hu.reason
    assert places["van_der_werf2018", "l3_muscle_hu"].contrast == "not verified"


@pytest.mark.parametrize(("years", "value"), [(89.9, 89.9), (90, "90+"), (97.25, "90+"), (40, 40)])
def test_ages_from_90_leave_as_90_plus(years: float, value: float | str) -> None:
    done = found(age_years=years)
    (age,) = [f for f in done.facts if f.key == "age_years"]
    assert age.value == value
    text = json.dumps([document(done), *lines(done)]) + repr(done)
    assert "97.25" not in text
    assert "age 97" not in text
    assert Fact(key="age_years", value=years).words == f"age {value} years"
    assert shown_value("grip_kg", 97) == 97
    assert value_words("age_years", years) == str(value)


def test_a_band_that_an_old_age_misses_does_not_tell_the_age() -> None:
    young = Limit(sex="any", value=40, bands=(Band(fact="age_years", low=20, high=80),))
    cutoff = dataclasses.replace(CUTOFF["fearon2011_l3_smi"], limits=(young,))
    facts = Facts.of(age_years=97, l3_smi_cm2_m2=30)
    assert judge(cutoff, facts).refused == ("Fearon 2011 has no verified number for age 90+",)


def test_the_document_is_json_and_says_everything(done: Assessment) -> None:
    answer = json.loads(json.dumps(document(done), allow_nan=False))
    assert answer["facts"]["chair_stands_5_s"] == {
        "value": None, "unit": "s", "source": "given", "unable": True,
    }  # fmt: skip
    assert answer["facts"]["l3_smi_cm2_m2"]["value"] == pytest.approx(98 / 1.6**2, abs=1e-6)
    assert answer["facts"]["age_years"]["value"] == 72
    ewgsop2 = answer["criteria"][0]
    assert set(ewgsop2) == {
        "key", "criteria", "citation", "doi", "met", "step", "grade", "conclusion", "steps",
        "needs", "caveats", "notes",
    }  # fmt: skip
    assert ewgsop2["step"] == "confirm"  # grip below 16 kg and ASM below 15 kg
    assert set(ewgsop2["steps"]) == {"find", "assess", "confirm", "severity"}
    assert {c["verdict"] for c in answer["cutoffs"]} == {"yes", "no", "unknown"}
    assert answer["references"][0]["statistic"].startswith("mean and SD")
    assert answer["research_use"].startswith("Research use only.")


def test_lines_for_people_have_the_sources_and_count_what_cannot_be_applied(done) -> None:
    said = [f"{topic}: {words}" for topic, words in lines(done)]
    assert "fact: grip strength 15.5 kg (best of 2 trials, hand not said, device not said)" in said
    assert "fact: time of 5 chair stands: unable (given)" in said
    unknown = sum(c.verdict == "unknown" for c in done.cutoffs)
    assert f"cut-off: {unknown} more cannot be applied" in said
    assert sum(line.startswith("cut-off: ") for line in said) == len(done.cutoffs) - unknown + 1
    assert any(line.startswith("cut-off: yes: ") and line.endswith("(< 16 kg)") for line in said)
