"""Volumes and areas beside a reader's, of drawn labels whose sizes are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from myotome.evaluate.calibration.sizes import Outlined, Size, sizes
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.level_slice import LevelSlice
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.muscles import MUSCLE, MUSCLES

LEFT, RIGHT = MUSCLE["psoas_left"].value, MUSCLE["psoas_right"].value


def outlined(**but: object) -> Outlined:
    """10 slices of 10 x 10 x 10 mm voxels (1 ml): 12 x 10 left and right, the reader's left 15."""
    grid = Grid.axial((10, 20, 20), (10.0, 10.0, 10.0))
    hu = np.full(grid.shape, 50, np.int16)
    hu[:, 2, :] = -80  # the first row of every muscle is fat
    labels = np.zeros(grid.shape, np.uint8)
    labels[:, 2:6, 2:5] = RIGHT
    labels[:, 2:6, 12:15] = LEFT
    reference = labels.copy()
    reference[:, 6, 12:15] = LEFT
    volume = Volume(hu=hu, grid=grid, source_grid=grid)
    level = LevelSlice(name="L3", middle_z_mm=40.0, z_mm=40.0, k=4, ks=(4,))
    slab = Slab(
        superior_z_mm=95,
        inferior_z_mm=-5,
        superior_found=True,
        inferior_found=True,
        levels={"L3": level},
    )
    found = {
        "subject": "a",
        "volume": volume,
        "slab": slab,
        "labels": labels,
        "reference": reference,
        "usable": np.ones((10, 13), np.bool_),
        "raw": {m.key: 0.9 if m.group == "psoas" else None for m in MUSCLES},
    }
    return Outlined(**{**found, **but})


def by_place(of: Outlined) -> dict[tuple[str, str, str], Size]:
    return {(s.compared, s.structure, s.side): s for s in sizes(of)}


def test_volumes_lean_volumes_and_areas_are_those_drawn() -> None:
    found = by_place(outlined())
    left = found["volume", "psoas", "left"]
    assert (left.predicted, left.reference) == pytest.approx((120, 150))
    assert left.log_error == pytest.approx(math.log(120 / 150))
    lean = found["lean_volume", "psoas", "left"]
    assert (lean.predicted, lean.reference) == pytest.approx((90, 120))
    area = found["area", "psoas", "left"]
    assert (area.predicted, area.reference, area.level) == (12, 15, "L3")
    both = found["volume", "psoas", "both"]
    assert (both.predicted, both.reference) == pytest.approx((240, 270))
    whole = found["volume", "all_muscles", "both"]
    assert (whole.predicted, whole.reference, whole.raw) == pytest.approx((240, 270, 0.9))
    assert {structure for _, structure, _ in found} == {"psoas", "all_muscles", "one_side"}


def test_only_slices_count_that_the_reader_drew() -> None:
    usable = np.ones((10, 13), np.bool_)
    usable[5:, LEFT] = False
    found = by_place(outlined(usable=usable))
    assert found["volume", "psoas", "left"].predicted == pytest.approx(60)
    assert found["volume", "psoas", "right"].predicted == pytest.approx(120)
    assert found["volume", "psoas", "both"].predicted == pytest.approx(120), "shared slices"
    usable[4] = False
    assert ("area", "psoas", "right") not in by_place(outlined(usable=usable))


def test_disputed_voxels_count_for_neither() -> None:
    of = outlined()
    reference = of.reference.copy()
    reference[:, 5:7, 12:15] = 255
    left = by_place(outlined(reference=reference))["volume", "psoas", "left"]
    assert left.predicted == pytest.approx(left.reference) == pytest.approx(90)


def test_what_only_the_network_sees_is_an_endless_error_and_what_it_misses_is_in_the_sum() -> None:
    of = outlined()
    reference = np.where(of.reference == RIGHT, 0, of.reference).astype(np.uint8)
    assert by_place(outlined(reference=reference))["volume", "psoas", "right"].log_error == math.inf
    labels = np.where(of.labels == RIGHT, 0, of.labels).astype(np.uint8)
    found = by_place(outlined(labels=labels))
    assert ("volume", "psoas", "right") not in found
    assert ("volume", "psoas", "both") not in found
    whole = found["volume", "all_muscles", "both"]
    assert (whole.predicted, whole.reference) == pytest.approx((120, 270))


def test_a_muscle_that_cannot_be_judged_is_not_compared() -> None:
    raw = {m.key: 0.9 if m.key == "psoas_left" else None for m in MUSCLES}
    places = {place[1:] for place in by_place(outlined(raw=raw))}
    assert ("psoas", "left") in places
    assert not places & {("psoas", "right"), ("psoas", "both"), ("all_muscles", "both")}
