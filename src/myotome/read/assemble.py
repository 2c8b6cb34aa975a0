"""One chosen series becomes one Volume: HU, canonical, rectangular, evenly spaced, not thin."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GeometryError
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.grid import Grid, reorder
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.series import Series
from myotome.read import nifti
from myotome.read.dicom import stack
from myotome.read.dicom.tilt import straighten
from myotome.read.field import field_of_view, without_padding
from myotome.read.quiet import quiet
from myotome.read.raw import Raw, label
from myotome.read.values import hounsfield, scale
from myotome.read.values.planes import odd_slices
from myotome.read.values.spikes import spikes
from myotome.read.values.stripes import striped
from myotome.tables.flags.every import FLAG, raised
from myotome.tables.series.header import HEADER_FIELDS, About

_UNKNOWN = SeriesHeader()
_NOT_ACQUISITION = {
    row.key: getattr(_UNKNOWN, row.key)
    for row in HEADER_FIELDS
    if row.about in (About.PERSON, About.VALUES)
}


def assemble(
    series: Series, *, allow_gaps: bool = False, thin_to_mm: float = 2.0, threads: int = 1
) -> Volume:
    """The Volume of ``series``: int16 HU in canonical order, LPS millimetres.

    ``allow_gaps`` interpolates missing or unreadable slices, which are otherwise refused, and
    flags them. Slices thinner than ``thin_to_mm`` are averaged in whole groups from the lowest
    slice up: slice ``n`` of the canonical thin grid is in slice ``n // m`` of the volume; up to
    ``m - 1`` uppermost slices are left out. ``source_grid`` is then the input's thin grid. If
    slices had to be interpolated (gaps, uneven spacing, tilt), it is the corrected grid before
    averaging, since labels on the input's own grid would not fit.

    More ``threads`` did not decode faster (133 slices: 0.7 s with one, 0.9 s with two).
    Refuses what :mod:`~myotome.read.dicom.stack`, :mod:`~myotome.read.nifti` and
    :mod:`~myotome.read.values.hounsfield` refuse, a wrong scale of values
    (:mod:`~myotome.read.values.scale`), slices whose values fit no neighbour
    (:mod:`~myotome.read.values.planes`), and slices in part noise
    (:mod:`~myotome.read.values.spikes`) or painted over (:mod:`~myotome.read.values.stripes`).
    """
    name = label(series)
    raw = _load(series, allow_gaps=allow_gaps, threads=threads)
    if raw.grid.shape[0] < 2 or min(raw.grid.canonical().shape) < 2:
        raise GeometryError(f"{name}: a single slice has no volume.", mend="Give a whole series.")
    hu, grid = reorder(raw.hu, raw.grid), raw.grid.canonical()
    flags = [*raw.flags, *hounsfield.check(hu, name)]
    hu_scale = scale.scale_of(hu, grid.spacing_mm[1:], series.header.kvp)
    flags += scale.judged(hu_scale, name)
    flags += _odd(hu, grid, name)
    fov = field_of_view(hu, grid.spacing_mm[1:])
    straight, rectangular, tilt_flags = straighten(hu, grid)
    corrected = raw.regridded or bool(tilt_flags)
    source_grid = rectangular if corrected else raw.grid
    hu = np.ascontiguousarray(straight)
    without_padding(hu)
    thickness = series.header.slice_thickness_mm
    hu, grid, thin_flags = thicken(hu, rectangular, thickness, thin_to_mm)
    return Volume(
        hu=hu,
        grid=grid,
        source_grid=source_grid,
        fov=fov,
        acquisition=acquisition(series.header),
        hu_scale=hu_scale,
        flags=(*flags, *tilt_flags, *thin_flags),
    )


def _load(series: Series, *, allow_gaps: bool, threads: int) -> Raw:
    with quiet():
        if series.format == "nifti":
            return nifti.load(series)
        return stack.load(series, allow_gaps=allow_gaps, threads=threads)


def _odd(hu: NDArray[np.int16], grid: Grid, name: str) -> tuple[Flag, ...]:
    """Flags for slices that are strange or spotted; refuses those that are wrong or noise."""
    found, spots = odd_slices(hu), spikes(hu)
    wrong = dict.fromkeys(spots.spoiled, "a part of it is noise, as of bytes lost on the way")
    wrong |= dict.fromkeys(striped(hu), "a part of it has one value where its neighbours show body")
    wrong |= found.wrong
    if wrong:
        raise GeometryError(
            f"{name}: {len(wrong)} slice(s) do not belong to the rest ({_where(wrong, grid)}): "
            f"{next(iter(wrong.values()))}.",
            why="Masses would be wrong.",
            mend="Re-send the series; of a DICOM series --allow-gaps interpolates those slices.",
        )
    told = []
    if found.strange:
        text = f"{len(found.strange)} slice(s) are unlike their neighbours"
        told.append(raised(FLAG["slices_strange"], f"{text} ({_where(found.strange, grid)})"))
    if spots.lone:
        text = f"{sum(spots.lone.values())} voxel(s) have values that those beside them exclude"
        told.append(raised(FLAG["voxels_lone"], f"{text} ({_where(spots.lone, grid)})"))
    return tuple(told)


def _where(slices: Iterable[int], grid: Grid) -> str:
    return ", ".join(f"z={grid.slice_z_mm(k):.1f} mm" for k in sorted(slices)[:5])


def thicken(
    hu: NDArray[np.int16], grid: Grid, thickness_mm: float | None, thin_to_mm: float
) -> tuple[NDArray[np.int16], Grid, tuple[Flag, ...]]:
    """Average whole groups of thin slices, lowest first, so that slabs reach ``thin_to_mm``.

    Thin are slices whose thickness (their spacing if unknown) is below ``thin_to_mm``; slices
    that are thin but far apart cannot be averaged and are only flagged.
    """
    step = grid.spacing_mm[0]
    own = thickness_mm if thickness_mm is not None and thickness_mm > 0 else step
    if own >= thin_to_mm - 0.01:
        return hu, grid, ()
    group = int(np.ceil((thin_to_mm - 0.01) / step))
    count = grid.shape[0] // group
    if group < 2 or count < 2:
        text = f"slices of {own:.2g} mm are thin and could not be averaged"
        return hu, grid, (raised(FLAG["thin_slices"], text),)
    out = np.empty((count, *grid.shape[1:]), dtype=np.int16)
    for k in range(count):
        part = hu[k * group : (k + 1) * group]
        out[k] = np.rint(part.sum(axis=0, dtype=np.int32) / group)
    matrix = grid.matrix
    matrix[:3, 3] += matrix[:3, 2] * (group - 1) / 2
    matrix[:3, 2] *= group
    text = f"slices of {own:.2g} mm averaged by {group} to {step * group:.3g} mm"
    thick = Grid.from_matrix((count, *grid.shape[1:]), matrix)
    return out, thick, (raised(FLAG["thin_averaged"], text),)


def acquisition(header: SeriesHeader) -> SeriesHeader:
    """The header's facts about the scan: nothing of the person, nothing of sampled values."""
    return replace(header, **_NOT_ACQUISITION)
