"""Eight turns of one scan: what the network is shown, and what its answer means."""

from __future__ import annotations

import numpy as np
import pytest

from myotome.locate.upright.turns import directions, network_input, shrunk
from myotome.tables.anatomy.turns import TURN, TURNS


def _scan(planes: int = 11) -> np.ndarray:
    return np.random.default_rng(2).normal(0, 200, (planes, 48, 64)).astype(np.float32)


def _turned(hu: np.ndarray, key: str) -> np.ndarray:
    axes = [axis for axis, wrong in enumerate(TURN[key].reversed) if wrong]
    return np.flip(hu, axes)


def test_the_turns_are_all_there_are_and_the_first_is_none() -> None:
    assert len({turn.reversed for turn in TURNS}) == len(TURNS) == 8
    assert TURNS[0] is TURN["upright"]
    assert not any(TURNS[0].reversed)


@pytest.mark.parametrize("planes", [1, 7, 8, 11, 50])
def test_the_network_sees_every_turn_at_twelve_millimetres(planes: int) -> None:
    scan = _scan(planes)
    shown = network_input(scan, scan[:, ::-1])
    assert shown.shape == (8, 2, 4 * -(-planes // 8), 24, 32)
    for one, turn in zip(shown, TURNS, strict=True):
        axes = [1 + axis for axis, wrong in enumerate(turn.reversed) if wrong]
        assert np.allclose(np.flip(one, axes), shown[0], atol=1e-5)


def test_shrinking_keeps_the_mean() -> None:
    hu = _scan(16)
    assert shrunk(hu).mean() == pytest.approx(hu.mean(), abs=1e-3)


def _likes_the_top_right(shown: np.ndarray) -> np.ndarray:
    """Upright is what is bright at the upper, hind, left end."""
    return 50 * shown[:, 0, 2:, 12:, 16:].mean(axis=(1, 2, 3))[:, None]


@pytest.mark.parametrize("key", TURN)
def test_the_best_turn_undoes_what_was_done(key: str) -> None:
    hu = np.zeros((8, 48, 64), np.float32)
    hu[4:, 24:, 32:] = 400
    seen = _turned(hu, key)
    found = directions(seen, seen[:, ::-1], _likes_the_top_right)
    assert found.best.key == key
    assert sum(found.likely) == pytest.approx(1)
    for axis, wrong in enumerate(TURN[key].reversed):
        assert (found.turned(axis) > 0.9) is wrong
