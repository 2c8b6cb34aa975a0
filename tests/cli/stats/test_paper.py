"""`myotome stats describe | agreement | raters` as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pytest
from typer.testing import CliRunner

from myotome.cli.app import app
from myotome.stats.simulate.cohort import simulate_cohort, write_cohort
from myotome.stats.simulate.request import CohortRequest


def _said(*words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        CliRunner().invoke(app, ["stats", *words]).stdout.splitlines()[-1]
    )
    return found


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cohort") / "c.csv"
    write_cohort(simulate_cohort(CohortRequest(people=300, training_share=0.1)), path)
    return path


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("readers")
    for number, shift in enumerate((0, 1, 2)):
        for name in ("a", "b"):
            labels = np.zeros((30, 30, 5), np.uint8)
            for value in range(1, 13):
                row = 2 * value + shift // 2
                labels[row : row + 2, 4 : 12 + value + shift, :] = value
            out = folder / f"r{number}" / f"{name}.nii.gz"
            out.parent.mkdir(exist_ok=True)
            nibabel.save(nibabel.Nifti1Image(labels, np.diag([2.0, 2.0, 5.0, 1.0])), out)
    return [folder / f"r{number}" for number in range(3)]


def test_describe_writes_tables_in_three_forms_and_figures_in_two(
    cohort: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    said = _said("describe", str(cohort), "-o", str(out))
    assert said["status"] == "ok"
    assert said["people"] + said["excluded"]["training"] == said["studies"] == 300
    names = {p.name for p in out.iterdir()}
    for table in said["tables"]:
        assert {f"{table}.csv", f"{table}.html", f"{table}.tex"} <= names
    for figure in said["figures"]:
        assert {f"{figure}.svg", f"{figure}.png"} <= names
    assert len(said["figures"]) == 4
    page = (out / "index.html").read_text(encoding="utf-8")
    assert all(f"{figure}.svg" in page for figure in said["figures"])
    assert "Research use only" in page
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["schema"] == "myotome/statistics"
    assert len(summary["source_sha256"]) == 64


def test_results_are_never_written_over_by_chance(cohort: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ("describe", str(cohort), "-o", str(out), "--no-figures", "--mass", "lean")
    assert _said(*words)["status"] == "ok"
    assert (out / "lean_mass_by_age.csv").is_file()
    assert _said(*words)["code"] == 10
    assert _said(*words, "--overwrite")["status"] == "ok"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine", encoding="utf-8")
    said = _said("describe", str(cohort), "-o", str(tmp_path / "mine"), "--overwrite")
    assert said["code"] == 10
    assert (tmp_path / "mine" / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_bad_input_is_named(tmp_path: Path, cohort: Path) -> None:
    out = ("-o", str(tmp_path / "out"))
    (tmp_path / "t.csv").write_text("sex,age_years\nF,60\n", encoding="utf-8")
    said = _said("describe", str(tmp_path / "t.csv"), *out)
    assert (said["code"], "total_slab_gross_mass_g" in said["error"]) == (3, True)
    assert _said("describe", str(tmp_path / "nobody.csv"), *out)["code"] == 3
    assert "gross or lean" in _said("describe", str(cohort), *out, "--mass", "fat")["error"]
    assert _said("agreement", str(tmp_path), *out)["code"] == 3
    assert _said("raters", str(tmp_path), *out)["code"] == 3
    assert not (tmp_path / "out").exists()


def test_raters_and_agreement(readers: list[Path], tmp_path: Path) -> None:
    said = _said("raters", *map(str, readers), "-o", str(tmp_path / "raters"))
    assert said["raters"] == 3
    assert set(said["tables"]) == {"raters_dice", "raters_icc", "raters_staple"}
    assert (tmp_path / "raters" / "raters_dice.svg").is_file()
    words = (str(readers[1]), str(readers[0]), "-o", str(tmp_path / "evaluation"), "--no-figures")
    assert CliRunner().invoke(app, ["evaluate", *words]).exit_code == 0
    (tmp_path / "curve.csv").write_text(
        "iteration,train_dice,val_dice\n100,0.5,0.4\n200,0.8,0.7\n", encoding="utf-8"
    )
    found = _said(
        "agreement", str(tmp_path / "evaluation"), "-o", str(tmp_path / "agreement"),
        "--curve", str(tmp_path / "curve.csv"),
    )  # fmt: skip
    assert found["subjects"] == 2
    assert set(found["tables"]) == {"dice_by_muscle", "area_icc", "area_agreement"}
    assert "learning_curves" in found["figures"]
    assert "bland_altman_area" in found["figures"]


def test_a_missing_library_is_named_with_its_mend(
    cohort: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    said = _said("describe", str(cohort), "-o", str(tmp_path / "out"))
    assert said["code"] == 3
    assert "pip install 'myotome[stats]'" in said["error"]
