"""Levels set by hand, from the command line to every output and back; and the page about it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from typer.testing import CliRunner

import myotome
from myotome.cli.app import app
from myotome.errors import InputError
from myotome.nouns.space.given import SetBy
from myotome.phantom import write_dicom
from myotome.read.given.file import read_given
from myotome.runtime.config import Configuration
from myotome.study import Stages, run_study

pytest.importorskip("highdicom", reason="needs the [dicom] extra")

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "set-levels.md"
TEXT = PAGE.read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()
]
READER = "A. Reader"
KEY = b"0123456789abcdef0123456789abcdef"
OWN = Stages.of


@pytest.fixture(scope="module")
def stages_of(phantom, known_stages) -> Callable[[Configuration], Stages]:
    """The real path with the networks that locate; labels are the phantom's truth."""

    def of(config: Configuration) -> Stages:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Stages, "of", OWN)
            real, known = OWN(config), known_stages(phantom, config)
        return replace(real, segment=known.segment, needs=("landmarks", "vertebrae"))

    return of


@pytest.fixture(scope="module")
def study(phantom, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("set") / "study"
    write_dicom(phantom, folder)
    return folder


@pytest.fixture(scope="module")
def command(stages_of) -> Callable[..., tuple[int, dict[str, Any]]]:
    def run(*words: object) -> tuple[int, dict[str, Any]]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Stages, "of", staticmethod(stages_of))
            said = CliRunner().invoke(app, [*map(str, words), "--threads", "1"])
        assert said.exception is None or isinstance(said.exception, SystemExit), said.exception
        return said.exit_code, json.loads(said.stdout.strip().splitlines()[-1])

    return run


@pytest.fixture(scope="module")
def mid(phantom) -> Callable[[str], float]:
    return lambda name: float(phantom.truth.landmarks.levels[name].mid_z_mm)


@pytest.fixture(scope="module")
def one(study, command, mid, tmp_path_factory) -> Path:
    """A run with one set level, off its true middle by an odd number, and all DICOM objects."""
    out = tmp_path_factory.mktemp("one") / "out"
    z = mid("L3") + 3.37
    code, answer = command(
        "run", study, "-o", out, "--level", f"L3={z}", "--reader", READER, "--dicom"
    )
    assert (code, answer["status"]) == (0, "ok")
    assert "levels_set_by_hand" in answer["flags"]
    return out


def landmarks(out: Path) -> dict[str, Any]:
    return dict(json.loads((out / "landmarks.json").read_text(encoding="utf-8")))


# --- where the results say so ----------------------------------------------------------------


def test_the_very_z_is_measured_and_the_rest_counted(one, mid, phantom) -> None:
    told = landmarks(one)
    assert told["set_by_hand"] == {"z_mm": {"L3": mid("L3") + 3.37}, "reader": READER}
    for name, level in told["levels"].items():
        assert level["set_by"] == ("user" if name == "L3" else "counted")
        off = 3.37 if name == "L3" else 0.0
        assert level["mid_z_mm"] == pytest.approx(mid(name) + off, abs=0.001 if off else 4)
    assert told["levels"]["L3"]["mid_z_mm"] == mid("L3") + 3.37
    assert told["level_slices"]["L3"]["middle_z_mm"] == mid("L3") + 3.37
    assert told["slab"]["superior_set_by"] == "program"


def test_provenance_numbers_report_and_picture_tell(one, mid) -> None:
    made = json.loads((one / "provenance.json").read_text(encoding="utf-8"))
    assert made["configuration"]["levels"] == {"L3": mid("L3") + 3.37}
    assert made["configuration"]["reader"] == READER
    rows = json.loads((one / "measurements.json").read_text(encoding="utf-8"))["measurements"]
    assert all("levels_set_by_hand" in row["flags"] for row in rows)
    html = (one / "report.html").read_text(encoding="utf-8")
    z = f"{mid('L3') + 3.37:.1f}".replace("-", "\u2212")
    assert f"Set by hand: L3 (z {z} mm), by {READER}; the other levels are counted" in html
    assert html.count("<b>set by hand</b>") == 1
    assert "set by hand: L3" in html  # the caption of the level check


def test_a_folder_with_set_levels_loads(one, mid) -> None:
    back = myotome.load(one)
    assert back.landmarks.given.z_mm == {"L3": mid("L3") + 3.37}
    assert back.landmarks.given.reader == READER
    assert back.landmarks.levels["L3"].set_by is SetBy.USER
    assert back.landmarks.levels["L1"].set_by is SetBy.COUNTED


def groups(path: Path) -> dict[str, dict[str, Any]]:
    """The groups of the report on levels and planes: name of each item -> its value."""
    found: dict[str, dict[str, Any]] = {}
    (held,) = [
        i for i in dcmread(path).ContentSequence
        if i.ConceptNameCodeSequence[0].CodeMeaning == "Imaging Measurements"
    ]  # fmt: skip
    for group in held.ContentSequence:
        items = {i.ConceptNameCodeSequence[0].CodeMeaning: i for i in group.ContentSequence}
        if "Who set the level or plane" in items:
            found[items["Tracking Identifier"].TextValue] = {
                name: i.ConceptCodeSequence[0].CodeMeaning
                if i.ValueType == "CODE"
                else str(i.get("PersonName", ""))
                for name, i in items.items()
            }
    return found


def test_the_structured_report_names_who_set_what(one) -> None:
    told = groups(one / "dicom" / "measurements_sr.dcm")
    assert {"level L3", "level L1", "plane lung_base", "plane l5_end"} <= told.keys()
    assert told["level L3"]["Observer Type"] == "Person"
    assert told["level L3"]["Person Observer Name"] == READER
    assert told["level L3"]["Who set the level or plane"] == "Person"
    counted = "Counted from a level that a person set"
    assert told["level L1"]["Who set the level or plane"] == counted
    assert told["plane l5_end"]["Who set the level or plane"] == "Device"
    assert "Person Observer Name" not in told["level L1"] | told["plane l5_end"]


def test_the_paper_names_who_set_what(one) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("needs pdftotext")
    import subprocess

    dataset = dcmread(one / "dicom" / "report_pdf.dcm")
    (one.parent / "paper.pdf").write_bytes(dataset.EncapsulatedDocument)
    command = ["pdftotext", "-layout", str(one.parent / "paper.pdf"), "-"]
    said = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    words = " ".join(said.split())
    assert "Set by hand L3 (z" in words
    assert f"by {READER}" in words


def test_pseudonymous_objects_do_not_name_the_reader(study, command, mid, tmp_path) -> None:
    (tmp_path / "key").write_bytes(KEY)
    words = ("--level", f"L3={mid('L3')}", "--reader", "Zoë Müller")
    code, _ = command(
        "run", study, "-o", tmp_path / "out", *words, "--dicom", "--pseudonym-key", tmp_path / "key"
    )
    assert code == 0
    files = sorted((tmp_path / "out" / "dicom").iterdir())
    assert len(files) >= 5
    for file in files:
        assert "Müller".encode() not in file.read_bytes()
    assert groups(files[[f.name for f in files].index("measurements_sr.dcm")])["level L3"][
        "Who set the level or plane"
    ] == "Person"  # fmt: skip


# --- and back --------------------------------------------------------------------------------


@pytest.mark.parametrize("file", ["landmarks.json", "dicom/measurements_sr.dcm"])
def test_a_file_of_levels_gives_the_same_numbers(file, one, study, command, tmp_path) -> None:
    code, _ = command("run", study, "-o", tmp_path / "out", "--levels", one / file)
    assert code == 0
    same = (tmp_path / "out" / "measurements.csv").read_bytes()
    assert same == (one / "measurements.csv").read_bytes()
    before, after = landmarks(one), landmarks(tmp_path / "out")
    assert after["level_slices"] == before["level_slices"]
    assert {level["set_by"] for level in after["levels"].values()} == {"user"}
    assert after["set_by_hand"]["reader"] == READER
    assert after["slab"]["superior_z_mm"] == before["slab"]["superior_z_mm"]
    assert after["slab"]["superior_set_by"] == "user"
    again = read_given(tmp_path / "out" / "landmarks.json")
    assert dict(again.z_mm) == after["set_by_hand"]["z_mm"]


def test_a_single_level_goes_before_those_of_a_file(one, study, command, mid, tmp_path) -> None:
    words = ("--levels", one / "landmarks.json", "--level", f"L3={mid('L3')}", "--reader", "B")
    code, _ = command("run", study, "-o", tmp_path / "out", *words)
    assert code == 0
    told = landmarks(tmp_path / "out")
    assert told["levels"]["L3"]["mid_z_mm"] == mid("L3")
    assert told["set_by_hand"]["reader"] == "B"


def test_python_takes_a_mapping_or_a_file(one, study, stages_of, mid) -> None:
    for levels in ({"L3": mid("L3") + 3.37}, one / "landmarks.json", str(one / "landmarks.json")):
        config = Configuration(levels=levels, threads=1)
        found = run_study(study, config=config, stages=stages_of(config)).best
        assert found.landmarks.levels["L3"].mid_z_mm == mid("L3") + 3.37


def test_a_corrected_seg_keeps_what_was_set(one, study, command, tmp_path) -> None:
    """Our own SEG carries it; of one written anew by a viewer the report in the study tells it."""
    seg = dcmread(one / "dicom" / "muscle_seg.dcm")
    del seg[0x0099, 0x0010]
    del seg[0x0099, 0x1001]
    seg.save_as(tmp_path / "viewer.dcm")
    shutil.copytree(study, tmp_path / "study")
    shutil.copy(one / "dicom" / "measurements_sr.dcm", tmp_path / "study" / "sr.dcm")
    for name, mask, ct in (
        ("carried", one / "dicom" / "muscle_seg.dcm", study),
        ("told", tmp_path / "viewer.dcm", tmp_path / "study"),
    ):
        code, _ = command("dicom", "import", mask, ct, "-o", tmp_path / name)
        assert code == 0
        kept, before = landmarks(tmp_path / name), landmarks(one)
        assert kept["set_by_hand"] == before["set_by_hand"], name
        assert kept["levels"] == before["levels"]
        same = (tmp_path / name / "measurements.csv").read_bytes()
        assert same == (one / "measurements.csv").read_bytes()
    code, _ = command("dicom", "import", tmp_path / "viewer.dcm", study, "-o", tmp_path / "lost")
    assert code == 0
    assert landmarks(tmp_path / "lost")["set_by_hand"]["z_mm"] == {}


def test_an_import_may_set_others(one, study, command, mid, tmp_path) -> None:
    mask = one / "dicom" / "muscle_seg.dcm"
    words = ("--level", f"L4={mid('L4')}")
    code, _ = command("dicom", "import", mask, study, "-o", tmp_path / "out", *words)
    assert code == 0
    told = landmarks(tmp_path / "out")
    assert told["set_by_hand"] == {"z_mm": {"L4": mid("L4")}, "reader": ""}


def test_the_newest_report_about_the_very_series_counts(one, study, command, mid, tmp_path) -> None:
    shutil.copytree(study, tmp_path / "study")
    for name, day, z, about in (
        ("old", "20250101", -1.0, True),
        ("new", "20260101", 2.0, True),
        ("other", "20270101", 5.0, False),
    ):
        report = dcmread(one / "dicom" / "measurements_sr.dcm")
        report.ContentDate = day
        for item in report.ContentSequence[-2].ContentSequence:
            found = {i.ConceptNameCodeSequence[0].CodeMeaning: i for i in item.ContentSequence}
            if found["Tracking Identifier"].TextValue == "level L3":
                value = found["Patient z of the level"].MeasuredValueSequence[0]
                value.FloatingPointValue = mid("L3") + z
        if not about:
            evidence = report.CurrentRequestedProcedureEvidenceSequence[0]
            for series in evidence.ReferencedSeriesSequence:
                for image in series.ReferencedSOPSequence:
                    image.ReferencedSOPInstanceUID = "1.2.3"
        report.save_as(tmp_path / "study" / f"{name}.dcm")
    seg = dcmread(one / "dicom" / "muscle_seg.dcm")
    del seg[0x0099, 0x0010]
    del seg[0x0099, 0x1001]
    seg.save_as(tmp_path / "viewer.dcm")
    words = (tmp_path / "viewer.dcm", tmp_path / "study", "-o", tmp_path / "out")
    code, _ = command("dicom", "import", *words)
    assert code == 0
    assert landmarks(tmp_path / "out")["set_by_hand"]["z_mm"] == {"L3": mid("L3") + 2.0}


# --- what goes wrong -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--level", "L9=-400"], "L9"),
        (["--level", "L3"], "is not a level and its z"),
        (["--level", "L3=up"], "is not a level and its z"),
        (["--level", "L3=-400", "--level", "L3=-401"], "set twice"),
        (["--level", "L3=-400", "--level", "L2=-440"], "not below"),
        (["--level", "L3=-400", "--level", "L4=-405"], "apart"),
        (["--level", "L3=4000"], "outside the scan"),
        (["--level", "lung_base=-500", "--level", "l5_end=-300"], "not below"),
        (["--levels", "none.json"], "cannot be read"),
        (["--level", "L3=-400", "--reader", "x" * 70], "reader"),
    ],
)
def test_a_slip_is_refused_with_its_reason(words, said, study, command, tmp_path) -> None:
    code, answer = command("run", study, "-o", tmp_path / "out", *words)
    assert (code, answer["status"]) == (3, "error")
    assert said in answer["error"]
    assert not (tmp_path / "out" / "measurements.csv").exists()


def test_other_dicom_files_are_no_file_of_levels(study, one) -> None:
    some = next(path for path in sorted(study.rglob("*")) if path.is_file())
    for path in (some, one / "dicom" / "muscle_seg.dcm"):
        with pytest.raises(InputError, match="no report of Myotome"):
            read_given(path)


def test_a_damaged_report_is_refused(one, tmp_path) -> None:
    content = (one / "dicom" / "measurements_sr.dcm").read_bytes()
    for end in (200, 2000, len(content) // 2):
        (tmp_path / "cut.dcm").write_bytes(content[:end])
        with pytest.raises(InputError):
            read_given(tmp_path / "cut.dcm")


# --- the page --------------------------------------------------------------------------------


def test_the_page_shows_every_way() -> None:
    assert {" ".join(line.split()[:3]) for line in COMMANDS} == {
        "myotome run study",
        "myotome dicom import",
    }
    assert {"--level", "--levels", "--reader"} <= {word for c in COMMANDS for word in c.split()}


def test_the_commands_of_the_page_work(one, study, command, tmp_path, monkeypatch) -> None:
    (tmp_path / "study").symlink_to(study)
    (tmp_path / "corrected.dcm").symlink_to(one / "dicom" / "muscle_seg.dcm")
    monkeypatch.chdir(tmp_path)
    for line in COMMANDS:
        code, answer = command(*shlex.split(line)[1:])
        assert (code, answer["status"]) == (0, "ok"), line
    l3, same = landmarks(Path("results-l3")), landmarks(Path("results-same"))
    assert l3["level_slices"] == same["level_slices"]
    planes = landmarks(Path("results-planes"))["slab"]
    assert (planes["superior_z_mm"], planes["inferior_z_mm"]) == (-300.0, -498.5)
    assert "level_set_off_body" not in {
        flag["code"]
        for out in tmp_path.glob("results-*")
        for flag in json.loads((out / "measurements.json").read_text())["flags"]
    }


# --- on a real CT ----------------------------------------------------------------------------


@pytest.mark.shared
def test_a_real_ct_by_hand_and_back(shared_data, tmp_path) -> None:
    ct = shared_data / "cases" / "ts_example" / "ct.nii.gz"
    first = myotome.run(ct, out=tmp_path / "a", level={"L3": 316.3})
    assert first.landmarks.levels["L3"].mid_z_mm == 316.3
    second = myotome.run(ct, out=tmp_path / "b", levels=tmp_path / "a" / "landmarks.json")
    same = (tmp_path / "b" / "measurements.csv").read_bytes()
    assert same == (tmp_path / "a" / "measurements.csv").read_bytes()
    np.testing.assert_array_equal(first.segmentation.labels, second.segmentation.labels)
    wrong = myotome.run(ct, level={"L2": 316.3})
    assert "level_set_differs" in {flag.code for flag in wrong.flags}
    mids = {name: level.mid_z_mm for name, level in wrong.landmarks.levels.items()}
    assert mids["L3"] == first.landmarks.levels["L4"].mid_z_mm
