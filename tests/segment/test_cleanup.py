"""Tidying labels: what goes, what moves, what is filled, and what is never touched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myotome.nouns.space.grid import Grid
from myotome.nouns.space.segmentation import Segmentation
from myotome.segment.cleanup import clean
from myotome.tables.anatomy.cleanup import TIDY
from myotome.tables.anatomy.muscles import GROUPS, MUSCLE, MUSCLES

SHAPE = (12, 60, 80)
GRID = Grid.axial(SHAPE, (5.0, 2.0, 2.0))
LEFT, RIGHT = slice(58, 68), slice(12, 22)
ROWS = {group.key: slice(2 + 9 * n, 10 + 9 * n) for n, group in enumerate(GROUPS)}
VALUE = {key: muscle.value for key, muscle in MUSCLE.items()}


def body() -> np.ndarray:
    """Every muscle a block of 8 x 10 pixels, left ones at columns 58 on, midline at 39.5."""
    labels = np.zeros(SHAPE, np.uint8)
    for m in MUSCLES:
        labels[:, ROWS[m.group], LEFT if m.side == "left" else RIGHT] = m.value
    return labels


def tidy(labels: np.ndarray, backend: str = "bundled") -> Segmentation:
    return clean(Segmentation(labels=labels, grid=GRID, backend=backend, k_range=(0, SHAPE[0])))


def codes(segmentation: Segmentation) -> list[str]:
    return [flag.code for flag in segmentation.flags]


def test_every_group_has_its_row() -> None:
    assert [row.group for row in TIDY] == [group.key for group in GROUPS]
    assert all(row.reason for row in TIDY)


def test_clean_labels_come_back_unchanged_and_unflagged() -> None:
    labels = body()
    done = tidy(labels)
    assert np.array_equal(done.labels, body())
    assert not done.flags
    nothing = tidy(np.zeros(SHAPE, np.uint8))
    assert not nothing.labels.any()


def test_holes_are_filled_in_plane_and_never_into_another_label() -> None:
    labels, psoas = body(), ROWS["psoas"].start
    # Open along z, so only a fill within the slices closes it.
    labels[:, psoas + 3 : psoas + 6, 61:64] = 0
    labels[:, psoas + 4, 62] = VALUE["quadratus_lumborum_left"]
    labels[6, psoas + 4, 62] = 0
    done = tidy(labels).labels
    inner = done[:, psoas + 3 : psoas + 6, 61:64].copy()
    assert (inner[:, 0] == VALUE["psoas_left"]).all()
    assert inner[6, 1, 1] == VALUE["psoas_left"]
    # The thread inside is under the smallest piece: it goes before holes are filled.
    assert (inner == VALUE["psoas_left"]).all()


def test_another_label_inside_a_hole_stays() -> None:
    labels, lateral = body(), ROWS["lateral_abdominals"]
    inside = (slice(None), slice(lateral.start + 2, lateral.start + 6), slice(60, 65))
    labels[inside] = VALUE["rectus_abdominis_left"]
    done = tidy(labels)
    assert (done.labels[inside] == VALUE["rectus_abdominis_left"]).all()
    assert "holes_filled" not in codes(done)


def test_a_ring_around_the_belly_is_not_a_hole() -> None:
    labels = np.zeros(SHAPE, np.uint8)
    labels[:, 5:55, 10:70] = VALUE["lateral_abdominals_left"]
    labels[:, 8:52, 13:67] = 0
    assert np.array_equal(tidy(labels.copy()).labels, labels)


def test_small_and_surplus_pieces_go_and_the_largest_stays() -> None:
    labels = body()
    labels[2:4, 57:59, 20:22] = VALUE["erector_spinae_right"]  # 8 voxels: 0.16 ml
    labels[:, 57:59, 60:75] = VALUE["quadratus_lumborum_left"]  # 7.2 ml: a second piece may stay
    labels[:, 57:59, 2:18] = VALUE["psoas_right"]  # 7.7 ml: a second piece may stay
    labels[5:9, 0:2, 70:80] = VALUE["psoas_left"]  # 1.6 ml
    labels[5:9, 0:1, 50:53] = VALUE["psoas_left"]  # 0.24 ml
    done = tidy(labels).labels
    assert not (done[2:4, 57:59, 20:22]).any()
    assert (done[:, 57:59, 60:75] == VALUE["quadratus_lumborum_left"]).all()
    assert (done[:, 57:59, 2:18] == VALUE["psoas_right"]).all()
    assert (done[5:9, 0:2, 70:80] == VALUE["psoas_left"]).all()
    assert not done[5:9, 0:1, 50:53].any()
    tiny = np.zeros(SHAPE, np.uint8)
    tiny[4, 4, 4] = VALUE["gluteus_medius_left"]
    assert tidy(tiny.copy()).labels.sum() == tiny.sum()


@pytest.mark.parametrize("group", [group.key for group in GROUPS])
def test_a_piece_on_the_wrong_side_becomes_the_other_muscle(group: str) -> None:
    labels = body()
    upper = (slice(6, None), ROWS[group], RIGHT)
    labels[upper] = VALUE[f"{group}_left"]
    done = tidy(labels)
    assert np.array_equal(done.labels, body())
    assert codes(done) == ["wrong_side"]
    assert "left" in done.flags[0].message


def test_a_muscle_that_crosses_the_midline_a_little_stays() -> None:
    labels, rows = body(), ROWS["rectus_abdominis"]
    labels[:, rows, 36:58] = VALUE["rectus_abdominis_left"]
    done = tidy(labels.copy())
    assert np.array_equal(done.labels, labels)


def test_the_midline_follows_a_scoliosis() -> None:
    straight = body()
    bent = np.stack([np.roll(plane, k, axis=1) for k, plane in enumerate(straight)])
    assert np.array_equal(tidy(bent.copy()).labels, bent)


def test_what_changes_by_more_than_five_percent_is_told() -> None:
    labels, psoas = body(), ROWS["psoas"].start
    labels[:, psoas + 3 : psoas + 6, 61:64] = 0  # 9 of 80 pixels
    (flag,) = tidy(labels).flags
    assert flag.code == "holes_filled"
    assert "left psoas 13 %" in flag.message  # 9 of the 71 that were labelled


def test_the_users_own_labels_are_looked_at_and_left_alone() -> None:
    labels, psoas = body(), ROWS["psoas"].start
    labels[:, psoas + 3 : psoas + 6, 61:64] = 0
    done = tidy(labels.copy(), backend="labels")
    assert np.array_equal(done.labels, labels)
    assert "left as they are" in done.flags[0].message


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_cleaning_adds_no_new_muscle_and_a_second_time_changes_hardly_anything(seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = body()
    hit = rng.random(SHAPE) < 0.01
    labels[hit] = rng.integers(0, 13, hit.sum())
    once = tidy(labels.copy())
    assert set(np.unique(once.labels)) <= set(np.unique(labels))
    again = tidy(once.labels.copy())
    assert (again.labels != once.labels).mean() < 1e-3
