"""What a results folder says of HU bounds: by its columns; an old one by its words."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from myotome.errors import InputError
from myotome.read.results.areas import read_results

HEAD = {"quantity": "area", "structure": "visceral_fat", "definition": "in words"}
SLICE = {
    "z_mm": "1.5",
    "structure": "psoas",
    "side": "left",
    "area_cm2": "7",
    "in_slab": "true",
    "cut": "false",
}


def folder(path: Path, row: dict[str, str]) -> Path:
    for name, line in (("measurements.csv", row), ("slices.csv", SLICE)):
        with (path / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(line))
            writer.writeheader()
            writer.writerow(line)
    (path / "provenance.json").write_text(json.dumps({"input_sha256": "ab"}))
    return path


def test_bounds_are_those_of_the_columns_whatever_the_words(tmp_path: Path) -> None:
    row = {**HEAD, "definition": "-1..1 HU", "window_low_hu": "-150", "window_high_hu": "-50"}
    assert read_results(folder(tmp_path, row)).windows == {"visceral_fat": (-150, -50)}


def test_a_row_without_a_window_has_none(tmp_path: Path) -> None:
    row = {**HEAD, "definition": "-1..1 HU", "window_low_hu": "", "window_high_hu": ""}
    assert read_results(folder(tmp_path, row)).windows == {}


def test_an_old_folder_has_them_in_words(tmp_path: Path) -> None:
    row = {**HEAD, "definition": "-150..-50 HU in the abdominal cavity"}
    found = read_results(folder(tmp_path, row))
    assert found.windows == {"visceral_fat": (-150, -50)}
    assert (found.input_sha256, len(found.areas)) == ("ab", 1)


def test_bounds_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    row = {**HEAD, "window_low_hu": "low", "window_high_hu": "-50"}
    with pytest.raises(InputError, match="no results"):
        read_results(folder(tmp_path, row))
