"""One LMS curve fitted to people of one sex: Box-Cox Cole-Green likelihood, own optimiser.

log mu, log sigma and nu are natural splines of age (log mu also linear in BMI). The density is
that of Rigby and Stasinopoulos 2004 (Stat Med 23:3053), with its truncation at 0.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_ndtr

from myotome.assess.own.lms import NEAR_ZERO, Numbers, z_gradient, z_of
from myotome.errors import InputError
from myotome.stats.reference.splines import Spline, spline

MOST_DF = (5, 3, 2)
"""Most columns of mu, sigma and nu that are tried."""
_LOG_ROOT_2PI = 0.5 * np.log(2 * np.pi)
_BMI_STEP = 5.0
_OPTIONS = {"maxiter": 500, "ftol": 1e-13, "gtol": 1e-7}


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """People of one sex: ages in years, the measured values, BMI in kg/m2 or None for any."""

    age_years: Numbers
    value: Numbers
    bmi_kg_m2: Numbers | None = None

    def __len__(self) -> int:
        return len(self.value)

    def picked(self, rows: Any) -> People:
        """Those of the given row numbers, which may repeat."""
        bmi = None if self.bmi_kg_m2 is None else self.bmi_kg_m2[rows]
        return People(age_years=self.age_years[rows], value=self.value[rows], bmi_kg_m2=bmi)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Columns of the splines of mu, sigma and nu; ``nu`` 0 is the normal law (nu fixed at 1)."""

    mu: int
    sigma: int
    nu: int

    @property
    def words(self) -> str:
        """``mu 3, sigma 2, nu 1``, or ``mu 3, sigma 2, normal``."""
        return f"mu {self.mu}, sigma {self.sigma}, {f'nu {self.nu}' if self.nu else 'normal'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A fitted curve. ``covariance`` is that of ``coefficients``, in the order mu, sigma, nu."""

    shape: Shape
    splines: tuple[Spline, Spline, Spline | None]
    bmi_middle: float | None
    coefficients: Numbers
    covariance: Numbers
    log_likelihood: float
    n: int

    @property
    def df(self) -> int:
        """Number of coefficients."""
        return len(self.coefficients)

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return 2 * self.df - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""
        return float(np.log(self.n)) * self.df - 2 * self.log_likelihood

    def at(self, age_years: Numbers, bmi_kg_m2: Numbers | None = None) -> Numbers:
        """mu, sigma and nu at ages (and BMIs), 3 x n."""
        design = _design(self.splines, self.bmi_middle, age_years, bmi_kg_m2)
        log_mu, log_sigma, nu = _theta(design, self.coefficients)
        return np.stack([np.exp(log_mu), np.exp(log_sigma), nu])

    def covariance_at(self, age_years: Numbers, bmi_kg_m2: Numbers | None = None) -> Numbers:
        """The covariance of (log mu, log sigma, nu) at ages, n x 3 x 3."""
        design = _design(self.splines, self.bmi_middle, age_years, bmi_kg_m2)
        spans = _spans(design)
        out = np.zeros((len(age_years), 3, 3))
        for i, j in itertools.product(range(3), repeat=2):
            part = self.covariance[spans[i], spans[j]]
            out[:, i, j] = np.einsum("np,pq,nq->n", design[i], part, design[j])
        return out

    @property
    def bmi_slope(self) -> float:
        """By how much log mu grows per kg/m2; 0 without BMI."""
        return (
            0.0 if self.bmi_middle is None else float(self.coefficients[self._bmi_at]) / _BMI_STEP
        )

    @property
    def _bmi_at(self) -> int:
        return self.splines[0].df

    def covariance_with_bmi(self, age_years: Numbers) -> Numbers:
        """As ``covariance_at`` the middle BMI, and of the BMI slope as a fourth: n x 4 x 4.

        Without BMI n x 3 x 3.
        """
        n = len(age_years)
        if self.bmi_middle is None:
            return self.covariance_at(age_years)
        middle = np.full(n, self.bmi_middle)
        design = _design(self.splines, self.bmi_middle, age_years, middle)
        rows = np.zeros((n, 4, self.df))
        for i, (part, span) in enumerate(zip(design, _spans(design), strict=True)):
            rows[:, i, span] = part
        rows[:, 3, self._bmi_at] = 1 / _BMI_STEP
        return np.asarray(rows @ self.covariance @ rows.transpose(0, 2, 1))

    def z(self, people: People) -> Numbers:
        """The z of every one of them."""
        return z_of(people.value, *self.at(people.age_years, people.bmi_kg_m2))


def fit(people: People, shape: Shape, *, start: Numbers | None = None, errors: bool = True) -> Fit:
    """The curve of one shape. Refuses (InputError) where no curve can be found.

    ``start`` are coefficients to begin with; without ``errors`` the covariance is left 0.
    """
    try:
        splines = (
            spline(people.age_years, shape.mu),
            spline(people.age_years, shape.sigma),
            spline(people.age_years, shape.nu) if shape.nu else None,
        )
    except ValueError as error:
        raise InputError(
            f"A curve of {shape.words} cannot be laid through these ages: {error}.",
            mend="Ask for fewer degrees of freedom, or give more people.",
        ) from error
    middle = None if people.bmi_kg_m2 is None else float(np.median(people.bmi_kg_m2))
    empty = Fit(
        shape=shape, splines=splines, bmi_middle=middle, coefficients=np.zeros(0),
        covariance=np.zeros((0, 0)), log_likelihood=0.0, n=len(people),
    )  # fmt: skip
    design = _design(splines, middle, people.age_years, people.bmi_kg_m2)
    cost = _cost(people.value, design)
    begin = _start(people.value, design) if start is None else start
    found = minimize(cost, begin, jac=True, method="L-BFGS-B", options=_OPTIONS)
    if found.fun >= 1e8:
        raise InputError(f"No curve of {shape.words} fits these people.")
    return replace(
        empty,
        coefficients=found.x,
        covariance=_covariance(cost, found.x, len(people))
        if errors
        else np.zeros((len(found.x),) * 2),
        log_likelihood=-float(found.fun) * len(people),
    )


def shapes(*, positive: bool) -> Iterator[Shape]:
    """Every shape that is tried, the plainest first; values of any sign only as normal."""
    mus, sigmas, nus = (range(1, most + 1) for most in MOST_DF)
    for mu, sigma in itertools.product(mus, sigmas):
        if sigma <= mu:
            yield Shape(mu=mu, sigma=sigma, nu=0)
            yield from (Shape(mu=mu, sigma=sigma, nu=nu) for nu in nus if positive)


def choose(
    people: People, candidates: Iterator[Shape], criterion: str = "bic"
) -> tuple[Fit, tuple[Fit, ...]]:
    """The best curve by ``criterion`` ("bic" or "aic"), and all that were tried."""
    tried = []
    for shape in candidates:
        try:
            tried.append(fit(people, shape, errors=False))
        except InputError:
            continue
    if not tried:
        raise InputError(
            "No curve could be laid through these people.",
            why="All of nearly one age, or of one value.",
        )
    best = min(tried, key=lambda one: getattr(one, criterion))
    return fit(people, best.shape, start=best.coefficients), tuple(tried)


def _design(
    splines: tuple[Spline, Spline, Spline | None],
    middle: float | None,
    age: Numbers,
    bmi: Numbers | None,
) -> tuple[Numbers, Numbers, Numbers]:
    of_mu, of_sigma, of_nu = splines
    mu = of_mu.columns(age)
    if middle is not None and bmi is not None:
        mu = np.column_stack([mu, (np.asarray(bmi) - middle) / _BMI_STEP])
    nu = of_nu.columns(age) if of_nu else np.zeros((len(age), 0))
    return mu, of_sigma.columns(age), nu


def _spans(design: tuple[Numbers, Numbers, Numbers]) -> tuple[slice, slice, slice]:
    ends = np.cumsum([0, *(part.shape[1] for part in design)])
    return slice(ends[0], ends[1]), slice(ends[1], ends[2]), slice(ends[2], ends[3])


def _theta(design: tuple[Numbers, Numbers, Numbers], x: Numbers) -> tuple[Numbers, ...]:
    mu, sigma, nu = (part @ x[span] for part, span in zip(design, _spans(design), strict=True))
    return mu, sigma, nu if design[2].shape[1] else np.ones_like(mu)


def _cost(
    value: Numbers, design: tuple[Numbers, Numbers, Numbers]
) -> Callable[[Numbers], tuple[float, Numbers]]:
    """Minus the mean log likelihood, with its gradient by the coefficients."""
    skewed = design[2].shape[1] > 0
    spans = _spans(design)

    def cost(x: Numbers) -> tuple[float, Numbers]:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            density, by_theta = log_density(value, *_theta(design, x), skewed=skewed)
        if not np.isfinite(density).all():
            return 1e9, np.zeros_like(x)
        gradient = np.zeros_like(x)
        for part, span, slope in zip(design, spans, by_theta, strict=True):
            gradient[span] = part.T @ slope
        return -float(density.mean()), -gradient / len(value)

    return cost


def log_density(
    value: Numbers, log_mu: Numbers, log_sigma: Numbers, nu: Numbers, *, skewed: bool
) -> tuple[Numbers, Numbers]:
    """The log density of each value, and its derivatives by (log mu, log sigma, nu), 3 x n.

    ``skewed``: Box-Cox Cole-Green, of positive values; else normal (nu is 1 everywhere).
    """
    mu, sigma = np.exp(log_mu), np.exp(log_sigma)
    z, (z_mu, z_sigma, z_nu) = (
        z_of(value, mu, sigma, nu),
        z_gradient(value, mu, sigma, nu),
    )
    density = -log_mu - log_sigma - z**2 / 2 - _LOG_ROOT_2PI
    slopes = np.stack([-1 - z * z_mu, -1 - z * z_sigma, -z * z_nu])
    if not skewed:
        return density, slopes
    log = np.log(value / mu)
    density = density + (nu - 1) * log
    slopes += np.stack([-(nu - 1), np.zeros_like(nu), log])
    size = np.maximum(np.abs(nu), NEAR_ZERO)
    edge = 1 / (sigma * size)
    hazard = np.exp(-(edge**2) / 2 - _LOG_ROOT_2PI - log_ndtr(edge))
    slopes += np.stack([np.zeros_like(nu), hazard * edge, hazard * edge * np.sign(nu) / size])
    return density - log_ndtr(edge), slopes


def _start(value: Numbers, design: tuple[Numbers, Numbers, Numbers]) -> Numbers:
    """Coefficients of log mean by least squares, a constant spread, nu 1."""
    mu, sigma, nu = design
    safe = np.maximum(value, max(float(np.median(value)) * 0.05, 1e-9))
    by_mu, *_ = np.linalg.lstsq(mu, np.log(safe), rcond=None)
    spread = float(np.std(value / np.exp(mu @ by_mu))) or 0.1
    by_sigma, *_ = np.linalg.lstsq(sigma, np.full(len(value), np.log(spread)), rcond=None)
    by_nu, *_ = np.linalg.lstsq(nu, np.full(len(value), 0.5), rcond=None)
    return np.concatenate([by_mu, by_sigma, by_nu])


def _covariance(cost: Callable[[Numbers], tuple[float, Numbers]], x: Numbers, n: int) -> Numbers:
    """The inverse of the observed information, by central differences of the gradient."""
    step = 1e-5
    rows = [
        (cost(x + step * unit)[1] - cost(x - step * unit)[1]) / (2 * step)
        for unit in np.eye(len(x))
    ]
    information = n * np.array(rows)
    return np.asarray(np.linalg.pinv((information + information.T) / 2, hermitian=True))
