"""Where the lung ends and the vertebrae lie, in patient z (mm, DICOM's LPS: up is plus)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.given import NOTHING, Given, SetBy
from myotome.nouns.space.level_slice import LevelSlice


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One vertebra. ``None`` for what is not in the scan or was not found.

    ``mid_z_mm`` is the middle of the vertebral body; ``superior_z_mm``/``inferior_z_mm`` its
    endplates at mid-body. ``confidence`` is 0..1. ``centre_xy_mm`` is the body's LPS x, y.
    ``set_by`` says whose word its name and middle are.
    """

    name: str
    mid_z_mm: float | None
    superior_z_mm: float | None = None
    inferior_z_mm: float | None = None
    centre_xy_mm: tuple[float, float] | None = None
    confidence: float = 0.0
    set_by: SetBy = SetBy.PROGRAM


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How sure the program is of the vertebrae's names, before anybody set them.

    ``probability`` (0..1) is that of the names, ``one_higher`` and ``one_lower`` are those of
    their rivals: that every vertebra is really the one above (L3 is L2) or below. ``by_sacrum``
    and ``by_ribs`` tell by how many vertebrae the count from that anchor alone differs (0: it
    agrees, positive: lower; None: the anchor is not in view).
    """

    probability: float
    one_higher: float
    one_lower: float
    by_sacrum: int | None = None
    by_ribs: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Landmarks:
    """Lung base and vertebral levels found in one volume.

    ``lung_base_z_mm`` is the lower face of the lowest slice that shows aerated lung. ``levels`` is
    keyed by name ("T11" ... "L5", "S1") and holds only levels with at least one known z.
    ``contrast_image`` is "enhanced", "unenhanced" or "unknown", judged from the image.
    ``given`` is what a person set; it is in the levels and planes already. ``count`` is None
    where the program counted no vertebrae.
    """

    lung_base_z_mm: float | None
    lung_base_confidence: float
    levels: Mapping[str, Level] = field(default_factory=lambda: MappingProxyType({}))
    contrast_image: str = "unknown"
    contrast_evidence: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    flags: tuple[Flag, ...] = ()
    given: Given = NOTHING
    count: Count | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slab:
    """The measured slab: lung base (top) to inferior L5 endplate (bottom), patient z in mm.

    Both planes are defined in ``tables.anatomy.planes``; a slice that one cuts counts by its share
    (``voxels.slab_shares``). Where a landmark lies outside the scan the scan's edge is used and
    ``*_found`` is False. ``superior_reason``/``inferior_reason`` say why in that case. The edge of
    a scan is the outer face of its last slice, not that slice's centre. ``*_set_by`` says whether
    the plane is the program's or a person's. ``levels`` says which slice each vertebral level is
    measured and shown on, whether inside the slab or beyond it, or why none: decided once, by
    :mod:`myotome.locate.level_slices`; every output takes it from here.
    """

    superior_z_mm: float
    inferior_z_mm: float
    superior_found: bool
    inferior_found: bool
    superior_reason: str = ""
    inferior_reason: str = ""
    superior_set_by: SetBy = SetBy.PROGRAM
    inferior_set_by: SetBy = SetBy.PROGRAM
    levels: Mapping[str, LevelSlice] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def height_mm(self) -> float:
        """Height of the slab that lies inside the scan."""
        return self.superior_z_mm - self.inferior_z_mm

    @property
    def is_complete(self) -> bool:
        """True if both planes were found inside the scan."""
        return self.superior_found and self.inferior_found
