"""Deformed, re-coloured samples of a labelled body at 6 mm, and the body as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.locate.coarse import COARSE_MM, WINDOW_JI
from myotome.train.levels.subject import ANYTHING, SOURCE_MM, Subject, surface_of
from myotome.train.synthesis import paint as render

_FINE = 2  # samples are drawn at half the coarse voxel and averaged
_MOST_PLANES = 80
_HEAD_PLANES = (24, 48)

Sample = tuple[NDArray[np.int16], NDArray[np.uint8]]
"""HU and target codes, both ``(k, 48, 64)`` at 6 mm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warp:
    """One drawn deformation: output mm (from the centre) -> source mm (k, j, i)."""

    matrix: NDArray[np.float64]
    source_centre_mm: tuple[float, float, float]
    bend_mm: NDArray[np.float32]
    planes: int


def draw_warp(subject: Subject, rng: np.random.Generator) -> Warp:
    """Scale 0.8-1.25, rotation +-15 degrees, shear, smooth bending, a window along z."""
    scale = rng.uniform(0.85, 1.18) * np.exp(rng.normal(0, 0.06, 3))
    a, b, c = np.clip(rng.normal(0, np.deg2rad(6), 3), -0.26, 0.26)
    turn = np.eye(3) + np.array([[0, a, b], [-a, 0, c], [-b, -c, 0]])
    shear = np.eye(3) + rng.normal(0, 0.03, (3, 3)) * (1 - np.eye(3))
    matrix = (turn @ shear) / scale[None, :]
    length_mm = subject.fine.shape[0] * SOURCE_MM
    planes = min(_MOST_PLANES, int(length_mm * scale[0] / COARSE_MM))
    spare = max(0.0, length_mm - planes * COARSE_MM / scale[0])
    cj, ci = (SOURCE_MM * v for v in surface_of(subject).centre_ji)
    centre = (
        length_mm / 2 + spare * rng.uniform(-0.5, 0.5),
        cj + float(np.clip(rng.normal(0, 12), -30, 30)),
        ci + float(np.clip(rng.normal(0, 12), -30, 30)),
    )
    cells = (max(3, round(planes * COARSE_MM / 60)), 5, 6)
    amplitude = np.array([7.0, 6.0, 6.0]) * rng.uniform(0.2, 1.2)
    bend = rng.standard_normal((3, *cells)) * amplitude[:, None, None, None]
    return Warp(
        matrix=matrix,
        source_centre_mm=centre,
        bend_mm=bend.astype(np.float32),
        planes=planes,
    )


def source_indices(warp: Warp, per_voxel: int) -> tuple[NDArray[np.float32], ...]:
    """Fractional 2 mm indices (k, j, i) of every output voxel split ``per_voxel`` fold."""
    shape = tuple(per_voxel * n for n in (warp.planes, *WINDOW_JI))
    step = COARSE_MM / per_voxel
    axes = [
        ((np.arange(n) - (n - 1) / 2) * step)
        .astype(np.float32)
        .reshape([-1 if a == axis else 1 for a in range(3)])
        for axis, n in enumerate(shape)
    ]
    out = []
    for row in range(3):
        bend = ndimage.zoom(
            warp.bend_mm[row],
            [n / c for n, c in zip(shape, warp.bend_mm.shape[1:], strict=True)],
            order=1,
        )
        mm = bend + np.float32(warp.source_centre_mm[row])
        for axis in range(3):
            mm += np.float32(warp.matrix[row, axis]) * axes[axis]
        out.append(mm / np.float32(SOURCE_MM) - np.float32(0.5))
    return tuple(out)


def draw_sample(subject: Subject, rng: np.random.Generator) -> Sample:
    """One deformed, re-coloured sample of ``subject``."""
    return _sampled(subject, draw_warp(subject, rng), rng)


def plain_sample(subject: Subject) -> Sample:
    """``subject`` as it is, all of it; painted, always the same way, where it has no CT."""
    length_mm = subject.fine.shape[0] * SOURCE_MM
    cj, ci = (SOURCE_MM * v for v in surface_of(subject).centre_ji)
    warp = Warp(
        matrix=np.eye(3),
        source_centre_mm=(length_mm / 2, cj, ci),
        bend_mm=np.zeros((3, 3, 5, 6), np.float32),
        planes=max(1, int(length_mm / COARSE_MM)),
    )
    return _sampled(subject, warp, None)


def draw_head(rng: np.random.Generator) -> Sample:
    """A head, in which nothing is to be found."""
    planes = int(rng.integers(*_HEAD_PLANES))
    hu = render.scanner(render.head(rng, (planes, *WINDOW_JI)), rng)
    return hu.astype(np.int16), np.zeros(hu.shape, np.uint8)


def _sampled(subject: Subject, warp: Warp, rng: np.random.Generator | None) -> Sample:
    """``subject`` through ``warp``; without ``rng`` its colours stay."""
    k, j, i, inside = _clamped(source_indices(warp, 1), subject.fine.shape)
    target = subject.target[k, j, i]
    target[~inside] = ANYTHING
    k, j, i, _ = _clamped(source_indices(warp, _FINE), subject.fine.shape)
    hu = _coloured(subject, (k, j, i), rng)
    n = [s // _FINE for s in hu.shape]
    coarse = hu.reshape(n[0], _FINE, n[1], _FINE, n[2], _FINE).mean(axis=(1, 3, 5))
    if rng is not None:
        coarse = render.scanner(coarse, rng)
    return np.rint(coarse).astype(np.int16), target


def _coloured(
    subject: Subject,
    at: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    rng: np.random.Generator | None,
) -> NDArray[np.float32]:
    """HU of the voxels ``at``: of the CT in another contrast phase, or painted."""
    fine = subject.fine[at]
    if subject.hu is None:
        depth_mm = surface_of(subject).depth_mm
        depth = None if depth_mm is None else depth_mm[at]
        return render.paint(fine, depth, rng or np.random.default_rng(0))
    ct = subject.hu[at].astype(np.float32)
    if rng is None:
        return ct
    hu = render.recolour(ct, fine, rng)
    if rng.random() < 0.3:
        painted = render.paint(fine, None, rng)
        hu = np.where(np.isnan(painted), hu, painted)
    return hu


def _clamped(
    indices: tuple[NDArray[np.float32], ...], shape: tuple[int, ...]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[np.bool_]]:
    """Nearest integer indices kept in the source, and which of them were inside anyway."""
    inside = np.ones(indices[0].shape, bool)
    out = []
    for index, n in zip(indices, shape, strict=True):
        whole = np.rint(index).astype(np.int32)
        inside &= (whole >= 0) & (whole < n)
        out.append(np.clip(whole, 0, n - 1))
    return out[0], out[1], out[2], inside
