"""Intervals on a network's card: read as written, refused if malformed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from myotome.errors import WeightsError
from myotome.nouns.numbers.interval import HalfWidth, Spread
from myotome.segment.bundled.confidence import Expectation
from myotome.segment.bundled.spread import entry, spread_of, spread_of_card

MADE = Spread(
    rows={
        ("volume", "psoas"): HalfWidth(q80=0.5, q90=0.9, n=14, covered_90=0.929),
        ("area", "all_muscles"): HalfWidth(q80=0.2, q90=0.4, n=9),
    },
    scaled=True,
    made_from="14 subjects",
    n=14,
)


def test_a_card_gives_back_what_was_written() -> None:
    assert spread_of_card({"intervals": entry(MADE)}) == MADE


def test_a_card_without_them_gives_none() -> None:
    assert spread_of_card({"calibration": {}}) is None
    assert spread_of(lambda batch: batch) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda e: e.update(score="entropy"),
        lambda e: e.update(rows={}),
        lambda e: e.update(made_from=" "),
        lambda e: e.update(scaled="yes"),
        lambda e: e.update(n=0),
        lambda e: e.pop("n"),
        lambda e: e["rows"].update(weight=e["rows"]["volume"]),
        lambda e: e["rows"]["volume"].update(heart=e["rows"]["volume"]["psoas"]),
        lambda e: e["rows"]["volume"]["psoas"].update(q80=2.0),
        lambda e: e["rows"]["volume"]["psoas"].update(q90=float("nan")),
        lambda e: e["rows"]["volume"]["psoas"].update(q90=None),
        lambda e: e["rows"]["volume"]["psoas"].update(q80=-0.1),
        lambda e: e["rows"]["volume"]["psoas"].update(n=True),
        lambda e: e["rows"]["volume"]["psoas"].update(covered_90=1.2),
        lambda e: e["rows"].update(volume=[1]),
    ],
)
def test_a_malformed_entry_is_refused(spoil: Callable[[dict[str, Any]], object]) -> None:
    told = copy.deepcopy(entry(MADE))
    spoil(told)
    with pytest.raises(WeightsError, match="the intervals on the network's card"):
        spread_of_card({"intervals": told})


def test_the_judge_hands_them_on_without_a_calibration_too() -> None:
    assert Expectation(None, MADE).verdict().spread == MADE
    assert Expectation().verdict().spread is None
