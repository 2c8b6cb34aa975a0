"""Vertebral levels from top to bottom, with SNOMED codes where the DICOM standard gives one."""

from __future__ import annotations

from dataclasses import dataclass


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

BODY_HEIGHT_MM = (13.0, 40.0)
"""Heights of a body from T9 to L5 between its bony endplates (assumed: 14 to 38 mm were read on
twenty CTs, fractures included)."""

HEIGHT_RATIO = (0.72, 1.4)
"""The height of a body over that of the one below it (assumed; the same readings)."""
