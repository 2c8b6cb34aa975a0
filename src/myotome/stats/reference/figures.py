"""The curves over their people, and the worm plots of their residuals."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from myotome.evaluate.pictures.style import FAINT, INK, QUIET, Picture, grid_lines
from myotome.stats.figures.drawing import SEXES, page
from myotome.stats.reference.build import SexFit
from myotome.stats.reference.centiles import by_curve, by_quantiles
from myotome.stats.reference.checks import Worm, worms
from myotome.stats.reference.quantity import axis_words

_DRAWN = (5.0, 25.0, 50.0, 75.0, 95.0)
_MOST_POINTS = 1500
_BANDS = (5.0, 50.0, 95.0)


def curve_pictures(fits: tuple[SexFit, ...], column: str, folder: Path) -> Iterator[Picture]:
    """Both figures, written into ``folder``."""
    yield _curves(fits, column, folder)
    yield _worm_plots(fits, folder)


def _curves(fits: tuple[SexFit, ...], column: str, folder: Path) -> Picture:
    with page(folder, "centiles", (6.4 * len(fits) + 0.6, 6.2)) as figure:
        shared: Any = None
        for place, found in enumerate(fits, 1):
            axes = figure.add_subplot(1, len(fits), place, sharey=shared)
            shared = shared or axes
            _one_sex(axes, found)
            if place == 1:
                axes.set_ylabel(textwrap.fill(axis_words(column), 38))
        shared.set_ylim(*_heights(fits))
    at_bmi = (
        f" Drawn at the median BMI of each sex ({_medians(fits)})."
        if fits[0].fit.bmi_middle is not None
        else " Dashed: quantile regression."
    )
    return Picture(
        name="centiles",
        caption=f"5th, 25th, 50th, 75th and 95th percentile by LMS curves; bands are 95 % "
        f"confidence intervals of the 5th, 50th and 95th by the delta method.{at_bmi} Points are "
        f"people ({_counts(fits)}).",
    )


def _one_sex(axes: Any, found: SexFit) -> None:
    colour, _, words = SEXES[found.sex]
    people = found.people
    step = max(1, len(people) // _MOST_POINTS)
    axes.plot(people.age_years[::step], people.value[::step], ".", ms=3, color=colour, alpha=0.25)
    ages = found.ages(0.5)
    middle = found.fit.bmi_middle
    bmi = None if middle is None else np.full(len(ages), middle)
    quantiles = None if bmi is not None else by_quantiles(
        people, max(found.fit.shape.mu, 2), ages, _DRAWN
    )  # fmt: skip
    for number, level in enumerate(_DRAWN):
        value, low, high = by_curve(found.fit, ages, bmi, level)
        if level in _BANDS:
            axes.fill_between(ages, low, high, color=INK, alpha=0.15, lw=0)
        axes.plot(ages, value, color=INK, lw=2.2 if level == 50 else 1.4)
        if quantiles is not None:
            axes.plot(ages, quantiles[number][0], color=QUIET, lw=1.0, ls="--")
        axes.annotate(
            f"P{level:g}", (ages[-1], value[-1]), xytext=(5, 0), textcoords="offset points",
            va="center", fontsize=11, color=INK,
        )  # fmt: skip
    axes.set_xlim(found.age_from - 2, found.age_to + 6)
    axes.set_title(f"{words.capitalize()}, n {found.fit.n}")
    axes.set_xlabel("Age (years)")
    grid_lines(axes)


def _heights(fits: tuple[SexFit, ...]) -> tuple[float, float]:
    """The values that both sexes' panels show: all but single outliers."""
    ends = [np.quantile(found.people.value, (0.001, 0.999)) for found in fits]
    low, high = float(min(e[0] for e in ends)), float(max(e[1] for e in ends))
    margin = (high - low) * 0.06
    return low - margin, high + margin


def _worm_plots(fits: tuple[SexFit, ...], folder: Path) -> Picture:
    with page(folder, "worm_plots", (14.0, 4.3 * len(fits))) as figure:
        shared: Any = None
        for row, found in enumerate(fits):
            for place, worm in enumerate(worms(found.fit.z(found.people), found.people.age_years)):
                axes = figure.add_subplot(len(fits), 4, 4 * row + place + 1, sharey=shared)
                shared = shared or axes
                _worm(axes, worm, found.sex)
                if place == 0:
                    axes.set_ylabel("z minus normal z")
                if row == len(fits) - 1:
                    axes.set_xlabel("Normal z")
        shared.set_ylim(-0.85, 0.85)
    return Picture(
        name="worm_plots",
        caption="Worm plots: residual z against a normal z in four age groups. Lines are "
        "pointwise 95 % limits: about 5 % of the points of a curve that fits lie outside. A shift "
        "is a wrong median, a slope a wrong spread, a bend a wrong skewness.",
    )


def _worm(axes: Any, worm: Worm, sex: str) -> None:
    colour, marker, words = SEXES[sex]
    axes.axhline(0, color=FAINT, lw=1.5, zorder=0)
    for sign in (-1, 1):
        axes.plot(worm.z, sign * worm.limit, color=QUIET, lw=1.0)
    axes.plot(worm.z, np.clip(worm.deviation, -0.84, 0.84), marker, ms=3.5, color=colour, alpha=0.6)
    share = 100 * worm.outside / len(worm.z)
    axes.set_title(
        f"{words.capitalize()}, {worm.age_from:.0f}\N{EN DASH}{worm.age_to:.0f} y: "
        f"{share:.0f} % outside",
        fontsize=12,
    )
    axes.set_xlim(-3.6, 3.6)
    grid_lines(axes)


def _counts(fits: tuple[SexFit, ...]) -> str:
    return ", ".join(f"{found.fit.n} {SEXES[found.sex][2]}" for found in fits)


def _medians(fits: tuple[SexFit, ...]) -> str:
    return ", ".join(f"{SEXES[f.sex][2]} {f.fit.bmi_middle:.1f} kg/m2" for f in fits)
