"""The LMS curve and its derivatives, against published numbers and finite differences."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myotome.assess.own.lms import log_value_gradient, value_of, z_gradient, z_of


def test_a_published_worked_example() -> None:
    """CDC growth charts 2000, the example of their LMS data files: a boy of 9.5 months.

    L -0.1600954, M 9.476500305, S 0.11218624: 9.7 kg is z 0.207, the 5th percentile 7.90 kg.
    """
    z = float(z_of(9.7, 9.476500305, 0.11218624, -0.1600954))
    assert z == pytest.approx(0.207, abs=5e-4)
    assert float(value_of(z, 9.476500305, 0.11218624, -0.1600954)) == pytest.approx(9.7)
    fifth = float(value_of(-1.6448536, 9.476500305, 0.11218624, -0.1600954))
    assert fifth == pytest.approx(7.90, abs=0.005)


NUS = st.sampled_from([-1.2, 0, 1e-9, 0.4, 2])
LMS = st.tuples(st.floats(20, 3000), st.floats(0.05, 0.25), NUS)


@given(lms=LMS, z=st.floats(-1.5, 1.5))
def test_there_and_back(lms, z) -> None:
    assert float(z_of(value_of(z, *lms), *lms)) == pytest.approx(z, abs=1e-6)


@given(lms=LMS, ratio=st.floats(0.4, 2.5))
def test_the_gradients_are_those_of_the_functions(lms, ratio) -> None:
    mu, sigma, nu = lms
    if abs(nu) < 1e-6:
        nu = 0.0
    step = 1e-5
    value = mu * ratio
    z = float(z_of(value, mu, sigma, nu))
    up = [(np.log(mu) + step, sigma, nu), (np.log(mu), sigma * np.exp(step), nu)]
    found = z_gradient(value, mu, sigma, nu)
    for row, (log_mu, s, n) in zip(found, up, strict=False):
        assert row == pytest.approx(
            (z_of(value, np.exp(log_mu), s, n) - z) / step, rel=1e-3, abs=1e-3
        )
    steep = (z_of(value, mu, sigma, nu + 1e-3) - z_of(value, mu, sigma, nu - 1e-3)) / 2e-3
    assert found[2] == pytest.approx(steep, rel=2e-2, abs=1e-3)
    by_nu = log_value_gradient(0.8, sigma, nu)[2]
    higher, lower = (value_of(0.8, 1.0, sigma, nu + d) for d in (1e-3, -1e-3))
    assert by_nu == pytest.approx((np.log(higher) - np.log(lower)) / 2e-3, rel=2e-2, abs=1e-5)


def test_values_that_cannot_be_are_far_out_and_never_nan() -> None:
    assert float(z_of(0.0, 50.0, 0.2, 0.3)) == -9
    assert float(value_of(-20.0, 50.0, 0.2, 0.5)) == 0
    assert float(value_of(20.0, 50.0, 0.2, -0.5)) == np.inf
    assert float(z_of(-5.0, 10.0, 1.0, 1.0)) == -1.5  # the normal law takes any sign
