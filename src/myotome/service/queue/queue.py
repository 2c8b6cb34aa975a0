"""The queue: every change of a job is one transaction, by a row of the state table, and audited.

Who holds a job proves it with the token of the lease, so that one who was thought dead and comes
back can change nothing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Select, func, insert, select, text, update

from myotome.service.database.engine import now_s
from myotome.service.database.schema import AUDIT, JOBS
from myotome.service.queue.job import Fault, Job, Lease, LostLeaseError, Order
from myotome.service.queue.kinds import KINDS, Kind
from myotome.service.queue.states import JOB, RUNNING, WAITING
from myotome.tables.registry import Registry

Row = RowMapping
_MOST_WORDS = 2000
_SUBMITTING = 0x6D796F71
"""The number of the lock of those who submit, PostgreSQL."""
_FREE: dict[str, Any] = {"lease": None, "lease_until_s": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Jobs of one database. Safe to share between threads; every process opens its own engine.

    ``lease_s`` is how long a worker may be silent. ``clock`` gives the seconds since 1970.
    """

    engine: Engine
    lease_s: float = 60.0
    kinds: Registry[Kind] = field(default_factory=lambda: KINDS)
    clock: Callable[[Connection], float] = now_s

    def submit(self, order: Order, *, actor: str) -> Job:
        """The job for ``order``: a new one, or the one that is there already."""
        with self.engine.begin() as connection:
            return self.submit_in(connection, order, actor=actor)

    def submit_in(self, connection: Connection, order: Order, *, actor: str) -> Job:
        """As :meth:`submit`, within a transaction that does more."""
        self.kinds.known(order.kind)
        _lock_out_others(connection)
        found = self._row(connection, select(JOBS).where(JOBS.c.key == order.key))
        if found is not None:
            return Job.of(found)
        at_s = self.clock(connection)
        cells = {
            "kind": order.kind,
            "key": order.key,
            "study": order.study,
            "revision": order.revision or _next_revision(connection, order),
            "payload": json.dumps(dict(order.payload)),
            "state": WAITING,
            "attempts": 0,
            "due_s": at_s,
            "created_s": at_s,
            "changed_s": at_s,
        }
        made = connection.execute(insert(JOBS).values(cells).returning(JOBS.c.id)).scalar_one()
        audit(connection, at_s, "job", made, ("submitted", "", WAITING), actor)
        return self._job(connection, made)

    def claim(self, kinds: Iterable[str], *, owner: str) -> Lease | None:
        """Take the job that has been due longest; None if none is due.

        Jobs whose lease has ended are given back first.
        """
        wanted = self.kinds.known(*kinds)
        with self.engine.begin() as connection:
            self._expire(connection, owner)
            due = (
                select(JOBS)
                .where(JOBS.c.state == WAITING, JOBS.c.kind.in_(wanted))
                .where(JOBS.c.due_s <= self.clock(connection))
                .order_by(JOBS.c.due_s, JOBS.c.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            )
            row = self._row(connection, due)
            if row is None:
                return None
            token = secrets.token_hex(16)
            until_s = self.clock(connection) + self.lease_s
            changes = {
                "lease": token,
                "lease_until_s": until_s,
                "attempts": row["attempts"] + 1,
            }
            self._move(connection, row, "claimed", actor=owner, changes=changes)
            return Lease(job=self._job(connection, row["id"]), token=token, owner=owner)

    def heartbeat(self, lease: Lease) -> None:
        """Hold the job for another ``lease_s``. Refuses with LostLeaseError."""
        with self.engine.begin() as connection:
            row = self._held(connection, lease)
            until_s = self.clock(connection) + self.lease_s
            connection.execute(
                update(JOBS).where(JOBS.c.id == row["id"]).values(lease_until_s=until_s)
            )

    def finish(
        self,
        lease: Lease,
        result: Mapping[str, Any],
        *,
        also: Callable[[Connection], None] | None = None,
    ) -> None:
        """The work is done. ``also`` happens in the same transaction, after the lease is proved.

        Refuses with LostLeaseError; then ``also`` was not called.
        """
        with self.engine.begin() as connection:
            row = self._held(connection, lease)
            if also is not None:
                also(connection)
            changes = {**_FREE, "result": json.dumps(dict(result)), "fault": None, "message": None}
            self._move(connection, row, "finished", actor=lease.owner, changes=changes)

    def fail(self, lease: Lease, fault: Fault) -> str:
        """The work was not done; returns the state that follows. Refuses with LostLeaseError."""
        with self.engine.begin() as connection:
            row = self._held(connection, lease)
            event = "refused" if fault.final else self._again(row, "failed")
            told = {"fault": fault.kind[:64], "message": fault.words[:_MOST_WORDS]}
            changes = {**_FREE, **told, **self._later(connection, row)}
            return self._move(connection, row, event, actor=lease.owner, changes=changes)

    def release(self, lease: Lease) -> None:
        """Give the job back untried, as at a shutdown. Refuses with LostLeaseError."""
        with self.engine.begin() as connection:
            row = self._held(connection, lease)
            changes = {**_FREE, "attempts": row["attempts"] - 1}
            self._move(connection, row, "released", actor=lease.owner, changes=changes)

    def retry(self, job_id: int, *, actor: str) -> None:
        """A person wants another try. Refuses (TransitionError) what is not failed or refused."""
        with self.engine.begin() as connection:
            wanted = select(JOBS).where(JOBS.c.id == job_id).with_for_update()
            row = self._row(connection, wanted)
            if row is None:
                raise LookupError(f"there is no job {job_id}")
            changes = {"attempts": 0, "due_s": self.clock(connection)}
            self._move(connection, row, "retried", actor=actor, changes=changes)

    def supersede_in(self, connection: Connection, study: str, kind: str, *, actor: str) -> int:
        """Newer work takes the place of what is not done of this study; returns of how many."""
        known = [row.state for row in JOB.rows if row.event == "superseded"]
        wanted = (
            select(JOBS)
            .where(JOBS.c.study == study, JOBS.c.kind == kind, JOBS.c.state.in_(known))
            .order_by(JOBS.c.id)
            .with_for_update()
        )
        rows = connection.execute(wanted).mappings().all()
        for row in rows:
            self._move(connection, row, "superseded", actor=actor, changes=_FREE)
        return len(rows)

    def get(self, job_id: int) -> Job:
        """One job. Refuses with LookupError."""
        with self.engine.begin() as connection:
            return self._job(connection, job_id)

    def tokens(self) -> frozenset[str]:
        """The tokens of all leases."""
        with self.engine.begin() as connection:
            held = select(JOBS.c.lease).where(JOBS.c.state == RUNNING)
            return frozenset(token for token in connection.scalars(held) if token)

    def counts(self) -> dict[tuple[str, str], int]:
        """How many jobs there are, by kind and state."""
        with self.engine.begin() as connection:
            every = select(JOBS.c.kind, JOBS.c.state, func.count())
            found = connection.execute(every.group_by(JOBS.c.kind, JOBS.c.state))
            return {(kind, state): int(count) for kind, state, count in found}

    def _expire(self, connection: Connection, actor: str) -> None:
        """Give back, or give up, what nobody was heard of."""
        ended = (
            select(JOBS)
            .where(JOBS.c.state == RUNNING, JOBS.c.lease_until_s < self.clock(connection))
            .order_by(JOBS.c.id)
            .with_for_update(skip_locked=True)
        )
        for row in connection.execute(ended).mappings().all():
            event = self._again(row, "expired")
            told = {"fault": "LeaseExpired", "message": "Its worker died or lost the database."}
            changes = {**_FREE, **told, **self._later(connection, row)}
            self._move(connection, row, event, actor=actor, changes=changes)

    def _again(self, row: Row, event: str) -> str:
        """``event``, or that the tries are used up."""
        return event if row["attempts"] < self.kinds[row["kind"]].attempts else "exhausted"

    def _later(self, connection: Connection, row: Row) -> dict[str, float]:
        wait_s = self.kinds[row["kind"]].wait_s(row["attempts"])
        return {"due_s": self.clock(connection) + wait_s}

    def _held(self, connection: Connection, lease: Lease) -> Row:
        """The row of a job that is ours, locked."""
        wanted = select(JOBS).where(JOBS.c.id == lease.job.id).with_for_update()
        row = self._row(connection, wanted)
        if row is None or row["state"] != RUNNING or row["lease"] != lease.token:
            raise LostLeaseError(f"job {lease.job.id} is no longer ours")
        return row

    def _move(
        self,
        connection: Connection,
        row: Row,
        event: str,
        *,
        actor: str,
        changes: Mapping[str, Any],
    ) -> str:
        """The one place where a job changes its state. The row is locked by who calls."""
        state = JOB.after(row["state"], event)
        at_s = self.clock(connection)
        connection.execute(
            update(JOBS)
            .where(JOBS.c.id == row["id"])
            .values({**changes, "state": state, "changed_s": at_s})
        )
        words = str(changes.get("fault") or "")
        audit(connection, at_s, "job", row["id"], (event, row["state"], state), actor, words)
        return state

    def _row(self, connection: Connection, wanted: Select[Any]) -> Row | None:
        return connection.execute(wanted).mappings().first()

    def _job(self, connection: Connection, job_id: int) -> Job:
        row = self._row(connection, select(JOBS).where(JOBS.c.id == job_id))
        if row is None:
            raise LookupError(f"there is no job {job_id}")
        return Job.of(row)


def _next_revision(connection: Connection, order: Order) -> int:
    last = select(func.max(JOBS.c.revision)).where(
        JOBS.c.study == order.study, JOBS.c.kind == order.kind
    )
    return (connection.scalar(last) or 0) + 1


def _lock_out_others(connection: Connection) -> None:
    """Let nobody submit between our look and our row; SQLite's transaction does so already.

    It is the last lock that a transaction takes, so that no two can wait for each other.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _SUBMITTING})


def audit(
    connection: Connection,
    at_s: float,
    subject: str,
    subject_id: int,
    step: tuple[str, str, str],
    actor: str,
    words: str = "",
) -> None:
    """Write down one change of state: ``step`` is (event, before, after)."""
    event, before, after = step
    connection.execute(
        insert(AUDIT).values(
            at_s=at_s,
            subject=subject,
            subject_id=subject_id,
            event=event,
            before=before,
            after=after,
            actor=actor[:64],
            words=words,
        )
    )
