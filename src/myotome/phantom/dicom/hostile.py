"""Headers made to mislead or to fill the memory: what they announce is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_MOST = 65535
_ENDLESS_FRAMES = 900_000_000
_OVERLAYS = 0x6000
_COLOURS = 3


def overlay_absurd(ds: Dataset, _n: int) -> None:
    """Sixteen overlays of 65,535 x 65,535 pixels and more frames than fit, of two bytes each."""
    for number in range(16):
        group = _OVERLAYS + 2 * number
        ds.add_new((group, 0x0010), "US", _MOST)
        ds.add_new((group, 0x0011), "US", _MOST)
        ds.add_new((group, 0x0015), "IS", "2000000000")
        ds.add_new((group, 0x0040), "CS", "G")
        ds.add_new((group, 0x0050), "SS", [-32768, 32767])
        ds.add_new((group, 0x0100), "US", 1)
        ds.add_new((group, 0x0102), "US", _MOST)
        ds.add_new((group, 0x3000), "OW", b"\xff\xff")


def overlay_in_pixels(ds: Dataset, _n: int) -> None:
    """Overlays in the four bits above twelve stored ones, as old scanners wrote them."""
    stored = np.frombuffer(ds.PixelData, "<u2").reshape(ds.Rows, ds.Columns).copy()
    stored &= 0x0FFF
    stored[::2, :] |= 0x8000
    stored[:, ::3] |= 0x1000
    ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 12, 11, 0
    ds.PixelData = stored.tobytes()
    ds["PixelData"].VR = "OW"
    for number, position in enumerate((15, 12)):
        group = _OVERLAYS + 2 * number
        ds.add_new((group, 0x0010), "US", ds.Rows)
        ds.add_new((group, 0x0011), "US", ds.Columns)
        ds.add_new((group, 0x0040), "CS", "G")
        ds.add_new((group, 0x0050), "SS", [1, 1])
        ds.add_new((group, 0x0100), "US", 16)
        ds.add_new((group, 0x0102), "US", position)


def palette_absurd(ds: Dataset, _n: int) -> None:
    """Values that are places in a palette of 65,536 colours, of which none is there."""
    ds.PhotometricInterpretation = "PALETTE COLOR"
    for n in range(_COLOURS):
        ds.add_new((0x0028, 0x1101 + n), "US", [0, _MOST, 16])
        ds.add_new((0x0028, 0x1201 + n), "OW", b"\0\0")


def palette_beside(ds: Dataset, n: int) -> None:
    """A palette that is too short, beside values that do not ask for one."""
    palette_absurd(ds, n)
    ds.PhotometricInterpretation = "MONOCHROME2"


def table_absurd(ds: Dataset, _n: int) -> None:
    """A table of values of 65,536 entries, of which two are there."""
    _with_table(ds, [0, 0, 16], [0, 1])


def table_of_bits(ds: Dataset, _n: int) -> None:
    """A table of values with 60,000 bits an entry."""
    _with_table(ds, [2, 0, 60000], [0, 1])


def rows_absurd(ds: Dataset, _n: int) -> None:
    """65,535 x 65,535 pixels, of which a few are there."""
    ds.Rows = ds.Columns = _MOST


def frames_absurd(ds: Dataset, _n: int) -> None:
    """More frames than any disk holds."""
    ds.NumberOfFrames = _ENDLESS_FRAMES


def _with_table(ds: Dataset, descriptor: list[int], entries: list[int]) -> None:
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    item = Dataset()
    item.LUTDescriptor, item.ModalityLUTType, item.LUTData = descriptor, "HU", entries
    item["LUTDescriptor"].VR = item["LUTData"].VR = "US"
    ds.ModalityLUTSequence = Sequence([item])
