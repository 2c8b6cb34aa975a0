"""A small labelled case: two bright boxes as the psoas muscles, in memory and as files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

SHAPE = (3, 60, 80)


def _arrays(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """HU float32 and labels uint8: left psoas at the patient's left (high i), right at low i."""
    rng = np.random.default_rng(seed)
    hu = rng.normal(0, 10, SHAPE).astype(np.float32)
    muscles = np.zeros(SHAPE, np.uint8)
    muscles[:, 20:40, 50:65] = 1
    muscles[:, 20:40, 15:30] = 2
    hu[muscles > 0] += 80
    hu[:, :5] = hu[:, -5:] = hu[..., :5] = hu[..., -5:] = -1000  # air around the body
    return hu, muscles


@pytest.fixture(scope="session")
def box_case() -> Callable[..., Any]:
    """``box_case(name, seed)``: all groups annotated on three slices of 1.5 mm pixels."""
    from myotome.train.cases.case import TrainingCase

    def make(name: str = "box", seed: int = 0) -> TrainingCase:
        hu, muscles = _arrays(seed)
        return TrainingCase(
            name=name,
            hu=hu,
            muscles=muscles,
            compartments=np.where(muscles > 0, 2, 1).astype(np.uint8),
            annotated=np.ones((SHAPE[0], 6), bool),
            organs=np.zeros(SHAPE, np.uint8),
            dz_mm=4.0,
        )

    return make


@pytest.fixture(scope="session")
def write_box() -> Callable[..., Path]:
    """``write_box(folder, seed)``: the same as ``ct``, ``muscles`` and ``slices.json``."""
    import nibabel

    def write(folder: Path, seed: int = 0) -> Path:
        folder.mkdir(parents=True)
        hu, muscles = _arrays(seed)
        affine = np.diag([-1.5, -1.5, 4.0, 1.0])
        for name, array in (("ct", np.rint(hu).astype(np.int16)), ("muscles", muscles)):
            image = nibabel.Nifti1Image(np.ascontiguousarray(array.transpose(2, 1, 0)), affine)
            nibabel.save(image, folder / f"{name}.nii.gz")
        ranges = {"complete_z": {"default": [0, SHAPE[0] - 1]}}
        (folder / "slices.json").write_text(json.dumps(ranges), encoding="utf-8")
        return folder

    return write


@pytest.fixture(scope="session")
def bodies() -> tuple[Any, Any]:
    """Two phantoms as labelled bodies for the levels, called ``phantom1`` and ``phantom2``."""
    from myotome.train.levels.phantoms import phantom_subject

    return phantom_subject(1), phantom_subject(2)


@pytest.fixture(scope="session")
def level_pool(bodies, tmp_path_factory) -> Path:
    """Six samples drawn from the first of ``bodies``, on disk."""
    from myotome.train.levels.draw import draw_sample
    from myotome.train.levels.pool import save_drawn

    folder = tmp_path_factory.mktemp("levels") / "pool"
    folder.mkdir()
    for number in range(6):
        sample = draw_sample(bodies[0], np.random.default_rng(number))
        save_drawn(f"phantom1~render{number}", sample, folder)
    return folder
