"""The slab's lower plane on made-up vertebrae of which the endplate is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myotome.locate.endplate import inferior_endplate_z_mm, with_lower_plane
from myotome.locate.spine import Spine
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Level
from myotome.nouns.space.volume import Volume

FINE_MM, FRONT_Y, DISC_MM = 0.5, -30.0, 9.0


def _spine(slope: float) -> Spine:
    """A line that runs at right angles through endplates of that slope, through y = 0 at z = 0."""
    z = np.arange(-80.0, 80.0, 2.5)
    return Spine(
        z_mm=z,
        x_mm=np.zeros_like(z),
        y_mm=-slope * z,
        mass=np.zeros((1, len(z))),
        present=np.ones(len(z), bool),
    )


def _volume(slope: float, dz_mm: float, *, bottom_mm: float = -40.0, noise_hu: float = 0.0):
    """L5 above z = slope * y, its bright endplate there, a disc and S1 below."""
    grid = Grid.axial(
        (int((40.0 - bottom_mm) / dz_mm), 40, 20), (dz_mm, 2.0, 2.0), (-19.0, -39.0, bottom_mm)
    )
    y = -39.0 + 2.0 * np.arange(40)
    hu = np.zeros(grid.shape)
    parts = max(1, round(dz_mm / FINE_MM))
    for k in range(grid.shape[0]):
        centre = bottom_mm + k * dz_mm
        for z in centre + dz_mm * ((np.arange(parts) + 0.5) / parts - 0.5):
            above = (z - slope * y) / np.hypot(1.0, slope)
            bone = (above > 0) | (above < -DISC_MM)
            plate = (np.abs(above) < 1.0) | (np.abs(above + DISC_MM) < 1.0)
            row = np.where(plate, 500.0, np.where(bone, 180.0, 80.0))
            hu[k] += np.where(np.abs(y) < -FRONT_Y, row, 0.0)[:, None] / parts
    hu += np.random.default_rng(1).normal(0.0, noise_hu, hu.shape)
    return Volume(hu=np.rint(hu).astype(np.int16), grid=grid, source_grid=grid)


@settings(max_examples=30, deadline=None)
@given(
    slope=st.floats(0.0, 0.8),
    dz_mm=st.sampled_from([1.0, 2.0, 3.0, 5.0]),
    start_mm=st.floats(-2.5, 3.0),
)
def test_a_tilted_endplate_is_hit_within_a_millimetre_and_a_half(slope, dz_mm, start_mm):
    found = inferior_endplate_z_mm(_volume(slope, dz_mm, noise_hu=20.0), _spine(slope), start_mm)
    assert found == pytest.approx(0.0, abs=max(1.5, dz_mm / 2))


def test_the_upper_endplate_of_the_sacrum_is_not_taken_for_it():
    """It is as bright, but has its disc above: half-way between the two L5's wins."""
    volume, spine = _volume(0.5, 2.0), _spine(0.5)
    half = -DISC_MM * np.hypot(1.0, 0.5) / 2
    assert inferior_endplate_z_mm(volume, spine, half + 1.5) == pytest.approx(0.0, abs=2.0)


def test_where_nothing_is_to_be_seen_it_stays_where_it_was():
    grid = Grid.axial((30, 20, 20), (3.0, 3.0, 3.0), (-30.0, -30.0, -45.0))
    volume = Volume(hu=np.full(grid.shape, 60, np.int16), grid=grid, source_grid=grid)
    assert inferior_endplate_z_mm(volume, _spine(0.3), 1.25) == pytest.approx(1.25, abs=1e-6)


def test_at_the_very_end_of_a_scan_nothing_is_read_again():
    volume = _volume(0.3, 2.0, bottom_mm=-1.0)
    assert inferior_endplate_z_mm(volume, _spine(0.3), -0.5) == -0.5


def test_only_the_end_of_l5_moves():
    levels = {
        "L4": Level(name="L4", mid_z_mm=38.0, inferior_z_mm=24.0),
        "L5": Level(name="L5", mid_z_mm=13.5, superior_z_mm=27.0, inferior_z_mm=2.0),
    }
    moved = with_lower_plane(levels, _volume(0.4, 2.0), _spine(0.4))
    assert moved["L4"] == levels["L4"]
    assert moved["L5"].mid_z_mm == 13.5
    assert moved["L5"].superior_z_mm == 27.0
    assert abs(moved["L5"].inferior_z_mm) < 1.2


@pytest.mark.parametrize(
    "levels", [{}, {"L5": Level(name="L5", mid_z_mm=None, superior_z_mm=9.0)}], ids=["none", "cut"]
)
def test_a_plane_that_is_not_in_view_is_not_made_up(levels):
    assert with_lower_plane(levels, _volume(0.4, 2.0), _spine(0.4)) == levels
