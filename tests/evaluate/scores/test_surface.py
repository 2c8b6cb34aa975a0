"""Distances between surfaces, in millimetres, on anisotropic grids."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from myotome.evaluate.scores.surface import surface, surface_scores
from myotome.nouns.space.grid import Grid

SPACING_MM = (5.0, 2.0, 0.7)
MASKS = arrays(np.bool_, (4, 5, 6))


def _everything(shape: tuple[int, ...]) -> np.ndarray:
    return np.ones(shape, bool)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("steps", [1, 2])
def test_a_plate_moved_along_each_axis(axis: int, steps: int) -> None:
    # A plate through the whole image has two faces; moved by s, each lies s from its partner.
    shape = (20, 20, 20)
    a, b = np.zeros(shape, bool), np.zeros(shape, bool)
    one, other = [slice(None)] * 3, [slice(None)] * 3
    one[axis], other[axis] = slice(5, 12), slice(5 + steps, 12 + steps)
    a[tuple(one)], b[tuple(other)] = True, True
    grid, moved = Grid.axial(shape, SPACING_MM), steps * SPACING_MM[axis]
    near = surface_scores(a, b, _everything(shape), grid, moved)
    assert near is not None
    assert near.assd_mm == pytest.approx(moved)
    assert near.hd95_mm == pytest.approx(moved)
    assert near.nsd == 1.0
    far = surface_scores(a, b, _everything(shape), grid, moved - 0.01)
    assert far is not None
    assert far.nsd == 0.0


def test_balls_in_one_another() -> None:
    # Concentric balls of 15 and 20 mm: every distance is 5 mm, up to the size of a voxel.
    spacing = (2.0, 1.0, 0.8)
    k, j, i = (
        (n - (size - 1) / 2) * mm
        for n, size, mm in zip(np.indices((23, 45, 56)), (23, 45, 56), spacing, strict=True)
    )
    r2 = k**2 + j**2 + i**2
    grid = Grid.axial((23, 45, 56), spacing)
    found = surface_scores(r2 <= 15**2, r2 <= 20**2, _everything((23, 45, 56)), grid, 7.0)
    assert found is not None
    assert found.assd_mm == pytest.approx(5.0, abs=0.4)
    assert found.hd95_mm == pytest.approx(5.0, abs=1.2)
    assert found.nsd > 0.99


def test_where_the_annotation_ends_there_is_no_surface() -> None:
    mask, known = np.ones((6, 4, 4), bool), np.zeros((6, 4, 4), bool)
    known[1:4] = True
    mask[0] = mask[4:] = False
    assert not surface(mask & known, known).any()
    # and a prediction that goes on beyond it is not wrong there
    longer = np.ones((6, 4, 4), bool)
    longer[:, 0], mask[:, 0] = False, False
    found = surface_scores(longer, mask, known, Grid.axial((6, 4, 4), SPACING_MM), 1.0)
    assert found is not None
    assert (found.assd_mm, found.hd95_mm, found.nsd) == (0.0, 0.0, 1.0)


def test_missing_structures_have_no_distance() -> None:
    one, none = np.zeros((3, 3, 3), bool), np.zeros((3, 3, 3), bool)
    one[1, 1, 1] = True
    grid = Grid.axial((3, 3, 3), SPACING_MM)
    assert surface_scores(one, none, _everything((3, 3, 3)), grid, 1.0) is None
    assert surface_scores(none, one, _everything((3, 3, 3)), grid, 1.0) is None


@given(a=MASKS, b=MASKS)
@settings(max_examples=40)
def test_the_same_as_by_distance_transform(a: np.ndarray, b: np.ndarray) -> None:
    known = _everything(a.shape)
    found = surface_scores(a, b, known, Grid.axial(a.shape, SPACING_MM), 2.0)
    on_a, on_b = surface(a, known), surface(b, known)
    if not on_a.any() or not on_b.any():
        assert found is None
        return
    to_a, to_b = (ndimage.distance_transform_edt(~m, sampling=SPACING_MM) for m in (on_a, on_b))
    there, back = to_b[on_a], to_a[on_b]
    both = np.concatenate([there, back])
    assert found is not None
    assert found.assd_mm == pytest.approx(both.mean())
    expected = max(np.percentile(there, 95), np.percentile(back, 95))
    assert found.hd95_mm == pytest.approx(expected)
    assert found.nsd == pytest.approx((both <= 2.0).mean())


@given(a=MASKS, b=MASKS, angle=st.floats(0, 1.5), flip=st.sampled_from([(0,), (1, 2)]))
@settings(max_examples=30)
def test_symmetric_and_blind_to_turns(
    a: np.ndarray, b: np.ndarray, angle: float, flip: tuple[int, ...]
) -> None:
    known, grid = _everything(a.shape), Grid.axial(a.shape, SPACING_MM)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    turned = Grid.from_matrix(a.shape, turn @ grid.matrix)
    first = surface_scores(a, b, known, grid, 2.0)
    for other in (
        surface_scores(b, a, known, grid, 2.0),
        surface_scores(a, b, known, turned, 2.0),
        surface_scores(np.flip(a, flip), np.flip(b, flip), known, grid, 2.0),
    ):
        if first is None:
            assert other is None
        else:
            assert other is not None
            assert other.assd_mm == pytest.approx(first.assd_mm)
            assert other.hd95_mm == pytest.approx(first.hd95_mm)
            assert other.nsd == pytest.approx(first.nsd)
