"""Fixtures shared by all tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from myotome import StudyResult

_SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real CTs beside the repository; the test is skipped visibly without it."""
    if not _SHARED.is_dir():
        pytest.skip("needs the real CTs in ../shared/data, which are not part of the repository")
    return _SHARED


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    """A DICOM study with compartments, a person, flags and an assessment, as the path writes it."""
    from myotome import Person, run
    from myotome.nouns.numbers.confidence import Confidence
    from myotome.nouns.numbers.interval import HalfWidth, Spread
    from myotome.phantom import render, write_dicom
    from myotome.runtime.config import Configuration
    from myotome.study import Stages
    from myotome.tables.anatomy.muscles import MUSCLES
    from myotome.tables.flags.every import FLAG, raised

    truth = render(spacing_mm=(6.0, 2.5, 2.5))
    given = tmp_path_factory.mktemp("given")
    write_dicom(truth, given / "study")
    marks = truth.truth.landmarks
    doubtful = {"L2": replace(marks.levels["L2"], confidence=0.3)}
    told = raised(FLAG["level_low_confidence"], "the name of L2 is doubtful")
    marks = replace(marks, levels={**marks.levels, **doubtful}, flags=(*marks.flags, told))
    sure = Confidence(
        raw={muscle.key: 0.9 for muscle in MUSCLES} | {"psoas_left": None},
        expected_dice={muscle.key: 0.8 for muscle in MUSCLES} | {"psoas_left": None},
        calibrated_on="three scans",
        error=0.02,
        spread=Spread(
            rows={("volume", "psoas"): HalfWidth(q80=0.4, q90=0.8, n=14)},
            scaled=True,
            made_from="14 scans",
            n=14,
        ),
    )
    labels = replace(truth.segmentation, confidence=sure)
    stages = replace(
        Stages.of(Configuration()),
        locate=lambda _volume: marks,
        segment=lambda _volume, _slab: labels,
    )
    person = Person(sex="F", age_years=61, height_cm=168)
    result: StudyResult = run(given / "study", out=given / "out", person=person, stages=stages)
    return result
