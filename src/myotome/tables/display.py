"""How pictures look: the CT window and the colours of the muscle map."""

from __future__ import annotations

from dataclasses import dataclass

CT_WINDOW_LEVEL_HU = 40
CT_WINDOW_WIDTH_HU = 400
"""Vu 2024: level 40, width 400."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapClass:
    """One colour of the muscle map. ``window`` is a key of ``tables.tissues``; RGB 0-255."""

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
