"""Results folders of coarse phantoms in NIfTI, as the path itself writes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from myotome import StudyResult, run
from myotome.nouns.space.landmarks import Count
from myotome.phantom import render, write_nifti
from myotome.phantom.nifti import NiftiForm
from myotome.runtime.config import Configuration
from myotome.study import Stages

COUNT = Count(probability=0.7, one_higher=0.25, one_lower=0.0, by_sacrum=-1, by_ribs=None)


@pytest.fixture(scope="session")
def written_as(tmp_path_factory: pytest.TempPathFactory) -> Callable[[float, str], StudyResult]:
    """Results of a NIfTI with slices of so many mm, stored in these axes; labels alone."""

    def write(thickness_mm: float, axes: str) -> StudyResult:
        phantom = render(spacing_mm=(thickness_mm, 3.0, 3.0))
        given = tmp_path_factory.mktemp("nifti")
        write_nifti(phantom, given, form=NiftiForm(axes=axes))
        options = {"backend": f"labels:{given / 'muscles.nii.gz'}"}
        usual = Stages.of(Configuration(**options))
        stages = replace(
            usual, locate=lambda _volume: replace(phantom.truth.landmarks, count=COUNT)
        )
        result: StudyResult = run(given / "ct.nii.gz", out=given / "out", stages=stages, **options)
        return result

    return write
