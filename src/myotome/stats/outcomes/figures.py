"""Kaplan-Meier curves with numbers at risk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from myotome.evaluate.pictures.style import LINES, QUIET, Picture, grid_lines
from myotome.stats.figures.drawing import page
from myotome.stats.outcomes.sheets import group_words
from myotome.stats.outcomes.survival import GroupCurve

_DASHES = ("-", "--", "-.", ":")
_COLOURS = (LINES[1], LINES[0], LINES[2], LINES[3])


def survival_picture(
    curves: tuple[GroupCurve, ...], time_words: str, p_log_rank: float, folder: Path
) -> Picture:
    """The curves with their 95 % bands, and below them how many are at risk."""
    last = max(float(curve.durations.max()) for curve in curves)
    with page(folder, "kaplan_meier", (9.5, 5.6 + 0.42 * len(curves))) as figure:
        upper, lower = figure.subplots(
            2, 1, sharex=True, gridspec_kw={"height_ratios": [5, 0.5 + 0.45 * len(curves)]}
        )
        for number, curve in enumerate(curves):
            _curve(upper, curve, number)
        upper.set_ylim(0, 102)
        upper.set_xlim(0, last * 1.02)
        upper.set_ylabel("Without event (%)")
        words = "P < 0.001" if p_log_rank < 0.001 else f"P = {p_log_rank:.3f}"
        upper.legend(loc="best", title=f"Log-rank {words}", alignment="left", fontsize=13)
        grid_lines(upper)
        upper.tick_params(labelbottom=True)
        upper.set_xlabel(time_words)
        _at_risk(lower, curves, [t for t in upper.get_xticks() if 0 <= t <= last])
    return Picture(
        name="kaplan_meier",
        caption="Kaplan-Meier curves with pointwise 95 % limits (log-log). Numbers: events of "
        "people in the legend, people still followed below.",
    )


def _curve(axes: Any, curve: GroupCurve, number: int) -> None:
    colour = _COLOURS[number % len(_COLOURS)]
    axes.step(
        curve.times, 100 * curve.share, where="post", color=colour, lw=2.2,
        ls=_DASHES[number % len(_DASHES)],
        label=f"{group_words(curve.group)} ({curve.events} of {curve.n})",
    )  # fmt: skip
    axes.fill_between(
        curve.times, 100 * curve.low, 100 * curve.high, step="post", color=colour,
        alpha=0.15, lw=0,
    )  # fmt: skip


def _at_risk(axes: Any, curves: tuple[GroupCurve, ...], ticks: list[float]) -> None:
    for row, curve in enumerate(curves):
        for time, count in zip(ticks, curve.at_risk(np.array(ticks)), strict=True):
            colour = _COLOURS[row % len(_COLOURS)]
            axes.text(time, -row, str(count), ha="center", va="center", fontsize=12, color=colour)
    axes.set_yticks([-row for row in range(len(curves))], [group_words(c.group) for c in curves])
    axes.set_ylim(-len(curves) + 0.4, 0.6)
    axes.tick_params(length=0, labelbottom=False, labelsize=12)
    axes.tick_params(axis="y", pad=24)
    axes.spines[:].set_visible(False)
    axes.set_title("At risk", fontsize=12, color=QUIET)
