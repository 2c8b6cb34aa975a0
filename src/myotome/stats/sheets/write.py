"""Sheets as CSV (every digit), HTML (for people) and LaTeX (booktabs, for papers)."""

from __future__ import annotations

import html
from pathlib import Path

from myotome.stats.sheets.sheet import MINUS, Sheet
from myotome.write.data.table import Table, write_csv

STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;color:#1f2933;margin:2rem;max-width:75rem}"
    "table{border-collapse:collapse}caption{text-align:left;font-weight:600;padding:.4rem 0}"
    "th,td{padding:.25rem .7rem;text-align:right;white-space:nowrap}"
    "th{border-bottom:1.5px solid #1f2933;vertical-align:bottom;white-space:normal}"
    "td.words,th.words{text-align:left}tbody tr:nth-child(even){background:#f4f6f8}"
    "p,figcaption{max-width:60rem;color:#5a646e}figure{margin:1.5rem 0}img{max-width:100%}"
    "section{overflow-x:auto;margin:2rem 0}"
)
_TEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"$<$", ">": r"$>$", MINUS: "$-$", "\N{EN DASH}": "--",
}  # fmt: skip
RESEARCH_ONLY = "Research use only. Not for clinical decisions."


def write_sheet(sheet: Sheet, folder: Path) -> tuple[str, ...]:
    """``KEY.csv``, ``KEY.html`` and ``KEY.tex``; returns their names."""
    write_csv(
        Table(columns=tuple((c.key, "") for c in sheet.columns), rows=sheet.cells()),
        folder / f"{sheet.key}.csv",
    )
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{_escaped(sheet.title)}'
        f"</title><style>{STYLE}</style>{html_table(sheet)}<p>{RESEARCH_ONLY}</p></html>\n"
    )
    (folder / f"{sheet.key}.html").write_text(page, encoding="utf-8")
    (folder / f"{sheet.key}.tex").write_text(latex_table(sheet), encoding="utf-8")
    return tuple(f"{sheet.key}{ending}" for ending in (".csv", ".html", ".tex"))


def html_table(sheet: Sheet) -> str:
    """The table and its notes, without a page around it."""
    head = "".join(f"<th{_class(c.digits)}>{_escaped(c.words)}</th>" for c in sheet.columns)
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{_class(c.digits)}>{_escaped(cell)}</td>"
            for c, cell in zip(sheet.columns, row, strict=True)
        )
        + "</tr>"
        for row in sheet.shown()
    )
    notes = "".join(f"<p>{_escaped(note)}</p>" for note in sheet.notes)
    return (
        f"<table><caption>{_escaped(sheet.title)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>{notes}"
    )


def latex_table(sheet: Sheet) -> str:
    """A booktabs table whose caption is the title and whose notes stand below."""
    kinds = "".join("l" if c.digits is None else "r" for c in sheet.columns)
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}",
        rf"\caption{{{_tex(sheet.title)}}}",
        rf"\begin{{tabular}}{{{kinds}}}",
        r"\toprule",
        " & ".join(_tex(c.words) for c in sheet.columns) + r" \\",
        r"\midrule",
        *(" & ".join(map(_tex, row)) + r" \\" for row in sheet.shown()),
        r"\bottomrule",
        r"\end{tabular}",
        *(rf"\par\footnotesize {_tex(note)}" for note in sheet.notes),
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def markdown_table(sheet: Sheet) -> str:
    """A pipe table."""
    bars = [":--" if c.digits is None else "--:" for c in sheet.columns]
    lines = [[c.words for c in sheet.columns], bars, *sheet.shown()]
    return "\n".join(f"| {' | '.join(x.replace('|', '/') for x in line)} |" for line in lines)


def _class(digits: int | None) -> str:
    return ' class="words"' if digits is None else ""


def _escaped(words: str) -> str:
    return html.escape(words, quote=True)


def _tex(words: str) -> str:
    return "".join(_TEX.get(letter, letter) for letter in words)
