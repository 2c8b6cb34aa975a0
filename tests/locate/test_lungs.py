"""The lung base is a lower face, and what is not lung or is too little of it does not move it."""

from __future__ import annotations

import numpy as np
import pytest

from myotome.locate.coarse import coarse_view, probabilities
from myotome.locate.lungs import LEAST_AREA_MM2, lung_base
from myotome.nouns.space.volume import Volume

TIP = (44, 29)
"""Row and column in the middle of the right lung of the trunk."""


def _base(trunk, hu):
    volume = Volume(hu=hu, grid=trunk.grid, source_grid=trunk.grid)
    view = coarse_view(volume)
    found, confidence, reason = lung_base(
        volume, view, probabilities(view, trunk.knowing(volume)), trunk.z["L3.mid"]
    )
    return found, confidence, reason


def _lowest(trunk):
    """The index of the lowest slice with lung."""
    return round(trunk.grid.z_to_k(trunk.lung_base_mm) + 0.5)


@pytest.mark.parametrize("dz_mm", [1.0, 2.5, 3.0, 5.0, 8.0])
def test_the_lung_base_is_the_lower_face_of_the_lowest_slice_with_lung(make_trunk, dz_mm):
    trunk = make_trunk(dz_mm)
    found, confidence, reason = _base(trunk, trunk.hu)
    assert found == pytest.approx(trunk.lung_base_mm, abs=1e-6)
    assert (found - trunk.grid.faces_z_mm[0]) / dz_mm == pytest.approx(_lowest(trunk), abs=1e-6)
    assert confidence > 0.6
    assert not reason


def test_a_recess_of_one_thick_voxel_is_lung(trunk):
    """A voxel of the trunk is 9 mm2: as narrow a recess as such a scan can show."""
    hu = trunk.hu.copy()
    hu[_lowest(trunk) - 1, TIP[0], TIP[1]] = -480
    assert trunk.grid.pixel_cm2 * 100 >= LEAST_AREA_MM2
    assert _base(trunk, hu)[0] == pytest.approx(trunk.lung_base_mm - 3.0)


@pytest.mark.parametrize(
    ("shift", "hu_value", "moved_mm"),
    [
        pytest.param((0, 0), -430, 0.0, id="half aerated"),
        pytest.param((30, 0), -900, 0.0, id="not below the lung"),
    ],
)
def test_other_dark_voxels_are_not(trunk, shift, hu_value, moved_mm):
    hu = trunk.hu.copy()
    hu[_lowest(trunk) - 1, TIP[0] + shift[0], TIP[1] + shift[1]] = hu_value
    assert _base(trunk, hu)[0] == pytest.approx(trunk.lung_base_mm + moved_mm)


def test_gas_that_does_not_hang_together_with_the_lung_is_not_lung(trunk):
    hu = trunk.hu.copy()
    hu[_lowest(trunk) - 3, TIP[0] - 5 : TIP[0] + 5, TIP[1] - 5 : TIP[1] + 5] = -900
    assert _base(trunk, hu)[0] == pytest.approx(trunk.lung_base_mm)


def test_lung_that_is_not_dark_enough_is_still_placed_by_the_network(trunk):
    hu = np.maximum(trunk.hu, -300)
    found, confidence, _ = _base(trunk, hu)
    assert found == pytest.approx(trunk.lung_base_mm, abs=6.0)
    assert confidence == pytest.approx(0.4)
    assert (found - trunk.grid.faces_z_mm[0]) % 3.0 == pytest.approx(0.0, abs=1e-6)
