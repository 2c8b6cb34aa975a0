"""The registry of cut-offs. To add one, add a row to ``cutoffs_ct`` or ``cutoffs_person``."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.citable.ct_cutoffs import CT_CUTOFFS
from myotome.tables.citable.cutoff import CutOff
from myotome.tables.citable.person_cutoffs import PERSON_CUTOFFS
from myotome.tables.registry import Registry

TOPICS = {
    "ct_muscle_quantity": "CT: muscle quantity",
    "ct_muscle_quality": "CT: muscle attenuation",
    "ct_visceral_fat": "CT: visceral fat",
    "ct_low_muscle_obesity": "CT: low muscle quantity with obesity",
    "screening": "Screening",
    "muscle_strength": "Muscle strength",
    "physical_performance": "Physical performance",
    "muscle_mass": "Muscle mass by DXA or BIA",
}

CUTOFFS: tuple[CutOff, ...] = CT_CUTOFFS + PERSON_CUTOFFS
CUTOFF = Registry("cut-off", CUTOFFS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Technique:
    """Limits of the scan within which numbers compare with published ones.

    Muscle attenuation outside ``kvp_range`` is refused, areas carry a caveat; so do both outside
    ``slice_range_mm``.
    """

    kvp_range: tuple[float, float]
    slice_range_mm: tuple[float, float]
    kvp_source: str
    slice_source: str


TECHNIQUE = Technique(
    kvp_range=(100, 130),
    slice_range_mm=(2, 10),
    kvp_source="muscle 48 HU at 80 kV and 41 HU at 140 kV, index 40.1 and 42.2 cm2/m2: Nutrition "
    "2018;53:9 (PMID 29625351)",
    slice_source="normal-attenuation area is sensitive to noise, the total area is not: Kim DW "
    "2021 (10.3348/kjr.2020.0914)",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A cut-off that is in use but not in the registry, and why."""

    words: str
    reason: str


_UNREAD = "its numbers have not been read in print"
LEFT_OUT: tuple[LeftOut, ...] = (
    LeftOut(words="Japan Society of Hepatology 2016, L3 index", reason=_UNREAD),
    LeftOut(
        words="Hamaguchi 2018, L3 index, fat ratio and IMAC (10.1002/jcsm.12276)", reason=_UNREAD
    ),
    LeftOut(words="AWGS 2025, DXA and ASM/BMI (10.1038/s43587-025-01004-y)", reason=_UNREAD),
    LeftOut(
        words="ESPEN/EASO 2022, numbers for function, fat and muscle mass (10.1159/000521241)",
        reason=f"{_UNREAD}; its steps are assessed from yes and no",
    ),
    LeftOut(
        words="Shen 2004, muscle of the whole body from one slice (an estimate for groups)",
        reason=_UNREAD,
    ),
    LeftOut(words="GLIM, DXA and ASM numbers", reason=_UNREAD),
    LeftOut(words="Derstine 2018, the other levels from T10 to L5", reason=_UNREAD),
    LeftOut(words="Derstine 2021, z-score of area / height by BMI", reason=_UNREAD),
    LeftOut(
        words="van Vugt 2018, nomograms of enhanced CT, n 1073: the reference for the portal phase",
        reason=_UNREAD,
    ),
    LeftOut(words="Magudia 2021, curves by age, sex and race", reason=_UNREAD),
    LeftOut(words="Framingham (Tonnesen 2023), men", reason=_UNREAD),
    LeftOut(words="Kong 2022, Shin 2025 (Korea), Sweet 2025 (Netherlands)", reason=_UNREAD),
    LeftOut(words="Martin D 2025, attenuation and fat between the muscles", reason=_UNREAD),
)
