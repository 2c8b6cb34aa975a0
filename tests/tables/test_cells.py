"""No cell of a CSV is run by a spreadsheet, and no number is changed."""

from __future__ import annotations

import pytest

from myotome.assess.person.table import persons_of
from myotome.tables.outputs.cells import meant, shown
from myotome.write.data.table import Table, write_csv


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1", "--x"],
)
def test_formulas_are_shielded_and_come_back(text: str, tmp_path) -> None:
    assert shown(text) == f"'{text}"
    assert meant(shown(text)) == text
    write_csv(Table(columns=(("id", "VARCHAR"),), rows=[(text,)]), tmp_path / "a.csv")
    assert "'" in (tmp_path / "a.csv").read_text(encoding="utf-8")
    (row,) = persons_of(("id", "age_years"), [(shown(text.strip()), "60")]).rows
    assert row.id == text.strip()


@pytest.mark.parametrize("text", ["-12", "+3.5", "-1e-3", "A-1", "", "it's", "'quoted'"])
def test_other_texts_stay(text: str) -> None:
    assert shown(text) == text
    assert meant(text) == text


@pytest.mark.parametrize("word", ["#N/A", "#NV", "#n/a", "-", "not available", "n.a."])
def test_empty_cells_of_spreadsheets_refuse_nobody(word: str) -> None:
    (row,) = persons_of(("id", "sex", "age_years", "grip_kg"), [("p1", "f", "70", word)]).rows
    assert not row.problems
