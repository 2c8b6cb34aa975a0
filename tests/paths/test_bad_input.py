"""What comes in wrong is refused in words, with its exit code, and leaves nothing that looks
finished. At the command line, as a user meets it; the readers' own tests go deeper."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest

from myotome import run, study
from myotome.errors import InputError
from myotome.phantom import Faults, write_dicom, write_nifti
from myotome.read.input import files
from myotome.runtime.config import Configuration

RESULTS = {"measurements.json", "report.html", "segmentation.nii.gz", "measurements.csv"}


def command(*words: str | Path, **options: Any) -> tuple[int, dict[str, Any], str]:
    """Run the command line in a process of its own: (exit code, last line, stderr)."""
    line = [sys.executable, "-m", "myotome.cli.app", *map(str, words)]
    options = {"capture_output": True, "text": True, "timeout": 120, **options}
    done = subprocess.run(line, check=False, **options)
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    assert "Traceback" not in done.stderr
    return done.returncode, answer, done.stderr


def refused(tmp_path: Path, path: Path, code: int, words: str) -> dict[str, Any]:
    """Assert that running ``path`` is refused with ``code`` and says ``words``."""
    out = tmp_path / "out"
    got, answer, said = command("run", path, "-o", out)
    assert got == code, answer
    assert answer["status"] == "error"
    assert answer["code"] == code
    assert words.lower() in answer["error"].lower()
    assert answer["error"] in said
    assert str(tmp_path) not in answer["error"]
    if out.exists():
        assert not RESULTS & {p.name for p in out.rglob("*")}
    assert not list(tmp_path.glob(".*"))
    return answer


def test_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    refused(tmp_path, tmp_path / "in", 3, "no files")


def test_no_ct(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "letter.txt").write_text("Dear colleague")
    (tmp_path / "in" / "empty.dcm").touch()
    refused(tmp_path, tmp_path / "in", 4, "no CT")
    rows = (tmp_path / "out" / "files.csv").read_text().strip().splitlines()
    assert len(rows) == 3  # a head line, and both files accounted for


@pytest.mark.parametrize(
    ("faults", "code", "words"),
    [
        (Faults(only="localizer"), 4, "localizer"),
        (Faults(only="mr"), 4, "MR"),
        (Faults(only="secondary_capture"), 4, "capture"),
        (Faults(only="head"), 4, "head"),
        (Faults(single_slice=True), 4, "single"),
        (Faults(second_patient=True), 3, "2 patients"),
    ],
    ids=["localizers", "mr", "secondary capture", "head", "one slice", "two patients"],
)
def test_wrong_studies(phantom, tmp_path: Path, faults: Faults, code: int, words: str) -> None:
    write_dicom(phantom, tmp_path / "in", faults=faults)
    refused(tmp_path, tmp_path / "in", code, words)
    accounts = (tmp_path / "out" / "series.csv").read_text()
    assert words.lower() in accounts.lower() or faults.second_patient


def test_zip_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = tmp_path / "study.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.dcm", bytes(20_000_000))
    # The same rule with smaller numbers: unpacking gigabytes would only be slow.
    small = files.Limits(ratio_free_bytes=1_000_000)
    monkeypatch.setattr(study, "opened", partial(files.opened, limits=small))
    with pytest.raises(InputError, match="zip bomb"):
        run(bomb, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_path_traversal_writes_nothing_outside(tmp_path: Path) -> None:
    evil = tmp_path / "in" / "study.zip"
    evil.parent.mkdir()
    with zipfile.ZipFile(evil, "w") as archive:
        archive.writestr("../../escaped.dcm", b"x" * 200)
    got, answer, _ = command("run", evil, "-o", tmp_path / "out")
    assert got in (3, 4)
    assert answer["status"] == "error"
    assert not list(tmp_path.rglob("escaped*"))


def test_mask_instead_of_ct(phantom, tmp_path: Path) -> None:
    write_nifti(phantom, tmp_path / "in")
    refused(tmp_path, tmp_path / "in" / "muscles.nii.gz", 4, "label map")


@pytest.mark.parametrize(("kind", "words"), [("nan", "NaN"), ("scaled", "normalised")])
def test_values_that_are_not_hu(phantom, tmp_path: Path, kind: str, words: str) -> None:
    grid = phantom.volume.grid
    values = phantom.volume.hu.transpose(2, 1, 0).astype(np.float32)
    if kind == "nan":
        values[10:20] = np.nan
    else:
        values = (values + 1024) / 4096  # as after a neural network's normalisation
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ grid.matrix
    nibabel.save(nibabel.Nifti1Image(values, affine), tmp_path / "ct.nii.gz")
    refused(tmp_path, tmp_path / "ct.nii.gz", 6, words)


def test_other_series_are_still_measured(phantom, known_stages, tmp_path: Path) -> None:
    write_dicom(phantom, tmp_path / "in" / "sound")
    write_dicom(phantom, tmp_path / "in" / "broken", faults=Faults(missing_slices=3))
    for path in (tmp_path / "in" / "broken").glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.SeriesNumber = 1
        dataset.SeriesInstanceUID = pydicom.uid.generate_uid(entropy_srcs=["broken"])
        dataset.SOPInstanceUID = pydicom.uid.generate_uid(entropy_srcs=["broken", path.name])
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.save_as(path)
    result = run(tmp_path / "in", stages=known_stages(phantom, Configuration()))
    assert result.chosen == "2"
    (broken,) = [j for j in result.judged if j.series.key == "1"]
    assert "missing" in broken.reasons[0].text


def test_lost_slices_are_never_taken_for_wide_spacing(phantom, tmp_path: Path) -> None:
    """Every third file cut short leaves slices 6 and 12 mm apart: not a variable spacing."""
    write_dicom(phantom, tmp_path / "in")
    for position, path in enumerate(sorted((tmp_path / "in").glob("*.dcm"))):
        if position % 3 == 0:
            path.write_bytes(path.read_bytes()[:3000])
    refused(tmp_path, tmp_path / "in", 5, "missing")


def test_foreign_files_are_never_replaced(dicom_study: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("years of work")
    got, _, _ = command("run", dicom_study, "-o", tmp_path / "out", "--overwrite")
    assert got == 10
    assert (tmp_path / "out" / "thesis.docx").read_text() == "years of work"


@pytest.fixture
def labelled(phantom, tmp_path: Path) -> Path:
    """CT and labels as NIfTI: a run that needs no segmentation network."""
    write_nifti(phantom, tmp_path / "in")
    return tmp_path / "in"


def run_labelled(folder: Path) -> tuple[str | Path, ...]:
    """The words of a run with the labels beside the CT."""
    labels = f"labels:{folder / 'muscles.nii.gz'}"
    return "run", folder / "ct.nii.gz", "--backend", labels


def test_output_below_a_file_is_refused(labelled: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    out = tmp_path / "file" / "out"
    got, answer, _ = command(*run_labelled(labelled), "-o", out)
    assert got == 10
    assert "cannot be written" in answer["error"]


def test_full_disk_leaves_nothing_finished(labelled: Path, tmp_path: Path) -> None:
    def small_files_only() -> None:
        # Files beyond this size fail to grow, as on a full disk.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    got, answer, _ = command(
        *run_labelled(labelled), "-o", tmp_path / "out", preexec_fn=small_files_only
    )
    assert got == 10, answer
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".*"))


def in_foreground(line: list[str], **streams: Any) -> subprocess.Popen[str]:
    """A child that hears Ctrl-C, even if these tests run in the background of a script.

    There a shell makes its children ignore the signal, and theirs inherit that.
    """
    hear = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    return subprocess.Popen(line, preexec_fn=hear, **streams)  # noqa: PLW1509


@pytest.mark.parametrize("stage", ["catalogue", "locate", "measure"])
def test_interrupt_leaves_nothing_finished(labelled: Path, tmp_path: Path, stage: str) -> None:
    line = [sys.executable, "-m", "myotome.cli.app", *map(str, run_labelled(labelled))]
    line += ["-o", str(tmp_path / "out")]
    child = in_foreground(
        line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    assert child.stderr is not None
    for said in child.stderr:
        if said.startswith(stage):
            break
    os.kill(child.pid, signal.SIGINT)
    out, rest = child.communicate(timeout=60)
    answer = json.loads(out.strip().splitlines()[-1])
    assert child.returncode == 130, rest
    assert (answer["status"], answer["code"]) == ("error", 130)
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".*"))


def test_interrupting_twice_is_no_worse(labelled: Path, tmp_path: Path) -> None:
    line = [sys.executable, "-m", "myotome.cli.app", "run", str(labelled / "ct.nii.gz")]
    child = in_foreground([*line, "-o", str(tmp_path / "out")], stdout=subprocess.DEVNULL)
    time.sleep(0.6)
    for _ in range(2):
        child.send_signal(signal.SIGINT)
        time.sleep(0.02)
    child.wait(timeout=60)
    assert child.returncode != 0
    assert not (tmp_path / "out").exists()


def test_nothing_was_left_in_the_temporary_folder(dicom_study: Path, tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "study"), "zip", dicom_study)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    got, answer, _ = command(
        "series", archive, "--json", env={**os.environ, "TMPDIR": str(scratch)}
    )
    assert got == 0
    assert any(series["verdict"] == "usable" for series in answer["series"])
    assert not list(scratch.iterdir())
