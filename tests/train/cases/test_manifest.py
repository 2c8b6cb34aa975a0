"""Manifests: what they say is what is loaded, and a person is in one split only."""

from __future__ import annotations

import csv
import doctest
import json
import re
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from myotome.errors import InputError
from myotome.nouns.numbers.flag import Severity
from myotome.train.cases.manifest import check_cases, load_cases, read_manifest

_case = runpy.run_path(str(Path(__file__).with_name("test_case.py")))
body, muscles, save, ranges = (_case[n] for n in ("body", "muscles", "save", "ranges"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for shift, name in enumerate(("a", "b", "c")):
        folder = tmp_path / name
        folder.mkdir()
        save(folder / "ct.nii.gz", body() + np.int16(shift))
        save(folder / "muscles.nii.gz", muscles())
        ranges(folder, default=[0, 7])
    return tmp_path


def row(name: str, **more: Any) -> dict[str, Any]:
    return {"case": name, "ct": f"{name}/ct.nii.gz", "labels": f"{name}/muscles.nii.gz", **more}


def write(data: Path, *rows: dict[str, Any], form: str = "csv") -> Path:
    path = data / f"manifest.{form}"
    if form == "json":
        path.write_text(json.dumps(rows))
        return path
    with path.open("w", newline="") as handle:
        writer = csv.DictWriter(handle, list({key: None for r in rows for key in r}))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_a_folder_of_case_folders(data: Path) -> None:
    (data / "notes").mkdir()
    manifest = read_manifest(data)
    assert [e.name for e in manifest.entries] == ["a", "b", "c"]
    assert list(manifest.left_out) == ["notes"]
    assert [c.name for c in load_cases(data, leave_out=["b"])] == ["a", "c"]
    with pytest.raises(InputError, match="no cases or subjects d to leave out"):
        load_cases(data, leave_out=["d"])


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_manifest_says_all(data: Path, form: str) -> None:
    (data / "t.csv").write_text("label,target\n1,psoas_left\n2,psoas_right\n*,ignore\n")
    write(
        data,
        row("a", subject="p1", split="train", slices="a/slices.json"),
        row("b", subject="p1", split="Training", label_table="t.csv", slices="2-4"),
        row("c", subject="p2", split="val", annotated="psoas; erector_spinae 1-3", slices="all"),
        form=form,
    )
    heard: list[str] = []
    a, b, c = load_cases(data, listen=lambda name, _: heard.append(name))
    assert heard == ["a", "b", "c"]
    assert [x.name for x in (a, b, c)] == ["p1~a", "p1~b", "p2~c"]
    assert [x.subject for x in (a, b, c)] == ["p1", "p1", "p2"]
    assert [x.split for x in (a, b, c)] == ["train", "train", "validation"]
    assert a.annotated.sum(axis=0).tolist() == [8] * 6
    assert b.annotated.sum(axis=0).tolist() == [3, 0, 0, 0, 0, 0]
    assert c.annotated.sum(axis=0).tolist() == [10, 0, 3, 0, 0, 0]
    assert [x.name for x in load_cases(data, split="validation")] == ["p2~c"]


def test_json_may_give_lists_and_objects(data: Path) -> None:
    path = write(
        data, row("a", annotated={"psoas": [1, 2]}), row("b", annotated=["psoas"]), form="json"
    )
    a, b = load_cases(path)
    assert np.flatnonzero(a.annotated[:, 0]).tolist() == [1, 2]
    assert np.flatnonzero(b.annotated.any(axis=0)).tolist() == [0]


@pytest.mark.parametrize("other", ["test", ""])
def test_a_subject_in_two_splits_is_refused_by_name(data: Path, other: str) -> None:
    write(data, row("a", subject="p7", split="train"), row("b", subject="p7", split=other))
    with pytest.raises(InputError, match='subject "p7" is in two splits'):
        read_manifest(data)


def test_the_same_ct_under_two_subjects_is_refused(data: Path) -> None:
    save(data / "b" / "ct.nii.gz", body())  # a copy of a's
    with pytest.raises(InputError, match='"a" and "b" are the same CT of two subjects'):
        load_cases(data)
    write(data, row("a", subject="p"), row("b", subject="p"))
    assert len(load_cases(data)) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"split": "fold1"}, '"fold1" is no split'),
        ({"ct": ""}, "needs ct"),
        ({"labels": ""}, "labels or compartments"),
        ({"ct": "nowhere.nii"}, "its ct does not exist"),
        ({"slices": "nowhere.json"}, "its slices does not exist"),
        ({"slices": "some"}, '"some" is no range'),
        ({"annotated": "psoas_left"}, "unknown muscle groups: psoas_left"),
        ({"annotated": "psoas 4"}, '"4" is no range'),
        ({"label_table": "mine"}, "neither a known label table nor a file"),
        ({"subject": "p~1"}, "cannot be the name"),
    ],
)
def test_typing_errors_are_told_before_anything_is_read(
    data: Path, changes: dict[str, str], words: str
) -> None:
    write(data, row("a"), row("b", **changes))
    with pytest.raises(InputError, match=words) as caught:
        read_manifest(data)
    assert 'line 2 of the manifest ("b")' in str(caught.value)
    assert str(data) not in str(caught.value)


def test_twice_the_same_case_and_unknown_columns(data: Path) -> None:
    write(data, row("a"), row("a"))
    with pytest.raises(InputError, match='case "a" comes twice'):
        read_manifest(data)
    write(data, row("a", label="x"))
    with pytest.raises(InputError, match="unknown columns: label"):
        read_manifest(data)


@pytest.mark.parametrize("content", ["", "{", "[]", "[1]", '{"cases": 3}'])
def test_empty_manifests(data: Path, content: str) -> None:
    (data / "manifest.json").write_text(content)
    with pytest.raises(InputError, match="the manifest"):
        read_manifest(data)


def test_check_cases_tells_of_all(data: Path) -> None:
    save(data / "a" / "muscles.nii.gz", np.zeros_like(muscles()))
    save(data / "b" / "muscles.nii.gz", np.where(muscles() == 5, 0, muscles()).astype(np.uint8))
    (data / "notes").mkdir()
    found = check_cases(data)
    assert {name: [f.code for f in flags] for name, flags in found.items()} == {
        "notes": ["no_case"],
        "a": ["refused"],
        "b": ["one_side_only"],
        "c": [],
    }
    assert found["a"][0].severity is Severity.FAILURE
    with pytest.raises(InputError, match='case "a"'):
        load_cases(data)


def test_the_how_to_page_is_true(data: Path) -> None:
    """Its Python runs, and its manifest and table are read."""
    page = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "training-data.md"
    text = page.read_text(encoding="utf-8")
    example = doctest.DocTestParser().get_doctest(text, {}, page.stem, None, 0)
    assert doctest.DocTestRunner().run(example).failed == 0
    manifest, table = re.findall(r"```csv\n(.*?)```", text, flags=re.DOTALL)
    (data / "mine.csv").write_text(table)
    (data / "manifest.csv").write_text(manifest)
    rows = list(csv.DictReader(manifest.splitlines()))
    for path in (data / r[key] for r in rows for key in ("ct", "labels")):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    (data / "p1" / "slices.json").write_text('{"complete_z": {"default": [3, 4]}}')
    entries = read_manifest(data).entries
    assert [(e.title, e.split) for e in entries] == [
        ("p1~p1_2019", "train"),
        ("p1~p1_2021", "train"),
        ("p2", "test"),
    ]
    assert entries[2].annotated == {"psoas": "", "rectus_abdominis": "20-30"}
