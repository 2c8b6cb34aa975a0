"""Geometry: index to mm and back, reordering, cropping."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from myotome.errors import GeometryError, GridMismatchError
from myotome.nouns.space.grid import Grid, reorder, restore

spacings = st.tuples(*[st.floats(0.3, 8)] * 3)
origins = st.tuples(*[st.floats(-500, 500)] * 3)
shapes = st.tuples(*[st.integers(1, 7)] * 3)
permutations = st.permutations([0, 1, 2])
signs = st.tuples(*[st.sampled_from([-1.0, 1.0])] * 3)
tilts = st.floats(-20, 20)


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    """Any axis order and direction, a little oblique about x."""
    angle = np.deg2rad(draw(tilts))
    tilt = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    )
    columns = tilt[:, draw(permutations)] * draw(signs) * draw(spacings)
    matrix = np.eye(4)
    matrix[:3, :3] = columns
    matrix[:3, 3] = draw(origins)
    return Grid.from_matrix(draw(shapes), matrix)


@given(grid=grids(), index=arrays(np.float64, (4, 3), elements=st.floats(-10, 10)))
def test_index_to_mm_and_back(grid: Grid, index: np.ndarray) -> None:
    np.testing.assert_allclose(grid.to_index(grid.to_lps_mm(index)), index, atol=1e-6)


@given(grid=grids())
def test_canonical_grid_is_canonical_and_keeps_the_voxel_volume(grid: Grid) -> None:
    canonical = grid.canonical()
    assert canonical.is_canonical
    assert canonical.voxel_ml == pytest.approx(grid.voxel_ml)


@given(grid=grids())
@settings(max_examples=60)
def test_reordering_moves_every_voxel_with_its_place(grid: Grid) -> None:
    values = np.arange(np.prod(grid.shape)).reshape(grid.shape)
    moved = reorder(values, grid)
    canonical = grid.canonical()
    for index in np.ndindex(*grid.shape):
        where = canonical.to_index(grid.to_lps_mm(index))
        k, j, i = np.rint(where).astype(int)
        assert moved[k, j, i] == values[index]
        np.testing.assert_allclose(where, (k, j, i), atol=1e-6)


@given(grid=grids())
def test_restore_undoes_reorder(grid: Grid) -> None:
    values = np.arange(np.prod(grid.shape)).reshape(grid.shape)
    np.testing.assert_array_equal(restore(reorder(values, grid), grid), values)


@given(grid=grids(), k=st.floats(-3, 9))
def test_slice_z_and_its_inverse(grid: Grid, k: float) -> None:
    canonical = grid.canonical()
    assert canonical.z_to_k(canonical.slice_z_mm(k)) == pytest.approx(k, abs=1e-6)


def test_cropping_keeps_places() -> None:
    grid = Grid.axial((10, 4, 4), (2.5, 1, 1), (0, 0, -100))
    cropped = grid.crop_k(3, 7)
    assert cropped.shape == (4, 4, 4)
    assert cropped.slice_z_mm(0) == grid.slice_z_mm(3) == -92.5
    with pytest.raises(GeometryError):
        grid.crop_k(7, 7)


def test_pixel_area_and_voxel_volume() -> None:
    grid = Grid.axial((3, 4, 5), (5.0, 0.8, 0.7))
    assert grid.pixel_cm2 == pytest.approx(0.0056)
    assert grid.voxel_ml == pytest.approx(0.0028)
    assert grid.spacing_mm == pytest.approx((5.0, 0.8, 0.7))


@pytest.mark.parametrize("column", [0, 1, 2])
def test_singular_and_non_finite_affines_are_refused(column: int) -> None:
    flat = np.eye(4)
    flat[column, column] = 0
    with pytest.raises(GeometryError, match="singular"):
        Grid.from_matrix((2, 2, 2), flat)
    flat[column, column] = np.nan
    with pytest.raises(GeometryError, match="finite"):
        Grid.from_matrix((2, 2, 2), flat)


def test_very_oblique_grids_have_no_canonical_order() -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = [[0.8, 0.75, 0], [0.6, 0.1, 0.6], [0.0, 0.65, 0.8]]
    with pytest.raises(GeometryError, match="oblique"):
        Grid.from_matrix((2, 2, 2), matrix).canonical()


def test_other_grids_are_refused_by_name() -> None:
    grid = Grid.axial((3, 4, 5), (5, 1, 1))
    with pytest.raises(GridMismatchError, match="the label map"):
        grid.require_same(Grid.axial((3, 4, 5), (5, 1, 1), (0, 0, 1)), "the label map")
    grid.require_same(Grid.axial((3, 4, 5), (5, 1, 1), (0, 0, 0.001)), "the label map")


@given(grid=grids(), share=st.floats(-0.5, 1.5))
def test_the_nearest_slice_is_the_nearest_and_none_lies_outside(grid: Grid, share: float) -> None:
    zs = np.asarray(grid.slice_z_mm(np.arange(grid.shape[0])))
    step = grid.slice_z_mm(1.0) - grid.slice_z_mm(0.0)
    if abs(step) < 1e-3:  # slices that stand upright have no z of their own
        return
    z = float(grid.slice_z_mm(share * grid.shape[0] - 0.5))
    k = grid.nearest_k(z)
    if -1e-3 <= share <= 1 + 1e-3 and k is not None:
        assert abs(zs[k] - z) <= np.abs(zs - z).min() + abs(step) * 1e-5
    elif 0 < share < 1:
        assert k is not None
    else:
        assert k is None


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_of_two_slices_equally_near_the_lower_is_taken(sign: float) -> None:
    grid = Grid.from_matrix((9, 3, 3), np.diag([1.0, 1.0, sign * 5.0, 1.0]))
    for k in range(8):
        below, above = sorted((grid.slice_z_mm(k), grid.slice_z_mm(k + 1)))
        nearest = grid.nearest_k((below + above) / 2)
        assert nearest is not None
        assert grid.slice_z_mm(nearest) == below


@pytest.mark.parametrize("dz_mm", [2.5, -2.5], ids=["feet first", "head first"])
def test_the_lower_face_of_a_slice_points_to_the_feet(dz_mm):
    grid = Grid.axial((5, 4, 4), (dz_mm, 1.0, 1.0), (0.0, 0.0, 10.0))
    assert grid.lower_face_z_mm(2) == pytest.approx(10.0 + 2 * dz_mm - 1.25)
