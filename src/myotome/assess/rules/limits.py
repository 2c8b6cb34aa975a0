"""Which number of a cut-off is somebody's: one, or several where what chooses is not known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from myotome.assess.person.facts import Facts, value_words
from myotome.assess.rules.blocks import Blocks, needed
from myotome.tables.citable.cutoff import Band, CutOff, Limit
from myotome.tables.person.facts import FACT

_METHOD = "asm_method"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The numbers that may be the person's, each of them for some value of the ``open`` facts.

    Where ``blocks`` holds, no number may be used. ``open`` are the words of facts that would
    choose between several, of which one is the person's for certain.
    """

    limits: tuple[Limit, ...] = ()
    blocks: Blocks = field(default_factory=Blocks)
    open: tuple[str, ...] = ()

    @property
    def only(self) -> Limit | None:
        """The number, where there is no other; None before something that blocks."""
        return self.limits[0] if len(self.limits) == 1 and not self.blocks else None


def choose(cutoff: CutOff, facts: Facts) -> Choice:
    """The numbers of a cut-off for this person, or what is missing to choose one."""
    limits = cutoff.limits
    if any(limit.sex != "any" for limit in limits):
        sex = facts.word("sex")
        if sex is None:
            return Choice(blocks=Blocks(needs=("sex",)))
        limits = tuple(limit for limit in limits if limit.sex == sex)
    unknown: list[str] = []
    for key in dict.fromkeys(band.fact for limit in limits for band in limit.bands):
        value = facts.number(key)
        if value is None:
            if not _covered(limits, key):
                return Choice(blocks=Blocks(needs=(needed(key, facts),)))
            unknown.append(needed(key, facts))
            continue
        within = tuple(x for x in limits if _holds(x, key, value))
        if not within:
            bands = [band for x in limits for band in x.bands if band.fact == key]
            who = f"{FACT[key].words} {_outside(key, value, bands)}"
            return Choice(blocks=Blocks(refused=(_no_number(cutoff, who),)))
        limits = within
    return _by_method(cutoff, limits, facts, tuple(unknown))


def _by_method(
    cutoff: CutOff, limits: tuple[Limit, ...], facts: Facts, unknown: tuple[str, ...]
) -> Choice:
    """Only the numbers of the method by which muscle mass was measured."""
    if all(limit.method == "any" for limit in limits):
        return Choice(limits=limits, open=unknown)
    method = facts.word(_METHOD)
    if method is not None:
        own = tuple(limit for limit in limits if limit.method == method)
        if own:
            return Choice(limits=own, open=unknown)
        return Choice(blocks=Blocks(refused=(_no_number(cutoff, method),)))
    words = FACT[_METHOD].words
    if {limit.method for limit in limits} < set(FACT[_METHOD].choices):
        return Choice(blocks=Blocks(needs=(words,)))
    return Choice(limits=limits, open=(*unknown, words))


def _holds(limit: Limit, key: str, value: float) -> bool:
    return all(band.holds(value) for band in limit.bands if band.fact == key)


def _covered(limits: tuple[Limit, ...], key: str) -> bool:
    """Whether every value of a fact has a number, so that one of them is the person's."""
    bands = [band for limit in limits for band in limit.bands if band.fact == key]
    edges = sorted({edge for band in bands for edge in (band.low, band.high) if edge is not None})
    between = [(a + b) / 2 for a, b in pairwise(edges)]
    tried = (edges[0] - 1, *edges, *between, edges[-1] + 1)
    return all(any(_holds(limit, key, value) for limit in limits) for value in tried)


def _outside(key: str, value: float, bands: Iterable[Band]) -> str:
    """The value in so many digits that it is still outside all bands, or inside the same."""
    own = tuple(bands)

    def fits(rounded: float) -> bool:
        return all(band.holds(rounded) is band.holds(value) for band in own)

    return value_words(key, value, fits)


def _no_number(cutoff: CutOff, what: str) -> str:
    return f"{cutoff.source.short} has no verified number for {what}"
