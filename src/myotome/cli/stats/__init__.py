"""The commands `myotome stats ...`: tables and figures of many people."""

from __future__ import annotations

import typer

from myotome.cli.stats import paper, reference

app = typer.Typer(name="stats", help="Tables and figures of many people.", no_args_is_help=True)
paper.add_to(app)
reference.add_to(app)


def add_to(parent: typer.Typer) -> None:
    """Make these commands part of ``parent``."""
    parent.add_typer(app)
