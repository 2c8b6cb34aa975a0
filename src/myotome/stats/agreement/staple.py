"""STAPLE: a consensus of outlines and how good each rater is, at once (Warfield et al. 2004)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]
Float = NDArray[np.float64]
_START = 0.99999
_MOST = 500
_STILL = 1e-10
_TINY = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Consensus:
    """``probability`` ``(voxel)`` that a voxel belongs; of each rater sensitivity, specificity."""

    probability: Float
    sensitivity: Float
    specificity: Float

    @property
    def mask(self) -> Bools:
        """Where it is more likely than not."""
        return np.asarray(self.probability >= 0.5)


def staple(votes: Bools) -> Consensus:
    """The consensus of ``votes`` ``(voxel, rater)``: expectation and maximisation to the end.

    The prior is the share of all votes, one for all voxels, so it and the specificities depend on
    how much background is given: give a box around the outlines. Voxels are independent: there is
    no smoothing. Nobody's outline anywhere: nothing belongs.
    """
    patterns, which, counts = np.unique(votes, axis=0, return_inverse=True, return_counts=True)
    prior = float(votes.mean()) if votes.size else 0.0
    raters = votes.shape[1]
    if prior in (0.0, 1.0):
        full, ones = np.full(len(votes), prior), np.ones(raters)
        return Consensus(probability=full, sensitivity=ones, specificity=ones)
    sensitivity = specificity = np.full(raters, _START)
    weight = np.zeros(len(patterns))
    for _ in range(_MOST):
        before = weight
        weight = _expected(patterns, prior, sensitivity, specificity)
        inside, outside = counts * weight, counts * (1 - weight)
        sensitivity = inside @ patterns / max(inside.sum(), _TINY)
        specificity = outside @ ~patterns / max(outside.sum(), _TINY)
        if np.abs(weight - before).max() < _STILL:
            break
    return Consensus(
        probability=weight[which.reshape(-1)],
        sensitivity=sensitivity,
        specificity=specificity,
    )


def _expected(patterns: Bools, prior: float, sensitivity: Float, specificity: Float) -> Float:
    inside = prior * np.where(patterns, sensitivity, 1 - sensitivity).prod(axis=1)
    outside = (1 - prior) * np.where(patterns, 1 - specificity, specificity).prod(axis=1)
    return np.asarray(inside / np.maximum(inside + outside, _TINY))
