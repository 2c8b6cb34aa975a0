"""Sheets in the three forms."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from myotome.stats.sheets.sheet import number, p_value, sheet, text
from myotome.stats.sheets.write import markdown_table, write_sheet

SHEET = sheet(
    "some_key",
    "Mass & <more> of 50 %",
    (text("who", "who_ever"), number("mean_g", "mean (g)", 1), p_value("p", "P")),
    [
        {"who": "a <b>|", "mean_g": np.float64(-1.25), "p": 1e-12},
        {"who": "nobody", "mean_g": float("nan"), "p": None},
        {"who": "zero", "mean_g": -0.04, "p": 0.5},
    ],
    ("A note on x_1.", ""),
)


def test_csv_keeps_the_digits_and_leaves_what_is_unknown_empty(tmp_path: Path) -> None:
    assert write_sheet(SHEET, tmp_path) == ("some_key.csv", "some_key.html", "some_key.tex")
    with (tmp_path / "some_key.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["who", "mean_g", "p"]
    assert rows[1][1:] == ["-1.25", "1e-12"]
    assert rows[2][1:] == ["", ""]


def test_html_and_latex_escape(tmp_path: Path) -> None:
    write_sheet(SHEET, tmp_path)
    page = (tmp_path / "some_key.html").read_text(encoding="utf-8")
    assert "Mass &amp; &lt;more&gt;" in page
    assert "a &lt;b&gt;" in page
    assert "< 0.001" not in page.replace("&lt; 0.001", "")
    tex = (tmp_path / "some_key.tex").read_text(encoding="utf-8")
    assert r"Mass \& $<$more$>$ of 50 \%" in tex
    assert r"who\_ever & mean (g) & P \\" in tex
    assert r"\begin{tabular}{lrr}" in tex
    assert "x\\_1" in tex


def test_no_minus_before_zero_and_no_bar_in_a_markdown_cell() -> None:
    lines = markdown_table(SHEET).splitlines()
    assert lines[2].count("|") == 4
    assert lines[4] == "| zero | 0.0 | 0.500 |"
    assert SHEET.notes == ("A note on x_1.",)
