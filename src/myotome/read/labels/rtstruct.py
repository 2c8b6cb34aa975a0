"""RT Structure Sets: closed planar contours filled on the CT's grid.

A pixel belongs to a contour if its centre lies inside; contours of one structure on one slice
combine by even-odd, so an inner contour is a hole, drawn apart or by a keyhole. Structures whose
points are all centres of pixels were traced along their outermost pixels (OpenCV does that, and
TotalSegmentator with it); these pixels belong to them. Source: DICOM PS3.3 C.8.8.6 (ROI Contour
module); how to fill is left open there and is our choice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from myotome.errors import GridMismatchError, InputError
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.label_map import Keep, LabelMap
from myotome.read.labels.sheet import Sheet, canonical

_CLOSED = ("CLOSED_PLANAR", "CLOSEDPLANAR_XOR")
_DATA = 0x30060050
_OFF_SLICE = 0.25
"""How far a contour may lie from a slice, in slices (coordinates are stored rounded)."""
_MOST_CROSSINGS = 4_000_000
_BATCH_EDGES = 4096
_CORNERS = 3
_CENTRED = 0.03
"""How far from the centre of a pixel a point may be stored that stands for it, in pixels."""

Float = NDArray[np.float64]
Parity = NDArray[np.bool_]


def read(dataset: Dataset, keep: Keep, ct: Grid) -> LabelMap:
    """The structures of an RTSTRUCT on the canonical ``ct``, numbered from 1 in file order.

    Structures for which ``keep(name, value)`` is False and those without a closed contour (points,
    lines) are left out. Refuses contours that are not on a slice of the CT, and overlapping
    structures by name.
    """
    sheet = Sheet(ct.shape)
    lost = 0
    contours = {
        int(item.get("ReferencedROINumber", -1)): item.get("ContourSequence", ())
        for item in dataset.get("ROIContourSequence", ())
    }
    for value, roi in enumerate(dataset.get("StructureSetROISequence", ()), start=1):
        name = str(roi.get("ROIName", "")).strip() or f"structure {value}"
        closed = [
            c
            for c in contours.get(int(roi.get("ROINumber", -2)), ())
            if str(c.get("ContourGeometricType", "")) in _CLOSED
        ]
        if not closed or not keep(name, value):
            continue
        sheet.name(name, value)
        polygons, traced = _by_slice(closed, ct, name)
        for k, drawn in polygons.items():
            own = [p for p in drawn if traced or len(p) >= _CORNERS]
            lost += len(drawn) - len(own)
            if 0 <= k < ct.shape[0]:
                sheet.paint(value, k, _plane(own, ct.shape[1:], traced=traced))
            else:
                lost += len(own)
    if not any(contours.values()):
        raise InputError("the structure set holds no contours.")
    if lost and not sheet.labels.any():
        raise GridMismatchError(
            "the contours lie wholly outside the CT.", mend="Check that both belong together."
        )
    return canonical(sheet.labels, ct, "rtstruct", sheet.names, lost)


def _on_slices(contours: list[Dataset], ct: Grid, name: str) -> Iterator[tuple[int, Float]]:
    """Slice index and ``(n, 2)`` points as fractional (j, i) of each contour."""
    for contour in contours:
        points = ct.to_index(_points_mm(contour, name))
        k = float(np.median(points[:, 0]))
        off = np.abs(points[:, 0] - np.rint(k)).max()
        if off > _OFF_SLICE:
            raise GridMismatchError(
                f'a contour of "{name}" lies {off:.2g} slices beside the nearest slice of the CT.',
                why="It was drawn on another series, or across slices.",
                mend="Give the CT that the contours were drawn on.",
            )
        yield round(k), points[:, 1:]


def _points_mm(contour: Dataset, name: str) -> Float:
    """``(n, 3)`` LPS points; taken from the raw bytes, which is many times faster."""
    element: Any = contour.get_item(_DATA)
    value: Any = () if element is None else element.value
    try:
        if isinstance(value, bytes):
            numbers = np.array(value.rstrip(b" \0").split(b"\\"), dtype=np.float64)
        else:
            numbers = np.array([float(v) for v in value], dtype=np.float64)
        points = numbers.reshape(-1, 3)
    except (TypeError, ValueError) as error:
        raise InputError(f'a contour of "{name}" holds no list of points.') from error
    if not len(points) or not np.isfinite(points).all():
        raise InputError(f'a contour of "{name}" has no points or they are not finite.')
    return points


def _by_slice(contours: list[Dataset], ct: Grid, name: str) -> tuple[dict[int, list[Float]], bool]:
    """The polygons of each slice, and whether they were traced along pixels.

    They were if every point is the centre of a pixel: no hand draws that. Single pixels are then
    contours of one or two points, which otherwise enclose nothing and are a slip of the hand.
    """
    found: dict[int, list[Float]] = {}
    for k, points_ji in _on_slices(contours, ct, name):
        found.setdefault(k, []).append(points_ji)
    polygons = [p for own in found.values() for p in own]
    traced = all(np.abs(p - np.rint(p)).max() <= _CENTRED for p in polygons)
    sizes = [len(p) for p in polygons]
    if max(sizes) < _CORNERS:
        raise InputError(
            f'no contour of "{name}" has more than {max(sizes)} points.',
            why="They enclose nothing.",
            mend="Draw it again, or map it to ignore.",
        )
    return found, traced


def _plane(polygons: list[Float], shape_ji: tuple[int, ...], *, traced: bool) -> Parity:
    """The pixels of one structure on one slice."""
    plane = np.zeros(shape_ji, np.bool_)
    for points_ji in polygons:
        plane ^= filled(points_ji, shape_ji)
    if traced:
        for points_ji in polygons:
            j, i = _passed(np.rint(points_ji)).T
            inside = (j >= 0) & (i >= 0) & (j < shape_ji[0]) & (i < shape_ji[1])
            plane[j[inside], i[inside]] = True
    return plane


def _passed(points_ji: Float) -> NDArray[np.intp]:
    """The pixels that a closed polygon of whole numbers runs through."""
    after = np.roll(points_ji, -1, axis=0)
    steps = np.maximum(np.abs(after - points_ji).max(axis=1), 1)
    if steps.sum() > _MOST_CROSSINGS:
        raise InputError("a contour is longer than any outline of a muscle.")
    parts = [
        start + (end - start) * (np.arange(n) / n)[:, None]
        for start, end, n in zip(points_ji, after, steps, strict=True)
    ]
    pixels: NDArray[np.intp] = np.rint(np.concatenate(parts)).astype(np.intp)
    return pixels


def filled(points_ji: Float, shape_ji: tuple[int, ...]) -> Parity:
    """Pixels whose centres lie inside the closed polygon, by even-odd; (j, i) points.

    A centre on a left or upper edge is inside, on a right or lower one outside, so that
    polygons that share an edge share no pixel.
    """
    height, width = shape_ji
    crossings = np.zeros((height, width + 1), np.int32)
    y0, x0 = points_ji.T
    y1, x1 = np.roll(points_ji, -1, axis=0).T
    low = np.clip(np.ceil(np.minimum(y0, y1)), 0, height).astype(np.int64)
    high = np.clip(np.ceil(np.maximum(y0, y1)), 0, height).astype(np.int64)
    if (high - low).sum() > _MOST_CROSSINGS:
        raise InputError("a contour has more crossings than any outline of a muscle.")
    edges = np.flatnonzero(high > low)
    for start in range(0, len(edges), _BATCH_EDGES):
        own = edges[start : start + _BATCH_EDGES]
        count = high[own] - low[own]
        edge = np.repeat(own, count)
        row = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + low[edge]
        share = (row - y0[edge]) / (y1[edge] - y0[edge])
        x = x0[edge] + share * (x1[edge] - x0[edge])
        column = np.clip(np.ceil(x), 0, width).astype(np.int64)
        np.add.at(crossings, (row, column), 1)
    inside: Parity = np.cumsum(crossings[:, :width], axis=1) % 2 == 1
    return inside
