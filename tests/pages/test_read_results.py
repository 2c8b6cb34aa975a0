"""The page on reading results holds, and the list of columns is that of the tables."""

from __future__ import annotations

import doctest
import importlib.util
from pathlib import Path

from myotome import StudyResult
from myotome.tables.outputs.columns import MEASUREMENTS, SLICES

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_on_reading_results_holds(written: StudyResult) -> None:
    text = (ROOT / "docs" / "how-to" / "read-results.md").read_text(encoding="utf-8")
    example = doctest.DocTestParser().get_doctest(
        text, {"folder": written.out_dir}, "read-results", None, 0
    )
    assert len(example.examples) >= 15
    assert doctest.DocTestRunner().run(example).failed == 0


def test_the_list_of_columns_is_that_of_the_tables() -> None:
    path = ROOT / "scripts" / "columns_page.py"
    spec = importlib.util.spec_from_file_location("columns_page", path)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    written = (ROOT / "docs" / "columns.md").read_text(encoding="utf-8")
    assert script.page() == written, "run: python scripts/columns_page.py"
    for column in (*MEASUREMENTS, *SLICES):
        assert f"| `{column.key}` |" in written
        assert column.words in written
