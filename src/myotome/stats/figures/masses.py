"""Masses by sex and muscle (figure 5 of Vu et al. 2024) and by age group (its table 3)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from myotome.evaluate.pictures.style import Picture, grid_lines, in_lines
from myotome.stats.describe.people import GROUPS, by_sex
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
    GROSS,
    SEX,
    STRUCTURES,
    TOTAL,
    MassKind,
    mass_column,
    words_of,
)
from myotome.tables.vu2024.masses import BY_AGE, BY_SEX

if TYPE_CHECKING:
    from pandas import DataFrame

_APART = {"F": -0.2, "M": 0.2}
_FEW = 12


def masses_by_sex(rows: DataFrame, folder: Path, kind: MassKind = GROSS) -> Picture:
    """A violin per sex and muscle with quartiles; the total on an axis of its own."""
    name = f"{kind.key}_by_sex"
    with page(folder, name, (14.0, 6.2)) as figure:
        grid = figure.add_gridspec(1, 2, width_ratios=[1, 5.2])
        for place, structures in enumerate(((TOTAL,), STRUCTURES[1:])):
            axes = figure.add_subplot(grid[0, place])
            for at, s in enumerate(structures):
                _violins(axes, at, s, rows, kind)
            labels = [in_lines(words_of(s)) for s in structures]
            axes.set_xticks(range(len(structures)), labels)
            axes.set_xlim(-0.5, len(structures) - 0.5)
            axes.set_ylim(bottom=0)
            grid_lines(axes)
            if place == 0:
                axes.set_ylabel("Mass (g)")
        handles = sex_handles(set(rows[SEX]))
        if kind is GROSS:
            handles.append(printed_handle())
        figure.legend(handles=handles, loc="outside upper left", ncols=3)
    return Picture(
        name=name,
        caption=(
            f"{opening(kind.words)} by sex and muscle ({_counted(rows)}): distribution up to the "
            "99th percentile, quartiles and median." + _paper(kind, "means of table 3")
        ),
    )


def _violins(axes: Any, at: int, structure: str, rows: DataFrame, kind: MassKind) -> None:
    printed = {p.sex: p.mean_g for p in BY_SEX if p.structure == structure}
    for sex, own in by_sex(rows):
        values = own[mass_column(structure, kind=kind)].dropna().to_numpy()
        place, colour = at + _APART[sex], SEXES[sex][0]
        if len(values) >= _FEW and np.ptp(values) > 0:
            shown = values[values <= np.percentile(values, 99)]
            body = axes.violinplot(shown, [place], widths=0.36, showextrema=False)["bodies"][0]
            body.set(facecolor=colour, alpha=0.35, edgecolor=colour)
            low, middle, high = np.percentile(values, [25, 50, 75])
            axes.plot([place, place], [low, high], color=colour, lw=6, solid_capstyle="butt")
            axes.plot([place], [middle], "o", ms=6, mfc="white", mec=colour, mew=1.5, zorder=5)
        else:
            axes.plot(np.full(len(values), place), values, SEXES[sex][1], color=colour, ms=5)
        if kind is GROSS:
            axes.plot([place + 0.13], [printed[sex]], **PRINTED, zorder=6)


def masses_by_age(rows: DataFrame, folder: Path, kind: MassKind = GROSS) -> Picture:
    """Mean and SD of each age group and sex, one panel a muscle."""
    name = f"{kind.key}_by_age"
    with page(folder, name, (15.0, 7.6)) as figure:
        for structure, axes in panels(figure):
            for sex, own in by_sex(rows):
                _groups(axes, sex, own[mass_column(structure, kind=kind)], own)
                if kind is GROSS:
                    means = [p.mean_g for p in BY_AGE if (p.sex, p.structure) == (sex, structure)]
                    places = np.arange(len(means)) + 0.75 * _APART[sex] + 0.12
                    axes.plot(places, means, **{**PRINTED, "ms": 5}, zorder=6)
            axes.set_xticks(range(len(GROUPS)), [g.words.replace(" to ", "\N{EN DASH}")
                            for g in GROUPS], rotation=45, fontsize=11)  # fmt: skip
            axes.set_ylim(bottom=0)
            grid_lines(axes)
        figure.supylabel("Mass (g), mean \N{PLUS-MINUS SIGN} SD")
        figure.supxlabel("Age (completed years)")
        handles = sex_handles(set(rows[SEX]))
        legend(figure, [*handles, printed_handle()] if kind is GROSS else handles)
    return Picture(
        name=name,
        caption=(
            f"{opening(kind.words)} by sex and age group ({_counted(rows)}): mean and SD."
            + _paper(kind, "means of table 3")
        ),
    )


def _groups(axes: Any, sex: str, masses: Any, own: DataFrame) -> None:
    colour, marker, _ = SEXES[sex]
    for at, group in enumerate(GROUPS):
        values = masses[group.of(own).index].dropna()
        if values.empty:
            continue
        spread = values.std(ddof=1) if len(values) > 1 else 0.0
        place = at + 0.75 * _APART[sex]
        axes.errorbar(place, values.mean(), spread, color=colour, marker=marker, ms=7, lw=2)


def _counted(rows: DataFrame) -> str:
    return ", ".join(f"{len(own)} {SEXES[sex][2]}" for sex, own in by_sex(rows))


def _paper(kind: MassKind, what: str) -> str:
    return f" Diamonds: Vu et al. 2024, {what}." if kind is GROSS else ""
