"""docs/what-is-refused.md tells every refusal and flag that the tables hold, with its mend."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from myotome.tables.anatomy.regions import REGIONS
from myotome.tables.flags.every import FLAGS
from myotome.tables.series.files import FILE_STATUSES
from myotome.tables.series.rules import RULES

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    path = ROOT / "scripts" / "refusals_page.py"
    spec = importlib.util.spec_from_file_location("refusals_page", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_tables_say(script: ModuleType) -> None:
    written = (ROOT / "docs" / "what-is-refused.md").read_text(encoding="utf-8")
    assert written == script.page(), "run scripts/refusals_page.py"


def test_nothing_is_left_out(script: ModuleType) -> None:
    text = script.page()
    keys = [row.key for row in (*FLAGS, *RULES)]
    keys += [row.key for row in FILE_STATUSES if not row.used]
    assert [key for key in keys if f"| `{key}` |" not in text] == []
    assert all(region.words in text for region in REGIONS)
    for code in range(3, 13):
        assert f"\n| {code} | " in text


def test_every_row_of_a_refusal_says_what_to_do(script: ModuleType) -> None:
    lines = [line for line in script.page().splitlines() if line.startswith("| `")]
    columns = [line.strip("| ").split(" | ") for line in lines]
    assert len(columns) > 100
    assert all(cell.strip() for row in columns if len(row) == 5 for cell in row[:3])
    assert all(cell.strip() for row in columns if len(row) == 4 for cell in row)
