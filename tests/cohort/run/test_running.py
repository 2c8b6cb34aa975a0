"""A cohort is measured whatever its studies do, and whoever is killed on the way."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from myotome.cohort.run.lock import locked
from myotome.cohort.run.start import Wish, dry_run, run_cohort
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.opened import open_cohort
from myotome.cohort.store.record import waiting
from myotome.cohort.store.standing import counts
from myotome.errors import InputError, OutputError

Wished = Callable[..., Wish]
Table = Callable[[], list[tuple[Any, ...]]]


def oks(count: int) -> list[str]:
    return [f"ok_{number}" for number in range(count)]


def test_every_study_is_accounted_for(wished: Wished, table: Table) -> None:
    progress = run_cohort(wished([*oks(5), "refused"]))
    assert (progress.done, progress.failed, progress.left) == (5, 1, 0)
    done = [("done", "", float(number), 1) for number in range(5)]
    assert table() == [*done, ("failed", "geometry", None, 1)]


@pytest.mark.parametrize(
    ("act", "reason"),
    [("hangs", "timeout"), ("hungry", "out_of_memory"), ("dies", "worker_died")],
)
def test_a_study_that_misbehaves_ends_by_name_and_alone(
    wished: Wished, table: Table, tmp_path: Path, act: str, reason: str
) -> None:
    acts = [f"{act}_0", "ok_1", f"{act}_2", "ok_3", f"{act}_4"]
    run_cohort(wished(acts, timeout_s=2.0 if act == "hangs" else 60.0, memory_mb=500.0))
    with open_cohort(tmp_path / "cohort") as found:  # the coordinator's memory is not the study's
        query = "SELECT count(peak_mb) FROM studies WHERE state = 'failed'"
        assert found.sql(query).fetchall() == [(0,)]
    bad = [("failed", reason, None, 1)] * 3
    assert table() == [("done", "", 1.0, 1), ("done", "", 3.0, 1), *bad]


def test_what_would_fail_every_study_ends_the_run_and_counts_against_none(
    wished: Wished, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match=r"every study would fail: the disk is full"):
        run_cohort(wished(["full", *oks(3)], workers=1))
    assert counts(Layout(root=tmp_path / "cohort")).failed == 0


def test_running_again_repeats_nothing(wished: Wished, table: Table) -> None:
    run_cohort(wished([*oks(3), "dies"]))
    before = table()
    again = run_cohort(wished([*oks(3), "dies"]))
    assert again.this_run == 0
    assert table() == before


def test_a_longer_manifest_is_gone_on_with(wished: Wished, table: Table) -> None:
    run_cohort(wished(oks(2)))
    progress = run_cohort(wished(oks(4)))
    assert (progress.this_run, progress.done) == (2, 4)
    assert [row[2] for row in table()] == [0.0, 1.0, 2.0, 3.0]


@pytest.mark.parametrize("seed", range(3))
def test_killed_three_times_at_random_moments_the_table_is_the_same(
    wished: Wished, table: Table, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - moments, not secrets
    acts = [*oks(40), "refused"]
    wish = wished(acts)
    driver = tmp_path / "driver.py"
    driver.write_text(
        "import sys, json\n"
        "from myotome.cohort.run.settings import Settings\n"
        "from myotome.cohort.run.start import Wish, run_cohort\n"
        "told = json.loads(sys.argv[1])\n"
        "settings = Settings(root=told['root'])\n"
        "run_cohort(Wish(source=told['source'], settings=settings, workers=2,"
        " command=told['command']))\n"
    )
    told = {"root": wish.settings.root, "source": wish.source, "command": list(wish.command)}
    for _ in range(3):
        running = subprocess.Popen([sys.executable, str(driver), json.dumps(told)])
        layout = Layout(root=Path(wish.settings.root))
        until = time.monotonic() + 60
        wanted = len(waiting(layout)) + chance.randint(0, 8)
        while len(waiting(layout)) < wanted and time.monotonic() < until:
            if running.poll() is not None:
                break
            time.sleep(0.005)
        running.send_signal(signal.SIGKILL)
        running.wait()
    progress = run_cohort(wish)
    assert progress.left == 0
    done = [("done", "", float(number), 1) for number in range(40)]
    assert table() == [*done, ("failed", "geometry", None, 1)]


def test_the_measuring_process_ends_with_its_coordinator(wished: Wished, tmp_path: Path) -> None:
    wish = wished(["hangs"])
    code = (
        "import sys\nfrom myotome.cohort.run.settings import Settings\n"
        "from myotome.cohort.run.start import Wish, run_cohort\n"
        f"run_cohort(Wish(source={wish.source!r}, settings=Settings(root={wish.settings.root!r}),"
        f" command={tuple(wish.command)!r}))\n"
    )
    running = subprocess.Popen([sys.executable, "-c", code])
    child = _wait(lambda: _children(running.pid))
    running.kill()
    running.wait()
    _wait(lambda: not _alive(child[0]))


def _children(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task")
    try:
        found = [(task / "children").read_text().split() for task in path.iterdir()]
    except OSError:
        return []
    return [int(one) for words in found for one in words]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()


def _wait(for_what: Callable[[], Any], seconds: float = 60.0) -> Any:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = for_what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def test_two_runs_on_one_cohort_are_refused(wished: Wished, table: Table) -> None:
    wish = wished(oks(1))
    with (
        locked(Layout(root=Path(wish.settings.root))),
        pytest.raises(OutputError, match=rf"another run is at work.*process {os.getpid()}"),
    ):
        run_cohort(wish)
    run_cohort(wish)
    assert len(table()) == 1


def test_another_configuration_is_refused_mixed_or_measured_anew(
    wished: Wished, table: Table
) -> None:
    run_cohort(wished(oks(2)))
    other = wished(oks(3), options={"reach_slices": 2})
    with pytest.raises(InputError, match=r"another configuration \(reach_slices\)"):
        run_cohort(other)
    assert run_cohort(replace(other, mix=True)).this_run == 1
    assert [row[3] for row in table()] == [1, 1, 1]
    assert run_cohort(replace(other, again=True)).this_run == 2
    assert [row[3] for row in table()] == [2, 2, 1]
    assert run_cohort(other).this_run == 0


def test_what_failed_is_tried_again_when_asked(
    wished: Wished, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_cohort(wished(["dies", "refused", "ok_1"]))
    assert run_cohort(wished(["dies", "refused", "ok_1"], retry=("worker_died",))).this_run == 1
    assert sorted(row[3] for row in table()) == [1, 1, 2]
    assert run_cohort(wished(["dies", "refused", "ok_1"], retry=())).this_run == 2
    assert sorted(row[3] for row in table()) == [1, 2, 3]


def test_a_dry_run_measures_nothing(wished: Wished, tmp_path: Path) -> None:
    left, tasks = dry_run(wished(oks(3)))
    assert (len(left.tasks), len(tasks)) == (3, 3)
    assert {path.name for path in (tmp_path / "cohort").iterdir()} == {"private"}


def test_a_folder_of_somebody_else_is_left_alone(wished: Wished, tmp_path: Path) -> None:
    (tmp_path / "cohort").mkdir()
    (tmp_path / "cohort" / "thesis.docx").touch()
    with pytest.raises(InputError, match="is no cohort"):
        run_cohort(wished(oks(1)))
    assert [path.name for path in (tmp_path / "cohort").iterdir()] == ["thesis.docx"]


def test_nothing_outside_the_private_folder_names_a_path(wished: Wished, tmp_path: Path) -> None:
    run_cohort(wished(["ok_1", "dies_2"]))
    cohort = tmp_path / "cohort"
    assert (cohort / "private").stat().st_mode & 0o777 == 0o700
    assert (cohort / "private" / "salt").stat().st_mode & 0o777 == 0o600
    for path in cohort.rglob("*"):
        if path.is_file() and "private" not in path.parts:
            content = path.read_bytes()
            assert b"ok_1" not in content
            assert b"dies_2" not in content
            assert b"ok_1" not in path.name.encode()
