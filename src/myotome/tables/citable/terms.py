"""What criteria are made of: an expression tree as data, evaluated by ``assess.rules.terms``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Compare:
    """A cut-off of ``tables.citable.cutoffs`` holds; its sex, age, BMI and method are the row's."""

    cutoff: str


@dataclass(frozen=True, slots=True)
class Says:
    """A fact has this word: ``Says("clinical_suspicion", "yes")``."""

    fact: str
    word: str


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part or more holds."""

    parts: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Tests of one thing, no battery: one that was done is enough, and may be the only one.

    Low by one is low. Low by none of those that were done is "not low by the tests done": what
    nobody did is named, and does not keep the answer open.
    """

    parts: tuple[Compare, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """``n`` parts or more hold."""

    n: int
    parts: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Negated:
    """The part does not hold."""

    part: Term


Term = Compare | Says | AllOf | AnyOf | Alternatives | AtLeast | Negated


def all_of(*parts: Term) -> AllOf:
    """Every part holds."""
    return AllOf(parts)


def any_of(*parts: Term) -> AnyOf:
    """One part or more holds."""
    return AnyOf(parts)


def one_test_of(*cutoffs: str) -> Alternatives:
    """Cut-offs on tests of one thing, of which one that was done is enough."""
    return Alternatives(tuple(Compare(key) for key in cutoffs))


def at_least_n(n: int, *parts: Term) -> AtLeast:
    """``n`` parts or more hold."""
    return AtLeast(n, parts)


def not_(part: Term) -> Negated:
    """The part does not hold."""
    return Negated(part)


def leaves(term: Term) -> Iterator[Compare | Says]:
    """Every cut-off and word in a term, from left to right."""
    if isinstance(term, Compare | Says):
        yield term
    elif isinstance(term, Negated):
        yield from leaves(term.part)
    else:
        for part in term.parts:
            yield from leaves(part)
