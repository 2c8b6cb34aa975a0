"""How every command answers: people read stderr, programs the last line of stdout, JSON."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from myotome.errors import MyotomeError

if TYPE_CHECKING:
    from myotome.assess.person.record import Record
    from myotome.write.outputs import Extras, Release

Threads = Annotated[int, typer.Option(min=1, help="CPU threads.")]
Network = Annotated[
    Path | None, typer.Option(help="Your own network (.onnx), its card (.json) beside it.")
]
SeriesKey = Annotated[str | None, typer.Option(help="Key from `myotome series`.")]
Overwrite = Annotated[bool, typer.Option(help="Replace the results of an old run.")]
VisceralWindow = Annotated[
    str, typer.Option(help="HU window of visceral fat: visceral_fat or visceral_fat_wide.")
]
Sex = Annotated[str | None, typer.Option(help="F or M.")]
Age = Annotated[str | None, typer.Option(help="Age in years, or 90+.")]
HeightCm = Annotated[float | None, typer.Option(help="Height in cm.")]
WeightKg = Annotated[float | None, typer.Option(help="Weight in kg.")]
PersonFile = Annotated[
    Path | None, typer.Option(help="JSON file: grip, gait, SARC-F, DXA ... of the person.")
]
Dicom = Annotated[bool, typer.Option("--dicom", help="Also SEG, SR, captures and PDF as DICOM.")]
Rtstruct = Annotated[
    bool, typer.Option("--rtstruct", help="With --dicom: also the muscles as contours.")
]
PseudonymKey = Annotated[
    Path | None, typer.Option(help="File with a secret key: pseudonyms instead of names.")
]
Fhir = Annotated[str, typer.Option(help="Also a FHIR bundle: R4 or R5.")]
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


def person_given(person: Path | None, **options: object) -> Record:
    """What is known of the person: the file's entries, replaced by the options that were given.

    They are checked together, so that a height and a weight must fit each other.
    """
    from myotome.assess.person.person_facts import read_person
    from myotome.assess.person.record import Record, record

    base = Record() if person is None else read_person(person)
    given = {key: value for key, value in options.items() if value is not None}
    return record({**base.entries, **given})


def extras_wanted(dicom: bool, rtstruct: bool, pseudonym_key: Path | None, fhir: str) -> Extras:
    """What is to be written beside the results."""
    from myotome.write.outputs import Extras, read_key

    key = None if pseudonym_key is None else read_key(pseudonym_key)
    release = cast("Release", fhir.upper())
    return Extras(dicom=dicom, rtstruct=rtstruct, fhir=release, pseudonym_key=key)


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
