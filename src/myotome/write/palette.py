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

_COLOURS = 256
_SAMPLED = 4
"""Colours are chosen from every fourth pixel of each fourth row; lines and words are kept anyway."""
_FEWEST_GRAYS = 32

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
    def of(cls, shades: Sequence[Rgb], kept: Sequence[Rgb] = ()) -> Self:
        """As many grays as ``shades`` and ``kept`` (at most 200 together) leave room for."""
        own = [*shades, *kept, *_INKS, *_RIMMED]
        grays = _COLOURS - len(own)
        if grays < _FEWEST_GRAYS:
            raise ValueError(f"{len(own)} colours leave too few grays")
        steps = np.round(np.linspace(0, 255, grays)).astype(np.uint8)
        ramp = np.repeat(steps[:, None], 3, axis=1)
        return cls(
            colours=np.concatenate([ramp, np.asarray(own, np.uint8)]),
            gray=np.round(np.arange(256) * ((grays - 1) / 255)).astype(np.uint8),
            shade=np.arange(grays, grays + len(shades)).astype(np.uint8),
        )

    def picture(self, indices: Bytes) -> Image.Image:
        """``(y, x)`` indices as an image of mode P."""
        image = Image.fromarray(indices).convert("L")
        image.putpalette(self.colours.tobytes())
        return image


def written_over(image: Image.Image, plain: Image.Image) -> Image.Image:
    """``image`` (RGB) in the palette of ``plain`` (P), which lies at its top and is as wide.

    Pixels that are as in ``plain`` keep their index, the others take the nearest colour.
    """
    nearest = image.quantize(palette=plain, dither=Image.Dither.NONE)
    indices = np.array(nearest)
    untouched = _packed(image)[: plain.height] == _packed(plain)
    np.copyto(indices[: plain.height], np.asarray(plain), where=untouched)
    out = Image.fromarray(indices).convert("L")
    out.putpalette(plain.getpalette() or [])
    return out


def reduced(image: Image.Image, kept: Iterable[Rgb] = ()) -> Image.Image:
    """An RGB picture in 256 colours: black, white, words, ``kept``, and its own most needed ones."""
    own = list(dict.fromkeys([(0, 0, 0), (255, 255, 255), *_INKS, *_RIMMED, *kept]))
    size = (max(1, image.width // _SAMPLED), max(1, image.height // _SAMPLED))
    sample = image.resize(size, Image.Resampling.NEAREST)
    found = sample.quantize(_COLOURS - len(own), method=Image.Quantize.MEDIANCUT)
    values = (found.getpalette() or [])[: 3 * (_COLOURS - len(own))]
    palette = Image.new("P", (1, 1))
    palette.putpalette([*(value for colour in own for value in colour), *values])
    return image.quantize(palette=palette, dither=Image.Dither.NONE)


def _packed(image: Image.Image) -> NDArray[np.uint32]:
    """Each pixel's colour as one number."""
    return np.asarray(image.convert("RGBX")).view(np.uint32)[..., 0]
