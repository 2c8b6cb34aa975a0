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
    for command in (reference, cutoff, survival, prevalence):
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


Event = Annotated[str, typer.Option(help="Column of the outcome: true or false.")]
Time = Annotated[str, typer.Option(help="Column of the time until it, or the last seen.")]


def cutoff(
    table: TableFile,
    quantity: Quantity,
    young_from: Annotated[float, typer.Option(help="Youngest of the young, years.")] = 20.0,
    young_to: Annotated[float, typer.Option(help="The young are below this age.")] = 40.0,
    event: Annotated[str | None, typer.Option(help="Column of an outcome, true or false.")] = None,
    time: Annotated[str | None, typer.Option(help="Column of the time until it.")] = None,
    adjust: Annotated[bool, typer.Option("--adjust", help="The outcome for age.")] = False,
    draws: Annotated[int, typer.Option(help="Bootstrap draws and permutations.")] = 1000,
    seed: Seed = 1,
    out: Out = Path("myotome-cutoffs"),
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Cut-offs by sex: of the young (T-score), and where an outcome divides best."""
    with answering(debug):
        from myotome.errors import InputError
        from myotome.stats.outcomes.command import CutoffRequest, cutoffs_of
        from myotome.stats.outcomes.events import OutcomeColumns
        from myotome.stats.outcomes.young import Draws

        if event is None and (time is not None or adjust):
            raise InputError("--time and --adjust belong to an outcome.", mend="Pass --event.")
        outcome = None if event is None else OutcomeColumns(event=event, time=time)
        request = CutoffRequest(
            column=quantity, young=(young_from, young_to), outcome=outcome, adjust=adjust,
            draws=Draws(times=draws, seed=seed),
        )  # fmt: skip
        said = cutoffs_of(table, out, request, overwrite=overwrite)
        reply(status="ok", out=str(out), **short(said))


def survival(
    table: TableFile,
    quantity: Quantity,
    event: Event,
    time: Time,
    cut_f: Annotated[float | None, typer.Option(help="Women below this are low.")] = None,
    cut_m: Annotated[float | None, typer.Option(help="Men below this are low.")] = None,
    out: Out = Path("myotome-survival"),
    figures: Figures = True,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Kaplan-Meier curves, log-rank test and Cox models; without cuts by thirds of each sex."""
    with answering(debug):
        from myotome.errors import InputError
        from myotome.stats.outcomes.command import survival_of
        from myotome.stats.outcomes.events import OutcomeColumns
        from myotome.stats.outcomes.sheets import Cuts

        if (cut_f is None) != (cut_m is None):
            raise InputError("A cut-off is needed for both sexes.", mend="Pass --cut-f and --cut-m")
        cuts = None if cut_f is None or cut_m is None else Cuts(female=cut_f, male=cut_m)
        said = survival_of(
            table, out, quantity, OutcomeColumns(event=event, time=time), cuts=cuts,
            figures=figures, overwrite=overwrite,
        )  # fmt: skip
        reply(status="ok", out=str(out), **short(said))


def prevalence(
    table: TableFile,
    topic: Annotated[
        list[str] | None, typer.Option(help="Topics of `myotome cutoffs list`. Repeatable.")
    ] = None,
    out: Out = Path("myotome-prevalence"),
    figures: Figures = True,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """How many are low by each published cut-off, and how far cut-offs agree."""
    with answering(debug):
        from myotome.stats.prevalence.command import MUSCLE, prevalence_of

        topics = tuple(topic) if topic else MUSCLE
        said = prevalence_of(table, out, topics=topics, figures=figures, overwrite=overwrite)
        reply(status="ok", out=str(out), **short(said))
