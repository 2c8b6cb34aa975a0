"""Both slices at L3 beside each other, at one scale where both pictures tell theirs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, UnidentifiedImageError

from myotome.cohort.review.thumbs import without_footer
from myotome.write.pictures import canvas
from myotome.write.pictures.canvas import Picture, say

_WIDE_PX, _GAP_PX, _HEAD_PX = 620, 6, 34
_BAR_MM, _BAR_RIGHT_PX, _BAR_BOTTOM_PX = 50.0, 14, 14
_LEAST_BAR_PX = 20
_MOST_PIXELS, _MOST_BYTES = 20_000_000, 32 << 20


def l3_pictures(a: Path, b: Path) -> Picture | None:
    """The overlays at L3 of two results folders; None if one of them has none.

    A results folder does not hold the CT, so the pictures in it are shown. Their scale is read
    from the bar of 5 cm that they carry.
    """
    images = [_opened(folder / "overlays" / "axial_L3.png") for folder in (a, b)]
    first, second = images
    if first is None or second is None:
        return None
    scales = [_px_per_mm(image) for image in (first, second)]
    one_scale = None not in scales
    shown = _fitted([first, second], [scale or 1.0 for scale in scales], one_scale=one_scale)
    wide, high = max(i.width for i in shown), max(i.height for i in shown)
    sheet = Image.new("RGB", (2 * wide + _GAP_PX, high + _HEAD_PX), (0, 0, 0))
    draw = ImageDraw.Draw(sheet)
    for number, (image, words) in enumerate(zip(shown, ("earlier", "later"), strict=True)):
        left = number * (wide + _GAP_PX)
        sheet.paste(
            image, (left + (wide - image.width) // 2, _HEAD_PX + (high - image.height) // 2)
        )
        say(draw, (left + wide / 2, _HEAD_PX / 2), words, size=20, anchor="mm")
    scale = "Both at one scale." if one_scale else "Each at its own scale: mind the bars of 5 cm."
    caption = (
        f"The slices at L3 with the muscles as outlined, earlier left and later right. {scale}"
    )
    return Picture("l3_side_by_side", "L3, earlier and later", caption, sheet)


def _opened(path: Path) -> Image.Image | None:
    try:
        if path.is_symlink() or path.stat().st_size > _MOST_BYTES:
            return None
        with Image.open(path, formats=("PNG",)) as image:
            if image.width * image.height > _MOST_PIXELS:
                return None
            return without_footer(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError):
        return None


def _px_per_mm(image: Image.Image) -> float | None:
    """By the white line that :func:`canvas.scale_bar` draws; None if it is not there."""
    row = np.asarray(image)[image.height - _BAR_BOTTOM_PX]
    white = (row == canvas.WHITE).all(axis=1)
    right = image.width - _BAR_RIGHT_PX
    dark = np.flatnonzero(~white[:right])
    length = right - 1 - int(dark[-1]) if len(dark) else 0
    return length / _BAR_MM if _LEAST_BAR_PX <= length < image.width / 2 else None


def _fitted(
    images: list[Image.Image], scales: list[float], *, one_scale: bool
) -> list[Image.Image]:
    """Both as large as fits: at one scale, or each to the same width."""
    wide_mm = [image.width / scale for image, scale in zip(images, scales, strict=True)]
    px_per_mm = _WIDE_PX / max(wide_mm)
    factors = [
        px_per_mm / scale if one_scale else _WIDE_PX / image.width
        for image, scale in zip(images, scales, strict=True)
    ]
    return [
        image.resize(
            (max(1, round(image.width * factor)), max(1, round(image.height * factor))),
            Image.Resampling.LANCZOS,
        )
        for image, factor in zip(images, factors, strict=True)
    ]
