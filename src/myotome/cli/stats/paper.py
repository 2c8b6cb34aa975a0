"""The statistics of a paper: `myotome stats describe | agreement | raters | paper`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from myotome.cli.answer import Debug, answering, reply

Out = Annotated[Path, typer.Option("-o", "--out", help="Results folder.")]
Figures = Annotated[bool, typer.Option(help="Draw figures.")]
Overwrite = Annotated[bool, typer.Option(help="Replace earlier statistics.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (describe, agreement, raters, paper):
        app.command()(command)


def describe(
    table: Annotated[Path, typer.Argument(help="CSV or Parquet with a row per study.")],
    out: Out = Path("myotome-statistics"),
    mass: Annotated[str, typer.Option(help="gross or lean.")] = "gross",
    figures: Figures = True,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Masses by sex and muscle, by age, and their correlations with age, height and BMI."""
    with answering(debug):
        from myotome.stats.commands import describe_table

        said = describe_table(table, out, mass=mass, figures=figures, overwrite=overwrite)
        reply(status="ok", out=str(out), **short(said))


def agreement(
    evaluation: Annotated[Path, typer.Argument(help="Results folder of `myotome evaluate`.")],
    out: Out = Path("myotome-agreement"),
    curve: Annotated[
        list[Path] | None, typer.Option(help="curve.csv of a training. Repeatable.")
    ] = None,
    figures: Figures = True,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Dice, ICC, regression and limits of agreement of automatic outlines with a reader's."""
    with answering(debug):
        from myotome.stats.commands import agreement_of

        said = agreement_of(
            evaluation, out, curves=tuple(curve or ()), figures=figures, overwrite=overwrite
        )
        reply(status="ok", out=str(out), **short(said))


def raters(
    folders: Annotated[list[Path], typer.Argument(help="A folder of label maps per reader.")],
    out: Out = Path("myotome-raters"),
    figures: Figures = True,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Agreement among two or more readers: Dice, ICC in six forms, STAPLE consensus."""
    with answering(debug):
        from myotome.stats.commands import raters_of

        said = raters_of(folders, out, figures=figures, overwrite=overwrite)
        reply(status="ok", out=str(out), **short(said))


def paper(
    table: Annotated[Path, typer.Argument(help="CSV or Parquet with a row per study.")],
    out: Out = Path("myotome-paper"),
    evaluation: Annotated[
        Path | None, typer.Option(help="Results folder of `myotome evaluate`.")
    ] = None,
    rater: Annotated[
        list[Path] | None, typer.Option(help="A reader's folder of label maps. Repeatable.")
    ] = None,
    curve: Annotated[
        list[Path] | None, typer.Option(help="curve.csv of a training. Repeatable.")
    ] = None,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Every table and figure of Vu et al. 2024 from your data, beside the printed numbers."""
    with answering(debug):
        from myotome.stats.paper.reenact import Sources, is_drawn, reenact

        sources = Sources(
            table=table,
            evaluation=evaluation,
            raters=tuple(rater or ()),
            curves=tuple(curve or ()),
            drawn=is_drawn(table),
        )
        said = reenact(sources, out, overwrite=overwrite)
        reply(status="ok", out=str(out), page=str(out / "comparison.html"), **short(said))


def short(said: dict[str, Any]) -> dict[str, Any]:
    """What the last line says: the names of what was written, not the captions."""
    kept = ("studies", "people", "excluded", "notes", "subjects", "raters")
    named = {key: [row["name"] for row in said[key]] for key in ("tables", "figures")}
    return {key: said[key] for key in kept if key in said} | named
