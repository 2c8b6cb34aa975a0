"""What is derived from areas, masses and body size: indices and whole-body estimates, cited."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry

GROUP_ONLY = "group_level_estimate"
"""Caveat of every estimate: it holds for groups, not for one person."""

Place = tuple[str, str]
"""(quantity, structure) of a measurement that an index is made of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """``scale`` times the sum of ``of`` over one body size (``per``) or the sum of ``over``.

    ``per`` is "height_m", "height_m2", "bmi" or "". ``levels`` are the only ones it is defined
    at, () for every level. ``quantity`` "area" also gives the index of the mean area.
    """

    key: str
    words: str
    unit: str
    of: tuple[Place, ...]
    per: str = ""
    over: tuple[Place, ...] = ()
    levels: tuple[str, ...] = ()
    scale: float = 1.0
    attenuation: bool = False
    definition: str = ""
    source: str = ""


_SMA, _NAMA = ("area", "skeletal_muscle"), ("area", "normal_attenuation_muscle")
_LAMA, _IMAT = ("area", "low_attenuation_muscle"), ("area", "intermuscular_fat")
_TAMA, _SAT = ("area", "total_abdominal_muscle"), ("area", "subcutaneous_fat")
_VAT = ("area", "visceral_fat")
_KIM = "Kim HS 2023, doi 10.4093/dmj.2022.0081"
_SLAB = ("slab",)

INDICES: tuple[Index, ...] = (
    Index(
        key="skeletal_muscle_index",
        words="skeletal muscle index (SMI)",
        unit="cm2/m2",
        of=(_SMA,),
        per="height_m2",
        definition="SMA / height^2",
        source="Smorchkova 2022; Fearon 2011, doi 10.1016/S1470-2045(10)70218-7",
    ),
    Index(
        key="skeletal_muscle_height_index",
        words="skeletal muscle area over height",
        unit="cm2/m",
        of=(_SMA,),
        per="height_m",
        definition="SMA / height",
        source="Derstine 2021, doi 10.1038/s41598-020-79471-z",
    ),
    Index(
        key="skeletal_muscle_bmi_index",
        words="skeletal muscle area over BMI",
        unit="cm2/(kg/m2)",
        of=(_SMA,),
        per="bmi",
        definition="SMA / BMI",
        source=_KIM,
    ),
    Index(
        key="normal_attenuation_muscle_bmi_index",
        words="normal-attenuation muscle area over BMI",
        unit="cm2/(kg/m2)",
        of=(_NAMA,),
        per="bmi",
        attenuation=True,
        definition="NAMA / BMI",
        source=_KIM,
    ),
    Index(
        key="low_attenuation_muscle_bmi_index",
        words="low-attenuation muscle area over BMI",
        unit="cm2/(kg/m2)",
        of=(_LAMA,),
        per="bmi",
        attenuation=True,
        definition="LAMA / BMI",
        source=_KIM,
    ),
    Index(
        key="normal_attenuation_share_of_tama",
        words="normal-attenuation share of muscle and its fat",
        unit="%",
        of=(_NAMA,),
        over=(_TAMA,),
        scale=100.0,
        attenuation=True,
        definition="100 NAMA / TAMA",
        source=_KIM,
    ),
    Index(
        key="intermuscular_fat_share_of_tama",
        words="fat share of muscle and its fat",
        unit="%",
        of=(_IMAT,),
        over=(_TAMA,),
        scale=100.0,
        attenuation=True,
        definition="100 IMAT / TAMA",
        source="TAMA = SMA + IMAT, Kim DW 2020, JMIR Med Inform 8:e23049",
    ),
    Index(
        key="total_abdominal_muscle_index",
        words="muscle with its fat over height squared",
        unit="cm2/m2",
        of=(_TAMA,),
        per="height_m2",
        definition="TAMA / height^2",
        source="TAMA of Kim DW 2020, JMIR Med Inform 8:e23049, over height squared",
    ),
    Index(
        key="psoas_muscle_index",
        words="psoas muscle index (PMI), Hamaguchi 2016",
        unit="cm2/m2",
        of=(("area", "psoas"),),
        per="height_m2",
        levels=("L3",),
        definition="(left + right psoas area) / height^2",
        source="Hamaguchi 2016, Nutrition 32:1200; no linear or mm2/m2 variant",
    ),
    Index(
        key="intramuscular_adipose_content",
        words="intramuscular adipose tissue content (IMAC)",
        unit="ratio",
        of=(("mean_hu", "erector_spinae"),),
        over=(("mean_hu", "subcutaneous_fat"),),
        levels=("L3",),
        attenuation=True,
        definition="mean HU of erector spinae with multifidus / mean HU of SAT; published for "
        "multifidus alone",
        source="Hamaguchi 2018, doi 10.1002/jcsm.12276",
    ),
    Index(
        key="visceral_to_subcutaneous_ratio",
        words="visceral over subcutaneous fat area",
        unit="ratio",
        of=(_VAT,),
        over=(_SAT,),
        definition="VAT / SAT",
        source="Ha NB 2022, PMC9427718",
    ),
    Index(
        key="muscle_mass_height_index",
        words="gross muscle mass over height squared",
        unit="g/m2",
        of=(("gross_mass", "total"),),
        per="height_m2",
        levels=_SLAB,
        definition="gross mass of the 12 muscles in the slab / height^2",
        source="Vu 2024",
    ),
    Index(
        key="muscle_mass_bmi_index",
        words="gross muscle mass over BMI",
        unit="g/(kg/m2)",
        of=(("gross_mass", "total"),),
        per="bmi",
        levels=_SLAB,
        definition="gross mass of the 12 muscles in the slab / BMI",
        source="Vu 2024",
    ),
    Index(
        key="lean_muscle_mass_height_index",
        words="lean muscle mass over height squared",
        unit="g/m2",
        of=(("lean_mass", "total"),),
        per="height_m2",
        levels=_SLAB,
        definition="lean mass (-29..150 HU) of the 12 muscles in the slab / height^2",
        source="Vu 2024, of the lean mass",
    ),
    Index(
        key="lean_muscle_mass_bmi_index",
        words="lean muscle mass over BMI",
        unit="g/(kg/m2)",
        of=(("lean_mass", "total"),),
        per="bmi",
        levels=_SLAB,
        definition="lean mass (-29..150 HU) of the 12 muscles in the slab / BMI",
        source="Vu 2024, of the lean mass",
    ),
    Index(
        key="visceral_to_subcutaneous_volume_ratio",
        words="visceral over subcutaneous fat volume",
        unit="ratio",
        of=(("volume", "visceral_fat"),),
        over=(("volume", "subcutaneous_fat"),),
        levels=_SLAB,
        definition="VAT / SAT volume between lung base and L5",
        source="borders of MacLean 2021, doi 10.1093/jamia/ocaa342",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """``slope`` times the summed areas (cm2) at ``level``, plus ``offset``, in ``unit``."""

    key: str
    words: str
    unit: str
    of: tuple[Place, ...]
    slope: float
    offset: float
    level: str
    source: str


_MOURTZAKIS = "Mourtzakis 2008, Appl Physiol Nutr Metab 33:997; patients with cancer"

ESTIMATES: tuple[Estimate, ...] = (
    Estimate(
        key="fat_free_mass",
        words="fat-free mass of the body",
        unit="kg",
        of=(_SMA,),
        slope=0.30,
        offset=6.06,
        level="L3",
        source=f"{_MOURTZAKIS}; r 0.94",
    ),
    Estimate(
        key="fat_mass",
        words="fat mass of the body",
        unit="kg",
        of=(_SAT, _VAT, _IMAT),
        slope=0.042,
        offset=11.2,
        level="L3",
        source=f"{_MOURTZAKIS}; r 0.88",
    ),
)
DERIVED: Registry[Index | Estimate] = Registry("index", (*INDICES, *ESTIMATES))
