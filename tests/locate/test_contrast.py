"""Contrast by the image: each organ's two bounds, one unit below, on it and above."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from myotome.locate.contrast import contrast
from myotome.tables.anatomy.landmark_classes import (
    COARSE,
    CONTRAST,
    MINIMUM_ORGAN_ML,
    ContrastRule,
)

SHAPE = (24, 24, 24)
RULE = {rule.key: rule for rule in CONTRAST}


def judged(**organs_hu: float) -> str:
    """What is said of blocks of these organs at these HU."""
    view = SimpleNamespace(hu=np.zeros(SHAPE, np.float32))
    probability = np.zeros((len(COARSE) + 1, *SHAPE), np.float32)
    value = {c.key: c.value for c in COARSE}
    for n, (key, hu) in enumerate(organs_hu.items()):
        block = np.s_[6 * n : 6 * n + 6, :, :]
        view.hu[block] = hu
        probability[(value[key], *block)] = 1.0
    return contrast(view, probability)[0]  # type: ignore[arg-type]


@pytest.mark.parametrize("rule", [r for r in CONTRAST if r.decisive], ids=lambda r: r.key)
def test_a_decisive_organ_has_two_bounds(rule: ContrastRule) -> None:
    assert judged(**{rule.key: rule.plain_hu - 1}) == "unenhanced"
    assert judged(**{rule.key: rule.plain_hu}) == "unenhanced"
    assert judged(**{rule.key: rule.plain_hu + 1}) == "unknown"
    assert judged(**{rule.key: rule.enhanced_hu - 1}) == "unknown"
    assert judged(**{rule.key: rule.enhanced_hu}) == "enhanced"
    assert judged(**{rule.key: rule.enhanced_hu + 1}) == "enhanced"


@pytest.mark.parametrize("rule", [r for r in CONTRAST if not r.decisive], ids=lambda r: r.key)
def test_others_say_enhanced_from_their_bound_on_and_never_unenhanced(rule: ContrastRule) -> None:
    assert judged(**{rule.key: rule.plain_hu - 1}) == "unknown"
    assert judged(**{rule.key: rule.enhanced_hu - 1}) == "unknown"
    assert judged(**{rule.key: rule.enhanced_hu}) == "enhanced"


def test_one_enhanced_decisive_organ_is_enough_and_all_must_be_plain() -> None:
    plain, bright = RULE["aorta"].plain_hu, RULE["kidney"].enhanced_hu
    assert judged(aorta=plain, kidney=bright) == "enhanced"
    assert judged(aorta=plain, kidney=RULE["kidney"].plain_hu + 1) == "unknown"
    assert judged(ivc=RULE["ivc"].enhanced_hu, spleen=RULE["spleen"].enhanced_hu - 1) == "unknown"


def test_every_organ_has_a_least_size() -> None:
    assert set(MINIMUM_ORGAN_ML) == set(RULE)
