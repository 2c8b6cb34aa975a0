"""Questionnaires and tests of strength and performance: their items, bands and sources."""

from __future__ import annotations

import math
from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One instrument and who described it. ``note`` is what a reader of its result must know."""

    key: str
    words: str
    citation: str
    doi: str = ""
    note: str = ""


INSTRUMENTS: tuple[Instrument, ...] = (
    Instrument(
        key="sarc_f",
        words="SARC-F",
        citation="Malmstrom and Morley 2013",
        note=(
            "A negative SARC-F excludes nothing: pooled sensitivity for EWGSOP sarcopenia is 0.21 "
            "(95 % CI 0.13 to 0.31), specificity 0.90 (Ida 2018, 7 studies, n 12,800, "
            "doi 10.1016/j.jamda.2018.04.001)."
        ),
    ),
    Instrument(
        key="sarc_calf",
        words="SARC-CalF",
        citation="Barbosa-Silva et al. 2016",
        note="Calf circumference is used as measured, without a correction for BMI.",
    ),
    Instrument(
        key="sppb",
        words="short physical performance battery",
        citation="Guralnik et al. 1994, J Gerontol 49:M85",
        note="The courses of 8 ft, 3 m and 4 m have different bands and are never mixed.",
    ),
    Instrument(
        key="gait_speed",
        words="usual gait speed",
        citation="Guralnik et al. 1994, J Gerontol 49:M85",
        note="Distance over time at usual pace; the length of the course is kept with it.",
    ),
    Instrument(
        key="tug",
        words="timed up and go",
        citation="Cruz-Jentoft et al. 2019, Age Ageing 48:16",
        doi="10.1093/ageing/afy169",
        note="Rise, walk 3 m, turn, walk back, sit.",
    ),
    Instrument(
        key="chair_stands_5",
        words="5 chair stands",
        citation="Guralnik et al. 1994, J Gerontol 49:M85",
        note="Five rises without the arms, in seconds; not the number of rises in 30 s.",
    ),
    Instrument(
        key="walk_400m",
        words="400-m walk",
        citation="Cruz-Jentoft et al. 2019, Age Ageing 48:16",
        doi="10.1093/ageing/afy169",
        note="Not completing it is a finding of its own.",
    ),
    Instrument(
        key="grip",
        words="grip strength",
        citation="Cruz-Jentoft et al. 2019, Age Ageing 48:16",
        doi="10.1093/ageing/afy169",
        note="The best of all trials of both hands; hydraulic and spring devices differ.",
    ),
    Instrument(
        key="asm",
        words="appendicular skeletal muscle mass",
        citation="Cruz-Jentoft et al. 2019, Age Ageing 48:16",
        doi="10.1093/ageing/afy169",
        note="DXA and BIA are different measurements; each index is named with its method.",
    ),
    Instrument(
        key="calf",
        words="calf circumference",
        citation="Chen et al. 2020, J Am Med Dir Assoc 21:300",
        doi="10.1016/j.jamda.2019.12.012",
        note="As measured: no correction for BMI is applied.",
    ),
)
INSTRUMENT = Registry("instrument", INSTRUMENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question of SARC-F; ``answers`` are the meanings of 0, 1 and 2 points."""

    column: str
    words: str
    answers: tuple[str, str, str]


_DIFFICULTY = ("no difficulty", "some difficulty", "a lot of difficulty, or unable")
SARC_F_ITEMS: tuple[Item, ...] = (
    Item(
        column="sarc_f_strength",
        words="lifting and carrying 4.5 kg (10 lb)",
        answers=_DIFFICULTY,
    ),
    Item(
        column="sarc_f_walking",
        words="walking across a room",
        answers=("no difficulty", "some difficulty", "a lot of difficulty, with aids, or unable"),
    ),
    Item(column="sarc_f_rise", words="rising from a chair or bed", answers=_DIFFICULTY),
    Item(column="sarc_f_stairs", words="climbing 10 stairs", answers=_DIFFICULTY),
    Item(
        column="sarc_f_falls",
        words="falls in the past year",
        answers=("none", "1 to 3", "4 or more"),
    ),
)
SARC_F_ITEM_POINTS = 2
"""The most points of one answer."""
SARC_F_POSITIVE_FROM = 4
"""Malmstrom and Morley 2013. Below it the result is reported with its low sensitivity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalfPoints:
    """Points that SARC-CalF adds up to and with this calf circumference, by sex."""

    at_most_cm: dict[str, float]
    points: int


SARC_CALF = CalfPoints(at_most_cm={"M": 34.0, "F": 33.0}, points=10)
"""Barbosa-Silva 2016: calf <= 34 cm in men and <= 33 cm in women adds 10 points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """Points by time: ``steps`` are (points, longest time in s that earns them), best first.

    Times are compared as printed, with ``decimals``. A longer time than that of the last step
    earns 0. ``source`` is where the bands were read.
    """

    words: str
    steps: tuple[tuple[int, float], ...]
    source: str
    decimals: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A gait course with bands: ``length_m``, written down to within ``about_m``."""

    key: str
    length_m: float
    bands: Bands
    about_m: float = 0.0

    def is_this(self, length_m: float) -> bool:
        """Whether somebody who wrote this length means this course."""
        return abs(length_m - self.length_m) <= self.about_m


_NIA = "form of the US National Institute on Aging"
_EPESE = "Guralnik 1994 and 2000 (doi 10.1093/gerona/55.4.m221): EPESE walked 8 ft"

SPPB_COURSES: tuple[Course, ...] = (
    Course(
        key="8 ft",
        length_m=2.4384,
        about_m=0.04,
        bands=Bands(
            words="8-ft course",
            steps=((4, 3.1), (3, 4.0), (2, 5.6), (1, math.inf)),
            source=_EPESE,
            decimals=1,
        ),
    ),
    Course(
        key="3 m",
        length_m=3.0,
        bands=Bands(
            words="3-m course", steps=((4, 3.61), (3, 4.65), (2, 6.52), (1, math.inf)), source=_NIA
        ),
    ),
    Course(
        key="4 m",
        length_m=4.0,
        bands=Bands(
            words="4-m course", steps=((4, 4.81), (3, 6.20), (2, 8.70), (1, math.inf)), source=_NIA
        ),
    ),
)
"""Beware: a published table prints the 3-m bands as those of 4 m."""
SPPB_COURSE = Registry("gait course", SPPB_COURSES)
SPPB_CHAIR = Bands(
    words="5 chair stands",
    steps=((4, 11.19), (3, 13.69), (2, 16.69), (1, 60.00)),
    source="Guralnik 1994",
)
STAND_FULL_S = 10.0
"""A stand of the balance test counts as held from here on."""
TANDEM_PART_S = 3.0
"""Guralnik 1994: a tandem stand of 3 to 9.99 s earns one of its two points."""
