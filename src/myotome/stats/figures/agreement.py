"""Networks against readers (figures 2 and 4 of Vu et al. 2024), and readers among themselves.

The pictures are those of `myotome evaluate`, drawn from what it wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from myotome.evaluate.pictures import charts
from myotome.evaluate.pictures.style import LINES, Picture, grid_lines, in_lines
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
    """The mean Dice of every pair of raters, by muscle and side."""
    pairs = list(rated[0].dice)
    spread = np.linspace(-0.28, 0.28, len(pairs)) if len(pairs) > 1 else np.zeros(1)
    with page(folder, "raters_dice", (14.0, 6.2)) as figure:
        axes = figure.add_subplot()
        for number, (a, b) in enumerate(pairs):
            points = [(at + spread[number], row.dice[a, b]) for at, row in enumerate(rated)]
            found = [(x, float(np.mean(d)), float(np.std(d))) for x, d in points if d]
            if not found:
                continue
            x, y, sd = zip(*found, strict=True)
            colour = LINES[number % len(LINES)]
            words = f"{names[a]} and {names[b]}"
            axes.errorbar(x, y, sd, ls="", marker="o", ms=6, color=colour, lw=1.5, label=words)
        axes.set_xticks(range(len(rated)), [in_lines(row.muscle.words) for row in rated],
                        rotation=45, ha="right", fontsize=12)  # fmt: skip
        axes.set_ylim(0, 1.02)
        axes.set_ylabel("Dice per slice, mean \N{PLUS-MINUS SIGN} SD")
        grid_lines(axes)
        if axes.get_legend_handles_labels()[0]:
            figure.legend(loc="outside upper left", ncols=3, fontsize=12)
    return Picture(
        name="raters_dice",
        caption="Dice between raters by muscle and side, over slices on which one of the pair "
        "has it; SD over slices.",
    )
