"""Words are kept one by one, whatever happens; the last one of each reviewer counts."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading

import pytest

from myotome.cohort.review import words
from myotome.cohort.review.words import Word, decisions, said, say
from myotome.cohort.store.layout import Layout
from myotome.errors import InputError, OutputError


def word(study: str = "a", reviewer: str = "ann", verdict: str = "accept", **more: object) -> Word:
    told = {"comment": "", "utc": words.now(), "attempt": 1, **more}
    return Word(study=study, reviewer=reviewer, verdict=verdict, **told)


def test_a_word_is_one_json_line_of_the_agreed_fields(layout: Layout) -> None:
    say(word(comment='Zw\u00f6lf "Muskeln"\nzwei Zeilen'), layout)
    (line,) = layout.review.read_text(encoding="utf-8").splitlines()
    assert set(json.loads(line)) == {
        *("study", "reviewer", "verdict", "comment", "utc", "attempt"),
    }
    assert said(layout) == (
        word(comment='Zw\u00f6lf "Muskeln"\nzwei Zeilen', utc=json.loads(line)["utc"]),
    )


_MANY = """
import sys
from pathlib import Path
from myotome.cohort.review.words import Word, now, say
from myotome.cohort.store.layout import Layout
for n in range(50):
    say(Word(study=f"s{n}", reviewer=sys.argv[2], verdict="accept", comment="x" * 1500,
             utc=now(), attempt=1), Layout(root=Path(sys.argv[1])))
"""


def test_two_processes_at_once_lose_and_mix_nothing(layout: Layout) -> None:
    both = [
        subprocess.Popen([sys.executable, "-c", _MANY, str(layout.root), name])
        for name in ("ann", "bob")
    ]
    assert [one.wait(60) for one in both] == [0, 0]
    found = said(layout)
    assert len(found) == 100
    for name in ("ann", "bob"):
        assert [one.study for one in found if one.reviewer == name] == [f"s{n}" for n in range(50)]


def test_a_word_waits_for_another_that_is_being_said(layout: Layout) -> None:
    say(word("first"), layout)
    with layout.review.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = threading.Thread(target=say, args=(word("second"), layout))
        waiting.start()
        waiting.join(0.5)
        assert waiting.is_alive()
        assert [one.study for one in said(layout)] == ["first"]
    waiting.join(10)
    assert [one.study for one in said(layout)] == ["first", "second"]


def test_a_full_disk_leaves_no_half_line(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    say(word("a"), layout)
    real = os.write

    def short(handle: int, line: bytes) -> int:
        return real(handle, line[:10])

    monkeypatch.setattr(words.os, "write", short)
    with pytest.raises(OutputError, match="disk is full"):
        say(word("b"), layout)
    monkeypatch.undo()
    say(word("c"), layout)
    assert [one.study for one in said(layout)] == ["a", "c"]


def test_a_line_that_a_crash_left_half_is_ended_and_then_named(layout: Layout) -> None:
    say(word("a"), layout)
    with layout.review.open("a") as stream:
        stream.write('{"study": "b", "rev')
    assert [one.study for one in said(layout)] == ["a"]
    say(word("c"), layout)
    with pytest.raises(InputError, match=r"line 2 of review/reviews\.jsonl is damaged"):
        said(layout)


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "{}",
        '{"study": 3, "reviewer": "a", "verdict": "?", "comment": "", "utc": "", "attempt": 1}',
        '{"study": "a", "reviewer": "a", "verdict": "?", "comment": "", "utc": "", "attempt": 1}',
    ],
)
def test_damaged_lines_are_refused(layout: Layout, line: str) -> None:
    layout.review.parent.mkdir()
    layout.review.write_text(line + "\n")
    with pytest.raises(InputError, match="line 1"):
        said(layout)


@pytest.mark.parametrize(
    "told",
    [
        {"verdict": "maybe"},
        {"reviewer": " "},
        {"reviewer": "x" * 61},
        {"reviewer": "a\x1b[2J"},
        {"comment": "x" * 2001},
        {"comment": "\x00"},
        {"verdict": "comment", "comment": "  "},
    ],
)
def test_what_is_no_word_is_refused(told: dict[str, str]) -> None:
    with pytest.raises(InputError):
        word(**told)


def test_the_last_word_of_each_reviewer_counts_and_one_rejection_excludes() -> None:
    found = decisions(
        [
            word("a", "ann", "reject"),
            word("a", "ann", "accept"),
            word("b", "ann", "accept"),
            word("b", "bob", "wrong_level", comment="L3 is L4"),
            word("b", "ann", "comment", comment="look again"),
            word("c", "ann", "comment", comment="?"),
            word("gone", "ann", "accept"),
        ],
        {"a": 1, "b": 1, "c": 1, "d": 1},
    )
    assert {study: one.accepted for study, one in found.items()} == {
        "a": True,
        "b": False,
        "c": None,
    }
    assert found["b"].excluded_why == "a reviewer said that the level is wrong"
    assert found["b"].verdicts == {"ann": "accept", "bob": "wrong_level"}
    assert found["b"].comments == (("bob", "L3 is L4"), ("ann", "look again"))


def test_a_verdict_on_an_earlier_attempt_no_longer_counts() -> None:
    found = decisions([word("a", "ann", "reject")], {"a": 2})["a"]
    assert (found.accepted, found.stale) == (None, 1)
