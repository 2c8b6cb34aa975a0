"""Nouns are frozen, refuse nonsense, and never let a missing value be 0."""

import dataclasses

import numpy as np
import pytest

from myotome.errors import GeometryError, InputError
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.person import Person

GRID = Grid.axial((2, 3, 4), (5, 1, 1))
ROW = {"quantity": "volume", "structure": "psoas", "side": "left", "level": "slab", "unit": "ml"}


def test_arrays_are_read_only() -> None:
    volume = Volume(hu=np.zeros((2, 3, 4), np.int16), grid=GRID, source_grid=GRID)
    with pytest.raises(ValueError, match="read-only"):
        volume.hu[0, 0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        volume.hu = np.zeros((2, 3, 4), np.int16)  # type: ignore[misc]


def test_values_must_fill_the_grid_and_have_their_type() -> None:
    with pytest.raises(GeometryError, match="do not fill"):
        Volume(hu=np.zeros((2, 3, 5), np.int16), grid=GRID, source_grid=GRID)
    with pytest.raises(GeometryError, match="int16"):
        Volume(hu=np.zeros((2, 3, 4), np.float32), grid=GRID, source_grid=GRID)
    with pytest.raises(GeometryError, match="uint8"):
        Segmentation(labels=np.zeros((2, 3, 4), int), grid=GRID, backend="x", k_range=(0, 2))


def test_a_volume_must_be_canonical() -> None:
    flipped = Grid.from_matrix((2, 3, 4), np.diag([-1.0, 1, 5, 1]))
    with pytest.raises(GeometryError, match="canonical"):
        Volume(hu=np.zeros((2, 3, 4), np.int16), grid=flipped, source_grid=flipped)


def test_not_measurable_has_no_value_and_measured_has_one() -> None:
    with pytest.raises(ValueError, match="disagree"):
        Measurement(**ROW, value=0.0, status=Status.NOT_MEASURABLE, reason="outside the scan")
    with pytest.raises(ValueError, match="disagree"):
        Measurement(**ROW, value=None, status=Status.MEASURED)
    with pytest.raises(ValueError, match="reason"):
        Measurement(**ROW, value=3.0, status=Status.PARTIAL)
    with pytest.raises(ValueError, match="disagree"):
        Measurement(**ROW, value=0.0, status=Status.ABSENT, reason="does not reach")
    with pytest.raises(ValueError, match="reason"):
        Measurement(**ROW, value=None, status=Status.ABSENT)


@pytest.mark.parametrize(
    "wrong", [{"sex": "male"}, {"age_years": 400}, {"height_cm": 1.75}, {"weight_kg": -3}]
)
def test_impossible_persons_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Person(**wrong)  # type: ignore[arg-type]
