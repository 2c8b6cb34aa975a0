"""Fat at the rim goes, fat inside and borders between muscles stay."""

import numpy as np

from myotome.segment.bundled.edge import trim_rim


def square() -> tuple[np.ndarray, np.ndarray]:
    """A 20-pixel muscle in fat, labelled two pixels too wide, with fat streaks inside."""
    hu = np.full((60, 60), -100, np.int16)
    hu[20:40, 20:40] = 50
    labels = np.zeros((60, 60), np.uint8)
    labels[18:42, 18:42] = 1
    return labels, hu


def test_the_rim_of_fat_goes_and_the_muscle_stays() -> None:
    labels, hu = square()
    trimmed = trim_rim(labels, hu, (1.5, 1.5))
    assert (trimmed[20:40, 20:40] == 1).all()
    assert trimmed.sum() == 22 * 22  # one of the two surplus pixels: RIM_MM is 1.5 mm
    fine = trim_rim(labels, hu, (0.75, 0.75))
    assert (fine[22:38, 22:38] == 1).all()
    assert fine.sum() < 22 * 22


def test_fat_inside_a_muscle_stays() -> None:
    labels, hu = square()
    hu[27:33, 27:33] = -100
    assert (trim_rim(labels, hu, (1.5, 1.5))[27:33, 27:33] == 1).all()


def test_a_border_between_two_muscles_is_no_outer_edge() -> None:
    labels, hu = square()
    labels[:, 30:][labels[:, 30:] == 1] = 2
    hu[22:38, 29:31] = -100
    trimmed = trim_rim(labels, hu, (1.5, 1.5))
    assert (trimmed[24:36, 29] == 1).all()
    assert (trimmed[24:36, 30] == 2).all()


def test_nothing_labelled_stays_nothing() -> None:
    _, hu = square()
    assert not trim_rim(np.zeros((60, 60), np.uint8), hu, (1.0, 1.0)).any()
