"""The command that sets two results folders of one person beside each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from myotome.cli.answer import Debug, answering, reply

Earlier = Annotated[Path, typer.Argument(help="Results folder of the earlier study.")]
Later = Annotated[Path, typer.Argument(help="Results folder of the later study.")]
Out = Annotated[
    Path | None, typer.Option("-o", "--out", help="New folder for page, tables and picture.")
]
Other = Annotated[
    bool, typer.Option("--other-subject", help="Two persons are meant to be compared.")
]


def add_to(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command()(compare)


def compare(
    earlier: Earlier,
    later: Later,
    out: Out = None,
    *,
    other_subject: Other = False,
    overwrite: Annotated[bool, typer.Option(help="Replace earlier pages.")] = False,
    debug: Debug = False,
) -> None:
    """What changed between two studies of one person, and whether that can be told at all."""
    with answering(debug):
        from myotome.cohort.follow.compare import compare as compared
        from myotome.cohort.follow.compare import document, write_comparison

        if out is None:
            found = compared(earlier, later, other_subject=other_subject)
            reply(status="ok", **document(found))
            return
        told = write_comparison(
            earlier, later, out, other_subject=other_subject, overwrite=overwrite
        )
        typer.echo(f"Open {out / 'compare.html'} in a browser.", err=True)
        reply(status="ok", **told)
