"""Masses made comparable between people of other heights and BMIs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from myotome.stats.table.columns import BMI, HEIGHT, SEX

if TYPE_CHECKING:
    from pandas import DataFrame

_FEWEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A way to adjust a mass. ``needs`` are columns; ``of`` gives it from rows and a mass."""

    key: str
    words: str
    unit: str
    of: Callable[[DataFrame, Any], Any]
    needs: tuple[str, ...] = ()


def over_height(rows: DataFrame, mass: Any, k: int) -> Any:
    """Mass / height^k, in g/m^k."""
    return mass / (rows[HEIGHT] / 100) ** k


def over_bmi(rows: DataFrame, mass: Any) -> Any:
    """Mass / BMI."""
    return mass / rows[BMI]


def bmi_z(rows: DataFrame, values: Any) -> Any:
    """Z of ``values`` for sex and BMI: residuals of a line on BMI over their SD, both per sex.

    A line per sex has the same means as one model with sex, BMI and their product (Derstine 2021,
    https://doi.org/10.1038/s41598-020-79471-z); the SD (n - 2) is the sex's own, which that model
    would pool. Missing where BMI is, and in a sex of fewer than 4 people.
    """
    out = values.astype(float) * np.nan
    for sex in rows[SEX].unique():
        own = (rows[SEX] == sex) & values.notna() & rows[BMI].notna()
        x, y = rows.loc[own, BMI].to_numpy(), values[own].to_numpy()
        if len(y) < _FEWEST or np.ptp(x) == 0:
            continue
        slope, intercept = np.polyfit(x, y, 1)
        rest = y - intercept - slope * x
        sd = np.sqrt((rest**2).sum() / (len(y) - 2))
        if sd > 0:
            out[own] = rest / sd
    return out


def _height(k: int) -> Callable[[DataFrame, Any], Any]:
    return lambda rows, mass: over_height(rows, mass, k)


def _height_z(k: int) -> Callable[[DataFrame, Any], Any]:
    return lambda rows, mass: bmi_z(rows, over_height(rows, mass, k))


VARIANTS: tuple[Variant, ...] = (
    Variant(key="mass", words="mass", unit="g", of=lambda _, mass: mass),
    Variant(key="over_height", words="mass / height", unit="g/m", of=_height(1), needs=(HEIGHT,)),
    Variant(
        key="over_height2",
        words="mass / height\N{SUPERSCRIPT TWO}",
        unit="g/m2",
        of=_height(2),
        needs=(HEIGHT,),
    ),
    Variant(key="over_bmi", words="mass / BMI", unit="g m2/kg", of=over_bmi, needs=(BMI,)),
    Variant(
        key="z_height",
        words="BMI-adjusted z of mass / height",
        unit="",
        of=_height_z(1),
        needs=(HEIGHT, BMI),
    ),
    Variant(
        key="z_height2",
        words="BMI-adjusted z of mass / height\N{SUPERSCRIPT TWO}",
        unit="",
        of=_height_z(2),
        needs=(HEIGHT, BMI),
    ),
)
"""Vu et al. 2024 divided by height squared; Derstine 2021 found k = 1 for areas at L3."""


def possible(rows: DataFrame) -> tuple[Variant, ...]:
    """The variants whose columns have values."""
    return tuple(
        v for v in VARIANTS if all(name in rows and rows[name].notna().any() for name in v.needs)
    )
