"""The outer edge follows the line between muscle and fat; inside nothing changes."""

import numpy as np
import pytest

from myotome.segment.bundled.edge import fit_edge

FINE, COARSE = (0.75, 0.75), (1.5, 1.5)


def square(labelled: slice, middle: int = 50) -> tuple[np.ndarray, np.ndarray]:
    """A muscle of 20 pixels in fat, and labels on the given rows and columns."""
    hu = np.full((60, 60), -100, np.int16)
    hu[20:40, 20:40] = middle
    labels = np.zeros((60, 60), np.uint8)
    labels[labelled, labelled] = 1
    return labels, hu


@pytest.mark.parametrize("spacing", [FINE, COARSE, (0.6, 0.9)])
def test_fat_at_the_rim_goes_and_the_muscle_stays(spacing: tuple[float, float]) -> None:
    labels, hu = square(slice(18, 42))
    fitted = fit_edge(labels, hu, spacing)
    assert (fitted[21:39, 21:39] == 1).all()
    assert abs(int(fitted.sum()) - 400) <= 80  # the line is blurred by less than a pixel


@pytest.mark.parametrize("spacing", [FINE, COARSE])
def test_a_border_short_of_the_fat_moves_out_to_it(spacing: tuple[float, float]) -> None:
    labels, hu = square(slice(21, 39))
    fitted = fit_edge(labels, hu, spacing)
    assert (fitted[20:40, 20:40] == 1)[1:-1, 1:-1].all()
    assert fitted.sum() >= 392  # all of the muscle, but for rounded corners
    assert not fitted[:19].any()


def test_it_grows_no_further_than_told() -> None:
    labels, hu = square(slice(26, 34))
    assert fit_edge(labels, hu, FINE).sum() == 64  # fat is further away than FAT_MM


def test_it_does_not_grow_into_bone_nor_into_another_muscle() -> None:
    labels, hu = square(slice(21, 39))
    hu[20:40, 39:44] = 400
    assert not fit_edge(labels, hu, FINE)[25:35, 40:].any()
    labels, hu = square(slice(21, 39))
    labels[:, 30:][labels[:, 30:] == 1] = 2
    fitted = fit_edge(labels, hu, FINE)
    assert (fitted[25:35, 29] == 1).all()
    assert (fitted[25:35, 30] == 2).all()


def test_soft_tissue_without_fat_between_is_left_alone() -> None:
    """A kidney or bowel that touches: the image shows no border there."""
    labels, hu = square(slice(21, 39))
    hu[:, 39:] = 50
    hu[:15], hu[45:] = -100, -100
    assert not fit_edge(labels, hu, FINE)[26:34, 39:].any()


def test_fat_inside_a_muscle_stays_and_a_cleft_from_outside_goes() -> None:
    labels, hu = square(slice(20, 40))
    hu[27:33, 27:33] = -100
    assert (fit_edge(labels, hu, COARSE)[27:33, 27:33] == 1).all()
    hu[20:24, 28:32] = -100
    assert not fit_edge(labels, hu, FINE)[20:23, 29:31].any()


def test_a_border_between_two_muscles_is_no_outer_edge() -> None:
    labels, hu = square(slice(18, 42))
    labels[:, 30:][labels[:, 30:] == 1] = 2
    hu[22:38, 29:31] = -100
    fitted = fit_edge(labels, hu, COARSE)
    assert (fitted[26:34, 29] == 1).all()
    assert (fitted[26:34, 30] == 2).all()


def test_nothing_labelled_stays_nothing() -> None:
    _, hu = square(slice(0, 0))
    assert not fit_edge(np.zeros((60, 60), np.uint8), hu, (1.0, 1.0)).any()


def test_what_is_given_is_not_changed() -> None:
    labels, hu = square(slice(18, 42))
    before = labels.copy()
    fit_edge(labels, hu, FINE)
    np.testing.assert_array_equal(labels, before)


@pytest.mark.parametrize("shift", [-30, 25])
def test_values_that_are_all_off_do_not_move_the_edge(shift: int) -> None:
    labels, hu = square(slice(19, 41))
    there = fit_edge(labels, hu, FINE)
    off = fit_edge(labels, (hu + shift).astype(np.int16), FINE, float(shift))
    np.testing.assert_array_equal(off, there)
