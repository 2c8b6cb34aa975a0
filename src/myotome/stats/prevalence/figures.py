"""Shares with intervals, and the sets of cut-offs that say so together (after UpSet)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from myotome.evaluate.pictures.style import FAINT, INK, LINES, QUIET, Picture, grid_lines
from myotome.stats.figures.drawing import SEXES, page
from myotome.stats.prevalence.agreement import Combination, combinations, wilson
from myotome.stats.prevalence.judged import YES, Judgement
from myotome.stats.prevalence.sheets import for_sets

_MOST_SETS = 16
_BAR = LINES[0]


def prevalence_picture(judged: Sequence[Judgement], sexes: Any, folder: Path) -> Picture:
    """The share of women and men beyond each cut-off, with Wilson's interval."""
    shown = [one for one in judged if one.applicable.any()]
    with page(folder, "prevalence", (10.5, 1.6 + 0.52 * len(shown))) as figure:
        axes = figure.add_subplot()
        for row, one in enumerate(shown):
            for sex, shift in (("F", 0.16), ("M", -0.16)):
                _share(axes, one, sexes == sex, sex, -row + shift)
        axes.set_yticks([-row for row in range(len(shown))], [_name(one) for one in shown])
        axes.set_ylim(-len(shown) + 0.4, 0.6)
        axes.set_xlim(-1, 101)
        axes.set_xlabel("Beyond the cut-off (% of the people it applies to)")
        axes.tick_params(axis="y", labelsize=12)
        grid_lines(axes, axis="x")
        axes.legend(handles=_handles(), loc="upper right", fontsize=12, frameon=True,
                    facecolor="white", edgecolor="none")  # fmt: skip
    return Picture(
        name="prevalence",
        caption="Share of women and men beyond each published cut-off, with Wilson's 95 % "
        "interval; a cut-off without people it applies to is left out.",
    )


def _share(axes: Any, one: Judgement, mine: Any, sex: str, height: float) -> None:
    colour, marker, _ = SEXES[sex]
    n, count = int((one.applicable & mine).sum()), int(((one.answers == YES) & mine).sum())
    if n == 0:
        return
    low, high = wilson(count, n)
    axes.plot([100 * low, 100 * high], [height, height], color=colour, lw=2)
    axes.plot([100 * count / n], [height], marker, color=colour, ms=7)


def _handles() -> list[Any]:
    from matplotlib.lines import Line2D

    return [Line2D([], [], color=colour, marker=marker, lw=2, ms=7, label=words)
            for colour, marker, words in SEXES.values()]  # fmt: skip


def sets_picture(judged: Sequence[Judgement], folder: Path) -> Picture | None:
    """The commonest sets of cut-offs that call a person low; None where fewer than two compare."""
    chosen = for_sets(judged)
    if len(chosen) < 2:
        return None
    found, n = combinations(chosen)
    if n == 0:
        return None
    shown = found[:_MOST_SETS]
    wide = 5.2 + 0.52 * len(shown)
    with page(folder, "sets", (wide, 4.2 + 0.42 * len(chosen))) as figure:
        axes = figure.subplots(
            2, 2, width_ratios=[1.3, 0.4 * len(shown)], height_ratios=[3.4, 0.45 * len(chosen)]
        )
        axes[0, 0].axis("off")
        _heights(axes[0, 1], shown, n)
        _dots(axes[1, 1], shown, len(chosen))
        _sizes(axes[1, 0], chosen)
    more = sum(each.count for each in found[_MOST_SETS:])
    rest = f" {len(found) - len(shown)} rarer sets ({more} people) are not shown." if more else ""
    return Picture(
        name="sets",
        caption=f"Which cut-offs call a person low together, of {n} people to whom all "
        f"{len(chosen)} apply (after UpSet, Lex 2014). Each column is one set of cut-offs "
        f"(dots), the bar its people; bars on the left are the people low by each.{rest}",
    )


def _heights(axes: Any, shown: Sequence[Combination], n: int) -> None:
    counts = [each.count for each in shown]
    colours = [QUIET if not any(each.low) else _BAR for each in shown]
    axes.bar(range(len(shown)), counts, color=colours, width=0.66)
    for place, count in enumerate(counts):
        axes.text(place, count, f"{100 * count / n:.1f}", ha="center", va="bottom", fontsize=10)
    axes.set_ylabel("People (label: %)")
    axes.set_xticks([])
    axes.set_xlim(-0.6, len(shown) - 0.4)
    axes.set_ylim(0, max(counts) * 1.1)
    grid_lines(axes)


def _dots(axes: Any, shown: Sequence[Combination], rows: int) -> None:
    for place, each in enumerate(shown):
        low = np.flatnonzero(each.low)
        axes.plot([place] * rows, range(rows), "o", ms=9, color=FAINT)
        axes.plot([place] * len(low), low, "o-", ms=9, lw=2, color=INK)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_xlim(-0.6, len(shown) - 0.4)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def _sizes(axes: Any, chosen: Sequence[Judgement]) -> None:
    everyone = np.logical_and.reduce([one.applicable for one in chosen])
    sizes = [int((one.answers[everyone] == YES).sum()) for one in chosen]
    axes.barh(range(len(chosen)), sizes, color=_BAR, height=0.6)
    axes.set_ylim(len(chosen) - 0.5, -0.5)
    axes.invert_xaxis()
    axes.set_yticks(range(len(chosen)), [_name(one) for one in chosen], fontsize=12)
    axes.tick_params(axis="x", labelsize=11)
    axes.set_xlabel("People", fontsize=12)
    axes.locator_params(axis="x", nbins=3)
    grid_lines(axes, axis="x")


def _name(one: Judgement) -> str:
    """``Martin 2013, l3 smi`` of ``martin2013_l3_smi``."""
    what = one.cutoff.key.partition("_l3_")[2] or one.cutoff.key.rpartition("_")[2]
    return f"{one.cutoff.source.short}, {what.replace('_', ' ').upper()}"
