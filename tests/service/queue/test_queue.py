"""The same tests for SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, Engine, select

from myotome.service.database.schema import AUDIT
from myotome.service.queue.job import Fault, LostLeaseError, Order, digest
from myotome.service.queue.kinds import KINDS, MEASURE
from myotome.service.queue.queue import Queue
from myotome.service.queue.states import TransitionError

ATTEMPTS = KINDS[MEASURE].attempts


@dataclass
class Clock:
    now_s: float = 1000.0

    def __call__(self, _: Connection) -> float:
        return self.now_s


def order(study: str = "a", key: str = "1") -> Order:
    return Order(kind=MEASURE, key=digest(study=study, key=key), study=study, payload={"n": 1})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(engine: Engine, clock: Clock) -> Queue:
    return Queue(engine=engine, lease_s=60, clock=clock)


def claim(queue: Queue, owner: str = "w"):
    return queue.claim([MEASURE], owner=owner)


def test_a_job_is_done_once(queue: Queue) -> None:
    made = queue.submit(order(), actor="t")
    lease = claim(queue)
    assert lease is not None
    assert lease.job.id == made.id
    assert claim(queue) is None
    queue.finish(lease, {"out": "x"})
    done = queue.get(made.id)
    assert (done.state, done.result) == ("done", {"out": "x"})
    assert queue.submit(order(), actor="t").id == made.id  # finished work is not repeated
    assert claim(queue) is None


def test_other_content_of_a_study_is_its_next_revision(queue: Queue) -> None:
    keys = ("1", "2", "1", "3")
    revisions = [queue.submit(order(key=key), actor="t").revision for key in keys]
    assert revisions == [1, 2, 1, 3]
    assert queue.submit(order(study="b"), actor="t").revision == 1


def test_failures_are_tried_again_later_and_not_for_ever(queue: Queue, clock: Clock) -> None:
    job = queue.submit(order(), actor="t")
    waits = []
    for _ in range(ATTEMPTS):
        start_s = clock.now_s
        while (lease := claim(queue)) is None:
            clock.now_s += 1
        waits.append(clock.now_s - start_s)
        queue.fail(lease, Fault(kind="Crash", words="killed by signal 9"))
    assert waits == [0, 30, 60]
    clock.now_s += 1e6
    assert claim(queue) is None
    failed = queue.get(job.id)
    assert (failed.state, failed.fault, failed.message) == ("failed", "Crash", "killed by signal 9")
    queue.retry(job.id, actor="person")
    again = claim(queue)
    assert again is not None
    assert again.job.attempts == 1


def test_a_refusal_is_final(queue: Queue, clock: Clock) -> None:
    job = queue.submit(order(), actor="t")
    lease = claim(queue)
    assert lease is not None
    assert queue.fail(lease, Fault(kind="AnatomyError", words="a head", final=True)) == "refused"
    clock.now_s += 1e6
    assert claim(queue) is None
    assert queue.get(job.id).state == "refused"


def test_a_silent_worker_loses_its_job_and_can_change_nothing_then(
    queue: Queue, clock: Clock
) -> None:
    queue.submit(order(), actor="t")
    dead = claim(queue, "dead")
    assert dead is not None
    clock.now_s += 59
    assert claim(queue) is None
    queue.heartbeat(dead)
    clock.now_s += 59
    assert claim(queue) is None
    clock.now_s += 2
    assert claim(queue) is None  # back in the queue, to be tried a little later
    clock.now_s += 30
    alive = claim(queue, "alive")
    assert alive is not None
    called: list[object] = []
    for late in (
        lambda: queue.heartbeat(dead),
        lambda: queue.finish(dead, {}, also=called.append),
        lambda: queue.fail(dead, Fault(kind="x", words="y")),
        lambda: queue.release(dead),
    ):
        with pytest.raises(LostLeaseError):
            late()
    assert called == []
    queue.finish(alive, {})


def test_a_job_that_kills_its_worker_each_time_is_given_up(queue: Queue, clock: Clock) -> None:
    job = queue.submit(order(), actor="t")
    for _ in range(ATTEMPTS):
        assert claim(queue) is not None
        clock.now_s += 4000
        if queue.get(job.id).attempts < ATTEMPTS:
            assert claim(queue) is None
            clock.now_s += 4000
    assert claim(queue) is None
    assert queue.get(job.id).state == "failed"


def test_a_worker_that_is_asked_to_stop_costs_no_attempt(queue: Queue) -> None:
    queue.submit(order(), actor="t")
    for _ in range(ATTEMPTS + 2):
        lease = claim(queue)
        assert lease is not None
        assert lease.job.attempts == 1
        queue.release(lease)


def test_newer_work_takes_the_place_of_older(queue: Queue, engine: Engine) -> None:
    queue.submit(order(key="1"), actor="t")
    running = claim(queue)
    assert running is not None
    queue.submit(order(key="2"), actor="t")
    queue.submit(order(study="b"), actor="t")
    with engine.begin() as connection:
        assert queue.supersede_in(connection, "a", MEASURE, actor="t") == 2
    with pytest.raises(LostLeaseError):
        queue.heartbeat(running)
    left = claim(queue)
    assert left is not None
    assert left.job.study == "b"


def test_what_goes_with_the_end_of_a_job_happens_with_it_or_not_at_all(
    queue: Queue, engine: Engine
) -> None:
    job = queue.submit(order(), actor="t")
    lease = claim(queue)
    assert lease is not None

    def broken(connection: Connection) -> None:
        queue.submit_in(connection, order(study="result"), actor="t")
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        queue.finish(lease, {}, also=broken)
    assert queue.get(job.id).state == "running"
    queue.release(lease)
    with pytest.raises(LookupError):
        queue.get(job.id + 1)


def test_every_change_is_in_the_audit(queue: Queue, engine: Engine, clock: Clock) -> None:
    job = queue.submit(order(), actor="receiver")
    lease = claim(queue, "one")
    assert lease is not None
    queue.fail(lease, Fault(kind="Crash", words="secret words are not repeated"))
    clock.now_s += 100
    lease = claim(queue, "two")
    assert lease is not None
    queue.finish(lease, {})
    with engine.connect() as connection:
        rows = connection.execute(select(AUDIT).order_by(AUDIT.c.id)).mappings().all()
    assert [(r["event"], r["before"], r["after"], r["actor"], r["words"]) for r in rows] == [
        ("submitted", "", "waiting", "receiver", ""),
        ("claimed", "waiting", "running", "one", ""),
        ("failed", "running", "waiting", "one", "Crash"),
        ("claimed", "waiting", "running", "two", ""),
        ("finished", "running", "done", "two", ""),
    ]
    assert {(r["subject"], r["subject_id"]) for r in rows} == {("job", job.id)}


def test_what_is_not_failed_cannot_be_retried(queue: Queue) -> None:
    job = queue.submit(order(), actor="t")
    with pytest.raises(TransitionError):
        queue.retry(job.id, actor="person")
    with pytest.raises(LookupError):
        queue.retry(job.id + 1, actor="person")


def test_many_workers_share_the_jobs_and_none_is_done_twice(engine: Engine) -> None:
    queue = Queue(engine=engine)
    threads_done: list[int] = []

    def submit() -> None:
        for number in range(20):
            queue.submit(order(study=str(number)), actor="t")

    def work(name: str) -> None:
        while (lease := queue.claim([MEASURE], owner=name)) is not None:
            threads_done.append(lease.job.id)
            queue.finish(lease, {})

    for target, args in ((submit, [()] * 3), (work, [("a",), ("b",), ("c",)])):
        crowd = [threading.Thread(target=target, args=one) for one in args]
        for one in crowd:
            one.start()
        for one in crowd:
            one.join()
    assert len(threads_done) == 20
    assert set(Counter(threads_done).values()) == {1}
