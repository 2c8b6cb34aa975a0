"""Dice while training counts what is annotated, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the [train] extra")

from dataclasses import replace  # noqa: E402

from myotome.train.fit.dice import Counts, Sight, chosen_slices, known_classes  # noqa: E402


def test_dice_is_that_of_the_definition() -> None:
    rng = np.random.default_rng(0)
    answer, truth = rng.integers(0, 13, (2, 3, 20, 30))
    counts = Counts.none()
    everything = torch.ones(3, 13, dtype=torch.bool)
    counts.add(torch.from_numpy(answer), torch.from_numpy(truth).to(torch.uint8), everything)
    for value, dice in enumerate(counts.dice(), start=1):
        a, b = answer == value, truth == value
        assert dice == pytest.approx(2 * (a & b).sum() / (a.sum() + b.sum()))


def test_unknown_classes_and_unlabelled_voxels_do_not_count() -> None:
    answer = torch.tensor([[[1, 2, 3, 3]]])
    truth = torch.tensor([[[1, 0, 3, 255]]], dtype=torch.uint8)
    known = torch.ones(1, 13, dtype=torch.bool)
    known[0, 2] = False
    counts = Counts.none()
    counts.add(answer, truth, known)
    assert counts.dice()[:3] == [1.0, None, 1.0]
    assert counts.mean() == 1.0


def test_nothing_counted_is_none_and_never_zero() -> None:
    assert Counts.none().mean() is None
    assert set(Counts.none().dice()) == {None}


def test_known_classes_are_background_and_both_sides_of_a_group(box_case) -> None:
    case = box_case()
    annotated = case.annotated.copy()
    annotated[1] = [True, False, False, False, False, True]
    known = known_classes(replace(case, annotated=annotated), 1)
    assert known.tolist() == [True, True, True, *[False] * 8, True, True]


def test_slices_are_spaced_evenly_over_annotated_ones(box_case) -> None:
    case = box_case()
    annotated = case.annotated.copy()
    annotated[1] = False
    cases = [replace(case, annotated=annotated), box_case("b")]
    assert [k for _, k in chosen_slices(cases, 9)] == [0, 2, 0, 1, 2]
    assert [k for _, k in chosen_slices(cases, 3)] == [0, 0, 2]


def test_a_sight_is_padded_and_its_answer_is_not(box_case) -> None:
    sight = Sight.of(box_case(), 1)
    assert sight.planes.shape == (3, 64, 80)
    assert sight.truth.shape == (50, 70)  # without the air around
    assert sight.answer(torch.zeros(1, 19, 64, 80)).shape == (50, 70)
