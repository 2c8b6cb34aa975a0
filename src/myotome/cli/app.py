"""Words in, exit code out. People read stderr; programs read the last line of stdout, JSON."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from myotome import __version__
from myotome.cli import (
    assess,
    cohort,
    compare,
    corrected,
    one_slice,
    serve,
    simulate,
    stats,
    train,
)
from myotome.cli.answer import Debug, ResultsFolder, Threads, answering, narrate, reply
from myotome.cli.options import ASKED, measuring

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from myotome.assess.person.record import Record
    from myotome.nouns.study.series import Judged
    from myotome.runtime.config import Configuration

EXIT_CODES = (
    (0, "done"),
    (1, "unexpected error (a bug: please report it)"),
    (2, "the command line is wrong"),
    (3, "the input cannot be read"),
    (4, "no series may be measured (reasons in series.csv)"),
    (5, "the geometry would make sizes wrong"),
    (6, "the values are not Hounsfield units"),
    (7, "the scan does not show the abdomen"),
    (8, "a segmentation backend is missing or failed"),
    (9, "a weight file is missing or altered"),
    (10, "the results cannot be written"),
    (11, "two images are on different grids"),
    (12, "the input is larger than any scan, or than the memory"),
    (130, "interrupted; nothing half-written is left"),
)
_EPILOG = "Exit codes: " + "; ".join(f"{code} {words}" for code, words in EXIT_CODES) + "."

app = typer.Typer(
    name="myotome",
    help="Muscle masses, areas and pictures from routine CT. Research use only.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _part in (one_slice, assess, corrected, cohort, compare, stats, simulate, train, serve):
    _part.add_to(app)

AsJson = Annotated[bool, typer.Option("--json", help="Everything, as one JSON line.")]
Input = Annotated[Path, typer.Argument(help="DICOM folder, zip, tar, file, or NIfTI.")]


def main() -> None:
    """The entry point: runs a command and makes sure that the last line on stdout is JSON."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except SystemExit as stop:
        if stop.code == 2:
            reply(status="error", code=2, error="The command line is wrong; see myotome --help.")
        raise


@app.command()
@measuring(*ASKED)
def run(
    path: Input,
    out: ResultsFolder = Path("myotome-results"),
    *,
    config: Configuration,
    record: Record,
) -> None:
    """Measure one CT study: masks, numbers, pictures and a report in one folder."""
    from myotome.segment.backends import backend_row, refuse_filling
    from myotome.study import run_study

    if config.fill_between:
        refuse_filling(backend_row(config.backend))
    outcome = run_study(path, config=config, out=out, record=record, listen=narrate)
    reply(status="ok", **outcome.summary())


@app.command()
def series(
    path: Input,
    as_json: AsJson = False,
    join: Annotated[bool, typer.Option("--join", help="Join series that are one scan.")] = False,
    threads: Threads = 2,
    debug: Debug = False,
) -> None:
    """List every series with its verdict and the reasons, without measuring anything."""
    with answering(debug):
        from myotome.read.listing import list_series
        from myotome.write.data.listing import series_facts

        found, judged = list_series(path, threads=threads, join=join)
        if not as_json:
            _show_series(judged)
        reply(status="ok", **series_facts(found, judged, files=as_json))


@app.command()
def phantom(
    out: Annotated[Path | None, typer.Argument(help="A new or empty folder.")] = None,
    format_: Annotated[str, typer.Option("--format", help="dicom or nifti.")] = "dicom",
    spacing_mm: Annotated[
        tuple[float, float, float], typer.Option(help="Slice, row and column spacing.")
    ] = (2.5, 0.8, 0.8),
    seed: Annotated[int | None, typer.Option(help="A random body; else a typical one.")] = None,
    contrast: Annotated[str, typer.Option(help="unenhanced, arterial or venous.")] = "unenhanced",
    noise_hu: Annotated[float, typer.Option(min=0, help="SD of the noise.")] = 10.0,
    fault: Annotated[list[str] | None, typer.Option(help="May be given repeatedly.")] = None,
    axes: Annotated[str, typer.Option(help="Axis order of a NIfTI.")] = "RAS",
    list_faults: Annotated[bool, typer.Option(help="Say which faults there are.")] = False,
    debug: Debug = False,
) -> None:
    """Write a synthetic study with exactly known muscles, sound or with any fault."""
    with answering(debug):
        from myotome.phantom import FAULTS, cli_phantom

        if list_faults or out is None:
            for row in FAULTS:
                typer.echo(f"{row.key:24} {row.expected:20} {row.words}", err=True)
            reply(status="ok", faults={row.key: row.expected for row in FAULTS})
            return
        said = cli_phantom(
            out,
            format=format_,
            spacing_mm=spacing_mm,
            seed=seed,
            contrast=contrast,
            noise_hu=noise_hu,
            faults=tuple(fault or ()),
            axes=axes,
        )
        reply(status="ok", out=str(out), **said)


@app.command()
def info(as_json: AsJson = False, debug: Debug = False) -> None:
    """Say what this installation can do: engine, weights, backends."""
    with answering(debug):
        from myotome.runtime.provenance import installation

        facts = installation()
        if not as_json:
            for name, value in _told(facts):
                typer.echo(f"{name:24} {value}", err=True)
        reply(status="ok", **facts)


def _told(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What people want to know of an installation, line by line."""
    tables = ("weights", "packages", "backends", "outputs")
    yield from ((name, str(value)) for name, value in facts.items() if name not in tables)
    for name, net in facts["weights"].items():
        yield f"net {name}", f"{net['version']}  {net['sha256']}"
    for kind in ("backends", "outputs"):
        for key, row in facts[kind].items():
            lacks = f"; not installed: {', '.join(row['missing'])}" if row.get("missing") else ""
            yield f"{kind[:-1]} {row.get('syntax', key)}", f"{row['words']}{lacks}"


def _version(value: bool) -> None:
    if value:
        typer.echo(f"myotome {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    del version


def _show_series(judged: tuple[Judged, ...]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("key", "verdict", "rank", "images", "description", "why")
    for j in judged:
        rank = "" if j.rank is None else str(j.rank)
        why = " ".join(reason.text for reason in j.reasons)
        images = str(len(j.series.instances))
        table.add_row(j.series.key, str(j.verdict), rank, images, j.series.description, why)
    Console(stderr=True, highlight=False).print(table)


if __name__ == "__main__":
    main()
