"""Results folders of coarse phantoms, as the path itself writes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from myotome import Person, StudyResult, run
from myotome.nouns.numbers.confidence import Confidence
from myotome.phantom import render, write_dicom, write_nifti
from myotome.phantom.nifti import NiftiForm
from myotome.runtime.config import Configuration
from myotome.study import Stages
from myotome.tables.anatomy.muscles import MUSCLES
from myotome.tables.flags.every import FLAG, raised


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    """A DICOM study with compartments, a person, flags and an assessment."""
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


@pytest.fixture(scope="session")
def written_as(tmp_path_factory: pytest.TempPathFactory) -> Callable[[float, str], StudyResult]:
    """Results of a NIfTI with slices of so many mm, stored in these axes; labels alone."""

    def write(thickness_mm: float, axes: str) -> StudyResult:
        phantom = render(spacing_mm=(thickness_mm, 3.0, 3.0))
        given = tmp_path_factory.mktemp("nifti")
        write_nifti(phantom, given, form=NiftiForm(axes=axes))
        options = {"backend": f"labels:{given / 'muscles.nii.gz'}"}
        usual = Stages.of(Configuration(**options))
        stages = replace(usual, locate=lambda _volume: phantom.truth.landmarks)
        result: StudyResult = run(given / "ct.nii.gz", out=given / "out", stages=stages, **options)
        return result

    return write
