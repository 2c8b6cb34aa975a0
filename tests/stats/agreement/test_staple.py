"""STAPLE against ITK's and against raters whose faults are known."""

from __future__ import annotations

import numpy as np
import pytest

from myotome.stats.agreement.staple import staple


def test_as_itk_has_it() -> None:
    # SimpleITK 2.5.7, STAPLEImageFilter with its defaults on the three discs, 14 x 14 pixels:
    # GetSensitivity(), GetSpecificity(), number of pixels >= 0.5, sum of the probabilities
    y, x = np.mgrid[:14, :14]
    discs = [(y - 6) ** 2 + (x - 6) ** 2 <= 16, (y - 7) ** 2 + (x - 6) ** 2 <= 20]
    discs.append((y - 6) ** 2 + (x - 8) ** 2 <= 12)
    found = staple(np.stack([d.ravel() for d in discs], axis=1))
    assert found.sensitivity == pytest.approx([0.8969690807, 0.9999999997, 0.5870346179], abs=1e-6)
    assert found.specificity == pytest.approx([0.9920767276, 0.8904063785, 0.9602412889], abs=1e-6)
    assert found.mask.sum() == 52
    assert found.probability.sum() == pytest.approx(53.36849439529374, abs=1e-4)


def test_raters_of_known_faults_are_found() -> None:
    random = np.random.default_rng(3)
    truth = random.random(40_000) < 0.3
    rates = [(0.95, 0.98), (0.80, 0.99), (0.90, 0.90), (0.85, 0.97)]
    votes = np.stack(
        [np.where(truth, random.random(len(truth)) < p, random.random(len(truth)) > q)
         for p, q in rates],
        axis=1,
    )  # fmt: skip
    found = staple(votes)
    assert found.sensitivity == pytest.approx([p for p, _ in rates], abs=0.02)
    assert found.specificity == pytest.approx([q for _, q in rates], abs=0.02)
    best = max((votes[:, r] == truth).mean() for r in range(4))
    assert (found.mask == truth).mean() > best


def test_raters_who_agree_are_the_consensus() -> None:
    votes = np.repeat(np.array([[True], [False], [True], [False]]), 3, axis=1)
    found = staple(votes)
    assert (found.mask == votes[:, 0]).all()
    assert found.sensitivity == pytest.approx([1, 1, 1])


@pytest.mark.parametrize("everywhere", [False, True])
def test_nothing_or_everything(everywhere: bool) -> None:
    found = staple(np.full((10, 3), everywhere))
    assert (found.mask == everywhere).all()
