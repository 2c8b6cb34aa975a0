"""Cut-offs and criteria in words, for listings, help and the documentation."""

from __future__ import annotations

from myotome.tables.citable.cutoff import CERTAINTIES, CutOff, Limit
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


def limit_words(cutoff: CutOff, limit: Limit) -> str:
    """``< 27 kg``."""
    return f"{cutoff.operator} {limit.value:g} {cutoff.unit}".strip()


def numbers_words(cutoff: CutOff) -> str:
    """Every number of a cut-off: ``< 27 kg (men), < 16 kg (women)``."""
    return ", ".join(f"{limit_words(cutoff, x)} ({x.words})" for x in cutoff.limits)


def phase_words(cutoff: CutOff) -> str:
    """Where a cut-off may be applied, as far as the scan goes."""
    if cutoff.withheld:
        return f"never applied: {cutoff.withheld}"
    if cutoff.phases is None:
        return "any" if cutoff.topic.startswith("ct_") else ""
    return " or ".join(cutoff.phases)


def window_words(cutoff: CutOff) -> str:
    """The HU window of a cut-off, or the one to count in where its own was not read."""
    window = cutoff.counted_in
    if window is None:
        return ""
    return window.range_words if cutoff.window else f"not read; counted in {window.range_words}"


def cutoff_fields(cutoff: CutOff) -> dict[str, str]:
    """Everything known of a cut-off, name to words, without what is empty."""
    fields = {
        "key": cutoff.key,
        "finding": cutoff.words,
        "quantity": FACT[cutoff.fact].words,
        "numbers": numbers_words(cutoff),
        "definition": cutoff.definition,
        "population": cutoff.population,
        "n": "" if cutoff.n is None else str(cutoff.n),
        "derivation": cutoff.derivation,
        "contrast phase": phase_words(cutoff),
        "HU window": window_words(cutoff),
        "citation": cutoff.source.cited,
        "corrected by": cutoff.source.corrected_by,
        "how sure": f"{CERTAINTIES[cutoff.certainty]}: {cutoff.read_in}",
        "known errors": cutoff.known_errors,
    }
    return {name: words for name, words in fields.items() if words}


def term_words(term: Term) -> str:
    """``(grip strength < 27 kg (men), ... or 5 chair stands > 15 s (all))``."""
    match term:
        case Compare(cutoff=key):
            return f"{FACT[CUTOFF[key].fact].words} {numbers_words(CUTOFF[key])}"
        case Says(fact=fact, word=word):
            return FACT[fact].words if word == "yes" else f"{FACT[fact].words}: {word}"
        case AllOf(parts=parts) | AnyOf(parts=parts):
            sign = " **and** " if isinstance(term, AllOf) else " **or** "
            return sign.join(_nested(part, type(term)) for part in parts)
        case Alternatives(parts=parts):
            return " **or** ".join(map(term_words, parts)) + "; one test that was done is enough"
        case AtLeast(n=n, parts=parts):
            return f"{n} or more of " + "; ".join(_nested(part) for part in parts)
        case Negated(part=part):
            return f"not {_nested(part)}"


def _nested(term: Term, within: type[AllOf | AnyOf] | None = None) -> str:
    """In brackets, unless the brackets change nothing."""
    words = term_words(term)
    plain = isinstance(term, Compare | Says) or (within is not None and isinstance(term, within))
    return words if plain else f"[{words}]"
