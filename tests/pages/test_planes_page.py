"""docs/planes.md is what its script makes of the measured planes."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = runpy.run_path(str(ROOT / "scripts" / "planes_page.py"))
ROWS = json.loads(SCRIPT["MEASURED"].read_text(encoding="utf-8"))


def test_the_page_is_made_of_what_was_measured() -> None:
    assert SCRIPT["PAGE"].read_text(encoding="utf-8") == SCRIPT["page"](ROWS)


@pytest.mark.parametrize("plane", SCRIPT["PLANES"], ids=lambda plane: plane.key)
def test_each_plane_is_hit_within_what_is_wanted_on_most_scans(plane) -> None:
    """Against the nearer of two readings, which differ by up to 12 mm themselves."""
    for mm in {row["slices_mm"] for row in ROWS}:
        hit = []
        for row in ROWS:
            read = SCRIPT["_readings"](row, plane)
            found = row["found"].get(plane.key)
            if row["slices_mm"] == mm and read and found is not None:
                wanted = max(SCRIPT["WANTED_MM"], (mm or row["own_mm"]) / 2)
                between = min(read) <= found <= max(read)
                hit.append(between or min(abs(found - z) for z in read) <= wanted)
        assert sum(hit) >= 0.85 * len(hit)
