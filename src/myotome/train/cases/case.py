"""Labelled CTs for training: what is annotated where, on the muscle network's pixels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
from numpy.typing import NDArray

from myotome.errors import InputError, MyotomeError
from myotome.nets.inputs import PIXEL_MM, shrink_planes
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.grid import Grid, reorder
from myotome.segment.labels.label_table import read_table
from myotome.tables.anatomy.muscles import COMPARTMENTS, GROUPS, MUSCLES
from myotome.train.cases import checks
from myotome.train.cases.annotated import annotated_slices, ranges_of, tally_of
from myotome.train.cases.disputed import settled_labels
from myotome.train.cases.entry import CaseEntry, entry_of_folder
from myotome.train.cases.mapped import (
    NOT_ANNOTATED,
    Mapped,
    map_compartments,
    map_labels,
    map_organs,
)
from myotome.train.cases.scan import Scan, read_scan
from myotome.voxels.resample import resampling_matrix

_LPS_FROM_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrainingCase:
    """One labelled CT in canonical order at ``PIXEL_MM`` in-plane, slices as they came.

    ``hu`` float32, ``muscles`` (255: disputed) and ``compartments`` (255: not annotated) uint8,
    all ``(k, j, i)``. ``annotated`` is bool ``(k, group)``: whether that muscle group is complete
    on that slice; elsewhere a 0 means nothing. ``organs`` uint8 are TotalSegmentator's ids
    (0: unknown), used only to change contrast phases. ``name`` is the subject, for further CTs
    of one subject and for a synthetic case followed by ``~`` and which one. ``split`` is the
    manifest's, ``flags`` are the warnings of :mod:`~myotome.train.cases.checks`.
    """

    name: str
    hu: NDArray[np.float32]
    muscles: NDArray[np.uint8]
    compartments: NDArray[np.uint8]
    annotated: NDArray[np.bool_]
    organs: NDArray[np.uint8]
    dz_mm: float
    split: str = ""
    flags: tuple[Flag, ...] = ()

    @property
    def subject(self) -> str:
        """Whose CT this is; synthetic cases belong to the subject they were made from."""
        return self.name.split("~")[0]

    @property
    def usable_slices(self) -> NDArray[np.intp]:
        """Slices on which at least one group or compartment is annotated."""
        compartments = (self.compartments != 255).any(axis=(1, 2))
        return np.flatnonzero(self.annotated.any(axis=1) | compartments)

    @property
    def size(self) -> int:
        """How many slices there are to learn from."""
        return len(self.usable_slices)

    @property
    def labelled(self) -> frozenset[str]:
        """The muscles of groups that are annotated somewhere, and compartments if any are."""
        groups = {group.key for n, group in enumerate(GROUPS) if self.annotated[:, n].any()}
        rooms = COMPARTMENTS if (self.compartments != 255).any() else ()
        return frozenset(
            (*(m.key for m in MUSCLES if m.group in groups), *(room.key for room in rooms))
        )

    @property
    def picture(self) -> NDArray[np.float32]:
        """What shows that two cases are the same scan."""
        return self.hu

    def learnt(self) -> Iterable[bytes]:
        """The bytes by which two trainings are told apart."""
        yield self.name.encode()
        for array in (self.muscles, self.compartments, self.annotated):
            yield array.tobytes()


def load_case(folder: Path, pixel_mm: float = PIXEL_MM) -> TrainingCase:
    """The case in ``folder``: ct.nii.gz, muscles.nii.gz, slices.json, maybe compartments.

    Other formats and what else is known: :func:`~myotome.train.cases.entry.entry_of_folder`.
    Without slices.json only slices with both sides of a group count as annotated. Refuses as
    :func:`load_entry`.
    """
    return load_entry(entry_of_folder(folder), pixel_mm)


def load_entry(entry: CaseEntry, pixel_mm: float = PIXEL_MM) -> TrainingCase:
    """The case of one manifest line; its warnings are in ``flags``.

    Refuses (InputError, GridMismatchError, GeometryError), always naming the case: labels on
    another grid than the CT, unknown labels, empty labels, sides swapped, ranges outside the
    scan, and what the readers refuse.
    """
    try:
        return _load(entry, pixel_mm)
    except MyotomeError as error:
        what = f'case "{entry.name}": {error.what}'
        raise type(error)(what, why=error.why, mend=error.mend) from error


def _load(entry: CaseEntry, pixel_mm: float) -> TrainingCase:
    scan = read_scan(entry.ct)
    mapped = _mapped(entry, scan)
    ranges = ranges_of(entry)
    tally = tally_of(mapped.muscles)
    annotated = annotated_slices(ranges, mapped.groups, tally, scan)
    flags = checks.require(
        (
            *(flag for flag in scan.flags if flag.severity != "info"),
            *mapped.flags,
            *checks.empty_labels(mapped.muscles, mapped.compartments),
            *checks.ranges_outside(ranges, scan),
            *checks.swapped_sides(tally, scan),
            *checks.coverage(tally, mapped.compartments, annotated, scan),
            *checks.one_side_only(tally, annotated, scan),
        )
    )
    organs = np.zeros(scan.grid.shape, np.uint8)
    if entry.organs is not None:
        organs, _ = map_organs(entry.organs, entry.organ_ids, scan)
    dk, dj, di = scan.grid.spacing_mm
    return TrainingCase(
        name=entry.title,
        hu=shrink_planes(scan.hu, (dj, di), pixel_mm),
        muscles=_shrink_labels(
            settled_labels(mapped.muscles, entry.borders, scan), (dj, di), pixel_mm
        ),
        compartments=_shrink_labels(mapped.compartments, (dj, di), pixel_mm),
        annotated=annotated,
        organs=_shrink_labels(organs, (dj, di), pixel_mm),
        dz_mm=dk,
        split=entry.split,
        flags=flags,
    )


def _mapped(entry: CaseEntry, scan: Scan) -> Mapped:
    """The labels of a case, its compartments from a file of their own if there is one."""
    table = read_table(entry.label_table)
    if entry.labels is None and entry.compartments is None:
        raise InputError("there are neither labels nor compartments.")
    nothing = np.zeros(scan.grid.shape, np.uint8)
    mapped = Mapped(
        muscles=nothing,
        compartments=np.full_like(nothing, NOT_ANNOTATED),
        groups=frozenset(),
        flags=(),
    )
    if entry.labels is not None:
        mapped = map_labels(entry.labels, table, scan)
    if entry.compartments is None:
        return mapped
    other = map_compartments(entry.compartments, table, scan)
    return Mapped(
        muscles=mapped.muscles,
        compartments=other.compartments,
        groups=mapped.groups,
        flags=(*mapped.flags, *other.flags),
    )


def read_nifti(path: Path) -> tuple[NDArray[np.float32], Grid]:
    """Voxels in canonical order with their canonical grid."""
    image = nibabel.load(path)
    array = np.asarray(image.dataobj, dtype=np.float32).transpose(2, 1, 0)
    k, j, i = array.shape
    own = Grid.from_matrix((k, j, i), _LPS_FROM_RAS @ image.affine)
    return np.ascontiguousarray(reorder(array, own)), own.canonical()


def _shrink_labels(
    labels: NDArray[np.uint8], spacing_ji_mm: tuple[float, float], pixel_mm: float
) -> NDArray[np.uint8]:
    """In-plane majority vote onto ``pixel_mm`` pixels."""
    rows = resampling_matrix(labels.shape[1], spacing_ji_mm[0], pixel_mm)
    columns = resampling_matrix(labels.shape[2], spacing_ji_mm[1], pixel_mm).T
    out = np.zeros((labels.shape[0], rows.shape[0], columns.shape[1]), np.uint8)
    for k, plane in enumerate(labels):
        values = np.unique(plane)
        if len(values) == 1:
            out[k] = values[0]
            continue
        share = np.stack([rows @ (plane == v).astype(np.float32) @ columns for v in values])
        out[k] = values[share.argmax(axis=0)]
    return out
