"""Expression trees of ``tables.citable.terms`` evaluated on facts."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from myotome.assess.person.facts import Facts
from myotome.assess.rules.blocks import Blocks
from myotome.assess.rules.cutoffs import judge
from myotome.assess.rules.population import adult_blocks, condition_words
from myotome.assess.rules.verdict import (
    Truth,
    Verdict,
    all_hold,
    any_holds,
    at_least,
    by_those_done,
    negated,
)
from myotome.tables.citable.cutoffs import CUTOFF
from myotome.tables.citable.terms import (
    AllOf,
    Alternatives,
    AnyOf,
    AtLeast,
    Compare,
    Negated,
    Says,
    Term,
)
from myotome.tables.person.facts import FACT

_NONE: Mapping[str, Verdict] = MappingProxyType({})


def evaluate(term: Term, facts: Facts, known: Mapping[str, Verdict] = _NONE) -> Verdict:
    """The three-valued answer of a term, with what decided it or what is missing.

    ``known`` are verdicts on these very facts by the key of their cut-off, to judge none twice.

    Monotone: further facts turn an unknown into yes or no, never a yes into a no or back; but a
    no by the tests done, which names those ``undone``, may become a yes.
    """
    match term:
        case Compare(cutoff=key):
            return known[key] if key in known else judge(CUTOFF[key], facts)
        case Says():
            return _says(term, facts)
        case AllOf(parts=parts):
            return all_hold([evaluate(part, facts, known) for part in parts])
        case AnyOf(parts=parts) | AtLeast(parts=parts):
            n = term.n if isinstance(term, AtLeast) else 1
            return at_least(n, [evaluate(part, facts, known) for part in parts])
        case Alternatives(parts=parts):
            return _by_tests(parts, facts, known)
        case Negated(part=part):
            return negated(evaluate(part, facts, known))


def _by_tests(parts: tuple[Compare, ...], facts: Facts, known: Mapping[str, Verdict]) -> Verdict:
    """By the tests that were done; where none was, what each of them needs."""
    verdicts = {part.cutoff: evaluate(part, facts, known) for part in parts}
    undone = [
        key
        for key, verdict in verdicts.items()
        if verdict.truth is Truth.UNKNOWN and not facts[CUTOFF[key].fact].told
    ]
    done = [verdict for key, verdict in verdicts.items() if key not in undone]
    if not done:
        return any_holds(list(verdicts.values()))
    return by_those_done(done, [FACT[CUTOFF[key].fact].words for key in undone])


def _says(term: Says, facts: Facts) -> Verdict:
    """Whether a fact has the word of the term; of adults only."""
    word = facts.word(term.fact)
    name = FACT[term.fact].words
    needs = () if word is not None else (f"{name} ({facts[term.fact].reason})",)
    forbidden = condition_words((term.fact,), facts, "forbids")
    blocks = adult_blocks(facts) + Blocks(needs=needs, refused=forbidden)
    if blocks:
        return blocks.verdict
    truth = Truth.YES if word == term.word else Truth.NO
    return Verdict(truth=truth, because=(f"{name}: {word}",), used=(term.fact,))
