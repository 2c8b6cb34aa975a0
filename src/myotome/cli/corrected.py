"""The commands around DICOM objects: back from a reader's corrections."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from myotome.cli.answer import (
    Age,
    Debug,
    Dicom,
    Fhir,
    HeightCm,
    Overwrite,
    PersonFile,
    PseudonymKey,
    Rtstruct,
    SeriesKey,
    Sex,
    Threads,
    VisceralWindow,
    WeightKg,
    answering,
    extras_wanted,
    narrate,
    person_given,
    reply,
)

DrawnFile = Annotated[Path, typer.Argument(help="DICOM SEG or RTSTRUCT, NRRD or NIfTI.")]
Study = Annotated[Path, typer.Argument(help="The CT study it was drawn on.")]
Folder = Annotated[Path, typer.Option("-o", "--out", help="Results folder.")]
AllowGaps = Annotated[bool, typer.Option(help="As in the run that is corrected.")]
ReachSlices = Annotated[int, typer.Option(help="As in the run that is corrected.")]
Table = Annotated[
    str | None, typer.Option("--labels", help="What the labels are called: a name or a file.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    dicom = typer.Typer(help="DICOM objects: measure corrected masks again.", no_args_is_help=True)
    dicom.command(name="import")(import_)
    app.add_typer(dicom, name="dicom")


def import_(
    drawn: DrawnFile,
    study: Study,
    out: Folder = Path("myotome-results"),
    labels: Table = None,
    series: SeriesKey = None,
    sex: Sex = None,
    age: Age = None,
    height_cm: HeightCm = None,
    weight_kg: WeightKg = None,
    person: PersonFile = None,
    allow_gaps: AllowGaps = False,
    visceral_window: VisceralWindow = "visceral_fat",
    reach_slices: ReachSlices = 1,
    dicom: Dicom = False,
    rtstruct: Rtstruct = False,
    pseudonym_key: PseudonymKey = None,
    fhir: Fhir = "",
    threads: Threads = 2,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Measure a study again with muscles that somebody corrected or drew elsewhere.

    What the labels do not hold is as `myotome run` finds it: give the options of that run.
    """
    with answering(debug):
        from myotome.paths.corrected import Drawn, run_reviewed
        from myotome.runtime.config import Configuration

        record = person_given(
            person, sex=sex, age_years=age, height_cm=height_cm, weight_kg=weight_kg
        )
        config = Configuration(
            series=series,
            allow_gaps=allow_gaps,
            visceral_window=visceral_window,
            reach_slices=reach_slices,
            threads=threads,
            overwrite=overwrite,
            extras=extras_wanted(dicom, rtstruct, pseudonym_key, fhir),
        )
        given = Drawn(path=drawn, table=labels)
        outcome = run_reviewed(study, given, config=config, out=out, record=record, listen=narrate)
        reply(status="ok", **outcome.summary())
