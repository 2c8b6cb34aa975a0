"""docs/concepts/borders.md is the rule book that the tables apply."""

from __future__ import annotations

import re
from pathlib import Path

from myotome.segment.labels.borders import read_borders
from myotome.tables.anatomy.borders import COARSE_SIGMA_PX, FINE_PIXEL_MM, FINE_SIGMA_PX, ZONE, How
from myotome.tables.anatomy.muscles import GROUPS
from myotome.voxels.borders import Borders

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "concepts" / "borders.md").read_text(encoding="utf-8")


def _cells(first: str) -> list[str]:
    (line,) = (line for line in PAGE.splitlines() if line.startswith(f"| {first}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_every_zone_is_on_the_page_with_its_reach() -> None:
    for zone in ZONE.values():
        cells = _cells(f"`{zone.key}` ")
        reach = "–" if zone.how is How.BOX else f"{zone.reach_mm:g} mm"  # noqa: RUF001
        assert cells[3] == reach
        assert ("own" in cells[2], "free" in cells[2]) == (zone.own, zone.free)


def test_every_muscle_has_all_its_borders() -> None:
    for group in GROUPS:
        assert len(_cells(f"**{group.words}**")) == 7


def test_the_gate_is_the_one_applied() -> None:
    gate = _cells("HU gate")[1]
    assert f"−{-Borders().lowest_hu:g} to 150 HU" in gate  # noqa: RUF001
    assert f"{FINE_SIGMA_PX} pixels, {COARSE_SIGMA_PX} pixels" in gate
    assert f"{FINE_PIXEL_MM:g} mm or more" in gate


def test_the_example_is_understood(tmp_path: Path) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "borders.json"
    path.write_text(example, encoding="utf-8")
    found = read_borders(path)
    assert [d.zone.key for d in found.disputed] == ["upper_end", "rib_side", "gap_in_wall"]
    assert len(found.gated) == 1


def test_pictures_are_small() -> None:
    pictures = sorted((ROOT / "docs" / "pictures" / "borders").iterdir())
    assert 3 <= len(pictures) <= 4
    assert all(p.stat().st_size <= 150_000 for p in pictures)
