"""Cole's LMS curve: z from median mu, coefficient of variation sigma and skewness nu, and back.

z = ((y / mu)^nu - 1) / (nu sigma), and log(y / mu) / sigma for nu = 0 (Cole and Green 1992, Stat
Med 11:1305). nu = 1 is the normal law of mean mu and SD mu sigma, and takes values of any sign.
Gradients are by theta = (log mu, log sigma, nu), for intervals by the delta method.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
NEAR_ZERO = 1e-6
"""A nu nearer to 0 than this is 0."""
FURTHEST_Z = 9.0
"""z of values that the curve holds impossible (0 or less of a skewed quantity)."""


def z_of(value: Any, mu: Any, sigma: Any, nu: Any) -> Numbers:
    """Z of values; arrays broadcast. A value of 0 or less has -``FURTHEST_Z`` unless nu is 1.

    >>> round(float(z_of(60.0, 50.0, 0.1, 1.0)), 3), round(float(z_of(60.0, 50.0, 0.1, 0.0)), 3)
    (2.0, 1.823)
    """
    value, mu, sigma, nu = np.broadcast_arrays(*map(_numbers, (value, mu, sigma, nu)))
    possible = value > 0
    log = np.log(np.where(possible, value, mu) / mu)
    curved = np.abs(nu) > NEAR_ZERO
    power = np.where(curved, nu, 1.0)
    z = np.where(curved, np.expm1(power * log) / (power * sigma), log / sigma)
    z = np.where(possible, z, -FURTHEST_Z)
    z = np.where(nu == 1, (value / mu - 1) / sigma, z)
    return np.asarray(z, dtype=float)


def value_of(z: Any, mu: Any, sigma: Any, nu: Any) -> Numbers:
    """The value at z; 0 where a skewed curve has none so low, infinity where none so high.

    >>> float(value_of(2.0, 50.0, 0.1, 1.0))
    60.0
    """
    z, mu, sigma, nu = np.broadcast_arrays(*map(_numbers, (z, mu, sigma, nu)))
    curved = np.abs(nu) > NEAR_ZERO
    power = np.where(curved, nu, 1.0)
    inside = 1 + power * sigma * z
    held = np.where(inside > 0, inside, 1.0)
    value = mu * np.where(curved, held ** (1 / power), np.exp(sigma * z))
    beyond = np.where(power > 0, 0.0, np.inf)
    value = np.where(curved & (inside <= 0), beyond, value)
    return np.asarray(np.where(nu == 1, mu * (1 + sigma * z), value), dtype=float)


def z_gradient(value: Any, mu: Any, sigma: Any, nu: Any) -> Numbers:
    """The derivatives of z by (log mu, log sigma, nu), as the first axis; of positive values."""
    value, mu, sigma, nu = np.broadcast_arrays(*map(_numbers, (value, mu, sigma, nu)))
    z, ratio = z_of(value, mu, sigma, nu), value / mu
    log = np.log(np.where(ratio > 0, ratio, 1.0))
    curved = np.abs(nu) > NEAR_ZERO
    power = np.where(curved, nu, 1.0)
    grown = np.where(nu == 1, ratio, np.exp(nu * log))
    by_nu = np.where(
        curved, (grown * log * power - (grown - 1)) / (power**2 * sigma), log**2 / (2 * sigma)
    )
    return np.stack([-grown / sigma, -z, by_nu])


def log_value_gradient(z: Any, sigma: Any, nu: Any) -> Numbers:
    """The derivatives of log value at z by (log mu, log sigma, nu), as the first axis."""
    z, sigma, nu = np.broadcast_arrays(*map(_numbers, (z, sigma, nu)))
    curved = np.abs(nu) > NEAR_ZERO
    power = np.where(curved, nu, 1.0)
    inside = np.maximum(1 + nu * sigma * z, 1e-12)
    by_nu = np.where(
        curved,
        -np.log(inside) / power**2 + sigma * z / (power * inside),
        -((sigma * z) ** 2) / 2,
    )
    return np.stack([np.ones_like(z), sigma * z / inside, by_nu])


def spread_of(gradient: Numbers, covariance: Numbers) -> Numbers:
    """Standard errors of what has ``gradient`` (3 x n) by ``covariance`` (n x 3 x 3) of theta."""
    variance = np.einsum("in,nij,jn->n", gradient, covariance, gradient)
    return np.asarray(np.sqrt(np.maximum(variance, 0.0)), dtype=float)


def _numbers(given: Any) -> Numbers:
    return np.asarray(given, dtype=float)
