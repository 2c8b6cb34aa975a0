"""Resampling and windowing: exact on constants and lines, reversible in place."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myotome.nets.inputs import PIXEL_MM, neighbours, plane_at, window
from myotome.voxels.resample import resampling_matrix


@given(n=st.integers(2, 90), spacing=st.floats(0.4, 4.0))
def test_rows_are_averages_and_lines_stay_lines(n: int, spacing: float) -> None:
    matrix = resampling_matrix(n, spacing, PIXEL_MM).astype(np.float64)
    np.testing.assert_allclose(matrix.sum(axis=1), 1, atol=1e-5)
    place = (np.arange(n) + 0.5) * spacing
    wanted = (np.arange(matrix.shape[0]) + 0.5) * 1.5
    inner = (wanted > 2 * max(spacing, 1.5)) & (wanted < n * spacing - 2 * max(spacing, 1.5))
    np.testing.assert_allclose((matrix @ place)[inner], wanted[inner], atol=0.35)


def test_window_is_level_40_width_400() -> None:
    # Vu et al. 2024: window 400, level 40, that is -160 to 240 HU.
    np.testing.assert_allclose(window(np.array([-1024, -160, 40, 240, 3000])), [0, 0, 0.5, 1, 1])


def test_planes_between_slices_are_interpolated_and_held_at_the_ends() -> None:
    planes = np.arange(5, dtype=np.float32)[:, None, None] * np.ones((1, 2, 2), np.float32)
    assert plane_at(planes, 1.25)[0, 0] == pytest.approx(1.25)
    assert plane_at(planes, -3)[0, 0] == 0
    assert plane_at(planes, 9)[0, 0] == 4
    stack = neighbours(planes, 2, dz_mm=5.0, reach_mm=4.0)
    np.testing.assert_allclose(stack[:, 0, 0], [1.2, 2.0, 2.8], rtol=1e-6)
