"""The worst slices, with the outlines of both maps on the CT: where to look first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myotome.evaluate.pictures.style import PREDICTED, REFERENCE, Picture, sheet
from myotome.evaluate.scores.case import Pair, load
from myotome.evaluate.scores.maps import read_ct_slice
from myotome.evaluate.scores.options import Options
from myotome.evaluate.scores.regions import IGNORED
from myotome.evaluate.scores.rows import SliceScore
from myotome.write.pictures.canvas import windowed

MINIMUM_CM2 = 1.0
_MARGIN_MM = 25.0
_LEAST_SIDE_MM = 120.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """One slice around one structure: gray and both label maps ``(j, i)``, cropped alike."""

    score: SliceScore
    words: str
    value: int
    gray: NDArray[np.uint8]
    predicted: NDArray[np.uint8]
    reference: NDArray[np.uint8]
    pixel_mm: tuple[float, float]


def worst_slices(slices: Sequence[SliceScore], options: Options) -> tuple[SliceScore, ...]:
    """The lowest Dice, one slice per subject and structure (not side), worst first.

    Slivers under 1 cm2 in both maps are left out: they are at the ends of every muscle.
    """
    singles = {(r.structure, r.side) for r in options.kind.singles}
    ranked = sorted(
        (
            s
            for s in slices
            if s.dice is not None
            and (s.structure, s.side) in singles
            and max(s.predicted_cm2, s.reference_cm2) >= MINIMUM_CM2
        ),
        key=lambda s: (s.dice, s.subject, s.structure, s.side, s.k),
    )
    first: dict[tuple[str, str], SliceScore] = {}
    for s in ranked:
        first.setdefault((s.subject, s.structure), s)
    return tuple(first.values())[: options.worst]


def worst_views(
    pairs: Sequence[Pair], slices: Sequence[SliceScore], options: Options
) -> tuple[View, ...]:
    """The worst slices of the subjects that have a CT, worst first."""
    by_name = {p.subject: p for p in pairs if p.ct is not None}
    chosen = worst_slices([s for s in slices if s.subject in by_name], options)
    views: dict[SliceScore, View] = {}
    for subject in dict.fromkeys(s.subject for s in chosen):
        wanted = [s for s in chosen if s.subject == subject]
        views |= dict(zip(wanted, _views(by_name[subject], wanted, options), strict=True))
    return tuple(views[s] for s in chosen)


def _views(pair: Pair, wanted: Sequence[SliceScore], options: Options) -> list[View]:
    case = load(pair, options.kind)
    _, dj, di = case.grid.spacing_mm
    out = []
    for score in wanted:
        region = options.kind.region(score.structure, score.side)
        if pair.ct is None:
            continue
        hu = read_ct_slice(pair.ct, score.k, case.grid, f"the CT of {pair.subject}")
        predicted, reference = case.predicted[score.k], case.reference[score.k]
        box = _box((predicted == region.values[0]) | (reference == region.values[0]), (dj, di))
        out.append(
            View(
                score=score,
                words=region.words,
                value=region.values[0],
                gray=windowed(hu[box]),
                predicted=predicted[box],
                reference=reference[box],
                pixel_mm=(dj, di),
            )
        )
    return out


def _box(mask: NDArray[np.bool_], pixel_mm: tuple[float, float]) -> tuple[slice, slice]:
    """A square around ``mask`` with a margin, as far as the image reaches."""
    found = [np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0)]
    middles = [(f[0] + f[-1]) / 2 for f in found]
    sides = [(f[-1] - f[0]) * mm + 2 * _MARGIN_MM for f, mm in zip(found, pixel_mm, strict=True)]
    half = max(*sides, _LEAST_SIDE_MM) / 2
    rows, columns = (
        slice(max(0, round(m - half / mm)), min(n, round(m + half / mm) + 1))
        for m, mm, n in zip(middles, pixel_mm, mask.shape, strict=True)
    )
    return rows, columns


def draw_views(views: Sequence[View], name: str, folder: Path) -> Picture:
    """The views as panels: reference solid blue, prediction dashed yellow; others thin."""
    columns = min(3, len(views))
    lines = -(-len(views) // columns)
    with sheet(folder, name, (4.3 * columns, 4.9 * lines + 0.4)) as figure:
        for place, view in enumerate(views, 1):
            _draw(figure.add_subplot(lines, columns, place), view)
        _legend(figure)
    caption = (
        "The slices with the lowest Dice, one per subject and structure, of at least "
        f"{MINIMUM_CM2:g} cm\u00b2: the reference (solid blue) and the prediction (dashed yellow), "
        "other structures thin. Image left is the patient's right."
    )
    return Picture(name=name, caption=caption)


def _draw(axes: Any, view: View) -> None:
    dj, di = view.pixel_mm
    axes.imshow(view.gray, cmap="gray", vmin=0, vmax=255, aspect=dj / di, interpolation="bicubic")
    layers: Mapping[str, tuple[NDArray[np.uint8], str]] = {
        REFERENCE: (view.reference, "solid"),
        PREDICTED: (view.predicted, "dashed"),
    }
    for colour, (labels, dash) in layers.items():
        for value in np.unique(labels):
            if value in (0, IGNORED):
                continue
            thick = 2.4 if value == view.value else 0.9
            _outline(axes, labels == value, colour, (dash, thick))
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    s = view.score
    z = f"{s.z_mm:.0f}".replace("-", "\u2212")
    axes.set_title(f"{view.words}: Dice {s.dice:.2f}\n{s.subject}, z {z} mm", fontsize=13)


def _outline(axes: Any, mask: NDArray[np.bool_], colour: str, look: tuple[str, float]) -> None:
    """Contour of a mask; padded, so that it closes at the border of the picture."""
    j, i = (np.arange(-1, n + 1) for n in mask.shape)
    padded = np.pad(mask, 1).astype(np.float32)
    alpha = 1.0 if look[1] > 1 else 0.6
    axes.contour(
        i, j, padded, [0.5], colors=colour, linestyles=look[0], linewidths=look[1], alpha=alpha
    )
    axes.set_xlim(-0.5, mask.shape[1] - 0.5)
    axes.set_ylim(mask.shape[0] - 0.5, -0.5)


def _legend(figure: Any) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=REFERENCE, lw=3, label="reference"),
        Line2D([], [], color="#c9a400", lw=3, ls="--", label="prediction (yellow)"),
    ]
    figure.legend(handles=handles, loc="outside lower left", ncols=2, fontsize=13)
