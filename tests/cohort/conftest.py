"""A small cohort of results of the phantom, kept as a run keeps them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from myotome import StudyResult
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.parts import compact
from myotome.cohort.store.record import Record, save
from myotome.tables.cohort.columns import COHORT_TABLES
from myotome.write.data.table import measurement_table

Cells = dict[str, Any]
WORDS = (  # study, reviewer, verdict, second, attempt
    ("accepted", "ann", "reject", 1, 1),
    ("accepted", "ann", "accept", 2, 1),
    ("accepted", "bob", "accept", 1, 1),
    ("rejected", "ann", "accept", 1, 1),
    ("rejected", "bob", "reject", 2, 1),
    ("level", "ann", "wrong_level", 1, 1),
    ("partial", "ann", "reject", 9, 0),  # of an attempt that no longer stands
)


@pytest.fixture(scope="session")
def rows(written: StudyResult) -> list[Cells]:
    """The measurements of the phantom, as cells of the cohort's table."""
    table = measurement_table(written)
    names = [name for name, _ in table.columns]
    kept = {column.key for column in COHORT_TABLES["measurements"]}
    found = [dict(zip(names, row, strict=True)) for row in table.rows]
    return [{key: value for key, value in row.items() if key in kept} for row in found]


def study(name: str, **told: Any) -> Cells:
    facts: Cells = {
        "study": name,
        "attempt": 1,
        "subject": f"subject-{name}",
        "training": False,
        "state": "done",
        "sex": "F",
        "age_years": 61.0,
        "height_cm": 168.0,
    }
    return {**facts, **told}


def is_psoas(row: Cells) -> bool:
    return (row["quantity"], row["structure"], row["side"]) == ("gross_mass", "psoas", "left")


def half(rows: Sequence[Cells]) -> list[Cells]:
    """The same with a left psoas of which only a part was in view."""
    cut = {"status": "partial", "reason": "cut", "covered_percent": 50.0}
    return [{**row, **cut} if is_psoas(row) else row for row in rows]


def twice(rows: Sequence[Cells]) -> list[Cells]:
    return [{**row, "value": row["value"] and 2 * row["value"]} for row in rows]


def write_words(layout: Layout, words: Sequence[tuple[Any, ...]] = WORDS) -> None:
    layout.review.parent.mkdir(exist_ok=True)
    lines = [
        json.dumps(
            {
                "study": name,
                "reviewer": reviewer,
                "verdict": verdict,
                "comment": "",
                "utc": f"2026-01-01T00:00:{second:02d}Z",
                "attempt": attempt,
            }
        )
        for name, reviewer, verdict, second, attempt in words
    ]
    layout.review.write_text("".join(line + "\n" for line in lines))


GIVEN: Mapping[str, Any] = {"CPT code": "74177", "Sex": "w", "site": 3, "frail": True, "grip": 20.5}


def fill(layout: Layout, rows: list[Cells]) -> None:
    flags = [
        {"code": code, "severity": "warning"} for code in ("prone", "level_uncertain", "prone")
    ]
    told = [
        (study("accepted", weight_kg=70.0, given=json.dumps(GIVEN)), rows),
        (study("later", subject="subject-accepted", days_since_first=400.0), twice(rows)),
        (study("first", subject="subject-accepted", days_since_first=0.0), rows),
        (study("trained", training=True), rows),
        (study("rejected", sex="M", given=json.dumps({"site": 4, "=cmd": "=1+1"})), rows),
        (study("level"), rows),
        (study("partial", sex=None, age_years=None), half(rows)),
        (study("failed", state="failed", reason="no_usable_series", message="no CT"), []),
    ]
    for number, (cells, numbers) in enumerate(told):
        save(Record(study=cells, rows={"measurements": numbers, "flags": flags}), layout)
        if number == 3:
            compact(layout)


@pytest.fixture(scope="session")
def folder(rows: list[Cells], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight studies, half of them in a part of the tables and half in the inbox."""
    root = tmp_path_factory.mktemp("cohort")
    layout = Layout(root=root)
    layout.about.write_text('{"format": 1}')
    fill(layout, rows)
    write_words(layout)
    return root
