"""Spreading over a slice is what SciPy's morphology says it is."""

import numpy as np
import pytest
from scipy import ndimage

from myotome.voxels.spread import along, around, reached


@pytest.mark.parametrize("seed", range(4))
def test_the_largest_neighbour(seed: int) -> None:
    plane = np.random.default_rng(seed).integers(0, 13, (17, 23)).astype(np.uint8)
    wide = ndimage.maximum_filter(plane, size=3, mode="constant")
    np.testing.assert_array_equal(around(plane), wide)
    tall = ndimage.maximum_filter(plane, size=(3, 1), mode="constant")
    np.testing.assert_array_equal(along(plane, 0), tall)
    mask = plane > 6
    grown = ndimage.binary_dilation(mask, np.ones((1, 3)))
    np.testing.assert_array_equal(along(mask, 1), grown)


@pytest.mark.parametrize(("seed", "steps"), [(0, 0), (1, 1), (2, 3), (3, 9)])
def test_paths_are_no_longer_than_told(seed: int, steps: int) -> None:
    rng = np.random.default_rng(seed)
    start, through = rng.random((20, 30)) < 0.05, rng.random((20, 30)) < 0.6
    found = reached(start, through, steps)
    if steps:
        wanted = ndimage.binary_dilation(
            start, np.ones((3, 3)), iterations=steps, mask=start | through
        )
        np.testing.assert_array_equal(found, wanted & through & ~start)
    else:
        assert not found.any()
