"""Measured, partial or not measurable: never silently small, never 0 for what is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from myotome.errors import BackendError, GridMismatchError
from myotome.locate.level_slices import scan_of
from myotome.measure import measure
from myotome.nouns.numbers.measurement import Status
from myotome.nouns.space.segmentation import Segmentation
from myotome.tables.anatomy.muscles import MUSCLE

LOST, PARTIAL, MEASURED = Status.NOT_MEASURABLE, Status.PARTIAL, Status.MEASURED


def codes(measured) -> set[str]:
    return {flag.code for flag in measured.flags}


def test_a_complete_scan_is_measured_throughout(trunk) -> None:
    measured = measure(scan_of(*trunk.nouns))
    for m in measured.measurements:
        if m.level == "slab":
            assert m.status is MEASURED, m
    # The boxes are far smaller than muscles, which is flagged, and nothing else is.
    assert codes(measured) == {"implausible_value"}
    # Each names its place in fields, and only those of the slab name no level.
    for flag in measured.flags:
        assert (f" at {flag.level} " in flag.message) is (flag.level != "")
        assert flag.structure
    assert [f.structure for f in measured.flags if f.level == "L3"] == ["total"]


def test_no_number_is_ever_zero_for_what_is_missing(trunk) -> None:
    for case in (trunk.but(without=("psoas",)), trunk.but(first_z_mm=70.0, slices=30)):
        for m in measure(scan_of(*case.nouns)).measurements:
            if m.quantity in ("volume", "gross_mass", "area"):
                assert m.value is None or m.value > 0, m


def test_a_scan_that_ends_in_l3_says_what_is_missing(trunk, pick) -> None:
    """The case of a chest CT: lung base in view, L5 not."""
    case = trunk.but(first_z_mm=88.0, slices=40)  # lower face 86 mm, mid L3 at 92 mm
    measured = measure(scan_of(*case.nouns))
    seen, expected = 176 - 86, 176 - (20 - 0.34 * 36)
    for group in ("erector_spinae", "rectus_abdominis", "lateral_abdominals", "psoas"):
        m = pick(measured, "gross_mass", group)
        assert m.status is PARTIAL
        assert "ends above L5" in m.reason
        assert m.covered_percent == pytest.approx(100 * seen / expected)
    # Quadratus lumborum ends by mid L5, so a larger part of it is in view.
    ql = pick(measured, "volume", "quadratus_lumborum")
    assert ql.covered_percent == pytest.approx(100 * (176 - 86) / (176 - 20))
    cap = pick(measured, "volume", "gluteus_medius")
    assert cap.status is LOST
    assert "below the scan" in cap.reason
    total = pick(measured, "gross_mass", "total", "both")
    assert total.status is PARTIAL
    assert "without gluteus medius" in total.reason
    assert total.covered_percent == pytest.approx(100 * seen / expected)
    height = pick(measured, "slab_height", "slab", "")
    assert (height.value, height.status) == (pytest.approx(seen), PARTIAL)
    assert pick(measured, "area", "psoas", level="L3").status is MEASURED
    below = pick(measured, "area", "psoas", level="L4")
    assert below.status is LOST
    assert "below the scan" in below.reason


def test_a_scan_that_begins_below_the_lung_has_partial_through_muscles(trunk, pick) -> None:
    measured = measure(scan_of(*trunk.but(slices=40).nouns))  # upper face 120 mm, in L2
    for group in ("erector_spinae", "psoas", "quadratus_lumborum"):
        m = pick(measured, "volume", group)
        assert m.status is PARTIAL
        assert "begins below the lung" in m.reason
        # The lung does not follow the vertebrae, but the tops of psoas and QL do (T12).
        assert (m.covered_percent is None) == (group == "erector_spinae")
    assert pick(measured, "volume", "gluteus_medius").status is MEASURED
    assert pick(measured, "volume", "total", "both").covered_percent is None


def test_inside_muscles_are_whole_when_t12_is_in_view_without_lung(trunk, pick) -> None:
    *nouns, slab = trunk.but(slices=61).nouns  # upper face 204 mm, mid T12 at 200 mm
    no_lung = replace(
        slab, superior_z_mm=204.0, superior_found=False, superior_reason="no lung was found"
    )
    measured = measure(scan_of(*nouns, no_lung))
    for group, status in (("psoas", MEASURED), ("rectus_abdominis", PARTIAL)):
        assert pick(measured, "volume", group).status is status


def test_gluteus_medius_is_partial_between_mid_l4_and_the_l5_plane(trunk, pick) -> None:
    case = trunk.but(first_z_mm=20.0, slices=60)  # lower face 18 mm: below L4, above the plane
    m = pick(measure(scan_of(*case.nouns)), "volume", "gluteus_medius")
    assert m.status is PARTIAL
    assert m.covered_percent is None
    without = measure(scan_of(*case.but(without=("gluteus_medius",)).nouns))
    gone = pick(without, "volume", "gluteus_medius")
    assert gone.status is LOST


def test_gluteus_medius_absent_above_the_plane_has_its_own_reason(trunk, pick) -> None:
    measured = measure(scan_of(*trunk.but(without=("gluteus_medius",)).nouns))
    m = pick(measured, "volume", "gluteus_medius")
    assert m.status is LOST
    assert "above the inferior L5 endplate" in m.reason
    assert "muscle_not_found" not in codes(measured)


def test_a_missing_side_takes_the_sum_and_is_named_in_the_total(trunk, pick) -> None:
    measured = measure(scan_of(*trunk.but(without=("psoas_left",)).nouns))
    assert pick(measured, "volume", "psoas").value is None
    assert pick(measured, "volume", "psoas", "right").status is MEASURED
    pair = pick(measured, "volume", "psoas", "both")
    assert pair.status is LOST
    assert pair.reason.startswith("left: not found")
    total = pick(measured, "volume", "total", "both")
    assert total.status is PARTIAL
    assert "without left psoas" in total.reason
    assert pick(measured, "volume", "total", "right").status is MEASURED
    l3 = pick(measured, "area", "total", "both", "L3")
    assert l3.status is PARTIAL
    assert "muscle_not_found" in codes(measured)


def test_a_muscle_at_the_edge_of_the_field_of_view_is_partial(trunk, pick) -> None:
    # The circle ends 2 pixels outside of the left muscles (columns 40 to 45).
    fov = np.ones((40, 60), np.bool_)
    fov[:, 47:] = False
    cut = measure(scan_of(*trunk.but(fov=fov).nouns))
    for group in ("psoas", "lateral_abdominals"):
        m = pick(cut, "gross_mass", group)
        assert m.status is PARTIAL
        assert "100 % of its slices" in m.reason
        assert m.covered_percent is None  # what lies beyond the field is unknown
        assert pick(cut, "gross_mass", group, "right").status is MEASURED
        assert pick(cut, "gross_mass", group, "both").covered_percent is None
    assert pick(cut, "area", "psoas", level="L3").status is PARTIAL
    assert "muscle_cut" in codes(cut)
    assert all(a.cut == (a.side == "left") for a in cut.slice_areas if a.area_cm2)
    fov = fov.copy()
    fov[:, 47:50] = True  # three pixels farther out nothing is cut
    assert (
        pick(measure(scan_of(*trunk.but(fov=fov).nouns)), "gross_mass", "psoas").status is MEASURED
    )


def test_a_muscle_at_the_border_of_the_image_says_on_how_many_slices(trunk, pick) -> None:
    volume, masks, landmarks, slab = trunk.nouns
    labels = masks.labels.copy()
    labels[14:26, 2:7, 45:60] = 1  # z 18 to 62 mm, all inside the slab of 42 slices
    wide = Segmentation(labels=labels, grid=masks.grid, backend="test", k_range=masks.k_range)
    m = pick(measure(scan_of(volume, wide, landmarks, slab)), "volume", "psoas")
    assert f"{100 * 12 / 42:.0f} % of its slices" in m.reason
    assert m.covered_percent is None


def test_gaps_of_the_backend_are_partial_or_absent_with_its_words(trunk, pick) -> None:
    gaps = {"lateral_abdominals": "transversus is missing", "psoas_right": "iliacus is included"}
    measured = measure(scan_of(*trunk.but(gaps=gaps, without=("psoas_right",)).nouns))
    lateral = pick(measured, "volume", "lateral_abdominals", "both")
    assert (lateral.status, lateral.reason) == (PARTIAL, gaps["lateral_abdominals"])
    assert lateral.covered_percent is None
    psoas = pick(measured, "volume", "psoas", "right")
    assert (psoas.status, psoas.reason) == (LOST, gaps["psoas_right"])
    assert pick(measured, "volume", "psoas", "left").status is MEASURED
    assert "backend_gap" in codes(measured)


@pytest.mark.parametrize("key", ["psoas_right", "rectus_abdominis_right", "psoas_left"])
def test_a_gap_of_one_side_is_told_whichever_it_is(trunk, pick, key: str) -> None:
    measured = measure(scan_of(*trunk.but(gaps={key: "not drawn"}, without=(key,)).nouns))
    (told,) = [flag.message for flag in measured.flags if flag.code == "backend_gap"]
    group, _, side = key.rpartition("_")
    assert told.lower().startswith(f"{side} {group.replace('_', ' ')}")
    # also where the muscle need not reach: nobody knows whether it did
    for level in ("T12", "L3"):
        total = pick(measured, "area", "total", side, level=level)
        assert total.status is not MEASURED or pick(measured, "area", group, level=level) is None


def test_slices_that_were_not_looked_at_make_the_slab_partial(trunk, pick) -> None:
    measured = measure(scan_of(*trunk.but(k_range=(0, 32)).nouns))  # upper face 88 mm
    m = pick(measured, "volume", "erector_spinae")
    assert m.status is PARTIAL
    assert m.covered_percent == pytest.approx(100 * 80 / 168)
    assert m.value == pytest.approx(1.2 * 8.0)
    assert pick(measured, "mass_per_cm", "erector_spinae").value == pytest.approx(1.06 * 1.2)
    outside = pick(measured, "area", "psoas", level="L2")
    assert outside.status is LOST
    assert "outside the labelled slices" in outside.reason
    nothing = pick(measure(scan_of(*trunk.but(k_range=(0, 0)).nouns)), "volume", "psoas")
    assert nothing.reason == "no slice of the slab was labelled"


def test_a_level_that_a_muscle_need_not_reach_is_no_finding(trunk, pick) -> None:
    measured = measure(scan_of(*trunk.nouns))
    for side in ("left", "right", "both"):
        cap = pick(measured, "area", "gluteus_medius", side, "L3")
        assert (cap.value, cap.status) == (None, Status.ABSENT)
    assert "need not reach" in cap.reason
    assert pick(measured, "area", "total", "both", "L3").status is MEASURED


def test_what_should_be_on_a_level_is_not_measurable_where_it_is_not_found(trunk, pick) -> None:
    measured = measure(scan_of(*trunk.but(without=("psoas_left",)).nouns))
    gone = pick(measured, "area", "psoas", "left", "L3")
    assert (gone.status, gone.reason.startswith("not found")) == (LOST, True)
    pair = pick(measured, "area", "psoas", "both", "L3")
    assert (pair.status, pair.reason) == (LOST, f"left: {gone.reason}")


def test_an_absent_side_leaves_the_pair_without_a_number_that_is_no_failure_of_the_other(
    trunk, pick
) -> None:
    volume, masks, landmarks, slab = trunk.nouns
    labels = masks.labels.copy()
    labels[labels == MUSCLE["quadratus_lumborum_left"].value] = 0
    one = replace(masks, labels=labels)
    measured = measure(scan_of(volume, one, landmarks, slab))
    level = next(
        m.level
        for m in measured.measurements
        if (m.quantity, m.structure, m.side, m.status)
        == ("area", "quadratus_lumborum", "left", Status.ABSENT)
        and pick(measured, "area", "quadratus_lumborum", "right", m.level).value
    )
    pair = pick(measured, "area", "quadratus_lumborum", "both", level)
    assert (pair.status, pair.reason[:6]) == (LOST, "left: ")


def test_uncertain_levels_are_flagged_and_their_areas_kept(trunk, pick) -> None:
    measured = measure(scan_of(*trunk.but(confidence=0.3).nouns))
    assert pick(measured, "area", "psoas", level="L3").status is MEASURED
    assert "level_uncertain" in codes(measured)


def test_unequal_sides_are_flagged(trunk) -> None:
    volume, masks, landmarks, slab = trunk.nouns
    labels = masks.labels.copy()
    labels[:, 4:7, 40:46][labels[:, 4:7, 40:46] == 1] = 0
    thin = Segmentation(labels=labels, grid=masks.grid, backend="test", k_range=masks.k_range)
    flags = measure(scan_of(volume, thin, landmarks, slab)).flags
    assert [f.message for f in flags if f.code == "side_asymmetry"] == [
        "The left psoas has 0.40 times the volume of the right (expected 0.67 to 1.5)."
    ]


def test_fat_inside_a_muscle_label_is_flagged_as_implausible(trunk) -> None:
    words = [f.message for f in measure(scan_of(*trunk.but(hu=-90).nouns)).flags]
    assert any("Mean attenuation of left psoas is -90 HU" in w for w in words)


def test_another_grid_and_unknown_labels_are_refused(trunk) -> None:
    volume, masks, landmarks, slab = trunk.nouns
    other = trunk.but(dz_mm=5.0).nouns[1]
    with pytest.raises(GridMismatchError):
        measure(scan_of(volume, other, landmarks, slab))
    labels = masks.labels.copy()
    labels[30, 3, 41] = 86
    wild = Segmentation(labels=labels, grid=masks.grid, backend="test", k_range=masks.k_range)
    with pytest.raises(BackendError, match="label 86"):
        measure(scan_of(volume, wild, landmarks, slab))
