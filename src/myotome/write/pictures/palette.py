"""Pictures of 256 colours: a third of the bytes of RGB, and a fifth of the time to compress.

A slice of a CT with a few flat colours needs no more: nearly all grays, and some shades of each
colour. What is written over it (words, lines, a footer) takes the nearest of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Rgb = tuple[int, int, int]
Bytes = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""(left, top, right, bottom) in px, edges outermost."""

_COLOURS = 256
_SAMPLED = 3
"""A picture chooses colours by every third pixel of each third row."""
_GRAY_SPREAD = 6
"""Channels no further apart than this are as good as a gray."""
GRAYS = 48
"""Steps of 8 HU in a picture of soft tissue: no more are seen in the noise of a CT."""
_FEWEST_GRAYS, _MOST_SHADES = 32, 140
_WHITE_FROM = 248
"""Brighter pixels take the nearest of colours known to 4 steps of 255: only white is up there."""

_INKS: tuple[Rgb, ...] = ((188, 196, 204), (31, 41, 51), (90, 100, 110), (255, 214, 92))
"""Quiet words, words and muted words on paper, notes; black and white are grays."""
_RIMMED: tuple[Rgb, ...] = ((191, 161, 69), (128, 107, 46), (64, 54, 23))
"""A note's rim, from its yellow to black."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Palette:
    """256 colours: grays from black to white, then ``shades``, then those of words.

    ``gray`` and ``shade`` are the index of each gray 0..255 and of each of the given shades.
    """

    colours: Bytes
    gray: Bytes
    shade: Bytes

    @classmethod
    def of(cls, shades: Sequence[Rgb], kept: Sequence[Rgb] = (), *, most: int = GRAYS) -> Self:
        """At most ``most`` grays, or as many as ``shades`` and ``kept`` (up to 200) leave."""
        own = [*shades, *kept, *_INKS, *_RIMMED]
        grays = min(most, _COLOURS - len(own))
        if grays < _FEWEST_GRAYS:
            raise ValueError(f"{len(own)} colours leave too few grays")
        steps = np.append(np.round(np.linspace(0, _WHITE_FROM, grays - 1)), 255)
        ramp = np.repeat(steps[:, None], 3, axis=1).astype(np.uint8)
        return cls(
            colours=np.concatenate([ramp, np.asarray(own, np.uint8)]),
            gray=np.abs(np.arange(256)[:, None] - steps).argmin(axis=1).astype(np.uint8),
            shade=np.arange(grays, grays + len(shades)).astype(np.uint8),
        )

    def picture(self, indices: Bytes) -> Image.Image:
        """``(y, x)`` indices as an image of mode P."""
        image = Image.fromarray(indices)
        image.putpalette(self.colours.tobytes())
        return image


def written_over(image: Image.Image, plain: Image.Image, boxes: Iterable[Box]) -> Image.Image:
    """``image`` (RGB) in the palette of ``plain`` (P), from which it differs in ``boxes`` only.

    ``plain`` lies at the top left. In the boxes each pixel takes the nearest colour.
    """
    out = Image.new("P", image.size)
    out.putpalette(plain.getpalette() or [])
    out.paste(plain, (0, 0))
    for left, top, right, bottom in boxes:
        box = (max(0, left), max(0, top), min(image.width, right), min(image.height, bottom))
        if box[0] < box[2] and box[1] < box[3]:
            part = image.crop(box).quantize(palette=plain, dither=Image.Dither.NONE)
            out.paste(part, box[:2])
    return out


def reduced(image: Image.Image, kept: Sequence[Rgb] = ()) -> Image.Image:
    """An RGB picture in 256 colours: grays, those of words, ``kept``, and its own main ones.

    Pictures of other modes have no more colours anyway, and stay as they are.
    """
    if image.mode != "RGB":
        return image
    size = (max(1, image.width // _SAMPLED), max(1, image.height // _SAMPLED))
    sample = np.asarray(image.resize(size, Image.Resampling.NEAREST)).reshape(-1, 3)
    spread = sample.max(axis=1) - sample.min(axis=1)
    own = Palette.of(_main(sample[spread > _GRAY_SPREAD], _MOST_SHADES - len(kept)), kept)
    palette = own.picture(np.zeros((1, 1), np.uint8))
    return image.quantize(palette=palette, dither=Image.Dither.NONE)


def _main(pixels: Bytes, count: int) -> list[Rgb]:
    """At most ``count`` colours that stand for ``(n, 3)`` pixels."""
    if not len(pixels):
        return []
    found = Image.fromarray(pixels[None]).quantize(count, method=Image.Quantize.MEDIANCUT)
    values = found.getpalette() or []
    return [(r, g, b) for r, g, b in zip(*[iter(values)] * 3, strict=True)][:count]
