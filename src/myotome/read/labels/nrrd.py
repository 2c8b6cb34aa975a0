"""Label maps in NRRD files, plain or as 3D Slicer's ``.seg.nrrd`` with named segments.

Slicer stores segments that overlap in layers (a fourth axis), each segment as a value of one
layer, and crops the image; the origin in the header is that of the cropped image, so
``ReferenceImageExtentOffset`` is not needed. Source: Slicer developer guide, "Segmentation
labelmap file format (.seg.nrrd)".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myotome.errors import InputError
from myotome.nouns.space.label_map import Keep, LabelMap
from myotome.read import nrrd
from myotome.read.labels.sheet import Sheet, canonical, require_size, whole_numbers

_SEGMENT = re.compile(r"Segment(\d{1,5})_(Name|LabelValue|Layer)")
_REPRESENTATIONS = ("Segmentation_MasterRepresentation", "Segmentation_SourceRepresentation")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Segment:
    name: str
    value: int
    layer: int


def read(path: Path, keep: Keep) -> LabelMap:
    """The labels of a NRRD file; segments for which ``keep(name, value)`` is False are left out.

    Refuses overlapping segments by name, values without a segment, fractional segmentations,
    and what :mod:`myotome.read.nrrd` refuses.
    """
    head = nrrd.read_head(path)
    require_size(head.sizes, "the label map")
    segments = _segments(head.words)
    if segments and set(head.sizes) == {1}:
        raise InputError("the segmentation is empty.", why="It holds no voxel of any segment.")
    grid = head.grid()
    layers = _layers(nrrd.read_values(path, head), head)
    if not segments:
        if len(layers) > 1:
            raise InputError(f"the NRRD has {len(layers)} layers and no names of segments.")
        return canonical(whole_numbers(layers[0]), grid, "nrrd", {})
    for layer, plane in enumerate(layers):
        _require_named(plane, {s.value for s in segments if s.layer == layer})
    return _painted(layers, [s for s in segments if keep(s.name, s.value)], grid)


def _painted(layers: NDArray[Any], segments: Sequence[_Segment], grid: Any) -> LabelMap:
    """Values of a layer stay as they are, unless two layers use the same one."""
    sheet = Sheet(layers.shape[1:])
    own = len({s.value for s in segments}) == len(segments)
    for number, segment in enumerate(segments, start=1):
        value = segment.value if own else number
        sheet.name(segment.name, value)
        if segment.layer >= len(layers):
            raise InputError(f'segment "{segment.name}" is on a layer that is not there.')
        layer = layers[segment.layer]
        for k, plane in enumerate(layer):
            mask = plane == segment.value
            if mask.any():
                sheet.paint(value, k, mask)
    return canonical(sheet.labels, grid, "slicer", sheet.names)


def _segments(words: Mapping[str, str]) -> list[_Segment]:
    """The segments in the file's order; before Slicer 5 each was a layer of its own."""
    found: dict[int, dict[str, str]] = {}
    for key, text in words.items():
        match = _SEGMENT.fullmatch(key)
        if match:
            found.setdefault(int(match[1]), {})[match[2]] = text.strip()
    if found and any("fractional" in words.get(r, "").lower() for r in _REPRESENTATIONS):
        raise InputError(
            "the segmentation is fractional.", mend="Save its binary labelmap representation."
        )
    try:
        return [
            _Segment(
                name=facts.get("Name") or f"Segment{number}",
                value=int(facts.get("LabelValue", 1)),
                layer=int(facts.get("Layer", number)),
            )
            for number, facts in sorted(found.items())
        ]
    except ValueError as error:
        raise InputError("a segment's LabelValue or Layer is no whole number.") from error


def _layers(values: NDArray[Any], head: nrrd.NrrdHead) -> NDArray[Any]:
    """``(layer, k, j, i)`` in the file's own order of the three axes of space."""
    others = [n for n in range(len(head.sizes)) if n not in head.spatial]
    if len(others) > 1:
        raise InputError(f"the NRRD has {len(others)} axes that are not space.")
    if not others:
        return values[None]
    return np.moveaxis(values, values.ndim - 1 - others[0], 0)


def _require_named(layer: NDArray[Any], known: set[int]) -> None:
    unknown: set[int] = set()
    for plane in layer:
        unknown |= {int(v) for v in np.unique(whole_numbers(plane))} - known - {0}
    if unknown:
        told = ", ".join(map(str, sorted(unknown)[:12]))
        raise InputError(f"the segmentation holds values without a segment: {told}.")
