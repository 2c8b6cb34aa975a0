"""Crests and kidneys are believed in pairs, whole and large enough; specks in a chest are not."""

from __future__ import annotations

import numpy as np
import pytest

from myotome.locate.anchors import crest_z_mm, kidney_z_mm
from myotome.locate.coarse import COARSE_MM, CoarseView
from myotome.nouns.space.grid import Grid
from myotome.tables.anatomy.landmark_classes import COARSE, LANDMARK_CLASS

SHAPE = (40, 48, 64)
FIRST_Z = -100.0


def _view():
    matrix = np.diag([COARSE_MM, COARSE_MM, COARSE_MM, 1.0])
    matrix[2, 3] = FIRST_Z
    return CoarseView(hu=np.zeros(SHAPE, np.float32), grid=Grid.from_matrix(SHAPE, matrix))


def _probability(key, *blocks):
    out = np.zeros((len(COARSE), *SHAPE), np.float32)
    for block in blocks:
        out[LANDMARK_CLASS[key].value][block] = 1.0
    return out


def _block(low, high, first_i, wide=6):
    return (slice(low, high), slice(20, 26), slice(first_i, first_i + wide))


LEFT, RIGHT = 44, 14


def _z(plane):
    return FIRST_Z + COARSE_MM * plane


def test_the_higher_of_two_crests_is_the_top():
    hips = _probability("hip", _block(0, 15, LEFT), _block(0, 14, RIGHT))
    assert crest_z_mm(_view(), hips) == pytest.approx(_z(14.5))


def test_bones_that_join_in_the_middle_have_a_crest_on_either_side():
    joined = _probability("hip", _block(0, 4, RIGHT, 36), _block(0, 15, LEFT), _block(0, 15, RIGHT))
    assert crest_z_mm(_view(), joined) == pytest.approx(_z(14.5))


@pytest.mark.parametrize(
    "blocks",
    [
        [],
        [_block(0, 15, LEFT)],
        [_block(0, 15, LEFT), _block(0, 11, RIGHT)],
        [_block(0, 15, LEFT), _block(13, 15, RIGHT, 4)],
        [_block(0, 40, LEFT), _block(0, 40, RIGHT)],
    ],
    ids=["none", "one side", "far apart", "a speck", "cut by the top of the scan"],
)
def test_what_is_no_pair_of_crests_gives_none(blocks):
    assert crest_z_mm(_view(), _probability("hip", *blocks)) is None


def test_the_middle_of_both_kidneys():
    kidneys = _probability("kidney", _block(10, 20, LEFT), _block(12, 24, RIGHT))
    assert kidney_z_mm(_view(), kidneys) == pytest.approx((_z(14.5) + _z(17.5)) / 2)


@pytest.mark.parametrize(
    "blocks",
    [
        [_block(10, 20, LEFT)],
        [_block(0, 20, LEFT), _block(12, 24, RIGHT)],
        [_block(10, 20, LEFT), _block(24, 40, RIGHT)],
        [_block(10, 20, LEFT), _block(12, 14, RIGHT)],
    ],
    ids=["one", "cut below", "cut above", "too little"],
)
def test_kidneys_that_are_not_whole_give_none(blocks):
    assert kidney_z_mm(_view(), _probability("kidney", *blocks)) is None
