"""Expected against real Dice, as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from myotome.evaluate.calibration.rows import Row
from myotome.segment.bundled.confidence import SCORE, Calibration
from myotome.tables.anatomy.muscles import GROUPS

# Okabe and Ito's palette with a marker each: told apart in colour deficiencies and in grey.
_LOOKS = (
    ("#0072B2", "o"),
    ("#E69F00", "s"),
    ("#009E73", "^"),
    ("#CC79A7", "D"),
    ("#D55E00", "v"),
    ("#56B4E9", "P"),
)


def draw(given: Sequence[Row], made: Calibration, path: Path) -> None:
    """Three panels: raw score, calibrated, and calibrated over blocks of slices."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13.5, 4.9), dpi=130, layout="constrained")
    whole = [row for row in given if row.block is None]
    blocks = [row for row in given if row.block is not None]
    panels = (
        ("as the network thinks (raw)", whole, False),
        ("calibrated, whole muscles", whole, True),
        ("calibrated, blocks of 5 slices", blocks, True),
    )
    for axes, (title, of, calibrated) in zip(figure.subplots(1, 3), panels, strict=True):
        _panel(axes, of, made if calibrated else None)
        axes.set_title(title, fontsize=11)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=6, frameon=False, fontsize=9)
    temporary = path.with_suffix(".partial")
    figure.savefig(temporary, format="png")
    temporary.replace(path)


def _panel(axes: Any, given: Sequence[Row], made: Calibration | None) -> None:
    axes.plot([0, 1], [0, 1], color="0.4", lw=1, zorder=0)
    for group, (colour, marker) in zip(GROUPS, _LOOKS, strict=True):
        own = [row for row in given if row.group == group.key and row.scores[SCORE] is not None]
        for spoilt in (True, False):
            some = [row for row in own if bool(row.variant) is spoilt]
            raw = [row.scores[SCORE] for row in some]
            x = raw if made is None else [made.expected(group.key, value) for value in raw]
            axes.scatter(
                x,
                [row.dice for row in some],
                s=14 if spoilt else 46,
                marker=marker,
                facecolors="none" if spoilt else colour,
                edgecolors=colour if spoilt else "black",
                linewidths=0.7,
                alpha=0.7 if spoilt else 1.0,
                label=None if spoilt else group.words,
            )
    low = min((row.dice for row in given), default=0.5)
    axes.set(xlim=(min(low, 0.5), 1), ylim=(min(low, 0.5), 1), aspect="equal")
    axes.set_xlabel("Dice expected (open: scan made worse)")
    axes.set_ylabel("real Dice")
    axes.grid(color="0.9")
    axes.set_axisbelow(True)
