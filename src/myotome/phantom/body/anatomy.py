"""The body's drawn parameters and where its vertebrae lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from myotome.errors import InputError
from myotome.phantom.body.profiles import PLATEAU_MM, Profile
from myotome.tables.anatomy.muscles import GROUPS

_PITCH_MM = (
    ("T8", 28.0),
    ("T9", 29.0),
    ("T10", 30.0),
    ("T11", 31.0),
    ("T12", 33.0),
    ("L1", 34.0),
    ("L2", 35.0),
    ("L3", 36.0),
    ("L4", 36.0),
    ("L5", 34.0),
    ("S1", 30.0),
    ("S2", 28.0),
    ("S3", 26.0),
)
"""Each level and the distance from its middle to the next one's; lumbar 25-28 mm bodies."""

_DISC_SHARE = 0.24
"""Share of the pitch that is disc: about 8 mm of 35 in the lumbar spine."""

LEVELS = tuple(name for name, _ in _PITCH_MM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anatomy:
    """One synthetic body; the default is a typical adult. :meth:`draw` makes a random one.

    ``body_scale`` and ``height_scale`` stretch it in-plane and along z. ``muscle_scale`` and
    ``right_scale`` give, per muscle group of ``tables.anatomy.muscles.GROUPS``, the linear size and
    the right side's size relative to the left. ``fat_scale`` thickens the subcutaneous fat,
    ``intermuscular_fat_share`` is the share of every muscle's voxels that holds fat. z values are
    LPS mm: ``l3_mid_z_mm`` places the body; the scan reaches from ``above_lung_mm`` above the lung
    base to ``below_l5_mm`` below the inferior L5 endplate. Refuses sizes for which the parts would
    run into each other.
    """

    body_scale: float = 1.0
    height_scale: float = 1.0
    muscle_scale: tuple[float, ...] = (0.98,) * len(GROUPS)
    right_scale: tuple[float, ...] = (1.0,) * len(GROUPS)
    fat_scale: float = 1.0
    intermuscular_fat_share: float = 0.0
    l3_mid_z_mm: float = -412.3
    lung_base_above_t12_mm: float = 11.0
    above_lung_mm: float = 62.0
    below_l5_mm: float = 55.0

    def __post_init__(self) -> None:
        limits = (
            ("body_scale", (self.body_scale,), 0.75, 1.3),
            ("height_scale", (self.height_scale,), 0.85, 1.2),
            ("muscle_scale", self.muscle_scale, 0.5, 1.0),
            ("right_scale", self.right_scale, 0.7, 1.0),
            ("fat_scale", (self.fat_scale,), 0.3, 2.2),
            ("intermuscular_fat_share", (self.intermuscular_fat_share,), 0.0, 0.6),
            ("lung_base_above_t12_mm", (self.lung_base_above_t12_mm,), 8.0, 14.0),
            ("above_lung_mm", (self.above_lung_mm,), 10.0, 75.0),
            ("below_l5_mm", (self.below_l5_mm,), 10.0, 80.0),
        )
        for name, values, low, high in limits:
            if any(not low <= v <= high for v in values):
                raise InputError(f"the phantom's {name} must lie between {low} and {high}.")
        if {len(self.muscle_scale), len(self.right_scale)} != {len(GROUPS)}:
            raise InputError(f"the phantom needs one scale for each of {len(GROUPS)} groups.")

    @classmethod
    def draw(cls, seed: int) -> Anatomy:
        """A random body; the same seed gives the same body."""
        rng = np.random.default_rng(seed)

        def one(low: float, high: float) -> float:
            return round(float(rng.uniform(low, high)), 4)

        return cls(
            body_scale=one(0.85, 1.12),
            height_scale=one(0.9, 1.1),
            muscle_scale=tuple(one(0.75, 1.0) for _ in GROUPS),
            right_scale=tuple(one(0.92, 1.0) for _ in GROUPS),
            fat_scale=one(0.5, 1.8),
            intermuscular_fat_share=one(0.0, 0.15),
            l3_mid_z_mm=one(-900.0, 300.0),
            lung_base_above_t12_mm=one(9.0, 13.0),
        )

    def level_z_mm(self, name: str) -> float:
        """LPS z of a level's middle ("L3"), or of the disc's middle between two ("L4/L5")."""
        if "/" in name:
            upper, lower = name.split("/")
            return (self.level_z_mm(upper) + self.level_z_mm(lower)) / 2
        below = dict(zip(LEVELS, np.cumsum([0.0, *(p for _, p in _PITCH_MM)]), strict=False))
        return self.l3_mid_z_mm - float(below[name] - below["L3"]) * self.height_scale

    def endplates_z_mm(self, name: str) -> tuple[float, float]:
        """LPS z of the superior and inferior endplate."""
        index = LEVELS.index(name)
        pitch = (_PITCH_MM[max(index - 1, 0)][1] + _PITCH_MM[index][1]) / 2
        half = pitch * (1 - _DISC_SHARE) * self.height_scale / 2
        middle = self.level_z_mm(name)
        return middle + half, middle - half

    @property
    def lung_base_z_mm(self) -> float:
        """LPS z of the most inferior lung."""
        return self.level_z_mm("T12") + self.lung_base_above_t12_mm

    @property
    def slab_z_mm(self) -> tuple[float, float]:
        """LPS z of the slab's (superior, inferior) plane: lung base, inferior L5 endplate."""
        return self.lung_base_z_mm, self.endplates_z_mm("L5")[1]

    @property
    def scan_z_mm(self) -> tuple[float, float]:
        """LPS z of the scan's (superior, inferior) edge."""
        superior, inferior = self.slab_z_mm
        return superior + self.above_lung_mm, inferior - self.below_l5_mm

    def profile(self, knots: dict[str, float], factor: float = 1.0) -> Profile:
        """A profile through ``level -> value``, with a plateau at every whole level between.

        Levels that ``knots`` leaves out are filled in on the straight line between those it has.
        """
        known = sorted((self.level_z_mm(name), value) for name, value in knots.items())
        zs, values = [z for z, _ in known], [value for _, value in known]
        names = {*knots, *(n for n in LEVELS if zs[0] < self.level_z_mm(n) < zs[-1])}
        rows = sorted((self.level_z_mm(name), "/" in name) for name in names)
        return Profile(
            z_mm=tuple(z for z, _ in rows),
            values=tuple(float(np.interp(z, zs, values)) * factor for z, _ in rows),
            plateau_mm=tuple(0.0 if between else PLATEAU_MM for _, between in rows),
        )
