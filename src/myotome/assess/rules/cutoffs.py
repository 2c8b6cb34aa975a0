"""One cut-off judged on facts: yes, no, or unknown with the reason it cannot be applied."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from myotome.assess.person.facts import Facts, value_words
from myotome.assess.rules.blocks import Blocks, needed
from myotome.assess.rules.population import (
    age_blocks,
    age_caveats,
    condition_words,
    region_caveats,
)
from myotome.assess.rules.verdict import Truth, Verdict
from myotome.nouns.numbers.assessment import CutOffAnswer
from myotome.tables.citable.cutoff import Band, CutOff, Limit
from myotome.tables.citable.cutoffs import CUTOFFS, TECHNIQUE, TOPICS
from myotome.tables.outputs.digits import decimals_of
from myotome.tables.person.fact_flags import FACT_FLAGS, FactFlag
from myotome.tables.person.facts import FACT

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_CT_FACTS = ("l3_", "umbilical_")
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
    limit, unlimited = _limit(cutoff, facts)
    blocks = blocks + unlimited + _value_blocks(cutoff, facts) + _scan_blocks(cutoff, facts)
    if limit is None or blocks:
        return blocks.verdict
    value = facts.number(cutoff.fact)
    # the only way to have no value and no block is a test that counts "unable" as low
    yes = True if value is None else holds(cutoff, limit, value)
    seen = facts[cutoff.fact].words
    if value is not None:
        seen = _sentence(cutoff, limit, _shown(cutoff, limit, value), yes=yes)
    return Verdict(
        truth=Truth.YES if yes else Truth.NO,
        because=(f"{seen} ({cutoff.source.short})",),
        used=(cutoff.fact,),
        caveats=tuple(_caveats(cutoff, facts)),
    )


def apply(cutoff: CutOff, facts: Facts, known: Mapping[str, Verdict] = _NONE) -> CutOffAnswer:
    """The answer of one cut-off: its :func:`judge` with value, limit and citation.

    ``known`` are verdicts on these very facts by the key of their cut-off.
    """
    verdict = known[cutoff.key] if cutoff.key in known else judge(cutoff, facts)
    limit, _ = _limit(cutoff, facts)
    value = facts.number(cutoff.fact)
    return CutOffAnswer(
        key=cutoff.key,
        topic=cutoff.topic,
        topic_words=TOPICS[cutoff.topic],
        finding=cutoff.words,
        fact=cutoff.fact,
        fact_words=FACT[cutoff.fact].words,
        value=value,
        operator=cutoff.operator,
        limit=None if limit is None else limit.value,
        unit=cutoff.unit,
        verdict=str(verdict.truth),
        reason="; ".join(verdict.because) or verdict.words,
        caveats=verdict.caveats,
        population=cutoff.population,
        citation=cutoff.source.short,
        doi=cutoff.source.doi,
        shown="" if value is None else _shown(cutoff, limit, value),
    )


def judge_all(facts: Facts) -> dict[str, Verdict]:
    """The verdict of every cut-off on the same person, by its key, in table order."""
    return {cutoff.key: judge(cutoff, facts) for cutoff in CUTOFFS}


def side_by_side(facts: Facts, known: Mapping[str, Verdict] = _NONE) -> tuple[CutOffAnswer, ...]:
    """The answer of every cut-off on the same person, in table order; ``known`` as before."""
    return tuple(apply(cutoff, facts, known) for cutoff in CUTOFFS)


def _sentence(cutoff: CutOff, limit: Limit, shown: str, *, yes: bool) -> str:
    """``grip strength 24 < 27 kg``, or ``24 is not < 27 kg``."""
    row = FACT[cutoff.fact]
    sign = cutoff.operator if yes else f"is not {cutoff.operator}"
    return f"{row.words} {shown} {sign} {limit.value:g} {row.unit}".strip()


def _shown(cutoff: CutOff, limit: Limit | None, value: float) -> str:
    """The value in so many digits that it stays on its side of the limit."""
    if limit is None:
        return value_words(cutoff.fact, value)
    yes, on_it = holds(cutoff, limit, value), value == limit.value

    def fits(rounded: float) -> bool:
        return holds(cutoff, limit, rounded) is yes and (rounded == limit.value) is on_it

    return value_words(cutoff.fact, value, fits, decimals_of(limit.value))


def _limit(cutoff: CutOff, facts: Facts) -> tuple[Limit | None, Blocks]:
    """The number for this person, or what is missing to choose it."""
    limits = cutoff.limits
    if any(limit.sex != "any" for limit in limits):
        sex = facts.word("sex")
        if sex is None:
            return None, Blocks(needs=("sex",))
        limits = tuple(limit for limit in limits if limit.sex == sex)
    for key in dict.fromkeys(band.fact for limit in limits for band in limit.bands):
        value = facts.number(key)
        if value is None:
            return None, Blocks(needs=(needed(key, facts),))
        bands = [band for limit in limits for band in limit.bands if band.fact == key]
        limits = tuple(
            limit for limit in limits if all(b.holds(value) for b in limit.bands if b.fact == key)
        )
        if not limits:
            who = f"{FACT[key].words} {_outside(key, value, bands)}"
            return None, Blocks(refused=(_no_number(cutoff, who),))
    if any(limit.method != "any" for limit in limits):
        method = facts.word("asm_method")
        if method is None:
            return None, Blocks(needs=(FACT["asm_method"].words,))
        limits = tuple(limit for limit in limits if limit.method == method)
        if not limits:
            return None, Blocks(refused=(_no_number(cutoff, method),))
    return limits[0], Blocks()


def _outside(key: str, value: float, bands: Iterable[Band]) -> str:
    """The value in so many digits that it is still outside all bands, or inside the same."""
    own = tuple(bands)

    def fits(rounded: float) -> bool:
        return all(band.holds(rounded) is band.holds(value) for band in own)

    return value_words(key, value, fits)


def _no_number(cutoff: CutOff, what: str) -> str:
    return f"{cutoff.source.short} has no verified number for {what}"


def _value_blocks(cutoff: CutOff, facts: Facts) -> Blocks:
    """Whether there is a value that the person may be judged by."""
    blocks = Blocks(refused=condition_words(_rests_on(cutoff), facts, "forbids"))
    fact = facts[cutoff.fact]
    if fact.unable and not cutoff.unable_counts:
        blocks += Blocks(
            refused=(f"{fact.words}: {cutoff.source.short} does not say how this counts",)
        )
    elif fact.value is None and not fact.unable:
        blocks += Blocks(needs=(f"{FACT[cutoff.fact].words} ({fact.reason})",))
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
    if not cutoff.fact.startswith(_CT_FACTS):
        return Blocks()
    blocks = Blocks(refused=tuple(flag.words for flag in _flagged(cutoff, facts, "forbids")))
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
    if cutoff.fact.startswith(_CT_FACTS):
        yield from _scan_caveats(cutoff, facts)


def _scan_caveats(cutoff: CutOff, facts: Facts) -> Iterable[str]:
    for flag in _flagged(cutoff, facts, "weakens"):
        yield flag.words
    for key, (low, high) in (("kvp", TECHNIQUE.kvp_range), ("slice_mm", TECHNIQUE.slice_range_mm)):
        value = facts.number(key)
        if value is not None and not low <= value <= high:
            row = FACT[key]
            yield f"{row.words} {value:g} {row.unit} is outside {low:g}-{high:g} {row.unit}"
