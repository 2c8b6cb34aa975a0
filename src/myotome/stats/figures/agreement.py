"""Networks against readers (figures 2 and 4 of Vu et al. 2024), and readers among themselves.

The pictures are those of `myotome evaluate`, drawn from what it wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from myotome.evaluate.pictures import charts
from myotome.evaluate.pictures.style import INK, SIDES, Picture, grid_lines
from myotome.evaluate.scores.overlap import Rule
from myotome.evaluate.scores.regions import MUSCLE_SET
from myotome.evaluate.scores.rows import SliceScore
from myotome.evaluate.tables import Scores
from myotome.stats.agreement.raters import Rated
from myotome.stats.figures.drawing import page


def against_readers(rows: Sequence[SliceScore], folder: Path) -> tuple[Picture, ...]:
    """Dice by muscle and side, automatic against manual areas, and Bland and Altman's plot."""
    scores = Scores(slices=rows, volumes=(), summaries=())
    out = [charts.dice_by_structure(scores, MUSCLE_SET, Rule.SKIP, folder)]
    panels = charts.area_panels(scores, MUSCLE_SET)
    if panels:
        out.append(charts.scatter(panels, "agreement_area", "areas", folder))
        out.append(charts.bland_altman_plot(panels, "bland_altman_area", "areas", folder))
    return tuple(out)


def among_raters(rated: Sequence[Rated], names: Sequence[str], folder: Path) -> Picture:
    """Dice of pairs of raters: by muscle, and by pair over all muscles."""
    with page(folder, "raters_dice", (15.0, 6.4)) as figure:
        grid = figure.add_gridspec(1, 2, width_ratios=[2.4, 1])
        _by_muscle(figure.add_subplot(grid[0, 0]), rated)
        _by_pair(figure.add_subplot(grid[0, 1]), rated, names)
    return Picture(
        name="raters_dice",
        caption="Dice between raters, over slices on which one of the pair has the muscle. Left: "
        "the mean of each pair (dots) and of all pairs (line), by muscle and side. Right: the mean "
        "of each pair over all muscles and slices; raters are numbered in the order given.",
    )


def _by_muscle(axes: Any, rated: Sequence[Rated]) -> None:
    random = np.random.default_rng(0)
    for at, row in enumerate(rated):
        means = [float(np.mean(found)) for found in row.dice.values() if found]
        if not means:
            continue
        colour, marker, _ = SIDES[row.muscle.side]
        places = at + random.uniform(-0.18, 0.18, len(means))
        axes.plot(places, means, marker, ms=6, color=colour, alpha=0.6, mew=0)
        middle = float(np.mean([d for found in row.dice.values() for d in found]))
        axes.plot([at - 0.3, at + 0.3], [middle, middle], color=INK, lw=2.5)
    axes.set_xticks(range(len(rated)), [row.muscle.words for row in rated],
                    rotation=40, ha="right", rotation_mode="anchor", fontsize=12)  # fmt: skip
    axes.set_ylim(top=1.0)
    axes.set_ylabel("Dice per slice, mean")
    grid_lines(axes)


def _by_pair(axes: Any, rated: Sequence[Rated], names: Sequence[str]) -> None:
    count = len(names)
    means = np.full((count, count), np.nan)
    for a, b in rated[0].dice:
        every = [d for row in rated for d in row.dice[a, b]]
        if every:
            means[a, b] = means[b, a] = np.mean(every)
    if np.isfinite(means).any():
        axes.imshow(means, cmap="Blues", vmin=np.nanmin(means) - 0.05, vmax=1.0)
        middle = (np.nanmin(means) + 0.95) / 2
        for a, b in zip(*np.where(np.isfinite(means)), strict=True):
            colour = "white" if means[a, b] > middle else INK
            axes.text(b, a, f"{means[a, b]:.2f}", ha="center", va="center", color=colour,
                      fontsize=12)  # fmt: skip
    numbers = [str(number) for number in range(1, count + 1)]
    axes.set_xticks(range(count), numbers)
    axes.set_yticks(range(count), numbers)
    axes.set_xlabel("rater")
    axes.set_ylabel("rater")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
