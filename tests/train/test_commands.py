"""The commands from words to results: train, crossval with its evaluation, export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

pytest.importorskip("torch", reason="training needs the [train] extra")

from myotome.cli.app import app
from myotome.train import session
from myotome.train.export import deploy

QUICK = ("--preset", "tiny", "--iterations", "1", "--batch", "1", "--threads", "1")


def call(*words: str) -> tuple[int, dict[str, Any], str]:
    done = CliRunner().invoke(app, list(words))
    return done.exit_code, json.loads(done.stdout.strip().splitlines()[-1]), done.stderr


@pytest.fixture
def cases(tmp_path: Path, write_box) -> Path:
    for seed, name in enumerate(("p1", "p2")):
        write_box(tmp_path / "cases" / name, seed)
    return tmp_path / "cases"


def test_train_says_what_it_learnt_from(cases: Path, tmp_path: Path, monkeypatch) -> None:
    asked = []

    def stub(request):
        asked.append(request)
        return {"sha256": "0" * 64, "size_bytes": 1}

    monkeypatch.setattr(session, "export", stub)
    card = tmp_path / "card.json"
    card.write_text('{"licence": "CC BY 4.0"}')
    out = tmp_path / "out"
    words = ("train", str(cases), "-o", str(out), "--validate", "p2", "--card", str(card))
    code, answer, said = call(*words, *QUICK)
    assert code == 0
    assert (answer["trained_on"], answer["validated_on"]) == (["p1"], ["p2"])
    assert asked[0].out == out / "muscles.onnx"
    assert "read p1" in said
    assert "next checkpoint" in said
    found = json.loads((out / "training.json").read_text())
    assert found["config"]["architecture"] == answer["architecture"] == "tiny"
    assert str(tmp_path) not in json.dumps(found)
    code, answer, _ = call(*words, *QUICK, "--seed", "2")
    assert code == 3
    assert "another configuration (seed)" in answer["error"]
    code, answer, _ = call(*words, *QUICK, "--architecture", "unet")
    assert code == 3
    assert "another architecture" in answer["error"]


def test_crossval_predicts_and_evaluates(cases: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("crossval", str(cases), "-o", str(out), "--no-figures", *QUICK)
    code, answer, _ = call(*words, "--folds", "3")
    assert code == 3
    assert "--leave-one-out" in answer["error"]
    code, answer, said = call(*words, "--leave-one-out")
    assert code == 0, answer
    assert set(answer["dice"]) > {"psoas_left", "mean"}
    assert answer["evaluations"]["1"]["subjects"] == 2
    assert (out / "evaluation_repeat1" / "summary.json").is_file()
    assert "repeat1_fold2 (2 of 2): without p2" in said


def test_export_shows_each_engine(tmp_path: Path, monkeypatch) -> None:
    row = {
        "engine": "openvino",
        "precision": "bf16",
        "equal_labels": 0.9987,
        "max_logit_difference": 0.1,
        "dice": None,
        "seconds_per_slice": 0.012,
    }
    monkeypatch.setattr(deploy, "export", lambda _request: {"rows": [row]})
    code, answer, said = call("export", str(tmp_path / "c.pt"), "-o", str(tmp_path / "n.onnx"))
    assert (code, answer["rows"]) == (0, [row])
    assert "99.870% equal labels, 12 ms per slice" in said
