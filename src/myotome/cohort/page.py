"""Pages of a cohort: every text escaped, nothing loaded from elsewhere, whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myotome import __version__
from myotome.errors import OutputError
from myotome.tables.outputs.cells import shown
from myotome.tables.outputs.wording import RESEARCH_USE_TEXT, RESEARCH_USE_TITLE
from myotome.write.folder import refusal, swap

if TYPE_CHECKING:
    from jinja2 import Environment

MARK = "myotome-pages.json"
"""Tells a folder of our pages from one of somebody else's."""
_ENDINGS = frozenset((".html", ".csv", ".json", ".png"))
_OTHER = "Choose another folder (-o)."


def rendered(template: str, **told: Any) -> str:
    """The page of ``template`` (of ``cohort/templates``) as HTML; every text is escaped."""
    research_use = (RESEARCH_USE_TITLE, RESEARCH_USE_TEXT)
    return (
        _environment()
        .get_template(template)
        .render(research_use=research_use, version=__version__, **told)
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("myotome.cohort"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@contextmanager
def pages(out: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A new folder to write pages into; it becomes ``out`` only if the block succeeds.

    Refuses (OutputError) a folder that holds anything, but for earlier pages with ``overwrite``.
    """
    temporary: Path | None = None
    try:
        _check(out, overwrite=overwrite)
        target = out.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.parent / f".{target.name[:200]}.partial-{secrets.token_hex(4)}"
        temporary.mkdir()
        yield temporary
        written = {"schema": "myotome/pages", "myotome_version": __version__}
        (temporary / MARK).write_text(json.dumps(written) + "\n", encoding="utf-8")
        _check(out, overwrite=overwrite)
        swap(temporary, target)
    except OSError as error:
        raise refusal(error) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _check(out: Path, *, overwrite: bool) -> None:
    if not os.path.lexists(out):
        return
    if not out.is_dir():
        raise OutputError("The folder for the pages is a file.", mend=_OTHER)
    names = list(out.iterdir())
    if not names:
        return
    ours = (out / MARK).is_file() and all(
        path.is_file() and path.suffix in _ENDINGS for path in names
    )
    if not ours:
        raise OutputError(
            "The folder for the pages holds files that are none of Myotome's pages.",
            why="They are never deleted or mixed with pages.",
            mend=_OTHER,
        )
    if not overwrite:
        raise OutputError(
            "The folder holds earlier pages.", mend="Choose another (-o), or pass --overwrite."
        )


def as_json(document: Mapping[str, Any]) -> str:
    """A JSON document as it is written to a file."""
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def write_rows(
    head: Sequence[str], rows: Iterable[Sequence[str]], path: Path, *, overwrite: bool = True
) -> None:
    """A CSV file, whole or not at all; no cell that a spreadsheet would run.

    Refuses (OutputError) a file that is there already, unless ``overwrite``.
    """
    temporary = path.with_name(f".{path.name[:200]}.partial-{secrets.token_hex(4)}")
    try:
        if path.exists() and not overwrite:
            raise OutputError(
                "The table is there already.", mend="Choose another name (-o), or --overwrite."
            )
        with temporary.open("x", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(head)
            writer.writerows([shown(cell) for cell in row] for row in rows)
        temporary.replace(path)
    except OSError as error:
        raise refusal(error) from error
    finally:
        temporary.unlink(missing_ok=True)
