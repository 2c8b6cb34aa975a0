"""The labels land where the CT's own voxels are, whatever its axes."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myotome.nouns.space.grid import Grid, reorder
from myotome.voxels.planes import planes_on, slices_on
from myotome.voxels.slab_shares import slab_weights
from myotome.write import write_results
from myotome.write.data.nifti import write_labels

orders = st.permutations([0, 1, 2])
signs = st.tuples(*[st.sampled_from([1.0, -1.0])] * 3)


def oriented(order, sign, shape=(4, 5, 6), sides=(3.0, 0.7, 0.9), turn=0.0) -> Grid:
    """A grid whose i, j, k run along the world axes ``order`` with ``sign``, then turned."""
    matrix = np.eye(4)
    matrix[:3, :3] = 0
    for column, (axis, s) in enumerate(zip(order, sign, strict=True)):
        matrix[axis, column] = s * sides[axis]
    c, s = np.cos(turn), np.sin(turn)
    matrix[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ matrix[:3, :3]
    matrix[:3, 3] = (10.0, -20.0, -300.0)
    return Grid.from_matrix(shape, matrix)


def on(source: Grid, labels, grid: Grid):
    return np.stack(list(planes_on(source, labels, grid)))


@given(order=orders, sign=signs, turn=st.floats(-0.3, 0.3), seed=st.integers(0, 99))
def test_reordering_is_exact(order, sign, turn, seed) -> None:
    source = oriented(order, sign, turn=turn)
    labels = np.random.default_rng(seed).integers(0, 13, source.shape, dtype=np.uint8)
    canonical = np.ascontiguousarray(reorder(labels, source))
    assert np.array_equal(on(source, canonical, source.canonical()), labels)


@given(order=orders, sign=signs, factor=st.integers(1, 5), seed=st.integers(0, 99))
def test_thin_slices_get_the_label_of_the_slab_they_lie_in(order, sign, factor, seed) -> None:
    shape = (3, 5, 6)
    grid = Grid.axial(shape, (2.0, 0.8, 0.8), (1.0, 2.0, 3.0))
    labels = np.random.default_rng(seed).integers(0, 13, shape, dtype=np.uint8)
    first_z = 3.0 - 2.0 / 2 + 2.0 / factor / 2
    thin = Grid.axial((3 * factor, 5, 6), (2.0 / factor, 0.8, 0.8), (1.0, 2.0, first_z))
    truth = np.repeat(labels, factor, axis=0)
    source = _reoriented(thin, order, sign)
    assert np.array_equal(reorder(on(source, labels, grid), source), truth)


def _reoriented(grid: Grid, order, sign) -> Grid:
    """The same voxels with other axes."""
    m, columns = grid.matrix, []
    origin = m[:3, 3].copy()
    for axis, s in zip(order, sign, strict=True):
        column = m[:3, axis] * s
        if s < 0:
            origin += m[:3, axis] * (grid.shape[2 - axis] - 1)
        columns.append(column)
    out = np.eye(4)
    out[:3, :3] = np.stack(columns, axis=1)
    out[:3, 3] = origin
    sizes = [grid.shape[2 - axis] for axis in order]
    return Grid.from_matrix((sizes[2], sizes[1], sizes[0]), out)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1), (2, 1, 0)])
@pytest.mark.parametrize("up", [1.0, -1.0])
def test_every_slice_of_the_file_knows_the_slice_it_shows(order, up) -> None:
    source = oriented(order, (1.0, -1.0, up))
    grid = source.canonical()
    labels = np.zeros(grid.shape, np.uint8)
    labels[:] = np.arange(1, grid.shape[0] + 1)[:, None, None]
    axis, ks = slices_on(source, grid)
    slices = np.moveaxis(on(source, labels, grid), axis, 0)
    assert [set(np.unique(plane)) for plane in slices] == [{k + 1} for k in ks]


def test_outside_the_measured_grid_is_background() -> None:
    grid = Grid.axial((2, 4, 4), (2.0, 1.0, 1.0))
    source = Grid.axial((5, 6, 4), (2.0, 1.0, 1.0), (0.0, -1.0, -4.0))
    found = on(source, np.full(grid.shape, 7, dtype=np.uint8), grid)
    assert found[:, 0].max() == 0
    assert found[:2].max() == 0
    assert np.all(found[2:4, 1:5] == 7)
    assert found[4].max() == 0


@given(tilt=st.floats(0.05, 0.4))
def test_a_tilted_source_is_followed_voxel_by_voxel(tilt) -> None:
    """Against the definition: each source voxel takes the label of the nearest grid voxel."""
    grid = Grid.axial((8, 9, 5), (2.0, 1.0, 1.0), (0.0, -2.0, -3.0))
    matrix = np.diag([1.0, 1.0, 2.0, 1.0])
    matrix[1, 2] = 2.0 * np.tan(tilt)
    source = Grid.from_matrix((6, 7, 5), matrix)
    labels = np.random.default_rng(3).integers(0, 13, grid.shape, dtype=np.uint8)
    found = on(source, labels, grid)
    index = np.stack(np.meshgrid(*map(np.arange, source.shape), indexing="ij"), axis=-1)
    at = np.floor(grid.to_index(source.to_lps_mm(index)) + 0.5 - 1e-6).astype(int)
    inside = np.all((at >= 0) & (at < grid.shape), axis=-1)
    at = np.clip(at, 0, np.asarray(grid.shape) - 1)
    expected = np.where(inside, labels[at[..., 0], at[..., 1], at[..., 2]], 0)
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 0, 1)])
def test_the_file_is_a_nifti_on_the_source_grid(tmp_path: Path, order) -> None:
    source = oriented(order, (1.0, -1.0, -1.0), turn=0.2)
    labels = np.random.default_rng(1).integers(0, 13, source.shape, dtype=np.uint8)
    canonical = np.ascontiguousarray(reorder(labels, source))
    path = tmp_path / "segmentation.nii.gz"
    write_labels(canonical, source.canonical(), source, path)
    image = nibabel.load(path)
    assert image.get_data_dtype() == np.uint8
    assert np.array_equal(np.asarray(image.dataobj).transpose(2, 1, 0), labels)
    ras = np.diag([-1.0, -1.0, 1.0, 1.0]) @ source.matrix
    for affine, code in (image.get_sform(coded=True), image.get_qform(coded=True)):
        assert code == 1
        assert np.allclose(affine, ras, atol=1e-4)
    assert image.header.get_xyzt_units()[0] == "mm"


def test_a_sheared_grid_is_in_the_sform_alone(tmp_path: Path) -> None:
    matrix = np.diag([1.0, 1.0, 2.0, 1.0])
    matrix[1, 2] = 0.8
    source = Grid.from_matrix((3, 4, 5), matrix)
    path = tmp_path / "s.nii.gz"
    write_labels(np.ones(source.shape, np.uint8), source, source, path)
    image = nibabel.load(path)
    assert int(image.header["qform_code"]) == 0
    assert np.allclose(image.affine, np.diag([-1.0, -1.0, 1.0, 1.0]) @ matrix)


def test_a_real_case_comes_back_voxel_by_voxel(result, shared_data, tmp_path) -> None:
    given_ = nibabel.load(shared_data / "cases" / "ts_example" / "muscles.nii.gz")
    voxels = np.asarray(given_.dataobj).astype(np.uint8)
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ given_.affine
    source = Grid.from_matrix(voxels.shape[::-1], lps)
    canonical = np.ascontiguousarray(reorder(voxels.transpose(2, 1, 0), source))
    write_labels(canonical, source.canonical(), source, tmp_path / "s.nii.gz")
    back = nibabel.load(tmp_path / "s.nii.gz")
    assert np.array_equal(np.asarray(back.dataobj), voxels)
    assert np.allclose(back.affine, given_.affine, atol=1e-4)


def test_write_results_uses_the_source_grid(result, tmp_path) -> None:
    write_results(result, tmp_path / "out")
    image = nibabel.load(tmp_path / "out" / "segmentation.nii.gz")
    voxels = np.asarray(image.dataobj).transpose(2, 1, 0)
    _, _, weights = slab_weights(result.volume.grid, result.slab)
    inside = weights > 0
    assert inside.any()
    assert not inside.all()
    assert np.array_equal(voxels[inside], result.segmentation.labels[inside])
    assert not voxels[~inside].any()
