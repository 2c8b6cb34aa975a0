"""Every criteria set: its full truth table, its words, and that facts never turn an answer."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myotome.assess.person.facts import Fact, Facts
from myotome.assess.rules import terms as rules
from myotome.assess.rules.criteria import apply, apply_all, concluded
from myotome.assess.rules.cutoffs import judge
from myotome.assess.rules.terms import evaluate
from myotome.assess.rules.verdict import NOT_LOW, Truth, Verdict
from myotome.tables.citable.citations import CITATION
from myotome.tables.citable.criteria import CRITERIA, CRITERIA_SET, CriteriaSet, Step
from myotome.tables.citable.cutoff import CutOff
from myotome.tables.citable.cutoffs import CUTOFF, CUTOFFS
from myotome.tables.citable.terms import Compare, leaves
from myotome.tables.person.facts import FACT

Answers = Mapping[str, bool | None]
Logic = Callable[[Answers], dict[str, bool | None]]


def both(*parts: bool | None) -> bool | None:
    """Kleene's and, written once more so that the table does not test itself."""
    return False if False in parts else None if None in parts else True


def either(*parts: bool | None) -> bool | None:
    """Kleene's or."""
    return True if True in parts else None if None in parts else False


def one_test(*parts: bool | None) -> bool | None:
    """Tests of one thing: those that were done (not None) decide."""
    done = [part for part in parts if part is not None]
    return either(*done) if done else None


# The definitions by hand, from the publications: component answers -> answer of each step.


def ewgsop2(a: Answers) -> dict[str, bool | None]:
    weak = one_test(a["ewgsop2_grip"], a["ewgsop2_chair"])
    low = either(a["ewgsop2_asm"], a["ewgsop2_asm_h2"])
    slow = one_test(*(a[f"ewgsop2_{name}"] for name in ("gait", "sppb", "tug", "walk_400m")))
    return {
        "find": either(a["ewgsop2_sarc_f"], a["clinical_suspicion"]),
        "assess": weak,
        "confirm": both(weak, low),
        "severity": both(weak, low, slow),
    }


def awgs2019(a: Answers) -> dict[str, bool | None]:
    screen = either(a["awgs2019_calf"], a["awgs2019_sarc_f"], a["awgs2019_sarc_calf"])
    weak, low = a["awgs2019_grip"], a["awgs2019_asm_h2"]
    slow = one_test(a["awgs2019_gait"], a["awgs2019_sppb"], a["awgs2019_chair"])
    return {
        "screen": screen,
        "screen_hospital": either(screen, a["clinical_condition"]),
        "possible": one_test(weak, a["awgs2019_chair"]),
        "sarcopenia": both(low, either(weak, slow)),
        "severe": both(low, weak, slow),
    }


def awgs2025(a: Answers) -> dict[str, bool | None]:
    return {
        "screen": either(a["awgs2025_calf"], a["awgs2025_sarc_f"]),
        "possible": a["awgs2025_grip"],
        "sarcopenia": both(a["awgs2025_grip"], a["awgs2025_asm_h2"]),
    }


def fnih(a: Answers) -> dict[str, bool | None]:
    first = both(a["fnih_grip"], a["fnih_asm_bmi"])
    return {"weakness_mass": first, "slowness_weakness_mass": both(first, a["fnih_gait"])}


def espen_easo(a: Answers) -> dict[str, bool | None]:
    found = both(a["altered_muscle_function"], a["high_fat_mass"], a["low_muscle_mass_by_weight"])
    suspected = either(a["clinical_suspicion"], a["ewgsop2_sarc_f"])
    return {
        "screen": both(a["high_bmi_or_waist"], suspected),
        "sarcopenic_obesity": found,
        "stage_2": both(found, a["obesity_complication"]),
    }


def prado2008(a: Answers) -> dict[str, bool | None]:
    # the muscle cut-off exists for the obese only, so without a BMI nothing is known
    obese = a["prado2008_bmi"]
    return {"both": None if obese is None else both(obese, a["prado2008_l3_smi"])}


def two(step: str, first: str, second: str) -> Logic:
    return lambda a: {step: both(a[first], a[second])}


LOGIC: dict[str, Logic] = {
    "ewgsop2": ewgsop2,
    "awgs2019": awgs2019,
    "awgs2025": awgs2025,
    "fnih": fnih,
    "sdoc": two("sarcopenia", "sdoc_grip", "sdoc_gait"),
    "iwgs": two("sarcopenia", "iwgs_gait", "iwgs_asm_h2"),
    "espen_easo": espen_easo,
    "prado2008_low_muscle_obesity": prado2008,
    "ha2022_low_muscle_visceral_fat": two("both", "ha2022_l3_smi", "ha2022_l3_vsr"),
    "ha2023_low_muscle_visceral_fat": two("both", "ha2023_l3_smi", "ha2023_l3_vsr"),
}
TRUTH = {True: Truth.YES, False: Truth.NO, None: Truth.UNKNOWN}


def components(*steps: Step) -> list[str]:
    """The cut-offs and yes/no facts of some steps, each once."""
    found = (leaf for step in steps for leaf in leaves(step.term))
    return list(dict.fromkeys(x.cutoff if isinstance(x, Compare) else x.fact for x in found))


ALL_STEPS = [step for criteria in CRITERIA for step in criteria.steps]
_PERSON: dict[str, float | str] = {
    "sex": "M", "age_years": 70, "asm_method": "BIA", "kvp": 120, "contrast_phase": "portal",
}  # fmt: skip


def fact_for(component: str, answer: bool) -> Fact:
    """A fact that answers one component for a man of 70 years, far from the boundary."""
    if component not in CUTOFF:
        return Fact(key=component, value="yes" if answer else "no")
    cutoff = CUTOFF[component]
    number = next(x.value for x in cutoff.limits[::-1] if x.sex in ("any", "M"))
    low_is_yes = cutoff.operator in ("<", "<=")
    return Fact(key=cutoff.fact, value=number * (0.5 if low_is_yes is answer else 1.5))


FACT_FOR = {(n, a): fact_for(n, a) for n in components(*ALL_STEPS) for a in (True, False)}
MAN = Facts.of(**_PERSON)


def facts_for(answers: Answers) -> Facts:
    return MAN.plus(*(FACT_FOR[name, a] for name, a in answers.items() if a is not None))


class _Unasked(dict[str, bool | None]):
    """Components of other steps, which a step must not depend on."""

    def __missing__(self, key: str) -> None:
        return None


STEPS = [(c, step) for c in CRITERIA for step in c.steps]


@pytest.fixture
def quick_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each cut-off is judged once per value: 6561 rows of EWGSOP2 would take long."""
    seen: dict[tuple[str, Fact | None, Fact | None], Verdict] = {}

    def once(cutoff: CutOff, facts: Facts) -> Verdict:
        known = facts.by_key
        key = (cutoff.key, known.get(cutoff.fact), known.get("bmi_kg_m2"))
        if key not in seen:
            seen[key] = judge(cutoff, facts)
        return seen[key]

    monkeypatch.setattr(rules, "judge", once)


@pytest.mark.usefixtures("quick_judge")
@pytest.mark.parametrize(("criteria", "step"), STEPS, ids=[f"{c.key}-{s.key}" for c, s in STEPS])
def test_the_full_truth_table(criteria: CriteriaSet, step: Step) -> None:
    names = components(step)
    for row in itertools.product((True, False, None), repeat=len(names)):
        answers = _Unasked(zip(names, row, strict=True))
        answer = evaluate(step.term, facts_for(answers))
        assert answer.truth is TRUTH[LOGIC[criteria.key](answers)[step.key]], answers


def test_every_set_and_step_has_a_definition_by_hand() -> None:
    for criteria in CRITERIA:
        steps = LOGIC[criteria.key](_Unasked())
        assert list(steps) == [step.key for step in criteria.steps]
        assert set(steps.values()) == {None}
    assert set(LOGIC) == set(CRITERIA_SET)


@pytest.mark.parametrize("criteria", CRITERIA, ids=lambda c: c.key)
def test_the_answer_of_a_set_for_every_answer_of_its_steps(criteria: CriteriaSet) -> None:
    """The highest step that holds is reached; a screen never counts; unknown is never no."""
    for truths in itertools.product(Truth, repeat=len(criteria.steps)):
        result = concluded(criteria, map(_said, truths))
        graded = [(s, t) for s, t in zip(criteria.steps, truths, strict=True) if s.grade > 0]
        yes = [step for step, truth in graded if truth is Truth.YES]
        highest = (yes[-1].key, yes[-1].grade) if yes else ("", None)
        assert (result.step, result.grade) == highest
        unknown = [step for step, truth in graded if truth is Truth.UNKNOWN]
        wanted = Truth.YES if yes else Truth.UNKNOWN if unknown else Truth.NO
        assert result.met == wanted
        above = [step for step in unknown if not yes or step.grade > yes[-1].grade]
        said = [f"{above[0].words}: not assessable: needs x"] if above else []
        higher = [step for step, _ in graded if yes and step.grade > yes[-1].grade]
        if higher and not above:
            said = [f"{higher[0].words}: not met"]
        said = [yes[-1].words, *said] if yes else said
        assert result.conclusion == ("; ".join(said) or "criteria not met")


def _said(truth: Truth) -> Verdict:
    if truth is Truth.UNKNOWN:
        return Verdict(truth=truth, needs=("x",))
    return Verdict(truth=truth, because=("x",), used=("x",))


# conclusions in words


def test_the_steps_of_ewgsop2_up_to_severe() -> None:
    facts = Facts.of(sex="M", age_years=78)
    result = apply(CRITERIA_SET["ewgsop2"], facts)
    assert (result.met, result.step) == ("unknown", "")
    assert result.conclusion == (
        "probable sarcopenia: not assessable: needs grip strength (not given), "
        "time of 5 chair stands (not given)"
    )
    facts = facts.plus(Fact(key="grip_kg", value=24))
    result = apply(CRITERIA_SET["ewgsop2"], facts)
    assert (result.met, result.step) == ("yes", "assess")
    assert result.conclusion == (
        "probable sarcopenia; sarcopenia (confirmed): not assessable: needs appendicular skeletal "
        "muscle mass (not given), appendicular muscle mass / height squared (not given)"
    )
    facts = facts.plus(Fact(key="asm_kg_m2", value=6.4), Fact(key="gait_speed_m_s", value=0.8))
    result = apply(CRITERIA_SET["ewgsop2"], facts)
    assert result.step == "severity"
    assert result.conclusion == "severe sarcopenia"


def test_ct_alone_confirms_nothing_in_a_consensus() -> None:
    ct = {c.fact: 1.0 for c in CUTOFFS if c.topic.startswith("ct_")}
    facts = Facts.of(**(_PERSON | ct | {"bmi_kg_m2": 31.0}))
    results = {r.key: r for r in apply_all(facts)}
    for result in results.values():
        if not result.key.startswith(("prado", "ha20")):
            assert result.met == "unknown"
    said = results["prado2008_low_muscle_obesity"].conclusion
    assert said == "obesity with low CT muscle quantity by Prado 2008"


def test_nothing_known_is_not_assessable_and_never_normal() -> None:
    for result in apply_all(Facts()):
        assert result.met == "unknown"
        assert "not assessable: needs" in result.conclusion
        assert "normal" not in result.conclusion
        assert result.needs


def test_all_known_and_none_met() -> None:
    facts = Facts.of(sex="F", age_years=70, grip_kg=30, chair_stands_5_s=9)
    result = apply(CRITERIA_SET["ewgsop2"], facts)
    assert result.met == "no"
    assert result.conclusion == "criteria not met"


def test_a_negative_screen_is_told_with_its_sensitivity_and_stops_nothing() -> None:
    facts = Facts.of(sex="M", age_years=70, sarc_f_points=2, clinical_suspicion="no", grip_kg=20)
    result = apply(CRITERIA_SET["ewgsop2"], facts)
    words = dict(result.steps)["find"]
    assert words.startswith(f"{CRITERIA_SET['ewgsop2'].steps[0].words}: no: ")
    assert "does not exclude sarcopenia: sensitivity 25 %" in words
    assert result.step == "assess"


def test_a_child_meets_no_criteria_and_misses_none() -> None:
    everything = facts_for(dict.fromkeys(components(*ALL_STEPS), True))
    for result in apply_all(everything.plus(Fact(key="age_years", value=12))):
        assert all(": not assessable: " in words for _, words in result.steps)
        assert "adults" in result.conclusion


def test_caveats_of_the_parts_reach_the_result() -> None:
    facts = Facts.of(region="asia", sex="M", age_years=70, grip_kg=20)
    assert "EWGSOP2 2019 is meant for Europe" in apply(CRITERIA_SET["ewgsop2"], facts).caveats


# the tables


def test_sets_are_cited_keys_are_unique_and_parts_exist() -> None:
    assert max(Counter(c.key for c in CRITERIA).values()) == 1
    for criteria in CRITERIA:
        assert criteria.citation in CITATION
        assert max(Counter(s.key for s in criteria.steps).values()) == 1
        grades = [s.grade for s in criteria.steps]
        assert grades == sorted(grades)
        for step in criteria.steps:
            for leaf in leaves(step.term):
                if isinstance(leaf, Compare):
                    assert not CUTOFF[leaf.cutoff].withheld
                else:
                    assert leaf.word in FACT[leaf.fact].choices


def test_sets_use_only_cutoffs_of_their_own_citation() -> None:
    borrowed = {("espen_easo", "ewgsop2_sarc_f")}
    for criteria in CRITERIA:
        for step in criteria.steps:
            for leaf in leaves(step.term):
                if isinstance(leaf, Compare) and (criteria.key, leaf.cutoff) not in borrowed:
                    assert CUTOFF[leaf.cutoff].citation == criteria.citation


def test_sets_on_ct_alone_do_not_say_sarcopenia() -> None:
    for criteria in CRITERIA:
        facts = {CUTOFF[n].fact for n in components(*criteria.steps) if n in CUTOFF}
        if any(fact.startswith("l3_") for fact in facts):
            said = " ".join([criteria.words, criteria.key, *(s.words for s in criteria.steps)])
            assert "sarcop" not in said.lower()


# further facts never turn an answer


_NUMBERS = {
    "grip_kg": (5, 60), "gait_speed_m_s": (0.3, 1.6), "chair_stands_5_s": (5, 40),
    "sppb_points": (0, 12), "tug_s": (5, 40), "walk_400m_s": (200, 600),
    "sarc_f_points": (0, 10), "sarc_calf_points": (0, 20), "calf_cm": (25, 42),
    "asm_kg": (10, 30), "asm_kg_m2": (4, 9), "asm_per_bmi_m2": (0.3, 1.2),
    "grip_per_bmi_m2": (0.3, 2), "grip_per_weight": (0.05, 0.9),
    "bmi_kg_m2": (15, 45), "age_years": (10, 95),
    "l3_sma_cm2": (60, 220), "l3_smi_cm2_m2": (25, 70), "l3_pmi_cm2_m2": (2, 12),
    "l3_muscle_hu": (0, 60), "l3_vsr": (0.1, 4), "l3_l4_vat_cm2": (10, 400),
    "umbilical_vat_cm2": (10, 400), "ffmi_kg_m2": (11, 25), "kvp": (70, 150),
    "slice_mm": (0.5, 12), "gait_course_m": (3, 6),
}  # fmt: skip


@st.composite
def growing_facts(draw: st.DrawFn) -> tuple[Facts, Facts]:
    """Some facts, and the same with others added."""
    known: dict[str, float | str] = {
        key: draw(st.floats(low, high)) for key, (low, high) in _NUMBERS.items()
    }
    known |= {k: draw(st.sampled_from(r.choices)) for k, r in FACT.items() if r.choices}
    kept = draw(st.sets(st.sampled_from(sorted(known))))
    later = draw(st.sets(st.sampled_from(sorted(known))))
    before = Facts.of(**{k: v for k, v in known.items() if k in kept})
    return before, Facts.of(**{k: v for k, v in known.items() if k in kept | later})


@settings(max_examples=60, deadline=None)
@given(growing_facts())
def test_more_facts_never_turn_a_yes_into_a_no_or_back(pair: tuple[Facts, Facts]) -> None:
    before, after = pair
    opposite = {(Truth.YES, Truth.NO), (Truth.NO, Truth.YES)}
    for step in ALL_STEPS:
        first, second = evaluate(step.term, before), evaluate(step.term, after)
        assert (first.truth, second.truth) != (Truth.YES, Truth.NO)
        assert first.undone or (first.truth, second.truth) not in opposite
    for old, new in zip(apply_all(before), apply_all(after), strict=True):
        by_those_done = any(words.startswith(NOT_LOW) for words in old.caveats)
        assert (old.met, new.met) != ("yes", "no")
        assert by_those_done or (old.met, new.met) not in opposite
    for cutoff in CUTOFFS:
        assert (judge(cutoff, before).truth, judge(cutoff, after).truth) not in opposite


def test_weak_with_enough_muscle_is_probable_and_says_that_it_is_not_confirmed() -> None:
    facts = Facts.of(sex="M", age_years=78, grip_kg=24, asm_kg=25.0, asm_kg_m2=8.1)
    said = apply(CRITERIA_SET["ewgsop2"], facts).conclusion
    assert said == "probable sarcopenia; sarcopenia (confirmed): not met"


# tests of one thing are alternatives, no batteries


@pytest.mark.parametrize(
    ("known", "met", "conclusion", "undone"),
    [
        ({"grip_kg": 35}, "no", "criteria not met by the tests done", "time of 5 chair stands"),
        ({"chair_stands_5_s": 11}, "no", "criteria not met by the tests done", "grip strength"),
        ({"grip_kg": 35, "chair_stands_5_s": 11}, "no", "criteria not met", ""),
        ({"grip_kg": 35, "chair_stands_5_s": 16}, "yes", None, ""),
    ],
)
def test_strength_by_the_test_that_was_done(known, met, conclusion, undone) -> None:
    answer = apply(CRITERIA_SET["ewgsop2"], Facts.of(sex="M", age_years=70, **known))
    assert answer.met == met
    assert conclusion in (None, answer.conclusion)
    said = [words for words in answer.caveats if words.startswith("not low by the tests done")]
    assert said == ([f"not low by the tests done; not done: {undone}"] if undone else [])


@pytest.mark.parametrize(
    ("known", "step", "conclusion"),
    [
        ({"gait_speed_m_s": 1.2}, "confirm",
         "sarcopenia (confirmed); severe sarcopenia: not met by the tests done"),
        ({"tug_s": 25.0}, "severity", "severe sarcopenia"),
        ({"gait_speed_m_s": 1.2, "sppb_points": 11.0, "tug_s": 9.0, "walk_400m_s": 300.0},
         "confirm", "sarcopenia (confirmed); severe sarcopenia: not met"),
    ],
)  # fmt: skip
def test_performance_by_the_tests_that_were_done(known, step, conclusion) -> None:
    weak = Facts.of(sex="F", age_years=80, grip_kg=10, asm_kg=12, asm_kg_m2=4.5, **known)
    answer = apply(CRITERIA_SET["ewgsop2"], weak)
    assert (answer.step, answer.conclusion) == (step, conclusion)


def test_a_test_that_was_done_and_cannot_be_judged_keeps_the_answer_open() -> None:
    """EWGSOP2 does not say how being unable to do the timed up and go counts."""
    facts = Facts.of(sex="F", age_years=80, grip_kg=10, asm_kg=12, asm_kg_m2=4.5, tug_s=None)
    facts = facts.plus(Fact(key="gait_speed_m_s", value=1.2), Fact(key="tug_s", unable=True))
    answer = apply(CRITERIA_SET["ewgsop2"], facts)
    assert "severe sarcopenia: not assessable" in answer.conclusion


def test_strength_and_performance_are_two_things() -> None:
    """AWGS 2019: a good grip says nothing of performance."""
    known = {"sex": "M", "age_years": 70, "grip_kg": 40, "asm_kg_m2": 6.0, "asm_method": "DXA"}
    answer = apply(CRITERIA_SET["awgs2019"], Facts.of(**known))
    steps = dict(answer.steps)
    assert steps["sarcopenia"].startswith("sarcopenia: not assessable")
    assert steps["possible"].startswith("possible sarcopenia: no")


def test_what_is_certain_without_the_missing_tests_says_nothing_of_them() -> None:
    """Enough muscle: not confirmed, whatever the strength would be."""
    known = {"sex": "M", "age_years": 70, "grip_kg": 40, "asm_kg": 26.0, "asm_kg_m2": 8.0}
    verdict = evaluate(CRITERIA_SET["ewgsop2"].steps[2].term, Facts.of(**known))
    assert (verdict.truth, verdict.undone) == (Truth.NO, ())
