"""A results folder appears whole or not at all, and nobody else's files are lost."""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from myotome.errors import OutputError
from myotome.write import check_out_dir, write_results, write_series_csv
from myotome.write.contents import always
from myotome.write.data import files as data_files
from myotome.write.data import masks
from myotome.write.folder import finished
from myotome.write.pictures import files as picture_files

WRITERS = (
    (data_files, "write_documents"),
    (data_files, "write_tables"),
    (masks, "write_masks"),
    (picture_files, "write_pictures"),
)


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def snapshot(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_everything_is_there_and_only_that(result, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    done = write_results(result, out)
    assert done.out_dir == out
    assert set(left_in(out)) == always()
    assert left_in(tmp_path / "deep") == ["out"]
    assert set(left_in(out / "overlays")) == {
        *(f"axial_{n}.png" for n in ("T12", "L1", "L2", "L3", "L4", "L5")),
        "coronal.png",
        "sagittal_levels.png",
        "muscle_map_L3.png",
    }


def test_the_same_result_gives_the_same_files(result, tmp_path: Path) -> None:
    write_results(result, tmp_path / "a")
    write_results(result, tmp_path / "b")
    assert snapshot(tmp_path / "a") == snapshot(tmp_path / "b")


def test_files_follow_the_users_umask(result, tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        write_results(result, tmp_path / "out")
    finally:
        os.umask(mask)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o750


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer[1])
@pytest.mark.parametrize(
    ("failure", "raised"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/home/DOE_JANE/x"), OutputError),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (ZeroDivisionError(), ZeroDivisionError),
    ],
    ids=["disk full", "ctrl-c", "bug"],
)
def test_a_failure_leaves_nothing(result, tmp_path, monkeypatch, writer, failure, raised) -> None:
    def fail(*_: object) -> None:
        raise failure

    monkeypatch.setattr(*writer, fail)
    with pytest.raises(raised) as caught:
        write_results(result, tmp_path / "out")
    assert left_in(tmp_path) == []
    if raised is OutputError:
        assert "disk is full" in str(caught.value)
        assert caught.value.mend
        assert "DOE" not in str(caught.value)


@contextmanager
def files_no_larger_than(size: int):
    """The system itself refuses to write more, as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("size", [100, 4_000, 40_000])
def test_a_write_that_the_system_cuts_off_leaves_nothing(result, tmp_path, size) -> None:
    with files_no_larger_than(size), pytest.raises(OutputError):
        write_results(result, tmp_path / "out")
    assert left_in(tmp_path) == []


def test_a_failed_rerun_keeps_the_old_results(result, tmp_path, monkeypatch) -> None:
    out = tmp_path / "out"
    write_results(result, out)
    before = snapshot(out)
    with files_no_larger_than(4_000), pytest.raises(OutputError):
        write_results(result, out, overwrite=True)
    assert snapshot(out) == before

    rename = Path.rename

    def broken(self: Path, target: Path) -> Path:
        if ".partial-" in self.name:
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", broken)
    with pytest.raises(OutputError):
        write_results(result, out, overwrite=True)
    assert snapshot(out) == before
    assert left_in(tmp_path) == ["out"]


KILLED = """
import importlib.util, os, sys
from pathlib import Path
spec = importlib.util.spec_from_file_location("built", sys.argv[1])
built = importlib.util.module_from_spec(spec)
spec.loader.exec_module(built)
from myotome.write import write_results
from myotome.write.report import page as report
report.render = lambda *_: os._exit(9)
write_results(built.synthetic(shape=(44, 42, 56), spacing=(6.0, 6.0, 6.0)), Path(sys.argv[2]))
"""


def test_a_killed_run_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    here = Path(__file__).with_name("conftest.py")
    words = [sys.executable, "-c", KILLED, str(here), str(tmp_path / "out")]
    assert subprocess.run(words, check=False).returncode == 9
    left = left_in(tmp_path)
    assert len(left) == 1
    assert left[0].startswith(".out.partial-")
    check_out_dir(tmp_path / "out")


def test_an_empty_folder_may_be_used(result, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    write_results(result, out)
    assert (out / "report.html").is_file()


def test_a_link_to_a_folder_may_be_used_and_stays(result, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_results(result, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "report.html").is_file()


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    "files",
    [
        {"thesis.docx": "years of work"},
        {"measurements.json": "{}"},
        {"measurements.json": "not json"},
        {"series.csv": "mine,all,mine"},
        {"series.csv": "key,verdict", "notes.txt": "keep"},
    ],
)
def test_somebody_elses_folder_is_never_touched(result, tmp_path, files, overwrite) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name, text in files.items():
        (out / name).write_text(text)
    before = snapshot(out)
    with pytest.raises(OutputError) as caught:
        write_results(result, out, overwrite=overwrite)
    assert caught.value.mend
    assert str(tmp_path) not in str(caught.value)
    assert snapshot(out) == before
    assert left_in(tmp_path) == ["out"]


def test_earlier_results_are_replaced_only_when_asked(result, empty_result, tmp_path) -> None:
    out = tmp_path / "out"
    write_results(result, out)
    before = snapshot(out)
    with pytest.raises(OutputError, match="earlier run"):
        write_results(empty_result, out)
    assert snapshot(out) == before
    write_results(empty_result, out, overwrite=True)
    assert not (out / "overlays" / "axial_L3.png").exists()
    assert left_in(tmp_path) == ["out"]


@pytest.mark.parametrize(
    "place",
    ["notes.txt", "overlays/mine.png", "overlays/axial_L3.txt", "overlays/axial_/axial_L3.png"],
)
def test_a_note_among_earlier_results_is_not_lost(result, tmp_path, place) -> None:
    out = tmp_path / "out"
    write_results(result, out)
    (out / place).parent.mkdir(exist_ok=True)
    (out / place).write_text("my note")
    with pytest.raises(OutputError, match="did not write"):
        write_results(result, out, overwrite=True)
    assert (out / place).read_text() == "my note"


def test_a_file_in_the_place_of_the_folder_is_refused(result, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError):
        write_results(result, tmp_path / "out", overwrite=True)
    with pytest.raises(OutputError):
        write_results(result, tmp_path / "out" / "inner")
    assert (tmp_path / "out").read_text() == "a file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_permission_is_refused(result, tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(OutputError, match="may not be written"):
        write_results(result, tmp_path / "locked" / "out")


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_an_unwritable_place_is_named_so(result, tmp_path, monkeypatch, code) -> None:
    def refuse(self: Path, *_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code), str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OutputError) as caught:
        write_results(result, tmp_path / "out")
    assert str(tmp_path) not in str(caught.value)
    assert caught.value.mend


@pytest.mark.parametrize("name", ["", "series.csv"])
def test_a_study_without_a_usable_series_leaves_its_account(result, tmp_path, name) -> None:
    out = tmp_path / "out"
    write_series_csv(result.judged, result.catalogue, out / name)
    assert set(left_in(out)) == {"series.csv", "files.csv"}
    # the next try may use the folder without further words
    check_out_dir(out)
    write_series_csv(result.judged, result.catalogue, out / name)
    write_results(result, out)
    assert json.loads((out / "measurements.json").read_text())["series"] == "2"
    with pytest.raises(OutputError):
        write_series_csv(result.judged, result.catalogue, out / name)


@pytest.mark.parametrize("name", [".DS_Store", "Thumbs.db", "desktop.ini", "._report.html"])
def test_what_file_browsers_leave_does_not_count(tmp_path: Path, name: str) -> None:
    (tmp_path / "measurements.json").write_text('{"schema": "myotome/measurements"}')
    (tmp_path / name).touch()
    check_out_dir(tmp_path, overwrite=True)
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(OutputError, match=r'did not write: "thesis\.docx"'):
        check_out_dir(tmp_path, overwrite=True)


def test_a_folder_that_only_a_browser_looked_into_is_empty(tmp_path: Path) -> None:
    (tmp_path / ".DS_Store").touch()
    check_out_dir(tmp_path)


@pytest.mark.parametrize("letters", ["b", "ü", "筋"])
def test_every_name_that_the_system_takes_is_taken(tmp_path: Path, letters: str) -> None:
    most = 255 // len(letters.encode())
    for length in (most - 18, most):
        out = tmp_path / (letters * length)
        check_out_dir(out)
        with finished(out) as temporary:
            (temporary / "x").touch()
        assert left_in(out) == ["x"]
    with pytest.raises(OutputError, match="name is too long"):
        check_out_dir(tmp_path / (letters * (most + 1)))


@pytest.mark.parametrize("path", ["/".join(["c" * 200] * 20), "new/" + "d" * 256, "file/out"])
def test_places_without_room_are_refused_before_the_work(tmp_path: Path, path: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"too long|is a file"):
        check_out_dir(tmp_path / path)
    assert left_in(tmp_path) == ["file"]
