"""Codes of what is measured: quantities, indices, estimates and their units.

A quantity is told by its concept together with derivation and method; where the concept alone
would be misunderstood (lean mass as mass) it is a private one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from myotome.tables.codes.code import Code, private, standard
from myotome.tables.quantities.indices import DERIVED
from myotome.tables.quantities.quantities import QUANTITY as MEASURED
from myotome.tables.registry import one_each, unique

AREA = standard("SCT", "42798000", "Area")
VOLUME = standard("SCT", "118565006", "Volume")
MASS = standard("SCT", "118538004", "Mass")
PERIMETER = standard("SCT", "131191004", "Perimeter")
CIRCUMFERENCE = standard("SCT", "74551000", "Circumference")
ATTENUATION = standard("DCM", "112031", "Attenuation Coefficient")
MEAN = standard("SCT", "373098007", "Mean")
MEDIAN = standard("SCT", "373099004", "Median")
STANDARD_DEVIATION = standard("SCT", "386136009", "Standard Deviation")
VOXEL_SUM = standard("DCM", "126030", "Sum of segmented voxel method for volume")
_BY_DENSITY = private(
    "DENSITY1060", "Volume times 1.06 g/ml", "muscle density of 1.06 g/ml (Vu 2024)"
)
_NEIGHBOURS = private(
    "MEANOFSLICES",
    "Mean of neighbouring slices",
    "the mean over the slices next to the middle of the vertebral body",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantityCode:
    """The code of one row of ``tables.quantities.quantities``. ``unit`` there is a key of ``UNIT``.

    For "index", "mean_index" and "estimate" the concept is that of the structure in ``INDEX``;
    ``concept`` is then only the family. ``derivation`` and ``method`` are None where the concept
    says all.
    """

    key: str
    concept: Code
    derivation: Code | None = None
    method: Code | None = None


_SHARE = private(
    "SHARE",
    "Share of the structure's voxels",
    "part of a structure's voxels in the slab that hold what the finding names",
)
_INDEX = private("INDEX", "Body composition index", "a number made of areas or masses and size")

QUANTITIES: tuple[QuantityCode, ...] = (
    QuantityCode(key="volume", concept=VOLUME, method=VOXEL_SUM),
    QuantityCode(key="gross_mass", concept=MASS, method=_BY_DENSITY),
    QuantityCode(
        key="lean_volume",
        concept=private(
            "LEANVOLUME", "Lean muscle volume", "voxels of the muscle with -29 to 150 HU"
        ),
        method=VOXEL_SUM,
    ),
    QuantityCode(
        key="lean_mass",
        concept=private("LEANMASS", "Lean muscle mass", "lean muscle volume times 1.06 g/ml"),
        method=_BY_DENSITY,
    ),
    QuantityCode(
        key="intramuscular_fat_volume",
        concept=private(
            "INTRAMUSCFATVOL",
            "Volume of fat inside the muscle",
            "voxels of the muscle's outline with -190 to -30 HU",
        ),
        method=VOXEL_SUM,
    ),
    QuantityCode(key="mean_hu", concept=ATTENUATION, derivation=MEAN),
    QuantityCode(key="sd_hu", concept=ATTENUATION, derivation=STANDARD_DEVIATION),
    QuantityCode(key="median_hu", concept=ATTENUATION, derivation=MEDIAN),
    QuantityCode(
        key="nama_share",
        concept=private(
            "NAMASHARE",
            "Normal-attenuation share of lean muscle",
            "voxels with 30 to 150 HU over voxels with -29 to 150 HU",
        ),
    ),
    QuantityCode(
        key="lama_share",
        concept=private(
            "LAMASHARE",
            "Low-attenuation share of lean muscle",
            "voxels with -29 to 29 HU over voxels with -29 to 150 HU",
        ),
    ),
    QuantityCode(
        key="mass_per_cm",
        concept=private(
            "MASSPERCM",
            "Gross muscle mass per height of slab",
            "gross mass over the height of the measured slab in the scan",
        ),
    ),
    QuantityCode(
        key="mass_per_mm",
        concept=private(
            "MASSPERMM",
            "Gross muscle mass per millimetre of plane",
            "gross mass that moving a plane of the measured slab by one millimetre changes",
        ),
    ),
    QuantityCode(key="area", concept=AREA),
    QuantityCode(
        key="slab_height",
        concept=private(
            "SLABHEIGHT",
            "Height of the measured slab",
            "lung base to inferior endplate of L5, as far as in the scan",
        ),
    ),
    QuantityCode(key="mean_area", concept=AREA, derivation=MEAN, method=_NEIGHBOURS),
    QuantityCode(key="pooled_mean_hu", concept=ATTENUATION, derivation=MEAN, method=_NEIGHBOURS),
    QuantityCode(key="perimeter", concept=PERIMETER),
    QuantityCode(key="circumference", concept=CIRCUMFERENCE),
    QuantityCode(key="share", concept=_SHARE),
    QuantityCode(key="index", concept=_INDEX),
    QuantityCode(key="mean_index", concept=_INDEX, derivation=MEAN, method=_NEIGHBOURS),
    QuantityCode(
        key="estimate",
        concept=private(
            "ESTIMATE",
            "Whole-body estimate from one slice",
            "a regression on one slice; holds for groups, not for one person",
        ),
    ),
)
QUANTITY = one_each("code", MEASURED, ((row.key, row) for row in QUANTITIES))


def _index(key: str, value: str, meaning: str, definition: str) -> tuple[str, Code]:
    return key, private(value, meaning, definition)


_BY_HEIGHT = "over height squared"

INDEX: Mapping[str, Code] = one_each(
    "code",
    DERIVED,
    (
        _index("skeletal_muscle_index", "SMI", "Skeletal muscle index", f"SMA {_BY_HEIGHT}"),
        _index(
            "skeletal_muscle_height_index",
            "SMHI",
            "Skeletal muscle area over height",
            "SMA over height (Derstine 2021)",
        ),
        _index(
            "skeletal_muscle_bmi_index", "SMBMI", "Skeletal muscle area over BMI", "SMA over BMI"
        ),
        _index(
            "normal_attenuation_muscle_bmi_index",
            "NAMABMI",
            "Normal-attenuation muscle area over BMI",
            "NAMA over BMI (Kim HS 2023)",
        ),
        _index(
            "low_attenuation_muscle_bmi_index",
            "LAMABMI",
            "Low-attenuation muscle area over BMI",
            "LAMA over BMI (Kim HS 2023)",
        ),
        _index(
            "normal_attenuation_share_of_tama",
            "NAMATAMA",
            "Normal-attenuation share of muscle and its fat",
            "100 NAMA over TAMA (Kim HS 2023)",
        ),
        _index(
            "intermuscular_fat_share_of_tama",
            "IMATTAMA",
            "Fat share of muscle and its fat",
            "100 IMAT over TAMA (Kim DW 2020)",
        ),
        _index(
            "total_abdominal_muscle_index",
            "TAMAI",
            "Muscle with its fat over height squared",
            f"TAMA {_BY_HEIGHT}",
        ),
        _index(
            "psoas_muscle_index",
            "PMI",
            "Psoas muscle index",
            f"left and right psoas area at L3 {_BY_HEIGHT} (Hamaguchi 2016)",
        ),
        _index(
            "intramuscular_adipose_content",
            "IMAC",
            "Intramuscular adipose tissue content",
            "mean HU of erector spinae over mean HU of subcutaneous fat (after Hamaguchi 2018)",
        ),
        _index(
            "visceral_to_subcutaneous_ratio",
            "VSR",
            "Visceral over subcutaneous fat area",
            "VAT area over SAT area",
        ),
        _index(
            "muscle_mass_height_index",
            "MMHI",
            "Gross muscle mass over height squared",
            f"gross mass of the twelve muscles in the slab {_BY_HEIGHT} (Vu 2024)",
        ),
        _index(
            "muscle_mass_bmi_index",
            "MMBMI",
            "Gross muscle mass over BMI",
            "gross mass of the twelve muscles in the slab over BMI (Vu 2024)",
        ),
        _index(
            "lean_muscle_mass_height_index",
            "LMMHI",
            "Lean muscle mass over height squared",
            f"lean mass of the twelve muscles in the slab {_BY_HEIGHT}",
        ),
        _index(
            "lean_muscle_mass_bmi_index",
            "LMMBMI",
            "Lean muscle mass over BMI",
            "lean mass of the twelve muscles in the slab over BMI",
        ),
        _index(
            "visceral_to_subcutaneous_volume_ratio",
            "VSVR",
            "Visceral over subcutaneous fat volume",
            "VAT volume over SAT volume between lung base and L5",
        ),
        _index(
            "fat_free_mass",
            "FFMEST",
            "Estimated fat-free mass of the body",
            "0.30 SMA at L3 + 6.06 kg (Mourtzakis 2008)",
        ),
        _index(
            "fat_mass",
            "FMEST",
            "Estimated fat mass of the body",
            "0.042 fat area at L3 + 11.2 kg (Mourtzakis 2008)",
        ),
    ),
)
"""The concept of an index or estimate by ``Measurement.structure``."""


def _unit(ours: str, value: str, meaning: str) -> tuple[str, Code]:
    return ours, standard("UCUM", value, meaning)


UNIT: Mapping[str, Code] = unique(
    "unit",
    (
        _unit("ml", "cm3", "cubic centimeter"),
        _unit("g", "g", "gram"),
        _unit("kg", "kg", "kilogram"),
        _unit("HU", "[hnsf'U]", "Hounsfield unit"),
        _unit("%", "%", "Percent"),
        _unit("mm", "mm", "mm"),
        _unit("cm", "cm", "cm"),
        _unit("m", "m", "m"),
        _unit("cm2", "cm2", "Centimeter**2"),
        _unit("m2", "m2", "square meter"),
        _unit("g/cm", "g/cm", "gram per centimeter"),
        _unit("g/mm", "g/mm", "gram per millimeter"),
        _unit("cm2/m2", "cm2/m2", "square centimeter per square meter"),
        _unit("cm2/m", "cm2/m", "square centimeter per meter"),
        _unit("cm2/(kg/m2)", "cm2/(kg/m2)", "square centimeter per BMI"),
        _unit("g/m2", "g/m2", "gram per square meter"),
        _unit("g/(kg/m2)", "g/(kg/m2)", "gram per BMI"),
        _unit("kg/m2", "kg/m2", "kilogram per square meter"),
        _unit("ratio", "{ratio}", "ratio"),
        _unit("", "1", "no units"),
        _unit("years", "a", "year"),
        _unit("s", "s", "second"),
        _unit("m/s", "m/s", "meter per second"),
        _unit("points", "{points}", "points"),
        _unit("kV", "kV", "Kilovolt"),
    ),
)
"""UCUM by the unit that our tables write; 1 ml is 1 cm3, which is what DICOM's context lists."""
