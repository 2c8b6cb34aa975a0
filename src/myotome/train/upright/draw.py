"""Other bodies from the same scan: cropped, tilted, stretched, otherwise enhanced, noisy.

Everything is drawn from one generator, so the same seed and step give the same sample.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.nouns.space.volume import AIR_HU

Float32 = NDArray[np.float32]

_SHORT_PLANES = (10, 20)
_TILT_DEG = (4.0, 4.0, 10.0)  # about the axes i, j, k
_SIZE = 0.08
_SHIFT = (0.0, 2.0, 2.5)  # coarse voxels
_KNOTS_HU = (-120.0, 20.0, 80.0, 200.0)
_KNOT_HU, _OFFSET_HU, _NOISE_HU = 25.0, 20.0, 20.0
_BODY_HU = -300.0


def draw(hu: NDArray[np.number], rng: np.random.Generator) -> Float32:
    """One sample: a coarse view ``(k, j, i)`` in HU, at least 10 planes if the scan has them."""
    part = _cropped(hu, rng).astype(np.float32)
    part = _moved(part, rng)
    if rng.random() < 0.3:
        part = ndimage.uniform_filter1d(part, 2, axis=0, mode="nearest")
    return _toned(part, rng)


def _cropped(hu: NDArray[np.number], rng: np.random.Generator) -> NDArray[np.number]:
    planes = len(hu)
    short, long = _SHORT_PLANES
    wanted = rng.integers(short, long + 1) if rng.random() < 0.5 else rng.integers(short, 61)
    count = min(planes, int(wanted))
    start = int(rng.integers(0, planes - count + 1))
    return hu[start : start + count]


def _moved(hu: Float32, rng: np.random.Generator) -> Float32:
    """Tilted and turned a little, of another size, and not quite in the middle."""
    a, b, c = (np.deg2rad(rng.normal(0, spread)) for spread in _TILT_DEG)
    about_i = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    about_j = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    about_k = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    xyz = about_k @ about_j @ about_i
    matrix = xyz[::-1, ::-1] / np.exp(rng.normal(0, _SIZE, 3))[None]
    middle = (np.array(hu.shape) - 1) / 2
    offset = middle - matrix @ middle + rng.normal(0, 1, 3) * _SHIFT
    # planes that tilt out of the scan show its last one rather than air
    return np.asarray(
        ndimage.affine_transform(hu, matrix, offset, order=1, mode="nearest"), np.float32
    )


def _toned(hu: Float32, rng: np.random.Generator) -> Float32:
    """Tissues enhanced otherwise, all values off, and noise."""
    body = hu > _BODY_HU
    if rng.random() < 0.5:
        to = np.array(_KNOTS_HU) + rng.normal(0, _KNOT_HU, len(_KNOTS_HU))
        tissue = (hu > _KNOTS_HU[0]) & (hu < _KNOTS_HU[-1])
        hu = np.where(tissue, np.interp(hu, _KNOTS_HU, np.maximum.accumulate(to)), hu)
    hu = np.where(body, hu + rng.normal(0, _OFFSET_HU), hu)
    noisy = hu + rng.normal(0, rng.uniform(0, _NOISE_HU), hu.shape)
    return np.asarray(np.maximum(noisy, AIR_HU), dtype=np.float32)
