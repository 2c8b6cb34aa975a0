"""Kleene's logic, facts, and expression trees on them."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myotome.assess.person.facts import Fact, Facts, missing
from myotome.assess.rules.terms import evaluate
from myotome.assess.rules.verdict import Truth, Verdict, all_hold, any_holds, at_least, negated
from myotome.errors import InputError
from myotome.tables.citable.terms import Compare, Says, all_of, any_of, at_least_n, leaves, not_
from myotome.tables.person.facts import FACT_KEYS

YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN
# Kleene 1952, strong three-valued logic, for (a, b)
AND = {
    (YES, YES): YES, (YES, NO): NO, (YES, UNKNOWN): UNKNOWN,
    (NO, YES): NO, (NO, NO): NO, (NO, UNKNOWN): NO,
    (UNKNOWN, YES): UNKNOWN, (UNKNOWN, NO): NO, (UNKNOWN, UNKNOWN): UNKNOWN,
}  # fmt: skip
OR = {
    (YES, YES): YES, (YES, NO): YES, (YES, UNKNOWN): YES,
    (NO, YES): YES, (NO, NO): NO, (NO, UNKNOWN): UNKNOWN,
    (UNKNOWN, YES): YES, (UNKNOWN, NO): UNKNOWN, (UNKNOWN, UNKNOWN): UNKNOWN,
}  # fmt: skip


def verdict(truth: Truth, name: str = "x") -> Verdict:
    if truth is UNKNOWN:
        return Verdict(truth=truth, needs=(name,))
    return Verdict(truth=truth, because=(name,), used=(name,))


@pytest.mark.parametrize(("pair", "wanted"), AND.items())
def test_and_is_kleenes(pair: tuple[Truth, Truth], wanted: Truth) -> None:
    assert all_hold([verdict(p) for p in pair]).truth is wanted


@pytest.mark.parametrize(("pair", "wanted"), OR.items())
def test_or_is_kleenes(pair: tuple[Truth, Truth], wanted: Truth) -> None:
    assert any_holds([verdict(p) for p in pair]).truth is wanted


def test_not_is_kleenes() -> None:
    assert [negated(verdict(t)).truth for t in (YES, NO, UNKNOWN)] == [NO, YES, UNKNOWN]


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_at_least_n_counts_what_could_still_be(n: int) -> None:
    for truths in itertools.product(Truth, repeat=4):
        # by definition: true or false in every way of filling in the unknowns, else unknown
        ways = [
            sum(t is YES for t in truths) + extra >= n for extra in range(truths.count(UNKNOWN) + 1)
        ]
        wanted = YES if all(ways) else UNKNOWN if any(ways) else NO
        assert at_least(n, [verdict(t) for t in truths]).truth is wanted


@pytest.mark.parametrize("n", [0, 3])
def test_at_least_refuses_a_count_that_cannot_be(n: int) -> None:
    with pytest.raises(ValueError, match="cannot be asked for"):
        at_least(n, [verdict(YES), verdict(NO)])


def test_only_the_parts_that_decide_are_named() -> None:
    parts = [verdict(YES, "a"), verdict(NO, "b"), verdict(UNKNOWN, "c")]
    assert any_holds(parts).because == ("a",)
    assert all_hold(parts).because == ("b",)
    assert all_hold([parts[0], parts[2]]).needs == ("c",)
    assert all_hold([parts[0], parts[2]]).words == "not assessable: needs c"


def test_an_unknown_needs_a_reason_and_an_answer_has_none() -> None:
    with pytest.raises(ValueError, match="unknown"):
        Verdict(truth=UNKNOWN)
    with pytest.raises(ValueError, match="unknown"):
        Verdict(truth=NO, needs=("grip strength",))


def test_a_tree_names_what_decided_and_what_is_missing() -> None:
    term = all_of(any_of(Compare("ewgsop2_grip"), Compare("ewgsop2_chair")), Compare("ewgsop2_tug"))
    weak = Facts.of(sex="M", age_years=70, grip_kg=24)
    answer = evaluate(term, weak)
    assert answer.truth is UNKNOWN
    assert answer.words == "not assessable: needs timed up and go (not given)"
    assert answer.because == ("grip strength 24 < 27 kg (EWGSOP2 2019)",)
    whole = evaluate(term, weak.plus(Fact(key="tug_s", value=19.9)))
    assert whole.words == "no: timed up and go 19.9 is not >= 20 s (EWGSOP2 2019)"
    assert whole.used == ("tug_s",)


def test_says_and_not_and_at_least_in_a_tree() -> None:
    suspected = Says("clinical_suspicion", "yes")
    facts = Facts.of(age_years=70, clinical_suspicion="no", sarc_f_points=5)
    assert evaluate(suspected, facts).truth is NO
    assert evaluate(not_(suspected), facts).truth is YES
    assert evaluate(suspected, Facts()).truth is UNKNOWN
    two = at_least_n(2, suspected, Compare("ewgsop2_sarc_f"), Compare("ewgsop2_tug"))
    assert evaluate(two, facts).truth is UNKNOWN
    assert evaluate(two, facts.plus(Fact(key="tug_s", value=25))).truth is YES
    assert len(list(leaves(not_(two)))) == 3


def test_children_are_never_judged() -> None:
    child = Facts.of(sex="F", age_years=17.9, grip_kg=10, clinical_suspicion="yes")
    for term in (Compare("ewgsop2_grip"), Says("clinical_suspicion", "yes")):
        answer = evaluate(term, child)
        assert answer.truth is UNKNOWN
        assert "adults from 18 years" in answer.words


# facts


def test_a_fact_is_a_value_or_a_reason() -> None:
    with pytest.raises(ValueError, match="needs a reason"):
        Fact(key="grip_kg")
    assert missing("grip_kg", "hand in plaster").words == (
        "grip strength: unknown (hand in plaster)"
    )
    assert Fact(key="grip_kg", value=24.0).words == "grip strength 24 kg"


def test_unable_is_only_for_tests_that_can_fail() -> None:
    assert Fact(key="chair_stands_5_s", unable=True).words == "time of 5 chair stands: unable"
    with pytest.raises(ValueError, match="unable"):
        Fact(key="age_years", unable=True)
    with pytest.raises(ValueError, match="exclude each other"):
        Fact(key="tug_s", value=3.0, unable=True)


@pytest.mark.parametrize("value", [math.nan, math.inf, "24", True])
def test_a_number_must_be_one(value: float | str) -> None:
    with pytest.raises(InputError, match="is not a number"):
        Fact(key="grip_kg", value=value)


def test_unknown_keys_and_words_are_refused() -> None:
    with pytest.raises(InputError, match="not a known fact"):
        Facts.of(grip_lb=50)
    with pytest.raises(InputError, match="not one of F, M"):
        Facts.of(sex="male")
    with pytest.raises(InputError, match="not a known fact"):
        Facts()["grip_lb"]


def test_facts_are_frozen_and_added_to_by_copy() -> None:
    first = Facts.of(sex="M", grip_kg=None)
    second = first.plus(Fact(key="grip_kg", value=30), flags=["metal"])
    assert (first.number("grip_kg"), second.number("grip_kg")) == (None, 30)
    assert (first.flags, second.flags) == (frozenset(), {"metal"})
    assert first["grip_kg"].reason == "not given"
    with pytest.raises(TypeError):
        first.by_key["sex"] = second["sex"]  # type: ignore[index]


def test_keys_are_unique_and_numbers_have_the_unit_in_their_name() -> None:
    assert len({row.key for row in FACT_KEYS}) == len(FACT_KEYS)
    endings = {"kg/m2": "kg_m2", "cm2/m2": "cm2_m2", "m/s": "m_s", "%": "pct", "kV": "kvp"}
    for row in FACT_KEYS:
        if row.unit:
            assert row.key.endswith(endings.get(row.unit, row.unit).lower()), row.key


TRUTHS = st.sampled_from([YES, NO, UNKNOWN])


@st.composite
def fillings(draw: st.DrawFn) -> tuple[list[Truth], list[Truth]]:
    """Answers with some unknown, and the same with some of the unknowns answered."""
    before = draw(st.lists(TRUTHS, min_size=1, max_size=6))
    return before, [t if t is not UNKNOWN else draw(TRUTHS) for t in before]


@settings(max_examples=80)
@given(fillings(), st.integers(1, 6), st.booleans())
def test_answering_an_unknown_never_turns_an_answer_round(
    pair: tuple[list[Truth], list[Truth]], n: int, turned: bool
) -> None:
    before, after = pair
    n = min(n, len(before))

    def answer(truths: list[Truth]) -> Truth:
        whole = at_least(n, [verdict(t) for t in truths])
        return (negated(whole) if turned else whole).truth

    assert answer(before) in (UNKNOWN, answer(after))
