"""The command `myotome simulate cohort`: people that nobody measured, with known truth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from myotome.cli.answer import Debug, answering, reply


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    simulated = typer.Typer(help="Synthetic data with known truth.", no_args_is_help=True)
    simulated.callback()(_common)
    simulated.command()(cohort)
    app.add_typer(simulated, name="simulate")


def _common() -> None:
    """Synthetic data with known truth."""


def cohort(
    out: Annotated[Path, typer.Option("-o", "--out", help="FILE.csv or FILE.parquet.")],
    people: Annotated[int, typer.Option("-n", "--people", min=1, help="How many.")] = 20_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same.")] = 1,
    shape: Annotated[
        str, typer.Option(help="groups (tables 3 and 4) or linear (straight lines with age).")
    ] = "groups",
    slope_f: Annotated[float, typer.Option(help="linear: women, g per year in total.")] = -9.6,
    slope_m: Annotated[float, typer.Option(help="linear: men, g per year in total.")] = -17.3,
    hazard_ratio: Annotated[
        float, typer.Option(help="Of death, per SD less total mass for sex and age.")
    ] = 1.3,
    training_share: Annotated[float, typer.Option(min=0, max=0.99, help="Subjects.")] = 0.0,
    rejected_share: Annotated[float, typer.Option(min=0, max=0.99, help="Studies.")] = 0.0,
    repeated_share: Annotated[float, typer.Option(min=0, max=0.99, help="Subjects.")] = 0.0,
    debug: Debug = False,
) -> None:
    """Draw a cohort from the published tables of Vu et al. 2024; its truth is written beside."""
    with answering(debug):
        from myotome.stats.simulate.cohort import simulate_cohort, write_cohort
        from myotome.stats.simulate.request import CohortRequest

        request = CohortRequest(
            people=people,
            seed=seed,
            shape=shape,
            slope_f=slope_f,
            slope_m=slope_m,
            hazard_ratio=hazard_ratio,
            training_share=training_share,
            rejected_share=rejected_share,
            repeated_share=repeated_share,
        )
        drawn = simulate_cohort(request)
        beside = write_cohort(drawn, out)
        rows = len(drawn.columns["study"])
        reply(status="ok", out=str(out), truth=str(beside), people=people, studies=rows)
