"""The CT of a training case: NIfTI, NRRD, or a folder, archive or file of DICOM."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myotome.errors import InputError
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.grid import Grid, reorder
from myotome.nouns.study.series import Instance, Series, Verdict
from myotome.read import nifti, nrrd
from myotome.read.assemble import assemble
from myotome.read.catalogue import catalogue
from myotome.read.choose import judge
from myotome.read.input.files import opened
from myotome.read.raw import to_int16
from myotome.read.values import hounsfield

LOWEST_HU, HIGHEST_HU = -1024, 3000
_FEWEST_SLICES = 2
_TOLD_SERIES = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scan:
    """A CT as it came: int16 HU ``(k, j, i)`` in canonical order, clipped to -1024..3000.

    ``upward`` is False if the file's own z index runs from head to foot; DICOM has no such
    index and counts from the lowest slice.
    """

    hu: NDArray[np.int16]
    grid: Grid
    upward: bool
    flags: tuple[Flag, ...] = ()

    def file_index(self, k: int) -> int:
        """The slice's index along the file's own z axis."""
        return k if self.upward else self.grid.shape[0] - 1 - k


def read_scan(path: Path | None) -> Scan:
    """The CT in ``path``, slices neither averaged nor interpolated.

    Refuses what the readers of :mod:`myotome.read` refuse, values that are no HU, and folders
    with several series that could be meant.
    """
    if path is None:
        raise InputError("there is no CT.", mend="Give one, or leave the case out.")
    if not path.exists():
        raise InputError("the CT does not exist.", mend="Check the path.")
    if path.is_file() and path.name.lower().endswith((".nii", ".nii.gz")):
        series = Series(
            key="CT",
            format="nifti",
            modality="CT",
            description="",
            instances=(Instance(path=path, sop_instance_uid="", frame=None,
                                position_mm=None, orientation=None),),
        )  # fmt: skip
        raw = nifti.load(series)
        return _scan(raw.hu, raw.grid, raw.flags)
    if path.is_file() and path.name.lower().endswith(".nrrd"):
        head = nrrd.read_head(path)
        grid = head.grid()
        values = nrrd.read_values(path, head)
        if values.ndim != 3 or not np.isfinite(values).all():
            raise InputError("the CT is not one volume of finite values.")
        return _scan(to_int16(values), grid, ())
    return _dicom(path)


def _scan(hu: NDArray[np.int16], grid: Grid, flags: tuple[Flag, ...]) -> Scan:
    hu = reorder(hu, grid)
    checked = hounsfield.check(hu, "the CT")
    return Scan(
        hu=np.ascontiguousarray(np.clip(hu, LOWEST_HU, HIGHEST_HU)),
        grid=grid.canonical(),
        upward=not grid.canonical_axes()[1][0],
        flags=(*flags, *checked),
    )


def _dicom(path: Path) -> Scan:
    with opened(path) as source:
        found = catalogue(source)
        stacks = [j for j in judge(found) if _is_stack(j.series)]
        fit = [j for j in stacks if j.verdict is not Verdict.REFUSED] or stacks
        if len(fit) != 1:
            keys = ", ".join(j.series.key for j in fit[:_TOLD_SERIES])
            raise InputError(
                f"{len(fit)} series could be the CT{f': {keys}' if fit else ''}.",
                why="The labels belong to one of them.",
                mend="Give a folder with the labelled series alone.",
            )
        volume = assemble(fit[0].series, thin_to_mm=0.0)
    hu = np.clip(volume.hu, LOWEST_HU, HIGHEST_HU)
    return Scan(hu=hu, grid=volume.grid, upward=True, flags=volume.flags)


def _is_stack(series: Series) -> bool:
    slices = series.header.slices
    many = len(series.instances) if slices is None else slices
    return many >= _FEWEST_SLICES and series.modality in ("CT", "")
