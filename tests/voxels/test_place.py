"""Labels find their voxels on the CT, exactly where they can, and say how where they cannot."""

from __future__ import annotations

import numpy as np
import pytest

from myotome.errors import GridMismatchError
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.label_map import LabelMap
from myotome.nouns.space.volume import Volume
from myotome.voxels.place import How, place, settle

SPACING = (4.0, 2.0, 2.5)
CT = Grid.axial((6, 8, 10), SPACING, (-10.0, -8.0, 100.0))


def labels(shape: tuple[int, int, int]) -> np.ndarray:
    return (np.arange(np.prod(shape)) % 13).reshape(shape).astype(np.uint8)


def at(kji: tuple[int, int, int], shape: tuple[int, int, int], spacing=SPACING) -> Grid:
    """A grid that begins at a voxel of the CT."""
    x, y, z = CT.to_lps_mm(kji)
    return Grid.axial(shape, spacing, (float(x), float(y), float(z)))


def volume(grid: Grid = CT, source: Grid | None = None) -> Volume:
    return Volume(hu=np.zeros(grid.shape, np.int16), grid=grid, source_grid=source or grid)


def test_a_part_of_the_lattice_is_moved_and_what_hangs_over_is_counted() -> None:
    drawn = labels((3, 8, 12))
    placed, lost = place(LabelMap(labels=drawn, grid=at((2, -1, -1), drawn.shape)), CT)
    wanted = np.zeros(CT.shape, np.uint8)
    wanted[2:5, :7, :] = drawn[:, 1:, 1:11]
    np.testing.assert_array_equal(placed, wanted)
    assert lost == np.count_nonzero(drawn) - np.count_nonzero(wanted)


@pytest.mark.parametrize("count", [1, 3])
def test_of_a_single_slice_only_the_plane_counts(count: int) -> None:
    """A mask of one slice, thicker than the CT's; and one slice of CT under a whole mask."""
    if count == 1:
        drawn = labels((1, 8, 10))
        found = LabelMap(labels=drawn, grid=at((4, 0, 0), drawn.shape, (9.0, 2.0, 2.5)))
        placed, lost = place(found, CT)
        np.testing.assert_array_equal(placed[4], drawn[0])
        assert (np.count_nonzero(placed[:4]), lost) == (0, 0)
        return
    drawn = labels(CT.shape)
    one = at((3, 0, 0), (1, 8, 10), (7.0, 2.0, 2.5))
    placed, lost = place(LabelMap(labels=drawn, grid=CT), one)
    np.testing.assert_array_equal(placed[0], drawn[3])
    assert lost == 0
    with pytest.raises(GridMismatchError, match="end before the CT's slice"):
        place(LabelMap(labels=drawn, grid=CT), at((9, 0, 0), (1, 8, 10)))


def test_beside_the_lattice_is_refused_or_resampled_and_said() -> None:
    matrix = CT.matrix
    matrix[0, 3] += 0.7
    found = LabelMap(labels=labels(CT.shape), grid=Grid.from_matrix(CT.shape, matrix))
    with pytest.raises(GridMismatchError, match=r"up to 0\.7 mm beside"):
        place(found, CT)
    got = settle(found, volume())
    assert got.how is How.NEAREST
    np.testing.assert_array_equal(got.labels, found.labels)
    exact = settle(LabelMap(labels=found.labels, grid=CT, lost=3), volume())
    assert (exact.how, exact.lost) == (How.AS_DRAWN, 3)


def test_labels_of_thin_slices_count_at_the_middle_of_the_thick_ones() -> None:
    thin = Grid.axial((18, 8, 10), (4.0 / 3, 2.0, 2.5), (-10.0, -8.0, 100.0 - 4.0 / 3))
    drawn = labels(thin.shape)
    got = settle(LabelMap(labels=drawn, grid=thin), volume(CT, thin))
    assert got.how is How.AS_DRAWN
    np.testing.assert_array_equal(got.labels, drawn[1::3])


def test_wholly_outside_is_refused() -> None:
    found = LabelMap(labels=labels((2, 8, 10)), grid=at((6, 0, 0), (2, 8, 10)))
    for into in (lambda: place(found, CT), lambda: settle(found, volume())):
        with pytest.raises(GridMismatchError, match="wholly outside"):
            into()
