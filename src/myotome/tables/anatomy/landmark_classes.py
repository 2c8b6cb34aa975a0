"""What the coarse landmark network knows: one row per class, and the contrast judgements."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class CoarseClass:
    """One output channel of the coarse network. ``vertebra`` is its level's name, or ""."""

    value: int
    key: str
    words: str
    vertebra: str = ""


_VERTEBRAE = ("S1", "L5", "L4", "L3", "L2", "L1", "T12", "T11", "T10", "T9")

COARSE: tuple[CoarseClass, ...] = (
    CoarseClass(value=0, key="other", words="anything else"),
    CoarseClass(value=1, key="sacrum", words="sacrum below S1"),
    *(
        CoarseClass(value=2 + n, key=name, words=f"vertebra {name}", vertebra=name)
        for n, name in enumerate(_VERTEBRAE)
    ),
    CoarseClass(value=12, key="upper_spine", words="vertebrae from T8 upwards"),
    CoarseClass(value=13, key="rib_12", words="12th ribs"),
    CoarseClass(value=14, key="rib_11", words="11th ribs"),
    CoarseClass(value=15, key="rib", words="1st to 10th ribs"),
    CoarseClass(value=16, key="hip", words="hip bones"),
    CoarseClass(value=17, key="aorta", words="aorta"),
    CoarseClass(value=18, key="ivc", words="inferior vena cava"),
    CoarseClass(value=19, key="kidney", words="kidneys"),
    CoarseClass(value=20, key="liver", words="liver"),
    CoarseClass(value=21, key="spleen", words="spleen"),
    CoarseClass(value=22, key="lung", words="lungs"),
)
LANDMARK_CLASS = Registry("landmark class", COARSE)
KEYS = tuple(c.key for c in COARSE)

SPINE_UPWARDS = ("sacrum", *_VERTEBRAE, "upper_spine")
"""The classes along the spine, from the bottom up: their order is a law of the decoder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContrastRule:
    """Median HU of an organ from ``enhanced_hu`` up speaks for contrast, to ``plain_hu`` against.

    A ``decisive`` organ that enhances settles it; only decisive organs can say "unenhanced",
    because veins and spleen stay plain in an early arterial phase.
    """

    key: str
    plain_hu: float
    enhanced_hu: float
    decisive: bool
    source: str


CONTRAST: tuple[ContrastRule, ...] = (
    ContrastRule(
        key="aorta",
        plain_hu=70.0,
        enhanced_hu=95.0,
        decisive=True,
        source="assumed: unenhanced blood is 30-60 HU, portal venous aorta 120-180 HU",
    ),
    ContrastRule(
        key="kidney",
        plain_hu=45.0,
        enhanced_hu=90.0,
        decisive=True,
        source="assumed: unenhanced renal parenchyma is 20-45 HU, then above 100 HU",
    ),
    ContrastRule(
        key="ivc",
        plain_hu=65.0,
        enhanced_hu=95.0,
        decisive=False,
        source="assumed: unenhanced blood is 30-60 HU; stays low in the arterial phase",
    ),
    ContrastRule(
        key="spleen",
        plain_hu=65.0,
        enhanced_hu=85.0,
        decisive=False,
        source="assumed: unenhanced spleen is 40-60 HU, about 120 HU in the portal phase",
    ),
)

MINIMUM_ORGAN_ML = {"aorta": 4.0, "kidney": 10.0, "ivc": 4.0, "spleen": 10.0}
"""Less than this of an organ's core in view gives no vote (assumed)."""
