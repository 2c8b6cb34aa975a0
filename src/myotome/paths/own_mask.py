"""A mask that the user brings to a picked slice, of any format that can be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from myotome.errors import BackendError, InputError
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.read.labels.label_map import LabelMap as Found
from myotome.read.labels.label_map import Values
from myotome.read.one_slice import on_ct, read_mask
from myotome.segment.labels.imported import LabelMap, onto, translate
from myotome.segment.labels.mapping import mapping as read_mapping
from myotome.tables.anatomy.mappings import LabelMapping
from myotome.tables.anatomy.muscles import COMPARTMENTS, GROUPS, MUSCLE
from myotome.tables.flags.every import FLAG, raised

NAME = "labels"
COMPARTMENT_VALUES = "compartments"
"""The mapping of a mask that holds Myotome's compartments rather than muscles."""

_ROOMS = {c.key: c.value for c in COMPARTMENTS}
_NO_MUSCLES = "the user's mask holds compartments, not single muscles"


def mask_backend(path: Path, mapping: str | None) -> Callable[[Volume, Slab], Segmentation]:
    """A backend that takes its labels from the user's mask, without resampling.

    ``mapping`` names muscles by value, or is "compartments" (values of
    ``tables.anatomy.muscles.COMPARTMENTS``). Without it, segments called like muscles or
    compartments ("psoas left", "subcutaneous") are taken by their names, other masks by Myotome's
    own values. Refuses another grid, values without a meaning and a mask that is empty on the
    slice.
    """

    def segment(volume: Volume, slab: Slab) -> Segmentation:
        found = read_mask(path, volume.grid)
        values, lost = on_ct(found, volume.grid)
        _require_marks(values, volume.grid, slab)
        rooms = _as_compartments(values, found, mapping)
        if rooms is None:
            made = _as_muscles(values, found, mapping, volume)
        else:
            made = _with_compartments(rooms, volume.grid)
        return made if not lost else _flagged(made, lost)

    return segment


def names_of(found: Found, mapping: str | None) -> Mapping[int, str]:
    """What the values of a mask are called: by ``mapping``, by their segments, or by number."""
    if mapping == COMPARTMENT_VALUES:
        return {c.value: c.key for c in COMPARTMENTS}
    if mapping is not None:
        return read_mapping(mapping).muscles
    if found.names:
        return {value: name for name, value in found.names.items()}
    return {value: str(value) for value in found.values()}


def _require_marks(values: Values, grid: Grid, slab: Slab) -> None:
    z = (slab.superior_z_mm + slab.inferior_z_mm) / 2
    k = grid.nearest_k(z)
    if k is None or not values[k].any():
        raise InputError(
            f"the mask marks nothing on the picked slice (z={z:.1f} mm).",
            mend="Pick the slice that it was drawn on.",
        )


def _as_compartments(values: Values, found: Found, mapping: str | None) -> Values | None:
    """The compartments that the mask holds; None if it is not of compartments."""
    named = {v: _ROOMS[k] for n, v in found.names.items() if (k := _plain(n)) in _ROOMS}
    if mapping == COMPARTMENT_VALUES:
        named = named or {value: value for value in _ROOMS.values()}
    elif mapping is not None or not named:
        return None
    unknown = sorted({int(v) for v in np.unique(values)} - {0, *named})
    if unknown:
        raise BackendError(
            f"the mask holds values that are no compartment: {', '.join(map(str, unknown[:12]))}.",
            mend="Compartments are " + ", ".join(f"{v} {k}" for k, v in _ROOMS.items()) + ".",
        )
    table = np.zeros(max(named) + 1, np.uint8)
    table[list(named)] = list(named.values())
    return table[values].astype(np.uint16)


def _with_compartments(rooms: Values, grid: Grid) -> Segmentation:
    slices = np.flatnonzero(rooms.any(axis=(1, 2)))
    return Segmentation(
        labels=np.zeros(grid.shape, np.uint8),
        grid=grid,
        backend=NAME,
        k_range=(int(slices[0]), int(slices[-1]) + 1),
        compartments=rooms.astype(np.uint8),
        gaps=MappingProxyType({group.key: _NO_MUSCLES for group in GROUPS}),
    )


def _as_muscles(values: Values, found: Found, mapping: str | None, volume: Volume) -> Segmentation:
    rows = read_mapping(mapping)
    if mapping is None and (named := _named_muscles(found)):
        others = frozenset(found.names.values()) - set(named)
        rows = LabelMapping(name="names", muscles=named, others=others, source="segment names")
    labels = LabelMap(labels=translate(values, rows), grid=volume.grid)
    return onto(volume, labels, rows, name=NAME)


def _named_muscles(found: Found) -> dict[int, str]:
    return {v: k for n, v in found.names.items() if (k := _plain(n)) in MUSCLE}


def _plain(name: str) -> str:
    """A segment's name as a key: "Psoas left" and "left psoas" are psoas_left."""
    words = [word for word in re.split(r"[^a-z]+", name.lower()) if word]
    sides = [word for word in words if word in ("left", "right")]
    return "_".join([*(word for word in words if word not in sides), *sides])


def _flagged(made: Segmentation, lost: int) -> Segmentation:
    message = f"{lost} labelled voxels of the mask lie outside the CT and were left out."
    told = raised(FLAG["labels_outside"], message)
    return replace(made, flags=(*made.flags, told))
