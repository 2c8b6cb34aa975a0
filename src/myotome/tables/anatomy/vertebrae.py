"""Vertebral levels from top to bottom, with SNOMED codes where the DICOM standard gives one."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Vertebra:
    """One level; ``snomed`` as in DICOM CID 7603, None where not verified."""

    name: str
    snomed: str | None


VERTEBRAE: tuple[Vertebra, ...] = (
    Vertebra(name="T9", snomed=None),
    Vertebra(name="T10", snomed=None),
    Vertebra(name="T11", snomed=None),
    Vertebra(name="T12", snomed="23215003"),
    Vertebra(name="L1", snomed="66794005"),
    Vertebra(name="L2", snomed="14293000"),
    Vertebra(name="L3", snomed="36470004"),
    Vertebra(name="L4", snomed="11994002"),
    Vertebra(name="L5", snomed="49668003"),
    Vertebra(name="S1", snomed=None),
)
NAMES = tuple(v.name for v in VERTEBRAE)
REPORTED = NAMES[NAMES.index("T11") :]

COUNTED = ("T6", "T7", "T8", *NAMES)
"""What the counting network tells apart, from top to bottom; S1 stands for the whole sacrum."""

ENDPLATES = ("superior", "inferior", "centre")
RIBS = ("rib_left", "rib_right")
"""Its other channels: endplates and middles of bodies, and whether a body bears ribs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a number of a spine may be. ``words`` name it, ``source`` says where it is from."""

    key: str
    low: float
    high: float
    unit: str
    words: str
    source: str


_READ = "read on twenty CTs of adults, fractures and spondylosis included"

BOUNDS: tuple[Bound, ...] = (
    Bound(
        key="body_height",
        low=13.0,
        high=34.0,
        unit="mm",
        words="the height of a body between the middles of its endplates",
        source=f"{_READ}: 15.3 to 26.9 mm from T7 to L5. Cook and Baker, Int J Spine Surg 2021;"
        "15:1072-1081 (196 CTs): L5 30.3 (SD 1.9) mm in front, 26.3 (1.9) mm behind; the upper "
        "bound is their mean in front and 2 SD. The lower leaves room for a collapsed body",
    ),
    Bound(
        key="height_ratio",
        low=0.72,
        high=1.4,
        unit="1",
        words="the height of a body over that of the one below",
        source=f"{_READ}: 0.77 to 1.31",
    ),
    Bound(
        key="disc_height",
        low=1.0,
        high=18.0,
        unit="mm",
        words="the distance of neighbouring bodies",
        source=f"{_READ}: 2.7 to 16.0 mm",
    ),
    Bound(
        key="kidney_middle",
        low=-1.0,
        high=2.0,
        unit="vertebrae below L1",
        words="the middle of the kidneys",
        source=f"{_READ}: between the lower end of T12 and L2/L3. A kidney reaches from T12 to L3 "
        "(any textbook of anatomy); a pelvic or a sunken kidney lies lower",
    ),
)
BOUND = Registry("bound of a spine", BOUNDS)
