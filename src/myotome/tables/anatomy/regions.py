"""What a scan may show instead of an abdomen, by plain measures of it; first match wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One measure of what a scan shows."""

    key: str
    unit: str
    words: str


MEASURES: tuple[Measure, ...] = (
    Measure(key="bone_ml", unit="ml", words="dense bone"),
    Measure(key="area_cm2", unit="cm2", words="the body's median cross-section"),
    Measure(key="lowest_lung_cm2", unit="cm2", words="lung on the lowest slices"),
    Measure(key="kidneys_ml", unit="ml", words="kidneys"),
    Measure(key="liver_ml", unit="ml", words="liver"),
    Measure(key="hips_ml", unit="ml", words="hip bones"),
    Measure(key="bodies", unit="of 11", words="certainty of the vertebral bodies"),
)
MEASURE = Registry("measure of a region", MEASURES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """What scans within all bounds show: at least ``least``, below ``below``, by measure.

    ``refused`` says that such a scan is refused even if vertebrae were named in it; the others
    only lend their words to a refusal.
    """

    key: str
    words: str
    source: str
    least: Mapping[str, float] = field(default_factory=dict)
    below: Mapping[str, float] = field(default_factory=dict)
    refused: bool = False


_SCANS = "342 parts of 20 abdominal CTs"

REGIONS: tuple[Region, ...] = (
    Region(
        key="air",
        words="nothing but air",
        source=f"assumed; {_SCANS} have cross-sections of 340 cm2 and more",
        below={"area_cm2": 20.0},
        refused=True,
    ),
    Region(
        key="object",
        words="an object without bones, such as a water phantom",
        source=f"assumed; {_SCANS} show 7 ml of bone above 250 HU and more, bottles none",
        below={"bone_ml": 1.0, "bodies": 5.0},
        refused=True,
    ),
    Region(
        key="chest",
        words="a chest that ends above the abdomen",
        source="parts of two CTs and of a rendered label map that end at T4 to T10 show 89 to "
        f"225 cm2 of lung on the lowest slices; of {_SCANS} those that reach T12 show 30 at most",
        least={"lowest_lung_cm2": 60.0},
        below={"kidneys_ml": 10.0},
        refused=True,
    ),
    Region(
        key="head",
        words="a head, a neck or limbs",
        source=f"assumed; {_SCANS} have cross-sections of 340 cm2 and more, a neck about 150",
        below={"area_cm2": 200.0, "kidneys_ml": 10.0, "liver_ml": 200.0},
        refused=True,
    ),
    Region(
        key="pelvis",
        words="a pelvis or thighs",
        source="pelves and thighs of three bodies: 77 to 460 ml of hip bone, vertebral bodies of "
        f"certainty 0 to 4.3; in {_SCANS} they are certain by 5.9 and more, or organs are there",
        least={"hips_ml": 70.0},
        below={"bodies": 5.0, "kidneys_ml": 10.0, "liver_ml": 200.0},
        refused=True,
    ),
    Region(
        key="elsewhere",
        words="a neck, shoulders or another part without abdominal organs",
        source="necks and shoulders of three bodies: certainty 0 to 4.8; the rest as for pelves",
        below={"bodies": 5.0, "kidneys_ml": 10.0, "liver_ml": 200.0},
        refused=True,
    ),
    Region(
        key="uncountable",
        words="a body whose vertebrae cannot be made out, or an object",
        source=f"drawn thighs and heads: certainty 1.4 to 3.2; {_SCANS} with organs: 5.0 and more",
        below={"bodies": 2.5},
        refused=True,
    ),
    Region(
        key="unknown",
        words="a part of the body without vertebrae of the abdomen",
        source="what is left over",
    ),
)
REGION = Registry("region", REGIONS)
