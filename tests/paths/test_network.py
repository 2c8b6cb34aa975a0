"""The bundled networks, end to end: on a phantom they never saw, and on the real CTs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import myotome
from myotome.nouns.numbers.measurement import Status
from myotome.phantom import render, write_dicom

REAL_MID_L3_MM = {
    # Reference landmarks, beside the data; cases/README.md says how they were read.
    "ts_example": 316.3,
    "spl_atlas": 158.2,
    "lidc_idri_0001": -337.5,
    "ct_colonography_0518": 265.6,
}


def test_a_phantom_through_the_networks(tmp_path: Path) -> None:
    """Its spine and slab are found; its big muscles are about right; doubts are flagged.

    The phantom's psoas and quadratus are ovals in fat, unlike any body, so their masses only
    have to be flagged or there, not right.
    """
    phantom = render(spacing_mm=(5.0, 1.5, 1.5), noise_hu=10.0, seed=2)
    write_dicom(phantom, tmp_path / "in")
    result = myotome.run(tmp_path / "in", out=tmp_path / "out")
    truth = phantom.truth
    assert result.slab.superior_z_mm == pytest.approx(truth.lung_base_z_mm, abs=2.5)
    assert result.slab.inferior_z_mm == pytest.approx(truth.slab.inferior_z_mm, abs=2.5)
    level = result.landmarks.levels["L3"].mid_z_mm
    assert level == pytest.approx(truth.levels["L3"], abs=5)
    volumes = {
        (m.structure, m.side): m.value for m in result.measurements if m.quantity == "volume"
    }
    for group in ("erector_spinae", "rectus_abdominis", "lateral_abdominals"):
        for side in ("left", "right"):
            wanted = truth.volumes_ml[f"{group}_{side}"]
            assert volumes[group, side] == pytest.approx(wanted, rel=0.4)
    assert json.loads((tmp_path / "out" / "measurements.json").read_text())
    assert (tmp_path / "out" / "report.html").stat().st_size > 100_000


@pytest.mark.parametrize("case", REAL_MID_L3_MM)
def test_real_cts_show_their_l3_and_their_muscles(case: str, shared_data: Path) -> None:
    result = myotome.run(shared_data / "cases" / case / "ct.nii.gz")
    level = result.landmarks.levels["L3"].mid_z_mm
    assert level == pytest.approx(REAL_MID_L3_MM[case], abs=5)
    found = {
        (m.structure, m.side)
        for m in result.measurements
        if m.quantity == "volume" and m.status is not Status.NOT_MEASURABLE
    }
    ends_in_l3 = case == "lidc_idri_0001"
    for group in ("psoas", "quadratus_lumborum", "erector_spinae", "gluteus_medius"):
        expected = not (ends_in_l3 and group == "gluteus_medius")
        assert ((group, "left") in found) is expected
        assert ((group, "right") in found) is expected
    for group in ("rectus_abdominis", "lateral_abdominals"):
        assert {(group, "left"), (group, "right")} <= found
