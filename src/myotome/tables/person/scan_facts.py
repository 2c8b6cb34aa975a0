"""Which measurement of a CT is which fact: one row per fact of ``tables.person.facts``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from myotome.tables.flags.every import FLAG
from myotome.tables.person.facts import CT_PREFIXES, FACT_KEYS
from myotome.tables.registry import Registry, unique

_SMA, _VAT, _SAT = "skeletal_muscle", "visceral_fat", "subcutaneous_fat"
_BETWEEN = "L3/L4"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanFact:
    """The fact ``key`` is ``quantity`` of ``structure``, both sides, on one slice at ``level``.

    ``window_of`` is the tissue whose HU window the fact rests on and names, "" where it rests
    on an outline alone. Publications measured single slices, so the fact is never a mean of
    several.
    """

    key: str
    quantity: str
    structure: str
    level: str = "L3"
    side: str = "both"
    how: str = "single slice"
    window_of: str = ""


def _area(key: str, structure: str, level: str = "L3") -> ScanFact:
    return ScanFact(key=key, quantity="area", structure=structure, level=level, window_of=structure)


SCAN_FACTS: tuple[ScanFact, ...] = (
    _area("l3_sma_cm2", _SMA),
    ScanFact(
        key="l3_smi_cm2_m2", quantity="index", structure="skeletal_muscle_index", window_of=_SMA
    ),
    _area("l3_nama_cm2", "normal_attenuation_muscle"),
    _area("l3_lama_cm2", "low_attenuation_muscle"),
    _area("l3_imat_cm2", "intermuscular_fat"),
    _area("l3_sat_cm2", _SAT),
    _area("l3_vat_cm2", _VAT),
    ScanFact(
        key="l3_vsr", quantity="index", structure="visceral_to_subcutaneous_ratio", window_of=_VAT
    ),
    ScanFact(key="l3_muscle_hu", quantity="mean_hu", structure=_SMA, window_of=_SMA),
    ScanFact(key="l3_psoas_hu", quantity="mean_hu", structure="psoas"),
    ScanFact(key="l3_psoas_area_cm2", quantity="area", structure="psoas"),
    ScanFact(key="l3_pmi_cm2_m2", quantity="index", structure="psoas_muscle_index"),
    _area("l3_l4_vat_cm2", _VAT, _BETWEEN),
)
SCAN_FACT = Registry("scan fact", SCAN_FACTS)

_UMBILICUS = "the umbilicus is not looked for; other levels do not stand for it"
_CHEST = "what the publications count at this level was not read, and the outlines not checked"
NOT_ON_SCAN: Mapping[str, str] = unique(
    "fact that no scan tells",
    (
        (row.key, _UMBILICUS if row.key.startswith("umbilical_") else _CHEST)
        for row in FACT_KEYS
        if row.key.startswith(CT_PREFIXES) and row.key not in SCAN_FACT
    ),
)
"""Facts of a CT that are not measured, and why."""

CUT_FLAGS = FLAG.known("wall_cut", "subcutaneous_cut")
"""Flags that say of a cut number what it may still be used for; other parts are no numbers."""

OUTLINE = ("area", "body", "both", "L3")
"""The measurement that every scan with L3 in view has."""
LEVEL_FLAG = FLAG["level_not_in_view"].key

GIVEN_WINS = ("contrast_phase",)
"""Facts of the scan that the user knows better than its header and image."""
GIVEN_HELPS = ("kvp", "slice_mm", *NOT_ON_SCAN)
"""Facts of the scan that the user may add where it does not tell."""
