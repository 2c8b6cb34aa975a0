"""One rule says which slice a level is measured and shown on: the nearest, of two the lower."""

from __future__ import annotations

import numpy as np
import pytest

from myotome.errors import GeometryError, InputError
from myotome.locate.level_slices import VERTEBRAE, level_slices, scan_of
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Landmarks, Level, Slab
from myotome.nouns.space.level_slice import LevelSlice
from myotome.nouns.space.scan import Scan
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.vertebrae import REPORTED
from myotome.tables.quantities.tissues import PLACES

GRID = Grid.axial((40, 4, 4), (5.0, 1.0, 1.0))  # slices at 0, 5 ... 195 mm


def marks(confidence: float = 1.0, **mids_mm: float | None) -> Landmarks:
    levels = {n: Level(name=n, mid_z_mm=z, confidence=confidence) for n, z in mids_mm.items()}
    return Landmarks(lung_base_z_mm=None, lung_base_confidence=0.0, levels=levels)


@pytest.mark.parametrize(
    ("middle", "k"),
    [
        (25.0, 5),
        (27.4, 5),
        (27.5, 5),  # the middle of two: the lower, whatever is even
        (27.6, 6),
        (32.5, 6),
        (29.9, 6),
        (-2.5, 0),  # the outer face of the lowest slice
        (197.5, 39),
    ],
)
def test_the_nearest_slice_is_taken_and_of_two_the_lower(middle: float, k: int) -> None:
    found = level_slices(GRID, marks(L3=middle))["L3"]
    assert (found.k, found.z_mm, found.middle_z_mm) == (k, 5.0 * k, middle)
    assert not found.reason


@pytest.mark.parametrize("origin", [-412.3, 0.1, 1234.7])
@pytest.mark.parametrize("step", [0.7, 2.4, 3.0, 5.0])
def test_a_tie_stays_one_whatever_floats_make_of_it(origin: float, step: float) -> None:
    grid = Grid.axial((60, 4, 4), (step, 1.0, 1.0), (0.0, 0.0, origin))
    for k in range(59):
        middle = origin + step * k + step / 2
        assert level_slices(grid, marks(L3=middle))["L3"].k == k


def test_a_tilted_scan_is_asked_at_the_middle_of_its_planes() -> None:
    matrix = np.diag([1.0, 1.0, 5.0, 1.0])
    matrix[2, 1] = 0.3  # z rises from front to back
    grid = Grid.from_matrix((10, 21, 21), matrix)
    found = level_slices(grid, marks(L3=27.5 + 3.0))["L3"]
    assert (found.k, found.z_mm) == (5, pytest.approx(28.0))
    assert level_slices(grid, marks(L3=27.6 + 3.0))["L3"].k == 6


def test_the_place_between_two_levels_has_a_slice_of_its_own() -> None:
    found = level_slices(GRID, marks(L3=60.0, L4=25.0))["L3/L4"]
    assert (found.middle_z_mm, found.k, found.z_mm) == (42.5, 8, 40.0)
    assert level_slices(GRID, marks(L3=60.0, L4=None))["L3/L4"].k is None


def test_every_level_has_a_slice_or_a_reason() -> None:
    found = level_slices(GRID, marks(L1=150.0, L2=115.0, L3=80.0, L4=-3.0))
    assert set(found) == {*VERTEBRAE, *PLACES} >= set(REPORTED)
    assert {n: s.reason for n, s in found.items() if n in REPORTED and s.reason} == {
        "T11": "T11 was not found and should lie above the scan",
        "T12": "T12 was not found",
        "L4": "mid L4 lies below the scan",
        "L5": "L5 was not found and should lie below the scan",
        "S1": "S1 was not found and should lie below the scan",
    }
    assert level_slices(GRID, marks(L3=198.0))["L3"].reason == "mid L3 lies above the scan"
    assert {n for n, s in found.items() if n in REPORTED and s.beyond} == {"T11", "L4", "L5", "S1"}


def test_slices_within_reach_stay_in_the_scan() -> None:
    found = level_slices(GRID, marks(L1=195.0, L3=100.0, L5=0.0), reach=2)
    assert [found[n].ks for n in ("L1", "L3", "L5")] == [
        (37, 38, 39),
        (18, 19, 20, 21, 22),
        (0, 1, 2),
    ]
    assert found["L3"].wanted == 5
    with pytest.raises(InputError, match="slices"):
        level_slices(GRID, marks(L3=100.0), reach=-1)


@pytest.mark.parametrize(("confidence", "uncertain"), [(0.49, True), (0.5, False)])
def test_a_doubtful_level_is_uncertain(confidence: float, uncertain: bool) -> None:
    found = level_slices(GRID, marks(confidence, L3=80.0, L4=45.0))
    assert {found[n].uncertain for n in ("L3", "L4", "L3/L4")} == {uncertain}


def test_a_slice_has_a_z_and_no_reason_or_neither_but_one() -> None:
    with pytest.raises(ValueError, match="disagree"):
        LevelSlice(name="L3", k=4, z_mm=20.0, reason="not in view")
    with pytest.raises(ValueError, match="disagree"):
        LevelSlice(name="L3")
    with pytest.raises(ValueError, match="disagree"):
        LevelSlice(name="L3", k=4)


def test_a_scan_without_the_slices_of_its_levels_is_refused() -> None:
    volume = Volume(hu=np.zeros(GRID.shape, np.int16), grid=GRID, source_grid=GRID)
    labels = Segmentation(
        labels=np.zeros(GRID.shape, np.uint8), grid=GRID, backend="x", k_range=(0, 40)
    )
    slab = Slab(superior_z_mm=90, inferior_z_mm=10, superior_found=True, inferior_found=True)
    found = marks(L3=27.5)
    with pytest.raises(GeometryError, match="which slice"):
        Scan(volume=volume, segmentation=labels, landmarks=found, slab=slab)
    assert scan_of(volume, labels, found, slab).levels["L3"].k == 5
