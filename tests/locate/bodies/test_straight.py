"""The straightened spine: a bent column stands upright, at its own place along z."""

from __future__ import annotations

import numpy as np
import pytest

from myotome.locate.bodies.find import network_input
from myotome.locate.bodies.straight import DEEP, STEP_MM, WIDE, images, straighten
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import Volume


def _bent(spacing=(3.0, 1.0, 1.0), amplitude=15.0):
    """A bright rod of 20 mm that swings from side to side; every fourth centimetre is brighter."""
    grid = Grid.axial((60, 160, 200), spacing, origin_mm=(-100.0, -80.0, -500.0))
    z = np.asarray(grid.slice_z_mm(np.arange(60)))
    x_mm = amplitude * np.sin(z / 40)
    x = -100.0 + spacing[2] * np.arange(200)
    y = -80.0 + spacing[1] * np.arange(160)
    hu = np.full(grid.shape, 0, np.int16)
    for k in range(60):
        rod = np.hypot(x[None] - x_mm[k], y[:, None]) < 10
        hu[k][rod] = 400 if round(z[k]) % 40 < 10 else 200
    return Volume(hu=hu, grid=grid, source_grid=grid), z, x_mm


def test_a_bent_rod_becomes_straight():
    volume, z, x = _bent()
    straight = straighten(volume, z, x, np.zeros(60))
    column = np.abs(np.arange(WIDE) - (WIDE - 1) / 2) * STEP_MM
    middle = round(52 / STEP_MM)  # the line is 52 mm behind the foremost column
    inside = straight.hu[:, middle, :][:, column < 6]
    outside = straight.hu[:, middle, :][:, (column > 14) & (column < 60)]
    assert inside.min() > 150
    assert np.abs(outside).max() < 60


@pytest.mark.parametrize("dz_mm", [1.0, 2.0, 5.0])
def test_rows_keep_their_place_along_z(dz_mm):
    grid = Grid.axial((int(200 / dz_mm), 80, 80), (dz_mm, 2.0, 2.0), (-80.0, -80.0, 100.0))
    z = np.asarray(grid.slice_z_mm(np.arange(grid.shape[0])))
    hu = np.zeros(grid.shape, np.int16)
    hu[np.abs(z - 180.0) < 10] = 500
    volume = Volume(hu=hu, grid=grid, source_grid=grid)
    straight = straighten(volume, z, np.zeros(len(z)), np.zeros(len(z)))
    bright = straight.hu[:, 26, WIDE // 2]
    centre = float(bright @ straight.z_mm / bright.sum())
    assert centre == pytest.approx(180.0, abs=0.6)
    assert np.allclose(np.diff(straight.z_mm), STEP_MM)


def test_beyond_the_image_there_is_air():
    volume, z, _ = _bent()
    straight = straighten(volume, z, np.full(60, 90.0), np.zeros(60))
    assert straight.hu[:, 26, -1].max() < -900


def test_the_network_sees_every_image_in_its_place():
    hu = np.random.default_rng(1).normal(50, 100, (30, DEEP, WIDE)).astype(np.float32)
    sagittal, coronal = images(hu)
    shown = network_input(hu)
    assert shown.shape == (1, 14, 30, WIDE)
    assert shown[0, 1, :, :DEEP] == pytest.approx(np.clip(sagittal[1], -300, 900) / 300, abs=1e-6)
    assert (shown[0, :4, :, DEEP:] == -1).all()
    assert shown[0, 4:] == pytest.approx(np.clip(coronal, -300, 900) / 300, abs=1e-6)
    assert network_input(hu[:10]).shape[2] == 24
