"""The results folder of an evaluation: whole or not at all, and nobody else's files are lost."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from myotome.errors import OutputError
from myotome.write.folder import refusal, swap

SCHEMA = "myotome/evaluation"
STATISTICS = "myotome/statistics"
_WORDS = {SCHEMA: "an earlier evaluation", STATISTICS: "earlier statistics"}
_NONE = {SCHEMA: "no evaluation", STATISTICS: "no statistics"}
_ENDINGS = (".csv", ".json", ".png", ".svg", ".html", ".tex", ".md")
_ANOTHER = "Choose another results folder (-o)."


def check(out: Path, *, overwrite: bool = False, schema: str = SCHEMA) -> None:
    """Refuse (OutputError) to write where something else lies; touches nothing.

    Free are a new or empty folder and, with ``overwrite``, earlier results of the same kind
    (``schema`` in their ``summary.json``) with nothing else among them.
    """
    if not os.path.lexists(out):
        return
    if not out.is_dir():
        raise OutputError("The results folder is a file.", mend=_ANOTHER)
    entries = list(out.iterdir())
    if not entries:
        return
    if not _is_ours(out, schema) or any(p.is_dir() or p.suffix not in _ENDINGS for p in entries):
        raise OutputError(
            f"The results folder holds files that are {_NONE[schema]} of Myotome's.",
            why="They are never deleted or mixed with results.",
            mend=_ANOTHER,
        )
    if not overwrite:
        raise OutputError(
            f"The results folder holds {_WORDS[schema]}.",
            mend="Choose another folder (-o), or pass --overwrite.",
        )


def _is_ours(folder: Path, schema: str) -> bool:
    try:
        document = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and document.get("schema") == schema


@contextmanager
def published(out: Path, *, overwrite: bool = False, schema: str = SCHEMA) -> Iterator[Path]:
    """A temporary folder beside ``out`` that takes its place only if the block succeeds.

    On failure ``out`` is as before. Operating-system errors become OutputError.
    """
    temporary: Path | None = None
    try:
        check(out, overwrite=overwrite, schema=schema)
        target = out.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.parent / f".{target.name}.partial-{secrets.token_hex(4)}"
        temporary.mkdir()
        yield temporary
        check(out, overwrite=overwrite, schema=schema)
        swap(temporary, target)
    except OSError as error:
        raise refusal(error) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
