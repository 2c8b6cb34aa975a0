"""Where the tissues of a labelled CT are, guessed where no one labelled them."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull

from myotome.train.cases.case import TrainingCase
from myotome.train.synthesis.tissues import BONES, BOWEL, TRUNK_MUSCLES, Bool, Float32

_SQUARE = np.ones((1, 3, 3), bool)
_HEART = 51
_CAVITY, _SUBCUTANEOUS, _BONE = 1, 3, 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Anatomy:
    """Masks ``(k, j, i)`` of one labelled CT.

    ``cavity`` is the abdominal cavity, ``shell`` everything around it inside the skin,
    ``subcutaneous`` the fat under the skin, ``bowel`` bowel with its content, ``muscle`` the
    value of the nearest labelled muscle (0: none within reach).
    """

    body: Bool
    cavity: Bool
    subcutaneous: Bool
    bone: Bool
    bowel: Bool
    muscle: NDArray[np.uint8]


def anatomy(case: TrainingCase) -> Anatomy:
    """Masks from the labels, and from HU and shape where there are none."""
    body = _body(case.hu)
    bone = _bone(case, body)
    known = (case.compartments != 255).any(axis=(1, 2))
    cavity = np.where(known[:, None, None], case.compartments == _CAVITY, False)
    subcutaneous = case.compartments == _SUBCUTANEOUS
    for k in np.flatnonzero(~known):
        cavity[k], subcutaneous[k] = _guessed(case, int(k), body[k], bone[k])
    return Anatomy(
        body=body,
        cavity=cavity,
        subcutaneous=subcutaneous,
        bone=bone,
        bowel=_bowel(case, cavity),
        muscle=_nearest_muscle(case),
    )


def with_heart(case: TrainingCase) -> TrainingCase:
    """The case with its heart among the organs, where a compartment map left it out."""
    known = (case.compartments != 255).any(axis=(1, 2))[:, None, None]
    heart = known & (case.compartments == 255) & (case.hu > 0) & (case.organs == 0)
    return dataclasses.replace(case, organs=np.where(heart, _HEART, case.organs).astype(np.uint8))


def _body(hu: Float32) -> Bool:
    """The largest piece of each slice above -300 HU, holes filled, table cut away."""
    out = np.zeros(hu.shape, bool)
    for k, plane in enumerate(hu):
        solid = ndimage.binary_opening(plane > -300, iterations=3)
        labels, n = ndimage.label(solid)
        if n:
            sizes = np.bincount(labels.ravel())[1:]
            out[k] = ndimage.binary_fill_holes(labels == 1 + int(sizes.argmax()))
    return out


def _bone(case: TrainingCase, body: Bool) -> Bool:
    labelled = np.isin(case.organs, BONES) | (case.compartments == _BONE)
    if labelled.any():
        return np.asarray(labelled, bool)
    dense = ndimage.binary_opening((case.hu > 130) & body, _SQUARE)
    pieces, n = ndimage.label(dense)
    if not n:
        return dense
    large = np.bincount(pieces.ravel(), minlength=n + 1) > 1500
    large[0] = False
    closed = ndimage.binary_closing(large[pieces], _SQUARE, iterations=3)
    return np.asarray([ndimage.binary_fill_holes(p) for p in closed], bool)


def _guessed(case: TrainingCase, k: int, body: Bool, bone: Bool) -> tuple[Bool, Bool]:
    """Cavity and subcutaneous fat of a slice without compartments: the wall's convex hull."""
    muscles = case.muscles[k]
    wall = ((muscles > 0) & (muscles != 255)) | bone | np.isin(case.organs[k], TRUNK_MUSCLES)
    if wall.sum() < 300:
        nothing = np.zeros(body.shape, bool)
        return nothing, nothing
    hull = convex(wall)
    inside = ndimage.binary_opening(hull & ~ndimage.binary_dilation(wall), iterations=5)
    pieces, n = ndimage.label(inside)
    sizes = np.bincount(pieces.ravel(), minlength=n + 1)
    sizes[0] = 0
    cavity = (pieces == int(sizes.argmax())) if n else inside
    outside = body & ~ndimage.binary_dilation(hull, iterations=2) & (case.hu[k] < -30)
    return ndimage.binary_dilation(cavity, iterations=2) & ~wall, outside


def convex(mask: Bool) -> Bool:
    """The convex hull of a plane's mask, filled."""
    hull = ConvexHull(np.argwhere(mask))
    j, i = np.indices(mask.shape)
    out = np.ones(mask.shape, bool)
    for a, b, c in hull.equations:
        out &= a * j + b * i + c <= 1e-6
    return out


def _bowel(case: TrainingCase, cavity: Bool) -> Bool:
    """Labelled bowel, and gas in the cavity with a wall of two pixels around it."""
    gas = (case.hu < -300) & cavity
    return np.asarray(
        np.isin(case.organs, BOWEL) | ndimage.binary_dilation(gas, _SQUARE, iterations=2), bool
    )


def _nearest_muscle(case: TrainingCase, reach_px: float = 4.0) -> NDArray[np.uint8]:
    """In plane, the value of the nearest labelled muscle."""
    out = np.zeros(case.muscles.shape, np.uint8)
    for k, plane in enumerate(case.muscles):
        own = (plane > 0) & (plane != 255)
        if own.any():
            distance, (j, i) = ndimage.distance_transform_edt(~own, return_indices=True)
            out[k] = np.where(distance <= reach_px, plane[j, i], 0)
    return out
