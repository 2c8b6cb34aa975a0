"""Workers on a cluster: Dask starts them through the scheduler, each keeps a process of its own."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from myotome.cohort.plan.task import Task
from myotome.cohort.run.engine import Measure
from myotome.cohort.run.keeper import CHILD, Keeper
from myotome.cohort.run.settings import Settings
from myotome.cohort.store.layout import Layout
from myotome.errors import InputError

SCHEDULERS: Mapping[str, str] = {
    "slurm": "SLURMCluster",
    "lsf": "LSFCluster",
    "pbs": "PBSCluster",
    "sge": "SGECluster",
}
"""What `--cluster` may name, and the class of dask-jobqueue behind it."""
_NEEDS = ("distributed", "dask_jobqueue")
_keepers: dict[str, Keeper] = {}
"""The one keeper of this worker process, by its settings."""


def measure_there(
    plain: Mapping[str, Any], settings: Mapping[str, Any], digest: str, command: Sequence[str]
) -> Any:
    """Measure one study in this worker process. Arguments and answer are plain values."""
    key = repr((sorted(settings.items(), key=str), digest, command))
    if key not in _keepers:
        for old in _keepers.values():
            old.close()
        _keepers.clear()
        _keepers[key] = Keeper(settings=Settings(**settings), digest=digest, command=command)
    return _keepers[key](Task.of(plain))


def read_options(path: Path | None) -> dict[str, Any]:
    """The cluster's own words (queue, account, walltime ...) from a TOML file.

    They are handed to dask-jobqueue as they stand. Refuses (InputError) what is no TOML.
    """
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            "the file of cluster options cannot be read as TOML.",
            mend='Write, for example: queue = "short"',
        ) from error


@contextmanager
def crew(
    where: str,
    workers: int,
    settings: Settings,
    digest: str,
    *,
    options: Mapping[str, Any],
    command: Sequence[str] = CHILD,
) -> Iterator[tuple[Executor, Measure]]:
    """An executor of ``workers`` jobs of one scheduler, or of the workers at an address.

    Refuses (InputError) an unknown scheduler, a missing extra and an address where nobody is.
    """
    missing = [name for name in _NEEDS if find_spec(name) is None]
    if missing:
        raise InputError(
            f"--cluster needs packages that are not installed: {', '.join(missing)}.",
            mend="pip install 'myotome[cluster]'.",
        )
    from distributed import Client

    logging.getLogger("distributed").setLevel(logging.ERROR)  # it repeats arguments of tasks
    cluster = _cluster(where, workers, settings, options) if where in SCHEDULERS else None
    try:
        client = _client(Client, cluster or where)
        try:
            executor = client.get_executor(pure=False)
            plain = asdict(settings)
            yield executor, lambda task: measure_there(task.plain(), plain, digest, tuple(command))
        finally:
            client.close()
    finally:
        if cluster is not None:
            cluster.close()


def _client(client: Any, address: Any) -> Any:
    try:
        return client(address, timeout="30s")
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            "no Dask scheduler answers there.",
            mend=f"Pass --cluster {'|'.join(SCHEDULERS)} or its address, tcp://HOST:PORT.",
        ) from error


def _cluster(where: str, workers: int, settings: Settings, options: Mapping[str, Any]) -> Any:
    """A cluster of jobs, one worker process with one study at a time in each."""
    import dask_jobqueue

    words = {
        "cores": settings.threads,
        "processes": 1,
        "memory": f"{int((settings.memory_mb or 2500) + 500)}MB",
        "worker_extra_args": ["--nthreads", "1"],
        "log_directory": str(Layout(root=Path(settings.root)).private / "jobs"),
        **options,
    }
    try:
        made = getattr(dask_jobqueue, SCHEDULERS[where])(**words)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"dask-jobqueue does not take these cluster options for {where}.",
            mend="See the options of its cluster classes; queue, account and walltime are usual.",
        ) from error
    made.adapt(minimum_jobs=workers, maximum_jobs=workers)  # a job that was killed comes again
    return made
