"""Every fault of the phantom is corrected (same numbers), flagged, or refused by name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from myotome import run
from myotome.errors import MyotomeError
from myotome.nouns.numbers.measurement import Status
from myotome.nouns.study.result import StudyResult
from myotome.phantom import FAULTS, FaultRow, Phantom, write_dicom
from myotome.runtime.config import Configuration
from myotome.study import Stages

Numbers = dict[tuple[str, str, str, str], float]
SAME = ("volume", "area", "lean_volume")

NAMED = {
    "gap": r"missing",
    "sharp_kernel": r"kernel",
    "single_slice": r"single slice",
    "only_localizers": r"locali[sz]er",
    "only_secondary_capture": r"capture",
    "only_dose_report": r"no CT images",
    "only_coronal": r"axial|coronal",
    "only_mr": r"MR",
    "head": r"head",
    "two_patients": r"2 patients",
    "cut_top": r"lung base",
    "cut_bottom": r"L5",
    "cut_fov": r"field of view",
    "contrast_wrong": r"header says enhanced, the image looks unenhanced",
    "stripped_uids": r"UID",
    "corrupt_slice": r"1 slice.* missing",
    "truncated_slice": r"1 slice.* missing",
    "no_pixels_slice": r"1 slice.* missing",
    "short_pixels_slice": r"1 slice.* missing",
    "long_pixels_slice": r"1 slice.* missing",
}
"""How a fault that is not simply corrected must be spoken of."""


def numbers(result: StudyResult) -> Numbers:
    """Volumes, lean volumes and areas that were measured whole."""
    return {
        (m.quantity, m.structure, m.side, m.level): m.value
        for m in result.measurements
        if m.quantity in SAME and m.status is Status.MEASURED and m.value is not None
    }


def everything_said(result: StudyResult) -> str:
    """All flags, file reasons, series reasons and reasons of values, as one text."""
    flags = [f"{flag.code} {flag.message}" for flag in result.flags]
    files = [f"{entry.status} {entry.reason}" for entry in result.catalogue.files]
    reasons = [m.reason for m in result.measurements]
    series = [r.text for j in result.judged for r in j.reasons]
    return "\n".join([*flags, *files, *reasons, *series])


def attempt(path: Path, stages: Stages) -> StudyResult | MyotomeError:
    """The result, or the refusal."""
    try:
        return run(path, stages=stages)
    except MyotomeError as error:
        return error


@pytest.fixture(scope="module")
def sound(phantom: Phantom, dicom_study: Path, known_stages) -> Numbers:
    found = numbers(run(dicom_study, stages=known_stages(phantom, Configuration())))
    assert len(found) > 50
    return found


def test_every_fault_that_is_not_corrected_has_a_name() -> None:
    assert set(NAMED) == {row.key for row in FAULTS if row.expected in ("refused", "flagged")}


@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row.key)
def test_fault(row: FaultRow, phantom, sound: Numbers, known_stages, tmp_path: Path) -> None:
    written = write_dicom(phantom, tmp_path / "study", faults=row.faults)
    stages = known_stages(written.acquired, Configuration())
    result = attempt(tmp_path / "study", stages)
    if isinstance(result, MyotomeError):
        assert row.expected in ("refused", "flagged"), str(result)
        assert re.search(NAMED[row.key], str(result), re.IGNORECASE), str(result)
        return
    assert row.expected != "refused"
    found = numbers(result)
    if row.expected == "flagged":
        assert re.search(NAMED[row.key], everything_said(result), re.IGNORECASE)
        if row.key.startswith("cut_"):
            assert len(found) < len(sound)
    else:
        assert found.keys() == sound.keys()
    for key, value in found.items():
        if row.key == "variable_spacing" and key[0] == "lean_volume":
            continue  # between slices 12 mm apart HU at the muscles' edges are guesses
        # Areas at the very end of a muscle change by more than the sampling of their ends.
        assert value == pytest.approx(sound[key], rel=0.01, abs=0.15), key


@pytest.mark.parametrize("key", ["gap", "corrupt_slice", "truncated_slice", "no_pixels_slice"])
def test_a_lost_slice_can_be_bridged_if_asked(
    key: str, phantom, sound: Numbers, known_stages, tmp_path: Path
) -> None:
    (row,) = [row for row in FAULTS if row.key == key]
    write_dicom(phantom, tmp_path / "study", faults=row.faults)
    config = Configuration(allow_gaps=True)
    stages = known_stages(phantom, config)
    result = run(tmp_path / "study", stages=stages, allow_gaps=True)
    assert any("gap" in flag.code or "missing" in flag.message for flag in result.flags)
    for name, value in numbers(result).items():
        if name[0] in ("volume", "area"):
            assert value == pytest.approx(sound[name], rel=0.01, abs=0.15), name
