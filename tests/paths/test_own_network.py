"""A network trained by Myotome measures a study: by ``--network`` and by ``myotome.run``."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("torch", reason="training needs the [train] extra")

import myotome
from myotome.cli.app import app
from myotome.errors import BackendError, WeightsError
from myotome.nouns.numbers.measurement import Status
from myotome.phantom import render, write_nifti
from myotome.segment.bundled.predict import NOT_GIVEN
from myotome.tables.anatomy.muscles import GROUPS, MUSCLES
from myotome.train.cases.case import TrainingCase
from myotome.train.export.deploy import ExportRequest, export
from myotome.train.fit.loop import Watch, train
from myotome.train.fit.presets import preset
from myotome.train.synthesis.phantoms import phantom_case

KEPT = ("erector_spinae_left", "erector_spinae_right")


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    write_nifti(render(spacing_mm=(6.0, 1.5, 1.5), noise_hu=10.0, seed=2), folder)
    return folder / "ct.nii.gz"


def partly(seed: int) -> TrainingCase:
    """A phantom of whose muscles only the erector spinae was labelled."""
    case = phantom_case(seed, spacing_k_mm=24.0)
    annotated = np.zeros_like(case.annotated)
    annotated[:, [g.key for g in GROUPS].index("erector_spinae")] = True
    kept = [m.value for m in MUSCLES if m.key in KEPT]
    muscles = np.where(np.isin(case.muscles, kept), case.muscles, 0).astype(np.uint8)
    return replace(case, muscles=muscles, annotated=annotated)


@pytest.fixture(scope="module")
def network(tmp_path_factory) -> Path:
    """A tiny network of a short training, exported, and renamed by its user."""
    folder = tmp_path_factory.mktemp("training")
    cases = [phantom_case(seed, spacing_k_mm=24.0) for seed in range(3)]
    config = preset("tiny", iterations=60)
    train(cases, config, folder, watch=Watch(write=lambda _words: None))
    out = folder / "muscles.onnx"
    export(ExportRequest(checkpoint=folder / "checkpoint.pt", out=out, threads=1))
    for suffix in (".onnx", ".json"):
        shutil.copy(out.with_suffix(suffix), folder / f"own{suffix}")
    return folder / "own.onnx"


@pytest.fixture(scope="module")
def learnt_fewer(tmp_path_factory) -> Path:
    """A network of cases with two labelled muscles: its card says that it gives these two."""
    folder = tmp_path_factory.mktemp("fewer")
    config = preset("tiny", iterations=60)
    cases = [partly(seed) for seed in range(3)]
    train(cases, config, folder, watch=Watch(write=lambda _words: None))
    words = folder / "words.json"
    words.write_text(json.dumps({"version": "3"}))
    request = ExportRequest(
        checkpoint=folder / "checkpoint.pt", out=folder / "backs.onnx", card=words, threads=1
    )
    export(request)
    return folder / "backs.onnx"


@pytest.fixture
def fewer(learnt_fewer: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    for suffix in (".onnx", ".json"):
        shutil.copy(learnt_fewer.with_suffix(suffix), tmp_path)
    return tmp_path / "backs.onnx"


def call(*words: object) -> tuple[int, dict[str, Any], str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, json.loads(done.stdout.strip().splitlines()[-1]), done.stderr


def test_it_runs_on_the_command_line(study: Path, network: Path, tmp_path: Path) -> None:
    code, answer, said = call("run", study, "-o", tmp_path / "out", "--network", network)
    assert code == 0, said
    assert "network" in said
    assert answer["values"]["measured"] > 0
    document = json.loads((tmp_path / "out" / "measurements.json").read_text())
    assert document["backend"] == "network"
    assert document["confidence"]["calibrated"] is False
    digest = json.loads(network.with_suffix(".json").read_text())["sha256"]
    found = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert found["weights"]["muscles 1"] == digest
    assert found["configuration"]["network"] == "file"
    assert str(network.parent) not in json.dumps(found)
    assert "uncalibrated" in (tmp_path / "out" / "report.html").read_text()


def test_it_runs_by_the_api_and_expects_no_dice(study: Path, network: Path) -> None:
    result = myotome.run(study, network=str(network))
    assert result.segmentation.backend == "network"
    assert not result.segmentation.gaps
    assert (result.segmentation.labels > 0).any()
    assert {m.expected_dice for m in result.measurements} == {None}
    # the tiny network has no compartments
    assert "no_compartments" in {flag.code for flag in result.flags}
    skeletal = [m for m in result.measurements if m.structure == "skeletal_muscle"]
    assert {m.status for m in skeletal} == {Status.NOT_MEASURABLE}
    assert all("compartments" in m.reason for m in skeletal if m.level == "L3")


def test_the_card_names_what_cases_had_labels_of(network: Path, learnt_fewer: Path) -> None:
    heads = [
        json.loads(path.with_suffix(".json").read_text())["heads"]
        for path in (network, learnt_fewer)
    ]
    names = ["background", *(m.key for m in MUSCLES)]
    assert heads[0] == {"muscles": names}
    assert heads[1] == {"muscles": [n if n in KEPT else "background" for n in names]}


def test_muscles_that_it_does_not_name_are_not_measurable(study: Path, fewer: Path) -> None:
    result = myotome.run(study, network=fewer)
    assert set(result.segmentation.gaps) == {m.key for m in MUSCLES} - set(KEPT)
    values = {m.value for m in MUSCLES if m.key in KEPT}
    assert set(result.segmentation.labels.ravel().tolist()) <= {0, *values}
    rows = {(m.structure, m.side): m for m in result.measurements if m.quantity == "volume"}
    for muscle in MUSCLES:
        row = rows[muscle.group, muscle.side]
        if muscle.key not in KEPT:
            assert (row.status, row.value) == (Status.NOT_MEASURABLE, None)
            assert row.reason == NOT_GIVEN
    assert rows["erector_spinae", "left"].value
    assert rows["total", "both"].status is Status.PARTIAL
    assert result.provenance.weights["backs 3"]


def test_a_network_that_does_not_fit_its_card_ends_with_9(
    study: Path, fewer: Path, tmp_path: Path
) -> None:
    fewer.write_bytes(fewer.read_bytes() + b"\0")
    code, answer, _ = call("run", study, "-o", tmp_path / "out", "--network", fewer)
    assert (code, answer["kind"]) == (9, "WeightsError")
    assert '"backs"' in answer["error"]
    assert not (tmp_path / "out").exists()
    with pytest.raises(WeightsError, match="card of your network: the file is missing"):
        myotome.run(study, network=tmp_path / "none.onnx")


def test_other_backends_have_no_use_for_a_network(study: Path, network: Path) -> None:
    with pytest.raises(BackendError, match="uses no network of yours"):
        myotome.run(study, network=network, backend="totalsegmentator")
