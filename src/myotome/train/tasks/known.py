"""The tasks there are."""

from __future__ import annotations

from myotome.errors import InputError
from myotome.tables.registry import Registry
from myotome.train.tasks.levels import LEVELS
from myotome.train.tasks.muscles import MUSCLE_TASK
from myotome.train.tasks.task import Task

TASK = Registry("task", (MUSCLE_TASK, LEVELS))


def task_of(key: str) -> Task:
    """The task ``key``. Refuses (InputError) an unknown one."""
    if key not in TASK:
        raise InputError(f'there is no task "{key}".', mend=f"Use {', '.join(TASK)}.")
    return TASK[key]
