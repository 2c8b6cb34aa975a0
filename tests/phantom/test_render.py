"""Voxels against the formulas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from myotome.errors import InputError
from myotome.nouns.space.grid import Grid
from myotome.phantom import Anatomy, Phantom, Recipe, render, render_recipe
from myotome.tables.anatomy.muscles import COMPARTMENTS, MUSCLES

COARSE = (10.0, 5.0, 5.0)


def slice_weights(grid: Grid, low: float, high: float) -> np.ndarray:
    """The share of each slice's thickness that lies between two z."""
    z, dz = grid.slice_z_mm(np.arange(grid.shape[0])), grid.spacing_mm[0]
    return np.clip(np.minimum(z + dz / 2, high) - np.maximum(z - dz / 2, low), 0, dz) / dz


@pytest.fixture(
    scope="module",
    params=[((5.0, 0.8, 0.8), None), ((3.0, 1.0, 1.0), 3), ((2.5, 1.5, 1.5), 4)],
    ids=["5x0.8", "3x1", "2.5x1.5"],
)
def fine(request: pytest.FixtureRequest) -> Phantom:
    spacing, seed = request.param
    anatomy = Anatomy() if seed is None else Anatomy.draw(seed)
    superior, inferior = anatomy.slab_z_mm
    recipe = Recipe(spacing_mm=spacing, oversample=1, z_mm=(superior + 21.0, inferior - 11.0))
    return render_recipe(anatomy, recipe)


def test_slab_volumes_within_half_a_percent(fine: Phantom) -> None:
    grid, truth = fine.volume.grid, fine.truth
    superior, inferior = truth.slab_z_mm
    share = slice_weights(grid, inferior, superior)
    for muscle in MUSCLES:
        counts = (fine.segmentation.labels == muscle.value).sum(axis=(1, 2))
        volume = float((counts * share).sum()) * grid.voxel_ml
        assert volume == pytest.approx(truth.volumes_ml[muscle.key], rel=0.005), muscle.key


def test_mid_vertebra_areas_within_one_percent(fine: Phantom) -> None:
    grid, truth = fine.volume.grid, fine.truth
    checked = 0
    for name, z in truth.levels.items():
        k = round(grid.z_to_k(z))
        if not 0 <= k < grid.shape[0]:
            continue
        for muscle in MUSCLES:
            area = float((fine.segmentation.labels[k] == muscle.value).sum()) * grid.pixel_cm2
            expected = truth.area_cm2(muscle.key, z)
            assert area == pytest.approx(expected, rel=0.01, abs=1e-6), (muscle.key, name)
            checked += expected > 0
    assert checked > 40


def test_compartments_within_one_percent(fine: Phantom) -> None:
    grid, truth = fine.volume.grid, fine.truth
    superior, inferior = truth.slab_z_mm
    share = slice_weights(grid, inferior, superior)
    assert fine.segmentation.compartments is not None
    for room in COMPARTMENTS[:3]:
        counts = (fine.segmentation.compartments == room.value).sum(axis=(1, 2))
        expected = truth.compartment_volume_ml(room.key, inferior, superior)
        assert float((counts * share).sum()) * grid.voxel_ml == pytest.approx(expected, rel=0.01)


def test_muscle_hu_and_fat_hu(fine: Phantom) -> None:
    hu, labels = fine.volume.hu, fine.segmentation.labels
    psoas = hu[labels == 1]
    if fine.anatomy.intermuscular_fat_share == 0:
        assert 35 < psoas.mean() < 65
    rooms = fine.segmentation.compartments
    assert rooms is not None
    assert -115 < np.median(hu[rooms == 3]) < -90
    assert np.median(hu[rooms == 5]) < -800


def test_lung_base_is_the_lowest_lung(fine: Phantom) -> None:
    rooms, grid = fine.segmentation.compartments, fine.volume.grid
    assert rooms is not None
    lowest = int(np.flatnonzero((rooms == 5).any(axis=(1, 2)))[0])
    face = float(grid.slice_z_mm(lowest)) - grid.spacing_mm[0] / 2
    assert abs(face - fine.truth.lung_base_z_mm) <= grid.spacing_mm[0] / 2 + 0.1


def test_left_is_plus_x_and_front_is_minus_y() -> None:
    phantom = render(spacing_mm=COARSE)
    grid, labels = phantom.volume.grid, phantom.segmentation.labels
    assert grid.is_canonical
    for muscle in MUSCLES:
        where = grid.to_lps_mm(np.argwhere(labels == muscle.value))
        assert (where[:, 0] > 0).all() == (muscle.side == "left"), muscle.key
    assert grid.to_lps_mm(np.argwhere(labels == 9))[:, 1].max() < 0  # rectus abdominis


def test_same_seed_same_voxels() -> None:
    first, again, other = (
        render(Anatomy.draw(3), spacing_mm=(20.0, 5.0, 5.0), noise_hu=12, seed=s) for s in (1, 1, 2)
    )
    assert (first.volume.hu == again.volume.hu).all()
    assert (first.segmentation.labels == other.segmentation.labels).all()
    assert (first.volume.hu != other.volume.hu).any()


def test_noise_has_the_asked_strength() -> None:
    clean, noisy = (render(spacing_mm=COARSE, noise_hu=n) for n in (0.0, 20.0))
    inside = clean.segmentation.labels > 0
    difference = noisy.volume.hu[inside].astype(float) - clean.volume.hu[inside]
    assert difference.std() == pytest.approx(20.0, rel=0.1)


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_intermuscular_fat_is_exactly_the_share(share: float) -> None:
    anatomy = replace(Anatomy(), intermuscular_fat_share=share)
    phantom = render(anatomy, spacing_mm=(8.0, 2.5, 2.5), oversample=1)
    for muscle in MUSCLES:
        hu = phantom.volume.hu[phantom.segmentation.labels == muscle.value]
        # Partial volume at the rim may only bring single voxels close to the fat's value.
        found = np.mean(hu == -85)
        assert found == pytest.approx(share, abs=0.01), muscle.key


def test_contrast_shows_in_vessels_and_kidneys() -> None:
    plain, venous = (render(spacing_mm=COARSE, contrast=c) for c in ("unenhanced", "venous"))
    difference = venous.volume.hu.astype(int) - plain.volume.hu
    grid = plain.volume.grid
    z = plain.anatomy.level_z_mm("L2")
    k, j, i = np.rint(grid.to_index((74.0, 8.0, z))).astype(int)
    assert difference[k, j, i] > 120  # left kidney
    assert plain.truth.landmarks.contrast_image == "unenhanced"
    assert venous.truth.landmarks.contrast_image == "enhanced"


def test_tilted_planes_keep_the_volume() -> None:
    """Quadratus lumborum lies whole inside the scan, so its volume must not change."""
    recipe = Recipe(spacing_mm=(5.0, 3.0, 3.0), tilt_deg=12.0)
    phantom = render_recipe(Anatomy(), recipe)
    grid = phantom.volume.grid
    assert grid.direction[2, 1] == pytest.approx(np.sin(np.radians(12.0)))
    counts = (phantom.segmentation.labels == 3).sum()
    expected = phantom.truth.scan_volumes_ml["quadratus_lumborum_left"]
    assert float(counts) * grid.voxel_ml == pytest.approx(expected, rel=0.01)


def test_large_bodies_fit_the_image() -> None:
    phantom = render(replace(Anatomy(), fat_scale=2.0, body_scale=1.1), spacing_mm=COARSE)
    rooms = phantom.segmentation.compartments
    assert rooms is not None
    assert not rooms[:, :, [0, -1]].any()
    assert not rooms[:, [0, -1]].any()


def test_nonsense_recipes_are_refused() -> None:
    with pytest.raises(InputError):
        Recipe(spacing_mm=(0.0, 1.0, 1.0))
    with pytest.raises(InputError, match="contrast"):
        Recipe(contrast="purple")
