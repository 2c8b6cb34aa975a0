"""Label maps of several makers as the classes of the coarse network, on 2 mm voxels.

A target code below ``len(COARSE)`` is a class; the codes after it say "one of these classes"
(the maker did not tell them apart), the last one "not annotated here".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.tables.anatomy.landmark_classes import COARSE, LANDMARK_CLASS
from myotome.train.cases.case import read_nifti

SOURCE_MM = 2.0
"""Voxel side of a cached subject."""

SETS: tuple[tuple[str, ...], ...] = (
    ("sacrum", "S1"),
    ("rib_12", "rib_11", "rib"),
    tuple(c.key for c in COARSE),
)
"""The sets of classes behind the codes ``len(COARSE)`` and following."""

SACRUM_WITH_S1, ANY_RIB, ANYTHING = (len(COARSE) + n for n in range(len(SETS)))

_SPINE_IDS = dict(
    zip(("S1", "L5", "L4", "L3", "L2", "L1", "T12", "T11", "T10", "T9"), range(26, 36), strict=True)
)
"""TotalSegmentator's ids; the sacrum below S1 is 25, T8 to C1 are 36 to 50."""

_SPL_VERTEBRAE = {1: 25, **{n: 25 + n for n in range(2, 11)}}
_SPL_ORGANS = {1: 5, 2: 1, 3: 2, 4: 3, 7: 7, 8: 4, 9: 6, 10: 20, 11: 52, 12: 63, 13: 64, 15: 65}
_SPL_ORGANS |= {16: 67, 18: 88, 19: 89, 20: 80, 21: 81, 22: 84, 23: 85, 24: 95, 25: 77}
_SPL_NAMELESS_VERTEBRA, _SPL_LUNG = 27, 5
_LAST_ID = 117
_CLOSING_MM = 24.0
_MARGIN_MM = 60.0
_NO_HU = -2000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """One labelled body, canonical order, ``SOURCE_MM`` voxels, all arrays ``(k, j, i)``.

    ``hu`` int16 is None where there is no CT. ``fine`` uint8 are TotalSegmentator's ids (0: no
    label), ``target`` uint8 the codes of this module. ``depth_mm`` int8 is the distance from
    the surface of the labelled body (positive inside), only where there is no CT.
    """

    name: str
    hu: NDArray[np.int16] | None
    fine: NDArray[np.uint8]
    target: NDArray[np.uint8]
    depth_mm: NDArray[np.int8] | None
    centre_ji: tuple[float, float]


def target_table() -> NDArray[np.uint8]:
    """TotalSegmentator id -> target code; unknown ids are "not annotated"."""
    table = np.zeros(256, np.uint8)
    table[_LAST_ID + 1 :] = ANYTHING
    named: dict[str, Iterable[int]] = {
        "sacrum": (25,),
        "upper_spine": range(36, 51),
        "rib_12": (103, 115),
        "rib_11": (102, 114),
        "rib": (*range(92, 102), *range(104, 114)),
        "hip": (77, 78),
        "aorta": (52,),
        "ivc": (63,),
        "kidney": (2, 3),
        "liver": (5,),
        "spleen": (1,),
        "lung": range(10, 15),
        **{name: (value,) for name, value in _SPINE_IDS.items()},
    }
    for key, ids in named.items():
        table[list(ids)] = LANDMARK_CLASS[key].value
    table[[23, 24]] = ANYTHING  # kidney cysts: kidney or not, as one likes
    return table


def load_totalsegmentator(folder: Path) -> Subject:
    """A case with TotalSegmentator's labels, with its CT if there is one."""
    ct = folder / "ct.nii.gz"
    labels = folder / ("totalsegmentator_labels.nii.gz" if ct.is_file() else "labels.nii.gz")
    array, grid = read_nifti(labels)
    fine = nearest(array.astype(np.uint8), grid.spacing_mm)
    target = target_table()[fine]
    fine[fine > _LAST_ID] = 0
    if not ct.is_file():
        return _without_ct(folder.name, fine, target)
    hu = _shrunk(read_nifti(ct)[0], grid.spacing_mm)
    return _with_ct(folder.name, hu, fine, target)


def load_spl(folder: Path) -> Subject:
    """The SPL abdominal atlas: vertebrae, organs and lung of three label maps."""
    vertebrae, grid = read_nifti(folder / "vertebrae.nii.gz")
    organs = read_nifti(folder / "organs.nii.gz")[0].astype(int)
    lung = read_nifti(folder / "compartments.nii.gz")[0] == _SPL_LUNG
    fine = np.zeros(grid.shape, np.uint8)
    for value, own in _SPL_ORGANS.items():
        fine[organs == value] = own
    fine[lung & (fine == 0)] = 11
    for value, own in _SPL_VERTEBRAE.items():
        fine[vertebrae == value] = own
    target = target_table()[fine]
    target[fine == 25] = SACRUM_WITH_S1
    target[fine == 95] = ANY_RIB
    target[(organs == _SPL_NAMELESS_VERTEBRA) & (vertebrae == 0)] = ANYTHING
    target[[0, -1]] = ANYTHING  # the atlas leaves its first and last slice empty
    hu = _shrunk(read_nifti(folder / "ct.nii.gz")[0], grid.spacing_mm)
    return _with_ct(
        folder.name, hu, nearest(fine, grid.spacing_mm), nearest(target, grid.spacing_mm)
    )


def nearest(labels: NDArray[np.uint8], spacing_mm: tuple[float, ...]) -> NDArray[np.uint8]:
    """Labels at ``SOURCE_MM`` by nearest neighbour, from the same outer corner."""
    index = []
    for n, d in zip(labels.shape, spacing_mm, strict=True):
        centres = (np.arange(max(1, round(n * d / SOURCE_MM))) + 0.5) * SOURCE_MM / d - 0.5
        index.append(np.clip(np.rint(centres), 0, n - 1).astype(int))
    return np.ascontiguousarray(labels[np.ix_(*index)])


def _shrunk(hu: NDArray[np.float32], spacing_mm: tuple[float, ...]) -> NDArray[np.int16]:
    from myotome.voxels.resample import resampling_matrix

    out = np.clip(hu, -1024, 3000)
    for axis, d in enumerate(spacing_mm):
        matrix = resampling_matrix(hu.shape[axis], d, SOURCE_MM)
        out = np.moveaxis(np.tensordot(matrix, out, axes=(1, axis)), 0, axis)
    return np.rint(out).astype(np.int16)


def _with_ct(
    name: str, hu: NDArray[np.int16], fine: NDArray[np.uint8], target: NDArray[np.uint8]
) -> Subject:
    body = ndimage.binary_opening(np.median(hu[::8], axis=0) > -300, iterations=2)
    j, i = np.nonzero(body)
    centre = (float(j.min() + j.max()) / 2, float(i.min() + i.max()) / 2)
    return Subject(name=name, hu=hu, fine=fine, target=target, depth_mm=None, centre_ji=centre)


def _without_ct(name: str, fine: NDArray[np.uint8], target: NDArray[np.uint8]) -> Subject:
    """Pad in-plane, and wrap the labels in a body: their closing, with its signed distance."""
    margin = round(_MARGIN_MM / SOURCE_MM)
    pad = ((0, 0), (margin, margin), (margin, margin))
    fine, target = np.pad(fine, pad), np.pad(target, pad)
    reach = _CLOSING_MM / SOURCE_MM
    grown = ndimage.distance_transform_edt(fine == 0) <= reach
    inside = ndimage.distance_transform_edt(grown) > reach
    depth = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    depth_mm = np.clip(np.rint(depth * SOURCE_MM), -127, 127).astype(np.int8)
    j, i = np.nonzero((depth_mm > 0).mean(axis=0) > 0.5)
    centre = (float(j.min() + j.max()) / 2, float(i.min() + i.max()) / 2)
    return Subject(
        name=name, hu=None, fine=fine, target=target, depth_mm=depth_mm, centre_ji=centre
    )
