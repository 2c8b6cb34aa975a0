"""DICOM slices of one series into one even block, with every irregularity refused or named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GeometryError, InputError
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import AIR_HU
from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.series import Series
from myotome.read.bounded.room import require_room
from myotome.read.dicom.geometry import (
    SAME_PLACE_MM,
    Lineup,
    Spacing,
    line_up,
    orientation_spread,
    spacing,
)
from myotome.read.dicom.pixels import SliceError, decoded
from myotome.read.raw import PADDING, Raw, label
from myotome.read.values.planes import odd_slices
from myotome.tables.flags.every import FLAG, raised

_ORIENTATION_SPREAD = 0.02
_DRIFT_PIXELS = 0.5
"""In-plane shifts below half a pixel over the whole stack are rounding, not tilt."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Block:
    """Decoded slices in order: one per place, ``offsets_mm`` along the normal."""

    hu: NDArray[np.int16]
    offsets_mm: NDArray[np.float64]
    flags: tuple[Flag, ...]


def load(series: Series, *, allow_gaps: bool, threads: int) -> Raw:
    """Values and grid of a DICOM series; the third axis runs along the slice normal.

    Refuses (GeometryError) missing positions, mixed orientations, conflicting duplicates,
    slices shifted against each other and, without ``allow_gaps``, missing or unreadable
    slices. Uneven spacing is resampled linearly and flagged. A tilted stack keeps its shear
    in the grid, for :mod:`myotome.read.dicom.tilt` to remove.
    """
    name = label(series)
    series, unlike = _without_unlike(series, name, allow_gaps=allow_gaps)
    lineup = _lineup(series, name)
    block = _decode(series, lineup, name, allow_gaps=allow_gaps, threads=threads)
    even = spacing(block.offsets_mm)
    block, regridded = _evened(series, block, even, lineup, allow_gaps=allow_gaps)
    step = float(block.offsets_mm[-1] - block.offsets_mm[0]) / (len(block.offsets_mm) - 1)
    grid = _grid(series, lineup, block, step, name)
    flags = (*_lost_flags(series), *unlike, *block.flags)
    if series.header.repaired:
        text = "the files had no UIDs and were grouped by folder and geometry"
        flags = (raised(FLAG["uids_missing"], text), *flags)
    return Raw(hu=block.hu, grid=grid, flags=flags, regridded=regridded)


def _without_unlike(
    series: Series, name: str, *, allow_gaps: bool
) -> tuple[Series, tuple[Flag, ...]]:
    """The series without images that do not belong to it, refused unless gaps are allowed."""
    odd = [image for image in series.instances if image.unlike]
    if not odd:
        return series, ()
    where = ", ".join(f"z={i.position_mm[2]:.1f} mm" for i in odd[:5] if i.position_mm)
    at = f" ({where})" if where else ""
    text = f"{len(odd)} image(s) do not belong to the rest{at}: {odd[0].unlike}"
    if not allow_gaps:
        raise GeometryError(
            f"{name}: {text}.",
            why="Masses would be wrong.",
            mend="Re-send the series, or pass --allow-gaps to interpolate those slices.",
        )
    kept = tuple(image for image in series.instances if not image.unlike)
    return replace(series, instances=kept), (raised(FLAG["images_unlike"], text),)


def _lineup(series: Series, name: str) -> Lineup:
    lineup = line_up(series.instances)
    if lineup is None:
        raise GeometryError(
            f"{name}: positions or orientations are missing or make no sense.",
            why="Slice order and spacing cannot be known.",
            mend="Re-send the series from the PACS.",
        )
    if orientation_spread(series.instances) > _ORIENTATION_SPREAD:
        raise GeometryError(
            f"{name}: slices of different orientations are mixed.",
            mend="Separate them; the catalogue does so for whole folders.",
        )
    if lineup.extent_mm < SAME_PLACE_MM:
        raise GeometryError(
            f"{name}: all {len(series.instances)} slices lie at one place.",
            why="A single slice has no volume.",
            mend="Choose a series that covers the abdomen.",
        )
    return lineup


def _decode(series: Series, lineup: Lineup, name: str, *, allow_gaps: bool, threads: int) -> _Block:
    """Decode in order, drop identical repeats, refuse conflicting ones and unreadable slices."""
    ordered = [series.instances[n] for n in lineup.order]
    shape = _size(series.header, name)
    require_room(2.0 * len(ordered) * shape[0] * shape[1], name)
    hu = np.empty((len(ordered), *shape), dtype=np.int16)
    kept: list[float] = []
    lost: list[tuple[float, str]] = []
    copies = 0
    offsets = lineup.offsets_mm
    for offset, result in zip(offsets, decoded(ordered, threads), strict=True):
        if isinstance(result, SliceError) or result.shape != shape:
            why = str(result) if isinstance(result, SliceError) else "it has another size"
            lost.append((float(offset), why))
            continue
        if kept and offset - kept[-1] <= SAME_PLACE_MM:
            _require_copy(hu[len(kept) - 1], result, _z(lineup, float(offset)), name)
            copies += 1
            continue
        hu[len(kept)] = result
        kept.append(float(offset))
    if allow_gaps:
        kept = _without_odd(hu, kept, lost)
    flags = []
    if copies:
        flags.append(
            raised(FLAG["duplicates_dropped"], f"{copies} identical repeated slice(s) dropped")
        )
    if len(kept) < 2:
        raise InputError(
            f"{name}: of {len(ordered)} slices {len(kept)} can be decoded.",
            why=_first_reason(lost),
            mend="Send it again, or convert it to uncompressed DICOM.",
        )
    if lost:
        flags.append(_unreadable(lost, lineup, name, allow_gaps=allow_gaps))
    return _Block(hu=hu[: len(kept)], offsets_mm=np.asarray(kept), flags=tuple(flags))


def _without_odd(
    hu: NDArray[np.int16], kept: list[float], lost: list[tuple[float, str]]
) -> list[float]:
    """The places without slices whose values fit no neighbour; those are added to ``lost``."""
    wrong = odd_slices(hu[: len(kept)]).wrong
    lost += [(kept[k], why) for k, why in wrong.items()]
    stay = [k for k in range(len(kept)) if k not in wrong]
    hu[: len(stay)] = hu[stay]
    return [kept[k] for k in stay]


def _first_reason(lost: Sequence[tuple[float, str]]) -> str:
    return f"The first: {lost[0][1]}." if lost else ""


def _size(header: SeriesHeader, name: str) -> tuple[int, int]:
    rows, columns = header.rows or 0, header.columns or 0
    if rows < 1 or columns < 1:
        raise InputError(f"{name}: the image size is missing.")
    return rows, columns


def _z(lineup: Lineup, offset_mm: float) -> float:
    """LPS z of the place ``offset_mm`` along the normal (of the first pixel)."""
    drift = np.interp(offset_mm, lineup.offsets_mm, lineup.drift_mm[:, 2])
    return float(lineup.origin_mm[2] + lineup.normal[2] * offset_mm + drift)


def _require_copy(
    first: NDArray[np.int16], second: NDArray[np.int16], z_mm: float, name: str
) -> None:
    if not np.array_equal(first, second):
        raise GeometryError(
            f"{name}: two different slices lie at z={z_mm:.1f} mm.",
            why="It cannot be told which belongs to the volume.",
            mend="Re-send the series, or remove the slices that do not belong to it.",
        )


def _unreadable(
    lost: Sequence[tuple[float, str]], lineup: Lineup, name: str, *, allow_gaps: bool
) -> Flag:
    where = ", ".join(f"z={_z(lineup, offset):.1f} mm" for offset, _ in lost[:5])
    text = f"{len(lost)} slice(s) cannot be read ({where}): {lost[0][1]}"
    if not allow_gaps:
        raise GeometryError(
            f"{name}: {text}.",
            why="Masses would be wrong.",
            mend="Re-send the series, or pass --allow-gaps to interpolate.",
        )
    return raised(FLAG["slices_unreadable"], text)


def _lost_flags(series: Series) -> tuple[Flag, ...]:
    lost = series.header.lost_slices
    if not lost:
        return ()
    text = f"{lost} file(s) of this series were refused; slices at its ends may be missing"
    return (raised(FLAG["files_lost"], text),)


def _evened(
    series: Series, block: _Block, even: Spacing, lineup: Lineup, *, allow_gaps: bool
) -> tuple[_Block, bool]:
    """The block on one even grid, and whether slices had to be interpolated for that."""
    if even.is_even:
        return block, False
    name = label(series)
    if even.gaps:
        text = "; ".join(
            f"{gap.missing} slice(s) missing between z={_z(lineup, gap.below_mm):.1f} "
            f"and {_z(lineup, gap.above_mm):.1f} mm"
            for gap in even.gaps[:5]
        )
        if not allow_gaps:
            raise GeometryError(
                f"{name}: {text}.",
                why="Masses would be wrong.",
                mend="Re-send the series, or pass --allow-gaps to interpolate.",
            )
        flag = raised(FLAG["gaps_interpolated"], f"{text}; interpolated")
    else:
        flag = _uneven(series, block, name, allow_gaps=allow_gaps)
    return replace(_resampled(block, even), flags=(*block.flags, flag)), True


def _uneven(series: Series, block: _Block, name: str, *, allow_gaps: bool) -> Flag:
    """Say that the spacing varies; refuse if files of the series were lost, as that is why."""
    steps = np.diff(block.offsets_mm)
    apart = f"slices are {steps.min():.2f} to {steps.max():.2f} mm apart"
    lost = series.header.lost_slices
    if lost and not allow_gaps:
        raise GeometryError(
            f"{name}: {lost} file(s) cannot be read and {apart}: slices are missing.",
            why="Masses would be wrong.",
            mend="Re-send the series, or pass --allow-gaps to interpolate.",
        )
    return raised(FLAG["spacing_resampled"], f"{apart}; resampled evenly")


def _resampled(block: _Block, even: Spacing) -> _Block:
    """Linear interpolation onto even places from the first to the last slice."""
    places = block.offsets_mm
    count = max(2, round(float(places[-1] - places[0]) / (even.step_mm or 1.0)) + 1)
    targets = np.linspace(places[0], places[-1], count)
    out = np.empty((count, *block.hu.shape[1:]), dtype=np.int16)
    for k, target in enumerate(targets):
        above = min(max(int(np.searchsorted(places, target)), 1), len(places) - 1)
        share = (target - places[above - 1]) / (places[above] - places[above - 1])
        out[k] = blended(block.hu[above - 1], block.hu[above], float(np.clip(share, 0, 1)))
    return replace(block, hu=out, offsets_mm=targets)


def blended(low: NDArray[np.int16], high: NDArray[np.int16], share: float) -> NDArray[np.int16]:
    """``low + share * (high - low)``; padding counts as air, and stays where both are padded."""
    if share < 0.02:
        return low
    if share > 0.98:
        return high
    below, above = low.astype(np.float32), high.astype(np.float32)
    below[low == PADDING] = AIR_HU
    above[high == PADDING] = AIR_HU
    mixed = np.rint(below + np.float32(share) * (above - below)).astype(np.int16)
    mixed[(low == PADDING) & (high == PADDING)] = PADDING
    return mixed


def _grid(series: Series, lineup: Lineup, block: _Block, step_mm: float, name: str) -> Grid:
    """The stack's affine; the third column carries the tilt, if there is one."""
    pixel = series.header.pixel_spacing_mm
    if pixel is None:
        raise GeometryError(f"{name}: the pixel spacing is missing.", mend="Re-send the series.")
    down, across = pixel
    first = block.offsets_mm[0]
    rates = lineup.drift_mm[-1] / lineup.extent_mm
    residual = lineup.drift_mm - np.outer(lineup.offsets_mm, rates)
    if float(np.abs(residual).max()) > _DRIFT_PIXELS * max(down, across):
        raise GeometryError(
            f"{name}: slices are shifted against each other by up to "
            f"{float(np.abs(residual).max()):.1f} mm.",
            why="They were not reconstructed around one centre.",
            mend="Choose another series.",
        )
    total = float(np.linalg.norm(lineup.drift_mm[-1]))
    tilted = total > _DRIFT_PIXELS * min(down, across)
    step = (lineup.normal + (rates if tilted else 0.0)) * step_mm
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = lineup.row * across, lineup.column * down, step
    matrix[:3, 3] = lineup.origin_mm + first * (lineup.normal + rates)
    return Grid.from_matrix(block.hu.shape, matrix)
