"""`myotome cohort run|status|failures|retry`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from myotome.cli.answer import Debug, answering, reply
from myotome.cli.options import OUTPUTS, measuring
from myotome.errors import InputError

if TYPE_CHECKING:
    from myotome.cohort.run.engine import Progress
    from myotome.cohort.run.settings import Settings
    from myotome.cohort.run.start import Wish
    from myotome.runtime.config import Configuration

Folder = Annotated[Path, typer.Argument(help="The folder of the cohort.")]
Out = Annotated[Path, typer.Option("-o", "--out", help="The folder of the cohort.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Studies at once; by default all cores.")]
ThreadsEach = Annotated[
    int | None, typer.Option("--threads", min=1, help="CPU threads of each study.")
]
Timeout = Annotated[
    float, typer.Option(min=0, help="Seconds after which a study is ended; 0: never.")
]
Memory = Annotated[
    float | None, typer.Option(min=100, help="MB of memory at which a study is ended.")
]
Where = Annotated[
    str | None, typer.Option("--cluster", help="slurm, lsf, pbs, sge or a Dask address.")
]
ClusterFile = Annotated[
    Path | None, typer.Option(help="TOML file with the cluster's own words: queue, walltime ...")
]
Reason = Annotated[
    list[str] | None, typer.Option(help="A reason of `cohort failures`; repeatable. Default: any.")
]
Source = Annotated[
    str, typer.Argument(help="Manifest (.csv, .parquet), folder, or pattern in quotes.")
]
Keep = Annotated[list[str] | None, typer.Option(help="Further column of the manifest; repeatable.")]
Results = Annotated[bool, typer.Option(help="Keep a results folder for each study.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Plan and count only.")]
Mix = Annotated[bool, typer.Option("--mix", help="Keep numbers of another version.")]
Again = Annotated[bool, typer.Option("--again", help="Measure anew what differs.")]
_CHOICES = (
    "unenhanced_only",
    "backend",
    "mapping",
    "network",
    "allow_gaps",
    "join",
    "visceral_window",
    "reach_slices",
)


def add_to(app: typer.Typer) -> None:
    """Make these commands part of ``app``."""
    app.command("run")(run)
    app.command("status")(status)
    app.command("failures")(failures)
    app.command("retry")(retry)


@measuring(*_CHOICES, *OUTPUTS, of_a_person=False)
def run(
    source: Source,
    out: Out,
    workers: Workers = None,
    threads: ThreadsEach = None,
    study_timeout: Timeout = 1800.0,
    study_memory: Memory = None,
    cluster: Where = None,
    cluster_options: ClusterFile = None,
    keep: Keep = None,
    results: Results = True,
    dry_run: DryRun = False,
    mix: Mix = False,
    again: Again = False,
    *,
    config: Configuration,
) -> None:
    """Measure many studies. Run it again to go on where it was stopped."""
    from myotome.cohort.run import cluster as clusters
    from myotome.cohort.run.start import Wish

    count = _count(workers, away=bool(cluster))
    settings = replace(
        _settings(config, out),
        threads=_each(threads, count, away=bool(cluster)),
        keep_results=results,
        timeout_s=study_timeout or None,
        memory_mb=study_memory,
    )
    wish = Wish(
        source=source,
        settings=settings,
        workers=count,
        keep=tuple(keep or ()),
        where=cluster or "",
        options=clusters.read_options(cluster_options),
        mix=mix,
        again=again,
    )
    (_plan_only if dry_run else _measure)(wish)


def _settings(config: Configuration, out: Path) -> Settings:
    """What the options of the command line say of every study."""
    from myotome.cohort.run.settings import Settings, options_of

    usual = type(config.extras)()
    given = {one.name: getattr(config.extras, one.name) for one in fields(config.extras)}
    extras = {key: value for key, value in given.items() if value != getattr(usual, key)}
    return Settings(root=str(out.resolve()), options=options_of(config), extras=extras)


def _count(workers: int | None, *, away: bool) -> int:
    """Studies at once: as asked for, else one per core here, and one job elsewhere."""
    from myotome.cohort.run.start import cores

    return workers or (1 if away else cores())


def _each(threads: int | None, workers: int, *, away: bool) -> int:
    """Threads of each study: as asked for, else the cores are shared."""
    from myotome.cohort.run.start import cores

    return threads or (1 if away else max(1, cores() // workers))


def retry(
    cohort: Folder,
    reason: Reason = None,
    workers: Workers = None,
    threads: ThreadsEach = None,
    study_timeout: Timeout = 1800.0,
    study_memory: Memory = None,
    debug: Debug = False,
) -> None:
    """Measure studies again that failed, with the configuration of the cohort."""
    with answering(debug):
        from myotome.cohort.run.begin import settings_of
        from myotome.cohort.run.settings import Settings
        from myotome.cohort.run.start import Wish
        from myotome.cohort.store.layout import Layout

        layout, count = Layout(root=cohort.resolve()), _count(workers, away=False)
        settings = Settings(
            **settings_of(layout),
            root=str(layout.root),
            threads=_each(threads, count, away=False),
            timeout_s=study_timeout or None,
            memory_mb=study_memory,
        )
        again = _known(reason or ())
        _measure(Wish(source=None, settings=settings, workers=count, retry=again))


def _known(reasons: Sequence[str]) -> tuple[str, ...]:
    """The reasons, each of which a row of the table of failures has."""
    from myotome.tables.cohort.failures import FAILURES

    unknown = [one for one in reasons if one not in FAILURES]
    if unknown:
        raise InputError(
            f'"{unknown[0][:40]}" is no reason of a failure.',
            mend=f"Use one of {', '.join(FAILURES)}.",
        )
    return tuple(reasons)


def status(cohort: Folder, debug: Debug = False) -> None:
    """Say how far a cohort is. Safe at any time, also while it runs."""
    with answering(debug):
        from myotome.cohort.store.layout import Layout
        from myotome.cohort.store.opened import require_cohort
        from myotome.cohort.store.standing import counts

        layout = Layout(root=cohort)
        require_cohort(layout)
        found = counts(layout)
        typer.echo(
            f"{found.planned} studies: {found.done} done, {found.failed} failed, {found.left} left",
            err=True,
        )
        reply(
            status="ok",
            planned=found.planned,
            done=found.done,
            failed=found.failed,
            left=found.left,
        )


def failures(cohort: Folder, debug: Debug = False) -> None:
    """Say why studies have no numbers, reason by reason, and what to do."""
    with answering(debug):
        from myotome.cohort.store.opened import open_cohort
        from myotome.tables.cohort.failures import FAILURES

        with open_cohort(cohort) as found:
            rows = found.sql(
                "SELECT reason, count(*), list(study ORDER BY study) FROM studies "
                "WHERE state = 'failed' GROUP BY reason ORDER BY count(*) DESC, reason"
            ).fetchall()
        for reason, count, studies in rows:
            row = FAILURES[reason]
            named = ", ".join(studies[:3]) + (" ..." if count > 3 else "")
            typer.echo(f"{count:7}  {reason:18} {row.words} ({named})", err=True)
            typer.echo(f"{'':27} {row.mend}", err=True)
        reply(
            status="ok",
            failures={reason: {"count": count, "studies": names} for reason, count, names in rows},
        )


def _plan_only(wish: Wish) -> None:
    from myotome.cohort.run.start import dry_run

    left, tasks = dry_run(wish)
    people = {task.subject for task in tasks if task.subject}
    refused = sum(1 for task in left.tasks if task.refused)
    reply(
        status="ok",
        studies=len(tasks),
        subjects=len(people),
        done=left.done,
        failed=left.failed,
        left=len(left.tasks),
        refused=refused,
    )


def _measure(wish: Wish) -> None:
    from myotome.cohort.run.start import run_cohort

    with _shown() as listen:
        progress = run_cohort(wish, listen=listen)
    typer.echo(progress.words(), err=True)
    reply(
        status="ok",
        cohort=wish.settings.root,
        planned=progress.planned,
        done=progress.done,
        failed=progress.failed,
        this_run=progress.this_run,
        studies_per_hour=round(progress.per_hour, 1),
    )


@contextmanager
def _shown() -> Iterator[Callable[[Progress, str], None]]:
    """A line that renews itself on a terminal; elsewhere a line for each study."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)

    def tell(progress: Progress, line: str) -> None:
        if console.is_terminal:
            console.print(f"\r{progress.words()}   ", end="", markup=False)
        else:
            console.print(f"{line}; {progress.words()}", markup=False, soft_wrap=True)

    yield tell
    if console.is_terminal:
        console.print()
