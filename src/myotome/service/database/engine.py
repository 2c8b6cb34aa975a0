"""One way to reach the database, the same for SQLite and PostgreSQL."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from myotome.errors import InputError

_WAIT_S = 60
"""How long one who writes waits for another one, SQLite."""
_AT_OPENING = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # what was answered with success survives a loss of power
    "PRAGMA foreign_keys=ON",
)
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}


def open_engine(url: str) -> Engine:
    """The database at ``url`` (``sqlite:///FILE`` or ``postgresql://...``).

    Refuses (InputError) another kind of database and a missing driver; does not connect yet.
    """
    try:
        known = make_url(url)
        kind = known.get_backend_name()
        known = known.set(drivername=_DRIVERS[kind])
        more: dict[str, Any] = {"connect_args": {"timeout": _WAIT_S}} if kind == "sqlite" else {}
        engine = create_engine(known, pool_pre_ping=kind != "sqlite", **more)
    except (ArgumentError, NoSuchModuleError, KeyError) as error:
        raise InputError(
            "the address of the database is none that Myotome knows.",
            mend="Use sqlite:///FILE or postgresql://USER@HOST/NAME.",
        ) from error
    except ImportError as error:
        raise InputError(
            "PostgreSQL cannot be reached: its driver is not installed.",
            mend="pip install 'myotome[postgresql]'",
        ) from error
    if kind == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    """Leave transactions to us: Python's driver would begin them late, and without the lock."""
    connection.isolation_level = None
    for words in _AT_OPENING:
        connection.execute(words)


def _begin(connection: Connection) -> None:
    """Take the lock at once, or two readers that both want to write would block each other."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def now_s(connection: Connection) -> float:
    """Seconds since 1970 by the one clock that all workers share: the database's."""
    if connection.dialect.name == "sqlite":
        return time.time()
    return float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0.0)
