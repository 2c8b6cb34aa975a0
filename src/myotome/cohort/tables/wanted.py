"""Which numbers and studies of a cohort are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from myotome.errors import InputError
from myotome.tables.cohort.wide import BESIDE

if TYPE_CHECKING:
    from myotome.cohort.store.opened import Cohort

DONE, ALL, USABLE = "done", "all", "usable"
STUDIES = (DONE, ALL, USABLE)
NO_SIDE = ("", "both")
"""Sides that a column's name leaves out: who asks for both means what has no sides too."""
_AXES = ("quantity", "structure", "side", "level")
_MOST_NAMED = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a table is to hold; nothing given means everything.

    ``studies`` is "done" (those measured), "all" (failed ones are rows without numbers) or
    "usable" (those that statistics use). ``partial`` keeps values of which only a part was in
    view. ``with_`` are further columns for each value, of ``tables.cohort.wide.BESIDE``;
    ``flags`` adds a column with the codes of the study's flags. Refuses (InputError) other words.
    """

    levels: tuple[str, ...] = ()
    quantities: tuple[str, ...] = ()
    structures: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    with_: tuple[str, ...] = ()
    partial: bool = False
    studies: str = DONE
    flags: bool = False

    def __post_init__(self) -> None:
        require_known("column beside a value", self.with_, BESIDE)
        require_known("choice of studies", (self.studies,), STUDIES)
        object.__setattr__(self, "with_", tuple(word.lower() for word in self.with_))
        object.__setattr__(self, "studies", self.studies.lower())

    @property
    def axes(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The words that are asked for, by the column that names a number."""
        asked = (self.quantities, self.structures, self.sides, self.levels)
        return tuple(zip(_AXES, asked, strict=True))

    def check(self, cohort: Cohort) -> None:
        """Refuse (InputError) a word that no number of the cohort has."""
        for column, words in self.axes:
            if words:
                query = f"SELECT DISTINCT coalesce({column}, '') FROM measurements ORDER BY 1"
                there = [str(found) for (found,) in cohort.sql(query).fetchall()]
                require_known(column, words, (*there, *(NO_SIDE if column == "side" else ())))


def folded(column: str, words: Iterable[str]) -> tuple[str, ...]:
    """What a number is called in lower case that has one of these words in ``column``."""
    found = [word.lower() for word in words]
    return tuple([*found, ""] if column == "side" and "both" in found else found)


def listed(words: str | Iterable[str] | None) -> tuple[str, ...]:
    """Words as a tuple, given apart or in one text with commas between them.

    >>> listed("area, mean_hu"), listed(["L3", "L4,slab"]), listed(None)
    (('area', 'mean_hu'), ('L3', 'L4', 'slab'), ())
    """
    given = [words] if isinstance(words, str) else list(words or ())
    parts = [part.strip() for word in given for part in word.split(",")]
    return tuple(dict.fromkeys(part for part in parts if part))


def require_known(what: str, words: Iterable[str], there: Sequence[str]) -> None:
    """Refuse (InputError) a word that is not among those that are there, and name the nearest."""
    by_folded = {word.lower(): word for word in there}
    for word in words:
        if word.lower() in by_folded:
            continue
        near = get_close_matches(word.lower(), by_folded, n=3, cutoff=0.5)
        shown = [by_folded[one] for one in near] or [one for one in there if one][:_MOST_NAMED]
        raise InputError(
            f'There is no {what} "{word[:60]}" here.',
            mend=f"There are, among others: {', '.join(shown)}." if shown else "",
        )
