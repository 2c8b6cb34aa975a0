"""The files of a result alone give its numbers back: volumes by weights, areas by slices."""

from __future__ import annotations

import csv
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest

from myotome import run
from myotome.phantom import render, write_nifti
from myotome.phantom.nifti import NiftiForm
from myotome.read.labels.door import read_labels
from myotome.runtime.config import Configuration
from myotome.study import Stages
from myotome.tables.anatomy.muscles import MUSCLES

FORMS = {"as scanned": (6.0, "RAS"), "turned": (6.0, "PIR"), "thin slices": (1.2, "LAS")}


@pytest.fixture(scope="module", params=FORMS, ids=str)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of a phantom that reaches beyond the slab; planes cut slices in part."""
    thickness_mm, axes = FORMS[request.param]
    phantom = render(spacing_mm=(thickness_mm, 3.0, 3.0))
    given = tmp_path_factory.mktemp("given")
    write_nifti(phantom, given, form=NiftiForm(axes=axes))
    options = {"backend": f"labels:{given / 'muscles.nii.gz'}"}
    usual = Stages.of(Configuration(**options))
    stages = replace(usual, locate=lambda _volume: phantom.truth.landmarks)
    return run(given / "ct.nii.gz", out=given / "out", stages=stages, **options).out_dir


def voxels(path: Path, axis: int) -> np.ndarray:
    """Labels with the slices first."""
    return np.moveaxis(np.asarray(nibabel.load(path).dataobj), axis, 0)


def rows(folder: Path, quantity: str) -> dict[tuple[str, str, str], dict[str, str]]:
    with (folder / "measurements.csv").open(encoding="utf-8", newline="") as stream:
        found = [row for row in csv.DictReader(stream) if row["quantity"] == quantity]
    return {(row["structure"], row["side"], row["level"]): row for row in found}


def test_every_volume_can_be_counted_again(folder: Path) -> None:
    told = json.loads((folder / "slab_weights.json").read_text())
    labels = voxels(folder / "segmentation.nii.gz", told["axis"])
    weights = np.array(told["weights"])
    assert len(weights) == len(labels)
    assert 0 < weights[weights > 0].min() < 1  # a plane cuts a slice
    assert not labels[weights == 0].any()
    reported = rows(folder, "volume")
    sums: Counter[tuple[str, str]] = Counter()
    for muscle in MUSCLES:
        count = (labels == muscle.value).sum(axis=(1, 2)) @ weights
        sums[muscle.group, muscle.side] = count * told["voxel_ml"]
        sums[muscle.group, "both"] += count * told["voxel_ml"]
        sums["total", "both"] += count * told["voxel_ml"]
    for (structure, side), ml in sums.items():
        row = reported[structure, side, "slab"]
        assert float(row["value"]) == pytest.approx(ml, rel=1e-5), (structure, side)


def test_every_area_of_a_level_can_be_counted_again(folder: Path) -> None:
    told = json.loads((folder / "slab_weights.json").read_text())
    axis = told["axis"]
    both = np.maximum(
        voxels(folder / "segmentation.nii.gz", axis),
        voxels(folder / "segmentation_beyond.nii.gz", axis),
    )
    z_mm = np.array([np.nan if z is None else z for z in told["z_mm"]])
    levels = json.loads((folder / "landmarks.json").read_text())["levels"]
    seen = 0
    for (structure, side, level), row in rows(folder, "area").items():
        muscle = next((m for m in MUSCLES if (m.group, m.side) == (structure, side)), None)
        if muscle is None or not row["value"]:
            continue
        at = int(np.nanargmin(np.abs(z_mm - levels[level]["mid_z_mm"])))
        area = (both[at] == muscle.value).sum() * told["pixel_cm2"]
        assert float(row["value"]) == pytest.approx(area, rel=1e-5), (structure, side, level)
        seen += 1
    assert seen > 50


def test_no_voxel_is_in_both_files_and_both_are_read_together(folder: Path) -> None:
    axis = json.loads((folder / "slab_weights.json").read_text())["axis"]
    within = voxels(folder / "segmentation.nii.gz", axis)
    beyond = voxels(folder / "segmentation_beyond.nii.gz", axis)
    assert not ((within > 0) & (beyond > 0)).any()
    assert beyond.any()
    whole = read_labels(folder / "segmentation.nii.gz").labels
    assert (whole > 0).sum() == (within > 0).sum() + (beyond > 0).sum()
    given = read_labels(folder.parent / "muscles.nii.gz").labels
    # of thin slices the nearest label of the averaged one; else exactly what was given
    assert (whole > 0).sum() == pytest.approx((given > 0).sum(), rel=0.02)


def test_the_file_alone_is_the_slab(folder: Path, tmp_path: Path) -> None:
    """Moved away from its other half, it still is what the volumes are counted from."""
    alone = tmp_path / "segmentation.nii.gz"
    alone.write_bytes((folder / "segmentation.nii.gz").read_bytes())
    beside = read_labels(folder / "segmentation.nii.gz").labels
    assert (read_labels(alone).labels > 0).sum() < (beside > 0).sum()
