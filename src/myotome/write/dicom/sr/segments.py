"""Which segment, and which frame of it, a measurement group of the report refers to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from myotome.nouns.study.result import StudyResult
from myotome.tables.codes.sr import NAMES
from myotome.tables.quantities.tissues import TISSUE
from myotome.write.dicom.seg import segment_of
from myotome.write.dicom.source import Source
from myotome.write.dicom.sr.items import Item, Items

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_LABELMAP = "LABELMAP"
_OFF_LEVEL = 0.51
"""A frame shows a level if it lies within this share of a step of it: half a slice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A segment that numbers can refer to, with the tracking id that it carries.

    ``own`` is False for a compartment that a tissue is only a part of.
    """

    own: bool
    seg: Dataset
    number: int
    tracking_id: str
    tracking_uid: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Segments:
    """The segments of all SEG objects, and the frames of each by their patient z."""

    source: Source
    segs: Sequence[Dataset]
    frames: dict[tuple[str, int], tuple[tuple[float, int], ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, source: Source, segs: Iterable[Dataset | None]) -> Segments:
        """Those of ``segs`` that there are."""
        known = [seg for seg in segs if seg is not None]
        return cls(source=source, segs=known, frames=_frames(known))

    def region(self, structure: str, side: str) -> Region | None:
        """The segment of one muscle, or the compartment that a tissue is counted in."""
        own = structure not in TISSUE
        key = f"{structure}_{side}" if own else TISSUE[structure].region
        for seg in self.segs:
            found = segment_of(seg, key)
            if found is not None:
                number, tracking_id, tracking_uid = found
                return Region(
                    own=own,
                    seg=seg,
                    number=number,
                    tracking_id=tracking_id,
                    tracking_uid=tracking_uid,
                )
        return None

    def whole(self, items: Items, region: Region) -> list[Item]:
        """The whole segment and the series it was made from (TID 1411)."""
        return [
            items.image(NAMES["segment"], _reference(region)),
            items.uid(NAMES["segment_series"], self.source.series_uid),
        ]

    def frame(self, items: Items, region: Region, z_mm: float) -> list[Item]:
        """A segment's frame at patient z and its image (TID 1410); none if either is missing."""
        own = self.frames.get((str(region.seg.SOPInstanceUID), region.number), ())
        best = min(own, key=lambda frame: _distance(frame[0], z_mm), default=None)
        reach = _OFF_LEVEL * self.source.grid.spacing_mm[0]
        image = None if best is None else self.source.nearest(best[0])
        if image is None or best is None or abs(best[0] - z_mm) > reach:
            return []
        reference = _reference(region)
        # a frame has one segment only, and the standard forbids naming it besides the frame
        del reference.ReferencedSegmentNumber
        reference.ReferencedFrameNumber = best[1]
        return [
            items.image(NAMES["segment_frame"], reference),
            items.image(NAMES["segment_image"], image.reference()),
        ]


def _reference(region: Region) -> Dataset:
    """Item that names a segment (PS3.3 table 10-3, C.17-3)."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID = region.seg.SOPClassUID
    item.ReferencedSOPInstanceUID = region.seg.SOPInstanceUID
    item.ReferencedSegmentNumber = region.number
    return item


def level_z_mm(result: StudyResult, level: str) -> float | None:
    """Patient z of the slice that a level was measured on; None for "slab" and unknown levels."""
    found = result.levels.get(level)
    return None if found is None else found.z_mm


def _distance(z_mm: float, wanted_mm: float) -> tuple[float, float]:
    """How far a frame lies off; of two equally near (thin slices) the lower comes first."""
    return round(abs(z_mm - wanted_mm), 3), z_mm


def _frames(segs: Iterable[Dataset]) -> dict[tuple[str, int], tuple[tuple[float, int], ...]]:
    """(patient z at the middle, frame number from 1) of every frame of every segment."""
    found: dict[tuple[str, int], list[tuple[float, int]]] = {}
    for seg in segs:
        shared = seg.SharedFunctionalGroupsSequence[0]
        to_middle = _to_middle_z_mm(seg, shared)
        numbers = [int(s.SegmentNumber) for s in seg.SegmentSequence]
        everywhere = seg.get("SegmentationType") == _LABELMAP
        for frame, groups in enumerate(seg.PerFrameFunctionalGroupsSequence, start=1):
            z_mm = float(groups.PlanePositionSequence[0].ImagePositionPatient[2]) + to_middle
            for number in numbers if everywhere else [_segment(groups, shared)]:
                found.setdefault((str(seg.SOPInstanceUID), number), []).append((z_mm, frame))
    return {key: tuple(frames) for key, frames in found.items()}


def _segment(groups: Any, shared: Any) -> int:
    own = groups if "SegmentIdentificationSequence" in groups else shared
    return int(own.SegmentIdentificationSequence[0].ReferencedSegmentNumber)


def _to_middle_z_mm(seg: Dataset, shared: Any) -> float:
    """How much higher the middle of an image lies than its first pixel."""
    orientation = np.array(
        shared.PlaneOrientationSequence[0].ImageOrientationPatient, dtype=np.float64
    )
    rows_mm, columns_mm = (float(v) for v in shared.PixelMeasuresSequence[0].PixelSpacing)
    across = orientation[2] * columns_mm * (int(seg.Columns) - 1) / 2
    return float(across + orientation[5] * rows_mm * (int(seg.Rows) - 1) / 2)
