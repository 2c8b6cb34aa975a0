"""One process a study; whatever becomes of it, the job has an end with a name."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import select

from myotome.service.database.engine import open_engine
from myotome.service.database.migrate import migrate
from myotome.service.database.schema import AUDIT, JOBS
from myotome.service.queue.kinds import DELIVER, MEASURE
from myotome.service.settings.node import Work
from myotome.service.work.worker import Worker


def jobs(catalogue, kind: str = MEASURE) -> list:
    with catalogue.engine.begin() as connection:
        wanted = select(JOBS).where(JOBS.c.kind == kind).order_by(JOBS.c.id)
        return list(connection.execute(wanted).mappings())


def test_a_study_is_measured_from_its_own_images_and_ordered_to_be_sent(
    catalogue, worker, received
) -> None:
    received(catalogue, "1.2", "1", "2")
    received(catalogue, "1.3", "9")
    assert catalogue.complete(0) == 2
    one = worker()
    assert [one.work_once() for _ in range(3)] == [True, True, False]
    results = sorted(catalogue.layout.root.glob("results/*/*/result.txt"))
    assert sorted(path.read_text() for path in results) == ["1,2", "9"]
    assert {path.parent.name for path in results} == {"r001"}
    assert [job["state"] for job in jobs(catalogue)] == ["done", "done"]
    sent = jobs(catalogue, DELIVER)
    assert {job["study"] for job in sent} == {path.parents[1].name for path in results}
    assert [json.loads(job["payload"]) for job in sent] == [{"archive": "pacs"}] * 2
    assert list(catalogue.layout.work.iterdir()) == []


def test_late_images_make_a_second_revision_and_the_first_is_kept(
    catalogue, worker, received
) -> None:
    received(catalogue, "1.2", "1")
    catalogue.complete(0)
    worker().work_once()
    received(catalogue, "1.2", "2")
    catalogue.complete(0)
    worker().work_once()
    texts = {p.parent.name: p.read_text() for p in catalogue.layout.root.rglob("result.txt")}
    assert texts == {"r001": "1", "r002": "1,2"}


def test_results_of_a_worker_that_died_before_it_could_say_so_are_replaced(
    catalogue, worker, received
) -> None:
    received(catalogue, "1.2", "1")
    catalogue.complete(0)
    left = catalogue.layout.results(jobs(catalogue)[0]["study"], 1)
    left.mkdir(parents=True)
    (left / "result.txt").write_text("of the dead")
    (left / "more.txt").write_text("of the dead")
    worker().work_once()
    assert jobs(catalogue)[0]["state"] == "done"
    assert {path.name: path.read_text() for path in left.iterdir()} == {"result.txt": "1"}


ENDS = {
    "killed": ("import os; os.kill(os.getpid(), 9)", "Killed", "waiting"),
    "crash": ("import os; os._exit(3)", "Crashed", "waiting"),
    "nonsense": (
        "import json,sys; open(json.load(sys.stdin)['answer'],'w').write('{')",
        "Crashed",
        "waiting",
    ),
    "refusal": (
        "import json,sys; open(json.load(sys.stdin)['answer'],'w').write(json.dumps("
        "{'status':'error','kind':'AnatomyError','words':'a head','final':True}))",
        "AnatomyError",
        "refused",
    ),
    "endless": ("import time; time.sleep(100)", "Timeout", "waiting"),
}


@pytest.mark.parametrize("end", ENDS)
def test_every_end_has_a_name_and_stops_nothing_else(
    catalogue, worker, received, child, end: str
) -> None:
    program, fault, state = ENDS[end]
    received(catalogue, "1.2", "1")
    catalogue.complete(0)
    assert worker(child(program), timeout_s=1).work_once()
    (job,) = jobs(catalogue)
    assert (job["fault"], job["state"]) == (fault, state)
    assert not list(catalogue.layout.root.rglob("result.txt"))
    received(catalogue, "1.3", "1")
    catalogue.complete(0)
    deadline_s = time.monotonic() + 10
    while not list(catalogue.layout.root.rglob("result.txt")):
        worker().work_once()
        assert time.monotonic() < deadline_s


def test_a_late_image_ends_the_work_that_it_makes_old(catalogue, worker, received, child) -> None:
    received(catalogue, "1.2", "1")
    catalogue.complete(0)
    slow = worker(child("import time; time.sleep(60)"))
    object.__setattr__(catalogue.queue, "lease_s", 2.0)  # so that it looks every half second
    crew = threading.Thread(target=slow.work_once)
    crew.start()
    while jobs(catalogue)[0]["state"] != "running":
        time.sleep(0.05)
    received(catalogue, "1.2", "2")
    crew.join(timeout=10)
    assert not crew.is_alive()
    assert jobs(catalogue)[0]["state"] == "superseded"


def test_a_worker_that_is_asked_to_stop_gives_its_job_back(
    catalogue, worker, received, child
) -> None:
    received(catalogue, "1.2", "1")
    catalogue.complete(0)
    slow = worker(child("import time; time.sleep(60)"))
    crew = threading.Thread(target=slow.run)
    crew.start()
    while jobs(catalogue)[0]["state"] != "running":
        time.sleep(0.05)
    slow.stopping.set()
    crew.join(timeout=10)
    assert not crew.is_alive()
    (job,) = jobs(catalogue)
    assert (job["state"], job["attempts"]) == ("waiting", 0)


def node(url: str, root: Path, make_catalogue, command: list[str]) -> None:
    """What a worker of a node is, in a process of its own."""
    made = make_catalogue(open_engine(url), root, lease_s=0.5)
    worker = Worker(owner="w", catalogue=made, settings=Work(), archives=("pacs",), child=command)
    worker.sweep()
    worker.run()


def test_a_node_that_is_killed_at_any_moment_loses_and_doubles_nothing(
    tmp_path: Path, database_url: str, received, make_catalogue, good
) -> None:
    engine = open_engine(database_url)
    migrate(engine)
    made = make_catalogue(engine, tmp_path / "node", lease_s=0.5)
    count = 5
    for number in range(count):
        received(made, f"1.{number}", str(number))
    made.complete(0)
    chance = random.Random(7)  # noqa: S311  (moments, no secrets)
    engine.dispose()  # a connection must not be shared with a process that is forked
    arguments = (database_url, tmp_path / "node", make_catalogue, [*good, "0.1"])
    for _ in range(60):
        process = get_context("fork").Process(target=node, args=arguments)
        process.start()
        time.sleep(chance.uniform(0.0, 1.5))
        process.kill()  # SIGKILL
        process.join()
        process.close()
        if all(job["state"] == "done" for job in jobs(made)):
            break
        engine.dispose()
    done = jobs(made)
    assert [job["state"] for job in done] == ["done"] * count
    results = sorted(made.layout.root.glob("results/*/r*/result.txt"))
    assert sorted(path.read_text() for path in results) == sorted(map(str, range(count)))
    assert len(jobs(made, DELIVER)) == count
    with engine.begin() as connection:
        steps = connection.execute(select(AUDIT).where(AUDIT.c.event == "finished")).mappings()
        finished = Counter(step["subject_id"] for step in steps)
    assert finished == {job["id"]: 1 for job in done}
    engine.dispose()
