"""What a run has to do: the plan, less what is finished with the same configuration."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from myotome import __version__
from myotome.cohort.plan.task import Task
from myotome.cohort.run.settings import Settings
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.opened import FORMAT
from myotome.cohort.store.standing import Standing, standing
from myotome.errors import InputError
from myotome.write.folder import refusal

_KEPT = ("options", "extras", "keep_results")


@dataclass(frozen=True, slots=True, kw_only=True)
class Todo:
    """The studies to measure, and how many of the plan are done and failed already."""

    tasks: tuple[Task, ...]
    done: int
    failed: int

    @property
    def planned(self) -> int:
        """All studies of the plan."""
        return len(self.tasks) + self.done + self.failed


def todo(
    tasks: Collection[Task],
    layout: Layout,
    digest: str,
    *,
    again: bool = False,
    retry: Collection[str] | None = None,
) -> Todo:
    """What of a plan is left.

    ``again`` also takes what was measured with another configuration, ``retry`` what failed for
    one of these reasons (empty: for any).
    """
    known = standing(layout)
    left, done, failed = [], 0, 0
    for task in tasks:
        last = known.get(task.study)
        if last is None:
            left.append(task)
        elif _to_do(last, digest, again=again, retry=retry):
            left.append(replace(task, attempt=last.attempt + 1))
        elif last.done:
            done += 1
        else:
            failed += 1
    return Todo(tasks=tuple(left), done=done, failed=failed)


def _to_do(last: Standing, digest: str, *, again: bool, retry: Collection[str] | None) -> bool:
    if not last.done and retry is not None and (not retry or last.reason in retry):
        return True
    return again and last.configuration != digest


def require_same(
    layout: Layout, settings: Settings, digest: str, *, mix: bool = False, again: bool = False
) -> None:
    """Note what the cohort is measured with; refuse to mix it with something else.

    Refuses (InputError) a configuration, version or network other than the cohort's, unless what
    is there may stay beside the new (``mix``) or is measured anew (``again``).
    """
    about = _about(layout)
    if about and about.get("digest") != digest and not (mix or again):
        raise InputError(
            f"this cohort was measured with {_differs(about, settings)}.",
            why="Numbers of two kinds in one table are not comparable.",
            mend="Pass --again to measure everything with the new, --mix to keep both, or -o for "
            "a new cohort.",
        )
    kept = {name: getattr(settings, name) for name in _KEPT}
    _write(layout.settings, kept)
    told = {"format": FORMAT, "program": "myotome", "version": __version__, "digest": digest}
    _write(layout.about, {**told, "options": _shown(settings)})


def settings_of(layout: Layout) -> Mapping[str, Any]:
    """What a cohort is measured with, as fields of ``Settings``. Refuses (InputError) without."""
    try:
        found = json.loads(layout.settings.read_bytes())
        return {name: found[name] for name in _KEPT}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            "the cohort does not say what it is measured with.",
            mend="Pass `myotome cohort run` with the source again.",
        ) from error


def _write(path: Path, told: Mapping[str, Any]) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        temporary.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        raise refusal(error) from error


def _shown(settings: Settings) -> dict[str, str]:
    """The options that may be shown: the path of a network may name somebody."""
    return {key: str(value) for key, value in settings.options.items() if key != "network"}


def refuse_strangers(root: Path) -> None:
    """Refuse (InputError) a folder that holds anything and is no cohort."""
    try:
        names = {path.name for path in root.iterdir()} if root.is_dir() else set()
    except OSError as error:
        raise refusal(error) from error
    if root.is_file() or (names - {"lock", "private"} and "cohort.json" not in names):
        raise InputError(
            "the output folder exists and is no cohort of Myotome.",
            mend="Choose another folder (-o).",
        )


def _about(layout: Layout) -> Mapping[str, Any]:
    try:
        found = json.loads(layout.about.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError("cohort.json is damaged.", mend="Restore it from a backup.") from error
    if not isinstance(found, dict) or int(found.get("format", 0)) > FORMAT:
        raise InputError("this cohort is of a later version.", mend="Update Myotome.")
    return found


def _differs(about: Mapping[str, Any], settings: Settings) -> str:
    """What of a cohort differs from what is asked for, in words."""
    if about.get("version") != __version__:
        return f"version {about.get('version')} of Myotome, this is {__version__}"
    mine = _shown(settings)
    theirs = about.get("options", {})
    keys = sorted(key for key in {*mine, *theirs} if mine.get(key) != theirs.get(key))
    if keys:
        return f"another configuration ({', '.join(keys)})"
    return "other networks"
