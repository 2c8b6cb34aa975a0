"""Drawing primitives: CT and labels at display size, blending, text, scale bar, legend."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from myotome.tables.outputs.colours import CT_WINDOW_LEVEL_HU, CT_WINDOW_WIDTH_HU
from myotome.tables.outputs.wording import RESEARCH_USE_TITLE
from myotome.write.pictures.palette import reduced

Rgb = tuple[int, int, int]
Gray = NDArray[np.uint8]
Pixels = NDArray[np.uint8]

WHITE: Rgb = (255, 255, 255)
QUIET: Rgb = (188, 196, 204)
INK: Rgb = (31, 41, 51)
PAPER: Rgb = (255, 255, 255)
FILL_ALPHA = 0.30
PNG_LEVEL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The rectangle of an array that a picture shows, and its size in pixels.

    ``box`` is (left, top, right, bottom) in array pixels, fractions allowed, edges outermost.
    ``size`` is (width, height). ``px_per_mm`` is the same in both directions.
    """

    box: tuple[float, float, float, float]
    size: tuple[int, int]
    px_per_mm: float

    @classmethod
    def fitting(
        cls, box: tuple[float, float, float, float], pixel_mm: tuple[float, float], width_px: int
    ) -> Frame:
        """Show ``box`` with square pixels, ``width_px`` wide; ``pixel_mm`` is (x, y)."""
        wide_mm = (box[2] - box[0]) * pixel_mm[0]
        high_mm = (box[3] - box[1]) * pixel_mm[1]
        scale = width_px / wide_mm
        return cls(box=box, size=(width_px, max(1, round(high_mm * scale))), px_per_mm=scale)

    def y_px(self, row: float) -> float:
        """Where the centre of array row ``row`` lies in the picture."""
        return (row + 0.5 - self.box[1]) / (self.box[3] - self.box[1]) * self.size[1]


def windowed(hu: NDArray[Any]) -> Gray:
    """HU to 0..255 in the CT window of the display table."""
    low = CT_WINDOW_LEVEL_HU - CT_WINDOW_WIDTH_HU / 2
    scaled = (hu.astype(np.float32) - low) * (255.0 / CT_WINDOW_WIDTH_HU)
    gray: Gray = np.clip(scaled, 0, 255).astype(np.uint8)
    return gray


def resized(image: NDArray[Any], frame: Frame) -> Gray:
    """A gray image at display size (bicubic)."""
    picture = Image.fromarray(np.ascontiguousarray(image))
    return np.asarray(picture.resize(frame.size, Image.Resampling.BICUBIC, box=frame.box))


def resized_labels(labels: Gray, frame: Frame) -> Gray:
    """Labels at display size with smooth borders: each label is scaled alone, the largest wins."""
    best = np.full(frame.size[::-1], 127, dtype=np.uint8)
    out = np.zeros(frame.size[::-1], dtype=np.uint8)
    for value in np.flatnonzero(np.bincount(labels.ravel(), minlength=256))[:]:
        if value == 0:
            continue
        mask = Image.fromarray(np.where(labels == value, np.uint8(255), np.uint8(0)))
        share = np.asarray(mask.resize(frame.size, Image.Resampling.BILINEAR, box=frame.box))
        wins = share > best
        out[wins] = value
        best[wins] = share[wins]
    return out


def edges(labels: Gray) -> NDArray[np.bool_]:
    """Pixels of a label next to another one: a contour drawn inside each label."""
    edge = np.zeros(labels.shape, dtype=bool)
    step = labels[1:] != labels[:-1]
    edge[1:] |= step
    edge[:-1] |= step
    step = labels[:, 1:] != labels[:, :-1]
    edge[:, 1:] |= step
    edge[:, :-1] |= step
    edge &= labels != 0
    return edge


def blended(
    gray: Gray, labels: Gray, colours: dict[int, Rgb], *, fill: float = FILL_ALPHA
) -> Pixels:
    """Gray with translucent, outlined labels in their colours; RGB uint8."""
    table = np.zeros((256, 3), dtype=np.float32)
    for value, colour in colours.items():
        table[value] = colour
    alpha = np.where(labels > 0, np.float32(fill), np.float32(0.0))
    alpha[edges(labels)] = 0.92
    rgb = np.repeat(gray[:, :, None], 3, axis=2)
    at = alpha > 0
    a = alpha[at][:, None]
    rgb[at] = (rgb[at] * (1 - a) + table[labels[at]] * a).astype(np.uint8)
    return rgb


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The font that Pillow brings along, so that pictures look the same everywhere."""
    return ImageFont.load_default(size=size)


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished picture: ``name`` without ending, the image, words for it, and its legend."""

    name: str
    title: str
    caption: str
    image: Image.Image
    legend: tuple[tuple[str, Rgb], ...] = ()

    def png(self) -> bytes:
        """The picture alone in 256 colours, for the report, which has its own legend."""
        return encoded(reduced(self.image, [colour for _, colour in self.legend]))

    def standalone(self) -> Image.Image:
        """The picture with legend and research-use line, RGB or with a palette."""
        return with_footer(self.image, self.legend)

    def standalone_png(self) -> bytes:
        """That, for a file that travels alone."""
        return encoded(self.standalone())


def encoded(image: Image.Image) -> bytes:
    """PNG bytes; of an image of mode P a fifth of the time."""
    stream = io.BytesIO()
    image.save(stream, "PNG", compress_level=PNG_LEVEL)
    return stream.getvalue()


def say(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    *,
    size: int = 15,
    colour: Rgb = WHITE,
    anchor: str = "la",
) -> None:
    """Text with a dark rim, legible on any gray."""
    draw.text(
        at,
        text,
        fill=colour,
        font=font(size),
        anchor=anchor,
        stroke_width=max(1, size // 9),
        stroke_fill=(0, 0, 0),
    )


def sides(draw: ImageDraw.ImageDraw, size: tuple[int, int]) -> None:
    """R at the left and L at the right edge: the patient's sides, as radiology looks at them."""
    y = size[1] / 2
    say(draw, (10, y), "R", size=20, anchor="lm")
    say(draw, (size[0] - 10, y), "L", size=20, anchor="rm")


def scale_bar(draw: ImageDraw.ImageDraw, frame: Frame, *, length_mm: float = 50.0) -> None:
    """A bar of 5 cm at the lower right."""
    wide, high = frame.size
    right, y = wide - 14, high - 14
    left = right - length_mm * frame.px_per_mm
    draw.line([(left, y), (right, y)], fill=(0, 0, 0), width=6)
    draw.line([(left + 1, y), (right - 1, y)], fill=WHITE, width=3)
    say(draw, ((left + right) / 2, y - 6), f"{length_mm / 10:.0f} cm", size=13, anchor="mb")


def with_footer(image: Image.Image, legend: Sequence[tuple[str, Rgb]]) -> Image.Image:
    """``image`` above a white strip with the legend and the research-use line."""
    rows = _legend_rows(legend, image.width - 24)
    line_px = 22
    strip = 12 + line_px * (len(rows) + 1)
    out = Image.new("RGB", (image.width, image.height + strip), PAPER)
    out.paste(image, (0, 0))
    draw = ImageDraw.Draw(out)
    y = image.height + 8
    for row in rows:
        x = 12.0
        for words, colour in row:
            draw.rectangle([x, y + 3, x + 11, y + 14], fill=colour)
            draw.text((x + 17, y), words, fill=INK, font=font(14))
            x += _width(words)
        y += line_px
    line = f"{RESEARCH_USE_TITLE} Image left is the patient's right."
    draw.text((12, y + 1), line, fill=(90, 100, 110), font=font(13))
    return out


def _width(words: str) -> float:
    return float(font(14).getlength(words)) + 35


def _legend_rows(legend: Sequence[tuple[str, Rgb]], room: int) -> list[list[tuple[str, Rgb]]]:
    rows: list[list[tuple[str, Rgb]]] = [[]] if legend else []
    used = 0.0
    for item in legend:
        if used + _width(item[0]) > room and rows[-1]:
            rows.append([])
            used = 0.0
        rows[-1].append(item)
        used += _width(item[0])
    return rows
