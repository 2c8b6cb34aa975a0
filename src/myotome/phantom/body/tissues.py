"""What each tissue looks like on CT: HU without and with contrast, and its texture."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry

CONTRASTS = ("unenhanced", "arterial", "venous")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tissue:
    """HU per contrast phase; ``grain_hu`` is the SD of its smooth texture."""

    key: str
    unenhanced_hu: float
    arterial_hu: float
    venous_hu: float
    grain_hu: float = 0.0
    compartment: str = ""

    def hu(self, contrast: str) -> float:
        """Mean HU in one of ``CONTRASTS``."""
        return float(getattr(self, f"{contrast}_hu"))


def _plain(key: str, hu: float, grain_hu: float = 0.0, compartment: str = "") -> Tissue:
    return Tissue(
        key=key,
        unenhanced_hu=hu,
        arterial_hu=hu,
        venous_hu=hu,
        grain_hu=grain_hu,
        compartment=compartment,
    )


TISSUES: tuple[Tissue, ...] = (
    _plain("skin", 20, compartment="subcutaneous"),
    _plain("fat", -105, 6, compartment="subcutaneous"),
    _plain("wall_fat", -95, 6, compartment="muscle_wall"),
    _plain("visceral_fat", -100, 6, compartment="abdominal_cavity"),
    Tissue(
        key="muscle",
        unenhanced_hu=52,
        arterial_hu=58,
        venous_hu=64,
        grain_hu=5,
        compartment="muscle_wall",
    ),
    _plain("cortical", 480, compartment="bone"),
    _plain("cancellous", 170, 20, compartment="bone"),
    _plain("rib", 420, compartment="bone"),
    _plain("arch", 380, 40, compartment="bone"),
    _plain("canal", 22, compartment="bone"),
    _plain("disc", 75, 5, compartment="bone"),
    _plain("lung", -860, 25, compartment="lung"),
    _plain("gas", -950, compartment="abdominal_cavity"),
    _plain("bowel", 25, 6, compartment="abdominal_cavity"),
    _plain("bowel_wall", 32, 6, compartment="abdominal_cavity"),
    Tissue(
        key="soft",
        unenhanced_hu=42,
        arterial_hu=85,
        venous_hu=95,
        grain_hu=6,
        compartment="abdominal_cavity",
    ),
    Tissue(
        key="liver",
        unenhanced_hu=58,
        arterial_hu=70,
        venous_hu=112,
        grain_hu=5,
        compartment="abdominal_cavity",
    ),
    Tissue(
        key="spleen",
        unenhanced_hu=48,
        arterial_hu=120,
        venous_hu=125,
        grain_hu=5,
        compartment="abdominal_cavity",
    ),
    Tissue(
        key="kidney",
        unenhanced_hu=32,
        arterial_hu=165,
        venous_hu=185,
        grain_hu=5,
        compartment="abdominal_cavity",
    ),
    Tissue(
        key="heart",
        unenhanced_hu=42,
        arterial_hu=230,
        venous_hu=150,
        compartment="abdominal_cavity",
    ),
    Tissue(
        key="artery",
        unenhanced_hu=42,
        arterial_hu=320,
        venous_hu=155,
        compartment="abdominal_cavity",
    ),
    Tissue(
        key="vein",
        unenhanced_hu=40,
        arterial_hu=60,
        venous_hu=150,
        compartment="abdominal_cavity",
    ),
)
BODY_TISSUE = Registry("phantom tissue", TISSUES)
AIR_HU = -1000.0
FAT_IN_MUSCLE_HU = -85.0
"""HU of the voxels that the intermuscular-fat share turns into fat."""
