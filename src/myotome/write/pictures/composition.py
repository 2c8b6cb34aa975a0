"""Body composition in pictures: muscle quality and tissues at every level, and the level check.

A voxel has the colour of the tissue that it was counted as (``voxels.regions``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from myotome.nouns.study.result import StudyResult
from myotome.tables.outputs.colours import (
    COMPOSITION_CLASSES,
    COMPOSITION_FILL,
    QUALITY_CLASSES,
    TissueColour,
)
from myotome.tables.quantities.hu_windows import WINDOW
from myotome.tables.quantities.tissues import LEVELS, TISSUE, VISCERAL_WINDOWS
from myotome.voxels.regions import body_box, countable, regions, tissue_codes
from myotome.write.pictures import canvas
from myotome.write.pictures.annotations import (
    Mark,
    MarkedPicture,
    Words,
    marked,
    moved,
    scale_bar,
    sides,
    svg,
)
from myotome.write.pictures.canvas import Frame, Picture, Rgb
from myotome.write.pictures.muscles import Place, places_at
from myotome.write.pictures.palette import Palette, reduced
from myotome.write.pictures.sagittal import sagittal

__all__ = ["composition_pictures", "measured_places", "svg"]

Codes = NDArray[np.uint8]

MONTAGE_PX = 1200
_COLUMNS = 4
_GAP_PX = 4
_NOTE: Rgb = (255, 214, 92)
_UNSEEN = "not looked at: outside the segmented slices"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of tissue picture: its classes, how opaque they are, and its words."""

    key: str
    title: str
    told: str
    classes: tuple[TissueColour, ...]
    fill: float


KINDS: tuple[Kind, ...] = (
    Kind(
        key="quality",
        title="Muscle quality",
        told="every voxel of all muscles of the slice and of the fat inside their fascia, in the "
        "colour of its attenuation class",
        classes=QUALITY_CLASSES,
        fill=1.0,
    ),
    Kind(
        key="composition",
        title="Body composition",
        told="every voxel in the colour of the tissue that it is counted as",
        classes=COMPOSITION_CLASSES,
        fill=COMPOSITION_FILL,
    ),
)


def measured_places(result: StudyResult) -> tuple[Place, ...]:
    """The slice of each vertebra in the scan that composition is measured at."""
    return places_at(result, LEVELS)


def composition_pictures(
    result: StudyResult, frame: Frame, places: Sequence[Place]
) -> dict[str, Picture]:
    """The pictures of body composition by their role in the report.

    "quality L3", "composition L3" and so on for each of ``places`` (those at T5 to L5, or
    without a level), "quality montage" and "composition montage" of two or more, and
    "sagittal". Without compartments on any of these slices there is only "sagittal". A slice
    that was not looked at is shown without colours and says so.
    """
    pictures: dict[str, Picture] = {}
    shown = [p for p in places if not p.level or p.level in LEVELS]
    cuts = [_Cut.of(result, place) for place in shown]
    if any(cut.seen for cut in cuts):
        grays = [canvas.resized(canvas.windowed(result.volume.hu[p.k]), frame) for p in shown]
        for kind in KINDS:
            tissues = _tissues(kind, result)
            paint = _Paint.of(kind, tissues)
            plains = [
                paint.picture(gray, cut.codes(tissues), frame)
                for gray, cut in zip(grays, cuts, strict=True)
            ]
            for cut, plain in zip(cuts, plains, strict=True):
                role = f"{kind.key} {cut.place.name}"
                pictures[role] = _axial(kind, cut, plain, frame, _legend(kind, tissues))
            if len(cuts) > 1:
                pictures[f"{kind.key} montage"] = _montage(
                    kind, cuts, plains, frame, _legend(kind, tissues)
                )
    pictures["sagittal"] = sagittal(result)
    return pictures


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cut:
    """One slice: where its tissues count (``rooms``, 0 elsewhere), cropped to the body's box."""

    place: Place
    box: tuple[slice, slice] | None
    rooms: Codes
    hu: NDArray[np.int16]

    @classmethod
    def of(cls, result: StudyResult, place: Place) -> _Cut:
        plane = regions(result.segmentation, place.k)
        hu, box = result.volume.hu[place.k], body_box(plane > 0)
        if box is not None:
            spacing = result.volume.grid.spacing_mm[1:]
            plane[box] = countable(plane[box], hu[box], spacing)
        return cls(place=place, box=box, rooms=plane, hu=hu)

    @property
    def seen(self) -> bool:
        return self.box is not None

    def codes(self, tissues: Sequence[tuple[str, str]]) -> Codes:
        """The tissue of each voxel of the whole slice, numbered as ``tissues``."""
        codes = np.zeros(self.rooms.shape, np.uint8)
        if self.box is not None:
            codes[self.box] = tissue_codes(self.rooms[self.box], self.hu[self.box], tissues)
        return codes


def _tissues(kind: Kind, result: StudyResult) -> tuple[tuple[str, str], ...]:
    """(tissue, HU window) of each class; that of visceral fat as this run counted it."""
    chosen = result.provenance.configuration.get("visceral_window")
    visceral = chosen if chosen in VISCERAL_WINDOWS else TISSUE["visceral_fat"].window
    return tuple(
        (row.tissue, visceral if row.tissue == "visceral_fat" else TISSUE[row.tissue].window)
        for row in kind.classes
    )


def _legend(kind: Kind, tissues: Sequence[tuple[str, str]]) -> tuple[tuple[str, Rgb], ...]:
    return tuple(
        (f"{row.short}  {WINDOW[window].low_hu} to {WINDOW[window].high_hu} HU", row.colour)
        for row, (_, window) in zip(kind.classes, tissues, strict=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Paint:
    """The colour of every voxel: ``index[code, gray]`` in the palette, code 0 for no tissue."""

    palette: Palette
    index: Codes

    @classmethod
    def of(cls, kind: Kind, tissues: Sequence[tuple[str, str]]) -> _Paint:
        """Each class in as many shades as the grays of its HU window differ by, seen through it."""
        through = 1 - kind.fill
        shades: list[Rgb] = []
        taken: list[tuple[int, Codes]] = []
        for row, (_, key) in zip(kind.classes, tissues, strict=True):
            ends = canvas.windowed(np.array([WINDOW[key].low_hu, WINDOW[key].high_hu]))
            low, high = int(ends[0]), max(int(ends[0]) + 1, int(ends[1]))
            count = 1 + round((high - low) * through)
            nearest = np.clip((np.arange(256) - low) / (high - low), 0, 1) * (count - 1)
            taken.append((len(shades), np.round(nearest).astype(np.uint8)))
            grays = np.linspace(low, high, count)[:, None]
            mixed = np.round(grays * through + np.asarray(row.colour) * kind.fill)
            shades += [(int(r), int(g), int(b)) for r, g, b in mixed]
        palette = Palette.of(shades, [row.colour for row in kind.classes])
        rows = [palette.shade[first + nearest] for first, nearest in taken]
        return cls(palette=palette, index=np.stack([palette.gray, *rows]))

    def picture(self, gray: Codes, codes: Codes, frame: Frame) -> Image.Image:
        """The CT with each voxel's colour, not smoothed: what is seen is what is counted."""
        small = Image.fromarray(codes)
        big = np.asarray(small.resize(frame.size, Image.Resampling.NEAREST, box=frame.box))
        place = big.astype(np.uint16)
        place <<= 8
        place |= gray
        return self.palette.picture(self.index.ravel().take(place))


def _axial(
    kind: Kind, cut: _Cut, plain: Image.Image, frame: Frame, legend: tuple[tuple[str, Rgb], ...]
) -> MarkedPicture:
    place = cut.place
    at = f"{place.words}, z {_mm(place.z_mm)}"
    told = kind.told if cut.seen else f"this slice was {_UNSEEN}"
    return marked(
        (
            f"{kind.key}_{place.name}",
            f"{kind.title}, {place.words}",
            f"{kind.title} at {at}: {told}.",
        ),
        plain,
        _marks(cut, frame, px=26),
        legend,
    )


def _marks(cut: _Cut, frame: Frame, *, px: int) -> tuple[Mark, ...]:
    """Level, z, sides and scale bar; ``px`` is the size of the level's name."""
    small = max(11, px // 2)
    wide, high = frame.size
    # the font that Pillow brings has no true minus sign
    z = f"z {cut.place.z_mm:.1f} mm"
    marks: list[Mark] = [
        Words(at=(12, 8), text=cut.place.level or "slab middle", size=px),
        Words(at=(wide - 10, 10), text=z, size=small, colour=canvas.QUIET, anchor="ra"),
        *sides(frame.size, left="R", right="L", px=max(14, px * 3 // 4)),
        *scale_bar(frame, size=small),
    ]
    if not cut.seen:
        at = (12.0, high - 12.0)
        note = _UNSEEN.partition(":")[0]
        marks.append(Words(at=at, text=note, size=small + 2, colour=_NOTE, anchor="lb"))
    return tuple(marks)


def _montage(
    kind: Kind,
    cuts: Sequence[_Cut],
    plains: Sequence[Image.Image],
    frame: Frame,
    legend: tuple[tuple[str, Rgb], ...],
) -> MarkedPicture:
    """The slices side by side from head to foot, shrunk from the pictures already drawn."""
    columns = min(_COLUMNS, len(cuts))
    wide = min(frame.size[0], (MONTAGE_PX - _GAP_PX * (columns - 1)) // columns)
    scale = wide / frame.size[0]
    tile = Frame(
        box=frame.box,
        size=(wide, max(1, round(frame.size[1] * scale))),
        px_per_mm=frame.px_per_mm * scale,
    )
    rows = -(-len(cuts) // columns)
    across, down = wide + _GAP_PX, tile.size[1] + _GAP_PX
    sheet = Image.new("RGB", (columns * across - _GAP_PX, rows * down - _GAP_PX), canvas.PAPER)
    marks: list[Mark] = []
    for n, (cut, plain) in enumerate(zip(cuts, plains, strict=True)):
        x, y = n % columns * across, n // columns * down
        shrunk = plain.convert("RGB").resize(tile.size, Image.Resampling.BOX)
        sheet.paste(shrunk, (x, y))
        marks += moved(_marks(cut, tile, px=20), x, y)
    names = ", ".join(cut.place.words for cut in cuts)
    caption = f"{kind.title} at {names}: {kind.told}."
    unseen = [cut.place.words for cut in cuts if not cut.seen]
    if unseen:
        caption += f" {', '.join(unseen)}: {_UNSEEN}."
    title = f"{kind.title}, all levels"
    plain = reduced(sheet, [row.colour for row in kind.classes])
    return marked((f"{kind.key}_montage", title, caption), plain, marks, legend)


def _mm(value: float) -> str:
    return f"{value:.1f} mm".replace("-", "\u2212")
