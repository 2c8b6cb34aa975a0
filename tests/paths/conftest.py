"""One small phantom for all studies, and the stages with the parts under test left real."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from myotome.nouns.space.landmarks import Landmarks, Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.phantom import Phantom, render
from myotome.phantom.render import _Painter
from myotome.runtime.config import Configuration
from myotome.study import Stages

SPACING_MM = (6.0, 2.5, 2.5)


@pytest.fixture(scope="session")
def phantom() -> Phantom:
    """A coarse phantom: its labels still hold volume and area, and it is quick."""
    return render(spacing_mm=SPACING_MM)


def labels_on(volume: Volume, truth: Phantom) -> Segmentation:
    """The phantom's labels on the grid of ``volume``: its own, or painted anew where it differs.

    Resampled labels would not do: nearest neighbours change the area of a thin muscle by 9 %.
    """
    grid = volume.grid
    labels = truth.segmentation.labels
    if not grid.matches(truth.segmentation.grid):
        painter = _Painter(truth.anatomy, replace(truth.recipe, tilt_deg=0.0), grid)
        labels = np.stack([painter.paint(k)[1] for k in range(grid.shape[0])])
    return Segmentation(labels=labels, grid=grid, backend="truth", k_range=(0, grid.shape[0]))


@pytest.fixture(scope="session")
def known_stages() -> Callable[[Phantom, Configuration], Stages]:
    """The real path, but landmarks and labels come from the phantom's truth."""

    def stages(truth: Phantom, config: Configuration) -> Stages:
        def locate(volume: Volume) -> Landmarks:
            del volume
            return truth.truth.landmarks

        def segment(volume: Volume, slab: Slab) -> Segmentation:
            del slab
            return labels_on(volume, truth)

        return replace(Stages.of(config), locate=locate, segment=segment)

    return stages


@pytest.fixture(scope="session")
def dicom_study(phantom: Phantom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The phantom as a sound DICOM study."""
    from myotome.phantom import write_dicom

    folder = tmp_path_factory.mktemp("sound") / "study"
    write_dicom(phantom, folder)
    return folder
