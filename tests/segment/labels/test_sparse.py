"""Holes between the slices of a muscle: those of its own shape are let be, others are told."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

from myotome.segment.labels.sparse import holes, skipped
from myotome.tables.anatomy.muscles import MUSCLE, MUSCLES

LEFT = MUSCLE["psoas_left"].value
EVERY = tuple(MUSCLE)


def muscle(areas: list[int]) -> np.ndarray:
    """The left psoas with as many pixels on each slice."""
    labels = np.zeros((len(areas), 40, 40), np.uint8)
    for k, count in enumerate(areas):
        labels[k].ravel()[:count] = LEFT
    return labels


SPINDLE = [int(400 * np.sin(np.pi * (k + 1) / 42)) for k in range(40)]


@pytest.mark.parametrize("missing", [[20], [7], [33], [19, 20], [5, 35], [10, 20, 30]])
def test_single_slices_missing_inside_a_muscle_are_told(missing: list[int]) -> None:
    areas = [0 if k in missing else area for k, area in enumerate(SPINDLE)]
    said = skipped(muscle(areas), EVERY)
    assert said.keys() == {"psoas_left"}
    assert f"drawn on {40 - len(missing)} of the 40 slices" in said["psoas_left"]


@pytest.mark.parametrize("length", [100, 400])
def test_one_slice_of_many_thin_ones_is_told(length: int) -> None:
    areas = [300] * length
    areas[length // 2] = 0
    assert "psoas_left" in skipped(muscle(areas), EVERY)


@pytest.mark.parametrize("every", [2, 3, 5, 20])
def test_key_slices_are_told(every: int) -> None:
    areas = [area if k % every == 0 else 0 for k, area in enumerate(SPINDLE)]
    assert "psoas_left" in skipped(muscle(areas), EVERY)


@pytest.mark.parametrize(
    "areas",
    [
        SPINDLE,
        [3, 0, *SPINDLE],  # a tip that comes and goes
        [*SPINDLE[:20], 30, 0, 28, *SPINDLE[20:]],  # a tendinous band
        [*SPINDLE[:20], 25, 0, 0, 25, *SPINDLE[20:30], 28, 0, 30, *SPINDLE[30:]],
        [300],
        [300, 300],
        [],
    ],
)
def test_the_shape_of_a_muscle_is_not(areas: list[int]) -> None:
    assert skipped(muscle(areas or [0]), EVERY) == {}


def test_many_small_holes_together_are_told() -> None:
    """Each lies between a large and a small slice; a fifth of the muscle is not there."""
    areas = [400, 400, 400, 0, 40, 400, 400, 400, 0, 0, 30, 400, 400]
    assert "psoas_left" in skipped(muscle(areas), EVERY)


def test_only_those_asked_for_are_looked_at() -> None:
    areas = [0 if k == 20 else area for k, area in enumerate(SPINDLE)]
    assert skipped(muscle(areas), {"psoas_right"}) == {}


def test_where_holes_lie() -> None:
    (first, second) = holes(np.array([0, 5, 0, 7, 7, 0, 0, 3, 0]))
    assert (first.first, first.last, first.below, first.above) == (2, 2, 5, 7)
    assert (second.first, second.last, second.lost) == (5, 6, 10.0)


@pytest.mark.shared
def test_no_reader_of_real_scans_is_told_of(shared_data: Path) -> None:
    """And each of them is, if one slice in twenty of a muscle's middle half is taken away.

    Of the rectus only that where it is largest: its bands part it into bellies.
    """
    files = sorted(shared_data.glob("cases/*/muscles*.nii.gz"))
    assert len(files) > 8
    for path in files:
        image = nibabel.as_closest_canonical(nibabel.load(path))
        labels = np.asarray(image.dataobj).astype(np.uint8).transpose(2, 1, 0)
        name = f"{path.parent.name}/{path.name}"
        assert skipped(labels, EVERY) == {}, name
        for one in MUSCLES:
            pixels = (labels == one.value).sum((1, 2))
            at = np.flatnonzero(pixels)
            largest = int(pixels.argmax())
            if len(at) < 12 or largest in (at[0], at[-1]):
                continue
            part = np.where(labels == one.value, labels, 0).astype(np.uint8)
            some = at[len(at) // 4 : -len(at) // 4 : 20]
            part[[largest] if one.group == "rectus_abdominis" else some] = 0
            assert one.key in skipped(part, EVERY), f"{name} {one.key}"
