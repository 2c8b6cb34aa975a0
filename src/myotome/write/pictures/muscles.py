"""The pictures of one result: an axial at each vertebra, a coronal, and a muscle map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from myotome.nouns.space.landmarks import Landmarks
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.result import StudyResult
from myotome.tables.anatomy.muscles import GROUPS, MUSCLES
from myotome.tables.anatomy.vertebrae import REPORTED
from myotome.tables.outputs.colours import MAP_CLASSES
from myotome.tables.quantities.hu_windows import WINDOW
from myotome.write.pictures import canvas
from myotome.write.pictures.canvas import Frame, Picture, say

AXIAL_PX = 640
MAP_LEVEL = "L3"
_BODY_HU = -300
_MARGIN_MM = 10.0
_COLOURS = {m.value: m.colour for m in MUSCLES}
_LEGEND = tuple((g.words, g.colour) for g in GROUPS)
_MAP_LEGEND = tuple(
    (f"{c.short}  {WINDOW[c.window].low_hu} to {WINDOW[c.window].high_hu} HU", c.colour)
    for c in MAP_CLASSES
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A slice worth showing: its level's name ("" for none), slice index and z."""

    level: str
    k: int
    z_mm: float

    @property
    def words(self) -> str:
        """Such as "L3", or "middle of the slab"."""
        return self.level or "middle of the slab"

    @property
    def name(self) -> str:
        """For file names."""
        return self.level or "slab_middle"


def places(result: StudyResult) -> tuple[Place, ...]:
    """The slice of each vertebra in view, from top to bottom.

    Without any vertebra: the middle of the slab.
    """
    found = places_at(result, REPORTED)
    if found:
        return found
    middle = (result.slab.superior_z_mm + result.slab.inferior_z_mm) / 2
    k = result.volume.grid.nearest_k(middle) or 0
    return (Place(level="", k=k, z_mm=result.volume.grid.slice_z_mm(float(k))),)


def places_at(result: StudyResult, names: Sequence[str]) -> tuple[Place, ...]:
    """The slices that those of ``names`` which are in the scan were measured on."""
    levels = [level for name in names if (level := result.levels.get(name)) is not None]
    return tuple(
        Place(level=level.name, k=level.k, z_mm=level.z_mm)
        for level in levels
        if level.k is not None and level.z_mm is not None
    )


def best_place(result: StudyResult, shown: tuple[Place, ...]) -> Place:
    """L3 if it shows muscle; else the shown place nearest to it in the table that does."""
    order = {name: i for i, name in enumerate(REPORTED)}
    wanted = order[MAP_LEVEL]
    ranked = sorted(shown, key=lambda p: abs(order.get(p.level, wanted) - wanted))
    with_muscle = [p for p in ranked if result.segmentation.labels[p.k].any()]
    return (with_muscle or ranked)[0]


def body_frame(volume: Volume, shown: tuple[Place, ...]) -> Frame:
    """One frame around the body for all axials, so that their sizes can be compared."""
    boxes = [_body_box(volume, p.k) for p in shown]
    _, dj, di = volume.grid.spacing_mm
    high, wide = volume.grid.shape[1:]
    box = (
        max(0.0, min(b[0] for b in boxes) - _MARGIN_MM / di),
        max(0.0, min(b[1] for b in boxes) - _MARGIN_MM / dj),
        min(float(wide), max(b[2] for b in boxes) + _MARGIN_MM / di),
        min(float(high), max(b[3] for b in boxes) + _MARGIN_MM / dj),
    )
    return Frame.fitting(box, (di, dj), AXIAL_PX)


def _body_box(volume: Volume, k: int) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of the largest thing denser than air; the couch is left out."""
    from scipy import ndimage

    high, wide = volume.grid.shape[1:]
    step = max(1, min(high, wide) // 128)
    mask = ndimage.binary_opening(volume.hu[k, ::step, ::step] > _BODY_HU, iterations=2)
    parts, count = ndimage.label(mask)
    if count == 0:
        return 0, 0, wide, high
    largest = int(np.bincount(parts.ravel())[1:].argmax()) + 1
    rows, columns = ndimage.find_objects(parts)[largest - 1]
    box = (columns.start, rows.start, columns.stop, rows.stop)
    left, top, right, bottom = (int(v) * step for v in box)
    return left, top, min(right, wide), min(bottom, high)


def axial(result: StudyResult, place: Place, frame: Frame) -> Picture:
    """The slice at ``place`` with translucent, outlined muscles."""
    gray = canvas.resized(canvas.windowed(result.volume.hu[place.k]), frame)
    labels = canvas.resized_labels(result.segmentation.labels[place.k], frame)
    image = Image.fromarray(canvas.blended(gray, labels, _COLOURS))
    note = "" if _looked_at(result, place) else "outside the measured slab: not segmented here"
    _annotate(image, place, frame, note)
    caption = f"Axial CT at {place.words}, z {_mm(place.z_mm)}" + (f"; {note}." if note else ".")
    return Picture(f"axial_{place.name}", place.words, caption, image, _LEGEND)


def muscle_map(result: StudyResult, place: Place, frame: Frame) -> Picture:
    """The muscles at ``place``, each voxel in the colour of its attenuation class."""
    hu, labels = result.volume.hu[place.k], result.segmentation.labels[place.k]
    classes = np.zeros(labels.shape, dtype=np.uint8)
    for value, row in enumerate(MAP_CLASSES, 1):
        window = WINDOW[row.window]
        classes[(labels > 0) & (hu >= window.low_hu) & (hu <= window.high_hu)] = value
    gray = (canvas.resized(canvas.windowed(hu), frame) * 0.62).astype(np.uint8)
    big = canvas.resized_labels(classes, frame)
    colours = np.asarray([(0, 0, 0), *(c.colour for c in MAP_CLASSES)], dtype=np.float32)
    rgb = np.repeat(gray[:, :, None], 3, axis=2)
    inside = big > 0
    rgb[inside] = (rgb[inside] * 0.12 + colours[big[inside]] * 0.88).astype(np.uint8)
    outline = canvas.edges(canvas.resized_labels(labels, frame))
    rgb[outline] = (245, 245, 245)
    image = Image.fromarray(rgb)
    _annotate(image, place, frame, "")
    caption = f"Muscle map at {place.words}: attenuation class of every voxel in the masks."
    title = f"Muscle map, {place.words}"
    return Picture(f"muscle_map_{place.name}", title, caption, image, _MAP_LEGEND)


def coronal(result: StudyResult) -> Picture:
    """A coronal cut that follows the vertebral bodies, with levels and slab planes.

    The planes are drawn at patient z; where a plane is the edge of the scan, it says so.
    """
    volume = result.volume
    rows = _spine_rows(volume, result.landmarks, result.segmentation.labels)
    hu = _thick_cut(volume, rows)
    labels = _cut(result.segmentation.labels, rows)
    dk, _, di = volume.grid.spacing_mm
    columns = np.flatnonzero((hu > _BODY_HU).mean(axis=0) > 0.08)
    left, right = (columns[0], columns[-1] + 1) if len(columns) else (0, hu.shape[1])
    margin = _MARGIN_MM / di
    box = (
        max(0.0, left - margin),
        0.0,
        min(float(hu.shape[1]), right + margin),
        float(hu.shape[0]),
    )
    frame = Frame.fitting(box, (di, dk), AXIAL_PX)
    # picture rows run from head to foot
    gray = canvas.resized(canvas.windowed(hu[::-1]), frame)
    big = canvas.resized_labels(np.ascontiguousarray(labels[::-1]), frame)
    rgb = canvas.blended(gray, big, _COLOURS)
    top, bottom = (_y_px(volume, frame, z) for z in _slab_z(result))
    rgb[: max(0, round(top))] = rgb[: max(0, round(top))] // 2
    rgb[max(0, round(bottom)) :] = rgb[max(0, round(bottom)) :] // 2
    image = Image.fromarray(rgb)
    _mark_coronal(image, result, frame, (top, bottom))
    caption = "Coronal CT along the vertebral bodies, with the measured slab and the levels."
    return Picture("coronal", "Coronal", caption, image, _LEGEND)


def _slab_z(result: StudyResult) -> tuple[float, float]:
    return result.slab.superior_z_mm, result.slab.inferior_z_mm


def _y_px(volume: Volume, frame: Frame, z_mm: float) -> float:
    return frame.y_px(volume.grid.shape[0] - 1 - volume.grid.z_to_k(z_mm))


def _spine_rows(
    volume: Volume, landmarks: Landmarks, labels: NDArray[np.uint8]
) -> NDArray[np.intp]:
    """For each slice the row j to cut at: through the vertebral bodies where they are known."""
    count, high, _ = volume.grid.shape
    known = []
    for level in landmarks.levels.values():
        if level.mid_z_mm is not None and level.centre_xy_mm is not None:
            point = (*level.centre_xy_mm, level.mid_z_mm)
            k, j, _ = volume.grid.to_index(point)
            known.append((float(k), float(j)))
    if known:
        k, j = np.asarray(sorted(known)).T
        rows = np.interp(np.arange(count), k, j)
    else:
        # the psoas (1, 2) flank the vertebral bodies
        psoas = ((labels == 1) | (labels == 2)).sum(axis=(0, 2))
        weight = psoas if psoas.any() else (labels > 0).sum(axis=(0, 2))
        row = float(np.average(np.arange(high), weights=weight)) if weight.any() else high / 2
        rows = np.full(count, row)
    whole: NDArray[np.intp] = np.clip(np.round(rows), 0, high - 1).astype(np.intp)
    return whole


def _cut(array: NDArray[np.uint8], rows: NDArray[np.intp]) -> NDArray[np.uint8]:
    return array[np.arange(len(rows)), rows]


def _thick_cut(volume: Volume, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Mean HU over about 5 mm around the cut, which calms noise."""
    half = max(0, round(2.5 / volume.grid.spacing_mm[1]))
    high = volume.grid.shape[1]
    slices = np.arange(len(rows))
    total = np.zeros((len(rows), volume.grid.shape[2]))
    for step in range(-half, half + 1):
        total += volume.hu[slices, np.clip(rows + step, 0, high - 1)]
    return total / (2 * half + 1)


def _mark_coronal(
    image: Image.Image, result: StudyResult, frame: Frame, slab_px: tuple[float, float]
) -> None:
    draw = ImageDraw.Draw(image)
    wide = image.width
    for name in REPORTED:
        level = result.landmarks.levels.get(name)
        if level is None or level.mid_z_mm is None:
            continue
        y = _y_px(result.volume, frame, level.mid_z_mm)
        if not 0 <= y < image.height:
            continue
        for x in range(72, wide - 30, 12):
            draw.line([(x, y), (x + 4, y)], fill=(225, 232, 240), width=1)
        say(draw, (34, y), name, size=17, anchor="lm")
    slab = result.slab
    words = (
        ("lung base" if slab.superior_found else "edge of the scan", slab_px[0], "rb", -5),
        (
            "L5 inferior endplate" if slab.inferior_found else "edge of the scan",
            slab_px[1],
            "rt",
            5,
        ),
    )
    for text, y, anchor, gap in words:
        line = min(max(y, 1.0), image.height - 2.0)
        draw.line([(0, line), (wide, line)], fill=(255, 214, 92), width=2)
        inside = 18 < line + gap * 4 < image.height - 18
        at, how = (line + gap, anchor) if inside else (line - gap, "rt" if gap < 0 else "rb")
        say(draw, (wide - 12, at), text, size=15, colour=(255, 214, 92), anchor=how)
    _sides_and_bar(draw, frame)


def _annotate(image: Image.Image, place: Place, frame: Frame, note: str) -> None:
    draw = ImageDraw.Draw(image)
    say(draw, (12, 8), place.level or "slab middle", size=26)
    # the font that Pillow brings has no true minus sign
    say(draw, (13, 40), f"z {place.z_mm:.1f} mm", size=13, colour=canvas.QUIET)
    if note:
        say(draw, (13, image.height - 12), note, size=14, colour=(255, 214, 92), anchor="lb")
    _sides_and_bar(draw, frame)


def _sides_and_bar(draw: ImageDraw.ImageDraw, frame: Frame) -> None:
    canvas.sides(draw, frame.size)
    canvas.scale_bar(draw, frame)


def _looked_at(result: StudyResult, place: Place) -> bool:
    first, last = result.segmentation.k_range
    return first <= place.k < last


def _mm(value: float) -> str:
    return f"{value:.1f} mm".replace("-", "\u2212")
