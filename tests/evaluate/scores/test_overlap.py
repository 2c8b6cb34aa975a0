"""Overlap counts and Dice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from myotome.errors import GeometryError
from myotome.evaluate.scores.overlap import Rule, State, dice, joint_counts, overlap, swapped_voxels
from myotome.evaluate.scores.regions import (
    COMPARTMENT_SET,
    IGNORED,
    LABEL_SETS,
    MUSCLE_SET,
    TISSUE_SET,
)
from myotome.tables.anatomy.muscles import COMPARTMENTS, MUSCLES
from myotome.tables.quantities.published_dice import PUBLISHED_DICE, PUBLISHED_MEAN

PSOAS = MUSCLE_SET.region("psoas", "left")
MAPS = arrays(np.uint8, (3, 4, 5), elements=st.integers(0, 12))


def test_dice_of_two_boxes() -> None:
    a, b = np.zeros((2, 10, 10), np.uint8), np.zeros((2, 10, 10), np.uint8)
    a[0, :4, :5], b[0, 2:6, :5] = 1, 1  # 20 and 20 voxels, 10 of them shared
    shared = overlap(joint_counts(a, b, 13), PSOAS)
    assert shared.tolist() == [[10, 20, 20], [0, 0, 0]]
    assert dice(*shared[0].tolist()) == pytest.approx(0.5)


def test_dice_of_two_spheres() -> None:
    # Two balls of radius R at distance d share pi (4R + d)(2R - d)^2 / 12 (a lens); over the
    # volume 4/3 pi R^3 that is the Dice.
    radius, distance = 18.0, 12.0
    k, j, i = np.indices((44, 60, 70)).astype(float)

    def ball(x: float) -> np.ndarray:
        inside = (k - 21.5) ** 2 + (j - 29.5) ** 2 + (i - x) ** 2 <= radius**2
        return inside.astype(np.uint8)

    shared = overlap(joint_counts(ball(28.0), ball(28.0 + distance), 13), PSOAS).sum(axis=0)
    expected = (4 * radius + distance) * (2 * radius - distance) ** 2 / (16 * radius**3)
    assert dice(*shared.tolist()) == pytest.approx(expected, abs=0.005)


@pytest.mark.parametrize(("rule", "expected"), [(Rule.SKIP, None), (Rule.ONE, 1.0)])
def test_both_empty_rule(rule: Rule, expected: float | None) -> None:
    assert dice(0, 0, 0, rule) == expected
    assert dice(0, 7, 0, rule) == 0.0
    assert dice(0, 0, 7, rule) == 0.0


def test_states() -> None:
    assert [State.of(p, r) for p, r in ((1, 1), (0, 1), (1, 0), (0, 0))] == [
        State.BOTH,
        State.LOST,
        State.INVENTED,
        State.EMPTY,
    ]


@given(a=MAPS, b=MAPS)
def test_dice_is_symmetric_bounded_and_blind_to_flips(a: np.ndarray, b: np.ndarray) -> None:
    there, back = joint_counts(a, b, 13), joint_counts(b, a, 13)
    flipped = joint_counts(a[:, ::-1, ::-1], b[:, ::-1, ::-1], 13)
    assert np.array_equal(there, flipped)
    assert there.sum() == a.size
    for region in MUSCLE_SET.regions:
        one = overlap(there, region).sum(axis=0).tolist()
        other = overlap(back, region).sum(axis=0).tolist()
        assert dice(*one) == dice(*other)
        value = dice(*one)
        assert value is None or 0 <= value <= 1
    same = overlap(joint_counts(a, a, 13), PSOAS).sum(axis=0).tolist()
    assert dice(*same) in (None, 1.0)


@given(a=MAPS, b=MAPS)
def test_counts_are_those_of_plain_masks(a: np.ndarray, b: np.ndarray) -> None:
    region = MUSCLE_SET.region("erector_spinae", "both")
    p, r = np.isin(a, region.values), np.isin(b, region.values)
    expected = np.stack([(p & r).sum((1, 2)), p.sum((1, 2)), r.sum((1, 2))], axis=1)
    assert np.array_equal(overlap(joint_counts(a, b, 13), region), expected)


def test_ignored_voxels_count_nowhere() -> None:
    a, b = np.ones((1, 2, 2), np.uint8), np.ones((1, 2, 2), np.uint8)
    b[0, 0] = IGNORED
    assert overlap(joint_counts(a, b, 6), COMPARTMENT_SET.regions[0]).tolist() == [[2, 2, 2]]


def test_side_confusion() -> None:
    left, right = (MUSCLE_SET.region("psoas", side) for side in ("left", "right"))
    reference = np.array([[[1, 1, 1, 2, 2, 0]]], np.uint8)
    predicted = np.array([[[1, 2, 0, 1, 2, 2]]], np.uint8)
    assert swapped_voxels(joint_counts(predicted, reference, 13), left, right) == (2, 5)


def test_refusals() -> None:
    with pytest.raises(GeometryError):
        joint_counts(np.zeros((1, 2, 2), np.uint8), np.zeros((1, 2, 3), np.uint8), 13)
    with pytest.raises(ValueError, match="beyond its classes"):
        joint_counts(np.full((1, 2, 2), 13, np.uint8), np.zeros((1, 2, 2), np.uint8), 13)


def test_regions_cover_the_tables() -> None:
    assert {r.values[0] for r in MUSCLE_SET.singles} == {m.value for m in MUSCLES}
    assert {r.values[0] for r in COMPARTMENT_SET.regions} == {c.value for c in COMPARTMENTS}
    assert MUSCLE_SET.classes == 13
    assert COMPARTMENT_SET.classes == 6
    assert TISSUE_SET.classes == 5
    for kind in LABEL_SETS.values():
        names = [(r.structure, r.side) for r in kind.regions]
        assert len(set(names)) == len(names)
        assert all(0 <= g < len(kind.groups) for r in kind.regions for g in r.groups)


def test_published_dice_agree_with_the_published_mean() -> None:
    # Vu et al. 2024: the mean of table 1 is the 0.857 of the text, to its three digits
    assert len(PUBLISHED_DICE) == len(MUSCLES)
    assert {(p.structure, p.side) for p in PUBLISHED_DICE} == {(m.group, m.side) for m in MUSCLES}
    assert np.mean([p.mean for p in PUBLISHED_DICE]) == pytest.approx(PUBLISHED_MEAN, abs=2e-3)
