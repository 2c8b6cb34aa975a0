"""References and cut-offs of one's own people: `myotome stats reference | cutoff | ...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from myotome.cli.answer import Debug, answering, reply
from myotome.cli.stats.paper import Figures, Overwrite, short

TableFile = Annotated[Path, typer.Argument(help="CSV or Parquet with a row per study.")]
Quantity = Annotated[str, typer.Option(help="The column, as in `myotome cohort table --wide`.")]
Seed = Annotated[int, typer.Option(help="Draws are the same for the same seed.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (reference,):
        app.command()(command)


Out = Annotated[Path, typer.Option("-o", "--out", help="Results folder.")]


def reference(
    table: TableFile,
    quantity: Quantity,
    population: Annotated[str, typer.Option(help="Whose values these are, in words.")],
    name: Annotated[str, typer.Option(help="What the reference is called.")] = "own",
    contrast: Annotated[str, typer.Option(help="unenhanced, arterial, portal or mixed.")] = "",
    limits: Annotated[str, typer.Option(help="What readers must know of it.")] = "",
    by_bmi: Annotated[bool, typer.Option("--by-bmi", help="Curves by BMI as well.")] = False,
    criterion: Annotated[str, typer.Option(help="Chooses the shape: bic or aic.")] = "bic",
    bootstrap: Annotated[int, typer.Option(help="Draws for intervals; 0: delta method.")] = 0,
    seed: Seed = 1,
    out: Out = Path("myotome-reference"),
    figures: Figures = True,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Percentile curves by age and sex, and reference.json for `assess --reference`."""
    with answering(debug):
        from myotome.stats.reference.build import ReferenceRequest
        from myotome.stats.reference.command import build_reference

        request = ReferenceRequest(
            column=quantity, name=name, population=population, contrast=contrast, limits=limits,
            by_bmi=by_bmi, criterion=criterion, bootstrap=bootstrap, seed=seed,
        )  # fmt: skip
        said = build_reference(table, out, request, figures=figures, overwrite=overwrite)
        reply(status="ok", out=str(out), **short(said))
