"""Small label maps on disk and in memory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from numpy.typing import NDArray

from myotome.nouns.space.grid import Grid

SPACING_MM = (5.0, 4.0, 2.0)
ORIGIN_MM = (-20.0, -30.0, 100.0)

Save = Callable[..., Path]


@pytest.fixture
def grid() -> Grid:
    """12 slices of 30 x 40 voxels of 5 x 4 x 2 mm."""
    return Grid.axial((12, 30, 40), SPACING_MM, ORIGIN_MM)


@pytest.fixture
def save() -> Save:
    """Write an array (k, j, i) on a canonical grid as NIfTI, in any axis order."""

    def write(
        path: Path, array: NDArray[Any], where: Grid, axes: str = "LPS", spatial: bool = True
    ) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ where.matrix
        image = nibabel.Nifti1Image(array.transpose(2, 1, 0), affine)
        own = nibabel.orientations.io_orientation(affine)
        wanted = nibabel.orientations.axcodes2ornt(tuple(axes))
        image = image.as_reoriented(nibabel.orientations.ornt_transform(own, wanted))
        if not spatial:
            image.header["sform_code"] = image.header["qform_code"] = 0
            image = nibabel.Nifti1Image(np.asarray(image.dataobj), None, image.header)
        nibabel.save(image, path)
        return path

    return write


@pytest.fixture
def body() -> NDArray[np.uint8]:
    """All 12 muscles as boxes of 10 slices; left (odd values) at high i, as in LPS."""
    labels = np.zeros((12, 30, 40), np.uint8)
    for group in range(6):
        rows = slice(1 + 5 * (group % 3), 5 + 5 * (group % 3))
        shift = 9 * (group // 3)
        labels[1:11, rows, 38 - shift - 7 : 38 - shift] = 2 * group + 1
        labels[1:11, rows, 2 + shift : 2 + shift + 7] = 2 * group + 2
    return labels
