"""The commands of those who look at a cohort's studies: review, agreement, changes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from myotome.cli.answer import Debug, answering, reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myotome.cohort.review.agree import Agreement
    from myotome.cohort.review.serve import ReviewServer

CohortFolder = Annotated[Path, typer.Argument(help="The folder that `cohort run -o` made.")]
Pages = Annotated[
    Path | None, typer.Option("-o", "--out", help="New folder for the pages, to look at as files.")
]
Overwrite = Annotated[bool, typer.Option(help="Replace earlier pages.")]
Reviewer = Annotated[str | None, typer.Option(help="Your name or initials; needed to --serve.")]
Serve = Annotated[
    bool, typer.Option("--serve", help="Serve it on this machine alone, with accept and reject.")
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port of --serve; 0: any free one.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(review)
    app.command()(agreement)
    app.command()(changes)


def review(
    folder: CohortFolder,
    out: Pages = None,
    *,
    serve: Serve = False,
    reviewer: Reviewer = None,
    port: Port = 0,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Look at every study: a contact sheet, what stands out first, and a page of all numbers."""
    if serve == (out is not None):
        raise typer.BadParameter("pass either -o FOLDER or --serve")
    with answering(debug):
        if out is not None:
            from myotome.cohort.review.sheet import write_review

            told = write_review(folder, out, overwrite=overwrite)
            typer.echo(f"Open {out / 'index.html'} in a browser.", err=True)
            reply(status="ok", **told)
            return
        from myotome.cohort.review.serve import server_of

        _until_interrupted(server_of(folder, reviewer or "", port=port))


def _until_interrupted(server: ReviewServer) -> None:
    """Serve until Ctrl-C, then say what was said."""
    typer.echo(f"Open {server.address}\nCtrl-C ends. Every word is kept at once.", err=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
    found = server.session.fresh()
    reply(status="ok", studies=found.counts, excluded=found.excluded)


def agreement(
    folder: CohortFolder,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Table by verdict, as CSV.")
    ] = None,
    *,
    overwrite: Annotated[bool, typer.Option(help="Replace an earlier table.")] = False,
    debug: Debug = False,
) -> None:
    """How well each two reviewers agree: Cohen's kappa with its 95 % interval."""
    with answering(debug):
        from dataclasses import asdict

        from myotome.cohort.review.agree import agreements, write_agreement
        from myotome.cohort.review.state import reviewed

        found = reviewed(folder)
        pairs = agreements(found.decisions)
        if out is not None:
            write_agreement(pairs, out, overwrite=overwrite)
        _show(pairs)
        reply(
            status="ok",
            studies=found.counts,
            excluded=found.excluded,
            agreement=[asdict(pair) for pair in pairs],
        )


def _show(pairs: Sequence[Agreement]) -> None:
    for pair in pairs:
        kappa = "none" if pair.kappa.value is None else f"{pair.kappa.value:.2f}"
        interval = (
            ""
            if pair.kappa.low is None or pair.kappa.high is None
            else f" (95 % CI {pair.kappa.low:.2f} to {pair.kappa.high:.2f})"
        )
        typer.echo(
            f"{pair.first} and {pair.second}: {pair.n} studies, same verdict in "
            f"{100 * pair.observed:.0f} %, kappa {kappa}{interval}",
            err=True,
        )
    if not pairs:
        typer.echo("No two reviewers judged the same study.", err=True)


def changes(
    folder: CohortFolder,
    out: Annotated[Path, typer.Option("-o", "--out", help="The table, NAME.csv.")],
    *,
    overwrite: Annotated[bool, typer.Option(help="Replace an earlier table.")] = False,
    debug: Debug = False,
) -> None:
    """What changed in everybody who was scanned more than once, with its least significant change.

    Studies that a reviewer left out, and those whose day nobody knows, are counted and left out.
    """
    with answering(debug):
        from myotome.cohort.follow.timeline import timeline, write_timeline

        found = timeline(folder)
        write_timeline(found, out, overwrite=overwrite)
        for why, count in found.left_out.items():
            typer.echo(f"Left out: {count}, {why}.", err=True)
        reply(
            status="ok",
            out=str(out),
            subjects=found.subjects,
            rows=len(found.rows),
            left_out=found.left_out,
        )
