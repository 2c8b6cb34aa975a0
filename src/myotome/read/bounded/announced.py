"""What a DICOM header announces of its pixels, checked before anything believes it."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

from pydicom import Dataset

from myotome.errors import InputError, TooLargeError
from myotome.read.bounded.room import in_words

MOST_PIXELS_A_SIDE = 8192
"""CT is reconstructed with 256 to 2,048 pixels a side; pictures of films have some thousand."""
MOST_FRAMES = 1 << 15
MOST_BYTES = 4 << 30
"""The longest value that DICOM can hold (PS3.5 section 7.1)."""
_MOST_BITS, _MOST_SAMPLES = 64, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """The size of an image: all are whole and within what an image can have."""

    rows: int
    columns: int
    frames: int
    bits: int
    samples: int

    @property
    def total_bytes(self) -> int:
        """Bytes of uncompressed pixel data (PS3.5 section 8.1.1)."""
        pixels = self.rows * self.columns * self.frames
        return -(-pixels * self.bits * self.samples // 8)


def announced(dataset: Dataset) -> Announced:
    """The announced size of the pixels.

    Refuses (InputError) sizes that are no whole numbers, and (TooLargeError) those that no
    image has.
    """
    found = Announced(
        rows=_whole(dataset, "Rows", None),
        columns=_whole(dataset, "Columns", None),
        frames=_whole(dataset, "NumberOfFrames", 1),
        bits=_whole(dataset, "BitsAllocated", 16),
        samples=_whole(dataset, "SamplesPerPixel", 1),
    )
    if found.bits > _MOST_BITS or found.samples > _MOST_SAMPLES:
        raise InputError(f"it announces {found.bits} bits in {found.samples} colours per pixel")
    if (
        max(found.rows, found.columns) > MOST_PIXELS_A_SIDE
        or found.frames > MOST_FRAMES
        or found.total_bytes > MOST_BYTES
    ):
        raise TooLargeError(
            f"it announces {found.frames} image(s) of {found.rows} x {found.columns} pixels, "
            f"{in_words(found.total_bytes)}"
        )
    return found


def _whole(dataset: Dataset, keyword: str, default: int | None) -> int:
    try:
        value: Any = dataset.get(keyword)
    except Exception as error:  # pydicom decodes values only now, and damaged ones raise anything
        raise InputError(f"its {keyword} cannot be decoded") from error
    if value is None or value == "":
        value = default
    if isinstance(value, str):
        value = int(value) if value.strip().isdecimal() and len(value) < 12 else None
    try:
        number = operator.index(value)
    except TypeError:
        number = 0
    if number < 1:
        raise InputError(f"its {keyword} is no whole number above 0")
    return number
