"""The page on the tables of a cohort holds: its Python, its commands and its R."""

from __future__ import annotations

import doctest
import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from myotome.cli.app import app

PAGE = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "cohort-tables.md"
TEXT = PAGE.read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()
]
(R,) = re.findall(r"```r\n(.*?)```", TEXT, re.DOTALL)


def called(command: str) -> None:
    result = CliRunner().invoke(app, shlex.split(command)[1:])
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1])["status"] == "ok"


def test_the_python_of_the_page_holds(folder: Path) -> None:
    example = doctest.DocTestParser().get_doctest(TEXT, {"folder": folder}, PAGE.stem, None, 0)
    assert len(example.examples) >= 12
    assert doctest.DocTestRunner().run(example).failed == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_of_the_page_work(
    command: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cohort").symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    called(command)


def test_the_page_shows_every_command_and_form() -> None:
    assert {command.split()[2] for command in COMMANDS} == {"table", "dictionary", "export"}
    forms = {command.split()[5] for command in COMMANDS if "--to" in command}
    assert forms == {"csv", "parquet", "redcap", "omop", "bids"}


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs R, which is not installed")
def test_the_r_of_the_page_works(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cohort").symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    called(COMMANDS[0])
    done = subprocess.run(["Rscript", "-e", R], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"\d+\.\d+ cm2\n", done.stdout)
