"""What is disputed becomes unknown, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from myotome.errors import InputError
from myotome.nouns.space.grid import Grid
from myotome.tables.anatomy.borders import ZONE, How
from myotome.voxels import borders
from myotome.voxels.borders import UNKNOWN, Borders, Dispute, settled

Labels = NDArray[np.uint8]
GRID = Grid.axial((8, 40, 40), (5.0, 1.0, 1.0), (-20.0, -20.0, 0.0))
PSOAS, BACK, RECTUS, WALL, OTHER_RECTUS = 1, 5, 9, 11, 10


@pytest.fixture
def labels() -> Labels:
    """+i is left, +j behind: rectus in front, the wall from front to back, psoas in the middle."""
    out = np.zeros(GRID.shape, np.uint8)
    out[:5, 20:24, 24:28] = PSOAS
    out[:, 30:38, 22:34] = BACK
    out[:, 2:5, 21:32] = RECTUS
    out[:6, 8:30, 34:38] = WALL
    out[6:, 8:20, 34:38] = WALL
    return out


def unknown(labels: Labels, key: str, value: int, first: int, last: int, **more: object) -> Labels:
    """Where a zone makes ``labels`` unknown; everything else must stay."""
    dispute = Dispute(zone=ZONE[key], values=(value,), first=first, last=last, **more)  # type: ignore[arg-type]
    before = labels.copy()
    out = settled(labels, Borders(disputed=(dispute,)), GRID)
    assert np.array_equal(labels, before)
    mask = out == UNKNOWN
    assert np.array_equal(out[~mask], labels[~mask])
    assert set(np.flatnonzero(mask.any(axis=(1, 2)))) <= set(range(first, last + 1))
    return np.where(mask, labels + 1, 0).astype(np.uint8)


def test_without_borders_labels_stay(labels: Labels) -> None:
    assert np.array_equal(settled(labels, Borders(), GRID), labels)


def test_an_upper_end_is_unknown_with_what_is_beside_it(labels: Labels) -> None:
    found = unknown(labels, "upper_end", PSOAS, 4, 6)
    assert (found[4] == PSOAS + 1).sum() == 16  # all of it, on its last slice
    assert found[6, 22, 29] == 1  # 2 mm aside, two slices above the end
    assert not found[6, 22, 32].any()  # 5 mm aside
    assert not (found == BACK + 1).any()  # never another muscle's


def test_the_wall_is_unknown_behind_where_it_ends_above(labels: Labels) -> None:
    found = unknown(labels, "posterior_wall", WALL, 3, 5)
    assert set(np.flatnonzero(found.any(axis=(0, 2)))) == set(range(19 + 3 + 1, 30))
    assert (found[found > 0] == WALL + 1).all()


def test_a_zone_that_looks_above_needs_a_slice_above(labels: Labels) -> None:
    for first, last, key in ((5, 7, "posterior_wall"), (6, 9, "upper_end")):
        with pytest.raises(InputError, match="outside the 8 slices"):
            unknown(labels, key, WALL, first, last)


def test_the_sheet_is_the_last_three_millimetres(labels: Labels) -> None:
    labels[:, 33:35, 25] = 0  # a fatty cleft further in changes nothing
    found = unknown(labels, "back_sheet", BACK, 0, 7)
    assert set(np.flatnonzero(found.any(axis=(0, 2)))) == {35, 36, 37}
    assert (found[:, 35:] > 0).sum() == 8 * 3 * 12


def test_only_what_lies_behind_the_rectus_of_its_side(labels: Labels) -> None:
    labels[:, 7:9, 10:30] = WALL
    labels[:, 2:5, 8:20] = OTHER_RECTUS
    found = unknown(labels, "behind_rectus", WALL, 0, 7)
    assert set(np.flatnonzero(found.any(axis=(0, 1)))) == set(range(21, 30))
    assert (found[found > 0] == WALL + 1).all()


def test_the_deep_face_and_not_the_outer_one(labels: Labels) -> None:
    found = unknown(labels, "rib_side", WALL, 2, 2)
    assert (found[2, 16:26, 34] == WALL + 1).all()
    assert (found[2, 16:26, 33] == 1).all()
    assert not found[2, 16:26, 36:].any()


def test_a_box_is_in_patient_millimetres(labels: Labels) -> None:
    box = (14.0, 15.2, 0.0, 20.0)  # i 34 and 35, from j 20
    found = unknown(labels, "block", WALL, 0, 0, box_mm=box)
    assert (found[0] > 0).sum() == 2 * 10
    free = unknown(labels, "gap_in_wall", WALL, 0, 0, box_mm=box)
    assert (free[0] > 0).sum() == 2 * 10
    assert not (free > 1).any()
    with pytest.raises(InputError, match="no box"):
        unknown(labels, "gap_in_wall", WALL, 0, 0)


def test_every_way_of_a_row_is_known() -> None:
    assert set(borders._SELECT) == set(How)
    assert {zone.how for zone in ZONE.values()} == set(How)
    assert all(zone.own or zone.free for zone in ZONE.values())


def test_the_gate_takes_what_is_smoothly_below_it(labels: Labels) -> None:
    hu = np.full(GRID.shape, 40.0, np.float32)
    hu[:, 2:5, 26:] = -80.0
    hu[2, 34, 30] = -200.0  # one dark pixel of 12 mm2 is noise, and another muscle's
    gate = Borders(gated=(RECTUS,))
    out = settled(labels, gate, GRID, lambda k: hu[k])
    assert not (out[:, 2:5, 27:] == RECTUS).any()
    assert (out[:, 3, 21:25] == RECTUS).all()
    assert np.array_equal(out == BACK, labels == BACK)
    with pytest.raises(InputError, match="there is no CT"):
        settled(labels, gate, GRID)
