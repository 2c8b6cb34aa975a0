"""Mass against age (figure 6 of Vu et al. 2024) and its correlation (table 4)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from myotome.evaluate.pictures.style import FAINT, QUIET, Picture, grid_lines, in_lines
from myotome.stats.describe.fits import correlation, line, paired
from myotome.stats.describe.people import by_sex
from myotome.stats.figures.drawing import (
    PRINTED,
    SEXES,
    legend,
    opening,
    page,
    panels,
    printed_handle,
    sex_handles,
)
from myotome.stats.table.columns import (
    AGE,
    GROSS,
    SEX,
    STRUCTURES,
    MassKind,
    mass_column,
    words_of,
)
from myotome.tables.vu2024.ageing import CORRELATIONS

if TYPE_CHECKING:
    from pandas import DataFrame

_MOST_POINTS = 1500
"""Points drawn of a sex; the line is of all people."""
_APART = {"F": 0.14, "M": -0.14}


def mass_against_age(rows: DataFrame, folder: Path, kind: MassKind = GROSS) -> Picture:
    """Points, line and its 95 % band per sex; one panel for the total and each muscle."""
    name = f"{kind.key}_against_age"
    with page(folder, name, (15.0, 7.6)) as figure:
        for structure, axes in panels(figure):
            told = [
                _scatter(axes, sex, own[AGE], own[mass_column(structure, kind=kind)])
                for sex, own in by_sex(rows)
            ]
            for at, (sex, words) in enumerate(t for t in told if t):
                axes.text(
                    0.97, 0.97 - 0.09 * at, words, transform=axes.transAxes, ha="right", va="top",
                    fontsize=12, color=SEXES[sex][0], fontweight="bold",
                    bbox={"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 1},
                )  # fmt: skip
            axes.set_ylim(bottom=0, top=axes.get_ylim()[1] * 1.12)
            grid_lines(axes)
        figure.supylabel("Mass (g)")
        figure.supxlabel("Age (years)")
        legend(figure, sex_handles(set(rows[SEX])))
    return Picture(
        name=name,
        caption=(
            f"{opening(kind.words)} against age by sex: least squares with the 95 % band of the "
            f"mean, slope in g per year with its 95 % interval; at most {_MOST_POINTS} points are "
            "drawn per sex. People of different ages, not followed."
        ),
    )


def _scatter(axes: Any, sex: str, ages: Any, masses: Any) -> tuple[str, str] | None:
    x, y = paired(ages, masses)
    colour, marker, _ = SEXES[sex]
    some = np.random.default_rng(0).permutation(len(x))[:_MOST_POINTS]
    axes.plot(x[some], y[some], marker, ms=2.2, color=colour, alpha=0.25, mew=0, rasterized=True)
    fit = line(x, y)
    if fit is None:
        return None
    at = np.linspace(x.min(), x.max(), 60)
    middle = fit.intercept + fit.slope * at
    from scipy.stats import t

    spread = np.sqrt(1 / len(x) + (at - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum())
    half = t.ppf(0.975, fit.n - 2) * fit.residual_sd * spread
    axes.fill_between(at, middle - half, middle + half, color=colour, alpha=0.3, lw=0)
    axes.plot(at, middle, color="white", lw=4.0)
    axes.plot(at, middle, color=colour, lw=2.2)
    words = f"{fit.slope:+.1f} ({fit.low:+.1f} to {fit.high:+.1f}) g/year"
    return sex, words.replace("-", "\N{MINUS SIGN}")


def correlations_with_age(rows: DataFrame, folder: Path, kind: MassKind = GROSS) -> Picture:
    """R and its interval by muscle and sex, with the paper's r."""
    name = f"{kind.key}_with_age"
    printed = {(p.sex, p.structure): p.r for p in CORRELATIONS}
    with page(folder, name, (8.6, 6.4)) as figure:
        axes = figure.add_subplot()
        axes.axvline(0, color=QUIET, lw=1.0)
        for at, structure in enumerate(STRUCTURES):
            for sex, own in by_sex(rows):
                found = correlation(own[AGE], own[mass_column(structure, kind=kind)])
                y, (colour, marker, _) = -at + _APART[sex], SEXES[sex]
                if found is not None:
                    axes.plot([found.low, found.high], [y, y], color=colour, lw=3)
                    axes.plot([found.r], [y], marker, ms=9, color=colour)
                if kind is GROSS and (sex, structure) in printed:
                    axes.plot([printed[sex, structure]], [y], **{**PRINTED, "ms": 5}, zorder=6)
        axes.set_yticks([-at for at in range(len(STRUCTURES))],
                        [in_lines(words_of(s)) for s in STRUCTURES])  # fmt: skip
        axes.set_xlabel("Pearson's r of mass with age")
        axes.grid(visible=True, axis="x", color=FAINT)
        handles = sex_handles(set(rows[SEX]))
        if kind is GROSS:
            handles.append(printed_handle())
        figure.legend(handles=handles, loc="outside upper left", ncols=3)
    return Picture(
        name=name,
        caption=(
            f"Pearson's r of {kind.words} with age, 95 % interval by Fisher's z."
            + (" Diamonds: Vu et al. 2024, table 4." if kind is GROSS else "")
        ),
    )
