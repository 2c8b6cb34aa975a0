"""Labels as DICOM Segmentation objects (PS3.3 A.51), for viewers and archives.

Muscles lie on the slices of the source images, whatever their order or direction; where slices
were corrected (tilt, gaps) on the corrected grid, in the same frame of reference. One bit per
voxel and segment ("binary") is what OHIF, 3D Slicer and Weasis all show; "labelmap" is smaller
and newer, and not yet read by all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from myotome.errors import OutputError
from myotome.nouns.space.grid import Grid
from myotome.nouns.study.result import StudyResult
from myotome.tables.anatomy.muscles import COMPARTMENTS, MUSCLES
from myotome.tables.codes.anatomy import LEVEL, SIDE, STRUCTURE
from myotome.tables.outputs.colours import MAP_CLASSES
from myotome.tables.quantities.hu_windows import WINDOW
from myotome.voxels.planes import planes_on
from myotome.write.dicom.capture import instance_items
from myotome.write.dicom.carried import carry
from myotome.write.dicom.series import (
    NAME,
    NewSeries,
    algorithm,
    algorithm_type,
    code_item,
    coded,
    complete,
)
from myotome.write.dicom.source import Source, SourceImage, decimals
from myotome.write.dicom.uids import derived_uid

if TYPE_CHECKING:
    from highdicom.seg import Segmentation, SegmentDescription
    from pydicom.dataset import Dataset

Labels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How voxels are stored: DICOM's segmentation type, and whether the file is deflated."""

    kind: str
    deflated: bool = False


ENCODINGS: dict[str, Encoding] = {
    "binary": Encoding(kind="BINARY"),
    "deflated": Encoding(kind="BINARY", deflated=True),
    "labelmap": Encoding(kind="LABELMAP"),
}
"""Binary is read by every viewer; deflated is the same object, packed as a whole (PS3.5 A.5);
labelmap is RLE-compressed."""
_LOW, _HIGH = 0x0F, 0xF0
"""Bits of the codes in which compartments and classes of muscle quality share a volume."""
_OWN_PLACE_MM = 0.05
"""Frames take the images' own positions if these lie as evenly as this, else the grid's."""

_COMPARTMENT_COLOURS = {
    "abdominal_cavity": (204, 121, 167),
    "muscle_wall": (0, 158, 115),
    "subcutaneous": (230, 159, 0),
    "bone": (240, 240, 220),
    "lung": (86, 180, 233),
}
"""Okabe and Ito's palette, but for bone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    """What one segment shows, before it has a number."""

    key: str
    label: str
    structure: str
    side: str
    colour: tuple[int, int, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Frames:
    """Planes with something on them: ``ks`` are slices of the source's grid.

    ``pixels`` is uint8 ``(n, j, i)`` of segment numbers, or 0/1 ``(n, j, i, segment)`` where
    segments overlap.
    """

    ks: tuple[int, ...]
    pixels: Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class _Coded:
    """A segment whose voxels are those whose code is ``code`` in the given ``bits``."""

    segment: _Segment
    bits: int
    code: int


def muscle_seg(result: StudyResult, source: Source, *, encoding: str = "binary") -> Segmentation:
    """The muscles found, one segment each. Refuses (OutputError) a result without any.

    ``encoding`` is a key of ``ENCODINGS``.
    """
    if encoding not in ENCODINGS:
        known = ", ".join(ENCODINGS)
        raise OutputError(f'a DICOM segmentation cannot be "{encoding}".', mend=f"Use {known}.")
    frames = _frames(result.segmentation.labels, result.segmentation.grid, source)
    if not frames.ks:
        raise OutputError("no muscle was found, so there is no segmentation to write.")
    present = _present(frames.pixels)
    segments = [
        _Segment(key=m.key, label=m.words, structure=m.group, side=m.side, colour=m.colour)
        for m in MUSCLES
        if m.value in present
    ]
    frames = replace(frames, pixels=_renumbered(frames.pixels, present))
    return _Seg(result, source, "muscle_seg", encoding).made(segments, frames, "MUSCLES")


def composition_seg(result: StudyResult, source: Source) -> Segmentation | None:
    """Compartments and muscle quality on the slices of the vertebral levels.

    Segments overlap (the muscle wall holds its quality classes), so it is always binary. None if
    no level with labels is in view.
    """
    levels = labelled_slices(result)
    if not levels:
        return None
    rows, codes = _composition(result, tuple(levels.values()))
    frames = _frames(codes, result.segmentation.grid, source)
    masks = [frames.pixels & row.bits == row.code for row in rows]
    seen = [n for n, mask in enumerate(masks) if mask.any()]
    if not seen:
        return None
    pixels = np.stack([masks[n].view(np.uint8) for n in seen], axis=-1)
    segments = [rows[n].segment for n in seen]
    frames = _Frames(ks=frames.ks, pixels=pixels)
    made = _Seg(result, source, "composition_seg", "binary")
    return made.made(segments, frames, "COMPOSITION")


def labelled_slices(result: StudyResult) -> dict[str, int]:
    """The slice of each vertebral level that has labels on it."""
    labels, rooms = result.segmentation.labels, result.segmentation.compartments
    ks = {name: level.k for name in LEVEL if (level := result.levels.get(name)) is not None}
    return {
        name: k
        for name, k in ks.items()
        if k is not None and (labels[k].any() or (rooms is not None and rooms[k].any()))
    }


def segment_of(seg: Dataset, key: str) -> tuple[int, str, str] | None:
    """Number, tracking id and tracking UID of the segment of ``key``, None if there is none."""
    for item in seg.SegmentSequence:
        if item.get("TrackingID") == tracking_id(key):
            return int(item.SegmentNumber), str(item.TrackingID), str(item.TrackingUID)
    return None


def tracking_id(key: str) -> str:
    """How the segment of ``key`` ("psoas_left", "nama") is named across objects."""
    return f"{NAME} {key}"


def _composition(result: StudyResult, ks: Sequence[int]) -> tuple[list[_Coded], Labels]:
    """Every possible segment of the levels' slices, and all of them in one volume of codes.

    The low bits of a code are the compartment, the high ones the class of muscle quality.
    """
    segmentation, rows = result.segmentation, []
    kept = sorted(set(ks))
    codes = np.zeros(segmentation.grid.shape, dtype=np.uint8)
    if segmentation.compartments is not None:
        codes[kept] = segmentation.compartments[kept]
        for c in COMPARTMENTS:
            segment = _plain_segment(c.key, c.words, _COMPARTMENT_COLOURS[c.key])
            rows.append(_Coded(segment=segment, bits=_LOW, code=c.value))
    hu, muscle = result.volume.hu[kept], segmentation.labels[kept] > 0
    for number, row in enumerate(MAP_CLASSES, 1):
        window, code = WINDOW[row.window], number * (_LOW + 1)
        inside = muscle & (hu >= window.low_hu) & (hu <= window.high_hu)
        codes[kept] |= inside.view(np.uint8) * np.uint8(code)
        segment = _plain_segment(row.window, row.words, row.colour)
        rows.append(_Coded(segment=segment, bits=_HIGH, code=code))
    return rows, codes


def _plain_segment(key: str, words: str, colour: tuple[int, int, int]) -> _Segment:
    return _Segment(key=key, label=words, structure=key, side="", colour=colour)


def _frames(labels: Labels, grid: Grid, source: Source) -> _Frames:
    """``labels`` on the source's slices; only those that hold something."""
    ks, planes = [], []
    for k, plane in enumerate(planes_on(source.grid, labels, grid)):
        if plane.any():
            ks.append(k)
            planes.append(np.ascontiguousarray(plane))
    empty = np.zeros((0, *source.grid.shape[1:]), dtype=np.uint8)
    return _Frames(ks=tuple(ks), pixels=np.stack(planes) if planes else empty)


def _present(pixels: Labels) -> list[int]:
    """The labels that occur, in ascending order, without 0."""
    found = np.bincount(pixels[pixels > 0], minlength=1)
    return [int(value) for value in np.flatnonzero(found)]


def _renumbered(pixels: Labels, present: Sequence[int]) -> Labels:
    """Labels as the numbers of their segments, which run from 1 on without gaps."""
    wanted = [*range(1, len(present) + 1)]
    if wanted == [*present]:
        return pixels
    numbers = np.zeros(256, dtype=np.uint8)
    numbers[[*present]] = wanted
    return numbers[pixels]


class _Seg:
    """Makes one object; holds what all of its parts need."""

    def __init__(self, result: StudyResult, source: Source, key: str, encoding: str) -> None:
        self.result, self.source, self.encoding = result, source, ENCODINGS[encoding]
        self.new = NewSeries.of(source, key, result.provenance)

    def made(self, segments: Sequence[_Segment], frames: _Frames, label: str) -> Segmentation:
        """The finished object; ``label`` is its Content Label."""
        import highdicom
        from pydicom import uid

        grid, source = self.source.grid, self.source
        dk, dj, di = grid.spacing_mm
        places = self._places(frames.ks)
        columns = grid.direction
        seg = highdicom.seg.Segmentation(
            source_images=source.datasets(),
            pixel_array=frames.pixels,
            segmentation_type=self.encoding.kind,
            segment_descriptions=[self._described(n, s) for n, s in enumerate(segments, 1)],
            transfer_syntax_uid=(
                uid.RLELossless if self.encoding.kind == "LABELMAP" else uid.ExplicitVRLittleEndian
            ),
            pixel_measures=highdicom.PixelMeasuresSequence(
                pixel_spacing=decimals((dj, di)),
                slice_thickness=decimals((dk,))[0],
                spacing_between_slices=decimals((dk,))[0],
            ),
            plane_orientation=highdicom.PlaneOrientationSequence(
                "PATIENT", decimals((*columns[:, 0], *columns[:, 1]))
            ),
            plane_positions=[highdicom.PlanePositionSequence("PATIENT", place) for place in places],
            content_label=label,
            content_description=self._words(),
            omit_empty_frames=True,
            **self.new.arguments(),
        )
        # a source's own spacing may be absent or wrong; readers place frames by it
        shared = seg.SharedFunctionalGroupsSequence[0]
        shared.PixelMeasuresSequence = deepcopy(shared.PixelMeasuresSequence)
        shared.PixelMeasuresSequence[0].SpacingBetweenSlices = decimals((dk,))[0]
        self._refer(seg, dict(zip(map(_place_key, places), frames.ks, strict=True)))
        if self.encoding.deflated:
            seg.file_meta.TransferSyntaxUID = uid.DeflatedExplicitVRLittleEndian
        self._settle(seg)
        complete(seg, source, self.new)
        return seg

    def _settle(self, seg: Segmentation) -> None:
        """Our own name, UID and time in place of those of the library; and what was set by hand."""
        carry(seg, self.result.landmarks.given)
        seg.ContentCreatorName = f"{NAME}^"
        uid = derived_uid(self.new.series_uid, "dimensions")
        for row in (*seg.DimensionOrganizationSequence, *seg.DimensionIndexSequence):
            row.DimensionOrganizationUID = uid
        own = seg.ContributingEquipmentSequence[-1]  # the others are the source's
        setattr(own, "ContributionDateTime", self.new.moment.strftime("%Y%m%d%H%M%S.%f"))  # noqa: B010

    def _words(self) -> str:
        """Content Description: what a reader must know, within 64 characters."""
        if self.source.is_complete:
            return "On the source images; research use only"
        return "On slices corrected for tilt or gaps; research use only"

    def _described(self, number: int, segment: _Segment) -> SegmentDescription:
        from highdicom.color import CIELabColor
        from highdicom.seg import SegmentDescription

        row = STRUCTURE[segment.structure]
        made = SegmentDescription(
            segment_number=number,
            segment_label=segment.label,
            segmented_property_category=coded(row.category),
            segmented_property_type=coded(row.type),
            algorithm_type=algorithm_type(self.result),
            algorithm_identification=algorithm(self.result),
            tracking_uid=derived_uid(self.new.series_uid, "segment", str(number)),
            tracking_id=tracking_id(segment.key),
            anatomic_regions=[coded(row.region)],
            display_color=CIELabColor.from_rgb(*segment.colour),
        )
        if segment.side:
            side = code_item(SIDE[segment.side])
            made.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [
                side
            ]
        return made

    def _places(self, ks: Sequence[int]) -> list[list[float]]:
        """Image Position (Patient) of every frame: the image's own where they lie evenly."""
        grid = self.source.grid
        ours = grid.to_lps_mm([(k, 0, 0) for k in ks])
        theirs = [self.source.images[k] for k in ks]
        known = [image for image in theirs if image is not None]
        if len(known) == len(ks):
            given = np.asarray([image.position_mm for image in known])
            if np.abs(given - ours).max() <= _OWN_PLACE_MM:
                ours = given
        return [decimals(row) for row in ours]

    def _refer(self, seg: Segmentation, slices: Mapping[tuple[float, ...], int]) -> None:
        """Name the source image of every frame, and every image of the source."""
        for group in seg.PerFrameFunctionalGroupsSequence:
            if group.get("DerivationImageSequence"):
                continue
            place = _place_key(group.PlanePositionSequence[0].ImagePositionPatient)
            image = self.source.images[slices[place]]
            group.DerivationImageSequence = [_derivation(image)] if image else []
        named = {
            item.ReferencedSOPInstanceUID
            for item in seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence
        }
        rest = [i for i in self.source.everything if i.sop_instance_uid not in named]
        for item in instance_items(rest):
            seg.ReferencedSeriesSequence[0].ReferencedInstanceSequence.append(item)
            seg.SourceImageSequence.append(item)


def _place_key(position: Sequence[float]) -> tuple[float, ...]:
    return tuple(round(float(v), 4) for v in position)


def _derivation(image: SourceImage) -> Dataset:
    """Item of the Derivation Image Sequence: segmented from ``image`` (PS3.3 C.7.6.16.2.6)."""
    from pydicom.dataset import Dataset

    from myotome.tables.codes.report import SEGMENTATION, SOURCE_IMAGE

    source = image.reference()
    source.PurposeOfReferenceCodeSequence = [code_item(SOURCE_IMAGE)]
    source.SpatialLocationsPreserved = "YES"
    item = Dataset()
    item.SourceImageSequence = [source]
    item.DerivationCodeSequence = [code_item(SEGMENTATION)]
    return item
