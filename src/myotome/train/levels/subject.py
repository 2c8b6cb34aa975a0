"""Labelled bodies as the classes of the coarse network, on 2 mm voxels.

A target code below ``len(COARSE)`` is a class; the codes after it say "one of these classes"
(the maker did not tell them apart), the last one "not annotated here".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.errors import InputError, MyotomeError
from myotome.locate.coarse import COARSE_MM
from myotome.nouns.numbers.flag import Flag
from myotome.segment.labels.label_table import COMPARTMENT_VALUES, read_table
from myotome.tables.anatomy.landmark_classes import COARSE, KEYS, LANDMARK_CLASS
from myotome.train.cases.case import read_nifti
from myotome.train.cases.entry import SACRUM_WITH_S1_ID, SOME_RIB, UNKNOWN_ID, CaseEntry
from myotome.train.cases.mapped import map_compartments, map_organs
from myotome.train.cases.scan import read_scan
from myotome.voxels.resample import resampling_matrix

SOURCE_MM = 2.0
"""Voxel side of a subject."""

SHORTEST_K = 32
"""Planes of the shortest window that is learnt from."""

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

_LAST_ID = 117
_LUNG_IDS = (11, 10, 12, 13, 14)
_HIGHEST_VERTEBRA_ID = 50
_A_RIB_ID, _SACRUM_ID = 95, 25
_CLOSING_MM = 24.0
_MARGIN_MM = 60.0


def _vertebra_ids() -> NDArray[np.uint8]:
    """Counted from the whole sacrum (1) upwards: 2 is L5, 24 is C1; others are unknown."""
    out = np.zeros(256, np.uint8)
    out[2:] = np.minimum(np.arange(27, 281), _HIGHEST_VERTEBRA_ID)
    out[1] = SACRUM_WITH_S1_ID
    return out


def _fine_ids() -> NDArray[np.uint8]:
    """Every id as TotalSegmentator's nearest one; 0 where there is none."""
    out = np.zeros(256, np.uint8)
    out[: _LAST_ID + 1] = np.arange(_LAST_ID + 1)
    out[[SOME_RIB, SACRUM_WITH_S1_ID]] = _A_RIB_ID, _SACRUM_ID
    return out


_VERTEBRA_IDS, _FINE_IDS = _vertebra_ids(), _fine_ids()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject:
    """One labelled body, canonical order, ``SOURCE_MM`` voxels, all arrays ``(k, j, i)``.

    ``hu`` int16 is None where there is no CT. ``fine`` uint8 are TotalSegmentator's ids (0: no
    label), ``target`` uint8 the codes of this module. ``name``, ``split`` and ``flags`` as of
    :class:`~myotome.train.cases.case.TrainingCase`.
    """

    name: str
    split: str = ""
    hu: NDArray[np.int16] | None
    fine: NDArray[np.uint8]
    target: NDArray[np.uint8]
    flags: tuple[Flag, ...] = ()

    @property
    def subject(self) -> str:
        """Whose body this is."""
        return self.name.split("~")[0]

    @property
    def size(self) -> int:
        """How many windows of the shortest kind there are to learn from."""
        return max(1, round(len(self.fine) * SOURCE_MM / COARSE_MM / SHORTEST_K))

    @property
    def labelled(self) -> tuple[str, ...]:
        """Every class: a body without one of them does not show it."""
        return KEYS

    @property
    def picture(self) -> NDArray[Any]:
        """What shows that two cases are the same scan."""
        return self.fine if self.hu is None else self.hu

    def learnt(self) -> Iterable[bytes]:
        """The bytes by which two trainings are told apart."""
        yield from (self.name.encode(), self.fine.tobytes(), self.target.tobytes())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surface:
    """Where a body is: its middle ``(j, i)``, and how deep in it every voxel lies.

    ``depth_mm`` int8 ``(k, j, i)`` is the distance from its surface, positive inside; None
    where a CT shows it.
    """

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
    table[[SOME_RIB, SACRUM_WITH_S1_ID]] = ANY_RIB, SACRUM_WITH_S1
    return table


def load_subject(entry: CaseEntry) -> Subject:
    """The body of one manifest line: its organs and vertebrae, with its CT if there is one.

    Refuses (InputError, GridMismatchError, GeometryError), always naming the case: no map,
    maps on another grid than the CT, and what the readers refuse.
    """
    try:
        return _load(entry)
    except MyotomeError as error:
        what = f'case "{entry.name}": {error.what}'
        raise type(error)(what, why=error.why, mend=error.mend) from error


def _load(entry: CaseEntry) -> Subject:
    if entry.ct is None:
        path = entry.organs or entry.vertebrae
        if path is None:
            raise InputError("there is no map of organs or vertebrae.")
        array, grid = read_nifti(path)
        ids = array.astype(np.uint8)
        ids = _VERTEBRA_IDS[ids] if entry.organs is None else _known(ids)
        fine, target = _padded(*_fine_and_target(ids, grid.spacing_mm))
        return Subject(name=entry.title, split=entry.split, hu=None, fine=fine, target=target)
    scan = read_scan(entry.ct)
    ids = np.zeros(scan.grid.shape, np.uint8)
    if entry.organs is not None:
        own = None if entry.organ_ids is None else {**entry.organ_ids, **(entry.bone_ids or {})}
        ids, _ = map_organs(entry.organs, own, scan)
        ids = _known(ids) if own is None else ids
    if entry.compartments is not None and not np.isin(ids, _LUNG_IDS).any():
        lung = map_compartments(entry.compartments, read_table(entry.label_table), scan)
        ids[(lung.compartments == COMPARTMENT_VALUES["lung"]) & (ids == 0)] = _LUNG_IDS[0]
    if entry.vertebrae is not None:
        counted, _ = map_organs(entry.vertebrae, None, scan)
        ids = np.where(counted > 0, _VERTEBRA_IDS[counted], ids)
    fine, target = _fine_and_target(ids, scan.grid.spacing_mm)
    hu = _shrunk(scan.hu, scan.grid.spacing_mm)
    return Subject(
        name=entry.title,
        split=entry.split,
        hu=hu,
        fine=fine,
        target=target,
        flags=tuple(flag for flag in scan.flags if flag.severity != "info"),
    )


def _known(ids: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Ids as a map has them; what TotalSegmentator does not know is unknown."""
    return np.where(ids > _LAST_ID, UNKNOWN_ID, ids).astype(np.uint8)


def _fine_and_target(
    ids: NDArray[np.uint8], spacing_mm: tuple[float, ...]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """TotalSegmentator's ids and target codes at ``SOURCE_MM``.

    Slices without any label at the ends of the map were not looked at by its maker.
    """
    target = target_table()[ids]
    labelled = np.flatnonzero(ids.any(axis=(1, 2)))
    if not len(labelled):
        raise InputError("the map of organs and vertebrae is empty.", mend="Leave the case out.")
    target[: labelled[0]] = target[labelled[-1] + 1 :] = ANYTHING
    return _FINE_IDS[nearest(ids, spacing_mm)], nearest(target, spacing_mm)


def nearest(labels: NDArray[np.uint8], spacing_mm: tuple[float, ...]) -> NDArray[np.uint8]:
    """Labels at ``SOURCE_MM`` by nearest neighbour, from the same outer corner."""
    index = []
    for n, d in zip(labels.shape, spacing_mm, strict=True):
        centres = (np.arange(max(1, round(n * d / SOURCE_MM))) + 0.5) * SOURCE_MM / d - 0.5
        index.append(np.clip(np.rint(centres), 0, n - 1).astype(int))
    return np.ascontiguousarray(labels[np.ix_(*index)])


def _shrunk(hu: NDArray[np.int16], spacing_mm: tuple[float, ...]) -> NDArray[np.int16]:
    out = hu.astype(np.float32)
    for axis, d in enumerate(spacing_mm):
        matrix = resampling_matrix(hu.shape[axis], d, SOURCE_MM)
        out = np.moveaxis(np.tensordot(matrix, out, axes=(1, axis)), 0, axis)
    return np.rint(out).astype(np.int16)


def _padded(
    fine: NDArray[np.uint8], target: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Room in-plane for the body that is wrapped around the labels."""
    margin = round(_MARGIN_MM / SOURCE_MM)
    pad = ((0, 0), (margin, margin), (margin, margin))
    return np.pad(fine, pad), np.pad(target, pad)


@lru_cache(maxsize=32)
def surface_of(subject: Subject) -> Surface:
    """Where the body of ``subject`` is; slow (up to a minute) where there is no CT.

    Without a CT the body is the closing of its labels. Refuses (InputError) a CT of air.
    """
    if subject.hu is None:
        depth_mm = _depth_mm(subject.fine)
        body = (depth_mm > 0).mean(axis=0) > 0.5
    else:
        depth_mm = None
        body = ndimage.binary_opening(np.median(subject.hu[::8], axis=0) > -300, iterations=2)
    j, i = np.nonzero(body)
    if not len(j):
        raise InputError(f'case "{subject.name}": there is no body.', mend="Leave the case out.")
    centre = (float(j.min() + j.max()) / 2, float(i.min() + i.max()) / 2)
    return Surface(depth_mm=depth_mm, centre_ji=centre)


def _depth_mm(fine: NDArray[np.uint8]) -> NDArray[np.int8]:
    reach = _CLOSING_MM / SOURCE_MM
    grown = ndimage.distance_transform_edt(fine == 0) <= reach
    inside = ndimage.distance_transform_edt(grown) > reach
    depth = ndimage.distance_transform_edt(inside) - ndimage.distance_transform_edt(~inside)
    return np.clip(np.rint(depth * SOURCE_MM), -127, 127).astype(np.int8)
