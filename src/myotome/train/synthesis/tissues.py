"""What tissues look like in CT: measured means, textures, and random fields in millimetres.

The means were measured by the author on the real cases (median of voxels one pixel inside the
label, robust SD in brackets; ts_example unenhanced / spl_atlas arterial / lidc_idri_0001
arterial / ct_colonography_0518 unenhanced, at 1.5 mm pixels):

=================  ===============  ===============  ===============  ===============
tissue             ts_example       spl_atlas        lidc_idri_0001   colonography
=================  ===============  ===============  ===============  ===============
psoas              40 (12)          37 (8)           59 (15)          55 (18)
quadratus          25 (12)          31 (11)          55 (11)          53 (17)
erector spinae     20 (14)          23 (21)          41 (16)          47 (18)
gluteus medius     28 (14)          30 (11)          -                50 (22)
rectus             21 (30)          15 (18)          46 (16)          30 (20)
lateral            26 (15)          6 (23)           47 (16)          29 (28)
subcutaneous fat   -108 (10)        -101 (7)         -109 (9)         -106 (14)
visceral fat       -94 (14)         -92 (13)         -105 (12)        -
liver              47 (9)           51 (7)           74 (11)          -
spleen             35 (9)           47 (12)          178 (16)         -
kidney             16 (11)          65 (31)          213 (90)         -
aorta              42 (9)           215 (55)         402 (22)         -
cava               41 (9)           38 (13)          74 (33)          -
bowel              22 (16)          -9 (74)          60 (29)          -
vertebra           147 (70)         128 (108)        187 (143)        -
costal cartilage   106 (14)         -                -                -
lung               -796 (56)        -829 (52)        -874 (46)        -
=================  ===============  ===============  ===============  ===============

High-pass SD (a voxel minus its 5 x 5 mean) inside the liver, as a measure of noise: 5.5, 4.3,
7.8; inside the erector spinae 8.7, 10.3, 11.7, 16.7 (noise and fat between the fibres).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Float32 = NDArray[np.float32]
Bool = NDArray[np.bool_]
Rng = np.random.Generator

BONES = (*range(25, 51), *range(69, 79), *range(91, 117))
BOWEL = (6, 18, 19, 20)
LUNG = tuple(range(10, 15))
TRUNK_MUSCLES = tuple(range(80, 90))
PHASES = ("none", "arterial", "portal", "late")


@dataclass(frozen=True, slots=True, kw_only=True)
class Organ:
    """HU of some TotalSegmentator ids in the phases ``PHASES``, and how much it varies."""

    ids: tuple[int, ...]
    hu: tuple[float, float, float, float]
    sd_hu: float


ORGANS: tuple[Organ, ...] = (
    Organ(ids=(52, 53, 54, 55, 56, 57, 58, 65, 66), hu=(42, 330, 165, 115), sd_hu=40),
    Organ(ids=(51,), hu=(42, 250, 150, 110), sd_hu=30),
    Organ(ids=(59, 60, 61, 62, 63, 67, 68), hu=(40, 70, 140, 115), sd_hu=20),
    Organ(ids=(64,), hu=(42, 100, 170, 115), sd_hu=20),
    Organ(ids=(2, 3), hu=(30, 165, 190, 150), sd_hu=25),
    Organ(ids=(5,), hu=(52, 68, 108, 92), sd_hu=12),
    Organ(ids=(1,), hu=(46, 140, 118, 98), sd_hu=14),
    Organ(ids=(7, 17), hu=(36, 95, 92, 75), sd_hu=14),
    Organ(ids=(8, 9), hu=(20, 55, 65, 50), sd_hu=10),
    Organ(ids=(4, 21, 23, 24), hu=(8, 9, 10, 14), sd_hu=6),
    Organ(ids=(22,), hu=(38, 55, 80, 80), sd_hu=10),
    Organ(ids=BOWEL, hu=(28, 45, 60, 52), sd_hu=8),
    Organ(ids=(15,), hu=(32, 45, 55, 50), sd_hu=6),
)
"""Unenhanced and arterial means from the table above; portal and late ones are our choice
from common abdominal protocols."""


def field(rng: Rng, shape: tuple[int, ...], dz_mm: float, cell_mm: tuple[float, float]) -> Float32:
    """A unit-variance random field at 1.5 mm pixels, blobs ``cell_mm`` (along z, in plane)."""
    cells = (cell_mm[0] / dz_mm, cell_mm[1] / 1.5, cell_mm[1] / 1.5)
    coarse = tuple(
        max(3, int(np.ceil(n / max(c, 1.0))) + 2) for n, c in zip(shape, cells, strict=True)
    )
    out = rng.standard_normal(coarse).astype(np.float32)
    for axis, n in enumerate(shape):
        out = _stretched(out, axis, n)
    return out / max(float(out.std()), 1e-3)


def _stretched(array: Float32, axis: int, n: int) -> Float32:
    """Cubic B-spline interpolation of one axis to ``n`` samples: smooth, without overshoot."""
    m = array.shape[axis]
    at = np.linspace(1.0, m - 2.0, n) if m > 3 else np.linspace(0.5, m - 1.5, n)
    distance = np.abs(at[:, None] - np.arange(m)[None, :])
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.clip(2 - distance, 0, None) ** 3 / 6
    weight = np.where(distance < 1, near, far).astype(np.float32)
    weight /= weight.sum(axis=1, keepdims=True)
    return np.ascontiguousarray(np.moveaxis(np.tensordot(weight, array, axes=(1, axis)), 0, axis))


def sheets(
    rng: Rng, shape: tuple[int, ...], dz_mm: float, cell_mm: tuple[float, float], width: float
) -> Float32:
    """0..1: thin curved sheets (a field's zero level), like septa, strands and fat planes."""
    return np.clip(1.0 - np.abs(field(rng, shape, dz_mm, cell_mm)) / width, 0.0, 1.0)


def grain(rng: Rng, shape: tuple[int, ...], grain_px: float) -> Float32:
    """Unit-variance noise as filtered back-projection leaves it: ``f exp(-(f s)^2)`` in plane."""
    j = np.fft.fftfreq(shape[1])[:, None]
    i = np.fft.rfftfreq(shape[2])[None, :]
    f = np.hypot(j, i)
    gain = (f + 0.03) * np.exp(-((f * 2.2 * grain_px) ** 2))
    out = np.empty(shape, np.float32)
    for k in range(shape[0]):
        white = rng.standard_normal(shape[1:], dtype=np.float32)
        out[k] = np.fft.irfft2(np.fft.rfft2(white) * gain, s=shape[1:])
    return out / max(float(out.std()), 1e-6)


def blurred(mask: NDArray[np.generic], sigma_px: float) -> Float32:
    """In-plane Gaussian of a mask or image, ``(k, j, i)``."""
    return np.asarray(
        ndimage.gaussian_filter(mask.astype(np.float32), (0, sigma_px, sigma_px)), np.float32
    )


def organ_aims(rng: Rng, phase: str, strength: float) -> Float32:
    """(256,) mean HU of every organ id in a phase (NaN: no organ). ``strength`` 1 is typical."""
    aims = np.full(256, np.nan, np.float32)
    column = PHASES.index(phase)
    for organ in ORGANS:
        plain, bright = organ.hu[0], organ.hu[column]
        aims[list(organ.ids)] = (
            plain
            + (bright - plain) * strength
            + rng.normal(0, 0.3) * (organ.sd_hu if column else min(organ.sd_hu, 15))
        )
    return aims


def kidney_pattern(kidney: Bool, phase: str) -> Float32:
    """Share of the kidney's enhancement at each voxel: bright cortex first, even later."""
    if phase != "arterial" or not kidney.any():
        return np.ones(kidney.shape, np.float32)
    depth = np.zeros(kidney.shape, np.float32)
    for k in np.flatnonzero(kidney.any(axis=(1, 2))):
        depth[k] = ndimage.distance_transform_edt(kidney[k])
    return np.asarray(0.55 + 0.6 * np.clip(1.6 - depth / 3.5, 0.0, 1.0), dtype=np.float32)
