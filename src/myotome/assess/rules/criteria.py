"""Criteria sets judged on facts: every step, and the highest one that holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from myotome.assess.person.facts import Facts
from myotome.assess.rules.population import age_blocks, age_caveats, region_caveats
from myotome.assess.rules.terms import evaluate
from myotome.assess.rules.verdict import Truth, Verdict
from myotome.nouns.numbers.assessment import CriteriaAnswer
from myotome.tables.citable.criteria import CRITERIA, CriteriaSet, Step

_NONE: Mapping[str, Verdict] = MappingProxyType({})
_DOUBTFUL = "doubtful at this age"
_Judged = Sequence[tuple[Step, Verdict]]


def apply(
    criteria: CriteriaSet, facts: Facts, known: Mapping[str, Verdict] = _NONE
) -> CriteriaAnswer:
    """Every step of a criteria set. A negative screen is said, but does not stop the others.

    ``known`` as in :func:`myotome.assess.rules.terms.evaluate`. Without an age, and at ages that
    the citation is not meant for, no step is judged.
    """
    answer = concluded(criteria, [_judged(criteria, step, facts, known) for step in criteria.steps])
    if answer.step and any(age_caveats(criteria.citation, facts)):
        return replace(answer, conclusion=f"{answer.conclusion} ({_DOUBTFUL})")
    return answer


def _judged(
    criteria: CriteriaSet, step: Step, facts: Facts, known: Mapping[str, Verdict]
) -> Verdict:
    """One step, if the person is of the ages of the set."""
    blocks = age_blocks(criteria.citation, facts)
    if blocks.refused:
        return blocks.verdict
    verdict = evaluate(step.term, facts, known)
    if blocks:
        needs = tuple(dict.fromkeys((*blocks.needs, *verdict.needs)))
        return replace(verdict, truth=Truth.UNKNOWN, needs=needs)
    if verdict.truth is Truth.UNKNOWN:
        return verdict
    doubts = (
        *age_caveats(criteria.citation, facts),
        *region_caveats(criteria.citation, criteria.region, facts),
    )
    return replace(verdict, caveats=tuple(dict.fromkeys((*verdict.caveats, *doubts))))


def apply_all(facts: Facts, known: Mapping[str, Verdict] = _NONE) -> tuple[CriteriaAnswer, ...]:
    """Every criteria set on the same facts, in table order."""
    return tuple(apply(criteria, facts, known) for criteria in CRITERIA)


def concluded(criteria: CriteriaSet, verdicts: Iterable[Verdict]) -> CriteriaAnswer:
    """What the verdicts on the steps of a criteria set, in their order, say together.

    A screen is a step without a grade: it is told, and never reached. Needs are those of every
    step without an answer, caveats those of every step with one.
    """
    steps = tuple(zip(criteria.steps, verdicts, strict=True))
    graded = [(step, verdict) for step, verdict in steps if step.grade > 0]
    reached = _reached(graded)
    return CriteriaAnswer(
        key=criteria.key,
        words=criteria.words,
        citation=criteria.source.words,
        doi=criteria.source.doi,
        met=str(_met(graded)),
        step=reached.key if reached else "",
        grade=reached.grade if reached else None,
        conclusion=_conclusion(reached, graded),
        steps=tuple((step.key, _words(step, verdict)) for step, verdict in steps),
        needs=tuple(dict.fromkeys(word for _, verdict in steps for word in verdict.needs)),
        caveats=tuple(dict.fromkeys(word for _, verdict in steps for word in verdict.caveats)),
        notes=criteria.notes,
    )


def _reached(graded: _Judged) -> Step | None:
    """The highest step that holds; None where none is known to."""
    yes = [step for step, verdict in graded if verdict.truth is Truth.YES]
    return max(yes, key=lambda step: step.grade) if yes else None


def _met(graded: _Judged) -> Truth:
    """Whether the first graded step or a higher one holds."""
    truths = [verdict.truth for _, verdict in graded]
    if Truth.YES in truths:
        return Truth.YES
    return Truth.UNKNOWN if Truth.UNKNOWN in truths else Truth.NO


def _conclusion(reached: Step | None, graded: _Judged) -> str:
    """One sentence: what holds, and what above it does not or is not assessable.

    Never "normal"; "probable sarcopenia; sarcopenia (confirmed): not met" where mass is known,
    "criteria not met by the tests done" where others were not.
    """
    above = [(s, v) for s, v in graded if not reached or s.grade > reached.grade]
    open_ = [(s, v) for s, v in above if v.truth is Truth.UNKNOWN]
    if reached is None and not open_:
        return _not_met("criteria", above)
    parts = [reached.words] if reached else []
    if open_:
        step, verdict = open_[0]
        parts.append(f"{step.words}: {verdict.words}")
    elif above:
        parts.append(_not_met(f"{above[0][0].words}:", above[:1]))
    return "; ".join(parts)


def _not_met(what: str, judged: _Judged) -> str:
    """``criteria not met``, and whether tests that nobody did might say otherwise."""
    undone = any(verdict.undone for _, verdict in judged)
    return f"{what} not met" + (" by the tests done" if undone else "")


def _words(step: Step, verdict: Verdict) -> str:
    """``sarcopenia: not assessable: needs ...``."""
    note = step.negative_note if verdict.truth is Truth.NO else ""
    return f"{step.words}: {verdict.words}" + (f"; {note}" if note else "")
