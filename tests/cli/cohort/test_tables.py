"""The commands that make tables of a cohort: files, notes and the last line."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from myotome.cli.app import app
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.record import Record, save


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "cohort"
    root.mkdir()
    layout = Layout(root=root)
    layout.about.write_text('{"format": 1}')
    place = {"quantity": "area", "structure": "psoas", "level": "L3", "unit": "cm2"}
    numbers = [
        {**place, "side": side, "value": value, "status": "measured"}
        for side, value in (("left", 10.25), ("both", 20.5))
    ]
    for name, training in (("a", False), ("b", True)):
        told = {"study": name, "attempt": 1, "state": "done", "training": training, "subject": name}
        save(Record(study=told, rows={"measurements": numbers}), layout)
    failed = {"study": "c", "attempt": 1, "state": "failed", "reason": "geometry"}
    save(Record(study=failed, rows={}), layout)
    return root


def called(*words: str | Path) -> tuple[int, dict[str, Any], str]:
    result = CliRunner().invoke(app, ["cohort", *map(str, words)])
    return result.exit_code, json.loads(result.stdout.splitlines()[-1]), result.stderr


def test_the_table_is_written_and_every_study_accounted_for(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "t.csv"
    code, said, told = called("table", folder, "--level", "L3", "--sides", "both", "-o", out)
    assert code == 0
    assert (said["rows"], said["studies"], said["studies_in_table"]) == (2, 3, 2)
    assert said["excluded"]["failed"] == {"studies": 1, "why": "it could not be measured"}
    assert said["excluded"]["training"]["studies"] == 1
    assert said["note"] in told
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    found = {row["study"]: row["psoas_l3_area_cm2"] for row in rows}
    assert found == {"a": "20.5", "b": "20.5"}


def test_the_long_table_is_asked_for(folder: Path, tmp_path: Path) -> None:
    code, said, _ = called("table", folder, "--long", "--studies", "all", "-o", tmp_path / "t.csv")
    assert (code, said["rows"]) == (0, 5)


def test_a_table_is_written_as_it_is_kept(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "s.csv"
    code, said, _ = called("table", folder, "--of", "studies", "-o", out)
    assert (code, said["rows"]) == (0, 3)
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [(row["study"], row["reason"]) for row in rows][-1] == ("c", "geometry")
    code, said, _ = called("table", folder, "--of", "serious", "-o", out)
    assert code == 3
    assert "series" in said["error"]


def test_words_that_are_not_there_and_folders_that_are_none(folder: Path, tmp_path: Path) -> None:
    code, said, _ = called("table", folder, "--quantities", "aera", "-o", tmp_path / "t.csv")
    assert (code, said["kind"]) == (3, "InputError")
    assert "area" in said["error"]
    code, said, _ = called("table", tmp_path, "-o", tmp_path / "t.csv")
    assert code == 3
    assert "no cohort" in said["error"]
    assert not (tmp_path / "t.csv").exists()


def test_the_dictionary_is_written(folder: Path, tmp_path: Path) -> None:
    code, said, _ = called("dictionary", folder, "--sides", "left", "-o", tmp_path / "d.json")
    assert code == 0
    found = json.loads((tmp_path / "d.json").read_text())
    assert said["columns"] == len(found)
    assert found[-1]["column"] == "psoas_left_l3_area_cm2"
    assert found[-1]["measured"] == 2


def test_a_cohort_is_handed_on(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, said, told = called("export", folder, "--to", "redcap", "--sides", "left", "-o", out)
    assert (code, said["records"], said["studies_in_table"]) == (0, 2, 2)
    assert "2 of 3 studies" in told
    assert (out / "redcap_data_dictionary.csv").exists()
    code, said, _ = called("export", folder, "--to", "spss", "-o", tmp_path / "other")
    assert (code, said["kind"]) == (3, "InputError")
