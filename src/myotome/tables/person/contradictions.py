"""What cannot be true of one person at once: rows on facts, wide enough to refuse no real person.

Two methods or two days may differ, so only what nothing explains is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.person.facts import FACT
from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class AtMost:
    """The sum of ``parts`` is at most ``share`` of ``whole``, less its percentage ``less_pct``.

    Parts that are not known count as nothing.
    """

    key: str
    parts: tuple[str, ...]
    whole: str
    share: float
    words: str
    less_pct: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remainder:
    """``part`` and the percentage ``pct`` of ``whole`` make the whole, give or take ``within``.

    ``within`` is a share of the whole.
    """

    key: str
    part: str
    whole: str
    pct: str
    within: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mean:
    """``mean`` lies between the means that areas of two HU windows allow, give or take 1 HU.

    ``areas`` are (fact, key of its window); together they are ``whole``, so that one of them
    follows from the other.
    """

    key: str
    mean: str
    areas: tuple[tuple[str, str], tuple[str, str]]
    whole: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclude:
    """``word`` of the fact ``fact`` excludes ``other_word`` of ``other``; "" is any number.

    The word "unable" is that of a test that was tried.
    """

    key: str
    fact: str
    word: str
    other: str
    other_word: str = ""
    words: str


AT_MOST: tuple[AtMost, ...] = (
    AtMost(
        key="limbs_of_weight",
        parts=("asm_kg",),
        whole="weight_kg",
        share=0.6,
        words="the muscle of arms and legs is never more than 60 % of the body",
    ),
    AtMost(
        key="limbs_of_lean",
        parts=("asm_kg",),
        whole="weight_kg",
        less_pct="fat_mass_pct",
        share=0.85,
        words="the muscle of arms and legs is less than all that is not fat",
    ),
    AtMost(
        key="limbs_of_fat_free",
        parts=("asm_kg_m2",),
        whole="ffmi_kg_m2",
        share=0.85,
        words="the muscle of arms and legs is less than all that is not fat",
    ),
    AtMost(
        key="fat_free_of_bmi",
        parts=("ffmi_kg_m2",),
        whole="bmi_kg_m2",
        share=1.01,
        words="what is not fat weighs no more than the whole body",
    ),
    AtMost(
        key="quality_of_area",
        parts=("l3_nama_cm2", "l3_lama_cm2"),
        whole="l3_sma_cm2",
        share=1.03,
        words="both are parts of the muscle area",
    ),
    AtMost(
        key="psoas_of_area",
        parts=("l3_psoas_area_cm2",),
        whole="l3_sma_cm2",
        share=0.6,
        words="the psoas is a small part of the muscle area",
    ),
    AtMost(
        key="psoas_of_index",
        parts=("l3_pmi_cm2_m2",),
        whole="l3_smi_cm2_m2",
        share=0.6,
        words="the psoas is a small part of the muscle area",
    ),
)
REMAINDERS: tuple[Remainder, ...] = (
    Remainder(
        key="fat_and_fat_free",
        part="ffmi_kg_m2",
        whole="bmi_kg_m2",
        pct="fat_mass_pct",
        within=0.15,
        words="fat and what is not fat make the whole body",
    ),
)
MEANS: tuple[Mean, ...] = (
    Mean(
        key="quality_and_attenuation",
        mean="l3_muscle_hu",
        areas=(("l3_nama_cm2", "nama"), ("l3_lama_cm2", "lama")),
        whole="l3_sma_cm2",
        words="areas of 30 to 150 HU and of -29 to 29 HU have another mean",
    ),
)
EXCLUDES: tuple[Exclude, ...] = (
    Exclude(
        key="pregnant_man",
        fact="pregnancy",
        word="yes",
        other="sex",
        other_word="M",
        words="a man is not pregnant",
    ),
    Exclude(
        key="unable_and_up_and_go",
        fact="gait_speed_m_s",
        word="unable",
        other="tug_s",
        words="who cannot walk the gait course cannot do the timed up and go",
    ),
    Exclude(
        key="unable_and_400_m",
        fact="gait_speed_m_s",
        word="unable",
        other="walk_400m_s",
        words="who cannot walk the gait course cannot walk 400 m",
    ),
)
CONTRADICTION: Registry[AtMost | Remainder | Mean | Exclude] = Registry(
    "contradiction", (*AT_MOST, *REMAINDERS, *MEANS, *EXCLUDES)
)
for _row in AT_MOST:
    FACT.known(*_row.parts, _row.whole, *filter(None, (_row.less_pct,)))
