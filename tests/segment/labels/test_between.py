"""Shapes between two slices: as large and where they must be, label by label."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pytest

from myotome.nouns.space.grid import Grid
from myotome.nouns.space.label_map import LabelMap
from myotome.segment.labels.between import filled

SPACING = (5.0, 1.0, 1.0)


def made(labels: np.ndarray, spacing=SPACING) -> LabelMap:  # type: ignore[no-untyped-def]
    grid = Grid.axial(labels.shape, spacing, (0.0, 0.0, 0.0))
    return LabelMap(labels=labels.astype(np.uint8), grid=grid, names=MappingProxyType({}))


def cone(every: int = 1, shift: float = 0.0, value: int = 1) -> np.ndarray:
    """Discs that grow from slice to slice and move to one side, drawn on some slices."""
    y, x = np.mgrid[:80, :80]
    labels = np.zeros((13, 80, 80), np.uint8)
    for k in range(0, 13, every):
        labels[k][(y - 40) ** 2 + (x - 30 - shift * k) ** 2 <= (9 + k) ** 2] = value
    return labels


@pytest.mark.parametrize("every", [2, 3, 4, 6])
@pytest.mark.parametrize("shift", [0.0, 1.5])
def test_a_cone_comes_back(every: int, shift: float) -> None:
    found, whole = filled(made(cone(every, shift))), cone(1, shift)
    # the area goes linearly between the drawn ones: a little more than that of a cone
    assert int(found.labels.labels.sum()) == pytest.approx(int(whole.sum()), rel=0.03)
    for k in range(13):
        ours, theirs = found.labels.labels[k] > 0, whole[k] > 0
        dice = 2 * (ours & theirs).sum() / (ours.sum() + theirs.sum())
        assert dice > (0.94 if every < 6 else 0.9), k
    assert found.slices == {1: 13 - len(range(0, 13, every))}
    np.testing.assert_array_equal(found.labels.labels[::every], whole[::every])


def test_equal_discs_are_themselves() -> None:
    labels = np.repeat(cone()[:1], 9, axis=0)
    sparse = labels.copy()
    sparse[1::2] = 0
    np.testing.assert_array_equal(filled(made(sparse)).labels.labels[:-1], labels[:-1])


def test_every_label_is_filled_by_itself_and_what_is_drawn_stays() -> None:
    left, right = cone(2)[:, :, :40], cone()[:, :, :40] * 2
    right[5, 30:50, 10:40] = 2
    both = np.concatenate([left, right], axis=2)
    both[3, 38:42, 28:32] = 3  # drawn where the left one is filled
    found = filled(made(both))
    assert found.slices.keys() == {1}
    np.testing.assert_array_equal(found.labels.labels[both > 0], both[both > 0])
    assert set(np.unique(found.labels.labels[3, :, :40])) == {0, 1, 3}


def test_whole_labels_and_bands_stay_as_they_are() -> None:
    whole = made(cone())
    assert filled(whole).labels is whole
    banded = np.repeat(cone()[-1:], 12, axis=0)
    banded[5:8] = 0
    banded[(4, 8), 40, 40:44] = 1
    banded[4], banded[8] = 0, 0
    banded[4, 40, 40:44] = banded[8, 40, 40:44] = 1
    assert filled(made(banded)).slices == {}


@pytest.mark.parametrize(("step_mm", "count"), [(5.0, 8), (15.0, 8), (15.1, 0), (40.0, 0)])
def test_slices_further_apart_are_left(step_mm: float, count: int) -> None:
    found = filled(made(np.repeat(cone()[:1], 17, axis=0) * _second(17), (step_mm, 1.0, 1.0)))
    assert found.slices.get(1, 0) == count


def _second(n: int) -> np.ndarray:
    return (np.arange(n) % 2 == 0).astype(np.uint8)[:, None, None]


def test_shapes_at_the_edge_of_the_image() -> None:
    labels = np.zeros((5, 20, 20), np.uint8)
    labels[::2] = 1
    np.testing.assert_array_equal(filled(made(labels)).labels.labels, np.ones((5, 20, 20)))
    labels[::2] = 0
    labels[::2, :6, :6] = 1
    assert filled(made(labels)).labels.labels[1, :6, :6].all()
