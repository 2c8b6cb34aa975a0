"""Write docs/how-to/serve.md: its tables are made from the settings and states themselves.

Usage: python scripts/serve_page.py
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from myotome.service.queue.states import JOB
from myotome.service.receive.offers import ANSWERS, CLASSES, SYNTAXES
from myotome.service.settings.read import SECTIONS
from myotome.tables.option import option_of

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "how-to" / "serve.md"
TEXT = HERE / "serve_page.md"


def page() -> str:
    """The whole page."""
    text = TEXT.read_text(encoding="utf-8")
    tables = {"SETTINGS": _settings(), "ANSWERS": _answers(), "STATES": _states()}
    for name, lines in tables.items():
        text = text.replace(f"{{{name}}}\n", "\n".join(lines) + "\n")
    names = ("; ".join(uid.name for uid in known) for known in (CLASSES, SYNTAXES))
    return text.replace("{CLASSES}", next(names)).replace("{SYNTAXES}", next(names))


def _settings() -> Iterator[str]:
    yield "| setting | without it | what it is |"
    yield "|---|---|---|"
    for section, kind in SECTIONS.items():
        for one in fields(kind):
            option = option_of(one.metadata)
            words = "" if option is None else option.words
            yield f"| `{section}.{one.name}` | {_default(one)} | {words} |"


def _default(one: Any) -> str:
    if one.default is MISSING:
        return "must be given"
    value = list(one.default) if isinstance(one.default, tuple) else one.default
    told = str(value).lower() if isinstance(value, bool) else value
    return f"`{told}`" if told not in ("", []) else ""


def _answers() -> Iterator[str]:
    yield "| status | means |"
    yield "|---|---|"
    yield from (f"| 0x{row.status:04X} | {row.words} |" for row in ANSWERS.values())


def _states() -> Iterator[str]:
    yield "| a job that is | and is | becomes | because |"
    yield "|---|---|---|---|"
    yield from (f"| {row.state} | {row.event} | {row.to} | {row.words} |" for row in JOB.rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
