"""A package of somebody else adds an output and a backend; Myotome's source is not touched."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from myotome.phantom import render, write_nifti

SAMPLE = Path(__file__).with_name("sample")
ROOT = Path(__file__).resolve().parents[2]


def call(*words: object, plugged: bool = True) -> tuple[int, dict[str, Any], str]:
    """The command line in a process of its own, with the sample package installed or not."""
    places = [str(ROOT / "src"), *([str(SAMPLE)] if plugged else [])]
    done = subprocess.run(
        [sys.executable, "-m", "myotome.cli", *(str(word) for word in words)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, json.loads(done.stdout.strip().splitlines()[-1]), done.stderr


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    write_nifti(render(spacing_mm=(6.0, 2.5, 2.5)), folder)
    return folder / "ct.nii.gz"


@pytest.fixture(scope="module")
def results(study: Path, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("plugged") / "out"
    code, _, said = call("run", study, "-o", out, "--backend", "boxes", "--also", "tally:Mine")
    assert code == 0, said
    return out


def test_the_backend_measures_and_the_output_is_written(results: Path) -> None:
    document = json.loads((results / "measurements.json").read_text())
    assert document["backend"] == "boxes"
    count = len(document["measurements"])
    assert (results / "tally.txt").read_text() == f"Mine: {count} numbers\n"
    rows = {(m["structure"], m["side"], m["quantity"]): m for m in document["measurements"]}
    assert rows["psoas", "left", "volume"]["value"] > 0
    assert rows["erector_spinae", "left", "volume"]["reason"] == "boxes know the psoas alone"
    found = json.loads((results / "provenance.json").read_text())["configuration"]
    assert (found["backend"], found["also"]) == ("boxes", ["tally"])


def test_its_files_are_known_as_ours_only_while_it_is_installed(
    study: Path, results: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    shutil.copytree(results, out)
    words = ("run", study, "-o", out, "--overwrite", "--backend", "boxes")
    code, answer, _ = call("run", study, "-o", out, "--overwrite", plugged=False)
    assert (code, answer["kind"]) == (10, "OutputError")
    assert "did not write" in answer["error"]
    assert (out / "tally.txt").exists()
    code, _, said = call(*words, "--also", "tally:Again")
    assert code == 0, said
    assert (out / "tally.txt").read_text().startswith("Again")


def test_info_lists_them_and_what_is_broken() -> None:
    code, answer, said = call("info")
    assert code == 0
    tally = answer["outputs"]["tally"]
    assert tally["usable"]
    assert tally["syntax"] == "tally:HEADING"
    assert answer["outputs"]["needy"]["missing"] == ["no_such_module"]
    assert answer["backends"]["boxes"]["usable"]
    assert "backend boxes" in said
    broken = {
        ("outputs", "misnamed"): 'another key, "tally"',
        ("backends", "gone"): "cannot be loaded",
        ("backends", "norow"): "cannot be loaded",
        ("backends", "wrongkind"): "cannot be loaded",
    }
    for (kind, key), why in broken.items():
        row = answer[kind][key]
        assert not row["usable"]
        assert why in row["words"]
        assert "myotome-sample" in row["words"]


def test_info_without_the_package_knows_nothing_of_it() -> None:
    _, answer, _ = call("info", plugged=False)
    assert set(answer["backends"]) == {"bundled", "totalsegmentator", "labels"}
    assert "tally" not in answer["outputs"]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--also", "tally"), 10, "is written tally:HEADING"),
        (("--also", "nobody"), 10, "no other package offers"),
        (("--also", "fhir"), 10, "no other package offers"),
        (("--also", "misnamed"), 10, "another key"),
        (("--also", "needy"), 10, "no_such_module"),
        (("--backend", "gone"), 8, "cannot be loaded"),
        (("--backend", "boxes:x"), 8, "is written boxes"),
        (("--backend", "nobody"), 8, "boxes, totalsegmentator"),
    ],
)
def test_what_cannot_be_used_is_refused_before_the_work(study, tmp_path, words, code, told) -> None:
    found, answer, _ = call("run", study, "-o", tmp_path / "out", *words)
    if told.startswith("boxes,"):
        assert all(key in answer["error"] for key in ("bundled", "boxes", "labels:PATH"))
    else:
        assert told in answer["error"]
    assert found == code
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("key", "told"),
    [("untidy", "files that it does not name"), ("failing", "of another package failed")],
)
def test_an_output_that_misbehaves_leaves_nothing(study, tmp_path, key: str, told: str) -> None:
    out = tmp_path / "out"
    code, answer, _ = call("run", study, "-o", out, "--backend", "boxes", "--also", key)
    assert (code, answer["kind"]) == (10, "OutputError")
    assert told in answer["error"]
    assert str(tmp_path) not in answer["error"]
    assert list(tmp_path.iterdir()) == []


def test_a_key_of_ours_cannot_be_taken(study: Path, tmp_path: Path) -> None:
    """The sample claims "fhir" too: that is told, and ours stays."""
    _, answer, _ = call("info", "--json")
    assert answer["outputs"]["fhir"]["usable"]
    refused = answer["outputs"]["fhir of myotome-sample"]
    assert "another output is called so" in refused["words"]
    out = tmp_path / "out"
    code, _, said = call("run", study, "-o", out, "--backend", "boxes", "--fhir", "r4")
    assert code == 0, said
    assert json.loads((out / "fhir.json").read_text())["resourceType"] == "Bundle"
