"""A pool of synthetic cases: every labelled body rendered anew, again and again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from myotome import __version__
from myotome.errors import InputError
from myotome.train.cases.manifest import read_manifest
from myotome.train.fit.checkpoint import make_folder, write_whole
from myotome.train.synthesis.order import Order
from myotome.train.tasks.known import task_of
from myotome.train.tasks.read import POOL, facts_of
from myotome.train.tasks.task import Task

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderRequest:
    """What to render: the cases in ``data``, each ``variants`` times (None: as the task does).

    ``only`` names cases or subjects; empty: all.
    """

    data: Path
    out: Path
    task: str = "muscles"
    variants: int | None = None
    seed: int = 0
    only: tuple[str, ...] = ()


def render(request: RenderRequest, say: Say | None = None) -> dict[str, Any]:
    """Render what is not there yet into ``request.out``; returns what is there then.

    Every rendering is drawn from the seed, its case and its number alone, so a stopped run
    goes on, and further variants may be asked for later. Refuses (InputError) data without a
    case for the task, unknown names, and a folder that holds those of another task or seed.
    """
    task = task_of(request.task)
    entries = read_manifest(request.data, task.renderable).entries
    names = {name for entry in entries for name in (entry.name, entry.subject)}
    unknown = sorted(set(request.only) - names)
    if unknown or not entries:
        what = f"there is no {', '.join(unknown)} to render" if unknown else "nothing to render"
        raise InputError(f"{what}.", mend=f"A case needs {task.renderable.words}.")
    order = Order(
        out=request.out,
        seed=request.seed,
        variants=task.variants if request.variants is None else request.variants,
    )
    make_folder(request.out)
    _keep_facts(task, order)
    made = 0
    for entry in entries:
        if request.only and not {entry.name, entry.subject} & set(request.only):
            continue
        for path in task.render(entry, order):
            made += 1
            if say is not None:
                say(path.name)
    held = len(list(request.out.glob("*.npz")))
    return {"out": str(request.out), "task": task.key, "rendered": made, "held": held}


def _keep_facts(task: Task, order: Order) -> None:
    """Write ``pool.json``; refuse a folder with renderings of another task or seed."""
    facts = {"task": task.key, "seed": order.seed}
    before = facts_of(order.out)
    if any(before.get(key, value) != value for key, value in facts.items()):
        told = ", ".join(f"{key} {before.get(key)}" for key in facts)
        raise InputError(
            f"the folder holds other renderings ({told}).",
            mend="Use another folder, or the words it was started with.",
        )
    if not before:
        words = json.dumps({**facts, "myotome_version": __version__}, indent=1) + "\n"
        write_whole(order.out / POOL, words.encode())
