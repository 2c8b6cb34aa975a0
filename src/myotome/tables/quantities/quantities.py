"""What is measured: one row per quantity, with its unit and meaning.

``QUANTITIES`` are those of every muscle, ``COMPOSITION_QUANTITIES`` those of body composition.
"""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.quantities.indices import DERIVED, Estimate, Index
from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A measured quantity. ``unit`` is as written in outputs; ``additive`` if sides sum up.

    ``unit`` is "" where every structure has its own (``tables.quantities.indices``). ``window``
    is the row of ``tables.quantities.hu_windows`` that voxels are counted in, "" for all of them.
    """

    key: str
    words: str
    unit: str
    additive: bool
    meaning: str
    window: str = ""


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
        window="muscle",
    ),
    Quantity(
        key="lean_mass",
        words="lean mass",
        unit="g",
        additive=True,
        meaning="lean volume (-29..150 HU) x 1.06 g/ml",
        window="muscle",
    ),
    Quantity(
        key="intramuscular_fat_volume",
        words="intramuscular fat",
        unit="ml",
        additive=True,
        meaning="voxels of the mask with -190..-30 HU",
        window="intramuscular_fat",
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
        window="nama",
    ),
    Quantity(
        key="lama_share",
        words="low-attenuation share",
        unit="%",
        additive=False,
        meaning="share of the lean voxels with -29..29 HU",
        window="lama",
    ),
    Quantity(
        key="mass_per_cm",
        words="gross mass per cm of slab",
        unit="g/cm",
        additive=True,
        meaning="gross mass over the height of the slab in view",
    ),
    Quantity(
        key="mass_per_mm",
        words="gross mass per mm of plane",
        unit="g/mm",
        additive=True,
        meaning="area of the mask at a plane of the slab x 1.06 g/ml: the gross mass that each mm "
        "of that plane takes or gives",
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

COMPOSITION_QUANTITIES: tuple[Quantity, ...] = (
    Quantity(
        key="mean_area",
        words="mean cross-sectional area",
        unit="cm2",
        additive=True,
        meaning="mean of the areas on the slices next to the middle of the vertebral body",
    ),
    Quantity(
        key="pooled_mean_hu",
        words="mean attenuation of some slices",
        unit="HU",
        additive=False,
        meaning="mean over the voxels of the slices next to the middle of the vertebral body",
    ),
    Quantity(
        key="perimeter",
        words="perimeter",
        unit="cm",
        additive=False,
        meaning="length of the outline on the slice nearest the middle of the vertebral body",
    ),
    Quantity(
        key="circumference",
        words="circumference",
        unit="cm",
        additive=False,
        meaning="length of a tape around the outline: its convex hull; lying, at this level",
    ),
    Quantity(
        key="share",
        words="share",
        unit="%",
        additive=False,
        meaning="part of the structure's voxels in the slab that hold what the structure names",
    ),
    Quantity(
        key="index",
        words="index",
        unit="",
        additive=False,
        meaning="a number derived from areas or masses and body size, see tables.indices",
    ),
    Quantity(
        key="mean_index",
        words="index of the mean area",
        unit="",
        additive=False,
        meaning="like index, from mean_area in place of area",
    ),
    Quantity(
        key="estimate",
        words="whole-body estimate",
        unit="kg",
        additive=False,
        meaning="a regression on one slice; holds for groups, not for one person",
    ),
)
QUANTITY = Registry("quantity", (*QUANTITIES, *COMPOSITION_QUANTITIES))
NUMBER: Registry[Quantity | Index | Estimate] = Registry(
    "quantity", (*QUANTITY.values(), *DERIVED.values())
)
"""All that is measured or derived: an index is never called as a quantity is."""
QUANTITY.known(*(quantity for row in DERIVED.values() for quantity, _ in row.of))
