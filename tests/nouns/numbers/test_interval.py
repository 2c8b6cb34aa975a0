"""Intervals around numbers: in order, wider with doubt, none where nothing is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myotome.nouns.numbers.confidence import Confidence
from myotome.nouns.numbers.interval import HalfWidth, Interval, Spread
from myotome.nouns.numbers.measurement import Measurement, Status

HALF = HalfWidth(q80=0.5, q90=1.0, n=14)
PLACE = ("volume", "psoas")


def confidence(*, scaled: bool = True, **raw: float | None) -> Confidence:
    spread = Spread(rows={PLACE: HALF}, scaled=scaled, made_from="14 scans", n=14)
    return Confidence(raw=raw, expected_dice=raw, spread=spread)


@given(
    value=st.floats(1e-3, 1e5),
    doubt=st.floats(0.005, 1),
    q80=st.floats(0, 5),
    more=st.floats(0, 5),
)
def test_bounds_enclose_the_value_and_rise(
    value: float, doubt: float, q80: float, more: float
) -> None:
    found = HalfWidth(q80=q80, q90=q80 + more, n=9).around(value, doubt)
    assert found.low_90 <= found.low_80 <= value <= found.high_80 <= found.high_90
    assert found.low_90 * found.high_90 == pytest.approx(value**2)


def test_doubt_widens_the_interval_of_a_scaled_network_only() -> None:
    sure, unsure = confidence(a=0.95, b=0.7), confidence(scaled=False, a=0.95, b=0.7)
    narrow, wide = (sure.interval(100, PLACE, [key]) for key in "ab")
    assert narrow is not None
    assert wide is not None
    assert wide.high_90 > narrow.high_90
    assert unsure.interval(100, PLACE, ["a"]) == unsure.interval(100, PLACE, ["b"])
    pair = sure.interval(100, PLACE, ["a", "b"])
    assert pair is not None
    assert narrow.high_90 < pair.high_90 < wide.high_90


def test_what_is_not_known_has_none() -> None:
    told = confidence(a=0.9, b=None)
    assert told.interval(100, PLACE, ["a"]) is not None
    assert told.interval(0, PLACE, ["a"]) is None
    assert told.interval(100, PLACE, ["a", "b"]) is None
    assert told.interval(100, PLACE, []) is None
    assert told.interval(100, ("area", "psoas"), ["a"]) is None
    assert replace(told, spread=None).interval(100, PLACE, ["a"]) is None


@pytest.mark.parametrize(
    "wrong", [{"low_80": 0.5}, {"high_80": 9.0}, {"n": 0}, {"low_90": -1.0}, {"high_90": 1e400}]
)
def test_bounds_out_of_order_are_refused(wrong: dict[str, float]) -> None:
    right: dict[str, float] = {"low_90": 1, "low_80": 2, "high_80": 3, "high_90": 4, "n": 9}
    with pytest.raises(ValueError, match="rising bounds"):
        Interval(**{**right, **wrong})


def test_no_interval_stands_around_nothing() -> None:
    with pytest.raises(ValueError, match="around no value"):
        Measurement(
            quantity="volume",
            structure="psoas",
            side="left",
            level="slab",
            value=None,
            unit="ml",
            status=Status.ABSENT,
            reason="none",
            interval=HALF.around(1, 0.1),
        )
