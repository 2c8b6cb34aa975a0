"""The table of changes of a cohort: who is compared with whom, and who is left out and counted."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from myotome.cohort.follow.timeline import COLUMNS, timeline, write_timeline
from myotome.cohort.review.words import Word, now, say
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.record import Record, save
from myotome.errors import InputError, OutputError


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    root = tmp_path / "cohort"
    root.mkdir()
    (root / "cohort.json").write_text('{"format": 1}')
    return Layout(root=root)


def add(layout: Layout, study: str, subject: str, day: float | None, mass: float | None) -> None:
    told = {
        "study": study, "attempt": 1, "state": "done", "subject": subject, "days_since_first": day,
        "weights": "w", "configuration": "c", "myotome_version": "1", "slice_mm": 5.0,
        "contrast_image": "enhanced", "kvp": 120.0, "input_sha256": study,
    }  # fmt: skip
    row: dict[str, Any] = {
        "quantity": "gross_mass", "structure": "psoas", "side": "both", "level": "slab",
        "value": mass, "unit": "g", "status": "not_measurable" if mass is None else "measured",
    }  # fmt: skip
    if mass is not None:
        near, far = mass * 0.02, mass * 0.04
        row |= {
            "low_80": mass - near, "high_80": mass + near,
            "low_90": mass - far, "high_90": mass + far, "interval_n": 14,
        }  # fmt: skip
    save(Record(study=told, rows={"measurements": [row]}), layout)


def rows_of(layout: Layout) -> list[dict[str, str]]:
    return [dict(zip(COLUMNS, row, strict=True)) for row in timeline(layout.root).rows]


def test_every_later_study_is_compared_with_the_first_and_the_one_before(layout: Layout) -> None:
    add(layout, "c", "p", 730.5, 160.0)
    add(layout, "a", "p", 0.0, 200.0)
    add(layout, "b", "p", 365.25, 190.0)
    add(layout, "alone", "q", 0.0, 100.0)
    found = rows_of(layout)
    told = [(r["study_earlier"], r["study_later"], r["since"], r["change"]) for r in found]
    assert told == [
        ("a", "b", "first", "-10"),
        ("a", "c", "first", "-40"),
        ("b", "c", "previous", "-30"),
    ]
    assert [row["change_per_year"] for row in found] == ["-10", "-20", "-30"]
    assert [row["years_between"] for row in found] == ["1", "2", "1"]
    # least: 200 (exp(sqrt(2) ln 1.04) - 1) = 11.4 g
    assert [row["beyond_least"] for row in found] == ["false", "true", "true"]
    assert timeline(layout.root).subjects == 1


def test_what_was_not_measured_has_a_row_with_its_reason(layout: Layout) -> None:
    add(layout, "a", "p", 0.0, 200.0)
    add(layout, "b", "p", 365.25, None)
    (row,) = rows_of(layout)
    assert (row["comparable"], row["change"], row["change_per_year"]) == ("not_comparable", "", "")
    assert "later study" in row["reasons"]


def test_studies_left_out_are_counted(layout: Layout) -> None:
    add(layout, "a", "p", 0.0, 200.0)
    add(layout, "b", "p", None, 190.0)
    add(layout, "c", "p", 700.0, 190.0)
    word = Word(
        study="c", reviewer="ann", verdict="wrong_level", comment="", utc=now(), attempt=1
    )  # fmt: skip
    say(word, layout)
    found = timeline(layout.root)
    assert found.rows == ()
    assert found.subjects == 0
    assert found.left_out == {
        "nobody knows when it was taken": 1,
        "a reviewer said that the level is wrong": 1,
    }


def test_people_without_a_key_are_no_one_person(layout: Layout) -> None:
    add(layout, "a", "", 0.0, 200.0)
    add(layout, "b", "", 10.0, 190.0)
    assert timeline(layout.root).rows == ()


def test_the_table_is_written_whole_and_replaces_nothing(layout: Layout, tmp_path: Path) -> None:
    add(layout, "a", "p", 0.0, 200.0)
    add(layout, "b", "p", 365.25, 150.0)
    out = tmp_path / "changes.csv"
    write_timeline(timeline(layout.root), out)
    (row,) = csv.DictReader(out.read_text().splitlines())
    assert tuple(row) == COLUMNS
    assert row["change_percent"] == "-25"
    with pytest.raises(OutputError, match="there already"):
        write_timeline(timeline(layout.root), out)
    with pytest.raises(InputError, match="CSV"):
        write_timeline(timeline(layout.root), tmp_path / "changes.xlsx")
