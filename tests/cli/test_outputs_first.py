"""Where results cannot be written, nobody works for them: the place is asked first."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from myotome.cli import app as cli
from myotome.write import folder as writing

CANNOT_BE_WRITTEN = 10
FOLDERS = {
    "run": ["run", "IN"],
    "every series": ["run", "IN", "--all-series"],
    "slice": ["slice", "IN"],
    "import": ["dicom", "import", "IN", "IN"],
}
TABLES = {
    "threshold": ["threshold", "IN", "IN"],
    "assess": ["assess", "IN"],
}


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    """Run a command line whose input is nonsense: (exit code, answer)."""
    (tmp_path / "in.csv").write_text("nonsense")
    before = sorted(tmp_path.rglob("*"))

    def run(words: list[str], out: Path) -> tuple[int, dict[str, Any]]:
        line = [str(tmp_path / "in.csv") if w == "IN" else w for w in words]
        monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
        monkeypatch.setattr(sys, "argv", ["myotome", *line, "-o", str(out)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        assert set(before) <= set(tmp_path.rglob("*"))
        return int(stop.value.code or 0), json.loads(capsys.readouterr().out.splitlines()[-1])

    return run


def refused(found: tuple[int, dict[str, Any]], words: str) -> None:
    code, answer = found
    assert code == CANNOT_BE_WRITTEN, answer
    assert words in answer["error"]


@pytest.mark.parametrize("command", [*FOLDERS, *TABLES])
def test_a_name_that_is_too_long(command: str, call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    words = {**FOLDERS, **TABLES}[command]
    ending = ".csv" if command in TABLES else ""
    for out in (tmp_path / ("x" * 300 + ending), tmp_path / ("y" * 280) / f"out{ending}"):
        refused(call(words, out), "its name is too long")
    deep = tmp_path.joinpath(*["z" * 200] * 21, f"out{ending}")
    refused(call(words, deep), "its name is too long")


@pytest.mark.parametrize("command", [*FOLDERS, *TABLES])
def test_a_path_through_a_file(command: str, call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "file").write_text("mine")
    out = tmp_path / "file" / ("out.csv" if command in TABLES else "out")
    refused(call({**FOLDERS, **TABLES}[command], out), "a part of its path is a file")


@pytest.mark.parametrize("command", [*FOLDERS, *TABLES])
def test_a_place_where_nobody_may_write(command: str, call, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    real = os.access  # root may write everywhere
    shut = lambda path, mode: not mode & os.W_OK and real(path, mode)  # noqa: E731
    monkeypatch.setattr(writing.os, "access", shut)
    out = tmp_path / "closed" / ("out.csv" if command in TABLES else "out")
    refused(call({**FOLDERS, **TABLES}[command], out), "it may not be written to")


@pytest.mark.parametrize("command", ["run", "slice", "import"])
def test_a_folder_of_others(command: str, call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis.docx").write_text("years of work")
    for more in ([], ["--overwrite"]):
        found = call([*FOLDERS[command], *more], tmp_path / "theirs")
        refused(found, "holds files that are not Myotome's")
    assert (tmp_path / "theirs" / "thesis.docx").read_text() == "years of work"


@pytest.mark.parametrize("command", TABLES)
def test_a_folder_in_the_place_of_a_table(command: str, call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "theirs.csv").mkdir()
    for more in ([], ["--overwrite"]):
        found = call([*TABLES[command], *more], tmp_path / "theirs.csv")
        refused(found, "would take the place of a folder")


@pytest.mark.parametrize("command", TABLES)
def test_a_table_of_before_its_input_and_other_endings(command: str, call, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "old.csv").write_text("old")
    refused(call(TABLES[command], tmp_path / "old.csv"), "is there already")
    refused(call([*TABLES[command], "--overwrite"], tmp_path / "in.csv"), "replace its own input")
    refused(call(TABLES[command], tmp_path / "new.xlsx"), "neither .csv nor .parquet")
    assert (tmp_path / "old.csv").read_text() == "old"


@pytest.mark.parametrize("name", ["n" * 251 + ".csv", "n" * 247 + ".parquet"])
def test_the_longest_names_are_written(name: str, tmp_path: Path) -> None:
    """What is checked is what is done: the hidden name on the way is no longer than the final."""
    from myotome.nouns.numbers.hu_counts import Counted
    from myotome.write.data.hu_windows import save, table_of

    writing.check_out_file(tmp_path / name)
    save(table_of(Counted(rows=())), tmp_path / name)
    assert [p.name for p in tmp_path.iterdir()] == [name]
