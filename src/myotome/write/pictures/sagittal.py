"""The level check: a sagittal cut that follows the vertebral bodies, with their names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.space.given import SetBy
from myotome.nouns.space.landmarks import Level
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.result import StudyResult
from myotome.tables.anatomy.expectations import CONFIDENT_LEVEL
from myotome.tables.outputs.colours import SPINE_WINDOW_LEVEL_HU, SPINE_WINDOW_WIDTH_HU
from myotome.write.pictures import canvas
from myotome.write.pictures.annotations import (
    Mark,
    MarkedPicture,
    Stroke,
    Words,
    marked,
    scale_bar,
    sides,
)
from myotome.write.pictures.canvas import Frame
from myotome.write.pictures.palette import Palette

HIGH_PX = 620
WIDEST_PX = 520
_NAMES_PX = 118
_CHECKED = "L3"
_ABOVE_MM, _BELOW_MM = 55.0, 75.0
"""What is shown beyond the highest and lowest known level, to count from ribs and sacrum."""
_BODY_HU = -300
_BODY_SHARE = 0.08
_HALF_MM = 3.0
_MARGIN_MM = 8.0
_GRAYS = 120
"""More than elsewhere: there is less noise in a thick cut to hide their steps."""
_BRIGHT = (255, 214, 92)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Body:
    """One vertebral body in index coordinates; None for an endplate that is not known."""

    level: Level
    k: float
    j: float | None
    i: float | None
    k_top: float | None
    k_bottom: float | None

    @property
    def doubtful(self) -> bool:
        return self.level.confidence < CONFIDENT_LEVEL

    @property
    def by_hand(self) -> bool:
        return self.level.set_by is SetBy.USER


def sagittal(result: StudyResult) -> MarkedPicture:
    """A sagittal CT along the vertebral bodies, front at the left, with every level found.

    The cut follows the bodies from side to side, so that a curved spine stays in it. A bracket
    spans the endplates where they are known; the line is the slice that L3 is measured on. A
    level that is uncertain has a question mark, one that a person set the word "set".
    """
    volume = result.volume
    bodies = _bodies(result)
    columns, followed = _columns(result, bodies)
    hu = _thick_cut(volume, columns)
    low, high = _extent(volume, bodies, result)
    frame = _frame(volume, hu, low, high)
    gray = canvas.resized(_windowed(hu[::-1]), frame)
    palette = Palette.of([], most=_GRAYS)
    indices = np.zeros((frame.size[1], frame.size[0] + _NAMES_PX), np.uint8)
    indices[:, : frame.size[0]] = palette.gray[gray]
    marks = _marks(result, bodies, frame)
    way = "along the vertebral bodies" if followed else "through the middle of the muscles"
    caption = f"Sagittal CT {way}, front at the left: {_told(result, bodies)}"
    return marked(
        ("sagittal_levels", "Level check", caption),
        palette.picture(indices),
        marks,
        sides_words="Image left is the patient's front.",
    )


def _told(result: StudyResult, bodies: list[_Body]) -> str:
    if not bodies:
        return "no vertebra was found."
    z = _checked_z_mm(result)
    doubtful = ", ".join(b.level.name for b in bodies if b.doubtful)
    words = f"{len(bodies)} levels"
    if z is None:
        words += f"; {_CHECKED} was not found in this scan"
    else:
        words += f", the line is the {_CHECKED} slice at z {z:.1f} mm".replace("-", "\u2212")
    by_hand = ", ".join(b.level.name for b in bodies if b.by_hand)
    words += f"; set by hand: {by_hand}" if by_hand else ""
    return f"{words}; uncertain: {doubtful}." if doubtful else f"{words}."


def _bodies(result: StudyResult) -> list[_Body]:
    """Every level with a known middle inside the scan, from head to foot."""
    grid, out = result.volume.grid, []
    for level in result.landmarks.levels.values():
        if level.mid_z_mm is None:
            continue
        ends = [_k_of(result.volume, level, z) for z in (level.superior_z_mm, level.inferior_z_mm)]
        k = _k_of(result.volume, level, level.mid_z_mm)
        if k is None or not -0.5 <= k <= grid.shape[0] - 0.5:
            continue
        j = i = None
        if level.centre_xy_mm is not None:
            _, j, i = (float(v) for v in grid.to_index((*level.centre_xy_mm, level.mid_z_mm)))
        out.append(_Body(level=level, k=k, j=j, i=i, k_top=ends[0], k_bottom=ends[1]))
    return sorted(out, key=lambda body: -body.k)


def _k_of(volume: Volume, level: Level, z_mm: float | None) -> float | None:
    """The slice index of a z at the level's own x and y (they matter in a tilted scan)."""
    if z_mm is None:
        return None
    if level.centre_xy_mm is None:
        return volume.grid.z_to_k(z_mm)
    return float(volume.grid.to_index((*level.centre_xy_mm, z_mm))[0])


def _checked_z_mm(result: StudyResult) -> float | None:
    """The z of the slice that is measured for the checked level, None if there is none."""
    level = result.levels.get(_CHECKED)
    return None if level is None else level.z_mm


def _columns(result: StudyResult, bodies: list[_Body]) -> tuple[NDArray[np.float64], bool]:
    """The column i to cut each slice at, and whether it follows vertebral bodies."""
    count, _, wide = result.volume.grid.shape
    known = sorted((body.k, body.i) for body in bodies if body.i is not None)
    if known:
        k, i = np.asarray(known).T
        return np.interp(np.arange(count), k, i), True
    sideways = (result.segmentation.labels > 0).any(axis=1).sum(axis=0)
    middle = float(np.average(np.arange(wide), weights=sideways)) if sideways.any() else wide / 2
    return np.full(count, middle), False


def _thick_cut(volume: Volume, columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean HU over about 6 mm around the cut, which calms noise; ``(k, j)``."""
    wide = volume.grid.shape[2]
    half = max(0, round(_HALF_MM / volume.grid.spacing_mm[2]))
    middle = np.clip(np.round(columns).astype(np.intp), 0, wide - 1)
    out = np.empty(volume.grid.shape[:2])
    for k, i in enumerate(middle):
        strip = volume.hu[k, :, max(0, i - half) : i + half + 1]
        out[k] = strip.mean(axis=1)
    return out


def _windowed(hu: NDArray[np.float64]) -> NDArray[np.uint8]:
    low = SPINE_WINDOW_LEVEL_HU - SPINE_WINDOW_WIDTH_HU / 2
    scaled = (hu - low) * (255.0 / SPINE_WINDOW_WIDTH_HU)
    gray: NDArray[np.uint8] = np.clip(scaled, 0, 255).astype(np.uint8)
    return gray


def _extent(volume: Volume, bodies: list[_Body], result: StudyResult) -> tuple[float, float]:
    """(lowest, highest) edge of the shown slices in k."""
    last, dk = volume.grid.shape[0] - 0.5, volume.grid.spacing_mm[0]
    ks = [body.k for body in bodies] or [
        volume.grid.z_to_k(result.slab.inferior_z_mm),
        volume.grid.z_to_k(result.slab.superior_z_mm),
    ]
    low, high = min(ks) - _BELOW_MM / dk, max(ks) + _ABOVE_MM / dk
    return max(-0.5, low), min(last, high)


def _frame(volume: Volume, hu: NDArray[np.float64], low: float, high: float) -> Frame:
    """The body from front to back, as high as ``HIGH_PX`` and as wide as ``WIDEST_PX`` allow."""
    count, deep = hu.shape
    dk, dj, _ = volume.grid.spacing_mm
    shown = hu[max(0, round(low + 0.5)) : max(1, round(high + 0.5))]
    front, back = _body_columns(shown)
    box = (
        max(0.0, front - _MARGIN_MM / dj),
        max(0.0, count - 0.5 - high),
        min(float(deep), back + _MARGIN_MM / dj),
        min(float(count), count - 0.5 - low),
    )
    aspect = (box[2] - box[0]) * dj / ((box[3] - box[1]) * dk)
    return Frame.fitting(box, (dj, dk), max(1, min(WIDEST_PX, round(HIGH_PX * aspect))))


def _body_columns(hu: NDArray[np.float64]) -> tuple[int, int]:
    """First and one past the last column of the largest thing denser than air, not the couch."""
    from scipy import ndimage

    mask = ndimage.binary_opening(hu > _BODY_HU, structure=np.ones((1, 5), bool))
    parts, count = ndimage.label(mask)
    if count == 0:
        return 0, hu.shape[1]
    largest = parts == int(np.bincount(parts.ravel())[1:].argmax()) + 1
    columns = np.flatnonzero(largest.mean(axis=0) > _BODY_SHARE)
    return (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, hu.shape[1])


def _x_px(frame: Frame, column: float) -> float:
    left, _, right, _ = frame.box
    return (column + 0.5 - left) / (right - left) * frame.size[0]


def _marks(result: StudyResult, bodies: list[_Body], frame: Frame) -> tuple[Mark, ...]:
    last = result.volume.grid.shape[0] - 1
    marks: list[Mark] = []
    lines: list[float] = []
    for body in bodies:
        measured = result.levels.get(_CHECKED) if body.level.name == _CHECKED else None
        at = body.k if measured is None or measured.k is None else measured.k
        y = frame.y_px(last - at)
        if 0 <= y < frame.size[1]:
            lines.append(y)
            marks += _bracket(body, frame, last)
            marks += _named(result, body, frame, y)
    return (*marks, *_ways(frame, lines), *scale_bar(frame))


def _ways(frame: Frame, lines: list[float]) -> tuple[Mark, ...]:
    """Front and back at the edges, where no level's line runs."""
    high = frame.size[1]
    heights = range(20, max(21, high - 50), 6)
    y = float(max(heights, key=lambda h: min((abs(h - line) for line in lines), default=0)))
    return sides((frame.size[0], round(2 * y)), left="A", right="P")


def _named(result: StudyResult, body: _Body, frame: Frame, y: float) -> list[Mark]:
    """A line to the name in the margin; that of L3 crosses the whole picture."""
    edge, high = float(frame.size[0]), frame.size[1]
    name = body.level.name + (" ?" if body.doubtful else "") + (" set" if body.by_hand else "")
    z = _checked_z_mm(result) if body.level.name == _CHECKED else None
    if z is not None:
        said = min(max(y, 16.0), high - 32.0)
        return [
            Stroke(start=(0, y), end=(edge + 6, y), colour=_BRIGHT, width=2),
            Words(at=(edge + 12, said), text=name, size=22, colour=_BRIGHT, anchor="lm"),
            Words(
                at=(edge + 12, said + 21),
                text=f"z {z:.1f} mm",
                colour=_BRIGHT,
                size=13,
                anchor="lm",
            ),
        ]
    start = 0.0 if body.j is None else _x_px(frame, body.j)
    said = min(max(y, 12.0), high - 12.0)
    return [
        Stroke(start=(start, y), end=(edge + 6, y), colour=canvas.QUIET, dash=(3, 5)),
        Words(at=(edge + 12, said), text=name, size=17, anchor="lm"),
    ]


def _bracket(body: _Body, frame: Frame, last: int) -> list[Mark]:
    """A dot at the middle of a body, and a bracket between the endplates that are known."""
    if body.j is None:
        return []
    x, y = _x_px(frame, body.j), frame.y_px(last - body.k)
    colour = _BRIGHT if body.level.name == _CHECKED else canvas.WHITE
    marks: list[Mark] = [Stroke(start=(x - 3, y), end=(x + 3, y), colour=colour, width=6)]
    for k in (body.k_top, body.k_bottom):
        if k is not None:
            end = frame.y_px(last - k)
            marks.append(Stroke(start=(x, y), end=(x, end), colour=colour, width=2))
            marks.append(Stroke(start=(x - 9, end), end=(x + 9, end), colour=colour, width=2))
    return marks
