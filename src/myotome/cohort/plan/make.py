"""The plan of a cohort: every study once, under pseudonyms, with its place kept in private."""

from __future__ import annotations

import glob
import json
import os
import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from myotome.cohort.plan.discover import Found, discover
from myotome.cohort.plan.manifest import Line, read_manifest
from myotome.cohort.plan.task import Task
from myotome.cohort.store.layout import Layout
from myotome.errors import InputError
from myotome.nouns.study.pseudonym import pseudonym
from myotome.tables.cohort.failures import FAILURES
from myotome.write.data.table import Table, write_parquet

_TABLES = (".csv", ".tsv", ".parquet")
_COLUMNS = (("study", "VARCHAR"), ("task", "VARCHAR"))
_SALT_BYTES = 32


def lines_of(source: str, *, keep: Sequence[str] = ()) -> tuple[Line, ...]:
    """What the user asked for: the rows of a manifest, a folder, or what a pattern matches."""
    path = Path(source)
    if path.is_file() and path.suffix.lower() in _TABLES:
        return read_manifest(path, keep=keep)
    if path.exists():
        return (Line(path=path),)
    matched = sorted(glob.glob(source, recursive=True))  # noqa: PTH207 - absolute patterns, too
    if not matched:
        raise InputError(
            "the input does not exist, and no path matches it.",
            mend="Give a manifest (.csv, .parquet), a folder, or a pattern in quotes.",
        )
    return tuple(Line(path=Path(one)) for one in matched)


def tasks_of(lines: Iterable[Line], salt: str, *, threads: int = 2) -> tuple[Task, ...]:
    """Every study of ``lines`` once, in the order of their keys.

    A row that describes one person but holds several people's studies is refused by name, and a
    study that several rows hold is refused (InputError): nobody can tell which row is right.
    """
    tasks: dict[str, Task] = {}
    days: dict[str, dict[str, int]] = defaultdict(dict)
    for line in lines:
        found = discover(line.path, threads=threads) if line.path.exists() else ()
        people = {one.subject for one in found if one.subject}
        several = len(people) > 1 and bool(line.subject or line.person)
        for one in found or (Found(path=line.path),):
            task = _task(line, one, salt)
            if several:
                task = replace(task, refused=FAILURES["several_subjects"].key)
            if tasks.setdefault(task.study, task) != task:
                raise InputError(
                    "one study is in the manifest several times, told of differently.",
                    mend="Give every study one row.",
                )
            if one.day is not None and task.subject:
                days[task.subject][task.study] = one.day
    return tuple(_since_first(task, days) for _, task in sorted(tasks.items()))


def _task(line: Line, found: Found, salt: str) -> Task:
    kind, value = ("study", found.uid) if found.uid else ("path", str(found.path.resolve()))
    subject = line.subject or found.subject
    return Task(
        study=pseudonym(kind, value, salt),
        subject=pseudonym("subject", subject, salt),
        path=str(found.path.resolve()),
        files=found.files,
        uid="" if found.files else found.uid,
        training=line.training,
        person=line.person,
        given=line.given,
        labels=line.labels,
    )


def _since_first(task: Task, days: dict[str, dict[str, int]]) -> Task:
    own = days.get(task.subject, {})
    if task.study not in own:
        return task
    return replace(task, days_since_first=float(own[task.study] - min(own.values())))


def salt_of(layout: Layout) -> str:
    """The cohort's secret, made at its first use; only its owner may read it."""
    if not layout.salt.exists():
        layout.private.mkdir(parents=True, exist_ok=True)
        layout.private.chmod(0o700)
        handle = os.open(layout.salt, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_hex(_SALT_BYTES))
    return layout.salt.read_text().strip()


def save_plan(tasks: Sequence[Task], layout: Layout) -> None:
    """Keep the plan in the private folder, whole or not at all."""
    temporary = layout.plan.with_name(f".{layout.plan.name}.{secrets.token_hex(4)}")
    rows = [(task.study, json.dumps(task.plain(), default=str)) for task in tasks]
    write_parquet(Table(columns=_COLUMNS, rows=rows), temporary)
    temporary.chmod(0o600)
    temporary.replace(layout.plan)


def read_plan(layout: Layout) -> tuple[Task, ...]:
    """The plan, in the order of the studies' keys; empty before the first one was made."""
    import duckdb

    if not layout.plan.exists():
        return ()
    with duckdb.connect(config={"threads": 1}) as connection:
        rows: list[tuple[Any, ...]] = connection.execute(
            "SELECT task FROM read_parquet($1) ORDER BY study", [str(layout.plan)]
        ).fetchall()
    return tuple(Task.of(json.loads(row[0])) for row in rows)
