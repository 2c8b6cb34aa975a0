"""Codes of muscles, compartments, tissues, quality classes and vertebrae.

SNOMED and MDC rows are those of DICOM PS3.16 (contexts 3031, 6116, 7150, 7151, 7154, 7603). FMA
ids are Uberon's cross references. For the psoas DICOM has the iliopsoas only, which is more, so
its FMA id is used; the flat muscles are one label here and no scheme has one code for them.
"""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.anatomy.planes import PLANE
from myotome.tables.codes.code import Code, private, standard
from myotome.tables.registry import Registry, unique

_UBERON = "Uberon, cross reference of the muscle"

ANATOMICAL_STRUCTURE = standard("SCT", "91723000", "Anatomical Structure")
TISSUE = standard("SCT", "85756007", "Tissue")
LEFT = standard("SCT", "7771000", "Left")
RIGHT = standard("SCT", "24028007", "Right")
BILATERAL = standard("SCT", "51440002", "Bilateral")
ABDOMEN = standard("SCT", "818981001", "Abdomen")
ABDOMEN_AND_PELVIS = standard("SCT", "818982008", "Abdomen and Pelvis")
CAVITY = standard("SCT", "818987002", "Abdominopelvic cavity")
WALL_MUSCLE = standard("SCT", "1142228004", "Abdominal wall muscle")
SKELETAL_MUSCLE = standard("SCT", "127954009", "Skeletal muscle")
SUBCUTANEOUS_TISSUE = standard("SCT", "71966008", "Subcutaneous tissue")
FAT = standard("SCT", "55603005", "Fat")
BONE = standard("SCT", "272673000", "Bone")
LUNG = standard("SCT", "39607008", "Lung")

SIDE: dict[str, Code] = {"left": LEFT, "right": RIGHT, "both": BILATERAL}
"""Laterality by ``Muscle.side`` and ``Measurement.side``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """What one structure is. ``key`` is a muscle group, compartment, tissue or HU window.

    ``category`` and ``type`` are the segmented property (PS3.3 C.8.20.4) and the finding of a
    measurement, ``region`` the anatomic region or finding site. ``also`` are further codes of
    the same thing in other schemes (several: its parts).
    """

    key: str
    category: Code
    type: Code
    region: Code
    also: tuple[Code, ...] = ()


def _fma(number: int, meaning: str) -> Code:
    return standard("FMA", str(number), meaning, _UBERON)


MUSCLE_GROUPS: tuple[Structure, ...] = (
    Structure(
        key="psoas",
        category=ANATOMICAL_STRUCTURE,
        type=_fma(18060, "Psoas major"),
        region=ABDOMEN,
    ),
    Structure(
        key="quadratus_lumborum",
        category=ANATOMICAL_STRUCTURE,
        type=standard("MDC", "7:576", "Musculus quadratus lumborum"),
        region=ABDOMEN,
        also=(_fma(15569, "Quadratus lumborum"),),
    ),
    Structure(
        key="erector_spinae",
        category=ANATOMICAL_STRUCTURE,
        type=standard("SCT", "44947003", "Erector spinae muscle"),
        region=ABDOMEN,
        also=(
            standard("MDC", "7:472", "Musculus erector spinae"),
            _fma(71302, "Erector spinae"),
        ),
    ),
    Structure(
        key="gluteus_medius",
        category=ANATOMICAL_STRUCTURE,
        type=standard("MDC", "7:800", "Musculus gluteus medius"),
        region=ABDOMEN_AND_PELVIS,
        also=(_fma(22315, "Gluteus medius"),),
    ),
    Structure(
        key="rectus_abdominis",
        category=ANATOMICAL_STRUCTURE,
        type=standard("MDC", "7:560", "Musculus rectus abdominis"),
        region=ABDOMEN,
        also=(_fma(9628, "Rectus abdominis"),),
    ),
    Structure(
        key="lateral_abdominals",
        category=ANATOMICAL_STRUCTURE,
        type=private(
            "LATABD",
            "Lateral abdominal muscles",
            "external oblique, internal oblique and transversus abdominis of one side as one "
            "structure; MDC 7:564, 7:568 and 7:572 together",
        ),
        region=WALL_MUSCLE,
        also=(
            standard("MDC", "7:564", "Musculus obliquus externus abdominis"),
            standard("MDC", "7:568", "Musculus obliquus internus abdominis"),
            standard("MDC", "7:572", "Musculus transversus abdominis"),
            _fma(13335, "External oblique"),
            _fma(13891, "Internal oblique"),
            _fma(15570, "Transversus abdominis"),
        ),
    ),
)

COMPARTMENTS: tuple[Structure, ...] = (
    Structure(key="abdominal_cavity", category=ANATOMICAL_STRUCTURE, type=CAVITY, region=ABDOMEN),
    Structure(
        key="muscle_wall",
        category=ANATOMICAL_STRUCTURE,
        type=private(
            "MUSCLEWALL",
            "Muscular wall of the trunk",
            "all that lies inside the outer fascia of the trunk's muscles and outside cavity and "
            "bone: the muscles with the fat in and between them",
        ),
        region=ABDOMEN,
    ),
    Structure(key="subcutaneous", category=TISSUE, type=SUBCUTANEOUS_TISSUE, region=ABDOMEN),
    Structure(key="bone", category=ANATOMICAL_STRUCTURE, type=BONE, region=ABDOMEN),
    Structure(key="lung", category=ANATOMICAL_STRUCTURE, type=LUNG, region=ABDOMEN),
)

_NAMA = private(
    "NAMA",
    "Normal-attenuation muscle",
    "voxels of muscle with 30 to 150 HU (Kim DW 2021, doi 10.3348/kjr.2020.0914)",
)
_LAMA = private(
    "LAMA",
    "Low-attenuation muscle",
    "voxels of muscle with -29 to 29 HU: muscle less NAMA (Kim DW 2020)",
)
_INTRAMUSCULAR = private(
    "INTRAMUSCFAT",
    "Fat inside the muscle",
    "voxels of a muscle's outline with -190 to -30 HU (Smorchkova 2022)",
)

QUALITY_CLASSES: tuple[Structure, ...] = (
    Structure(key="nama", category=TISSUE, type=_NAMA, region=SKELETAL_MUSCLE),
    Structure(key="lama", category=TISSUE, type=_LAMA, region=SKELETAL_MUSCLE),
    Structure(
        key="intramuscular_fat", category=TISSUE, type=_INTRAMUSCULAR, region=SKELETAL_MUSCLE
    ),
)
"""Classes of the muscle map; ``key`` is a row of ``tables.outputs.colours.MAP_CLASSES``."""

TISSUES: tuple[Structure, ...] = (
    Structure(key="skeletal_muscle", category=TISSUE, type=SKELETAL_MUSCLE, region=ABDOMEN),
    Structure(key="normal_attenuation_muscle", category=TISSUE, type=_NAMA, region=ABDOMEN),
    Structure(key="low_attenuation_muscle", category=TISSUE, type=_LAMA, region=ABDOMEN),
    Structure(
        key="intermuscular_fat",
        category=TISSUE,
        type=private(
            "IMAT",
            "Intermuscular adipose tissue",
            "voxels of -190 to -30 HU (fat by Smorchkova 2022) inside the outer fascia of the "
            "muscles, between and in them (our definition)",
        ),
        region=ABDOMEN,
    ),
    Structure(
        key="total_abdominal_muscle",
        category=TISSUE,
        type=private(
            "TAMA",
            "Total abdominal muscle area tissue",
            "muscle and the fat inside its fascia, -190 to 150 HU (Kim DW 2020, TAMA)",
        ),
        region=ABDOMEN,
    ),
    Structure(key="subcutaneous_fat", category=TISSUE, type=FAT, region=SUBCUTANEOUS_TISSUE),
    Structure(key="visceral_fat", category=TISSUE, type=FAT, region=CAVITY),
)

WHOLES: tuple[Structure, ...] = (
    Structure(
        key="total",
        category=ANATOMICAL_STRUCTURE,
        type=private(
            "MUSCLES12",
            "The twelve muscles",
            "psoas, quadratus lumborum, erector spinae, gluteus medius, rectus abdominis and "
            "lateral abdominals of both sides together",
        ),
        region=ABDOMEN,
    ),
    Structure(
        key="slab",
        category=ANATOMICAL_STRUCTURE,
        type=private(
            "SLAB",
            "Measured slab",
            "the trunk from the lowest point of the lungs to the inferior endplate of L5 "
            "(Vu 2024), as far as it is in the scan",
        ),
        region=ABDOMEN,
    ),
    Structure(
        key="body",
        category=ANATOMICAL_STRUCTURE,
        type=private(
            "BODYSECTION",
            "Cross-section of the body",
            "everything inside the skin on one axial slice, without arms and couch",
        ),
        region=ABDOMEN,
    ),
)

FAT_OF_MUSCLES: tuple[Structure, ...] = tuple(
    Structure(
        key=f"{group.key}_intramuscular_fat",
        category=TISSUE,
        type=_INTRAMUSCULAR,
        region=group.type,
    )
    for group in MUSCLE_GROUPS
)
"""The fat inside one muscle, as shares name it."""

STRUCTURES: tuple[Structure, ...] = (
    *MUSCLE_GROUPS,
    *COMPARTMENTS,
    *QUALITY_CLASSES,
    *TISSUES,
    *FAT_OF_MUSCLES,
    *WHOLES,
)
STRUCTURE = Registry("structure", STRUCTURES)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelCode:
    """A vertebra, the place between two of them or a plane of the slab, as a finding site."""

    name: str
    code: Code


def _vertebra(name: str, value: str) -> LevelCode:
    return LevelCode(name=name, code=standard("SCT", value, f"{name} vertebra"))


LEVELS: tuple[LevelCode, ...] = (
    _vertebra("T5", "56401006"),
    _vertebra("T6", "45296009"),
    _vertebra("T7", "62487009"),
    _vertebra("T8", "11068009"),
    _vertebra("T9", "82687006"),
    _vertebra("T10", "7610001"),
    _vertebra("T11", "12989004"),
    _vertebra("T12", "23215003"),
    _vertebra("L1", "66794005"),
    _vertebra("L2", "14293000"),
    _vertebra("L3", "36470004"),
    _vertebra("L4", "11994002"),
    _vertebra("L5", "49668003"),
    LevelCode(
        name="S1",
        code=private("S1VERTEBRA", "S1 vertebra", "the first segment of the sacrum"),
    ),
    LevelCode(
        name="L3/L4",
        code=private(
            "L3L4",
            "Half-way between L3 and L4",
            "the axial plane half-way between the middles of the bodies of L3 and L4",
        ),
    ),
    *(
        LevelCode(name=plane.key, code=private(value, meaning, plane.meaning))
        for plane, value, meaning in (
            (PLANE["lung_base"], "LUNGBASEPLANE", "Plane of the lung base"),
            (PLANE["l5_end"], "L5ENDPLANE", "Plane of the inferior endplate of L5"),
        )
    ),
)
LEVEL = unique("level", ((row.name, row.code) for row in LEVELS))
