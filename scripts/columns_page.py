"""Write docs/columns.md from the table of columns, so that page and tables cannot disagree.

Usage: python scripts/columns_page.py
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from myotome.tables.outputs.columns import MEASUREMENT_KEY, MEASUREMENTS, SLICES, Column

PAGE = Path(__file__).resolve().parents[1] / "docs" / "columns.md"
KINDS = {
    "VARCHAR": "text",
    "DOUBLE": "number",
    "INTEGER": "whole number",
    "BOOLEAN": "true or false",
}
INTRO = """\
# The columns of the tables

<!-- Written by scripts/columns_page.py from src/myotome/tables/outputs/columns.py. Change that. -->

UTF-8, one header line, empty cells for what is not known. The `.parquet` beside each `.csv` holds
the same with types and all digits; the CSV has six significant digits. How to
[read a results folder](how-to/read-results.md) is a page of its own.
"""


def page() -> str:
    """The whole page."""
    key = ", ".join(f"`{name}`" for name in MEASUREMENT_KEY)
    return "\n".join(
        [
            INTRO,
            "## `measurements.csv`: one row per number\n",
            f"{key} together name a row, also among those of many results.\n",
            *_table(MEASUREMENTS),
            "",
            "## `slices.csv`: areas slice by slice\n",
            *_table(SLICES),
            "",
        ]
    )


def _table(columns: Iterable[Column]) -> Iterator[str]:
    yield _line(("column", "kind", "what it says"))
    yield _line(("---",) * 3)
    for column in columns:
        yield _line((f"`{column.key}`", KINDS[column.kind], column.words))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Write the page whole or not at all."""
    part = PAGE.with_suffix(".md.part")
    part.write_text(page(), encoding="utf-8")
    part.replace(PAGE)
    print(PAGE.name)


if __name__ == "__main__":
    main()
