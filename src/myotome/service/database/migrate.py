"""Brings a database to the tables that this version needs, and refuses one of a later version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from myotome.errors import InputError

_HERE = Path(__file__).with_name("migrations")
_LOCK = 0x6D796F
"""The number of the lock that keeps two nodes from migrating at once, PostgreSQL."""


def migrate(engine: Engine) -> str:
    """Make the tables or bring them up to date, all or nothing; returns the revision.

    May be called by several processes at once. Refuses (InputError) a database that a later
    version of Myotome has changed.
    """
    history = _history()
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
        context = MigrationContext.configure(
            connection, opts={"script": history, "fn": _to_head(history)}
        )
        try:
            with Operations.context(context):
                context.run_migrations()
        except CommandError as error:
            raise InputError(
                "the database was changed by a later version of Myotome.",
                why="This version does not know what its tables mean.",
                mend="Update Myotome, or give this node a database of its own.",
            ) from error
    return str(history.get_current_head())


def revision_of(connection: Connection) -> str | None:
    """The revision that a database has; None of an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def _history() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def _to_head(history: ScriptDirectory) -> Any:
    def steps(revision: Any, _context: object) -> Any:
        return history._upgrade_revs("head", revision)  # as `alembic upgrade head` does

    return steps
