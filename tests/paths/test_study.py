"""What the path does around its stages: fallback, all series, contrast, provenance, words."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest

from myotome import run
from myotome.errors import GeometryError, NoUsableSeriesError, OutputError
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.person import Person
from myotome.nouns.study.series import Series, Verdict
from myotome.phantom import Faults, Phantom, write_dicom
from myotome.runtime.config import Configuration, Options
from myotome.study import Stages, run_study

StagesOf = Callable[[Phantom, Configuration], Stages]


@pytest.fixture(scope="module")
def two_series(phantom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same sound body twice, as series 2 and 3 of one study; 3 says it is enhanced."""
    folder = tmp_path_factory.mktemp("two")
    write_dicom(phantom, folder / "a")
    write_dicom(phantom, folder / "b", faults=Faults(contrast_tags="enhanced"))
    for path in (folder / "b").glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.SeriesNumber = 3
        dataset.SeriesInstanceUID = pydicom.uid.generate_uid(entropy_srcs=["b"])
        dataset.SOPInstanceUID = pydicom.uid.generate_uid(entropy_srcs=["b", path.name])
        dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
        dataset.PatientSex, dataset.PatientAge = "F", "061Y"
        dataset.save_as(path)
    return folder


def failing(stages: Stages, key: str) -> Stages:
    """``stages`` that cannot assemble series ``key``."""

    def assemble(series: Series) -> Volume:
        if series.key == key:
            raise GeometryError("slices are missing.")
        return stages.assemble(series)

    return replace(stages, assemble=assemble)


def test_the_next_best_series_takes_over(two_series, phantom, known_stages, tmp_path) -> None:
    stages = known_stages(phantom, Configuration())
    first = run(two_series, stages=stages).chosen
    second = {"2": "3", "3": "2"}[first]
    result = run(two_series, out=tmp_path / "out", stages=failing(stages, first))
    assert result.chosen == second
    assert "better_series_failed" in {flag.code for flag in result.flags}
    (lost,) = [j for j in result.judged if j.series.key == first]
    assert (lost.verdict, lost.rank) == (Verdict.REFUSED, None)
    assert "slices are missing" in lost.reasons[0].text
    assert [j.rank for j in result.judged if j.series.key == second] == [1]
    assert "slices are missing" in (tmp_path / "out" / "series.csv").read_text()


def test_studies_that_were_passed_over_are_said(
    two_series, phantom, known_stages, tmp_path
) -> None:
    shutil.copytree(two_series, tmp_path / "in")
    for path in (tmp_path / "in" / "b").glob("*.dcm"):
        dataset = pydicom.dcmread(path)
        dataset.StudyInstanceUID = pydicom.uid.generate_uid(entropy_srcs=["later"])
        dataset.save_as(path)
    stages = known_stages(phantom, Configuration())
    assert "other_studies" not in {f.code for f in run(two_series, stages=stages).flags}
    result = run(tmp_path / "in", stages=stages)
    (flag,) = [f for f in result.flags if f.code == "other_studies"]
    assert "1 other study" in flag.message
    named = run(tmp_path / "in", stages=stages, series=result.chosen)
    assert "other_studies" not in {f.code for f in named.flags}


def test_a_named_series_is_not_replaced(two_series, phantom, known_stages, tmp_path) -> None:
    stages = failing(known_stages(phantom, Configuration()), "3")
    with pytest.raises(GeometryError):
        run(two_series, out=tmp_path / "out", stages=stages, series="3")
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"series.csv", "files.csv"}


def test_all_series_go_to_their_own_folders(two_series, phantom, known_stages, tmp_path) -> None:
    config = Configuration(all_series=True)
    stages = known_stages(phantom, config)
    outcome = run_study(two_series, config=config, out=tmp_path / "out", stages=stages)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["series-2", "series-3"]
    assert set(outcome.written) == {"2", "3"}
    summary = outcome.summary()
    assert json.loads(json.dumps(summary)) == summary
    failed = run_study(
        two_series, config=config, out=tmp_path / "half", stages=failing(stages, "2")
    )
    assert [p.name for p in (tmp_path / "half").iterdir()] == ["series-3"]
    assert set(failed.failed) == {"2"}


def test_if_every_series_fails_the_best_ones_fault_is_told(
    two_series, phantom, known_stages, tmp_path
) -> None:
    stages = failing(failing(known_stages(phantom, Configuration()), "2"), "3")
    with pytest.raises(GeometryError, match="missing"):
        run(two_series, out=tmp_path / "out", stages=stages)
    accounts = (tmp_path / "out" / "series.csv").read_text()
    assert accounts.count("slices are missing") == 2


def test_header_and_image_that_disagree_are_flagged(two_series, phantom, known_stages) -> None:
    stages = known_stages(phantom, Configuration())  # the image is unenhanced
    result = run(two_series, stages=stages, series="3")
    assert result.contrast_header == "enhanced"
    assert "contrast_disagreement" in {flag.code for flag in result.flags}
    agreeing = run(two_series, stages=stages, series="2")
    assert "contrast_disagreement" not in {flag.code for flag in agreeing.flags}


def test_unenhanced_only_trusts_neither_header_nor_image_alone(
    two_series, phantom, known_stages, tmp_path
) -> None:
    stages = known_stages(phantom, Configuration(unenhanced_only=True))
    assert run(two_series, stages=stages, unenhanced_only=True).chosen == "2"
    seen = replace(phantom.truth.landmarks, contrast_image="enhanced")
    bright = replace(stages, locate=lambda _volume: seen)
    with pytest.raises(NoUsableSeriesError, match="contrast"):
        run(two_series, out=tmp_path / "out", stages=bright, unenhanced_only=True)
    assert "contrast" in (tmp_path / "out" / "series.csv").read_text()


def test_what_the_user_says_of_the_person_wins(two_series, phantom, known_stages) -> None:
    stages = known_stages(phantom, Configuration())
    told = run(two_series, stages=stages, series="3", person=Person(age_years=50, height_cm=170))
    assert told.person == Person(sex="F", age_years=50, height_cm=170)


def test_provenance_can_be_checked(two_series, phantom, known_stages, tmp_path) -> None:
    stages = known_stages(phantom, Configuration())
    result = run(two_series, out=tmp_path / "out", stages=stages, series="2", threads=1)
    origin = result.provenance
    digests = sorted(
        hashlib.sha256(p.read_bytes()).hexdigest() for p in (two_series / "a").glob("*.dcm")
    )
    assert origin.input_sha256 == hashlib.sha256("\n".join(digests).encode()).hexdigest()
    assert origin.configuration["series"] == "2"
    assert {"catalogue", "read", "locate", "segment", "measure"} <= set(origin.stage_seconds)
    assert origin.packages["numpy"]
    # Landmarks and labels came from elsewhere, so no network may be claimed.
    assert (origin.engine, dict(origin.weights)) == ("", {})


def test_finished_results_are_kept_unless_told_otherwise(
    two_series, phantom, known_stages, tmp_path
) -> None:
    stages = known_stages(phantom, Configuration())
    run(two_series, out=tmp_path / "out", stages=stages)
    with pytest.raises(OutputError):
        run(two_series, out=tmp_path / "out", stages=stages)
    stages = known_stages(phantom, Configuration(overwrite=True))
    run(two_series, out=tmp_path / "out", stages=stages, overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_each_stage_is_heard_twice(two_series, phantom, known_stages) -> None:
    heard: list[tuple[str, bool]] = []

    def listen(stage: str, words: str, seconds: float | None) -> None:
        heard.append((stage, seconds is not None))

    run(two_series, stages=known_stages(phantom, Configuration()), listen=listen)
    names = ("catalogue", "read", "locate", "segment", "measure")
    assert heard == [(name, done) for name in names for done in (False, True)]


def test_options_are_the_configuration() -> None:
    assert set(Options.__annotations__) == set(Configuration.__dataclass_fields__)
