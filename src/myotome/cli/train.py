"""The commands around one's own networks: train, cross-validate, export, evaluate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from myotome.cli.answer import Debug, Threads, answering, reply
from myotome.errors import InputError, MyotomeError
from myotome.tables.architectures import ARCHITECTURES

if TYPE_CHECKING:
    from myotome.nouns.numbers.flag import Flag

_NAMES = ", ".join(row.key for row in ARCHITECTURES)
_NEEDED = {"torch", "monai", "onnx", "onnxscript", "nibabel"}

Cases = Annotated[Path, typer.Argument(help="Folder of case folders, or a manifest.")]
Out = Annotated[Path, typer.Option("-o", "--out", help="Results folder.")]
Preset = Annotated[str, typer.Option(help="modern, paper (Vu et al. 2024) or tiny.")]
Shape = Annotated[str | None, typer.Option(help=f"Instead of the preset's: {_NAMES}.")]
Iterations = Annotated[int | None, typer.Option(min=1, help="Instead of the preset's.")]
Batch = Annotated[int | None, typer.Option(min=1, help="Instead of the preset's.")]
Rate = Annotated[float | None, typer.Option(min=0, help="Highest, instead of the preset's.")]
Augment = Annotated[
    str | None, typer.Option(help="Instead of the preset's: modern, paper or none.")
]
Pool = Annotated[Path | None, typer.Option(help="Folder of rendered cases to learn from too.")]
Start = Annotated[
    Path | None, typer.Option(help='Network to begin with: "bundled", or an ONNX file.')
]
Task = Annotated[str, typer.Option(help="muscles, or levels (vertebrae, lung base).")]
Seed = Annotated[int, typer.Option(help="The same seed draws and gives the same.")]
Loaders = Annotated[int, typer.Option(min=0, help="Processes that draw samples ahead.")]
LeaveOut = Annotated[list[str] | None, typer.Option(help="A subject. Repeatable.")]
Validate = Annotated[
    list[str] | None, typer.Option(help="A subject to measure on as it goes. Repeatable.")
]
Folds = Annotated[int, typer.Option(min=2, help="Parts that subjects are dealt into.")]
Repeats = Annotated[int, typer.Option(min=1, help="Times that they are dealt.")]
LeaveOneOut = Annotated[bool, typer.Option(help="Every subject is a fold.")]
Figures = Annotated[bool, typer.Option(help="Draw figures.")]
Slices = Annotated[
    Path | None, typer.Option(help="slices.json (or a folder): where labels are complete.")
]
BothEmpty = Annotated[str, typer.Option(help="Dice where both maps are empty: skip or one.")]
Curves = Annotated[list[Path] | None, typer.Option(help="curve.csv of a training. Repeatable.")]
Card = Annotated[Path | None, typer.Option(help="JSON with the words of the model card.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (train, crossval, render, export, evaluate, calibrate):
        app.command()(command)


def train(
    cases: Cases,
    out: Out = Path("myotome-network"),
    task: Task = "muscles",
    preset: Preset = "modern",
    architecture: Shape = None,
    iterations: Iterations = None,
    batch: Batch = None,
    learning_rate: Rate = None,
    augmentation: Augment = None,
    leave_out: LeaveOut = None,
    validate: Validate = None,
    synthetic: Pool = None,
    start: Start = None,
    card: Card = None,
    seed: Seed = 1,
    threads: Threads = 2,
    loaders: Loaders = 0,
    debug: Debug = False,
) -> None:
    """Train a network on your own labels; started again, it goes on where it was."""
    with answering(debug):
        changes = _changes(architecture, iterations, batch, learning_rate, augmentation)
        said = _train(
            cases=cases,
            out=out,
            task=task,
            preset=preset,
            changes={**changes, "seed": seed, "threads": threads, "loaders": loaders},
            leave_out=tuple(leave_out or ()),
            validate=tuple(validate or ()),
            synthetic=synthetic,
            start=start,
            card=card,
        )
        reply(status="ok", **said)


def crossval(
    cases: Cases,
    out: Out = Path("myotome-crossval"),
    folds: Folds = 5,
    repeats: Repeats = 5,
    leave_one_out: LeaveOneOut = False,
    preset: Preset = "modern",
    architecture: Shape = None,
    iterations: Iterations = None,
    batch: Batch = None,
    learning_rate: Rate = None,
    augmentation: Augment = None,
    synthetic: Pool = None,
    figures: Figures = True,
    seed: Seed = 1,
    threads: Threads = 2,
    loaders: Loaders = 0,
    debug: Debug = False,
) -> None:
    """Predict every case by a network that has not seen its subject, and score it."""
    with answering(debug):
        changes = _changes(architecture, iterations, batch, learning_rate, augmentation)
        said = _crossval(
            figures=figures,
            cases=cases,
            out=out,
            preset=preset,
            changes={**changes, "seed": seed, "threads": threads, "loaders": loaders},
            folds=folds,
            repeats=repeats,
            leave_one_out=leave_one_out,
            synthetic=synthetic,
        )
        reply(status="ok", out=str(out), **said)


def render(
    data: Annotated[
        Path, typer.Argument(help="Folder of cases (or with cases/ and labels/), or a manifest.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the rendered cases.")],
    task: Task = "muscles",
    variants: Annotated[
        int | None, typer.Option(min=1, help="Of each case; else 3 of muscles, 120 of levels.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help="A case. Repeatable.")] = None,
    seed: Seed = 0,
    debug: Debug = False,
) -> None:
    """Render synthetic CTs from labelled ones to train on; started again, it goes on."""
    with answering(debug):
        _require_extra()
        from myotome.train.render import RenderRequest
        from myotome.train.render import render as write

        request = RenderRequest(
            data=data, out=out, task=task, variants=variants, seed=seed, only=tuple(only or ())
        )
        said = write(request, say=lambda words: typer.echo(words, err=True))
        reply(status="ok", **said)


def calibrate(
    listing: Annotated[Path, typer.Argument(help="JSON of networks and their unseen cases.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for calibration and tables.")],
    card: Annotated[Path | None, typer.Option(help="Card of a network to write it onto.")] = None,
    method: Annotated[
        str, typer.Option(help="auto, logistic, isotonic or logistic with group shifts.")
    ] = "auto",
    as_they_are: Annotated[bool, typer.Option(help="Without spoilt scans.")] = False,
    intervals_only: Annotated[
        bool, typer.Option(help="Only how far masses and areas may lie from a reader's.")
    ] = False,
    scaled: Annotated[
        bool | None,
        typer.Option(help="Intervals wider where the network is less sure; else as is better."),
    ] = None,
    made_from: Annotated[str, typer.Option(help="Words for the report and the card.")] = "",
    threads: Threads = 2,
    debug: Debug = False,
) -> None:
    """Fit from scans that networks have not seen what Dice and what errors may be expected."""
    with answering(debug):
        from myotome.evaluate.calibration.fit import CalibrationRequest, calibrate_listing

        request = CalibrationRequest(
            listing=listing,
            out=out,
            card=card,
            method=method,
            as_they_are=as_they_are,
            intervals_only=intervals_only,
            scaled=scaled,
            made_from=made_from,
            threads=threads,
        )
        reply(status="ok", **calibrate_listing(request))


def export(
    checkpoint: Annotated[Path, typer.Argument(help="checkpoint.pt of a training.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The .onnx file to write.")],
    precision: Annotated[str, typer.Option(help="fp32, fp16 (weights) or int8.")] = "fp16",
    calibrate: Annotated[
        Path | None, typer.Option(help="Cases to calibrate and check on; else phantoms.")
    ] = None,
    architecture: Annotated[
        str | None, typer.Option(help="Refuse a checkpoint of another one.")
    ] = None,
    card: Card = None,
    threads: Threads = 2,
    debug: Debug = False,
) -> None:
    """Turn a checkpoint into the deployed file, and check its masks against the network's."""
    with answering(debug):
        _require_extra()
        from myotome.train.export.deploy import ExportRequest
        from myotome.train.export.deploy import export as write

        said = write(
            ExportRequest(
                checkpoint=checkpoint,
                out=out,
                precision=precision,
                cases=calibrate,
                card=card,
                wanted_architecture=architecture,
                threads=threads,
            )
        )
        _show_parity(said["rows"])
        reply(status="ok", **said)


def evaluate(
    predicted: Annotated[Path, typer.Argument(help="Label map, folder of them, or manifest.")],
    reference: Annotated[
        Path | None, typer.Argument(help="Label map or folder; none for a manifest.")
    ] = None,
    out: Out = Path("myotome-evaluation"),
    slices: Slices = None,
    ct: Annotated[Path | None, typer.Option(help="CT (or a folder), to draw on.")] = None,
    labels: Annotated[str, typer.Option(help="muscles, compartments or tissues.")] = "muscles",
    both_empty: BothEmpty = "skip",
    tolerance_mm: Annotated[float, typer.Option(min=0, help="Of the surface Dice.")] = 2.0,
    curve: Curves = None,
    figures: Figures = True,
    overwrite: Annotated[bool, typer.Option(help="Replace an earlier evaluation.")] = False,
    debug: Debug = False,
) -> None:
    """Score label maps against reference labels: Dice, surfaces, areas, masses, figures."""
    with answering(debug):
        from myotome.evaluate.run import evaluate_cli
        from myotome.evaluate.scores.options import Options

        options = Options.of_words(
            rule=both_empty,
            tolerance_mm=tolerance_mm,
            labels=labels,
            curves=tuple(curve or ()),
            figures=figures,
        )
        said = evaluate_cli(
            predicted, reference, out, slices=slices, ct=ct, options=options, overwrite=overwrite
        )
        reply(status="ok", out=str(out), **said)


def _changes(
    architecture: str | None,
    iterations: int | None,
    batch: int | None,
    learning_rate: float | None,
    augmentation: str | None,
) -> dict[str, Any]:
    return {
        "architecture": architecture,
        "iterations": iterations,
        "batch": batch,
        "learning_rate": learning_rate,
        "augmentation": augmentation,
    }


def _require_extra() -> None:
    """Refuse to train where the extra is not installed."""
    import importlib.util

    missing = sorted(name for name in _NEEDED if importlib.util.find_spec(name) is None)
    if missing:
        raise InputError(
            f"training needs {', '.join(missing)}.", mend="pip install 'myotome[train]'"
        )


def _tell(case: str, flags: tuple[Flag, ...]) -> None:
    typer.echo(f"read {case}", err=True)
    for flag in flags:
        typer.echo(f"  {flag.message}", err=True)


def _show_parity(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        dice = "" if row["dice"] is None else f"  Dice {row['dice']:.4f}"
        typer.echo(
            f"{row['engine']:12} {row['precision']:5} {row['equal_labels']:.3%} equal labels, "
            f"{1000 * row['seconds_per_slice']:.0f} ms per slice{dice}",
            err=True,
        )


def _train(**words: Any) -> dict[str, Any]:
    """One training, to be stopped by a signal between two iterations."""
    _require_extra()
    from myotome.train.fit.loop import Watch
    from myotome.train.fit.progress import stopping
    from myotome.train.session import TrainRequest, train_network

    with stopping() as stop:
        return train_network(TrainRequest(**words), watch=Watch(stop=stop), listen=_tell)


def _crossval(*, figures: bool, **words: Any) -> dict[str, Any]:
    """All folds, then an evaluation of each repeat."""
    _require_extra()
    from myotome.train.crossval import CrossvalRequest
    from myotome.train.crossval import crossval as run
    from myotome.train.fit.loop import Watch
    from myotome.train.fit.progress import stopping

    request = CrossvalRequest(**words)
    with stopping() as stop:
        summary = run(
            request,
            watch=Watch(stop=stop),
            listen=_tell,
            say=lambda words: typer.echo(words, err=True),
        )
    answer: dict[str, Any] = {"dice": summary["dice"], "evaluations": {}}
    for repeat in sorted({row["repeat"] for row in summary["folds"]}):
        answer["evaluations"][str(repeat)] = _evaluated(request.out, repeat, figures)
    return answer


def _evaluated(folder: Path, repeat: int, figures: bool) -> dict[str, Any]:
    """The evaluation of one repeat, or why there is none: the folds themselves are done."""
    import importlib.util

    from myotome.evaluate.run import evaluate_cli
    from myotome.evaluate.scores.options import Options

    options = Options(figures=figures and importlib.util.find_spec("matplotlib") is not None)
    out = folder / f"evaluation_repeat{repeat}"
    manifest = folder / f"repeat{repeat}.csv"
    try:
        return evaluate_cli(manifest, None, out, options=options, overwrite=True)
    except MyotomeError as error:
        return {"error": str(error)}
