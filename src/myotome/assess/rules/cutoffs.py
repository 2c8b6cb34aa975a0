"""One cut-off judged on facts: yes, no, or unknown with the reason it cannot be applied."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from myotome.assess.person.facts import Facts, value_words
from myotome.assess.rules.blocks import Blocks
from myotome.assess.rules.limits import Choice, choose
from myotome.assess.rules.population import (
    age_blocks,
    age_caveats,
    condition_words,
    region_caveats,
)
from myotome.assess.rules.verdict import Truth, Verdict
from myotome.assess.rules.windows import window_caveats, window_refusals
from myotome.nouns.numbers.assessment import CutOffAnswer
from myotome.tables.citable.cutoff import CutOff, Limit
from myotome.tables.citable.cutoffs import CUTOFFS, TECHNIQUE, TOPICS
from myotome.tables.outputs.digits import decimals_of
from myotome.tables.person.fact_flags import FACT_FLAGS, FactFlag
from myotome.tables.person.facts import CT_PREFIXES, FACT

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NONE: Mapping[str, Verdict] = MappingProxyType({})


def holds(cutoff: CutOff, limit: Limit, value: float) -> bool:
    """The bare comparison, with the citation's own operator."""
    return _COMPARE[cutoff.operator](value, limit.value)


def judge(cutoff: CutOff, facts: Facts) -> Verdict:
    """Yes, no, or unknown with what is missing and why the cut-off may not be applied.

    Refuses unknown ages and those that the citation is not meant for, BMIs and methods it has no
    number for, contrast phases and tube voltages that attenuation was not derived for, and facts
    that the scan or a condition of the person forbids.
    """
    blocks = age_blocks(cutoff.citation, facts)
    if blocks.refused:
        return blocks.verdict
    choice = choose(cutoff, facts)
    blocks = blocks + choice.blocks + _value_blocks(cutoff, facts) + _scan_blocks(cutoff, facts)
    if blocks:
        return blocks.verdict
    truth = _compared(cutoff, choice, facts)
    if truth is Truth.UNKNOWN:
        return Blocks(needs=(*choice.open, *_rest(cutoff, facts))).verdict
    return Verdict(
        truth=truth,
        because=(f"{_sentence(cutoff, choice, facts, truth)} ({cutoff.source.short})",),
        used=(cutoff.fact,),
        caveats=(
            *(f"so for any {words}" for words in choice.open),
            *_caveats(cutoff, facts),
        ),
    )


def _compared(cutoff: CutOff, choice: Choice, facts: Facts) -> Truth:
    """The answer that every number that may be meant gives on all that the value may be."""
    within = facts.interval(cutoff.fact)
    if within is None:  # a test that counts "unable" as low
        return Truth.YES
    answers = {holds(cutoff, limit, value) for limit in choice.limits for value in within}
    if len(answers) > 1:
        return Truth.UNKNOWN
    return Truth.YES if answers.pop() else Truth.NO


def _rest(cutoff: CutOff, facts: Facts) -> tuple[str, ...]:
    """What is missing of a value of which only bounds are known."""
    return () if facts.number(cutoff.fact) is not None else (_lacking(cutoff, facts),)


def _lacking(cutoff: CutOff, facts: Facts) -> str:
    return f"{FACT[cutoff.fact].words} ({facts[cutoff.fact].reason})"


def apply(cutoff: CutOff, facts: Facts, known: Mapping[str, Verdict] = _NONE) -> CutOffAnswer:
    """The answer of one cut-off: its :func:`judge` with value, limit and citation.

    ``known`` are verdicts on these very facts by the key of their cut-off.
    """
    verdict = known[cutoff.key] if cutoff.key in known else judge(cutoff, facts)
    choice = choose(cutoff, facts)
    limit = choice.only
    if limit is None and verdict.truth is not Truth.UNKNOWN:
        limit = _nearest(choice, facts.interval(cutoff.fact))
    return CutOffAnswer(
        key=cutoff.key,
        topic=cutoff.topic,
        topic_words=TOPICS[cutoff.topic],
        finding=cutoff.words,
        fact=cutoff.fact,
        fact_words=FACT[cutoff.fact].words,
        value=facts.number(cutoff.fact),
        operator=cutoff.operator,
        limit=None if limit is None else limit.value,
        unit=cutoff.unit,
        verdict=str(verdict.truth),
        reason="; ".join(verdict.because) or verdict.words,
        caveats=verdict.caveats,
        population=cutoff.population,
        citation=cutoff.source.short,
        doi=cutoff.source.doi,
        shown=_shown(cutoff, limit, facts),
    )


def judge_all(facts: Facts) -> dict[str, Verdict]:
    """The verdict of every cut-off on the same person, by its key, in table order."""
    return {cutoff.key: judge(cutoff, facts) for cutoff in CUTOFFS}


def side_by_side(facts: Facts, known: Mapping[str, Verdict] = _NONE) -> tuple[CutOffAnswer, ...]:
    """The answer of every cut-off on the same person, in table order; ``known`` as before."""
    return tuple(apply(cutoff, facts, known) for cutoff in CUTOFFS)


def _sentence(cutoff: CutOff, choice: Choice, facts: Facts, truth: Truth) -> str:
    """``grip strength 24 < 27 kg``, or ``24 is not < 27 kg``; ``SARC-F 4 to 8 >= 4 points``."""
    row, within = FACT[cutoff.fact], facts.interval(cutoff.fact)
    if within is None:
        return facts[cutoff.fact].words
    limit = _nearest(choice, within)
    sign = cutoff.operator if truth is Truth.YES else f"is not {cutoff.operator}"
    shown = _shown(cutoff, limit, facts)
    return f"{row.words} {shown} {sign} {limit.value:g} {row.unit}".strip()


def _nearest(choice: Choice, within: tuple[float, float] | None) -> Limit:
    """The number that decides: the one that the value comes closest to."""
    values = within or (0.0,)
    return min(choice.limits, key=lambda x: min(abs(x.value - value) for value in values))


def _shown(cutoff: CutOff, limit: Limit | None, facts: Facts) -> str:
    """The value, or ``least to most``, in digits that stay on their side of the limit."""
    within = facts.interval(cutoff.fact)
    if within is None:
        return ""
    return " to ".join(dict.fromkeys(_digits(cutoff, limit, value) for value in within))


def _digits(cutoff: CutOff, limit: Limit | None, value: float) -> str:
    if limit is None:
        return value_words(cutoff.fact, value)
    yes, on_it = holds(cutoff, limit, value), value == limit.value

    def fits(rounded: float) -> bool:
        return holds(cutoff, limit, rounded) is yes and (rounded == limit.value) is on_it

    return value_words(cutoff.fact, value, fits, decimals_of(limit.value))


def _value_blocks(cutoff: CutOff, facts: Facts) -> Blocks:
    """Whether there is a value that the person may be judged by."""
    blocks = Blocks(refused=condition_words(_rests_on(cutoff), facts, "forbids"))
    fact = facts[cutoff.fact]
    if fact.unable and not cutoff.unable_counts:
        blocks += Blocks(
            refused=(f"{fact.words}: {cutoff.source.short} does not say how this counts",)
        )
    elif facts.interval(cutoff.fact) is None and not fact.unable:
        blocks += Blocks(needs=(_lacking(cutoff, facts),))
    if cutoff.withheld:
        blocks += Blocks(refused=(f"{cutoff.source.short}: {cutoff.withheld}",))
    return blocks


def _rests_on(cutoff: CutOff) -> tuple[str, ...]:
    """The facts that the answer depends on: the quantity, and what its numbers go by."""
    banded = (band.fact for limit in cutoff.limits for band in limit.bands)
    return tuple(dict.fromkeys((cutoff.fact, *banded)))


def _flagged(cutoff: CutOff, facts: Facts, effect: str) -> list[FactFlag]:
    """The flags of the scan that forbid or weaken the quantity."""
    if not facts.flags:
        return []
    return [
        flag
        for flag in FACT_FLAGS
        if flag.key in facts.flags and cutoff.fact.startswith(getattr(flag, effect))
    ]


def _scan_blocks(cutoff: CutOff, facts: Facts) -> Blocks:
    """Whether the scan allows this comparison."""
    if not cutoff.fact.startswith(CT_PREFIXES):
        return Blocks()
    blocks = Blocks(refused=tuple(flag.words for flag in _flagged(cutoff, facts, "forbids")))
    blocks += Blocks(refused=tuple(window_refusals(cutoff, facts)))
    if cutoff.phases is None:
        return blocks
    phase = facts.word("contrast_phase")
    if phase in (None, "unknown"):
        blocks += Blocks(needs=(_phase_needed(facts),))
    elif phase not in cutoff.phases:
        derived = " or ".join(cutoff.phases)
        blocks += Blocks(
            refused=(f"{cutoff.source.short} was derived on {derived} CT, this scan is {phase}",)
        )
    kvp = facts.number("kvp")
    low, high = TECHNIQUE.kvp_range
    if kvp is None:
        blocks += Blocks(needs=(FACT["kvp"].words,))
    elif not low <= kvp <= high:
        blocks += Blocks(
            refused=(f"attenuation at {kvp:g} kV does not compare with {low:g}-{high:g} kV",)
        )
    return blocks


def _phase_needed(facts: Facts) -> str:
    """``contrast phase``, and what a scan that was looked at told instead."""
    words, fact = FACT["contrast_phase"].words, facts["contrast_phase"]
    return f"{words} ({fact.source})" if fact.by_scan else words


def _caveats(cutoff: CutOff, facts: Facts) -> Iterable[str]:
    """What weakens an answer without forbidding it."""
    yield from age_caveats(cutoff.citation, facts)
    yield from region_caveats(cutoff.citation, cutoff.region, facts)
    yield from condition_words(_rests_on(cutoff), facts, "weakens")
    if cutoff.course_m is not None:
        course = facts.number("gait_course_m")
        if course is None:
            yield f"gait course not given; {cutoff.source.short} uses {cutoff.course_m:g} m"
        elif course != cutoff.course_m:
            yield (f"gait course {course:g} m; {cutoff.source.short} uses {cutoff.course_m:g} m")
    method = facts.word("asm_method")
    if cutoff.method and method not in (None, cutoff.method):
        yield f"{cutoff.source.short} measured muscle mass by {cutoff.method}, this is {method}"
    if cutoff.certainty != "primary":
        yield f"the number of {cutoff.source.short} was read in: {cutoff.read_in}"
    if cutoff.fact.startswith(CT_PREFIXES):
        yield from _scan_caveats(cutoff, facts)


def _scan_caveats(cutoff: CutOff, facts: Facts) -> Iterable[str]:
    yield from window_caveats(cutoff, facts)
    for flag in _flagged(cutoff, facts, "weakens"):
        yield flag.words
    for key, (low, high) in (("kvp", TECHNIQUE.kvp_range), ("slice_mm", TECHNIQUE.slice_range_mm)):
        value = facts.number(key)
        if value is not None and not low <= value <= high:
            row = FACT[key]
            yield f"{row.words} {value:g} {row.unit} is outside {low:g}-{high:g} {row.unit}"
