"""A muscle that swells for a few slices is told, one that tapers or steps is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from myotome.nouns.space.grid import Grid
from myotome.nouns.space.segmentation import Segmentation
from myotome.segment.bumps import bumps, largest_bump
from myotome.tables.anatomy.muscles import MUSCLE
from myotome.train.cases.case import read_nifti


def labels_of(key: str, widths: list[int]) -> np.ndarray:
    """A muscle of 20 pixels depth and the given width on each slice."""
    out = np.zeros((len(widths), 40, 100), np.uint8)
    for k, width in enumerate(widths):
        out[k, 10:30, 20 : 20 + width] = MUSCLE[key].value
    return out


def told(labels: np.ndarray, grid: Grid | None = None) -> list[str]:
    grid = grid or Grid.axial(labels.shape, (5.0, 1.5, 1.5))
    made = Segmentation(labels=labels, grid=grid, backend="labels", k_range=(0, len(labels)))
    return [flag.message for flag in bumps(made) if flag.code == "area_bump"]


TAPER = [30, 29, 28, 26, 24, 22, 20, 17, 14, 10, 6, 3]


@pytest.mark.parametrize("key", ["psoas_left", "psoas_right", "erector_spinae_left"])
def test_a_kidney_pole_is_told(key: str) -> None:
    widths = [*TAPER[:8], 17 + 25, 14 + 30, 10, 6]
    (words,) = told(labels_of(key, widths))
    assert MUSCLE[key].words in words
    assert "cm2 at z = 4" in words  # slices 8 and 9 of 5 mm


@pytest.mark.parametrize(
    "widths", [TAPER, TAPER[::-1], [20] * 12, [20] * 6 + [35] * 6, [0, 0, 12, 20, 20, 19, 0]]
)
def test_tapers_steps_and_ends_are_not(widths: list[int]) -> None:
    for key in ("psoas_left", "lateral_abdominals_right", "rectus_abdominis_left"):
        assert told(labels_of(key, widths)) == []


def test_the_reach_is_in_mm() -> None:
    thin = Grid.axial((48, 40, 100), (1.25, 1.5, 1.5))
    wide = labels_of("psoas_left", [w for w in TAPER for _ in range(4)])
    assert told(wide, thin) == []
    wide = wide.copy()
    wide[30:33, 10:30, 20:70] = MUSCLE["psoas_left"].value
    assert len(told(wide, thin)) == 1


@pytest.mark.parametrize("area", [[], [0.0, 0.0], [1.0], [1.0, 5.0]])
def test_too_little_to_judge(area: list[float]) -> None:
    assert largest_bump(np.array(area), 2) is None


@pytest.mark.parametrize("name", ["cort_liver", "hcc_006", "hcc_015", "waw_2144", "ts_example"])
def test_no_reader_is_told_of(shared_data: Path, name: str) -> None:
    labels, grid = read_nifti(shared_data / "cases" / name / "muscles.nii.gz")
    assert told(labels.astype(np.uint8), grid) == []
