"""Whatever order things happen in, the queue keeps to its state table."""

from __future__ import annotations

import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule
from sqlalchemy import Connection, select

from myotome.service.database.engine import open_engine
from myotome.service.database.migrate import migrate
from myotome.service.database.schema import AUDIT, JOBS
from myotome.service.queue.job import Fault, Lease, LostLeaseError, Order, digest
from myotome.service.queue.kinds import KINDS, MEASURE
from myotome.service.queue.queue import Queue
from myotome.service.queue.states import JOB, TransitionError


class Jobs(RuleBasedStateMachine):
    """Workers that die, come back, finish late; people who retry; studies that change."""

    leases = Bundle("leases")

    @initialize()
    def empty(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.engine = open_engine(f"sqlite:///{Path(self.folder.name) / 'node.db'}")
        migrate(self.engine)
        self.now_s = 0.0
        self.queue = Queue(engine=self.engine, lease_s=10, clock=self.clock)
        self.finished: list[int] = []

    def clock(self, _: Connection) -> float:
        return self.now_s

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self.engine.dispose()
            self.folder.cleanup()

    @rule(study=st.sampled_from("ab"), content=st.integers(1, 3))
    def submit(self, study: str, content: int) -> None:
        key = digest(study=study, content=content)
        order = Order(kind=MEASURE, key=key, study=study, payload={})
        first, second = (self.queue.submit(order, actor="t") for _ in range(2))
        assert first.id == second.id

    @rule(target=leases)
    def claim(self):
        lease = self.queue.claim([MEASURE], owner="w")
        return multiple() if lease is None else lease

    @rule(seconds=st.sampled_from([1.0, 11.0, 100.0, 4000.0]))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    @rule(lease=leases, way=st.sampled_from(["finish", "fail", "final", "release", "beat"]))
    def act(self, lease: Lease, way: str) -> None:
        row = self._row(lease.job.id)
        ours = row["state"] == "running" and row["lease"] == lease.token
        try:
            self._do(lease, way)
        except LostLeaseError:
            assert not ours
        else:
            assert ours

    def _do(self, lease: Lease, way: str) -> None:
        {
            "finish": lambda: self.queue.finish(
                lease, {}, also=lambda _: self.finished.append(lease.job.id)
            ),
            "fail": lambda: self.queue.fail(lease, Fault(kind="Crash", words="")),
            "final": lambda: self.queue.fail(lease, Fault(kind="No", words="", final=True)),
            "release": lambda: self.queue.release(lease),
            "beat": lambda: self.queue.heartbeat(lease),
        }[way]()

    @rule(study=st.sampled_from("ab"))
    def change(self, study: str) -> None:
        with self.engine.begin() as connection:
            self.queue.supersede_in(connection, study, MEASURE, actor="t")

    @rule(number=st.integers(1, 4))
    def retry(self, number: int) -> None:
        try:
            before = self._row(number)["state"]
        except LookupError:
            return
        try:
            self.queue.retry(number, actor="person")
        except TransitionError:
            assert before not in ("failed", "refused")

    def _row(self, number: int):
        with self.engine.begin() as connection:
            row = connection.execute(select(JOBS).where(JOBS.c.id == number)).mappings().first()
        if row is None:
            raise LookupError
        return row

    @invariant()
    def the_table_is_kept(self) -> None:
        if not hasattr(self, "engine"):
            return
        with self.engine.begin() as connection:
            jobs = connection.execute(select(JOBS)).mappings().all()
            steps = connection.execute(select(AUDIT).order_by(AUDIT.c.id)).mappings().all()
        assert len(self.finished) == len(set(self.finished)), "a result was doubled"
        for job in jobs:
            assert (job["state"] == "running") == (job["lease"] is not None)
            assert 0 <= job["attempts"] <= KINDS[MEASURE].attempts
            assert (job["state"] == "done") == (job["id"] in self.finished)
            state = "waiting"
            for step in [s for s in steps if s["subject_id"] == job["id"]][1:]:
                assert step["before"] == state
                state = JOB.after(state, step["event"])
                assert step["after"] == state
            assert state == job["state"], "the audit tells another story"
        assert len({job["key"] for job in jobs}) == len(jobs)


Jobs.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestJobs = Jobs.TestCase
