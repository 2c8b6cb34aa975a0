"""`myotome cohort ...`: many studies, measured and kept as one set of tables."""

from __future__ import annotations

import typer

from myotome.cli.cohort import reviewing, running, tables

app = typer.Typer(
    name="cohort", help="Many studies: measure, follow, review, tables.", no_args_is_help=True
)
for _part in (running, reviewing, tables):
    _part.add_to(app)


def add_to(parent: typer.Typer) -> None:
    """Make these commands part of ``parent``."""
    parent.add_typer(app)
