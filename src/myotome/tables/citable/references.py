"""Reference populations: who was measured, how, and what that forbids. Never mixed.

The numbers are in ``tables.citable.reference_rows``; each reference is a curve of its own.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from myotome.tables.anatomy.muscles import GROUP
from myotome.tables.citable import reference_rows as published
from myotome.tables.person.facts import FACT
from myotome.tables.registry import Registry

MASS = "gross_mass_g/"
"""Targets that start so are masses of muscle groups; the others are keys of facts."""
SMALL_GROUP = 10
"""Groups of fewer people are shown as unstable."""
SURE_FROM = 100
"""From so many people on mean and SD are taken as exact."""

STATISTICS: dict[str, str] = {
    "mean_sd": "mean and SD: z-score; percentile as if masses were lognormal and other values "
    f"normal, in groups below {SURE_FROM} people by Crawford and Howell 1998; 95 % intervals by "
    "the size of the group",
    "lms": "LMS curve of age (Cole and Green 1992): z-score and percentile of the skewed curve, "
    "95 % intervals by the curve's own standard errors",
    "p5": "5th percentile",
    "low": "published reference value for low",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One published reference. ``statistic`` is a key of ``STATISTICS``.

    ``contrast`` is "unenhanced", "mixed" or "" (could not be verified); attenuation is only
    compared with scans of the reference's own contrast. ``unusable`` gives, per target, why a
    published number is no reference.
    """

    key: str
    name: str
    citation: str
    doi: str
    population: str
    n: int
    contrast: str
    method: str
    statistic: str
    limits: str
    unusable: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "unusable", MappingProxyType(dict(self.unusable)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceGroup:
    """One group of people: sex, completed years ``age_from`` to ``age_to`` (both included).

    ``age_to`` None: no upper end is stated. BMI from ``bmi_from`` to below ``bmi_to``, None for
    any. ``n`` is None where it was not published. ``sd`` is None unless the statistic has it.
    """

    reference: str
    target: str
    sex: str
    age_from: int
    age_to: int | None
    value: float
    sd: float | None = None
    n: int | None = None
    bmi_from: float | None = None
    bmi_to: float | None = None

    @property
    def words(self) -> str:
        """The people of the group: ``women, 61 to 70 years``."""
        sex = {"F": "women", "M": "men"}[self.sex]
        age = (
            f"from {self.age_from}" if self.age_to is None else f"{self.age_from} to {self.age_to}"
        )
        bmi = "" if self.bmi_from is None else f", BMI {self.bmi_from:g} to {self.bmi_to:g} kg/m2"
        return f"{sex}, {age} years{bmi}"


REFERENCES: tuple[Reference, ...] = (
    Reference(
        key="vu2024",
        name="Vu 2024, table 3",
        citation="Vu et al. 2024, Sci Rep 14",
        doi="10.1038/s41598-024-64603-6",
        population="Penn Medicine BioBank, United States; hospital patients, mixed disease",
        n=346,
        contrast="mixed",
        method="gross mask mass x 1.06 g/ml, both sides, lung base to inferior L5 endplate",
        statistic="mean_sd",
        limits=(
            "Patients, not healthy people. The table counts 190 women and 156 men (154 by age "
            "group), the text 295 in all. Comparable only over the same whole slab. The paper also "
            'calls it "lean mass" and does not say whether fat in the outlines was counted: it may '
            "be neither the gross nor the lean mass given here."
        ),
        unusable={
            MASS + "gluteus_medius": (
                "only a small cap, whose size depends on height, lies in the slab"
            )
        },
    ),
    Reference(
        key="tonnesen2023",
        name="Framingham (Tonnesen 2023), table 2",
        citation="Tonnesen et al. 2023, Invest Radiol 59:259",
        doi="10.1097/RLI.0000000000001012",
        population="Framingham Heart Study, United States; community, no history of cancer",
        n=1859,
        contrast="unenhanced",
        method="all muscle of one slice at T5, T8, T10 or L3, by network with human check",
        statistic="mean_sd",
        limits=(
            "Women only: the men's table could not be read. Means of a community of its age, not "
            "of the young and healthy. Unenhanced, as the cohort's CT was made to score calcium."
        ),
    ),
    Reference(
        key="van_der_werf2018",
        name="van der Werf 2018, table 3",
        citation="van der Werf et al. 2018, Eur J Clin Nutr 72:288",
        doi="10.1038/s41430-017-0034-5",
        population="Dutch candidates for kidney donation, Caucasian, 20 to 82 years",
        n=420,
        contrast="",
        method="all muscle of one L3 slice, -29..150 HU",
        statistic="p5",
        limits=(
            "Predicted by a model of age and BMI, not counted per group. The contrast phase could "
            "not be verified, so attenuation is not compared."
        ),
    ),
    Reference(
        key="martin_d2025",
        name="Martin D 2025",
        citation="Martin D et al. 2025, Front Physiol 16",
        doi="10.3389/fphys.2025.1566463",
        population="Swiss kidney donors",
        n=394,
        contrast="",
        method="all muscle of one L3 slice, by network",
        statistic="p5",
        limits="130 men in three age groups: few people carry each 5th percentile.",
    ),
    Reference(
        key="druckmann2024",
        name="Druckmann 2024",
        citation="Druckmann et al. 2024, Skeletal muscle size and quality in healthy kidney "
        "donors, normal range and clinical associations (DOI not read)",
        doi="",
        population="kidney donors, Israel, 18 to 74 years, 46 % women",
        n=384,
        contrast="",
        method="psoas at L3, area over height squared and density",
        statistic="mean_sd",
        limits=(
            "One mean and SD for all ages. Whether both sides are summed was not read; the donors "
            "of Hamaguchi 2016 had more. The contrast phase could not be verified, so attenuation "
            "is not compared."
        ),
    ),
    Reference(
        key="westenberg2023",
        name="Westenberg 2023",
        citation="Westenberg et al. 2023, Sci Rep 13:5835",
        doi="10.1038/s41598-023-33041-1",
        population="Dutch kidney donors",
        n=960,
        contrast="",
        method="all muscle of one L3 slice",
        statistic="low",
        limits="Which percentile the value is could not be verified.",
    ),
)
REFERENCE = Registry("reference", REFERENCES)


def target_words(target: str) -> str:
    """What a target is, for people.

    >>> target_words("gross_mass_g/psoas")
    'gross mass of psoas'
    """
    if not target.startswith(MASS):
        return FACT[target].words
    muscle = target.removeprefix(MASS)
    words = GROUP[muscle].words if muscle in GROUP else "all twelve muscles"
    return f"gross mass of {words}"


def target_unit(target: str) -> str:
    """The unit of a target."""
    return "g" if target.startswith(MASS) else FACT[target].unit


def _lines(text: str) -> Iterator[list[str]]:
    return (row for row in csv.reader(text.strip().splitlines()) if row)


def _means(reference: str, prefix: str, text: str) -> Iterator[ReferenceGroup]:
    """Rows of target:mean:SD; the number of people may be empty."""
    for sex, low, high, n, *cells in _lines(text):
        for target, mean, sd in (cell.split(":") for cell in cells):
            yield ReferenceGroup(
                reference=reference, target=prefix + target, sex=sex, age_from=int(low),
                age_to=int(high), n=int(n) if n else None, value=float(mean), sd=float(sd),
            )  # fmt: skip


def _limits(
    reference: str, text: str, bands: Iterable[tuple[float | None, float | None]]
) -> Iterator[ReferenceGroup]:
    """Rows of one value per BMI group."""
    bands = tuple(bands)
    for target, sex, low, high, *cells in _lines(text):
        for (bmi_from, bmi_to), value in zip(bands, cells, strict=True):
            if value:
                yield ReferenceGroup(
                    reference=reference, target=target, sex=sex, age_from=int(low),
                    age_to=int(high) if high else None, value=float(value), bmi_from=bmi_from,
                    bmi_to=bmi_to,
                )  # fmt: skip


_ANY = ((None, None),)
REFERENCE_GROUPS: tuple[ReferenceGroup, ...] = (
    *_means("vu2024", MASS, published.VU2024_MASS_G),
    *_means("tonnesen2023", "", published.TONNESEN2023_L3),
    *_means("tonnesen2023", "", published.TONNESEN2023_THORAX),
    *_means("druckmann2024", "", published.DRUCKMANN2024_L3),
    *_limits(
        "van_der_werf2018",
        published.VAN_DER_WERF2018_P5,
        (*_ANY, *published.VAN_DER_WERF2018_BMI_KG_M2),
    ),
    *_limits("martin_d2025", published.MARTIN_D2025_P5, _ANY),
    *_limits("westenberg2023", published.WESTENBERG2023_LOW, _ANY),
)
"""Every group of every reference; ``reference`` names the one it belongs to."""
