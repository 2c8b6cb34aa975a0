"""Numbers against analytic truth and against NumPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myotome.locate.level_slices import scan_of
from myotome.measure import measure
from myotome.measure.muscles.counts import HU_LEVELS, LOWEST_HU
from myotome.measure.muscles.values import median, values
from myotome.nouns.numbers.measurement import Status
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Landmarks, Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.muscles import GROUPS, MUSCLES
from myotome.tables.anatomy.planes import PLANES
from myotome.tables.anatomy.vertebrae import REPORTED
from myotome.tables.quantities.quantities import QUANTITIES
from myotome.voxels.slab_shares import slab_weights

EMPTY = Landmarks(lung_base_z_mm=None, lung_base_confidence=0.0)


def slab(top: float, bottom: float) -> Slab:
    return Slab(superior_z_mm=top, inferior_z_mm=bottom, superior_found=True, inferior_found=True)


def histogram(hu) -> np.ndarray:
    return np.bincount(np.asarray(hu) - LOWEST_HU, minlength=HU_LEVELS).astype(float)


def one_muscle(hu: np.ndarray, labels: np.ndarray, grid: Grid, planes: Slab):
    volume = Volume(hu=hu, grid=grid, source_grid=grid)
    masks = Segmentation(labels=labels, grid=grid, backend="test", k_range=(0, grid.shape[0]))
    measured = measure(scan_of(volume, masks, EMPTY, planes))
    return {
        m.quantity: m for m in measured.measurements if (m.structure, m.side) == ("psoas", "left")
    }


def test_every_muscle_side_quantity_and_level_has_one_row(trunk) -> None:
    rows = measure(scan_of(*trunk.nouns)).measurements
    places = [(m.quantity, m.structure, m.side, m.level) for m in rows]
    assert len(places) == len(set(places))
    structures, sides = len(GROUPS) + 1, 3
    per_muscle = len(QUANTITIES) - 3
    assert len(places) == structures * sides * (per_muscle + len(REPORTED) + len(PLANES)) + 1
    units = {q.key: q.unit for q in QUANTITIES}
    assert all(m.unit == units[m.quantity] for m in rows)


def test_the_box_has_its_analytic_numbers(trunk, pick) -> None:
    measured = measure(scan_of(*trunk.nouns))
    area_cm2 = 6 * 5 * 2 * 2 / 100
    height_cm = (176 - 8) / 10
    for group in ("psoas", "erector_spinae", "lateral_abdominals"):
        assert pick(measured, "volume", group).value == pytest.approx(area_cm2 * height_cm)
        assert pick(measured, "gross_mass", group).value == pytest.approx(
            1.06 * area_cm2 * height_cm  # 1.06 g/ml: Vu 2024
        )
        assert pick(measured, "mass_per_cm", group).value == pytest.approx(1.06 * area_cm2)
        assert pick(measured, "area", group, level="L3").value == pytest.approx(area_cm2)
        assert pick(measured, "mean_hu", group).value == 40
        assert pick(measured, "nama_share", group).value == 100
        assert pick(measured, "volume", group, "both").value == pytest.approx(
            2 * area_cm2 * height_cm
        )
    # Gluteus medius reaches up to the slice face at 32 mm: 24 mm of it lie above the plane.
    cap = area_cm2 * 2.4
    assert pick(measured, "volume", "gluteus_medius").value == pytest.approx(cap)
    total = pick(measured, "volume", "total", "both")
    assert total.value == pytest.approx(10 * area_cm2 * height_cm + 2 * cap)
    assert total.status is Status.MEASURED
    assert pick(measured, "area", "total", "both", "L3").value == pytest.approx(10 * area_cm2)
    assert pick(measured, "slab_height", "slab", "").value == pytest.approx(168)


@given(
    st.lists(st.integers(-1024, 3071), min_size=1, max_size=60),
)
def test_statistics_agree_with_numpy(hu) -> None:
    x = np.array(hu)
    got = values(histogram(hu), voxel_ml=2.0, height_cm=5.0)
    assert got["volume"] == 2.0 * len(x)
    assert got["mean_hu"] == pytest.approx(x.mean())
    assert got["sd_hu"] == pytest.approx(x.std(), abs=1e-6)
    assert got["median_hu"] == np.median(x)
    lean = ((x >= -29) & (x <= 150)).sum()
    assert got["lean_mass"] == pytest.approx(2.0 * 1.06 * lean)
    assert got["intramuscular_fat_volume"] == 2.0 * ((x >= -190) & (x <= -30)).sum()
    if lean:
        assert got["nama_share"] == pytest.approx(100 * ((x >= 30) & (x <= 150)).sum() / lean)
        assert got["nama_share"] + got["lama_share"] == pytest.approx(100)
    else:
        assert got["nama_share"] is None


@given(st.lists(st.integers(-200, 200), min_size=1, max_size=9), st.floats(0.01, 1))
def test_the_median_does_not_depend_on_the_weight_of_all(hu, weight) -> None:
    at, count = np.unique(hu, return_counts=True)
    assert median(at.astype(float), count * weight) == np.median(hu)


@settings(max_examples=25, deadline=None)
@given(
    top=st.floats(20, 58),
    height=st.floats(0.5, 19),
    dz=st.sampled_from([0.8, 2.5, 3.0, 5.0, 7.0]),
    origin=st.floats(-4, 0),
)
def test_planes_cut_slices_in_part_and_volumes_are_exact(top, height, dz, origin) -> None:
    n = int(np.ceil(70 / dz))
    grid = Grid.axial((n, 5, 6), (dz, 1.5, 2.0), (10.0, -5.0, origin))
    labels = np.zeros(grid.shape, np.uint8)
    labels[:, 1:4, 1:5] = 1
    hu = np.zeros(grid.shape, np.int16)
    got = one_muscle(hu, labels, grid, slab(top, top - height))
    assert got["volume"].value == pytest.approx(3 * 4 * 1.5 * 2.0 * height / 1000, rel=1e-9)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 99),
    flips=st.tuples(st.booleans(), st.booleans()),
    shift=st.tuples(st.floats(-500, 500), st.floats(-500, 500), st.floats(-500, 500)),
)
def test_volumes_do_not_change_when_the_grid_is_mirrored_or_moved(seed, flips, shift) -> None:
    rng = np.random.default_rng(seed)
    labels = (rng.random((9, 8, 7)) < 0.4).astype(np.uint8)
    hu = rng.integers(-150, 200, labels.shape).astype(np.int16)
    planes = slab(17.0, 4.5)
    grid = Grid.axial(labels.shape, (3.0, 1.0, 1.0))
    before = one_muscle(hu, labels, grid, planes)
    turn = tuple(slice(None, None, -1) if f else slice(None) for f in (False, *flips))
    x, y, z = shift
    moved = Grid.axial(labels.shape, (3.0, 1.0, 1.0), (x, y, z))
    there = replace(planes, superior_z_mm=17.0 + z, inferior_z_mm=4.5 + z)
    after = one_muscle(hu[turn].copy(), labels[turn].copy(), moved, there)
    for key in ("volume", "lean_mass", "mean_hu", "sd_hu", "nama_share"):
        assert after[key].value == pytest.approx(before[key].value, rel=1e-9)


@given(
    n=st.integers(1, 40),
    dz=st.floats(0.5, 8),
    bottom=st.floats(-50, 50),
    height=st.floats(0, 200),
)
def test_weights_add_up_to_the_height_in_the_scan(n, dz, bottom, height) -> None:
    grid = Grid.axial((n, 2, 2), (dz, 1.0, 1.0))
    _, _, weights = slab_weights(grid, slab(bottom + height, bottom))
    low, high = max(bottom, -dz / 2), min(bottom + height, (n - 0.5) * dz)
    assert weights.sum() * dz == pytest.approx(max(0.0, high - low), abs=1e-6)
    assert weights.min() >= 0
    assert weights.max() <= 1


def test_an_oblique_grid_keeps_its_true_voxel_volume() -> None:
    """A gantry tilt of 20 degrees shears the grid; its voxels keep area times z step."""
    tan = np.tan(np.radians(20))
    grid = Grid.from_matrix(
        (20, 6, 6), [[2, 0, 0, 0], [0, 2, 3 * tan, 0], [0, 0, 3, 0], [0, 0, 0, 1]]
    )
    labels = np.zeros(grid.shape, np.uint8)
    labels[:, 1:5, 1:5] = 1
    got = one_muscle(np.zeros(grid.shape, np.int16), labels, grid, slab(40, 10))
    assert got["volume"].value == pytest.approx(16 * 4 * 30 / 1000)


def test_slice_areas_tell_zero_from_not_looked_at(trunk) -> None:
    areas = measure(
        scan_of(*trunk.but(without=("psoas_left",), k_range=(10, 60)).nouns)
    ).slice_areas
    keys = {(a.structure, a.side) for a in areas}
    assert ("psoas", "left") not in keys
    assert len(keys) == len(MUSCLES) - 1
    assert {a.z_mm for a in areas} == {-38.0 + 4 * k for k in range(10, 60)}
    high = [a for a in areas if a.structure == "gluteus_medius" and a.z_mm > 32]
    assert high
    assert all(a.area_cm2 == 0 and a.mean_hu is None for a in high)
    inside = {a.z_mm for a in areas if a.in_slab}
    assert inside == {z for z in (a.z_mm for a in areas) if 8 <= z <= 176}
