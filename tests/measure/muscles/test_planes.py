"""Volumes between planes that cut slices anywhere: a phantom whose volumes are known by formula."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from myotome.measure.muscles.counts import tally
from myotome.nouns.space.landmarks import Slab
from myotome.phantom import Anatomy, Phantom, render
from myotome.tables.anatomy.muscles import COMPARTMENT, MUSCLES
from myotome.voxels.slab_shares import slab_weights

THICK_MM = (1.0, 2.5, 5.0, 8.0)


@cache
def _phantom(dz_mm: float) -> Phantom:
    return render(Anatomy(above_lung_mm=30.0), spacing_mm=(dz_mm, 5.0, 5.0), oversample=1)


def _slab(superior: float, inferior: float) -> Slab:
    return Slab(
        superior_z_mm=superior, inferior_z_mm=inferior, superior_found=True, inferior_found=True
    )


def _change_cm2(phantom: Phantom, muscle: str, z_mm: float) -> float:
    """How much the area of a muscle varies over the thickness of a slice around a z."""
    half = phantom.volume.grid.spacing_mm[0]  # the slice may lie on either side
    areas = [phantom.truth.area_cm2(muscle, z_mm + part * half) for part in (-1, -0.5, 0, 0.5, 1)]
    return max(areas) - min(areas)


@settings(max_examples=40, deadline=None)
@given(
    dz_mm=st.sampled_from(THICK_MM),
    up_mm=st.floats(-25.0, 25.0),
    down_mm=st.floats(-25.0, 40.0),
)
@example(dz_mm=8.0, up_mm=0.0, down_mm=0.0)
@example(dz_mm=1.0, up_mm=0.5, down_mm=-0.5)
def test_a_cut_slice_counts_by_its_share_wherever_the_planes_lie(dz_mm, up_mm, down_mm) -> None:
    """But for what the area changes within a cut slice, which its mean cannot know."""
    phantom = _phantom(dz_mm)
    top, bottom = phantom.truth.slab_z_mm
    superior, inferior = top + up_mm, bottom - down_mm
    planes = _slab(superior, inferior)
    histogram = tally(phantom.volume, phantom.segmentation, planes).histogram
    for muscle in MUSCLES:
        found = histogram[muscle.value].sum() * phantom.volume.grid.voxel_ml
        exact = phantom.truth.volume_ml(muscle.key, inferior, superior)
        change = sum(_change_cm2(phantom, muscle.key, z) for z in (superior, inferior))
        allowed = (0.25 * change + 0.5) * dz_mm / 10 + 0.004 * exact
        assert found == pytest.approx(exact, abs=allowed), muscle.key


@settings(max_examples=15, deadline=None)
@given(
    dz_mm=st.sampled_from(THICK_MM),
    up_mm=st.floats(-20.0, 5.0),
    down_mm=st.floats(-20.0, 20.0),
)
def test_compartments_are_cut_the_same_way(dz_mm, up_mm, down_mm) -> None:
    phantom = _phantom(dz_mm)
    top, bottom = phantom.truth.slab_z_mm
    superior, inferior = top + up_mm, bottom - down_mm
    _, _, weights = slab_weights(phantom.volume.grid, _slab(superior, inferior))
    for key in ("subcutaneous", "abdominal_cavity"):
        inside = phantom.segmentation.compartments == COMPARTMENT[key].value
        found = float(inside.sum(axis=(1, 2)) @ weights) * phantom.volume.grid.voxel_ml
        exact = phantom.truth.compartment_volume_ml(key, inferior, superior)
        assert found == pytest.approx(exact, rel=0.02), key


@pytest.mark.parametrize("dz_mm", THICK_MM)
def test_one_millimetre_of_plane_is_worth_the_area_there(dz_mm) -> None:
    """The gluteus medius at L5 is all cap: half a slice of plane is a large part of it."""
    phantom = _phantom(dz_mm)
    top, bottom = phantom.truth.slab_z_mm
    (value,) = (m.value for m in MUSCLES if m.key == "gluteus_medius_left")

    def volume(inferior: float) -> float:
        counts = tally(phantom.volume, phantom.segmentation, _slab(top, inferior)).histogram
        return float(counts[value].sum() * phantom.volume.grid.voxel_ml)

    exact = phantom.truth.area_cm2("gluteus_medius_left", bottom)
    per_mm = (volume(bottom - 0.5) - volume(bottom + 0.5)) * 10
    change = _change_cm2(phantom, "gluteus_medius_left", bottom)
    assert per_mm == pytest.approx(exact, abs=0.5 * change + 0.4)
