"""The commands of reviewers: what they answer programs, and how they refuse."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from myotome.cli.app import app
from myotome.cohort.review.words import Word, now, say
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.record import Record, save


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    root = tmp_path / "cohort"
    root.mkdir()
    (root / "cohort.json").write_text('{"format": 1}')
    made = Layout(root=root)
    for study in ("aa", "bb", "cc"):
        told = {"study": study, "attempt": 1, "state": "done", "subject": study}
        save(Record(study=told, rows={}), made)
    return made


def told(*words: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(app, list(words))
    lines = result.stdout.strip().splitlines()
    return result.exit_code, json.loads(lines[-1]) if lines else {}


def test_review_writes_pages_and_counts(layout: Layout, tmp_path: Path) -> None:
    code, answer = told("cohort", "review", str(layout.root), "-o", str(tmp_path / "out"))
    assert code == 0
    assert answer["studies"] == {"accepted": 0, "excluded": 0, "not_reviewed": 3, "failed": 0}
    assert (tmp_path / "out" / "index.html").is_file()
    assert told("cohort", "review", str(layout.root), "-o", str(tmp_path / "out"))[0] == 10


@pytest.mark.parametrize("words", [(), ("--serve", "-o", "x")])
def test_review_is_either_files_or_served(layout: Layout, words: tuple[str, ...]) -> None:
    assert told("cohort", "review", str(layout.root), *words)[0] == 2


def test_serving_needs_a_name(layout: Layout) -> None:
    code, answer = told("cohort", "review", str(layout.root), "--serve")
    assert code == 3
    assert "--reviewer NAME" in answer["error"]


def test_serving_ends_with_an_interrupt_and_counts(layout: Layout) -> None:
    # a process that was started in the background of a shell ignores interrupts
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    command = heard + "from myotome.cli.app import main; main()"
    words = ["cohort", "review", str(layout.root), "--serve", "--reviewer", "ann"]
    with subprocess.Popen(
        [sys.executable, "-c", command, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as server:
        assert server.stderr is not None
        address = server.stderr.readline().split()[-1]
        with urllib.request.urlopen(address, timeout=30) as page:  # noqa: S310
            assert b"Contact sheet" in page.read()
        server.send_signal(signal.SIGINT)
        out, _ = server.communicate(timeout=30)
    assert server.returncode == 0
    assert json.loads(out.splitlines()[-1])["studies"]["not_reviewed"] == 3


def test_agreement_tells_kappa_and_writes_it(layout: Layout, tmp_path: Path) -> None:
    verdicts = {
        "aa": ("accept", "accept"),
        "bb": ("accept", "reject"),
        "cc": ("reject", "reject"),
    }
    for study, both in verdicts.items():
        for reviewer, verdict in zip(("ann", "bob"), both, strict=True):
            word = {"study": study, "reviewer": reviewer, "verdict": verdict}
            say(Word(**word, comment="", utc=now(), attempt=1), layout)
    table = tmp_path / "agreement.csv"
    code, answer = told("cohort", "agreement", str(layout.root), "-o", str(table))
    assert code == 0
    (pair,) = answer["agreement"]
    # observed 2/3, by chance 4/9: kappa 0.4
    assert pair["kappa"]["value"] == pytest.approx(0.4)
    assert answer["excluded"] == {"a reviewer rejected the segmentation": 2}
    assert table.read_text().startswith("first,second,n,observed_agreement,kappa,")
    assert len(table.read_text().splitlines()) == 4


def test_changes_of_a_cohort_without_follow_ups(layout: Layout, tmp_path: Path) -> None:
    table = tmp_path / "changes.csv"
    code, answer = told("cohort", "changes", str(layout.root), "-o", str(table))
    assert (code, answer["rows"], answer["subjects"]) == (0, 0, 0)
    assert len(table.read_text().splitlines()) == 1


def test_compare_refuses_what_is_no_result(tmp_path: Path) -> None:
    code, answer = told("compare", str(tmp_path / "a"), str(tmp_path / "b"))
    assert code == 3
    assert "no results folder" in answer["error"]
