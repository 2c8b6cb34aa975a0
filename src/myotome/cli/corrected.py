"""The commands around DICOM objects: back from a reader's corrections."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from myotome.cli.answer import ResultsFolder, narrate, reply
from myotome.cli.options import OUTPUTS, measuring

if TYPE_CHECKING:
    from myotome.assess.person.record import Record
    from myotome.runtime.config import Configuration

DrawnFile = Annotated[Path, typer.Argument(help="DICOM SEG or RTSTRUCT, NRRD or NIfTI.")]
Study = Annotated[Path, typer.Argument(help="The CT study it was drawn on.")]
Table = Annotated[
    str | None,
    typer.Option("--mapping", "--labels", help="What the labels mean: a name or a file."),
]
OPTIONS = (
    *("series", "network", "allow_gaps", "join", "expect", "visceral_window", "reach_slices"),
    *("fill_between", "level", "levels", "reader"),
    *OUTPUTS,
    *("threads", "overwrite"),
)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    dicom = typer.Typer(help="DICOM objects: measure corrected masks again.", no_args_is_help=True)
    dicom.command(name="import")(import_)
    app.add_typer(dicom, name="dicom")


@measuring(*OPTIONS)
def import_(
    drawn: DrawnFile,
    study: Study,
    out: ResultsFolder = Path("myotome-results"),
    labels: Table = None,
    *,
    config: Configuration,
    record: Record,
) -> None:
    """Measure a study again with muscles that somebody corrected or drew elsewhere.

    What the labels do not hold is as `myotome run` finds it: give the options of that run.
    """
    from myotome.paths.corrected import Drawn, run_reviewed

    given = Drawn(path=drawn, table=labels)
    outcome = run_reviewed(study, given, config=config, out=out, record=record, listen=narrate)
    reply(status="ok", **outcome.summary())
