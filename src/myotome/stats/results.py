"""The results folder of statistics: tables, figures, a page with both, and summary.json."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from myotome import __version__
from myotome.evaluate.folder import STATISTICS, check, published
from myotome.evaluate.pictures.style import Picture
from myotome.evaluate.tables import write_json
from myotome.stats.extra import require
from myotome.stats.sheets.sheet import Sheet
from myotome.stats.sheets.write import RESEARCH_ONLY, STYLE, html_table, write_sheet

SCHEMA_VERSION = 1
Draw = Callable[[Path], Iterator[Picture]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What is written. ``draw`` puts figures into a folder; ``pages`` are further texts by name.

    ``facts`` go into summary.json: where the numbers come from.
    """

    title: str
    sheets: tuple[Sheet, ...]
    draw: Draw | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)


def write_results(results: Results, out: Path, *, overwrite: bool = False) -> dict[str, Any]:
    """Write ``out``, whole or not at all; returns what summary.json holds.

    Each table as CSV, HTML and LaTeX, each figure as SVG and PNG, ``index.html`` with all of
    them. Refuses (OutputError) a folder in use, (InputError) a missing library.
    """
    check(out, overwrite=overwrite, schema=STATISTICS)
    if results.draw is not None:
        require("matplotlib")
    with published(out, overwrite=overwrite, schema=STATISTICS) as folder:
        for sheet in results.sheets:
            write_sheet(sheet, folder)
        pictures = [] if results.draw is None else list(results.draw(folder))
        page = index_page(results.title, results.sheets, pictures)
        (folder / "index.html").write_text(page, encoding="utf-8")
        for name, words in results.pages.items():
            (folder / name).write_text(words, encoding="utf-8")
        document = {
            "schema": STATISTICS,
            "schema_version": SCHEMA_VERSION,
            "research_use_only": True,
            "myotome_version": __version__,
            "title": results.title,
            **results.facts,
            "tables": [{"name": s.key, "title": s.title, "rows": len(s.rows)}
                       for s in results.sheets],
            "figures": [{"name": p.name, "caption": p.caption} for p in pictures],
        }  # fmt: skip
        write_json(document, folder / "summary.json")
    return document


def index_page(title: str, sheets: Sequence[Sheet], pictures: Sequence[Picture]) -> str:
    """One page with every figure and table; the pictures lie beside it."""
    figures = "".join(
        f'<figure><img src="{p.name}.svg" alt="{html.escape(p.caption, quote=True)}">'
        f"<figcaption>{html.escape(p.caption)}</figcaption></figure>"
        for p in pictures
    )
    tables = "".join(f"<section>{html_table(s)}</section>" for s in sheets)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{STYLE}</style><h1>{html.escape(title)}</h1><p>{RESEARCH_ONLY}</p>"
        f"{figures}{tables}</html>\n"
    )
