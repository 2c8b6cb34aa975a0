"""Enhanced or unenhanced, judged from the image alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from myotome.locate.coarse import COARSE_MM, CoarseView
from myotome.tables.anatomy.landmark_classes import CONTRAST, LANDMARK_CLASS, MINIMUM_ORGAN_ML

_SURE = 0.6
_CORE_ML = 0.5


def contrast(view: CoarseView, probability: NDArray[np.float32]) -> tuple[str, dict[str, float]]:
    """("enhanced" | "unenhanced" | "unknown", median HU per organ core in view)."""
    evidence: dict[str, float] = {}
    for rule in CONTRAST:
        median = _core_median(view.hu, probability[LANDMARK_CLASS[rule.key].value], rule.key)
        if median is not None:
            evidence[f"{rule.key}_median_hu"] = round(median, 1)
    seen = [(rule, evidence.get(f"{rule.key}_median_hu")) for rule in CONTRAST]
    decisive = [(rule, hu) for rule, hu in seen if rule.decisive and hu is not None]
    if any(hu >= rule.enhanced_hu for rule, hu in decisive):
        return "enhanced", evidence
    if decisive and all(hu <= rule.plain_hu for rule, hu in decisive):
        return "unenhanced", evidence
    weak = [hu >= rule.enhanced_hu for rule, hu in seen if not rule.decisive and hu is not None]
    return ("enhanced" if weak and all(weak) else "unknown"), evidence


def _core_median(hu: NDArray[np.float32], p: NDArray[np.float32], key: str) -> float | None:
    """Median HU well inside the organ; None if too little of it is in view."""
    mask = p > _SURE
    voxel_ml = COARSE_MM**3 / 1000.0
    if mask.sum() * voxel_ml < MINIMUM_ORGAN_ML[key]:
        return None
    core = ndimage.binary_erosion(mask, ndimage.generate_binary_structure(3, 1))
    if core.sum() * voxel_ml < _CORE_ML:
        core = mask
    return float(np.median(hu[core]))
