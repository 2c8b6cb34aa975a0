"""docs/levels.md is what its script makes of the measured runs."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "levels_page.py"))


def test_the_page_is_made_of_the_measured_runs() -> None:
    rows = json.loads(SCRIPT["MEASURED"].read_text(encoding="utf-8"))
    assert SCRIPT["PAGE"].read_text(encoding="utf-8") == SCRIPT["page"](rows)


def test_what_counts_as_wrong_and_as_silent() -> None:
    wrong, silent = SCRIPT["wrong"], SCRIPT["silent"]
    assert not wrong({"errors": {"L3": 11.9, "L4": -2.0}})
    assert wrong({"errors": {"L3": 1.0, "L4": -12.0}})
    assert wrong({"errors": {"L3": 1.0, "L5": None}})
    assert silent({"flags": ["kvp_unknown"]})
    assert not silent({"flags": ["level_count_disagrees"]})
