"""Words in, exit code out. People read stderr; programs read the last line of stdout, JSON."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from myotome import __version__
from myotome.cli import (
    assess as cli_assess,
)
from myotome.cli import (
    corrected as cli_dicom,
)
from myotome.cli import (
    one_slice as cli_slice,
)
from myotome.cli import (
    train as cli_train,
)
from myotome.cli.answer import (
    Age,
    Debug,
    Dicom,
    Fhir,
    HeightCm,
    Network,
    Overwrite,
    PersonFile,
    PseudonymKey,
    Rtstruct,
    SeriesKey,
    Sex,
    Threads,
    VisceralWindow,
    WeightKg,
    answering,
    extras_wanted,
    narrate,
    person_given,
    reply,
)

if TYPE_CHECKING:
    from myotome.nouns.study.series import Judged

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
cli_slice.add_to(app)
cli_assess.add_to(app)
cli_dicom.add_to(app)
cli_train.add_to(app)

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
def run(
    path: Input,
    out: Annotated[Path, typer.Option("-o", "--out", help="Results folder.")] = Path(
        "myotome-results"
    ),
    series: SeriesKey = None,
    all_series: Annotated[bool, typer.Option(help="Measure every usable series.")] = False,
    unenhanced_only: Annotated[bool, typer.Option(help="Refuse contrast-enhanced CT.")] = False,
    sex: Sex = None,
    age: Age = None,
    height_cm: HeightCm = None,
    weight_kg: WeightKg = None,
    person: PersonFile = None,
    backend: Annotated[
        str, typer.Option(help="bundled, totalsegmentator or labels:PATH.")
    ] = "bundled",
    mapping: Annotated[
        str | None, typer.Option(help="Label mapping of the backend: a name or a file.")
    ] = None,
    network: Network = None,
    allow_gaps: Annotated[bool, typer.Option(help="Fill missing slices, and say so.")] = False,
    visceral_window: VisceralWindow = "visceral_fat",
    reach_slices: Annotated[
        int, typer.Option(help="Slices on either side of a level for its mean.")
    ] = 1,
    dicom: Dicom = False,
    rtstruct: Rtstruct = False,
    pseudonym_key: PseudonymKey = None,
    fhir: Fhir = "",
    threads: Threads = 2,
    overwrite: Overwrite = False,
    debug: Debug = False,
) -> None:
    """Measure one CT study: masks, numbers, pictures and a report in one folder."""
    with answering(debug):
        from myotome.runtime.config import Configuration
        from myotome.study import run_study

        record = person_given(
            person, sex=sex, age_years=age, height_cm=height_cm, weight_kg=weight_kg
        )
        config = Configuration(
            series=series,
            all_series=all_series,
            unenhanced_only=unenhanced_only,
            backend=backend,
            mapping=mapping,
            network=network,
            allow_gaps=allow_gaps,
            visceral_window=visceral_window,
            reach_slices=reach_slices,
            extras=extras_wanted(dicom, rtstruct, pseudonym_key, fhir),
            threads=threads,
            overwrite=overwrite,
        )
        outcome = run_study(path, config=config, out=out, record=record, listen=narrate)
        reply(status="ok", **outcome.summary())


@app.command()
def series(
    path: Input,
    as_json: AsJson = False,
    threads: Threads = 2,
    debug: Debug = False,
) -> None:
    """List every series with its verdict and the reasons, without measuring anything."""
    with answering(debug):
        from myotome.read.listing import list_series
        from myotome.write.data.listing import series_facts

        found, judged = list_series(path, threads=threads)
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
            shown = {k: v for k, v in facts.items() if k not in ("weights", "packages")}
            shown |= {
                f"net {n}": f"{w['version']}  {w['sha256']}" for n, w in facts["weights"].items()
            }
            for name, value in shown.items():
                typer.echo(f"{name:14} {value}", err=True)
        reply(status="ok", **facts)


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
