"""What is measured: one row per quantity, with its unit and meaning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A measured quantity. ``unit`` is as written in outputs; ``additive`` if sides sum up."""

    key: str
    words: str
    unit: str
    additive: bool
    meaning: str


QUANTITIES: tuple[Quantity, ...] = (
    Quantity(
        key="volume",
        words="volume",
        unit="ml",
        additive=True,
        meaning="all voxels of the muscle mask within the slab",
    ),
    Quantity(
        key="gross_mass",
        words="gross mass",
        unit="g",
        additive=True,
        meaning="volume x 1.06 g/ml (Vu 2024); includes fat inside the mask",
    ),
    Quantity(
        key="lean_volume",
        words="lean volume",
        unit="ml",
        additive=True,
        meaning="voxels of the mask with -29..150 HU",
    ),
    Quantity(
        key="lean_mass",
        words="lean mass",
        unit="g",
        additive=True,
        meaning="lean volume x 1.06 g/ml",
    ),
    Quantity(
        key="intramuscular_fat_volume",
        words="intramuscular fat",
        unit="ml",
        additive=True,
        meaning="voxels of the mask with -190..-30 HU",
    ),
    Quantity(
        key="mean_hu",
        words="mean attenuation",
        unit="HU",
        additive=False,
        meaning="mean over all voxels of the mask",
    ),
    Quantity(
        key="sd_hu",
        words="attenuation SD",
        unit="HU",
        additive=False,
        meaning="standard deviation over all voxels of the mask",
    ),
    Quantity(
        key="median_hu",
        words="median attenuation",
        unit="HU",
        additive=False,
        meaning="median over all voxels of the mask",
    ),
    Quantity(
        key="nama_share",
        words="normal-attenuation share",
        unit="%",
        additive=False,
        meaning="share of the lean voxels with 30..150 HU",
    ),
    Quantity(
        key="lama_share",
        words="low-attenuation share",
        unit="%",
        additive=False,
        meaning="share of the lean voxels with -29..29 HU",
    ),
    Quantity(
        key="mass_per_cm",
        words="gross mass per cm of slab",
        unit="g/cm",
        additive=True,
        meaning="gross mass over the height of the slab in view",
    ),
    Quantity(
        key="area",
        words="cross-sectional area",
        unit="cm2",
        additive=True,
        meaning="area of the mask on the slice nearest the middle of the vertebral body",
    ),
    Quantity(
        key="slab_height",
        words="slab height",
        unit="mm",
        additive=False,
        meaning="lung base to inferior L5 endplate, as far as in view",
    ),
)
BY_KEY = {q.key: q for q in QUANTITIES}
