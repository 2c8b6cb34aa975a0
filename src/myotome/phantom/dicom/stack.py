"""What is to be written as one DICOM series: pixels, places and a few technical facts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from myotome.phantom.render import Phantom

PADDING_RAW = -2000
SOFT_KERNEL = "STANDARD"
SHARP_KERNEL = "BONEPLUS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which study a dataset belongs to. UIDs are derived from it, so they repeat.

    Name and id say "Phantom"; nothing here describes a person.
    """

    key: str
    patient: str = "Phantom"

    def uid(self, *names: object) -> str:
        """A UID that is the same every time for the same names."""
        from pydicom.uid import generate_uid

        return str(generate_uid(entropy_srcs=[self.key, self.patient, *(str(n) for n in names)]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stack:
    """One series. ``pixels`` is (n, rows, columns): HU for CT, grey values otherwise.

    ``positions_mm`` is (n, 3) LPS of each image's first pixel, ``orientation`` DICOM's six
    direction cosines, ``pixel_mm`` DICOM's (row, column) spacing, ``acquisitions`` the
    acquisition number of every image, ``instances`` their instance numbers.
    """

    pixels: NDArray[np.int16]
    positions_mm: NDArray[np.float64]
    orientation: tuple[float, ...]
    pixel_mm: tuple[float, float]
    thickness_mm: float
    acquisitions: tuple[int, ...]
    instances: tuple[int, ...]
    number: int = 2
    description: str = "ABD PHANTOM 5.0"
    kernel: str = SOFT_KERNEL
    image_type: tuple[str, ...] = ("ORIGINAL", "PRIMARY", "AXIAL")
    modality: str = "CT"
    contrast_tag: str = ""
    tilt_deg: float = 0.0
    body_part: str = "ABDOMEN"
    patient_position: str = "HFS"
    outside: NDArray[np.bool_] | None = None
    stored: str = "signed"

    def take(self, indices: NDArray[np.int64]) -> Stack:
        """The stack of only these images, in this order."""
        return replace(
            self,
            pixels=self.pixels[indices],
            positions_mm=self.positions_mm[indices],
            acquisitions=tuple(self.acquisitions[i] for i in indices),
            instances=tuple(self.instances[i] for i in indices),
        )


def stack_of(phantom: Phantom, *, number: int, description: str) -> Stack:
    """The phantom's CT as an axial series, from head to feet."""
    grid = phantom.volume.grid
    count = grid.shape[0]
    downwards = np.arange(count)[::-1]
    corner = np.stack([downwards, np.zeros(count), np.zeros(count)], axis=-1)
    direction = grid.direction
    dk, dj, di = grid.spacing_mm
    contrast = phantom.recipe.contrast
    return Stack(
        pixels=phantom.volume.hu[downwards],
        positions_mm=grid.to_lps_mm(corner),
        orientation=tuple(float(v) for v in (*direction[:, 0], *direction[:, 1])),
        pixel_mm=(dj, di),
        thickness_mm=dk,
        acquisitions=(1,) * count,
        instances=tuple(range(1, count + 1)),
        number=number,
        description=description,
        kernel=SHARP_KERNEL if phantom.recipe.sharpness > 0 else SOFT_KERNEL,
        contrast_tag="" if contrast == "unenhanced" else "Iodinated contrast agent",
        tilt_deg=phantom.recipe.tilt_deg,
    )
