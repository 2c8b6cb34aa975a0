"""Readers and a network that do not exist: outlines of phantoms, disturbed by a known rule."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

_LABELS = range(1, 13)
_MARGIN = 8
_SMOOTH_PIXELS = 4.0
"""How far a wobble of an outline reaches."""


@dataclass(frozen=True, kw_only=True)
class Reader:
    """How one draws.

    Outlines are too wide by ``bias_mm``, scattered by ``sd_mm`` per slice and muscle and by as
    much along the outline; a muscle of a slice is forgotten with the chance ``forgets``.
    """

    name: str
    bias_mm: float
    sd_mm: float
    forgets: float = 0.0


READERS = (
    Reader(name="reader1", bias_mm=0.0, sd_mm=0.4),
    Reader(name="reader2", bias_mm=0.3, sd_mm=0.5),
    Reader(name="reader3", bias_mm=-0.3, sd_mm=0.4),
    Reader(name="reader4", bias_mm=0.1, sd_mm=0.8),
    Reader(name="reader5", bias_mm=0.5, sd_mm=0.6, forgets=0.01),
    Reader(name="reader6", bias_mm=-0.6, sd_mm=0.9, forgets=0.02),
)
"""Six, as the trainees of the paper."""
NETWORK = Reader(name="network", bias_mm=-0.2, sd_mm=1.2, forgets=0.02)


def draw(truth: Path, out: Path, reader: Reader, seed: int) -> None:
    """Write the outlines of ``reader`` of the label map ``truth`` (NIfTI)."""
    image = nibabel.load(truth)
    labels = np.asarray(image.dataobj, dtype=np.uint8)
    random = np.random.default_rng([seed, READERS.index(reader) if reader in READERS else 99])
    spacing = image.header.get_zooms()[:2]
    drawn = np.zeros_like(labels)
    for z in range(labels.shape[2]):
        drawn[..., z] = _slice(labels[..., z], spacing, reader, random)
    out.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(nibabel.Nifti1Image(drawn, image.affine), out)


def _slice(
    labels: NDArray[np.uint8],
    spacing_mm: tuple[float, float],
    reader: Reader,
    random: np.random.Generator,
) -> NDArray[np.uint8]:
    """One slice: every outline moved in or out, the nearer muscle winning."""
    out = np.zeros_like(labels)
    best = np.zeros(labels.shape)
    for value in _LABELS:
        offset = random.normal(reader.bias_mm, reader.sd_mm)
        forgotten = random.random() < reader.forgets
        own = labels == value
        if forgotten or not own.any():
            continue
        at = np.argwhere(own)
        low, high = np.maximum(at.min(axis=0) - _MARGIN, 0), at.max(axis=0) + _MARGIN + 1
        box = (slice(low[0], high[0]), slice(low[1], high[1]))
        inside = ndimage.distance_transform_edt(own[box], sampling=spacing_mm)
        outside = ndimage.distance_transform_edt(~own[box], sampling=spacing_mm)
        wobble = ndimage.gaussian_filter(random.standard_normal(own[box].shape), _SMOOTH_PIXELS)
        offset = offset + reader.sd_mm * wobble / max(float(wobble.std()), 1e-9)
        # the edge lies half a pixel from the centres of both sides
        score = inside - outside + offset - np.sign(inside - outside) * min(spacing_mm) / 2
        wins = score > best[box]
        out[box][wins] = value
        best[box][wins] = score[wins]
    return out
