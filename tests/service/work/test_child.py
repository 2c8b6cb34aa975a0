"""The real process: its answers, its memory limit, its end with its parent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from myotome.service.settings.node import Work
from myotome.service.work.how import choices, configuration, measured_with
from myotome.service.work.worker import CHILD


def told(folder: Path, **more: object) -> dict[str, object]:
    (folder / "input").mkdir()
    return {
        "input": str(folder / "input"),
        "out": str(folder / "out"),
        "answer": str(folder / "answer.json"),
        "configuration": choices(Work(threads=1)),
        "salt": "a secret",
        "memory_mb": 0,
        **more,
    }


def test_what_is_no_scan_is_refused_by_name_for_good(tmp_path: Path) -> None:
    order = told(tmp_path)
    (tmp_path / "input" / "000000.dcm").write_bytes(b"DOE^JOHN" * 100)
    subprocess.run(CHILD, input=json.dumps(order).encode(), check=True)
    answer = json.loads((tmp_path / "answer.json").read_text())
    assert (answer["status"], answer["final"]) == ("error", True)
    assert answer["kind"].endswith("Error")
    assert "DOE" not in answer["words"]
    assert not (tmp_path / "out" / "measurements.csv").exists()


GREEDY = """
from myotome.service.work import child
child._measured = lambda told: {"summary": len(bytearray(10**9))}
child.main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of memory is Linux's")
@pytest.mark.parametrize(("memory_mb", "kind"), [(300, "OutOfMemory"), (0, None)])
def test_a_study_that_wants_too_much_memory_ends_by_name(
    tmp_path: Path, memory_mb: int, kind: str | None
) -> None:
    order = json.dumps(told(tmp_path, memory_mb=memory_mb)).encode()
    subprocess.run([sys.executable, "-c", GREEDY], input=order, check=True)
    assert json.loads((tmp_path / "answer.json").read_text()).get("kind") == kind


SLOW = """
import time
from myotome.service.work import child
child._measured = lambda told: time.sleep(60)
child.main()
"""
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdin=subprocess.PIPE)
child.stdin.write(sys.argv[2].encode()); child.stdin.close()
time.sleep(3)
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_no_process_outlives_a_node_that_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, SLOW, json.dumps(told(tmp_path))], stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    number = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        if not _lives(number):
            return
        time.sleep(0.1)
    pytest.fail("it goes on")


def _lives(number: int) -> bool:
    try:
        os.kill(number, 0)
        state = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_what_changes_a_number_changes_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = measured_with(Work(threads=1), "s")
    assert measured_with(Work(threads=2, workers=3, timeout_s=9), "s") == plain
    assert measured_with(Work(unenhanced_only=True), "s") != plain
    assert measured_with(Work(dicom=False), "s") != plain
    monkeypatch.setattr("myotome.service.work.how.__version__", "0.0.0.other")
    assert measured_with(Work(threads=1), "s") != plain


def test_choices_become_the_configuration_of_a_run() -> None:
    made = configuration(choices(Work(threads=3, backend="totalsegmentator")), "a secret")
    assert (made.threads, made.backend, made.extras.dicom) == (3, "totalsegmentator", True)
    assert made.salt == "a secret"
