"""One slice by itself: read as a Volume of one slice.

Where a whole series gives the step between slices, a single one only has its thickness. In the
plane everything is as exact as ever; nothing here pretends that there is a volume.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from myotome.errors import GeometryError, InputError
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.grid import Grid, reorder
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.pseudonym import PUBLIC_SALT
from myotome.nouns.study.series import Catalogue, FileEntry, Judged, Series
from myotome.read import assemble as whole
from myotome.read import nifti
from myotome.read.catalogue import catalogue
from myotome.read.choose import PICKED_SLICE_WAIVES, judge, pick
from myotome.read.dicom.geometry import line_up
from myotome.read.dicom.pixels import SliceError, decoded
from myotome.read.field import field_of_view, without_padding
from myotome.read.input.files import Source
from myotome.read.labels.sheet import require_size
from myotome.read.quiet import quiet
from myotome.read.raw import Raw, label
from myotome.read.values import hounsfield, scale
from myotome.tables.flags.every import FLAG, raised

ASSUMED_THICKNESS_MM = 5.0
"""Stands for an unknown thickness in the label file; no number depends on it."""

_UPRIGHT_DEG = 90.0


def listed(
    source: Source, *, threads: int = 2, salt: str = PUBLIC_SALT, join: bool = False
) -> tuple[Catalogue, tuple[Judged, ...]]:
    """Every series with its verdict, where one slice is enough.

    A NIfTI file of two axes is one slice; one whose only slice stands upright (sagittal,
    coronal) is said to be 90 degrees off the body axis, where as a stack it would seem axial.
    """
    found = catalogue(source, threads=threads, salt=salt, join=join)
    found = replace(found, series=tuple(_described(series) for series in found.series))
    return found, judge(found, waived=PICKED_SLICE_WAIVES)


def only_series(
    judged: Sequence[Judged], named: str | None, files: Sequence[FileEntry] = ()
) -> Judged:
    """The series that is meant: the one ``named``, or the only one that may be measured.

    Refuses several, since a slice of one of them says nothing of the others, and what
    :func:`myotome.read.choose.pick` refuses.
    """
    usable = [j.series.key for j in judged if j.rank is not None]
    if named is None and len(usable) > 1:
        raise InputError(
            f"{len(usable)} series could be meant: {', '.join(usable[:8])}.",
            mend="Give the file of the slice alone, or name its series with --series.",
        )
    (one,) = pick(judged, series=named, files=files)
    return one


def _described(series: Series) -> Series:
    if series.format != "nifti":
        return series
    header = series.header
    if header.dimensions == 2:
        path = series.instances[0].path
        header = nifti.header(_flat(nifti.read_head(path)), path)
    if 1 in (header.rows, header.columns):
        header = replace(header, obliquity_deg=_UPRIGHT_DEG, field_mm=None, slices=1)
    return replace(series, header=header)


def _flat(head: nifti.Head) -> nifti.Head:
    return replace(head, shape=(*head.shape, 1)) if len(head.shape) == 2 else head


def assemble(series: Series, *, allow_gaps: bool = False, thin_to_mm: float = 2.0) -> Volume:
    """Like :func:`myotome.read.assemble.assemble`, for a series of one slice too.

    Its step is its thickness (DICOM) or the third voxel side (NIfTI). Refuses what cannot be
    decoded, has no place or pixel size, is no HU, or stands upright.
    """
    if series.header.slices != 1:
        return whole.assemble(series, allow_gaps=allow_gaps, thin_to_mm=thin_to_mm)
    name = label(series)
    with quiet():
        raw = _nifti(series, name) if series.format == "nifti" else _dicom(series, name)
    grid = raw.grid.canonical()
    if grid.shape[0] != 1:
        raise GeometryError(f"{name}: the slice is not axial.", mend="Give an axial slice.")
    hu = np.array(reorder(raw.hu, raw.grid), dtype=np.int16, order="C")
    flags = [*raw.flags, *hounsfield.check(hu, name)]
    hu_scale = scale.scale_of(hu, grid.spacing_mm[1:], series.header.kvp)
    flags += scale.judged(hu_scale, name)
    # the reconstruction circle is what stays the same in every slice, so one counts as several
    fov = field_of_view(np.repeat(hu, 3, axis=0), grid.spacing_mm[1:])
    without_padding(hu)
    *_, thin = whole.thicken(hu, grid, series.header.slice_thickness_mm, thin_to_mm)
    return Volume(
        hu=hu,
        grid=grid,
        source_grid=raw.grid,
        fov=fov,
        acquisition=whole.acquisition(series.header),
        hu_scale=hu_scale,
        flags=(*flags, *thin),
    )


def _nifti(series: Series, name: str) -> Raw:
    path = series.instances[0].path
    head = nifti.read_head(path)
    if len(head.shape) != 2:
        return nifti.load(series)
    head = _flat(head)
    require_size(head.shape, name)
    grid, flags = nifti._grid(head, head.shape, name)
    return Raw(hu=nifti._values(head, path, head.shape, name), grid=grid, flags=flags)


def _dicom(series: Series, name: str) -> Raw:
    lineup, pixel = line_up(series.instances), series.header.pixel_spacing_mm
    if lineup is None or pixel is None:
        raise GeometryError(
            f"{name}: position, orientation or pixel spacing is missing.",
            why="Areas cannot be measured.",
            mend="Re-send the image from the PACS.",
        )
    found = next(iter(decoded(series.instances[:1], 1)))
    if isinstance(found, SliceError):
        raise InputError(f"{name}: the image cannot be decoded.", why=f"{found}.")
    thickness, flags = _thickness_mm(series)
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1] = lineup.row * pixel[1], lineup.column * pixel[0]
    matrix[:3, 2], matrix[:3, 3] = lineup.normal * thickness, lineup.origin_mm
    return Raw(hu=found[None], grid=Grid.from_matrix((1, *found.shape), matrix), flags=flags)


def _thickness_mm(series: Series) -> tuple[float, tuple[Flag, ...]]:
    given = series.header.slice_thickness_mm
    if given is not None and given > 0:
        return given, ()
    text = (
        f"the slice's thickness is not given; {ASSUMED_THICKNESS_MM:g} mm stand for it in the "
        "label file, areas do not depend on it"
    )
    return ASSUMED_THICKNESS_MM, (raised(FLAG["thickness_unknown"], text),)
