"""NIfTI files in every axis order, and the phantom in words."""

from __future__ import annotations

import json
from itertools import permutations, product
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest

from myotome.errors import InputError
from myotome.phantom import Anatomy, NiftiForm, Phantom, cli_phantom, render, write_nifti

ORDERS = ["".join(p) for t in product("RL", "AP", "SI") for p in permutations(t)]
COARSE = (12.0, 6.0, 6.0)


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return render(Anatomy(), spacing_mm=COARSE, oversample=1)


@pytest.mark.parametrize("axes", ORDERS)
def test_every_axis_order_holds_the_same_voxels(
    axes: str, phantom: Phantom, tmp_path: Path
) -> None:
    write_nifti(phantom, tmp_path, form=NiftiForm(axes=axes, compressed=False))
    picture = nib.load(tmp_path / "ct.nii")
    assert "".join(nib.aff2axcodes(picture.affine)) == axes
    back = nib.as_closest_canonical(picture)  # RAS+
    values = np.asarray(back.dataobj).transpose(2, 1, 0)[:, ::-1, ::-1]
    np.testing.assert_array_equal(values, phantom.volume.hu)
    corner = np.append(phantom.volume.grid.to_lps_mm((0, 0, 0)) * (-1, -1, 1), 1)
    index = np.linalg.inv(picture.affine) @ corner
    np.testing.assert_allclose(index, np.rint(index), atol=1e-4)


@pytest.mark.parametrize(("sform", "qform"), [("scanner", "none"), ("none", "scanner")])
def test_one_form_is_enough(sform: str, qform: str, phantom: Phantom, tmp_path: Path) -> None:
    write_nifti(phantom, tmp_path, form=NiftiForm(sform=sform, qform=qform))
    header = nib.load(tmp_path / "muscles.nii.gz").header
    assert (int(header["sform_code"]) > 0) == (sform != "none")
    assert (int(header["qform_code"]) > 0) == (qform != "none")
    affine = nib.load(tmp_path / "muscles.nii.gz").affine
    np.testing.assert_allclose(np.abs(np.diag(affine)[:3]), COARSE[::-1], rtol=1e-6)


def test_without_forms_only_sizes_are_left(phantom: Phantom, tmp_path: Path) -> None:
    write_nifti(phantom, tmp_path, form=NiftiForm(sform="none", qform="none"))
    header = nib.load(tmp_path / "ct.nii.gz").header
    assert int(header["sform_code"]) == int(header["qform_code"]) == 0
    np.testing.assert_allclose(header.get_zooms(), COARSE[::-1], rtol=1e-6)


def test_truth_is_written_with_the_files(phantom: Phantom, tmp_path: Path) -> None:
    paths = write_nifti(phantom, tmp_path)
    table = json.loads((tmp_path / "truth.json").read_text())
    assert {p.name for p in paths} == {p.name for p in tmp_path.iterdir()}
    assert table["volume_ml"] == phantom.truth.volumes_ml
    assert table["lung_base_z_mm"] == phantom.truth.lung_base_z_mm
    assert table["area_cm2"]["psoas_left"]["L3"] > 5


@pytest.mark.parametrize("axes", ["RAR", "XYZ", "RA"])
def test_impossible_orders_are_refused(axes: str) -> None:
    with pytest.raises(InputError):
        NiftiForm(axes=axes)


def test_words_write_a_dicom_study_with_labels(tmp_path: Path) -> None:
    said = cli_phantom(tmp_path / "p", spacing_mm=COARSE, seed=3, faults=("gap", "localizer"))
    json.dumps(said)
    assert all((tmp_path / "p" / name).is_file() for name in said["files"])
    first = pydicom.dcmread(tmp_path / "p" / said["files"][0])
    assert str(first.PatientName) == "Phantom"
    assert (tmp_path / "p" / "labels" / "muscles.nii.gz").is_file()
    assert said["truth"]["anatomy"]["body_scale"] == Anatomy.draw(3).body_scale


def test_words_write_nifti(tmp_path: Path) -> None:
    said = cli_phantom(tmp_path, format="nifti", spacing_mm=COARSE, axes="LPS")
    json.dumps(said)
    assert "".join(nib.aff2axcodes(nib.load(tmp_path / said["input"]).affine)) == "LPS"


def test_words_refuse_what_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="format"):
        cli_phantom(tmp_path, format="bmp")
    with pytest.raises(InputError, match="DICOM"):
        cli_phantom(tmp_path, format="nifti", faults=("gap",))
