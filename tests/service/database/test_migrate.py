"""The tables that migrations make are those that the program uses."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from myotome.errors import InputError
from myotome.service.database.engine import now_s, open_engine
from myotome.service.database.migrate import migrate, revision_of
from myotome.service.database.schema import METADATA


def test_migrations_make_the_tables_of_the_schema(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_a_second_start_changes_nothing(engine: Engine) -> None:
    head = migrate(engine)
    with engine.connect() as connection:
        assert revision_of(connection) == head


def test_a_database_of_a_later_version_is_refused_and_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of_the_future'"))
    with pytest.raises(InputError, match="later version"):
        migrate(engine)
    with engine.connect() as connection:
        assert revision_of(connection) == "of_the_future"


@pytest.mark.parametrize("url", ["mysql://a/b", "no address", "sqlite+wrong:///x"])
def test_an_address_of_another_kind_is_refused_without_repeating_it(url: str) -> None:
    if url.startswith("sqlite"):
        assert open_engine(url).dialect.driver == "pysqlite"  # one driver each, whatever is asked
        return
    with pytest.raises(InputError) as told:
        open_engine(url)
    assert url not in str(told.value)


def test_the_clock_is_the_databases(engine: Engine) -> None:
    with engine.connect() as connection:
        first, second = now_s(connection), now_s(connection)
    assert 1.7e9 < first <= second < first + 60
