"""Levels, lung base, contrast and refusals on a trunk whose anatomy is known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from myotome.errors import AnatomyError
from myotome.locate import locate
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.vertebrae import REPORTED


def _codes(landmarks):
    return {flag.code for flag in landmarks.flags}


@pytest.mark.parametrize("dz_mm", [1.5, 3.0, 5.0])
def test_every_level_is_within_two_millimetres(make_trunk, dz_mm):
    trunk = make_trunk(dz_mm)
    found = locate(trunk.volume(), trunk.knowing(trunk.volume()), trunk.counting(trunk.volume()))
    assert list(found.levels) == list(REPORTED)
    for name, level in found.levels.items():
        if name == "S1":
            continue  # its lower end has no disc here to see
        assert level.mid_z_mm == pytest.approx(trunk.z[f"{name}.mid"], abs=2.5)
        assert level.inferior_z_mm == pytest.approx(trunk.z[f"{name}.inf"], abs=3.5)
        assert level.superior_z_mm == pytest.approx(trunk.z[f"{name}.sup"], abs=3.5)
        assert level.confidence > 0.6
    assert found.lung_base_z_mm == pytest.approx(trunk.lung_base_mm, abs=0.01)
    assert "level_count_unanchored" not in _codes(found)
    assert "level_count_disagrees" not in _codes(found)


def test_centre_of_a_body_is_given_in_patient_millimetres(trunk):
    found = locate(trunk.volume(), trunk.knowing(trunk.volume()), trunk.counting(trunk.volume()))
    x, y = found.levels["L3"].centre_xy_mm
    assert x == pytest.approx(0.0, abs=4)
    assert y == pytest.approx(55.0, abs=6)


def test_a_scan_cut_inside_a_vertebra_gives_no_mid_beyond_its_edge(trunk):
    cut_mm = trunk.z["L3.mid"] + 4
    start = int(np.ceil(trunk.grid.z_to_k(cut_mm)))
    volume = trunk.volume(start=start)
    found = locate(volume, trunk.knowing(volume), trunk.counting(volume))
    level = found.levels.get("L3")
    assert level is None or level.mid_z_mm is None
    assert level is None or level.inferior_z_mm is None
    assert not {"L4", "L5", "S1"} & set(found.levels)
    assert found.levels["L2"].mid_z_mm == pytest.approx(trunk.z["L2.mid"], abs=3)


def test_without_sacrum_and_ribs_the_count_is_called_unanchored(trunk):
    start = int(trunk.grid.z_to_k(trunk.z["L5.inf"]))
    stop = int(trunk.grid.z_to_k(trunk.z["L1.mid"]))
    volume = trunk.volume(start, stop)
    found = locate(volume, trunk.knowing(volume), trunk.counting(volume))
    assert "level_count_unanchored" in _codes(found)
    assert "lung_base_not_in_view" in _codes(found)
    assert found.lung_base_z_mm is None
    assert max(level.confidence for level in found.levels.values()) <= 0.6


def test_a_rib_on_l1_is_flagged_as_possible_transition(trunk):
    volume = trunk.volume()
    found = locate(volume, trunk.knowing(volume), trunk.counting(volume, lowest_rib="L1"))
    assert "level_count_disagrees" in _codes(found)
    assert found.count is not None
    assert (found.count.by_sacrum, found.count.by_ribs) == (0, -1)
    assert max(level.confidence for level in found.levels.values()) <= 0.5


def test_a_count_that_nothing_tells_is_called_unsure(trunk):
    volume = trunk.volume()
    count = trunk.counting(volume)

    def unsure(x):
        out = count(x)
        out[0, 3:] *= 0.02  # neither names nor ribs say anything any more
        return out

    found = locate(volume, trunk.knowing(volume), unsure)
    assert found.count is not None
    assert found.count.probability < 0.5
    assert "level_low_confidence" in _codes(found)
    assert max(level.confidence for level in found.levels.values()) < 0.5


@pytest.mark.parametrize(("enhanced", "phase"), [(True, "enhanced"), (False, "unenhanced")])
def test_contrast_phase_comes_from_the_image(make_trunk, enhanced, phase):
    trunk = make_trunk(4.0, enhanced=enhanced)
    found = locate(trunk.volume(), trunk.knowing(trunk.volume()), trunk.counting(trunk.volume()))
    assert found.contrast_image == phase
    assert found.contrast_evidence["aorta_median_hu"] == pytest.approx(
        150 if enhanced else 42, abs=15
    )


def test_a_scan_that_ends_in_the_lungs_has_no_lung_base(trunk):
    start = int(np.ceil(trunk.grid.z_to_k(trunk.lung_base_mm)))
    volume = trunk.volume(start=start)
    found = locate(volume, trunk.knowing(volume), trunk.counting(volume))
    assert found.lung_base_z_mm is None
    assert "lung_base_below_scan" in _codes(found)


def test_a_scan_that_ends_above_the_kidneys_is_refused_as_a_chest(trunk):
    volume = trunk.volume(start=int(trunk.grid.z_to_k(trunk.lung_base_mm)) + 4)
    with pytest.raises(AnatomyError, match="a chest that ends above the abdomen"):
        locate(volume, trunk.knowing(volume), trunk.counting(volume))


def test_gas_in_the_pelvis_is_not_lung(trunk):
    hu = trunk.hu.copy()
    hu[2:14, 20:40, 20:40] = -900
    grid = trunk.grid
    volume = Volume(hu=hu, grid=grid, source_grid=grid)
    found = locate(volume, trunk.knowing(volume), trunk.counting(volume))
    assert found.lung_base_z_mm == pytest.approx(trunk.lung_base_mm, abs=0.01)


def test_a_scan_without_a_spine_is_refused_by_name():
    grid = Grid.axial((20, 40, 40), (5.0, 5.0, 5.0))
    volume = Volume(hu=np.full(grid.shape, 40, np.int16), grid=grid, source_grid=grid)

    def nothing(x):
        logits = np.zeros((1, 23, *x.shape[2:]), np.float32)
        logits[:, 0] = 9.0
        return logits

    with pytest.raises(AnatomyError, match="no vertebra"):
        locate(volume, nothing, nothing)


def test_a_single_slice_is_refused_and_does_not_crash():
    grid = Grid.axial((1, 40, 40), (5.0, 5.0, 5.0))
    volume = Volume(hu=np.zeros(grid.shape, np.int16), grid=grid, source_grid=grid)
    with pytest.raises(AnatomyError):
        locate(
            volume,
            lambda x: np.zeros((1, 23, *x.shape[2:]), np.float32),
            lambda x: np.zeros((1, 18, x.shape[2]), np.float32),
        )
