"""Copies of slices bring nothing new, and the interval over subjects knows it."""

from __future__ import annotations

import numpy as np
import pytest

from myotome.evaluate.scores.icc import icc
from myotome.stats.agreement.clusters import over_subjects


def _value(ratings: np.ndarray) -> float | None:
    found = icc(ratings, "2,1")
    return None if found is None else found.value


def _ratings(subjects: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    truth = random.normal(100, 20, subjects)
    return np.stack([truth + random.normal(0, 8, subjects) for _ in range(2)], axis=1)


def test_copies_of_slices_do_not_narrow_it_as_they_narrow_f() -> None:
    once = _ratings(14, seed=1)
    names = [f"s{number:02d}" for number in range(14)]
    many = np.repeat(once, 20, axis=0)
    single = over_subjects(once, names, _value)
    copied = over_subjects(many, list(np.repeat(names, 20)), _value)
    assert single is not None
    assert copied is not None
    assert copied[1] - copied[0] == pytest.approx(single[1] - single[0], rel=0.15)
    f_once, f_many = icc(once, "2,1"), icc(many, "2,1")
    assert f_once is not None
    assert f_many is not None
    assert f_many.high - f_many.low < 0.4 * (f_once.high - f_once.low)


def test_it_holds_the_truth_about_as_often_as_it_says() -> None:
    # true ICC: 20^2 / (20^2 + 8^2)
    true, names = 400 / 464, [f"s{number}" for number in range(20)]
    hits = 0
    for seed in range(200):
        found = over_subjects(_ratings(20, seed), names, _value)
        assert found is not None
        hits += found[0] <= true <= found[1]
    assert 0.87 <= hits / 200 <= 0.99


def test_few_subjects_have_none() -> None:
    assert over_subjects(_ratings(4, 1), ["a", "b", "c", "d"], _value) is None
    assert over_subjects(np.ones((6, 2)), list("abcdef"), _value) is None
