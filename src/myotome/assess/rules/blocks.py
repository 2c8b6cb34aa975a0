"""Why a cut-off or a criterion cannot be applied to somebody: what is missing, what forbids it."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.assess.person.facts import Facts
from myotome.assess.rules.verdict import Truth, Verdict
from myotome.tables.person.facts import FACT


@dataclass(frozen=True, slots=True)
class Blocks:
    """What keeps a cut-off from being applied; none where both are empty."""

    needs: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    def __add__(self, other: Blocks) -> Blocks:
        return Blocks(
            tuple(dict.fromkeys(self.needs + other.needs)),
            tuple(dict.fromkeys(self.refused + other.refused)),
        )

    def __bool__(self) -> bool:
        return bool(self.needs or self.refused)

    @property
    def verdict(self) -> Verdict:
        """The unknown that they make; refuses (ValueError) where nothing blocks."""
        return Verdict(truth=Truth.UNKNOWN, needs=self.needs, refused=self.refused)


def needed(key: str, facts: Facts) -> str:
    """A missing fact with what it needs itself, if that is known."""
    words, fact = FACT[key].words, facts[key]
    return f"{words} ({fact.reason})" if fact.told else words
