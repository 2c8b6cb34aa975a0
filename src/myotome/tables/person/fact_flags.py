"""What is wrong with a scan, and which facts it forbids or weakens: one row per flag.

``forbids`` and ``weakens`` hold the beginnings of keys of ``tables.person.facts``. A forbidden
fact is judged unknown, a weakened one carries the words of the flag as a caveat. Codes that are
not listed here change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.flags.every import FLAG
from myotome.tables.registry import Registry

_MUSCLE_AREAS = ("l3_sma_cm2", "l3_smi_cm2_m2", "l3_nama_cm2", "l3_lama_cm2", "l3_imat_cm2")
_SUBCUTANEOUS = ("l3_sat_cm2", "l3_vsr")
_ATTENUATION = ("l3_muscle_hu", "l3_nama_cm2", "l3_lama_cm2")


@dataclass(frozen=True, slots=True, kw_only=True)
class FactFlag:
    """One flag of a scan. ``key`` is its code."""

    key: str
    words: str
    forbids: tuple[str, ...] = ()
    weakens: tuple[str, ...] = ()


FACT_FLAGS: tuple[FactFlag, ...] = (
    FactFlag(
        key="wall_cut",
        words="the field of view cuts the muscle wall",
        forbids=_MUSCLE_AREAS + _SUBCUTANEOUS,
        weakens=("l3_muscle_hu",),
    ),
    FactFlag(
        key="subcutaneous_cut",
        words="the field of view cuts the subcutaneous fat",
        forbids=_SUBCUTANEOUS,
    ),
    FactFlag(
        key="level_not_in_view",
        words="the level is not in the scan",
        forbids=("l3_", "umbilical_"),
    ),
    FactFlag(
        key="level_uncertain",
        words="the level of the slice is uncertain",
        weakens=("l3_", "umbilical_"),
    ),
    FactFlag(
        key="transitional_anatomy",
        words="the vertebrae may be numbered otherwise (transitional anatomy)",
        weakens=("l3_",),
    ),
    FactFlag(
        key="metal",
        words="metal in or near the slice",
        forbids=_ATTENUATION,
        weakens=("l3_", "umbilical_"),
    ),
    FactFlag(
        key="noisy_image",
        words="image noise moves voxels across the HU limits of muscle",
        weakens=(*_MUSCLE_AREAS, "l3_muscle_hu"),
    ),
    FactFlag(
        key="arms_down",
        words="arms beside the body: streaks and beam hardening",
        weakens=("l3_", "umbilical_"),
    ),
)
FACT_FLAG = Registry("fact flag", FACT_FLAGS)
FLAG.known(*FACT_FLAG)
