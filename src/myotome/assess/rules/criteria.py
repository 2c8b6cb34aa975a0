"""Criteria sets judged on facts: every step, and the highest one that holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from myotome.assess.person.facts import Facts
from myotome.assess.rules.terms import evaluate
from myotome.assess.rules.verdict import Truth, Verdict
from myotome.tables.citable.criteria import CRITERIA, CriteriaSet, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step and its answer."""

    step: Step
    verdict: Verdict

    @property
    def words(self) -> str:
        """``sarcopenia: not assessable: needs ...``."""
        note = self.step.negative_note if self.verdict.truth is Truth.NO else ""
        return f"{self.step.words}: {self.verdict.words}" + (f"; {note}" if note else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaResult:
    """One criteria set on one person. ``caveats`` join those of the steps that have an answer."""

    criteria: CriteriaSet
    steps: tuple[StepResult, ...]

    @property
    def reached(self) -> Step | None:
        """The highest step that holds, screens apart; None where none is known to."""
        yes = [s.step for s in self._graded() if s.verdict.truth is Truth.YES]
        return max(yes, key=lambda step: step.grade) if yes else None

    @property
    def truth(self) -> Truth:
        """Whether the first graded step or a higher one holds."""
        truths = [s.verdict.truth for s in self._graded()]
        if Truth.YES in truths:
            return Truth.YES
        return Truth.UNKNOWN if Truth.UNKNOWN in truths else Truth.NO

    @property
    def conclusion(self) -> str:
        """One sentence: what holds, and what above it does not or is not assessable.

        Never "normal"; "probable sarcopenia; sarcopenia (confirmed): not met" where mass is known.
        """
        reached = self.reached
        above = [s for s in self._graded() if not reached or s.step.grade > reached.grade]
        open_ = [s for s in above if s.verdict.truth is Truth.UNKNOWN]
        if reached is None and not open_:
            return "criteria not met"
        parts = [reached.words] if reached else []
        if open_:
            parts.append(f"{open_[0].step.words}: {open_[0].verdict.words}")
        elif above:
            parts.append(f"{above[0].step.words}: not met")
        return "; ".join(parts)

    @property
    def needs(self) -> tuple[str, ...]:
        """Everything that a step without an answer still needs."""
        return self._each("needs")

    @property
    def caveats(self) -> tuple[str, ...]:
        """Everything that weakens an answer."""
        return self._each("caveats")

    def _graded(self) -> tuple[StepResult, ...]:
        return tuple(s for s in self.steps if s.step.grade > 0)

    def _each(self, name: str) -> tuple[str, ...]:
        words = (word for s in self.steps for word in getattr(s.verdict, name))
        return tuple(dict.fromkeys(words))


_NONE: Mapping[str, Verdict] = MappingProxyType({})


def apply(
    criteria: CriteriaSet, facts: Facts, known: Mapping[str, Verdict] = _NONE
) -> CriteriaResult:
    """Every step of a criteria set. A negative screen is said, but does not stop the others.

    ``known`` as in :func:`myotome.assess.rules.terms.evaluate`.
    """
    return CriteriaResult(
        criteria=criteria,
        steps=tuple(
            StepResult(step=step, verdict=evaluate(step.term, facts, known))
            for step in criteria.steps
        ),
    )


def apply_all(facts: Facts, known: Mapping[str, Verdict] = _NONE) -> tuple[CriteriaResult, ...]:
    """Every criteria set on the same facts, in table order."""
    return tuple(apply(criteria, facts, known) for criteria in CRITERIA)
