"""Kidney and bowel taken for muscle go, with a word; muscles as readers draw them stay."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from myotome.errors import GridMismatchError
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.segment.foreign import without_foreign
from myotome.tables.anatomy.muscles import MUSCLE, MUSCLES
from myotome.train.cases.case import read_nifti

SHAPE = (10, 80, 100)
GRID = Grid.axial(SHAPE, (5.0, 1.5, 1.5))
PSOAS = MUSCLE["psoas_left"].value


def scan(labels: np.ndarray, hu: np.ndarray, grid: Grid = GRID) -> tuple[Segmentation, Volume]:
    made = Segmentation(labels=labels, grid=grid, backend="bundled", k_range=(0, len(labels)))
    return made, Volume(hu=hu, grid=grid, source_grid=grid)


def one_muscle(key: str = "psoas_left") -> tuple[np.ndarray, np.ndarray]:
    """A muscle of 20 x 20 pixels at 50 HU in fat, with noise."""
    labels = np.zeros(SHAPE, np.uint8)
    labels[:, 30:50, 60:80] = MUSCLE[key].value
    noise = np.random.default_rng(0).normal(0, 15, SHAPE)
    hu = np.where(labels > 0, 50, -100) + noise
    return labels, hu.astype(np.int16)


@pytest.mark.parametrize("key", [m.key for m in MUSCLES])
def test_a_muscle_as_it_should_be_stays(key: str) -> None:
    labels, hu = one_muscle(key)
    given = scan(labels, hu)
    done = without_foreign(*given)
    assert done is given[0]


@pytest.mark.parametrize(
    ("key", "where"),
    [
        ("psoas_left", np.s_[2:5, 40:50, 20:35]),  # bowel
        ("psoas_right", np.s_[:1, 5:20, 60:70]),
        ("quadratus_lumborum_right", np.s_[7:10, 60:70, 60:80]),
    ],
)
def test_what_lies_apart_goes_with_its_ml(key: str, where: tuple[slice, ...]) -> None:
    labels, hu = one_muscle(key)
    clean = labels.copy()
    labels[where] = MUSCLE[key].value
    hu[where] = 50
    ml = labels[where].size * GRID.voxel_ml
    done = without_foreign(*scan(labels, hu))
    assert np.array_equal(done.labels, clean)
    (flag,) = done.flags
    assert flag.code == "pieces_apart"
    assert f"{MUSCLE[key].words} {ml:.1f} ml" in flag.message


def test_a_gap_that_readers_leave_is_none() -> None:
    labels, hu = one_muscle()
    labels[4, 30:50, 84:90] = PSOAS  # 4 pixels, 6 mm away
    given = scan(labels, hu)
    assert without_foreign(*given) is given[0]


def test_layers_and_bellies_of_the_wall_may_lie_apart() -> None:
    labels, hu = one_muscle("rectus_abdominis_left")
    labels[4, 5:10, 5:30] = MUSCLE["rectus_abdominis_left"].value
    given = scan(labels, hu)
    assert without_foreign(*given) is given[0]


@pytest.mark.parametrize("organ_hu", [95, 150, 220])
@pytest.mark.parametrize("key", ["psoas_left", "quadratus_lumborum_left", "erector_spinae_right"])
def test_an_enhanced_organ_goes_with_its_ml(key: str, organ_hu: int) -> None:
    labels, hu = one_muscle(key)
    hu[8:, 30:50, 60:80] = organ_hu
    done = without_foreign(*scan(labels, hu))
    assert not done.labels[8:].any()
    assert np.array_equal(done.labels[:8], labels[:8])
    assert [flag.code for flag in done.flags] == ["pieces_brighter"]
    assert f"{2 * 400 * GRID.voxel_ml:.1f} ml" in done.flags[0].message


def test_a_whole_bright_muscle_is_only_well_perfused() -> None:
    labels, hu = one_muscle()
    hu[labels > 0] += 60
    given = scan(labels, hu)
    assert without_foreign(*given) is given[0]


def test_less_than_a_flag_is_worth_goes_silently() -> None:
    labels, hu = one_muscle()
    labels[4, 60:65, 10:15] = PSOAS  # 0.28 ml
    done = without_foreign(*scan(labels, hu))
    assert not done.labels[4, 60:65].any()
    assert not done.flags


def test_another_grid_is_refused() -> None:
    labels, hu = one_muscle()
    other = Grid.axial(SHAPE, (5.0, 1.5, 1.6))
    made = Segmentation(labels=labels, grid=other, backend="bundled", k_range=(0, 10))
    with pytest.raises(GridMismatchError):
        without_foreign(made, Volume(hu=hu, grid=GRID, source_grid=GRID))


@pytest.mark.parametrize(
    "name", ["cort_liver", "hcc_015", "pancreas_cb_001", "waw_2022", "cptac_c3l_00189"]
)
def test_what_readers_drew_stays(shared_data: Path, name: str) -> None:
    case = shared_data / "cases" / name
    hu, grid = read_nifti(case / "ct.nii.gz")
    labels, _ = read_nifti(case / "muscles.nii.gz")
    made, volume = scan(labels.astype(np.uint8), hu.astype(np.int16), grid)
    done = without_foreign(made, volume)
    taken_ml = float((done.labels != made.labels).sum() * grid.voxel_ml)
    assert not done.flags
    assert taken_ml < 0.5, json.dumps({name: taken_ml})
