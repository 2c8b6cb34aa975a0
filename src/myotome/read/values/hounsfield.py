"""Are these Hounsfield units? Asked of the values themselves, whatever the header says."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from myotome.errors import NotHounsfieldError
from myotome.nouns.numbers.flag import Flag
from myotome.read.raw import PADDING
from myotome.tables.flags.every import FLAG, raised

_AIR_OR_FAT_HU = -50
"""Every CT of a body shows fat (about -100) and, unless cropped tightly, air (-1000)."""
_WINDOWED_HU = -300
"""A CT without a value below this was cut to a display window."""
_LEAST_TISSUE = 0.005
_COARSE_HU, _LEAST_KINDS = 4, 12
"""Scanners write whole HU, some every second one; 20 CTs have steps of 1. A drawing has few values
whatever their steps."""


def check(hu: NDArray[np.int16], name: str) -> tuple[Flag, ...]:
    """Flags for values that are HU with a limitation; padding voxels do not count.

    Refuses (NotHounsfieldError) label maps, 8-bit pictures, MR-like values, CT stored without
    its offset, and volumes without soft tissue. Looks at every third voxel of each axis.
    """
    sample = hu[:: 1 if hu.shape[0] < 30 else 3, ::3, ::3]
    sample = sample[sample != PADDING]
    if not sample.size:
        raise _refusal(name, "holds nothing but padding", "No slice was reconstructed.")
    low, high = int(sample.min()), int(sample.max())
    if low >= 0:
        raise _refusal(name, *_without_negative(sample, high))
    if low > _AIR_OR_FAT_HU:
        raise _refusal(name, f"has no value below {low}", "Air is -1000 HU and fat about -100 HU.")
    tissue = float(((sample >= -200) & (sample <= 200) & (sample != 0)).mean())
    if tissue < _LEAST_TISSUE:
        raise _refusal(
            name, f"has {tissue:.1%} of its values near soft tissue", "A body would show more."
        )
    flags = []
    if low > _WINDOWED_HU:
        text = f"no value below {low} HU: the values were cut to a window"
        flags.append(raised(FLAG["values_windowed"], text))
    steps = [_step_hu(plane[::3, ::3]) for plane in hu]
    coarse = [step for step in steps if step >= _COARSE_HU]
    if coarse:
        text = (
            f"on {len(coarse)} of {len(steps)} slices the values come in steps of {max(coarse)} HU"
        )
        flags.append(raised(FLAG["values_coarse"], text))
    return tuple(flags)


def _step_hu(plane: NDArray[np.int16]) -> int:
    """The greatest step that all values of a slice are multiples of; 0 if they are too few."""
    kinds = np.unique(plane[plane != PADDING]).astype(np.int32)
    return int(np.gcd.reduce(np.diff(kinds))) if len(kinds) >= _LEAST_KINDS else 0


def _without_negative(sample: NDArray[np.int16], high: int) -> tuple[str, str]:
    if high <= 255:
        kinds = len(np.unique(sample))
        what = "a label map" if kinds < 130 else "an 8-bit picture"
        return f"has whole values from 0 to {high}", f"It looks like {what}."
    near_water = float(((sample > 900) & (sample < 1250)).mean())
    near_air = float((sample < 100).mean())
    if near_water > 0.05 and near_air > 0.05 and high < 5000:
        return (
            "has no negative value, and peaks near 0 and 1000",
            "It looks like CT stored with an offset of 1000 or 1024 that was not taken off.",
        )
    return f"has values from 0 to {high}", "It looks like MR or another modality."


def _refusal(name: str, what: str, why: str) -> NotHounsfieldError:
    return NotHounsfieldError(f"{name} {what}.", why=why, mend="Give the CT in Hounsfield units.")
