"""DICOM Segmentation objects: binary and label-map, frames in any order and any subset.

The geometry is the object's own (pixel measures, plane orientation, plane positions). Source:
DICOM PS3.3 A.51 (Segmentation IOD), C.8.20 (Segmentation modules), C.7.6.16 (functional groups).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.encaps import generate_frames
from pydicom.pixels.utils import iter_pixels

from myotome.errors import GeometryError, InputError, MyotomeError, TooLargeError
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.label_map import Keep, LabelMap
from myotome.read.bounded.announced import announced
from myotome.read.bounded.codestream import stated_size
from myotome.read.labels.sheet import Sheet, canonical, require_size
from myotome.tables.anatomy.names import LEFT_WORDS, RIGHT_WORDS, SAYS_NOTHING, SIDE_CODES

_TOLERANCE_MM = 0.1
_MOST_SLICES = 20_000
_SIDES = ("left", "right")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where one frame lies, and the segment it shows (None: a label map shows them all)."""

    position_mm: tuple[float, float, float]
    orientation: tuple[float, ...]
    spacing_mm: tuple[float, float]
    between_mm: float | None
    thickness_mm: float | None
    segment: int | None


def read(dataset: Dataset, keep: Keep, ct: Grid | None) -> LabelMap:
    """The labels of a DICOM SEG; segments for which ``keep(name, number)`` is False are left out.

    ``ct`` helps only where the object does not tell the distance of its slices. Refuses
    fractional and slide segmentations, overlapping segments, and frames that lie on no common
    lattice.
    """
    kind = str(dataset.get("SegmentationType", ""))
    if kind not in ("BINARY", "LABELMAP"):
        raise InputError(
            f'the DICOM segmentation is "{kind.lower()}".', mend="Save it as a binary one."
        )
    frames = _frames(dataset)
    try:
        size = announced(dataset)
    except InputError as error:
        raise type(error)(f"the DICOM segmentation cannot be read: {error.what}.") from error
    rows, columns = size.rows, size.columns
    require_size((len(frames), rows, columns), "the DICOM segmentation")
    index, grid = _lattice(frames, (rows, columns), ct)
    require_size(grid.shape, "the DICOM segmentation")
    sheet = Sheet(grid.shape)
    names = _names(dataset)
    kept = {number for number, name in names.items() if keep(name, number)}
    for number in sorted(kept):
        sheet.name(names[number], number)
    for n, pixels in enumerate(_pixels(dataset, len(frames))):
        segment = frames[n].segment
        if kind == "LABELMAP":
            _paint_map(sheet, index[n], pixels, dataset, (names, kept))
        elif segment not in names:
            raise InputError(f"a frame shows the segment {segment}, which is not described.")
        elif segment in kept:
            sheet.paint(segment, index[n], pixels != 0)
    return canonical(sheet.labels, grid, "dicom_seg", sheet.names)


def _paint_map(
    sheet: Sheet,
    k: int,
    pixels: NDArray[Any],
    dataset: Dataset,
    segments: tuple[dict[int, str], set[int]],
) -> None:
    names, kept = segments
    padding = dataset.get("PixelPaddingValue")
    present = {int(v) for v in np.unique(pixels)} - {0}
    if isinstance(padding, int) and padding not in names:
        present.discard(padding)
    unknown = sorted(present - set(names))
    if unknown:
        told = ", ".join(map(str, unknown[:12]))
        raise InputError(f"the segmentation holds values without a segment: {told}.")
    for value in present & kept:
        sheet.paint(value, k, pixels == value)


def _pixels(dataset: Dataset, count: int) -> Iterator[NDArray[Any]]:
    """One frame after another. Packed bits are unpacked here: frames need not end on a byte."""
    try:
        syntax = dataset.file_meta.TransferSyntaxUID
        if syntax.is_encapsulated:
            _require_stated_sizes(dataset, count)
        if int(dataset.BitsAllocated) == 1 and not syntax.is_compressed:
            yield from _unpacked(dataset, count)
        else:
            yield from iter_pixels(dataset)
    except MyotomeError:
        raise
    except Exception as error:  # decoders raise what they like on damaged data
        raise InputError(
            "the pixels of the DICOM segmentation cannot be read.",
            why=f"{count} frames were announced.",
        ) from error


def _require_stated_sizes(dataset: Dataset, count: int) -> None:
    """Refuse compressed frames of another size than the header's, before a decoder sees them."""
    size = (dataset.Rows, dataset.Columns)
    for frame in generate_frames(dataset.PixelData, number_of_frames=count):
        if (stated_size(frame) or size) != size:
            raise TooLargeError("a frame of the DICOM segmentation has another size than it says.")


def _unpacked(dataset: Dataset, count: int) -> Iterator[NDArray[np.uint8]]:
    """Frames of native 1-bit pixels: the first pixel is the lowest bit (PS3.5, 8.1.1)."""
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    packed = np.frombuffer(dataset.PixelData, np.uint8)
    size = rows * columns
    for start in range(0, count * size, size):
        part = packed[start // 8 : (start + size + 7) // 8]
        bits = np.unpackbits(part, bitorder="little")[start % 8 : start % 8 + size]
        yield bits.reshape(rows, columns)


def _names(dataset: Dataset) -> dict[int, str]:
    """Segment number to name; a side that only the codes tell is added to the name."""
    out: dict[int, str] = {}
    for item in dataset.get("SegmentSequence", ()):
        number = int(item.get("SegmentNumber", 0))
        name = _name(item) or f"segment {number}"
        side = _side(item)
        if side and not (LEFT_WORDS | RIGHT_WORDS) & _words(name):
            name = f"{name} {side}"
        if number:  # 0 may describe the background of a label map
            out[number] = name
    return out


def _name(item: Dataset) -> str:
    """What the segment is called: its label, or if that says nothing its description or type."""
    label = str(item.get("SegmentLabel", "") or "").strip()
    types = item.get("SegmentedPropertyTypeCodeSequence", ())
    meanings = [str(code.get("CodeMeaning", "") or "").strip() for code in types]
    for text in (label, str(item.get("SegmentDescription", "") or "").strip(), *meanings):
        if not re.fullmatch(SAYS_NOTHING, " ".join(re.split(r"[\W_]+", text.lower())).strip()):
            return text
    return label


def _words(name: str) -> set[str]:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return set(re.split(r"[\W_]+", parted.lower()))


def _side(item: Dataset) -> str:
    """Tell "left" or "right" if a modifier code of the segment says so, else ""."""
    codes = [
        modifier
        for outer, inner in (
            ("SegmentedPropertyTypeCodeSequence", "SegmentedPropertyTypeModifierCodeSequence"),
            ("AnatomicRegionSequence", "AnatomicRegionModifierSequence"),
        )
        for code in item.get(outer, ())
        for modifier in code.get(inner, ())
    ]
    found = {_side_of(code) for code in codes} - {""}
    return found.pop() if len(found) == 1 else ""


def _side_of(code: Dataset) -> str:
    key = (str(code.get("CodingSchemeDesignator", "")), str(code.get("CodeValue", "")))
    meaning = str(code.get("CodeMeaning", "")).strip().lower()
    return meaning if meaning in _SIDES else SIDE_CODES.get(key, "")


def _frames(dataset: Dataset) -> list[_Frame]:
    shared = next(iter(dataset.get("SharedFunctionalGroupsSequence", ())), Dataset())
    groups = dataset.get("PerFrameFunctionalGroupsSequence", ())
    if not len(groups) or len(groups) != int(dataset.get("NumberOfFrames", 0) or 0):
        raise InputError("the DICOM segmentation does not describe its frames.")
    try:
        return [_frame(group, shared) for group in groups]
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        raise GeometryError(
            "the DICOM segmentation does not say where its frames lie.",
            why="Position, orientation or pixel size of a frame is missing.",
        ) from error


def _frame(group: Dataset, shared: Dataset) -> _Frame:
    def item(name: str) -> Any:
        return (group.get(name) or shared.get(name) or [Dataset()])[0]

    measures = item("PixelMeasuresSequence")
    spacing = [float(v) for v in measures.PixelSpacing]
    x, y, z = (float(v) for v in item("PlanePositionSequence").ImagePositionPatient)
    segment = item("SegmentIdentificationSequence").get("ReferencedSegmentNumber")
    return _Frame(
        position_mm=(x, y, z),
        orientation=tuple(
            float(v) for v in item("PlaneOrientationSequence").ImageOrientationPatient
        ),
        spacing_mm=(spacing[0], spacing[1]),
        between_mm=_positive(measures.get("SpacingBetweenSlices")),
        thickness_mm=_positive(measures.get("SliceThickness")),
        segment=None if segment is None else int(segment),
    )


def _positive(value: Any) -> float | None:
    number = None if value in (None, "") else abs(float(value))
    return number if number and np.isfinite(number) else None


def _lattice(
    frames: Sequence[_Frame], shape_ji: tuple[int, int], ct: Grid | None
) -> tuple[list[int], Grid]:
    """The slice of every frame, and the grid they share (which may have empty slices)."""
    first = frames[0]
    same = np.array([(*f.orientation, *f.spacing_mm) for f in frames])
    if same.shape[1] != 8 or np.abs(same - same[0]).max() > 1e-3:
        raise GeometryError("the frames differ in orientation or pixel size.")
    across, down = np.array(first.orientation[:3]), np.array(first.orientation[3:])
    normal = np.cross(across, down)
    positions = np.array([f.position_mm for f in frames])
    if not np.isfinite(positions).all() or abs(np.linalg.norm(normal) - 1) > 1e-3:
        raise GeometryError("the positions or orientation of the frames make no sense.")
    depth = positions @ normal
    step = _step(depth, first, normal, ct)
    index = np.rint((depth - depth.min()) / step).astype(int)
    if index.max() >= _MOST_SLICES:
        raise GeometryError("the frames lie too far apart for one stack.")
    origin = positions[int(np.argmin(depth))]
    last = int(np.argmax(depth))
    stride = (positions[last] - origin) / index[last] if index[last] else normal * step
    if np.abs(origin + index[:, None] * stride - positions).max() > _TOLERANCE_MM:
        raise GeometryError("the frames do not lie straight above each other.")
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1] = across * first.spacing_mm[1], down * first.spacing_mm[0]
    matrix[:3, 2], matrix[:3, 3] = stride, origin
    return index.tolist(), Grid.from_matrix((int(index.max()) + 1, *shape_ji), matrix)


def _step(
    depth: NDArray[np.float64], frame: _Frame, normal: NDArray[np.float64], ct: Grid | None
) -> float:
    """Distance of slices: as stated, as in the CT or as between neighbours; the first to fit.

    The CT's counts only if the frames are not thicker: frames of another, coarser series of
    the same scan would fall onto every few slices of the CT, as if those between were empty.
    """
    distinct = np.unique(np.round(depth, 3))
    steps = np.diff(distinct)
    smallest = float(steps[steps > _TOLERANCE_MM].min()) if (steps > _TOLERANCE_MM).any() else None
    of_ct = None if ct is None else float(np.abs(normal @ ct.matrix[:3, :3]).max())
    thickness = frame.thickness_mm
    if of_ct and thickness and abs(thickness - of_ct) > _TOLERANCE_MM:
        of_ct = None
    for step in (frame.between_mm, of_ct, smallest, thickness):
        if not step or step <= _TOLERANCE_MM:
            continue
        at = (distinct - distinct[0]) / step
        if np.abs(at - np.rint(at)).max() * step <= _TOLERANCE_MM:
            return step
    raise GeometryError(
        "the slices of the DICOM segmentation are not evenly spaced.",
        mend="Make it on a CT without gaps.",
    )
