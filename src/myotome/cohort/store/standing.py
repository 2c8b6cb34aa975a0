"""What became of every study so far, known from the tables and the names in the inbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from myotome.cohort.store.layout import Layout
from myotome.cohort.store.parts import read_index
from myotome.cohort.store.record import DONE, load, waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The last attempt at one study."""

    attempt: int
    state: str
    reason: str = ""
    configuration: str = ""

    @property
    def done(self) -> bool:
        """Whether there are numbers."""
        return self.state == DONE


def standing(layout: Layout) -> Mapping[str, Standing]:
    """The last attempt at every study that was tried, by study."""
    known = _in_tables(layout)
    for one in waiting(layout):
        last = known.get(one.study)
        if last is None or one.attempt > last.attempt:
            told = load(one.path).study
            known[one.study] = Standing(
                attempt=one.attempt,
                state=one.state,
                reason=told.get("reason") or "",
                configuration=told.get("configuration") or "",
            )
    return known


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many studies are planned, done and failed."""

    planned: int
    done: int
    failed: int

    @property
    def left(self) -> int:
        """Studies that nobody tried yet."""
        return self.planned - self.done - self.failed


def counts(layout: Layout) -> Counts:
    """The state of a cohort at a glance: reads no record, so it stays fast with 100,000 studies."""
    import duckdb

    fresh = waiting(layout)  # before the index: what moves meanwhile is then seen twice, not never
    with duckdb.connect(config={"threads": 1}) as connection:
        parts = [str(layout.part("studies", number)) for number in read_index(layout).parts]
        connection.execute("CREATE TABLE tried (study VARCHAR, attempt INTEGER, state VARCHAR)")
        if parts:
            connection.execute(
                "INSERT INTO tried SELECT study, attempt, state FROM read_parquet($1)", [parts]
            )
        connection.execute(
            "INSERT INTO tried SELECT unnest($1::VARCHAR[]), unnest($2::INTEGER[]), "
            "unnest($3::VARCHAR[])",
            [
                [one.study for one in fresh],
                [one.attempt for one in fresh],
                [one.state for one in fresh],
            ],
        )
        found = connection.execute(
            "SELECT count(*) FILTER (state = 'done'), count(*) FROM "
            "(SELECT DISTINCT ON (study) state FROM tried ORDER BY study, attempt DESC, state)"
        ).fetchone()
        planned = 0
        if layout.plan.exists():
            (planned,) = connection.execute(
                "SELECT count(*) FROM read_parquet($1)", [str(layout.plan)]
            ).fetchone() or (0,)
    done, tried = found or (0, 0)
    return Counts(planned=max(planned, tried), done=done, failed=tried - done)


def _in_tables(layout: Layout) -> dict[str, Standing]:
    import duckdb

    parts = [str(layout.part("studies", number)) for number in read_index(layout).parts]
    if not parts:
        return {}
    with duckdb.connect(config={"threads": 1}) as connection:
        rows = connection.execute(
            "SELECT DISTINCT ON (study) study, attempt, state, reason, configuration "
            "FROM read_parquet($1) ORDER BY study, attempt DESC, state",
            [parts],
        ).fetchall()
    return {
        study: Standing(
            attempt=attempt, state=state, reason=reason or "", configuration=configuration or ""
        )
        for study, attempt, state, reason, configuration in rows
    }
