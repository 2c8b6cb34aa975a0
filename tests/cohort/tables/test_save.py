"""Tables as files: what a program reads again, and what a spreadsheet may open."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from myotome import open_cohort
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.record import Record, save
from myotome.cohort.tables import save as saving
from myotome.cohort.tables.long import NUMBERS, long
from myotome.cohort.tables.wanted import Wanted
from myotome.cohort.tables.wide import wide
from myotome.errors import InputError, OutputError
from myotome.tables.outputs.cells import meant

PSOAS = "psoas_left_slab_gross_mass_g"
Row = dict[str, str]


def read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def written(folder: Path, path: Path, kind: Any = wide, **asked: Any) -> int:
    with open_cohort(folder) as cohort:
        return saving.save(cohort, kind(cohort, Wanted(**asked)), path)


def test_csv_and_parquet_hold_the_same_and_nothing_else_is_left(
    folder: Path, tmp_path: Path
) -> None:
    import pandas as pd

    assert written(folder, tmp_path / "new" / "t.csv") == 7
    assert written(folder, tmp_path / "new" / "t.parquet") == 7
    assert {p.name for p in (tmp_path / "new").iterdir()} == {"t.csv", "t.parquet"}
    with open_cohort(folder) as cohort:
        full = cohort.connection.read_parquet(str(tmp_path / "new" / "t.parquet")).df()
    text = pd.read_csv(tmp_path / "new" / "t.csv")
    assert [meant(name) for name in text.columns] == list(full.columns)
    numbers = full.select_dtypes("float").columns.difference(["days_since_first", "=cmd"])
    assert len(numbers) > 300
    for name in numbers:
        both = text[name].astype(float), full[name].astype(float)
        pd.testing.assert_series_equal(*both, check_names=False, rtol=1e-5, atol=0)


def test_a_cell_that_a_spreadsheet_would_run_is_shielded(tmp_path: Path) -> None:
    texts = [
        "=1+1",
        "+1 234",
        "-3.5",
        "@x",
        "\t=1",
        " =1",
        "\u3000=1",
        "\uff1d1",
        "",
        "plain",
        "a=1",
    ]
    given = {"=key": "x", **{f"c{n}": text for n, text in enumerate(texts)}, "n": 12345678.9}
    (tmp_path / "cohort.json").write_text('{"format": 1}')
    told = {"study": "a", "attempt": 1, "state": "done", "given": json.dumps(given)}
    save(Record(study=told, rows={}), Layout(root=tmp_path))
    written(tmp_path, tmp_path / "t.csv")
    (row,) = read(tmp_path / "t.csv")
    assert "'=key" in row
    shielded = {f"c{n}" for n in (0, 1, 3, 4, 5, 6, 7)}
    for number, text in enumerate(texts):
        name = f"c{number}"
        assert row[name] == (f"'{text}" if name in shielded else text)
        assert meant(row[name]) == text
    assert row["n"] == "12345678.9"  # of the manifest: not rounded


def test_the_long_table_has_a_row_per_number(folder: Path, tmp_path: Path, rows: list[Any]) -> None:
    assert written(folder, tmp_path / "l.csv", long, flags=True) == 7 * len(rows)
    found = read(tmp_path / "l.csv")
    assert {row["study_flags"] for row in found} == {"level_uncertain prone"}
    names = list(found[0])
    assert names[-len(NUMBERS) :] == [column.key for column in NUMBERS]
    cut = [row for row in found if row["status"] == "partial"]
    whole = written(folder, tmp_path / "p.csv", long, partial=True)
    shown = [row for row in read(tmp_path / "p.csv") if row["status"] == "partial"]
    assert whole == len(found)
    assert len(cut) == len(shown) > 0
    assert {row["value"] for row in cut} == {""}
    assert all(float(row["value"]) > 0 for row in shown)
    for row in found:
        assert (row["value"] != "") == (row["status"] == "measured")


def test_the_long_table_takes_what_is_asked_for(folder: Path, tmp_path: Path) -> None:
    asked = {"quantities": ("area",), "levels": ("L3",), "structures": ("psoas",)}
    assert written(folder, tmp_path / "l.csv", long, studies="all", **asked) == 7 * 3 + 1
    (failed,) = [row for row in read(tmp_path / "l.csv") if row["state"] == "failed"]
    assert (failed["study"], failed["value"], failed["quantity"]) == ("failed", "", "")
    assert (failed["study_reason"], failed["reason"]) == ("no_usable_series", "")


def test_the_note_counts_every_study(folder: Path) -> None:
    with open_cohort(folder) as cohort:
        note = wide(cohort, Wanted(studies="usable", levels=("L3",))).note
    assert note == (
        "4 of 8 studies are in the table; statistics leave out "
        "1 failed (it could not be measured), "
        "1 training (the person trained the network that measured it), "
        "1 rejected (a reviewer rejected the segmentation), "
        "1 wrong_level (a reviewer said that the level is wrong)."
    )


def test_another_ending_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r'ending "\.xlsx".*\.csv or \.parquet'):
        written(folder, tmp_path / "t.xlsx")


def test_where_nothing_can_be_written_nothing_is_left(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        written(folder, tmp_path / "file" / "t.csv")
    (tmp_path / "t.csv").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        written(folder, tmp_path / "t.csv")
    assert {p.name for p in tmp_path.iterdir()} == {"file", "t.csv"}
