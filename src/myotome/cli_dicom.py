"""The commands around DICOM objects: back from a reader's corrections."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from myotome.cli_answer import (
    Age,
    Debug,
    Dicom,
    Fhir,
    HeightCm,
    Overwrite,
    PersonFile,
    PseudonymKey,
    SeriesKey,
    Sex,
    Threads,
    WeightKg,
    answering,
    extras_wanted,
    narrate,
    person_given,
    reply,
)

Drawn = Annotated[Path, typer.Argument(help="DICOM SEG or RTSTRUCT, NRRD or NIfTI.")]
Study = Annotated[Path, typer.Argument(help="The CT study it was drawn on.")]
Folder = Annotated[Path, typer.Option("-o", "--out", help="Results folder.")]
Table = Annotated[
    str | None, typer.Option("--labels", help="What the labels are called: a name or a file.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    dicom = typer.Typer(help="DICOM objects: measure corrected masks again.", no_args_is_help=True)
    dicom.command(name="import")(import_)
    app.add_typer(dicom, name="dicom")


def import_(
    drawn: Drawn,
    study: Study,
    out: Folder = Path("myotome-results"),
    labels: Table = None,
    series: SeriesKey = None,
    sex: Sex = None,
    age: Age = None,
    height_cm: HeightCm = None,
    weight_kg: WeightKg = None,
    person: PersonFile = None,
    dicom: Dicom = False,
    pseudonym_key: PseudonymKey = None,
    fhir: Fhir = "",
    threads: Threads = 2,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Measure a study again with muscles that somebody corrected or drew elsewhere."""
    with answering(debug):
        from myotome.config import Configuration
        from myotome.reviewed import Drawn as DrawnLabels
        from myotome.reviewed import run_reviewed

        record = person_given(
            person, sex=sex, age_years=age, height_cm=height_cm, weight_kg=weight_kg
        )
        config = Configuration(
            series=series,
            threads=threads,
            overwrite=overwrite,
            extras=extras_wanted(dicom, pseudonym_key, fhir),
        )
        given = DrawnLabels(path=drawn, table=labels)
        outcome = run_reviewed(study, given, config=config, out=out, record=record, listen=narrate)
        reply(status="ok", **outcome.summary())
