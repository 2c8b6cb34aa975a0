"""Tidying predicted labels: wrong sides, stray pieces, holes. Rules are rows, never guesses."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.segmentation import Segmentation
from myotome.segment.bumps import bumps
from myotome.tables.anatomy.cleanup import BY_GROUP, LEFT_ALONE, MIDLINE_GROUPS, TOLD_SHARE
from myotome.tables.anatomy.muscles import BY_VALUE, MUSCLE, MUSCLES
from myotome.tables.flags.every import FLAG, raised

Labels = NDArray[np.uint8]
Float = NDArray[np.float64]
_LABELS = max(BY_VALUE) + 1


def clean(segmentation: Segmentation) -> Segmentation:
    """Tidy every muscle by its row of ``tables.anatomy.cleanup`` and say what changed by over 5 %.

    In this order: pieces on the wrong side of the midline, small and surplus pieces, holes.
    Holes are filled per label, slice by slice, as Vu 2024 fills holes per label (it does not
    say whether in 2D or 3D), and never into another label. Label maps that a user brought are
    looked at and flagged, but left as they are. Of all of them sudden swellings are told.
    """
    box = _box(segmentation.labels)
    if box is None:
        return segmentation
    before = segmentation.labels[box].copy()
    pieces = _pieces(before)
    midline = _midline(before, segmentation.grid)
    fate, moved, dropped = _fates(pieces, midline, segmentation.grid)
    after = np.empty_like(before)
    for k, marks in enumerate(pieces.marks):
        after[k] = fate[marks]
    filled = _fill(after, segmentation.grid.pixel_cm2)
    kept = segmentation.backend in LEFT_ALONE
    told = _flags(np.bincount(before.ravel(), minlength=_LABELS), moved, dropped, filled, kept)
    flagged = replace(segmentation, flags=(*segmentation.flags, *told))
    if not kept and not np.array_equal(before, after):
        labels = segmentation.labels.copy()
        labels[box] = after
        flagged = replace(flagged, labels=labels)
    return replace(flagged, flags=(*flagged.flags, *bumps(flagged)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pieces:
    """Connected pieces of equal label: their marks in space, and what each piece is.

    Per piece (0 is the background): its label, voxels and centre ``(k, j, i)``.
    """

    marks: NDArray[np.uint32]
    label: Labels
    voxels: NDArray[np.int64]
    centre: Float


def _box(labels: Labels) -> tuple[slice, slice, slice] | None:
    """The smallest box that holds every label, None if there is none."""
    k = np.flatnonzero(labels.reshape(len(labels), -1).any(axis=1))
    if not len(k):
        return None
    flat = np.logical_or.reduce(labels[k[0] : k[-1] + 1], axis=0)
    k_box, j_box, i_box = (
        slice(int(at[0]), int(at[-1]) + 1)
        for at in (k, np.flatnonzero(flat.any(axis=1)), np.flatnonzero(flat.any(axis=0)))
    )
    return k_box, j_box, i_box


def _pieces(labels: Labels) -> _Pieces:
    import cc3d

    marks, count = cc3d.connected_components(labels, connectivity=26, return_N=True)
    stats = cc3d.statistics(marks)
    label = np.zeros(count + 1, np.uint8)
    for k, plane in enumerate(labels):  # all voxels of a piece agree, so any may write last
        label[marks[k]] = plane
    return _Pieces(
        marks=marks,
        label=label,
        voxels=stats["voxel_counts"].astype(np.int64),
        centre=np.nan_to_num(stats["centroids"].astype(np.float64)),
    )


def _midline(labels: Labels, grid: Grid) -> Float:
    """The midline's column (in the box) per slice of the box; NaN without paired muscles.

    The middle between the two sides of the first pair of ``MIDLINE_GROUPS`` on a slice,
    smoothed over its neighbourhood, so that it follows a scoliosis.
    """
    columns = np.arange(labels.shape[2])
    middle = np.full(labels.shape[0], np.nan)
    for at, plane in enumerate(labels):
        for group in MIDLINE_GROUPS:
            sides = [(plane == MUSCLE[f"{group}_{s}"].value).sum(axis=0) for s in ("left", "right")]
            if all(s.any() for s in sides):
                middle[at] = sum(float(s @ columns / s.sum()) for s in sides) / 2
                break
    known = np.flatnonzero(~np.isnan(middle))
    if not len(known):
        return middle
    every = np.interp(np.arange(len(middle)), known, middle[known])
    reach = max(1, round(30 / grid.spacing_mm[0]))
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(every, reach, mode="edge"), 2 * reach + 1
    )
    return np.asarray(np.median(windows, axis=1), dtype=np.float64)


def _fates(
    pieces: _Pieces, midline: Float, grid: Grid
) -> tuple[Labels, NDArray[np.int64], NDArray[np.int64]]:
    """(label to give each piece, voxels per label on the wrong side, voxels per label gone)."""
    fate = pieces.label.copy()
    moved, dropped = np.zeros(_LABELS, np.int64), np.zeros(_LABELS, np.int64)
    at = np.rint(pieces.centre[:, 0]).astype(int).clip(0, len(midline) - 1)
    left_mm = (pieces.centre[:, 2] - midline[at]) * grid.spacing_mm[2]
    for muscle in MUSCLES:
        tidy = BY_GROUP[muscle.group]
        beyond_mm = -left_mm if muscle.side == "left" else left_mm
        wrong = (pieces.label == muscle.value) & (beyond_mm > tidy.wrong_side_mm)
        wrong[0] = False
        other = MUSCLE[f"{muscle.group}_{'right' if muscle.side == 'left' else 'left'}"]
        fate[wrong] = other.value if tidy.relabel else 0
        moved[muscle.value] = pieces.voxels[wrong].sum()
    for muscle in MUSCLES:
        tidy = BY_GROUP[muscle.group]
        mine = np.flatnonzero(fate == muscle.value)
        mine = mine[np.argsort(-pieces.voxels[mine], kind="stable")]
        small = pieces.voxels[mine] * grid.voxel_ml < tidy.min_ml
        # The largest piece stays: a small muscle in a short view is still a muscle.
        small[: 1 if len(mine) else 0] = False
        surplus = np.arange(len(mine)) >= tidy.max_pieces
        gone = mine[small | surplus]
        fate[gone] = 0
        dropped[muscle.value] = pieces.voxels[gone].sum()
    return fate, moved, dropped


def _fill(labels: Labels, pixel_cm2: float) -> NDArray[np.int64]:
    """Fill holes of each label in each slice, in place; returns voxels filled per label."""
    import fill_voids

    filled = np.zeros(_LABELS, np.int64)
    for muscle in MUSCLES:
        of = labels == muscle.value
        most = BY_GROUP[muscle.group].max_hole_cm2 / pixel_cm2
        for plane in np.flatnonzero(of.any(axis=(1, 2))):
            mask = of[plane]
            rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            crop = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
            inside = fill_voids.fill(np.ascontiguousarray(mask[crop])).astype(bool) & ~mask[crop]
            if not inside.any():
                continue
            small = _holes_up_to(inside, most) & (labels[plane][crop] == 0)
            labels[plane][crop][small] = muscle.value
            filled[muscle.value] += int(small.sum())
    return filled


def _holes_up_to(holes: NDArray[np.bool_], most_pixels: float) -> NDArray[np.bool_]:
    """The holes of no more than ``most_pixels``: a ring around the belly is not a hole."""
    if holes.sum() <= most_pixels:
        return holes
    import cc3d

    marks = cc3d.connected_components(holes, connectivity=4)
    sizes = np.bincount(marks.ravel())
    return np.asarray(holes & (sizes <= most_pixels)[marks])


def _flags(
    before: NDArray[np.int64],
    moved: NDArray[np.int64],
    dropped: NDArray[np.int64],
    filled: NDArray[np.int64],
    kept: bool,
) -> list[Flag]:
    changes = (
        (FLAG["wrong_side"], moved, "on the wrong side of the midline"),
        (FLAG["stray_pieces"], dropped, "in small or surplus pieces"),
        (FLAG["holes_filled"], filled, "in holes"),
    )
    tail = "; the labels were left as they are." if kept else "; this was corrected."
    out = []
    for row, voxels, words in changes:
        shares = {
            m.words: voxels[m.value] / before[m.value]
            for m in MUSCLES
            if before[m.value] and voxels[m.value] > TOLD_SHARE * before[m.value]
        }
        if shares:
            listed = ", ".join(f"{name} {100 * share:.0f} %" for name, share in shares.items())
            message = f"More than 5 % of a muscle's voxels lay {words} ({listed}){tail}"
            out.append(raised(row, message))
    return out
