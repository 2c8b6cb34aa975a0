"""Silence for the code at hand alone: other threads and the host program hear as before."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any

_HERE: ContextVar[bool] = ContextVar("myotome_quiet_here", default=False)


class Held:
    """A change of something that all threads share: made by the first, undone by the last.

    ``make`` makes it and returns what undoes it.
    """

    def __init__(self, make: Callable[[], Callable[[], None]]) -> None:
        self._make, self._lock, self._holders = make, Lock(), 0
        self._undo: Callable[[], None] = _nothing

    @contextmanager
    def held(self) -> Iterator[None]:
        """The change is there inside the block, however many blocks overlap."""
        with self._lock:
            if self._holders == 0:
                self._undo = self._make()
            self._holders += 1
        try:
            yield
        finally:
            with self._lock:
                self._holders -= 1
                if self._holders == 0:
                    self._undo()


def _nothing() -> None:
    """Undo nothing."""


class _OnlyHere(logging.Filter):
    """Tells a warning or log record of quiet code from all others."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record may be heard."""
        del record
        return not _HERE.get()

    def match(self, text: str) -> bool:
        """Whether the filter of warnings, whose pattern of a message this is, holds."""
        del text
        return _HERE.get()


_ONLY_HERE = _OnlyHere()
# warnings ask the pattern of a filter to ``match``: this one does where it is quiet
_ROW: Any = ("ignore", _ONLY_HERE, Warning, None, 0)


def _listen(name: str) -> Callable[[], Callable[[], None]]:
    def make() -> Callable[[], None]:
        logger = logging.getLogger(name)
        logger.addFilter(_ONLY_HERE)
        return lambda: logger.removeFilter(_ONLY_HERE)

    return make


def _filter() -> Callable[[], None]:
    _insert()
    return _remove


def _insert() -> None:
    rows: list[Any] = warnings.filters  # type: ignore[assignment]
    if _ROW not in rows:
        rows.insert(0, _ROW)


def _remove() -> None:
    rows: list[Any] = warnings.filters  # type: ignore[assignment]
    if _ROW in rows:
        rows.remove(_ROW)


_WARNINGS = Held(_filter)
_PYDICOM = Held(_listen("pydicom"))


@contextmanager
def quiet_here() -> Iterator[None]:
    """No warnings and no log lines of pydicom from inside the block, in this context alone.

    Threads begun inside are other contexts: give them ``contextvars.copy_context().run``.
    """
    token = _HERE.set(True)
    try:
        with _WARNINGS.held(), _PYDICOM.held():
            _insert()  # the host's own catch_warnings may have ended meanwhile
            yield
    finally:
        _HERE.reset(token)
