"""How every command answers: people read stderr, programs the last line of stdout, JSON."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from myotome.errors import InputError, MyotomeError

Threads = Annotated[int, typer.Option(min=1, help="CPU threads.")]
SeriesKey = Annotated[str | None, typer.Option(help="Key from `myotome series`.")]
ResultsFolder = Annotated[Path, typer.Option("-o", "--out", help="Results folder.")]
Debug = Annotated[bool, typer.Option(help="Show the traceback of an unexpected error.")]


@contextmanager
def answering(debug: bool) -> Iterator[None]:
    """Turn every way a command can end into one JSON line and a documented exit code."""
    try:
        yield
    except MyotomeError as error:
        fail(error.exit_code, str(error), kind=type(error).__name__)
    except KeyboardInterrupt:
        fail(130, "Interrupted; nothing half-written is left.", kind="Interrupted")
    except (OSError, MemoryError) as error:
        if debug:
            traceback.print_exc()
        fail(InputError.exit_code, _of_system(error), kind=InputError.__name__)
    except Exception as error:
        if debug:
            traceback.print_exc()
        # The text of a foreign exception may hold a path or a name, so it is not repeated.
        fail(
            1,
            f"Unexpected {type(error).__name__}. This is a bug in Myotome: please report it with "
            "the output of `myotome info`; --debug shows the traceback.",
            kind=type(error).__name__,
        )


def _of_system(error: OSError | MemoryError) -> str:
    """What the system refused, in its own words: they name no path."""
    if isinstance(error, MemoryError):
        return "The memory does not suffice. Use a machine with more, or give less at once."
    said = (error.strerror or "a file cannot be read or written").rstrip(".")
    return f"The system refused: {said}. Check the paths, their permissions and the disk."


def fail(code: int, text: str, *, kind: str) -> None:
    """Say why, and leave with ``code``."""
    typer.echo(f"myotome: {text}", err=True)
    reply(status="error", code=code, kind=kind, error=text)
    raise typer.Exit(code)


def reply(**answer: Any) -> None:
    """The last line on stdout."""
    typer.echo(json.dumps(answer, ensure_ascii=False))


def narrate(stage: str, words: str, seconds: float | None) -> None:
    """One line per finished stage on stderr; on a terminal also the one that is at work."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    if seconds is not None:
        console.print(f"{stage:8} {seconds:6.1f} s  {words}", markup=False, soft_wrap=True)
    elif console.is_terminal:
        console.print(f"[dim]{stage} ...[/dim]", end="\r")
