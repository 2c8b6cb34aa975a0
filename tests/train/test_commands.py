"""The commands from words to results: train, crossval with its evaluation, export."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nibabel
import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("torch", reason="training needs the [train] extra")

from myotome.cli.app import app
from myotome.evaluate.calibration import fit
from myotome.evaluate.calibration.rows import Row
from myotome.evaluate.calibration.sizes import Size
from myotome.tables.anatomy.muscles import GROUP, MUSCLES
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


@pytest.fixture
def levels(tmp_path: Path) -> Path:
    """``cases/p1`` with a CT and ids, ``labels/p2`` with ids alone: a spine in a block of fat."""
    shape = (14, 40, 50)
    hu, ids = np.full(shape, -1000, np.int16), np.zeros(shape, np.uint8)
    hu[:, 4:36, 5:45] = -100
    for n in range(7):
        ids[2 * n : 2 * n + 2, 22:32, 20:30] = 25 + n
    hu[ids > 0] = 300
    affine = np.diag([-6.0, -6.0, 12.0, 1.0])
    for path, array in (
        ("cases/p1/ct", hu),
        ("cases/p1/totalsegmentator_labels", ids),
        ("labels/p2/labels", ids),
    ):
        file = tmp_path / "data" / f"{path}.nii.gz"
        file.parent.mkdir(parents=True, exist_ok=True)
        nibabel.save(nibabel.Nifti1Image(array.transpose(2, 1, 0), affine), file)
    return tmp_path / "data"


def test_levels_are_rendered_and_trained_by_the_same_commands(levels: Path, monkeypatch) -> None:
    pool, out = levels / "pool", levels / "out"
    render = ("render", str(levels), "-o", str(pool), "--task", "levels")
    code, answer, said = call(*render, "--variants", "1")
    assert (code, answer["rendered"], answer["held"]) == (0, 2, 2), answer
    assert "p2~render0.npz" in said
    before = (pool / "p1~render0.npz").stat().st_mtime_ns
    code, answer, _ = call(*render, "--variants", "2")
    assert (answer["rendered"], answer["held"]) == (2, 4)
    assert (pool / "p1~render0.npz").stat().st_mtime_ns == before
    assert call(*render, "--seed", "1")[0] == 3
    asked = []

    def stub(request):
        asked.append(request)
        return {"sha256": "0" * 64, "size_bytes": 1}

    monkeypatch.setattr(session, "export", stub)
    words = ("train", str(levels), "-o", str(out), "--task", "levels", "--synthetic", str(pool))
    code, answer, said = call(*words, *QUICK, "--leave-out", "p2")
    assert code == 0, answer
    assert answer["trained_on"] == ["p1", "p1~render0", "p1~render1"]
    assert (answer["task"], answer["architecture"]) == ("levels", "tiny_levels")
    assert asked[0].out == out / "landmarks.onnx"
    assert "1/1" in said
    found = json.loads((out / "training.json").read_text())
    assert found["config"]["task"] == "levels"
    code, answer, _ = call("train", str(levels), "-o", str(out), "--task", "bones", *QUICK)
    assert (code, "muscles, levels" in answer["error"]) == (3, True)


def test_a_pool_serves_its_own_task_alone(levels: Path, cases: Path) -> None:
    pool = levels / "pool"
    call("render", str(levels), "-o", str(pool), "--task", "levels", "--variants", "1")
    words = ("train", str(cases), "-o", str(levels / "out"), "--synthetic", str(pool), *QUICK)
    code, answer, _ = call(*words)
    assert code == 3
    assert "are levels, not muscles" in answer["error"]
    code, answer, _ = call("render", str(cases), "-o", str(pool), "--only", "p9")
    assert (code, "there is no p9 to render" in answer["error"]) == (3, True)


def test_calibrate_writes_its_tables_and_the_card(tmp_path: Path, monkeypatch) -> None:
    """Its networks and scans are stood in for; fitting and writing are the real ones."""
    rng = np.random.default_rng(0)
    scores = ("mean_max",)
    monkeypatch.setattr(fit, "read_scan", lambda case, **_: case.name)
    monkeypatch.setattr(fit, "network", lambda net, **_: net)

    def rows(seen):
        return [
            Row(
                subject=seen.scan,
                variant="",
                muscle=m.key,
                block=None,
                scores={**dict.fromkeys(scores, 0.5), fit.SCORE: float(raw)},
                dice=float(raw) - 0.05,
            )
            for m, raw in zip(MUSCLES, rng.uniform(0.6, 0.95, len(MUSCLES)), strict=True)
        ]

    def sizes(seen):
        return [
            Size(
                subject=seen.scan,
                compared="volume",
                structure=m.group,
                side=m.side,
                level="slab",
                predicted=float(predicted),
                reference=100,
                raw=0.9,
            )
            for m, predicted in zip(MUSCLES, rng.uniform(90, 110, len(MUSCLES)), strict=True)
        ]

    monkeypatch.setattr(fit, "look", lambda scan, *_: [SimpleNamespace(scan=scan, variant="")])
    monkeypatch.setattr(fit, "rows_of", rows)
    monkeypatch.setattr(fit, "sizes_of", sizes)
    cases = [f"p{n}" for n in range(10)]
    for name in ("a.onnx", *cases):
        (tmp_path / name).mkdir()
    listing = [{"network": "a.onnx", "case": case} for case in cases]
    (tmp_path / "listing.json").write_text(json.dumps(listing))
    card = tmp_path / "muscles.json"
    card.write_text('{"name": "muscles"}')
    out = tmp_path / "out"
    words = ("calibrate", str(tmp_path / "listing.json"), "-o", str(out), "--card", str(card))
    code, answer, _ = call(*words)
    assert code == 0, answer
    assert answer["rows"] == 10 * len(MUSCLES)
    assert {p.name for p in out.iterdir()} >= {"calibration.json", "rows.csv", "standings.csv"}
    assert (out / "intervals.json").is_file()
    assert json.loads(card.read_text())["calibration"]
    assert set(json.loads(card.read_text())["intervals"]["rows"]["volume"]) == {*GROUP}
    card.write_text('{"name": "muscles", "calibration": {"from": "before"}}')
    code, answer, _ = call(*words, "--intervals-only", "--no-scaled")
    assert (code, answer["intervals_scaled"], answer["expected_error"]) == (0, False, None)
    assert json.loads(card.read_text())["calibration"] == {"from": "before"}
    assert json.loads(card.read_text())["intervals"]["scaled"] is False
    assert call(*words, "--method", "magic")[0] == 3
    assert call("calibrate", str(tmp_path / "none.json"), "-o", str(out))[0] == 3


def test_no_module_of_the_training_is_a_command_of_its_own() -> None:
    room = Path(session.__file__).parent
    for path in (*room.rglob("*.py"), *room.parent.joinpath("evaluate").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert "argparse" not in text, path.name
        assert "__main__" not in text, path.name
