"""The page: a section per table and figure of the paper, with what speaks against it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from myotome.evaluate.pictures.style import Picture
from myotome.stats.sheets.sheet import Sheet
from myotome.stats.sheets.write import RESEARCH_ONLY, STYLE, html_table
from myotome.tables.vu2024.contradictions import CONTRADICTIONS

_WRAP = (
    ".wide td.words{white-space:normal;min-width:8rem;vertical-align:top}"
    ".said{border-left:4px solid #e69f00;padding-left:1rem}.said li{max-width:60rem}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table or figure of the paper. ``place`` is how the contradictions name it.

    ``words`` say what stands here and where its numbers come from; ``sheets`` and ``figures`` are
    keys. A section without either says in its words why.
    """

    place: str
    title: str
    words: str
    sheets: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()


def page(
    title: str,
    preface: Sequence[str],
    sections: Sequence[Section],
    sheets: Mapping[str, Sheet],
    pictures: Mapping[str, Picture],
) -> str:
    """The whole page; pictures and tables lie beside it."""
    body = "".join(_section(s, sheets, pictures) for s in sections)
    contents = "".join(f'<li><a href="#{_anchor(s)}">{html.escape(s.title)}</a></li>'
                       for s in sections)  # fmt: skip
    last = html_table(sheets["contradictions"]) if "contradictions" in sheets else ""
    told = "".join(f"<p>{html.escape(words)}</p>" for words in preface)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{STYLE}{_WRAP}</style><h1>{html.escape(title)}</h1><p>{RESEARCH_ONLY}</p>{told}"
        f"<ol>{contents}</ol>{body}"
        f'<section class="wide"><h2>All contradictions</h2>{last}</section></html>\n'
    )


def _section(s: Section, sheets: Mapping[str, Sheet], pictures: Mapping[str, Picture]) -> str:
    figures = "".join(
        f'<figure><img src="{key}.svg" alt="{html.escape(pictures[key].caption, quote=True)}">'
        f"<figcaption>{html.escape(pictures[key].caption)}</figcaption></figure>"
        for key in s.figures
        if key in pictures
    )
    tables = "".join(html_table(sheets[key]) for key in s.sheets if key in sheets)
    against = "".join(
        f"<li>{html.escape(row.printed)} {html.escape(row.evidence)} "
        f"<b>Used: {html.escape(row.used)}.</b></li>"
        for row in CONTRADICTIONS
        if s.place in row.places
    )
    said = f'<div class="said">The paper contradicts itself:<ul>{against}</ul></div>'
    return (
        f'<section id="{_anchor(s)}"><h2>{html.escape(s.title)}</h2><p>{html.escape(s.words)}</p>'
        f"{said if against else ''}{figures}{tables}</section>"
    )


def _anchor(s: Section) -> str:
    return s.place.replace(" ", "-")
