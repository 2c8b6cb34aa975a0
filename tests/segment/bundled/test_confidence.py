"""The raw score against Dice worked out by hand, and the calibration on a card."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from myotome.errors import WeightsError
from myotome.nets.model import Model, load
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.volume import Volume
from myotome.segment.bundled.confidence import (
    Calibration,
    Expectation,
    calibration_of,
    probability_sums,
    raw_scores,
)
from myotome.segment.bundled.predict import predict
from myotome.tables.anatomy.muscles import MUSCLES

LINE = Calibration(rows={"all": ((0.5, 1.0), (0.2, 0.9))}, made_from="2 scans", error=0.03)


def two_classes(psoas_probability: np.ndarray) -> np.ndarray:
    """Logits of background against left psoas with these probabilities."""
    logits = np.full((13, *psoas_probability.shape), -1e4, np.float32)
    logits[0] = 0
    logits[1] = np.log(psoas_probability / (1 - psoas_probability))
    return logits


def test_the_raw_score_is_the_dice_that_the_probabilities_promise() -> None:
    p = np.full((40, 40), 0.1)
    p[:20] = 0.9
    # 800 pixels won with 0.9 and 800 lost with 0.1: 2 * 720 / ((720 + 80) + 800) = 0.9
    sums = probability_sums(two_classes(p))
    assert raw_scores(sums)["psoas_left"] == pytest.approx(0.9, abs=1e-6)


def test_a_fat_halo_of_doubt_lowers_the_score() -> None:
    p = np.full((40, 40), 1e-6)
    p[10:20, 10:20] = 1 - 1e-6
    sure = raw_scores(probability_sums(two_classes(p)))["psoas_left"]
    p[20:30, 10:20] = 0.4  # 100 sure pixels, 100 lost with 0.4: 200 / (140 + 100)
    doubtful = raw_scores(probability_sums(two_classes(p)))["psoas_left"]
    assert sure == pytest.approx(1, abs=1e-3)
    assert doubtful == pytest.approx(200 / 240, abs=1e-3)


def test_an_absent_muscle_has_none_and_never_0() -> None:
    judge = Expectation(LINE)
    judge.see(0, two_classes(np.full((16, 16), 0.3)))
    made = judge.verdict()
    assert set(made.raw.values()) == {None}
    assert set(made.expected_dice.values()) == {None}
    assert made.study_raw is None
    assert made.study_expected_dice is None


@given(arrays(np.float32, (13, 9, 8), elements=st.floats(-60, 60, width=32)))
def test_scores_are_shares_whatever_the_logits(logits: np.ndarray) -> None:
    sums = probability_sums(logits, step=1)
    p = np.exp(logits.astype(np.float64) - logits.max(axis=0))
    p /= p.sum(axis=0)
    # a pixel that is left out holds at most 12 e^-10 of probability
    np.testing.assert_allclose(sums[0, 1:], p.sum(axis=(1, 2))[1:], atol=72 * 6e-4)
    winners = np.bincount(logits.argmax(axis=0).ravel(), minlength=13)
    np.testing.assert_array_equal(sums[1, 1:], winners[1:])
    for raw in raw_scores(sums).values():
        assert raw is None or 0 < raw <= 1 + 1e-6


def test_slices_add_up_to_one_score() -> None:
    """90 sure pixels and 10 that are 0.6 sure count as one muscle of 100."""
    judge = Expectation()
    first, second = np.full((24, 24), 1e-7), np.full((24, 24), 1e-7)
    first[:12], second[:12] = 1 - 1e-7, 0.6
    for k, plane in enumerate((first, second)):
        judge.see(k, two_classes(plane))
    raw = judge.verdict().raw["psoas_left"]
    assert raw == pytest.approx(2 * (1 + 0.6) / ((1 + 0.6) + 2), abs=1e-4)


def test_without_a_calibration_nothing_is_expected() -> None:
    judge = Expectation()
    judge.see(0, two_classes(np.full((16, 16), 0.9)))
    made = judge.verdict()
    assert not made.calibrated
    assert made.raw["psoas_left"] is not None
    assert made.expected_dice["psoas_left"] is None
    assert made.study_expected_dice is None


def test_the_calibration_turns_raw_into_expected() -> None:
    judge = Expectation(LINE)
    p = np.full((40, 40), 0.25)
    p[:20] = 0.75  # raw 2 * 600 / (800 + 800) = 0.75, half way along the line
    judge.see(0, two_classes(p))
    made = judge.verdict()
    assert made.expected_dice["psoas_left"] == pytest.approx(0.55, abs=1e-6)
    assert made.study_expected_dice == pytest.approx(0.55, abs=1e-6)
    assert (made.calibrated_on, made.error) == ("2 scans", 0.03)


def test_a_group_may_have_its_own_line() -> None:
    own = Calibration(rows={**LINE.rows, "psoas": ((0.0, 1.0), (0.0, 0.5))}, made_from="x")
    assert own.expected("psoas", 0.8) == pytest.approx(0.4)
    assert own.expected("erector_spinae", 0.75) == pytest.approx(0.55)
    assert own.expected("erector_spinae", 0.1) == pytest.approx(0.2), "held beyond the ends"
    assert own.expected("psoas", None) is None
    assert Calibration(rows={"psoas": LINE.rows["all"]}, made_from="x").expected("x", 0.9) is None


def test_a_card_gives_back_what_was_put_on_it() -> None:
    assert Calibration.of_card({"calibration": LINE.entry()}) == LINE
    assert Calibration.of_card({}) is None


@pytest.mark.parametrize(
    "broken",
    [
        {"score": "entropy"},
        {"rows": {}},
        {"rows": {"biceps": {"raw": [0, 1], "dice": [0, 1]}}},
        {"rows": {"all": {"raw": [0, 1], "dice": [0.9, 0.1]}}},
        {"rows": {"all": {"raw": [0.5, 0.5], "dice": [0, 1]}}},
        {"rows": {"all": {"raw": [0, 1], "dice": [0, 1.2]}}},
        {"rows": {"all": {"raw": [0, 1], "dice": [0, math.nan]}}},
        {"rows": {"all": {"raw": [0, 1], "dice": [0]}}},
        {"rows": {"all": [0, 1]}},
        {"rows": [1]},
        {"made_from": " "},
        {"error": "small"},
    ],
)
def test_a_malformed_calibration_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(WeightsError, match="calibration") as refused:
        Calibration.of_card({"calibration": {**LINE.entry(), **broken}})
    assert refused.value.exit_code == 9


def test_the_calibration_comes_with_the_network() -> None:
    class Net:
        model = Model(
            name="muscles",
            version="1",
            sha256="",
            onnx=b"",
            heads={},
            card={"calibration": LINE.entry()},
        )

    assert calibration_of(Net()) == LINE
    assert calibration_of(lambda batch: batch) is None


def test_the_shipped_card_holds_no_calibration_or_a_good_one() -> None:
    found = Calibration.of_card(load("muscles").card)
    if found is not None:
        scores = [found.expected(m.group, 0.95) for m in MUSCLES]
        assert all(score is not None and 0 < score < 1 for score in scores)


def test_predict_tells_how_sure_the_network_was() -> None:
    """A disc won with logit 8 over 0 (and 11 others at 0): p = e^8 / (e^8 + 12)."""

    def network(batch: np.ndarray) -> np.ndarray:
        logits = np.zeros((len(batch), 13, *batch.shape[2:]), np.float32)
        bright = batch[:, 1] > 0.6
        logits[:, 1][bright] = 8
        logits[:, 0][~bright] = 30
        return logits

    y = (np.arange(110) - 54.5) * 3.0
    r = np.hypot(y[:, None], y[None])
    plane = np.where(r < 40, 120, np.where(r < 150, -60, -1000)).astype(np.int16)
    grid = Grid.axial((8, 110, 110), (5.0, 3.0, 3.0))
    volume = Volume(hu=np.broadcast_to(plane, grid.shape).copy(), grid=grid, source_grid=grid)
    slab = Slab(superior_z_mm=30, inferior_z_mm=10, superior_found=True, inferior_found=True)
    made = predict(volume, slab, network, judge=Expectation(LINE)).confidence
    p = math.exp(8) / (math.exp(8) + 12)
    assert made is not None
    assert made.raw["psoas_left"] == pytest.approx(2 * p / (p + 1), abs=1e-4)
    assert made.raw["psoas_right"] is None
    assert made.expected_dice["psoas_left"] == pytest.approx(0.9, abs=0.01)
