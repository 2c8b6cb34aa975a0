"""Train the coarse landmark network: ``python -m myotome.train.landmarks.pool {cache,pool,train}``.

Three steps that may run side by side: ``cache`` brings the subjects to 2 mm, ``pool`` draws
deformed, re-coloured samples at 6 mm, ``train`` learns from the pool (it may still grow).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.locate.coarse import COARSE_MM, WINDOW_JI
from myotome.train.landmarks.loop import say, train
from myotome.train.synthesis import paint as render
from myotome.train.synthesis.atlases import (
    ANYTHING,
    SOURCE_MM,
    Subject,
    load_spl,
    load_totalsegmentator,
)

SUBJECTS: tuple[tuple[str, float], ...] = (
    ("ts_example", 1.0),
    ("lidc_idri_0001", 0.8),
    ("spl_atlas", 1.0),
    ("totalsegmentator_s0327", 1.2),
    ("totalsegmentator_s0328", 1.0),
)
"""Folder name and share of the pool."""

_FINE = 2  # samples are drawn at half the coarse voxel and averaged
_MOST_PLANES = 80
_HEADS = 0.03

Sample = tuple[NDArray[Any], NDArray[np.uint8]]


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
    cj, ci = (SOURCE_MM * v for v in subject.centre_ji)
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
    """One deformed, re-coloured sample at 6 mm: HU int16 and target codes uint8."""
    warp = draw_warp(subject, rng)
    k, j, i, inside = _clamped(source_indices(warp, 1), subject.fine.shape)
    target = subject.target[k, j, i]
    target[~inside] = ANYTHING
    k, j, i, inside = _clamped(source_indices(warp, _FINE), subject.fine.shape)
    fine = subject.fine[k, j, i]
    if subject.hu is None:
        assert subject.depth_mm is not None  # noqa: S101 (one of the two is always there)
        hu = render.paint(fine, subject.depth_mm[k, j, i], rng)
    else:
        ct = subject.hu[k, j, i].astype(np.float32)
        hu = render.recolour(ct, fine, rng)
        if rng.random() < 0.3:
            painted = render.paint(fine, None, rng)
            hu = np.where(np.isnan(painted), hu, painted)
    n = [s // _FINE for s in hu.shape]
    coarse = hu.reshape(n[0], _FINE, n[1], _FINE, n[2], _FINE).mean(axis=(1, 3, 5))
    return np.rint(render.scanner(coarse, rng)).astype(np.int16), target


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


def make_cache(data: Path, folder: Path) -> None:
    """Write every subject at 2 mm to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, _ in SUBJECTS:
        case = data / "cases" / name
        where = case if case.is_dir() else data / "labels" / name
        subject = load_spl(where) if name == "spl_atlas" else load_totalsegmentator(where)
        arrays = {
            key: value
            for key in ("hu", "fine", "target", "depth_mm")
            if (value := getattr(subject, key)) is not None
        }
        np.savez_compressed(folder / f"{name}.npz", centre=subject.centre_ji, **arrays)
        say(f"{name}: {subject.fine.shape}, centre {subject.centre_ji}")


def read_cache(folder: Path, name: str) -> Subject:
    """One subject written by :func:`make_cache`."""
    with np.load(folder / f"{name}.npz") as held:
        centre = held["centre"]
        return Subject(
            name=name,
            hu=held.get("hu"),
            fine=held["fine"],
            target=held["target"],
            depth_mm=held.get("depth_mm"),
            centre_ji=(float(centre[0]), float(centre[1])),
        )


def make_pool(cache: Path, pool: Path, count: int, names: Sequence[str]) -> None:
    """Draw samples into ``pool`` until it holds ``count``; each from its own seed."""
    pool.mkdir(parents=True, exist_ok=True)
    subjects = [read_cache(cache, name) for name in names]
    shares = np.array([dict(SUBJECTS)[name] for name in names])
    for number in range(count):
        path = pool / f"{number:05d}.npz"
        if path.exists():
            continue
        rng = np.random.default_rng((7, number))
        if rng.random() < _HEADS:
            hu = render.scanner(render.head(rng, (int(rng.integers(24, 48)), *WINDOW_JI)), rng)
            sample: Sample = (hu.astype(np.int16), np.zeros(hu.shape, np.uint8))
        else:
            chosen = int(rng.choice(len(subjects), p=shares / shares.sum()))
            sample = draw_sample(subjects[chosen], rng)
        part = path.with_suffix(".part")
        with part.open("wb") as out:
            np.savez(out, hu=sample[0], target=sample[1])
        part.rename(path)
    say(f"pool of {count} is complete")


def main() -> None:
    """The three steps as one command line."""
    parser = argparse.ArgumentParser(
        prog="python -m myotome.train.landmarks.pool", description=__doc__
    )
    parser.add_argument("step", choices=("cache", "pool", "train"))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--pool", default="pool")
    parser.add_argument("--run", default="run")
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--leave-out", action="append", default=[])
    parser.add_argument("--start", type=Path, default=None)
    options = parser.parse_args()
    names = [name for name, _ in SUBJECTS if name not in options.leave_out]
    if options.step == "cache":
        make_cache(options.data, options.work / "cache")
    elif options.step == "pool":
        make_pool(options.work / "cache", options.work / options.pool, options.count, names)
    else:
        train(
            options.work / options.pool,
            options.work / options.run,
            options.minutes,
            options.threads,
            options.start,
        )


if __name__ == "__main__":
    main()
