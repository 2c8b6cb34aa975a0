"""Whether somebody is of the people that a publication is about: age, region, condition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from myotome.assess.person.facts import Facts
from myotome.assess.rules.blocks import Blocks, needed
from myotome.tables.citable.ages import ADULT_FROM_YEARS, ages_of
from myotome.tables.citable.citations import CITATION
from myotome.tables.person.conditions import CONDITIONS

_NOT_ADULT = f"cut-offs and criteria are for adults from {ADULT_FROM_YEARS} years"


def adult_blocks(facts: Facts) -> Blocks:
    """Nothing where the person is known to be adult: an unknown age is not an adult's."""
    age = facts.number("age_years")
    if age is None:
        return Blocks(needs=(needed("age_years", facts),))
    return Blocks() if age >= ADULT_FROM_YEARS else Blocks(refused=(_NOT_ADULT,))


def age_blocks(citation: str, facts: Facts) -> Blocks:
    """Nothing where the age is known and one that the citation is applied at."""
    blocks, age, ages = adult_blocks(facts), facts.number("age_years"), ages_of(citation)
    if blocks or age is None:
        return blocks
    if age < ages.from_years:
        short = CITATION[citation].short
        return Blocks(refused=(f"{short} is meant for people from {ages.from_years:g} years",))
    return Blocks()


def age_caveats(citation: str, facts: Facts) -> Iterator[str]:
    """The doubt of a citation about ages at the edge of its people."""
    age, ages = facts.number("age_years"), ages_of(citation)
    if age is None:
        return
    if age < ages.usual_from_years or (
        ages.usual_to_years is not None and age > ages.usual_to_years
    ):
        yield f"at this age {CITATION[citation].short} is doubtful: {ages.doubt}"


def region_caveats(citation: str, region: str, facts: Facts) -> Iterator[str]:
    """The doubt where the person is of another region than the citation, or nobody said."""
    mine = facts.word("region")
    if not region or mine == region:
        return
    unsaid = "region not given; " if mine is None else ""
    yield f"{unsaid}{CITATION[citation].short} is meant for {region.title()}"


def condition_words(
    keys: Iterable[str], facts: Facts, effect: Literal["forbids", "weakens"]
) -> tuple[str, ...]:
    """The words of the person's conditions that forbid or weaken one of the facts ``keys``."""
    wanted = tuple(keys)
    return tuple(
        row.words
        for row in CONDITIONS
        if facts.word(row.key) == "yes"
        and getattr(row, effect)
        and any(key.startswith(getattr(row, effect)) for key in wanted)
    )
