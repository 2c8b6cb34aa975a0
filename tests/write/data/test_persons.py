"""Tables of many persons, in portions: the same as at once, and nothing half-written."""

from __future__ import annotations

import csv

import duckdb
import pytest

from myotome.assess.person.table import Joined, persons_of
from myotome.assess.persons import judge_persons
from myotome.errors import OutputError
from myotome.write.data import persons as assessed_files
from myotome.write.data.assessed import COLUMNS, rows_of
from myotome.write.data.persons import save_answers
from myotome.write.data.table import Table, write_csv


def answers(count: int = 7):
    cells = [(f"p{n}", "FM"[n % 2], 20 + n, 14 + n) for n in range(count)]
    cells.append(("bad", "F", 70, -3))
    persons = persons_of(["id", "sex", "age_years", "grip_kg"], cells)
    return list(judge_persons(Joined(persons=persons)))


@pytest.fixture
def small_portions(monkeypatch):
    monkeypatch.setattr(assessed_files, "_PORTION", 3)


@pytest.mark.usefixtures("small_portions")
@pytest.mark.parametrize("name", COLUMNS)
def test_portions_make_the_table_of_all_at_once(tmp_path, name) -> None:
    found = answers()
    whole = tmp_path / "whole.csv"
    write_csv(Table(columns=COLUMNS[name], rows=getattr(rows_of(found), name)), whole)
    heard: list[int] = []
    folder = tmp_path / "o'[dd]*"
    targets = {name: folder / "a.csv"}
    saved = save_answers(found, targets, listen=heard.append)
    assert (folder / "a.csv").read_bytes() == whole.read_bytes()
    assert heard == [3, 6, 8]
    assert saved.rows == len(rows_of(found).criteria)
    assert [row for row, _ in saved.refused] == [8]
    save_answers(found, {name: folder / "a.parquet"})
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "a.parquet"]
    (tmp_path / "b.parquet").write_bytes((folder / "a.parquet").read_bytes())
    with duckdb.connect() as connection:
        query = connection.execute("SELECT * FROM read_parquet($1)", [str(tmp_path / "b.parquet")])
        assert [column[0] for column in query.description] == [c for c, _ in COLUMNS[name]]
        ids = [row[0] for row in query.fetchall()]
    with whole.open(encoding="utf-8", newline="") as stream:
        assert ids == [row["id"] for row in csv.DictReader(stream)]


@pytest.mark.usefixtures("small_portions")
def test_a_fault_half_way_leaves_the_earlier_file(tmp_path) -> None:
    out = tmp_path / "a.csv"
    out.write_text("earlier", encoding="utf-8")

    def failing():
        yield from answers()
        raise OSError

    with pytest.raises(OutputError, match="cannot be written"):
        save_answers(failing(), {"criteria": out})
    assert out.read_text(encoding="utf-8") == "earlier"
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_folder_that_cannot_be_made_is_told(tmp_path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    for name in ("a.csv", "a.parquet"):
        with pytest.raises(OutputError, match="cannot be written"):
            save_answers(answers(1), {"criteria": tmp_path / "file" / name})


def test_without_targets_everybody_is_still_judged() -> None:
    assert save_answers(answers(), {}).rows > 0
