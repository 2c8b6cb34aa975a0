"""A reference of a user's own people: LMS curves over age, with their own uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from myotome.assess.own.lms import Numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class BmiTerm:
    """log mu changes by ``log_mu_per_kg_m2`` from ``middle`` on; people had BMI low to high."""

    middle: float
    log_mu_per_kg_m2: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LmsCurve:
    """The curve of one sex on a grid of ages, in years; between them it is linear.

    ``covariance`` has per age the upper triangle, row by row, of the covariance of (log mu, log
    sigma, nu), and of the BMI slope as a fourth where there is a ``bmi`` term.
    """

    sex: str
    n: int
    shape: str
    age_years: tuple[float, ...]
    mu: tuple[float, ...]
    sigma: tuple[float, ...]
    nu: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    bmi: BmiTerm | None = None

    def at(self, age_years: float, bmi_kg_m2: float | None) -> tuple[Numbers, Numbers]:
        """(mu, sigma, nu) and the 3 x 3 covariance of (log mu, log sigma, nu) for one person."""
        import numpy as np  # the configuration of a run knows this class, and --help stays quick

        grid = np.array(self.age_years)

        def between(values: object) -> Numbers:
            table = np.atleast_2d(np.array(values, dtype=float).T)
            return np.array([np.interp(age_years, grid, row) for row in table])

        log_mu, log_sigma, nu = (
            float(between(values)[0]) for values in (np.log(self.mu), np.log(self.sigma), self.nu)
        )
        size = 3 if self.bmi is None else 4
        whole = np.zeros((size, size))
        whole[np.triu_indices(size)] = between(self.covariance)
        whole = whole + np.triu(whole, 1).T
        away = 0.0 if self.bmi is None or bmi_kg_m2 is None else bmi_kg_m2 - self.bmi.middle
        if self.bmi is not None:
            log_mu += self.bmi.log_mu_per_kg_m2 * away
        turn = np.eye(3, size)
        turn[0, 3:] = away
        return np.array([np.exp(log_mu), np.exp(log_sigma), nu]), turn @ whole @ turn.T


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnQuantity:
    """One quantity: its column in a wide table, words, unit, and a curve per sex.

    ``target`` is the row of ``tables.citable.targets`` that the column is, "" for none.
    """

    column: str
    words: str
    unit: str
    target: str
    curves: tuple[LmsCurve, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnReference:
    """A reference file. ``method`` says how it was made; ``sha256`` is the digest of the file."""

    name: str
    population: str
    contrast: str
    limits: str
    method: str
    source_sha256: str
    program: str
    quantities: tuple[OwnQuantity, ...]
    sha256: str = ""
