"""Rows that other packages add to a table, by entry points; loaded only when they are asked for."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Generic

from myotome.tables.registry import Registry, Row

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A plug-in that cannot be used: its ``key``, the package it came in, and why."""

    key: str
    package: str
    why: str

    def __str__(self) -> str:
        """As told to people."""
        return f'plug-in "{self.key}" of {self.package}: {self.why}'


class Extensible(Generic[Row]):
    """A table of our own rows, and those of other packages in an entry-point group.

    A plug-in is an entry point whose name is the row's key and whose object is a row, or
    something to be called that returns one. Our own rows need no look at the plug-ins; a plug-in
    is imported only when its key is asked for, or all are. One that cannot be used is reported as
    :class:`Broken` and disturbs nobody else: what fails to load, is no row, bears another key
    than its entry point, or wants a key that is taken.
    """

    def __init__(self, own: Registry[Row], group: str) -> None:
        self.own, self.group = own, group

    def find(self, key: str) -> Row | Broken | None:
        """The row called ``key``; why its plug-in is broken; None if nobody offers it."""
        if key in self.own:
            return self.own[key]
        offers = [point for point in self._points() if point.name == key]
        return self._row(offers[0], taken=len(offers) > 1) if offers else None

    def plugins(self) -> Iterator[Row | Broken]:
        """Every plug-in, imported: its row, or why there is none. By key."""
        points = sorted(self._points(), key=lambda point: point.name)
        times = Counter(point.name for point in points)
        for point in points:
            yield self._row(point, taken=point.name in self.own or times[point.name] > 1)

    def usable(self) -> tuple[Row, ...]:
        """Our own rows, then those of every plug-in that is not broken."""
        return (*self.own.values(), *(r for r in self.plugins() if not isinstance(r, Broken)))

    def _points(self) -> Iterable[EntryPoint]:
        from importlib.metadata import entry_points  # slow, and most runs have no use for it

        return entry_points(group=self.group)

    def _row(self, point: EntryPoint, *, taken: bool) -> Row | Broken:
        package = point.dist.name if point.dist is not None else "an unknown package"
        kind = type(next(iter(self.own.values())))

        def broken(why: str) -> Broken:
            return Broken(key=point.name, package=package, why=why)

        if taken:
            return broken(f"another {self.own.kind} is called so")
        try:
            found = point.load()
            row = found if isinstance(found, kind) else found()
        except Exception:
            # the text of a foreign exception may hold a path or a name
            return broken("it cannot be loaded")
        if not isinstance(row, kind):
            return broken(f"it gives no {self.own.kind}")
        if row.key != point.name:
            return broken(f'its {self.own.kind} has another key, "{row.key[:40]}"')
        return row


def absent(modules: tuple[str, ...], programs: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Those of ``modules`` and ``programs`` that are not installed.

    A program is looked for on the PATH and beside this Python.
    """
    beside = str(Path(sys.executable).parent)
    return (
        *(name for name in modules if find_spec(name) is None),
        *(name for name in programs if not (which(name) or which(name, path=beside))),
    )
