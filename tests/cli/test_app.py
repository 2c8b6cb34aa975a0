"""The command line: exit codes, the JSON line, and nothing said twice or too much."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from myotome import errors
from myotome.cli import app as cli
from myotome.runtime import provenance as origin


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run one command line in this process; gives (exit code, last line, stderr)."""

    def run(*words: str) -> tuple[int, dict[str, Any], str]:
        monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
        monkeypatch.setattr(sys, "argv", ["myotome", *words])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        said = capsys.readouterr()
        lines = said.out.strip().splitlines()
        return int(stop.value.code or 0), json.loads(lines[-1]) if lines else {}, said.err

    return run


def test_version_is_one_line(monkeypatch, capsys) -> None:
    monkeypatch.setattr(sys, "argv", ["myotome", "--version"])
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit):
        cli.main()
    assert capsys.readouterr().out.startswith("myotome 0.")


@pytest.mark.parametrize("words", [("bogus",), ("run",), ("run", "x", "--threads", "0")])
def test_a_wrong_command_line_answers_in_json_too(call, words) -> None:
    code, answer, said = call(*words)
    assert code == 2
    assert (answer["status"], answer["code"]) == ("error", 2)
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InputError("a", why="b", mend="c"), 3),
        (errors.NoUsableSeriesError("a"), 4),
        (errors.GeometryError("a"), 5),
        (errors.NotHounsfieldError("a"), 6),
        (errors.AnatomyError("a"), 7),
        (errors.BackendError("a"), 8),
        (errors.WeightsError("a"), 9),
        (errors.OutputError("a"), 10),
        (errors.GridMismatchError("a"), 11),
        (KeyboardInterrupt(), 130),
        (RuntimeError("/home/DOE_JANE/ct"), 1),
    ],
)
def test_each_error_has_its_code_and_its_words(call, monkeypatch, error, code) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(origin, "installation", fail)
    got, answer, said = call("info")
    assert got == code
    assert (answer["status"], answer["code"]) == ("error", code)
    assert answer["error"] in said
    assert "Traceback" not in said
    if isinstance(error, errors.MyotomeError):
        assert answer["error"] == str(error)


def test_an_unexpected_error_names_no_path_and_says_where_to_report(call, monkeypatch) -> None:
    def fail() -> None:
        raise RuntimeError("/home/DOE_JANE/ct")

    monkeypatch.setattr(origin, "installation", fail)
    _, answer, said = call("info")
    assert "DOE_JANE" not in json.dumps(answer) + said
    assert "report" in answer["error"]
    _, _, said = call("info", "--debug")
    assert "Traceback" in said


def test_info_tells_engine_weights_and_backends(call) -> None:
    code, answer, _ = call("info", "--json")
    assert code == 0
    assert answer["status"] == "ok"
    assert answer["engine"] in {"openvino", "onnxruntime"}
    assert set(answer["backends"]) == {"bundled", "labels", "totalsegmentator"}
    for facts in answer["weights"].values():
        assert len(facts["sha256"]) == 64
        assert facts["card"]["licence"]


def test_a_missing_input_is_an_input_error(call, tmp_path: Path) -> None:
    code, answer, _ = call("run", str(tmp_path / "nowhere"), "-o", str(tmp_path / "out"))
    assert code == 3
    assert answer["status"] == "error"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("words", [("--sex", "X"), ("--height-cm", "1.70")])
def test_impossible_options_are_refused_before_anything_is_read(call, tmp_path, words) -> None:
    code, answer, _ = call("run", str(tmp_path), "-o", str(tmp_path / "out"), *words)
    assert code == 3
    assert answer["kind"] == "InputError"


@pytest.mark.parametrize("command", ["train", "crossval", "export", "evaluate"])
def test_commands_for_ones_own_networks_have_help(command: str) -> None:
    said = CliRunner().invoke(cli.app, [command, "--help"], prog_name="myotome")
    assert said.exit_code == 0
    assert f"Usage: myotome {command}" in said.output


def test_training_on_nothing_is_an_input_error(call, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs the [train] extra")
    code, answer, _ = call("train", str(tmp_path / "nowhere"), "-o", str(tmp_path / "out"))
    assert code == 3
    assert "do not exist" in answer["error"]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--preset", "fast"), "modern, paper, tiny"),
        (("--architecture", "vgg"), "resunet4"),
        (("--augmentation", "wild"), "modern, paper, none"),
    ],
)
def test_unknown_words_of_a_training_are_told_the_known_ones(call, tmp_path, words, told) -> None:
    pytest.importorskip("torch", reason="training needs the [train] extra")
    code, answer, _ = call("train", str(tmp_path), "-o", str(tmp_path / "out"), *words)
    assert code == 3
    assert told in answer["error"]


def test_without_the_extra_training_says_what_to_install(call, monkeypatch, tmp_path) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    code, answer, _ = call("train", str(tmp_path), "-o", str(tmp_path / "out"))
    assert code == 3
    assert "myotome[train]" in answer["error"]


def test_exporting_what_is_no_checkpoint_is_an_input_error(call, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs the [train] extra")
    (tmp_path / "checkpoint.pt").write_bytes(b"nothing")
    out = str(tmp_path / "x.onnx")
    code, answer, _ = call("export", str(tmp_path / "checkpoint.pt"), "-o", out)
    assert code == 3
    assert "cannot be read" in answer["error"]


def test_evaluating_nothing_is_an_input_error(call, tmp_path: Path) -> None:
    missing = str(tmp_path / "a.nii.gz")
    code, answer, _ = call("evaluate", missing, missing, "-o", str(tmp_path / "out"))
    assert code == 3
    assert "does not exist" in answer["error"]
    code, answer, _ = call("evaluate", missing, missing, "--both-empty", "zero")
    assert code == 3
    assert "skip, one" in answer["error"]
