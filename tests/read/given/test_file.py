"""Files of levels: our landmarks.json, as written or changed by hand, and what is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from myotome import StudyResult
from myotome.errors import InputError
from myotome.read.given import file
from myotome.read.given.file import read_given


@pytest.fixture
def document(written: StudyResult) -> dict[str, Any]:
    assert written.out_dir is not None
    text = (written.out_dir / "landmarks.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


def given_of(document: Any, folder: Path) -> Any:
    path = folder / "mine.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    return read_given(path)


def test_all_levels_and_planes_of_our_own_file_are_taken(document, written, tmp_path) -> None:
    given = given_of(document, tmp_path)
    levels = {n: v.mid_z_mm for n, v in written.landmarks.levels.items() if v.mid_z_mm is not None}
    assert len(levels) >= 6
    assert dict(given.levels) == levels
    assert given.z_mm["lung_base"] == written.slab.superior_z_mm
    assert given.z_mm["l5_end"] == written.slab.inferior_z_mm
    assert given.reader == ""


def test_numbers_changed_by_hand_are_taken_and_levels_may_be_taken_away(document, tmp_path) -> None:
    document["levels"]["L3"]["mid_z_mm"] += 4.25
    document["levels"]["L1"]["mid_z_mm"] = None
    del document["levels"]["L2"]
    document["slab"]["inferior_found"] = False
    document["set_by_hand"] = {"z_mm": {}, "reader": "A. Reader"}
    given = given_of(document, tmp_path)
    assert given.z_mm["L3"] == document["levels"]["L3"]["mid_z_mm"]
    assert not {"L1", "L2", "l5_end"} & set(given.z_mm)
    assert given.reader == "A. Reader"


def test_a_plane_must_be_changed_in_both_of_its_places(document, tmp_path) -> None:
    document["lung_base_z_mm"] += 3
    with pytest.raises(InputError, match="two lung bases"):
        given_of(document, tmp_path)
    document["slab"]["superior_z_mm"] += 3
    assert given_of(document, tmp_path).z_mm["lung_base"] == document["lung_base_z_mm"]


def test_files_of_older_versions_are_read(document, tmp_path) -> None:
    del document["set_by_hand"]
    for level in document["levels"].values():
        del level["set_by"]
    assert "L3" in given_of(document, tmp_path).z_mm


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", "{}", "5", '"text"', '{"frame": "mine"}', "[" * 10000, "\x00",
     '{"L3": -629.5}'],
)  # fmt: skip
def test_what_is_not_ours_is_refused(content: str, tmp_path) -> None:
    with pytest.raises(InputError, match=r"no JSON|no landmarks\.json") as told:
        given_of(content, tmp_path)
    assert told.value.mend


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("levels", None),
        ("levels", [1]),
        ("levels", {"L3": 5}),
        ("levels", {"L3": {"mid_z_mm": "5"}}),
        ("levels", {"L3": {"mid_z_mm": True}}),
        ("levels", {"L3": {"mid_z_mm": 10**400}}),
        ("levels", {"L9": {"mid_z_mm": 1.0}}),
        ("levels", {"l3": {"mid_z_mm": 1.0}, "L3": {"mid_z_mm": 1.0}}),
        ("slab", None),
        ("slab", {"superior_found": True, "superior_z_mm": "high"}),
        ("set_by_hand", 5),
    ],
)
def test_damage_is_refused_and_never_guessed(document, key, value, tmp_path) -> None:
    document[key] = value
    with pytest.raises(InputError):
        given_of(document, tmp_path)


def test_no_number_is_no_number(document, tmp_path) -> None:
    text = json.dumps(document).replace(
        '"lung_base_confidence"', '"x": NaN, "lung_base_confidence"'
    )
    with pytest.raises(InputError, match="no JSON"):
        given_of(text, tmp_path)


def test_large_and_missing_files_are_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(file, "_MOST_BYTES", 1000)
    with pytest.raises(InputError, match="more than"):
        given_of(" " * 2000, tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        read_given(tmp_path / "none.json")
    with pytest.raises(InputError, match="cannot be read"):
        read_given(tmp_path)
