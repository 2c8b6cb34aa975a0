"""The ages that publications are meant for, or were derived at: one row per citation.

A citation without a row is for adults of any age.
"""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.citable.citations import CITATION
from myotome.tables.registry import Registry

ADULT_FROM_YEARS = 18
"""All cut-offs and criteria are for adults; a younger age, or none, is not judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """``key`` is a citation. Below ``from_years`` it is not applied.

    From there to ``usual_from_years``, and above ``usual_to_years``, the answer carries the
    ``doubt``. ``source`` says where the ages are from.
    """

    key: str
    source: str
    from_years: float = ADULT_FROM_YEARS
    usual_from_years: float = 0.0
    usual_to_years: float | None = None
    doubt: str = ""

    def __post_init__(self) -> None:
        """Refuse (ValueError, at import) a doubt without an age, or the reverse."""
        doubtful = self.usual_from_years > self.from_years or self.usual_to_years is not None
        if doubtful != bool(self.doubt):
            raise ValueError(f"{self.key}: a doubt needs ages, and such ages a doubt")

    @property
    def words(self) -> str:
        """``from 60 years; 60 to below 65 years: some countries begin at 65 years``."""
        told = [f"from {self.from_years:g} years"]
        if self.usual_from_years > self.from_years:
            told.append(
                f"{self.from_years:g} to below {self.usual_from_years:g} years: {self.doubt}"
            )
        if self.usual_to_years is not None:
            told.append(f"above {self.usual_to_years:g} years: {self.doubt}")
        return "; ".join(told)


_OLDER = "its people are older persons; no lower age was read, 65 years is Myotome's reading"
_FNIH = "pooled cohorts of 65 years and older: Dam 2014, abstract"

AGES: tuple[Ages, ...] = (
    Ages(
        key="ewgsop2",
        usual_from_years=60,
        doubt="it is meant for older people",
        source="older people; no age is set",
    ),
    Ages(
        key="awgs2019",
        from_years=60,
        usual_from_years=65,
        doubt="some countries begin at 65 years",
        source="60 or 65 years, by the definition of older people of each country",
    ),
    Ages(key="awgs2025", from_years=50, source="bands of 50 to 64 and from 65 years"),
    Ages(key="fnih", from_years=65, source=_FNIH),
    Ages(key="fnih_mass", from_years=65, source=_FNIH),
    Ages(
        key="sdoc",
        from_years=65,
        source="pooled cohorts of 65 years and older: Cawthon 2021, abstract",
    ),
    Ages(key="iwgs", from_years=65, source=_OLDER),
    Ages(
        key="searle2008",
        from_years=65,
        source="Fried 2001, abstract: Cardiovascular Health Study, 65 years and older",
    ),
    Ages(
        key="van_der_werf2018",
        usual_from_years=20,
        usual_to_years=82,
        doubt="its people were 20 to 82 years old",
        source="abstract",
    ),
)
AGES_OF = Registry("ages", AGES)
CITATION.known(*AGES_OF)


def ages_of(citation: str) -> Ages:
    """The ages of a citation; those of any adult where it has no row."""
    return AGES_OF.get(citation) or Ages(key=citation, source="adults")
