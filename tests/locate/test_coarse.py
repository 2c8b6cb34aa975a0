"""The coarse view: same place, same mean, right size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myotome.locate.coarse import COARSE_MM, MULTIPLE_K, WINDOW_JI, coarse_view, network_input
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import Volume


def _ball(spacing_mm, centre_mm, radius_mm=45.0):
    shape = tuple(round(260 / d) for d in spacing_mm)
    grid = Grid.axial(shape, spacing_mm, (-130.0, -130.0, -700.0))
    k, j, i = np.indices(shape)
    points = grid.to_lps_mm(np.stack([k, j, i], axis=-1))
    inside = np.linalg.norm(points - centre_mm, axis=-1) < radius_mm
    hu = np.where(inside, 1000, -1000).astype(np.int16)
    return Volume(hu=hu, grid=grid, source_grid=grid)


@settings(max_examples=8, deadline=None)
@given(
    st.sampled_from([1.7, 3.0, 5.0, 7.5]),
    st.sampled_from([2.4, 3.0, 5.0]),
    st.floats(-30, 30),
    st.floats(-30, 30),
)
def test_things_stay_where_they_are(dz_mm, dx_mm, x, z):
    centre = np.array([x, 5.0, -570.0 + z])
    view = coarse_view(_ball((dz_mm, dx_mm, dx_mm), centre))
    weight = np.clip((view.hu + 1000) / 2000, 0, 1)
    points = view.grid.to_lps_mm(np.indices(view.hu.shape).reshape(3, -1).T)
    found = (points * weight.reshape(-1, 1)).sum(axis=0) / weight.sum()
    assert found == pytest.approx(centre, abs=1.5)
    volume_ml = weight.sum() * COARSE_MM**3 / 1000
    assert volume_ml == pytest.approx(4 / 3 * np.pi * 4.5**3, rel=0.08)
    assert view.hu.shape[1:] == WINDOW_JI


@given(st.integers(1, 70))
@settings(max_examples=10, deadline=None)
def test_network_input_is_padded_with_air(planes):
    x = network_input(np.full((planes, *WINDOW_JI), 50.0, np.float32))
    assert x.shape[:2] == (1, 2)
    assert x.shape[2] % MULTIPLE_K == 0
    assert 0 <= x.shape[2] - planes < MULTIPLE_K
    assert x[0, 1, :planes] == pytest.approx(0.0)
    assert (x[0, 0, planes:] == -2.0).all()
    assert x.dtype == np.float32
