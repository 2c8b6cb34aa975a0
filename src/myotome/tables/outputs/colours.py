"""How pictures look: CT windows, and the colours of muscle map, quality map and composition."""

from __future__ import annotations

from dataclasses import dataclass

CT_WINDOW_LEVEL_HU = 40
CT_WINDOW_WIDTH_HU = 400
"""Vu 2024: level 40, width 400."""

SPINE_WINDOW_LEVEL_HU, SPINE_WINDOW_WIDTH_HU = 150, 750
"""Wide enough to show endplates and discs beside soft tissue (our choice)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapClass:
    """One colour of the muscle map. ``window``: a key of ``tables.quantities.hu_windows``; RGB."""

    window: str
    short: str
    words: str
    colour: tuple[int, int, int]


# Okabe and Ito's palette (blue, yellow, vermilion): distinct in the common colour deficiencies.
MAP_CLASSES: tuple[MapClass, ...] = (
    MapClass(window="nama", short="NAMA", words="normal-attenuation muscle", colour=(0, 114, 178)),
    MapClass(window="lama", short="LAMA", words="low-attenuation muscle", colour=(240, 204, 60)),
    MapClass(
        window="intramuscular_fat",
        short="IMAT",
        words="fat inside the muscle",
        colour=(213, 94, 0),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TissueColour:
    """One colour of a tissue picture. ``tissue``: a key of ``tables.quantities.tissues``; RGB."""

    tissue: str
    short: str
    colour: tuple[int, int, int]


# Okabe and Ito's palette again. No two colours of a picture, nor a colour and a gray of the CT,
# come close for people without red, green or blue cones; their green and purple would.
QUALITY_CLASSES: tuple[TissueColour, ...] = (
    TissueColour(tissue="normal_attenuation_muscle", short="NAMA", colour=(0, 114, 178)),
    TissueColour(tissue="low_attenuation_muscle", short="LAMA", colour=(240, 228, 66)),
    TissueColour(tissue="intermuscular_fat", short="IMAT", colour=(213, 94, 0)),
)

COMPOSITION_CLASSES: tuple[TissueColour, ...] = (
    TissueColour(tissue="skeletal_muscle", short="muscle", colour=(86, 180, 233)),
    TissueColour(tissue="subcutaneous_fat", short="SAT", colour=(240, 228, 66)),
    TissueColour(tissue="visceral_fat", short="VAT", colour=(0, 114, 178)),
    TissueColour(tissue="intermuscular_fat", short="IMAT", colour=(213, 94, 0)),
)

COMPOSITION_FILL = 0.85
"""How opaque the overlay is: the CT still shows through. A quality map is opaque."""
