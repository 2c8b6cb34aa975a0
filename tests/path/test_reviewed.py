"""Correct and measure again: only what a reader changed may change."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from myotome.cli import app
from myotome.config import Configuration
from myotome.errors import InputError, NoUsableSeriesError
from myotome.nouns.segmentation import Segmentation
from myotome.phantom import render, write_dicom
from myotome.reviewed import Drawn, run_reviewed
from myotome.segment.edited import NOT_GIVEN, with_edits
from myotome.study import run_study
from myotome.tables.muscles import BY_KEY, MUSCLES
from myotome.write.extras import Extras

pytest.importorskip("highdicom", reason="needs the [dicom] extra")

Rows = dict[tuple[str, ...], dict[str, str]]
KEY = ("quantity", "structure", "side", "level", "definition")


def rows(folder: Path) -> Rows:
    with (folder / "measurements.csv").open(encoding="utf-8", newline="") as stream:
        return {tuple(row[name] for name in KEY): row for row in csv.DictReader(stream)}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reviewed")
    write_dicom(render(spacing_mm=(6.0, 2.0, 2.0), seed=3), folder / "in")
    config = Configuration(extras=Extras(dicom=True), threads=1)
    run_study(folder / "in", config=config, out=folder / "out")
    return folder


def edited_seg(study: Path, target: Path, key: str) -> None:
    """The SEG of a run, of which one muscle lost a quarter of its frames."""
    import pydicom
    from pydicom.pixels import pack_bits

    seg = pydicom.dcmread(study / "out" / "dicom" / "muscle_seg.dcm")
    numbers = {str(s.SegmentLabel): int(s.SegmentNumber) for s in seg.SegmentSequence}
    mine = numbers[BY_KEY[key].words]
    pixels = seg.pixel_array.copy()
    of = [
        n
        for n, group in enumerate(seg.PerFrameFunctionalGroupsSequence)
        if group.SegmentIdentificationSequence[0].ReferencedSegmentNumber == mine
    ]
    assert len(of) >= 4
    pixels[of[: len(of) // 4]] = 0
    seg.PixelData = pack_bits(pixels)
    seg.SOPInstanceUID = seg.file_meta.MediaStorageSOPInstanceUID = "2.25.42"
    seg.save_as(target)


def test_an_untouched_seg_gives_the_same_numbers(study: Path) -> None:
    drawn = Drawn(path=study / "out" / "dicom" / "muscle_seg.dcm")
    out = study / "same"
    outcome = run_reviewed(study / "in", drawn, config=Configuration(threads=1), out=out)
    assert rows(out) == rows(study / "out")
    assert "labels_edited" not in {flag.code for flag in outcome.best.flags}


def test_only_the_edited_muscle_changes(study: Path) -> None:
    target, out = study / "edited.dcm", study / "edited"
    edited_seg(study, target, "erector_spinae_left")
    done = CliRunner().invoke(
        app, ["dicom", "import", str(target), str(study / "in"), "-o", str(out), "--threads", "1"]
    )
    assert done.exit_code == 0, done.output
    before, after = rows(study / "out"), rows(out)
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    of_muscles = {
        (structure, side)
        for _, structure, side, _, _ in changed
        if structure in {m.group for m in MUSCLES}
    }
    assert of_muscles == {("erector_spinae", "left"), ("erector_spinae", "both")}
    others = {structure for _, structure, *_ in changed} - {"erector_spinae", "total"}
    # what is made of the muscle and its sum, and of the fat between muscles beside it
    assert all("muscle" in name or "erector" in name or "fat" in name for name in others), others
    volume = ("volume", "erector_spinae", "left", "slab", "")
    assert float(after[volume]["value"]) < 0.95 * float(before[volume]["value"])
    assert after[volume]["expected_dice"] == ""
    assert (
        after["volume", "psoas", "left", "slab", ""]
        == before["volume", "psoas", "left", "slab", ""]
    )
    flags = json.loads((out / "measurements.json").read_text(encoding="utf-8"))["flags"]
    (told,) = [flag["message"] for flag in flags if flag["code"] == "labels_edited"]
    assert told == "Differ from the network's labels: left erector spinae."


def test_labels_of_another_study_are_refused(study: Path, tmp_path: Path) -> None:
    write_dicom(render(spacing_mm=(6.0, 2.0, 2.0), seed=4), tmp_path / "other")
    drawn = Drawn(path=study / "out" / "dicom" / "muscle_seg.dcm")
    with pytest.raises(NoUsableSeriesError, match="does not hold the images"):
        run_reviewed(tmp_path / "other", drawn, config=Configuration(threads=1))


def test_labels_without_a_known_muscle_are_refused(study: Path) -> None:
    drawn = Drawn(path=study / "out" / "dicom" / "composition_seg.dcm")
    with pytest.raises(InputError, match="no muscle that is known"):
        run_reviewed(study / "in", drawn, config=Configuration(threads=1))


@pytest.fixture(scope="module")
def made() -> Segmentation:
    truth = render(spacing_mm=(8.0, 4.0, 4.0))
    return replace(truth.segmentation, compartments=np.full_like(truth.segmentation.labels, 1))


def test_muscles_that_nobody_drew_are_not_measurable(made: Segmentation) -> None:
    left = with_edits(made, made.labels, {"psoas_left"}, name="x")
    assert set(np.unique(left.labels)) == {0, BY_KEY["psoas_left"].value}
    assert left.gaps["psoas_right"] == NOT_GIVEN
    assert "psoas_left" not in left.gaps
    assert {flag.code for flag in left.flags} == {"labels_absent"}


def test_a_muscle_is_muscle_wall_wherever_it_was_drawn(made: Segmentation) -> None:
    drawn = np.roll(made.labels, 3, axis=2)
    new = with_edits(made, drawn, BY_KEY, name="x")
    assert new.compartments is not None
    assert (new.compartments[drawn > 0] == 2).all()
    assert (new.compartments[drawn == 0] == 1).all()
