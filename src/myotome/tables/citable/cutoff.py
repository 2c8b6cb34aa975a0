"""What one published cut-off is made of; the rows are in ``tables.citable.cutoffs``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from myotome.tables.citable.citations import CITATION, Citation
from myotome.tables.person.facts import FACT
from myotome.tables.quantities.hu_windows import WINDOW, Window

OPERATORS = ("<", "<=", ">", ">=")
CERTAINTIES = {
    "primary": "read in the publication or its abstract",
    "secondary": "read in another publication that quotes it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A range of age or BMI for which a limit holds. None is open; bounds as published."""

    fact: str
    low: float | None = None
    high: float | None = None
    low_included: bool = True
    high_included: bool = False

    def holds(self, value: float) -> bool:
        """True if the value lies in the band."""
        above = self.low is None or (value >= self.low if self.low_included else value > self.low)
        below = self.high is None or (
            value <= self.high if self.high_included else value < self.high
        )
        return above and below

    @property
    def words(self) -> str:
        """``24 < BMI <= 28 kg/m2``, ``BMI >= 30 kg/m2``."""
        name = {"age_years": "age", "bmi_kg_m2": "BMI"}[self.fact]
        unit = FACT[self.fact].unit
        upper = "" if self.high is None else f" {'<=' if self.high_included else '<'} {self.high:g}"
        if self.low is None:
            return f"{name}{upper} {unit}"
        if self.high is None:
            return f"{name} {'>=' if self.low_included else '>'} {self.low:g} {unit}"
        return f"{self.low:g} {'<=' if self.low_included else '<'} {name}{upper} {unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One number of a cut-off. ``sex`` is "F", "M" or "any"; ``method`` "DXA", "BIA" or "any"."""

    sex: str
    value: float
    bands: tuple[Band, ...] = ()
    method: str = "any"

    @property
    def words(self) -> str:
        """For whom the number holds, for tables: ``men, BMI < 25 kg/m2``."""
        sex = {"M": "men", "F": "women", "any": "all"}[self.sex]
        method = () if self.method == "any" else (self.method,)
        return ", ".join((sex, *(band.words for band in self.bands), *method))


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """One published cut-off: a quantity, an operator, a number for each kind of person.

    ``fact`` is the key of the quantity, ``operator`` the citation's own. ``finding`` is what may
    be said where it holds. ``definition`` says how the citation defines the quantity. ``phases``
    are the contrast phases it was derived for, None where they hardly matter (areas). ``window``
    is the key of the HU window that it was counted in, "" where it has none or it was not read;
    ``usual_window`` is the one to count in where it was not read, and the answer is then doubtful.
    ``withheld`` says why it is listed but never applied. ``course_m`` is the course of the gait
    test, ``method`` how muscle mass was measured: another one gives a caveat. ``unable_counts``
    says whether "unable" counts as low. ``known_errors`` are misprints and corrections that are
    around.
    """

    key: str
    fact: str
    topic: str
    operator: str
    limits: tuple[Limit, ...]
    finding: str
    citation: str
    population: str
    certainty: str
    read_in: str
    n: int | None = None
    derivation: str = ""
    definition: str = ""
    phases: tuple[str, ...] | None = None
    window: str = ""
    usual_window: str = ""
    withheld: str = ""
    region: str = ""
    course_m: float | None = None
    method: str = ""
    unable_counts: bool = False
    known_errors: str = ""

    def __post_init__(self) -> None:
        """Refuse (ValueError, at import) a window that is read and not read, or unknown."""
        if self.window and self.usual_window:
            raise ValueError(f"{self.key}: its window was read, or it was not")
        WINDOW.known(*filter(None, (self.window, self.usual_window)))

    @property
    def counted_in(self) -> Window | None:
        """The HU window that the quantity must be counted in, None where there is none."""
        key = self.window or self.usual_window
        return WINDOW[key] if key else None

    @property
    def unit(self) -> str:
        """The unit of the quantity."""
        return FACT[self.fact].unit

    @property
    def source(self) -> Citation:
        """The publication."""
        return CITATION[self.citation]

    @property
    def words(self) -> str:
        """``low CT muscle quantity by Martin 2013``."""
        return f"{self.finding} by {self.source.short}"

    def rows(self) -> Iterator[tuple[CutOff, Limit]]:
        """The cut-off with each of its numbers, for tables."""
        return ((self, limit) for limit in self.limits)


def by_sex(male: float, female: float, *bands: Band, method: str = "any") -> tuple[Limit, Limit]:
    """One number for men and one for women."""
    return (
        Limit(sex="M", value=male, bands=bands, method=method),
        Limit(sex="F", value=female, bands=bands, method=method),
    )


def for_all(value: float) -> tuple[Limit]:
    """One number for everybody."""
    return (Limit(sex="any", value=value),)
