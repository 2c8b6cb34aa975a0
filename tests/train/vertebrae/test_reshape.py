"""A vertebra more or fewer: the images and the points move together, and unclear names go."""

from __future__ import annotations

import numpy as np
import pytest

from myotome.locate.bodies.straight import DEEP, STEP_MM, WIDE
from myotome.train.vertebrae.points import Vertebra
from myotome.train.vertebrae.reshape import blinded, recounted, slanted

NAMES = ("S1", "L5", "L4", "L3", "L2", "L1", "T12", "T11", "T10")
PITCH, HEIGHT, BASE = 32.0, 24.0, 21.0
ROWS = 160


@pytest.fixture
def spine():
    """Every body's rows hold its own number, discs hold -1."""
    z = 1.0 + STEP_MM * np.arange(ROWS)
    hu = np.full((ROWS, DEEP, WIDE), -1.0, np.float32)
    vertebrae = []
    for n, name in enumerate(NAMES):
        low = BASE + n * PITCH
        hu[(z > low) & (z < low + HEIGHT)] = n
        rib = name.startswith("T")
        vertebrae.append(
            Vertebra(
                name=name,
                centre_mm=(0.0, 0.0, low + HEIGHT / 2),
                superior_z_mm=low + HEIGHT,
                inferior_z_mm=low,
                ribs=(rib, rib),
            )
        )
    return hu, z, tuple(vertebrae)


@pytest.mark.parametrize("seed", range(24))
def test_points_stay_on_their_bodies(spine, seed):
    hu, z, vertebrae = recounted(*spine, np.random.default_rng(seed))
    assert len(hu) == len(z)
    assert np.allclose(np.diff(z), STEP_MM)
    assert abs(len(vertebrae) - len(NAMES)) == 1
    assert abs(len(hu) - ROWS) * STEP_MM == pytest.approx(PITCH)
    for vertebra in vertebrae:
        row = int(np.abs(z - vertebra.centre_mm[2]).argmin())
        assert hu[row, 0, 0] == NAMES.index(vertebra.name)
        above = int(np.abs(z - (vertebra.superior_z_mm + 4)).argmin())
        assert hu[above, 0, 0] == -1


@pytest.mark.parametrize("seed", range(24))
def test_names_stay_where_something_beside_the_count_tells_them(spine, seed):
    """The sacrum always; T12 and what borders on it or the sacrum, unless it is the one changed."""
    _, _, vertebrae = recounted(*spine, np.random.default_rng(seed))
    names = [v.name for v in vertebrae]
    changed = next(n for n in NAMES if names.count(n) != 1)
    sure = {v.name for v in vertebrae if v.sure > 0}
    assert "S1" in sure
    assert changed not in sure
    if changed.startswith("L"):
        assert sure == {"S1", "T12", "T11", "T10", *({"L5", "L1"} - {changed})}
    else:
        assert not {n for n in sure if NAMES.index(n) > NAMES.index(changed)}
        assert {"L1", "L3", "L5"} <= sure


def test_a_spine_of_two_stays_as_it_is(spine):
    hu, z, vertebrae = spine
    again = recounted(hu, z, vertebrae[:2], np.random.default_rng(0))
    assert again[0] is hu
    assert again[2] == vertebrae[:2]


def test_slanting_moves_what_is_beside_the_line_and_not_the_line():
    rows = np.arange(ROWS, dtype=np.float32)
    hu = np.broadcast_to(rows[:, None, None], (ROWS, DEEP, WIDE)).copy()
    out = slanted(hu, np.random.default_rng(1))
    middle = out[40:-40, 26, WIDE // 2 - 1 : WIDE // 2 + 1].mean(axis=1)
    assert middle == pytest.approx(rows[40:-40], abs=0.01)
    assert np.abs(out[40:-40, 45, 5] - rows[40:-40]).max() > 0.5


def test_one_coronal_slab_is_hidden_with_its_maximum():
    out = blinded(np.full((10, 30, WIDE), 50.0, np.float32), np.random.default_rng(2))
    hidden = [n for n in range(10) if (out[n] < 0).all()]
    assert len(hidden) == 2
    assert hidden[1] - hidden[0] == 5
