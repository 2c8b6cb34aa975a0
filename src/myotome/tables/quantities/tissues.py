"""Body composition: which tissue is counted where, at which levels, and what weakens it."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.anatomy.muscles import COMPARTMENT
from myotome.tables.anatomy.vertebrae import NAMES
from myotome.tables.flags.every import FLAG
from myotome.tables.quantities.hu_windows import WINDOW
from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Tissue:
    """What is counted: voxels of one compartment inside one HU window.

    ``region`` is a key of ``tables.anatomy.muscles.COMPARTMENTS`` (the 12 muscles count as muscle
    wall), ``window`` one of ``tables.quantities.hu_windows``. ``attenuation`` says that the number
    moves with contrast medium, tube voltage and noise far more than an area does (Kim DW 2021).
    """

    key: str
    words: str
    region: str
    window: str
    attenuation: bool = False
    source: str = ""


TISSUES: tuple[Tissue, ...] = (
    Tissue(
        key="skeletal_muscle",
        words="skeletal muscle (all muscles of the slice)",
        region="muscle_wall",
        window="muscle",
        source="SMA: all muscles of the slice, -29..150 HU, Smorchkova 2022",
    ),
    Tissue(
        key="normal_attenuation_muscle",
        words="normal-attenuation muscle",
        region="muscle_wall",
        window="nama",
        attenuation=True,
        source="NAMA, Kim DW 2020, JMIR Med Inform 8:e23049; window Kim DW 2021",
    ),
    Tissue(
        key="low_attenuation_muscle",
        words="low-attenuation muscle",
        region="muscle_wall",
        window="lama",
        attenuation=True,
        source="LAMA, Kim DW 2020, JMIR Med Inform 8:e23049: SMA less NAMA",
    ),
    Tissue(
        key="intermuscular_fat",
        words="fat between and inside the muscles",
        region="muscle_wall",
        window="intermuscular_fat",
        attenuation=True,
        source="fat -190..-30 HU, Smorchkova 2022; inside the fascia, without the rim within 3 mm "
        "of subcutaneous and visceral fat: Myotome's own definition",
    ),
    Tissue(
        key="total_abdominal_muscle",
        words="muscle and the fat inside its fascia",
        region="muscle_wall",
        window="total_abdominal_muscle",
        source="TAMA = SMA + IMAT, Kim DW 2020, JMIR Med Inform 8:e23049",
    ),
    Tissue(
        key="subcutaneous_fat",
        words="subcutaneous fat",
        region="subcutaneous",
        window="subcutaneous_fat",
        source="SAT, Smorchkova 2022",
    ),
    Tissue(
        key="visceral_fat",
        words="visceral fat",
        region="abdominal_cavity",
        window="visceral_fat",
        source="VAT, Hamaguchi 2018",
    ),
)
TISSUE = Registry("tissue", TISSUES)
COMPARTMENT.known(*(row.region for row in TISSUES))
WINDOW.known(*(row.window for row in TISSUES))
VISCERAL_WINDOWS = ("visceral_fat", "visceral_fat_wide")
"""The windows that may be chosen for visceral fat, the first by default."""

BODY = "body"

LEVELS: tuple[str, ...] = ("T5", "T6", "T7", "T8", *NAMES[: NAMES.index("L5") + 1])
"""T5 to L5, from top to bottom: single slices are measured at the middle of these."""

ALWAYS = tuple(NAMES[NAMES.index("T11") : NAMES.index("L5") + 1])
"""Levels that are accounted for even where they are not in the scan."""

BETWEEN: tuple[tuple[str, str, str], ...] = (("L3/L4", "L3", "L4"),)
"""Further places, half-way between two mid-vertebrae: L3-L4 is where Doyle 2013 measured."""

PLACES = (*LEVELS, *(name for name, _, _ in BETWEEN))
"""Everywhere that body composition is measured."""

TRANSITIONAL = FLAG.known(
    "level_count_disagrees",
    "level_count_unanchored",
    "iliac_crest_disagrees",
    "kidneys_disagree",
    "level_implausible",
)
"""Flags of the locate stage that put the names of all levels in doubt."""

NAMES_IN_DOUBT = (*TRANSITIONAL, *FLAG.known("level_low_confidence"))
"""Flags with which a reader must be told what a level's numbers were, had it another name."""

BODY_HU = -300
"""Above this a voxel is body rather than air, foam or clothing (assumed; air -1000, skin 20)."""

AIR_BELOW_HU = -300
"""Voxels within ``AIR_REACH_MM`` of such air or gas are no fat: skin, gut wall, partial volume."""

AIR_REACH_MM = 1.4
"""Readers take 2 or 3 pixels of skin and gut wall away; 1.5 mm fits their areas on eight CTs best,
and a little less leaves pixels of 1 mm one pixel."""

CUT_MM = 10.0
"""Contact with the edge of the field of view from which it cuts; less loses next to nothing."""

METAL_HU, METAL_CM2 = 2000, 0.2
"""This much of a body slice above it is metal; cortical bone stays below (assumed)."""

ARM_CM2 = 12.0
"""A soft-tissue island this large beside the body is an arm or a hand (assumed)."""

USUAL_KVP = (100.0, 130.0)
"""Muscle HU and, by 5 %, areas depend on the tube voltage: Nutrition 2018;53:9."""

FAT_HU_BY_KVP: tuple[tuple[float, float], ...] = (
    (70.0, -120.0),
    (80.0, -113.0),
    (100.0, -105.0),
    (120.0, -100.0),
    (140.0, -97.0),
)
"""Subcutaneous fat by tube voltage: -100 HU at 120 kV by custom and in 20 scans here; the others
follow the attenuation of adipose tissue and water (NIST XCOM, ICRU-44), rounded (assumed)."""

USUAL_SLICE_MM = (2.0, 10.0)
"""Thinner slices are too noisy for HU windows, thicker ones blur (Kim DW 2021; assumed limits)."""

NOISY_HU = 25.0
"""Noise SD from which HU windows lose muscle: Kim DW 2021 found NAMA at 60-82 % (assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveat:
    """A finding that weakens a number; ``weakens`` are kinds of numbers ("" : every kind).

    Kinds are "attenuation" (mean HU, NAMA, LAMA, intermuscular fat and what is made of them)
    and "subcutaneous" (its fat and the body's outline). ``told`` is the sentence of the flag;
    {where} names the levels. ``key`` is the code of that flag.
    """

    key: str
    told: str
    weakens: tuple[str, ...] = ()


CAVEATS: tuple[Caveat, ...] = (
    Caveat(
        key="contrast_enhanced",
        told="Contrast medium raises muscle attenuation by about 7 HU (van Vugt 2018): compare "
        "attenuation, NAMA and LAMA only with the same phase.",
        weakens=("attenuation",),
    ),
    Caveat(
        key="contrast_unknown",
        told="The contrast phase is unknown: attenuation, NAMA and LAMA may not be comparable.",
        weakens=("attenuation",),
    ),
    Caveat(
        key="kvp_unusual",
        told="The tube voltage is not 100 to 130 kV: attenuation does not compare, and areas may "
        "differ by 5 % (Nutrition 2018;53:9).",
    ),
    Caveat(
        key="kvp_unknown",
        told="The tube voltage is unknown: attenuation may not be comparable.",
        weakens=("attenuation",),
    ),
    Caveat(
        key="slice_thickness_unusual",
        told="Slices are not 2 to 10 mm thick: noise or partial volume moves voxels across the "
        "HU limits.",
    ),
    Caveat(
        key="noisy_image",
        told="The image is noisy at {where}: voxels of muscle leave its HU window, so muscle is "
        "underestimated and NAMA, LAMA and intermuscular fat are unreliable.",
    ),
    Caveat(
        key="level_uncertain",
        told="The place of {where} is uncertain, and with it the body composition there.",
    ),
    Caveat(
        key="transitional_anatomy",
        told="The vertebrae may be numbered otherwise (transitional anatomy), and {where} may be "
        "one level off.",
    ),
    Caveat(
        key="arms_down",
        told="An arm lies beside the body at {where}: streaks and a cut field of view are likely.",
    ),
    Caveat(
        key="metal",
        told="There is metal at {where}: its streaks change HU around it.",
    ),
    Caveat(
        key="wall_cut",
        told="The field of view cuts the muscle wall at {where}: muscle and the fat around it are "
        "incomplete.",
    ),
    Caveat(
        key="subcutaneous_cut",
        told="The field of view cuts the body at {where}: subcutaneous fat, body area and "
        "circumference are incomplete.",
        weakens=("subcutaneous",),
    ),
)
CAVEAT = Registry("caveat", CAVEATS)
FLAG.known(*CAVEAT)
