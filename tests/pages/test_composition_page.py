"""docs/composition.md is what the measurements and tables say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from myotome.tables.quantities.indices import ESTIMATES, INDICES
from myotome.tables.quantities.tissues import CAVEATS, TISSUES

ROOT = Path(__file__).resolve().parents[2]
AREA = ("area", "skeletal_muscle", "cm2")


@pytest.fixture(scope="module")
def page() -> ModuleType:
    path = ROOT / "scripts" / "composition_page.py"
    spec = importlib.util.spec_from_file_location("composition_page", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measured(folder: Path, found: str = "104", seconds: str = "0.5") -> Path:
    head = (
        "network,subject,unseen,level,quantity,structure,unit,found,same_slice,reference,"
        "level_error_mm,caveats\n"
    )
    rows = [
        f"abcdef,a,no,{level},area,{key},cm2,{found},99,100,-1.5,"
        for level in ("L3", "L4")
        for key in ("skeletal_muscle", "subcutaneous_fat")
    ]
    (folder / "areas.csv").write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    (folder / "phantom.csv").write_text(
        "pixel_mm,image,quantity,structure,level,unit,measured,truth\n"
        "0.6,crisp,area,body,L3,cm2,1001,1000\n0.8,crisp,area,body,L3,cm2,995,1000\n",
        encoding="utf-8",
    )
    (folder / "time.csv").write_text(
        f"part,seconds,counts\nareas,{seconds},yes\nwhole,9,no\n", encoding="utf-8"
    )
    return folder


def test_the_page_is_what_the_script_makes_of_the_measurements(page: ModuleType) -> None:
    written = (ROOT / "docs" / "composition.md").read_text(encoding="utf-8")
    assert written == page.render(), "run scripts/composition_page.py"


def test_every_row_of_the_tables_is_on_the_page(page: ModuleType) -> None:
    text = page.render()
    for key in [r.key for r in (*TISSUES, *INDICES, *ESTIMATES)] + [c.key for c in CAVEATS]:
        assert f"| `{key}` |" in text


def test_tables_are_whole(page: ModuleType, tmp_path: Path) -> None:
    for text in (page.render(), page.render(measured=measured(tmp_path))):
        lines = text.splitlines()
        for number, line in enumerate(lines):
            if line.startswith("|--"):
                width = line.count("|")
                block = lines[number:]
                rows = block[: next(n for n, r in enumerate(block) if not r.startswith("|"))]
                assert {row.count("|") for row in [lines[number - 1], *rows]} == {width}


def test_numbers_and_misses_are_shown(page: ModuleType, tmp_path: Path) -> None:
    text = page.render(measured=measured(tmp_path))
    assert "104.0 cm² (+4.0 %) | 99.0 cm² (-1.0 %) | -1.5 mm" in text
    assert "met by all 2 areas" in text
    assert "| a | L4 | +4.0 % | +4.0 % | not measured | not measured |" in text
    assert "| -0.50 % |  |" in text
    assert "**0.50 s**" in text
    assert "Measured with other weights (abcdef)" in text
    missed = page.render(measured=measured(tmp_path, found="94"))
    assert "missed by skeletal muscle of a, subcutaneous fat of a." in missed
    absent = page.render(measured=measured(tmp_path, found=""))
    assert "missed by skeletal muscle of a" in absent


def test_nothing_measured_is_said(page: ModuleType, tmp_path: Path) -> None:
    text = page.render(measured=tmp_path)
    for name in ("areas", "areas_held_out", "phantom", "time"):
        assert f"docs/measured/composition/{name}.csv` is not there" in text
