"""The cases of a task: from a manifest or folder, and from a pool of rendered ones."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from myotome.errors import InputError
from myotome.train.cases.learnt import Case
from myotome.train.cases.manifest import Listen, chosen, read_manifest, require_different_scans
from myotome.train.tasks.task import Task

POOL = "pool.json"


def read_cases(
    task: Task, path: Path, *, leave_out: Iterable[str] = (), listen: Listen | None = None
) -> tuple[Case, ...]:
    """Every case in ``path`` that the task can learn from, as the manifest has them.

    ``leave_out`` names subjects or cases. ``listen(case, flags)`` hears of each case as it is
    read. Refuses (InputError) the first case that fails, unknown names, and one scan under two
    subjects.
    """
    cases = []
    for entry in chosen(read_manifest(path, task.need), leave_out=leave_out):
        case = task.read(entry)
        if listen is not None:
            listen(entry.name, case.flags)
        cases.append(case)
    require_different_scans(cases)
    return tuple(cases)


def read_pool(task: Task, folder: Path | None, without: Collection[str]) -> Sequence[Case]:
    """The rendered cases in ``folder``, but for those of the subjects ``without``.

    Refuses (InputError) a folder that holds none, or those of another task.
    """
    if folder is None:
        return ()
    if not any(folder.glob("*.npz")):
        raise InputError(
            "there are no synthetic cases in that folder.",
            mend=f"Make some: myotome render DATA -o POOL --task {task.key}.",
        )
    rendered_for = facts_of(folder).get("task", task.key)
    if rendered_for != task.key:
        raise InputError(f"the synthetic cases in that folder are {rendered_for}, not {task.key}.")
    return task.pool(folder, without)


def facts_of(pool: Path) -> dict[str, object]:
    """What a pool says of itself; nothing if it is older than that. Refuses a damaged one."""
    path = pool / POOL
    if not path.is_file():
        return {}
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{POOL} cannot be read.") from error
    if not isinstance(facts, dict):
        raise InputError(f"{POOL} is none of Myotome's.")
    return facts
