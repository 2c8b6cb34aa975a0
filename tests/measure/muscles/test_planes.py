"""Volumes between planes that cut slices anywhere: a phantom whose volumes are known by formula."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from myotome.locate.level_slices import scan_of
from myotome.measure import measure
from myotome.measure.muscles.counts import tally
from myotome.nouns.numbers.measurement import Cause, Status
from myotome.nouns.space.landmarks import Slab
from myotome.phantom import Anatomy, Phantom, render
from myotome.tables.anatomy.muscles import COMPARTMENT, GROUPS, MUSCLES
from myotome.tables.anatomy.planes import PLANES
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


G_PER_MM_PER_CM2 = 0.106
"""1 cm2 by 1 mm is 0.1 ml, at 1.06 g/ml (Vu 2024)."""


def _per_mm(measured, structure: str, side: str, plane: str):
    (found,) = [
        m
        for m in measured.measurements
        if (m.quantity, m.structure, m.side, m.level) == ("mass_per_mm", structure, side, plane)
    ]
    return found


@pytest.mark.parametrize("dz_mm", [1.0, 2.5, 5.0])
def test_mass_per_mm_is_the_area_at_the_plane(dz_mm) -> None:
    phantom = _phantom(dz_mm)
    truth = phantom.truth
    scan = scan_of(phantom.volume, phantom.segmentation, truth.landmarks, truth.slab)
    measured = measure(scan)
    for plane, z in zip(PLANES, truth.slab_z_mm, strict=True):
        sides = []
        for muscle in MUSCLES:
            found = _per_mm(measured, muscle.group, muscle.side, plane.key)
            exact = truth.area_cm2(muscle.key, z) * G_PER_MM_PER_CM2
            if found.value is None:
                assert found.status is Status.ABSENT
                assert exact == pytest.approx(0.0, abs=0.01)
                continue
            change = _change_cm2(phantom, muscle.key, z) * G_PER_MM_PER_CM2
            assert found.value == pytest.approx(exact, abs=0.5 * change + 0.04), muscle.key
            sides.append(found.value)
        assert _per_mm(measured, "total", "both", plane.key).value == pytest.approx(sum(sides))


def test_at_a_face_between_two_slices_both_count_alike(trunk) -> None:
    """The lung base is such a face; the straight muscles of the trunk have the same area there."""
    measured = measure(scan_of(*trunk.nouns))
    found = _per_mm(measured, "erector_spinae", "left", "lung_base")
    assert found.value == pytest.approx(6 * 5 * 2 * 2 / 100 * G_PER_MM_PER_CM2)
    assert found.unit == "g/mm"
    assert found.slices == 2
    assert found.status is Status.MEASURED


def test_a_muscle_that_does_not_reach_a_plane_is_absent_there(trunk) -> None:
    measured = measure(scan_of(*trunk.nouns))
    for side in ("left", "right", "both"):
        found = _per_mm(measured, "gluteus_medius", side, "lung_base")
        assert found.status is Status.ABSENT
        assert found.value is None
        assert _per_mm(measured, "gluteus_medius", side, "l5_end").value > 0
    total = _per_mm(measured, "total", "both", "lung_base")
    assert total.status is Status.MEASURED  # nothing is lacking there


def test_without_the_plane_in_view_there_is_no_number(trunk) -> None:
    measured = measure(scan_of(*trunk.but(slices=40).nouns))  # ends in L2
    for structure in (*(group.key for group in GROUPS), "total"):
        found = _per_mm(measured, structure, "both", "lung_base")
        assert found.status is Status.NOT_MEASURABLE
        assert "begins below the lung" in found.reason
    assert _per_mm(measured, "psoas", "left", "lung_base").cause is Cause.OUT_OF_VIEW
    assert _per_mm(measured, "psoas", "both", "l5_end").value > 0


def test_what_cannot_be_measured_in_the_slab_cannot_be_at_its_planes(trunk) -> None:
    measured = measure(scan_of(*trunk.but(without=("psoas_left",)).nouns))
    assert _per_mm(measured, "psoas", "left", "l5_end").status is Status.NOT_MEASURABLE
    assert _per_mm(measured, "psoas", "both", "l5_end").status is Status.NOT_MEASURABLE
    total = _per_mm(measured, "total", "both", "l5_end")
    assert total.status is Status.PARTIAL
    assert "without left psoas" in total.reason
    gone = measure(scan_of(*trunk.but(without=("gluteus_medius",)).nouns))
    assert _per_mm(gone, "gluteus_medius", "both", "lung_base").status is Status.ABSENT
    assert _per_mm(gone, "gluteus_medius", "both", "l5_end").status is Status.NOT_MEASURABLE


def test_a_gap_of_the_backend_is_told_at_the_planes_too(trunk) -> None:
    gaps = {"psoas": "iliacus is in it"}
    measured = measure(scan_of(*trunk.but(gaps=gaps).nouns))
    found = _per_mm(measured, "psoas", "left", "l5_end")
    assert found.status is Status.PARTIAL
    assert found.reason == "iliacus is in it"


def test_slices_that_nobody_labelled_give_no_number(trunk) -> None:
    measured = measure(scan_of(*trunk.but(k_range=(20, 40)).nouns))
    for plane in PLANES:
        found = _per_mm(measured, "total", "both", plane.key)
        assert found.status is Status.NOT_MEASURABLE
        assert "not labelled" in found.reason
