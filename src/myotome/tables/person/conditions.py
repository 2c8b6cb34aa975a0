"""Conditions of a person that spoil what is measured of the body: one row per condition.

``forbids`` and ``weakens`` hold the beginnings of keys of ``tables.person.facts``, as in
``tables.person.fact_flags``, or of the masses that references know: a forbidden fact is judged
unknown, a weakened one carries the words as a caveat. A condition acts where the person is said
to have it.
"""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.citable.references import MASS
from myotome.tables.person.facts import CT_PREFIXES, FACT
from myotome.tables.registry import Registry

_BY_WEIGHT = ("bmi_", "grip_per_")
_MUSCLE_MASS = ("asm_", "ffmi_", "low_muscle_mass_by_weight")
_CALF = ("calf_", "sarc_calf_")
_LEGS = ("gait_speed_", "chair_stands_", "sppb_points", "tug_", "walk_400m_")
_CHEST = tuple(prefix for prefix in CT_PREFIXES if prefix.startswith("t"))
_CT_MUSCLE = (
    *("l3_sma_", "l3_smi_", "l3_nama_", "l3_lama_", "l3_imat_", "l3_psoas_", "l3_pmi_"),
    *_CHEST,
)
_INDICES = ("l3_smi_", "l3_pmi_", *(f"{prefix}smi_" for prefix in _CHEST))
_CT_VISCERAL = ("l3_vat_", "l3_vsr", "l3_l4_vat_", "umbilical_vat_")


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition. ``key`` is the yes/no fact that says whether the person has it."""

    key: str
    words: str
    forbids: tuple[str, ...] = ()
    weakens: tuple[str, ...] = ()


CONDITIONS: tuple[Condition, ...] = (
    Condition(
        key="amputation",
        words="after an amputation a part of weight, muscle mass and perhaps height is missing",
        forbids=_MUSCLE_MASS,
        weakens=(*_BY_WEIGHT, *_INDICES, *_CALF, *_LEGS),
    ),
    Condition(
        key="oedema",
        words="oedema is weighed and measured as if it were muscle",
        forbids=(*_MUSCLE_MASS, *_CALF),
        weakens=(*_BY_WEIGHT, *_CT_MUSCLE, "l3_muscle_hu", MASS),
    ),
    Condition(
        key="ascites",
        words="ascites adds to weight and stretches the wall of the abdomen",
        forbids=("ffmi_", "asm_per_", "low_muscle_mass_by_weight"),
        weakens=("asm_", *_BY_WEIGHT, *_CT_MUSCLE, *_CT_VISCERAL, MASS),
    ),
    Condition(
        key="pregnancy",
        words="no cut-off was derived in pregnancy, which changes weight, water and abdomen",
        forbids=(
            *_BY_WEIGHT,
            *_MUSCLE_MASS,
            *_CALF,
            *CT_PREFIXES,
            "high_bmi_or_waist",
            "high_fat_mass",
            MASS,
        ),
        weakens=_LEGS,
    ),
)
CONDITION = Registry("condition", CONDITIONS)
FACT.known(*CONDITION)
