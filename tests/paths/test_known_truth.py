"""The imported backend gives the phantom's own numbers back, whatever the format and spacing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from myotome import run
from myotome.nouns.study.result import StudyResult
from myotome.phantom import Phantom, render, write_dicom, write_nifti
from myotome.runtime.config import Configuration
from myotome.study import Stages
from myotome.tables.anatomy.muscles import GROUPS, MUSCLES

SPACINGS_MM = ((6.0, 2.5, 2.5), (5.0, 2.0, 2.0), (3.0, 2.0, 2.5))


@pytest.fixture(scope="module", params=SPACINGS_MM, ids=lambda s: "x".join(map(str, s)))
def sampled(request: pytest.FixtureRequest) -> Phantom:
    return render(spacing_mm=request.param)


@pytest.fixture(scope="module", params=("dicom", "nifti"))
def measured(
    request: pytest.FixtureRequest, sampled: Phantom, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Phantom, StudyResult]:
    folder = tmp_path_factory.mktemp("known")
    write_nifti(sampled, folder / "nifti")
    path = folder / "nifti" / "ct.nii.gz"
    if request.param == "dicom":
        path = folder / "dicom"
        write_dicom(sampled, path)
    options = {"backend": f"labels:{folder / 'nifti' / 'muscles.nii.gz'}"}
    # Where the vertebrae are is another test's question; here the truth says so.
    stages = replace(
        Stages.of(Configuration(**options)), locate=lambda _volume: sampled.truth.landmarks
    )
    return sampled, run(path, out=folder / "out", stages=stages, **options)


def test_every_volume_is_within_half_a_percent(measured) -> None:
    phantom, result = measured
    found = volumes(result)
    for key, truth_ml in phantom.truth.volumes_ml.items():
        assert found[key] == pytest.approx(truth_ml, rel=0.005), key


def test_mass_is_volume_times_density(measured) -> None:
    phantom, result = measured
    # 1.06 g/ml: Vu 2024, after Shephard 1988.
    for group in GROUPS:
        both = [v for key, v in phantom.truth.volumes_ml.items() if key.startswith(group.key)]
        row = one(result, "gross_mass", group.key, "both")
        assert row == pytest.approx(1.06 * sum(both), rel=0.005)


def test_every_area_is_within_one_percent(measured) -> None:
    phantom, result = measured
    truth, grid = phantom.truth, result.volume.grid
    for level, middle in truth.levels.items():
        z = float(grid.slice_z_mm(round(grid.z_to_k(middle))))
        for muscle in MUSCLES:
            exact = truth.area_cm2(muscle.key, z)
            if exact < 1.0:  # the muscle is just beginning or ending here
                continue
            row = one(result, "area", muscle.group, muscle.side, level)
            assert row == pytest.approx(exact, rel=0.01), (level, muscle.key)


def test_the_written_files_hold_the_same_numbers(measured) -> None:
    _, result = measured
    assert result.out_dir is not None
    document = json.loads((result.out_dir / "measurements.json").read_text(encoding="utf-8"))
    rows = {
        (m["quantity"], m["structure"], m["side"], m["level"]): m["value"]
        for m in document["measurements"]
    }
    for m in result.measurements:
        written = rows[m.quantity, m.structure, m.side, m.level]
        assert written == (None if m.value is None else pytest.approx(m.value, rel=1e-3, abs=1e-2))


def volumes(result: StudyResult) -> dict[str, float | None]:
    return {
        f"{m.structure}_{m.side}": m.value
        for m in result.measurements
        if m.quantity == "volume" and m.level == "slab"
    }


def one(
    result: StudyResult, quantity: str, structure: str, side: str, level: str = "slab"
) -> float | None:
    wanted = (quantity, structure, side, level)
    rows = result.measurements
    (row,) = [m for m in rows if (m.quantity, m.structure, m.side, m.level) == wanted]
    return row.value


def test_the_folder_is_complete(measured) -> None:
    _, result = measured
    out = result.out_dir
    assert isinstance(out, Path)
    names = {p.name for p in out.iterdir()}
    assert names >= {
        "measurements.json",
        "measurements.csv",
        "measurements.parquet",
        "slices.parquet",
        "landmarks.json",
        "segmentation.nii.gz",
        "report.html",
        "series.csv",
    }
    assert not list(out.parent.glob(".*partial*"))
