"""docs/direction.md is what its script makes of the measured runs, and they hold what it says."""

from __future__ import annotations

import json
import runpy
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "direction_page.py"))


def _rows(name: str) -> list[dict]:
    return json.loads(SCRIPT[name].read_text(encoding="utf-8"))


def test_the_page_is_made_of_the_measured_runs() -> None:
    made = SCRIPT["page"](_rows("TURNED"), _rows("OTHER"))
    assert SCRIPT["PAGE"].read_text(encoding="utf-8") == made


def test_no_scan_that_lies_as_its_header_says_is_refused_and_whole_ones_get_no_flag() -> None:
    alone = [row for row in _rows("TURNED") if row["turn"] == "upright"]
    assert sum(row["outcomes"].get("refused", 0) for row in alone) == 0
    assert [row["outcomes"] for row in alone if row["part"] == "whole"] == [{"": 20}]


def test_every_other_body_is_refused_and_no_trunk_is() -> None:
    for row in _rows("OTHER"):
        assert row["refused"] is (row["kind"] != "abdomen"), row


def test_what_counts_as_told() -> None:
    outcomes = Counter({"refused": 3, "body_mirrored": 2, "": 1})
    assert SCRIPT["told"](outcomes) == (3, 2, 1)
