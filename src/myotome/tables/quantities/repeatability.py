"""How far two measurements of one person lie apart without any change in the person: cited rows.

Shown beside the values, so that two scans are not over-read. The scans compared were made without
and with contrast medium; no figure of scans repeated under one protocol has been verified.
"""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatability:
    """One published spread. ``quantity`` and ``structure`` are those of the measurement it is of.

    ``spread`` is in ``unit``; ``statistic`` says what it is, ``setting`` between what. ``derived``
    is how it follows from the published number, "" where it was published as it stands.
    ``same_kv`` is whether both scans had one tube voltage; None where there was one scan.
    """

    key: str
    quantity: str
    structure: str
    words: str
    spread: float
    unit: str
    statistic: str
    setting: str
    people: str
    source: str
    derived: str = ""
    same_kv: bool | None = None


SMALLEST_DIFFERENCE = "smallest detectable difference (95 %)"
VARIATION = "within-subject coefficient of variation"
HEIGHT_M = 1.70
"""The height for which areas were turned into indices."""

_WERF = "van der Werf et al. 2018, Clin Physiol Funct Imaging 38:366 (PMID 28419687)"
_WERF_PEOPLE = "41 healthy adults"
_PARK = "Park et al. 2019, PLoS One 14:e0222042, doi 10.1371/journal.pone.0222042"
_PARK_PEOPLE = "50 candidates for liver donation"
_SAME_KV = "without and with contrast medium, same tube voltage"
_OTHER_KV = "without and with contrast medium, different tube voltage"
_READERS = "two readers of the same CT"


def _werf(
    key: str, what: tuple[str, str, str], spread: float, unit: str, **more: str
) -> Repeatability:
    quantity, structure, words = what
    return Repeatability(
        key=key, quantity=quantity, structure=structure, words=words, spread=spread, unit=unit,
        statistic=SMALLEST_DIFFERENCE, people=_WERF_PEOPLE, source=_WERF,
        same_kv=more["setting"] == _SAME_KV, **more,
    )  # fmt: skip


def _park(key: str, what: tuple[str, str, str], spread: float) -> Repeatability:
    quantity, structure, words = what
    return Repeatability(
        key=key, quantity=quantity, structure=structure, words=words, spread=spread, unit="%",
        statistic=VARIATION, setting=_READERS, people=_PARK_PEOPLE, source=_PARK,
    )  # fmt: skip


_SMI = ("index", "skeletal_muscle_index", "skeletal muscle index (SMI)")
_SMA = ("area", "skeletal_muscle", "skeletal muscle area (SMA)")
_HU = ("mean_hu", "skeletal_muscle", "mean attenuation of muscle")

REPEATABILITY: tuple[Repeatability, ...] = (
    _werf(
        "smi_same_kv", _SMI, 1.9, "cm2/m2", setting=_SAME_KV,
        derived=f"5.6 cm2 / ({HEIGHT_M:.2f} m)^2",
    ),
    _werf(
        "smi_other_kv", _SMI, 6.9, "cm2/m2", setting=_OTHER_KV,
        derived=f"19.9 cm2 / ({HEIGHT_M:.2f} m)^2",
    ),
    _werf("sma_same_kv", _SMA, 5.6, "cm2", setting=_SAME_KV),
    _werf("sma_other_kv", _SMA, 19.9, "cm2", setting=_OTHER_KV),
    _werf("hu_same_kv", _HU, 14.6, "HU", setting=_SAME_KV),
    _werf("hu_other_kv", _HU, 21.8, "HU", setting=_OTHER_KV),
    _park("tama_readers", ("area", "total_abdominal_muscle", "muscle with its fat (TAMA)"), 8.2),
    _park("psoas_readers", ("index", "psoas_muscle_index", "psoas area, and with it PMI"), 16.0),
)  # fmt: skip
REPEATABLE = Registry("repeatability", REPEATABILITY)

CONTRAST_ALONE = (
    "contrast medium alone may move it by about 2 cm2/m2 at one tube voltage; how far repeats of "
    "one protocol lie apart has not been verified"
)
"""Said beside SMI, with the source of ``REPEATABLE["smi_same_kv"]``."""
