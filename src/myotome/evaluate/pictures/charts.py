"""Dice by muscle, predicted against reference, and Bland and Altman's plot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from myotome.evaluate.pictures.style import (
    FAINT,
    INK,
    QUIET,
    SIDES,
    Picture,
    grid_lines,
    in_lines,
    sheet,
)
from myotome.evaluate.scores.agreement import BlandAltman, bland_altman
from myotome.evaluate.scores.overlap import Rule, State
from myotome.evaluate.scores.regions import TOTAL, LabelSet
from myotome.evaluate.scores.summary import Agreement, agreement
from myotome.evaluate.tables import Scores
from myotome.tables.quantities.published_dice import PUBLISHED_DICE

_FEW = 12
_LEGEND: dict[str, Any] = {"loc": "upper left", "fontsize": 14, "handletextpad": 0.4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The pairs of one structure: ``points`` are (side, predicted, reference) in ``unit``."""

    words: str
    unit: str
    points: tuple[tuple[str, float, float], ...]

    @property
    def agreement(self) -> Agreement | None:
        """Over all points of the panel."""
        return agreement([p for _, p, _ in self.points], [r for _, _, r in self.points], self.unit)

    @property
    def limits(self) -> BlandAltman | None:
        """Bias and limits over all points of the panel."""
        return bland_altman([p for _, p, _ in self.points], [r for _, _, r in self.points])


def dice_by_structure(scores: Scores, kind: LabelSet, rule: Rule, folder: Path) -> Picture:
    """Violins of Dice over slices by structure and side, after Vu et al. 2024, figure 2B."""
    groups = tuple(dict.fromkeys(r.structure for r in kind.singles))
    words = {r.structure: r.words for r in kind.regions if r.side in ("both", "")}
    published = {(p.structure, p.side): p.mean for p in PUBLISHED_DICE}
    with sheet(folder, "dice_by_muscle", (13.0, 6.4)) as figure:
        axes = figure.add_subplot()
        for region in kind.singles:
            found = [
                s.dice
                for s in scores.slices
                if (s.structure, s.side) == (region.structure, region.side) and s.dice is not None
            ]
            place = groups.index(region.structure) + {"left": -0.2, "right": 0.2}.get(
                region.side, 0.0
            )
            _violin(axes, place, found, region.side)
            paper = published.get((region.structure, region.side))
            if paper is not None:
                axes.plot([place], [paper], "D", ms=8, mfc="white", mec=INK, mew=1.6, zorder=6)
        axes.set_xticks(range(len(groups)), [in_lines(words[g]) for g in groups])
        axes.set_xlim(-0.5, len(groups) - 0.5)
        axes.set_ylim(-0.02, 1.09)
        axes.set_yticks(np.arange(0, 1.01, 0.2))
        axes.set_ylabel("Dice per slice")
        grid_lines(axes)
        _dice_legend(axes, kind)
    counted = "are not counted" if rule is Rule.SKIP else "count as 1"
    caption = (
        f"Dice per slice of {kind.words} ({len(scores.subjects)} subjects, reference slices "
        f"only): violin, quartiles and mean (number). Slices without the structure in both maps "
        f"{counted}."
    )
    if kind.has_mass:
        caption += " Diamonds: test set of Vu et al. 2024, table 1."
    return Picture(name="dice_by_muscle", caption=caption)


def _violin(axes: Any, place: float, found: Sequence[float], side: str) -> None:
    colour, marker, _ = SIDES[side]
    if not found:
        axes.text(place, 0.0, "none", ha="center", va="bottom", fontsize=11, color=QUIET)
        return
    values = np.asarray(found)
    if len(values) >= _FEW and np.ptp(values) > 0:
        body = axes.violinplot(values, [place], widths=0.36, showextrema=False)["bodies"][0]
        body.set(facecolor=colour, alpha=0.35, edgecolor=colour)
        low, middle, high = np.percentile(values, [25, 50, 75])
        axes.plot([place, place], [low, high], color=colour, lw=6, solid_capstyle="butt", zorder=4)
        axes.plot([place], [middle], "o", ms=6, mfc="white", mec=colour, mew=1.5, zorder=5)
    spread = np.random.default_rng(0).uniform(-0.06, 0.06, len(values))
    axes.plot(place + spread, values, marker, ms=2.5, color=colour, alpha=0.5, zorder=3)
    axes.text(place, 1.03, f"{values.mean():.2f}", ha="center", va="bottom", fontsize=12)


def _dice_legend(axes: Any, kind: LabelSet) -> None:
    from matplotlib.lines import Line2D

    sides = [s for s in ("left", "right") if any(r.side == s for r in kind.singles)]
    handles = [
        Line2D([], [], marker="s", ls="", ms=11, color=SIDES[s][0], label=f"{s} (patient's)")
        for s in sides
    ]
    if kind.has_mass:
        words = "Vu et al. 2024, mean"
        diamond = Line2D([], [], marker="D", ls="", ms=8, mfc="white", mec=INK, label=words)
        handles.append(diamond)
    if handles:
        axes.figure.legend(handles=handles, loc="outside upper left", ncols=3, fontsize=13)


def area_panels(scores: Scores, kind: LabelSet) -> tuple[Panel, ...]:
    """Area per slice, by group with sides apart, and the total; both-empty slices left out."""
    rows = [
        (s.structure, s.side, s.predicted_cm2, s.reference_cm2)
        for s in scores.slices
        if s.state is not State.EMPTY
    ]
    return _panels(rows, kind, "cm\u00b2")


def mass_panels(scores: Scores, kind: LabelSet) -> tuple[Panel, ...]:
    """Mass (or volume) per subject within the annotated slices, by group, and the total."""
    rows = []
    for v in scores.volumes:
        pair = (v.predicted_g, v.reference_g) if kind.has_mass else (v.predicted_ml, v.reference_ml)
        if v.state is not State.EMPTY and pair[0] is not None and pair[1] is not None:
            rows.append((v.structure, v.side, pair[0], pair[1]))
    return _panels(rows, kind, "g" if kind.has_mass else "ml")


def _panels(
    rows: Sequence[tuple[str, str, float, float]], kind: LabelSet, unit: str
) -> tuple[Panel, ...]:
    out = []
    for region in kind.regions:
        if region.side not in ("both", ""):
            continue
        sides = ("both",) if region.structure == TOTAL else ("left", "right", "")
        points = tuple(
            (s, p, r) for name, s, p, r in rows if name == region.structure and s in sides
        )
        out.append(Panel(words=region.words, unit=unit, points=points))
    return tuple(p for p in out if p.points)


def scatter(panels: Sequence[Panel], name: str, what: str, folder: Path) -> Picture:
    """Predicted against reference with the line of identity, r and ICC (figure 4 there)."""
    _sheet_of(panels, name, folder, _scatter, (f"reference {what}", f"predicted {what}"))
    caption = (
        f"Predicted against reference {what}, with the line of identity, Pearson's r and "
        "ICC(A,1), absolute agreement, with its 95 % confidence interval."
    )
    return Picture(name=name, caption=caption)


def bland_altman_plot(panels: Sequence[Panel], name: str, what: str, folder: Path) -> Picture:
    """Difference against mean, with bias and limits of agreement."""
    labels = (f"mean of both {what}", "predicted \u2212 reference")
    _sheet_of(panels, name, folder, _difference, labels)
    caption = (
        f"Difference of the {what} (predicted minus reference) against their mean: bias (line) "
        "and 95 % limits of agreement (dashed). Slices of one subject are not independent."
    )
    return Picture(name=name, caption=caption)


def _sheet_of(
    panels: Sequence[Panel],
    name: str,
    folder: Path,
    draw: Callable[[Any, Panel], None],
    labels: tuple[str, str],
) -> None:
    """One panel each, the last place for the legend."""
    from matplotlib.lines import Line2D

    columns = 4 if len(panels) > 5 else 3
    lines = -(-(len(panels) + 1) // columns)
    with sheet(folder, name, (3.4 * columns, 3.7 * lines)) as figure:
        for place, panel in enumerate(panels, 1):
            axes = figure.add_subplot(lines, columns, place)
            draw(axes, panel)
            axes.set_title(panel.words)
        last = figure.add_subplot(lines, columns, lines * columns)
        last.axis("off")
        used = [s for s in SIDES if any(s == side for p in panels for side, _, _ in p.points)]
        handles = [
            Line2D([], [], marker=SIDES[s][1], ls="", ms=9, color=SIDES[s][0], label=SIDES[s][2])
            for s in used
            if SIDES[s][2]
        ]
        if handles:
            last.legend(handles=handles, **_LEGEND)
        figure.supxlabel(f"{labels[0]} ({panels[0].unit})")
        figure.supylabel(f"{labels[1]} ({panels[0].unit})")


def _points(axes: Any, panel: Panel, place: Callable[[float, float], tuple[float, float]]) -> None:
    for side, (colour, marker, _) in SIDES.items():
        found = [place(p, r) for s, p, r in panel.points if s == side]
        if found:
            x, y = np.asarray(found).T
            size = 4 if len(panel.points) > 40 else 7
            axes.plot(x, y, marker, ms=size, color=colour, alpha=0.6, mew=0)


def _scatter(axes: Any, panel: Panel) -> None:
    top = 1.06 * max(max(p, r) for _, p, r in panel.points) or 1.0
    axes.plot([0, top], [0, top], color=QUIET, lw=1.2)
    _points(axes, panel, lambda p, r: (r, p))
    axes.set(xlim=(0, top), ylim=(0, top))
    axes.set_box_aspect(1)
    axes.grid(visible=True, color=FAINT)
    axes.locator_params(nbins=4)
    axes.text(0.04, 0.97, _said(panel.agreement), transform=axes.transAxes, va="top", fontsize=12)


def _said(found: Agreement | None) -> str:
    if found is None or found.icc_a1 is None:
        return f"n {0 if found is None else found.n}: too few for r, ICC"
    icc = found.icc_a1
    r = "" if found.r is None else f"r {found.r:.3f}\n"
    return f"{r}ICC {icc.value:.3f}\n({icc.low:.2f} to {icc.high:.2f})"


def _difference(axes: Any, panel: Panel) -> None:
    _points(axes, panel, lambda p, r: ((p + r) / 2, p - r))
    axes.axhline(0, color=QUIET, lw=1.0)
    axes.grid(visible=True, color=FAINT)
    axes.locator_params(nbins=4)
    top = max((p + r) / 2 for _, p, r in panel.points)
    axes.set_xlim(0, 1.06 * top or 1.0)
    largest = max(abs(p - r) for _, p, r in panel.points)
    limits = panel.limits
    if limits is not None:
        largest = max(largest, abs(limits.low), abs(limits.high))
        axes.axhline(limits.bias, color=INK, lw=2.0)
        for value in (limits.low, limits.high):
            axes.axhline(value, color=INK, lw=1.2, ls=(0, (5, 3)))
        words = f"bias {_signed(limits.bias)}\n{_signed(limits.low)} to {_signed(limits.high)}"
        axes.text(0.04, 0.97, words, transform=axes.transAxes, va="top", fontsize=12)
    # room above the data for the words
    axes.set_ylim(-1.15 * (largest or 1.0), 1.75 * (largest or 1.0))


def _signed(value: float) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:+.{digits}f}".replace("-", "\u2212")
