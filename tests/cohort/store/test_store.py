"""Records, parts and views: nothing is lost, doubled or half there, wherever a run is killed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from myotome.cohort.store import opened, parts, record
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.opened import open_cohort
from myotome.cohort.store.parts import compact, read_index
from myotome.cohort.store.record import Record, save, waiting
from myotome.errors import InputError, OutputError


def made(study: str, attempt: int = 1, *, state: str = "done", value: float = 1.0) -> Record:
    row: dict[str, Any] = {"study": study, "attempt": attempt, "state": state, "subject": "s1"}
    if state == "failed":
        return Record(study=row, rows={})
    number = {"quantity": "area", "structure": "psoas", "value": value, "unit": "cm2"}
    none = {"quantity": "area", "structure": "rectus_abdominis", "value": None}
    return Record(study=row, rows={"measurements": [number, none], "flags": [{"code": "prone"}]})


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "cohort.json").write_text('{"format": 1}')
    return Layout(root=tmp_path)


def values(layout: Layout) -> list[tuple[Any, ...]]:
    with open_cohort(layout.root) as found:
        return found.sql(
            "SELECT study, attempt, value FROM measurements WHERE structure = 'psoas' ORDER BY ALL"
        ).fetchall()


def test_the_inbox_and_the_parts_tell_the_same(layout: Layout) -> None:
    for number in range(5):
        save(made(f"{number:016x}", value=number / 3), layout)
    before = values(layout)
    assert [value for *_, value in before] == [0.0, 1 / 3, 2 / 3, 1.0, 4 / 3]
    assert compact(layout) == 5
    assert waiting(layout) == []
    assert values(layout) == before


def test_a_missing_value_stays_missing(layout: Layout) -> None:
    save(made("a"), layout)
    compact(layout)
    with open_cohort(layout.root) as found:
        query = "SELECT count(*), count(value) FROM measurements"
        assert found.sql(query).fetchall() == [(2, 1)]


def test_the_last_attempt_counts_wherever_it_lies(layout: Layout) -> None:
    save(made("a", 1, state="failed"), layout)
    compact(layout)
    save(made("a", 2, value=2.0), layout)
    assert values(layout) == [("a", 2, 2.0)]
    compact(layout)
    save(made("a", 3, value=3.0), layout)
    assert values(layout) == [("a", 3, 3.0)]
    with open_cohort(layout.root) as found:
        assert found.sql("SELECT state FROM studies").fetchall() == [("done",)]
        assert found.sql("SELECT count(*) FROM flags").fetchall() == [(1,)]


def test_a_failed_last_attempt_leaves_no_numbers_of_an_earlier_one(layout: Layout) -> None:
    save(made("a", 1), layout)
    save(made("a", 2, state="failed"), layout)
    compact(layout)
    assert values(layout) == []


class Killed(BaseException):
    """As if the process ended here."""


@pytest.mark.parametrize("where", ["save_parquet", "_replace", "_drop", "_sync"])
def test_killed_at_any_step_of_the_move_nothing_is_lost_or_doubled(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    save(made("old", value=9.0), layout)
    compact(layout)
    for name in "abc":
        save(made(name), layout)
    expected = values(layout)

    real = getattr(parts, where)
    for allowed in range(4):  # killed at its first, second ... call
        calls = iter(range(allowed))

        def killed(*told: Any, calls: Iterator[int] = calls) -> Any:
            if next(calls, None) is None:
                raise Killed
            return real(*told)

        monkeypatch.setattr(parts, where, killed)
        with suppress(Killed):
            compact(layout)
        assert values(layout) == expected
    monkeypatch.setattr(parts, where, real)
    compact(layout)
    assert values(layout) == expected
    assert waiting(layout) == []


def test_more_records_than_fit_one_part(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_AT_ONCE", 2)
    for name in "abcde":
        save(made(name), layout)
    assert compact(layout, at_least=6) == 0
    assert compact(layout) == 5
    assert read_index(layout).parts == (1, 2, 3)
    assert len(values(layout)) == 5


def test_what_is_being_written_is_not_there_yet(layout: Layout) -> None:
    layout.inbox.mkdir()
    (layout.inbox / ".a.1.done.json.gz.1234").write_bytes(b"half")
    assert waiting(layout) == []
    assert values(layout) == []


@pytest.mark.parametrize("before", ["waiting", "read_index", "load"])
def test_what_moves_while_the_cohort_is_opened_is_neither_lost_nor_doubled(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    for name in "ab":
        save(made(name), layout)
    expected = values(layout)
    real, moved = getattr(opened, before), []

    def moving(*told: Any) -> Any:
        if not moved:
            moved.append(compact(layout))
        return real(*told)

    monkeypatch.setattr(opened, before, moving)
    assert values(layout) == expected
    assert moved == [2]


@pytest.mark.parametrize("content", [b"", b"no gzip", b"\x1f\x8b\x08\x00"])
def test_a_damaged_record_is_named(layout: Layout, content: bytes) -> None:
    layout.inbox.mkdir()
    (layout.inbox / "a.1.done.json.gz").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.1\.done\.json\.gz in the cohort's inbox is damaged"):
        compact(layout)


def test_a_full_disk_leaves_no_half_record(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(record.os, "fsync", full)
    with pytest.raises(OutputError, match="disk is full"):
        save(made("a"), layout)
    assert list(layout.inbox.iterdir()) == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"parts": 3}', '{"parts": ["x"]}'])
def test_a_damaged_index_is_refused(layout: Layout, text: str) -> None:
    layout.tables.mkdir()
    layout.index.write_text(text)
    with pytest.raises(InputError, match="index of the cohort's tables is damaged"):
        read_index(layout)


@pytest.mark.parametrize("about", [None, "", "{}", '{"format": "x"}', "[1]"])
def test_what_is_no_cohort_is_refused(tmp_path: Path, about: str | None) -> None:
    if about is not None:
        (tmp_path / "cohort.json").write_text(about)
    with pytest.raises(InputError, match="no cohort of Myotome"):
        open_cohort(tmp_path)


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "cohort.json").write_text(json.dumps({"format": 99}))
    with pytest.raises(InputError, match="Update Myotome"):
        open_cohort(tmp_path)


def test_a_column_that_no_table_has_is_refused() -> None:
    with pytest.raises(ValueError, match="flags has no column"):
        Record(study={"study": "a", "attempt": 1, "state": "done"}, rows={"flags": [{"who": "x"}]})
