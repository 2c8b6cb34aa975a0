"""Intervals on made-up errors: what they hold, who counts, and when there are none."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myotome.evaluate.calibration.intervals import (
    POOLED,
    fit_spread,
    half_width,
    left_out_coverage,
    widths,
)
from myotome.evaluate.calibration.sizes import Size
from myotome.evaluate.calibration.written import onto_card, write_intervals
from myotome.segment.bundled.spread import spread_of_card


def size(subject: str, log_error: float, raw: float = 0.9, **but: str) -> Size:
    return Size(
        subject=subject,
        compared=but.get("compared", "volume"),
        structure=but.get("structure", "psoas"),
        side=but.get("side", "left"),
        level="slab",
        predicted=100 * math.exp(log_error),
        reference=100,
        raw=raw,
    )


def study(n: int, seed: int, *, by_doubt: bool = False) -> list[Size]:
    """``n`` subjects with two sides; errors of one subject are alike, as in life."""
    rng = np.random.default_rng(seed)
    out = []
    for subject in range(n):
        own = rng.normal()
        for side in ("left", "right"):
            raw = float(rng.uniform(0.7, 0.99))
            spread = 2 * (1 - raw) if by_doubt else 0.1
            error = spread * (own + 0.5 * rng.normal())
            out.append(size(f"s{subject}", error, raw, side=side))
    return out


@pytest.mark.parametrize("n", [9, 14, 30])
@pytest.mark.parametrize("by_doubt", [False, True])
def test_nine_of_ten_new_subjects_are_held(n: int, by_doubt: bool) -> None:
    """Expected: at least 90 %, at most 90 % + 1 / (n + 1) but for subjects with several errors."""
    held = []
    for seed in range(300):
        *_, new, other = drawn = study(n + 1, seed, by_doubt=by_doubt)
        spread = fit_spread(drawn[:-2], scaled=by_doubt)
        assert spread is not None
        half = spread.rows["volume", "psoas"]
        for one in (new, other):
            found = half.around(one.predicted, spread.doubt(one.raw))
            held.append(found.low_90 <= one.reference <= found.high_90)
    assert 0.87 <= np.mean(held) <= 0.97


@settings(deadline=None, max_examples=25)
@given(n=st.integers(10, 25), seed=st.integers(0, 999), scaled=st.booleans())
def test_left_out_subjects_are_held_and_80_lies_within_90(n: int, seed: int, scaled: bool) -> None:
    spread = fit_spread(study(n, seed), scaled=scaled)
    assert spread is not None
    half = spread.rows["volume", "psoas"]
    assert 0 < half.q80 <= half.q90
    assert half.n == n
    assert half.covered_90 is not None
    assert half.covered_90 >= 0.9 - 1 / n


def test_coverage_of_left_out_subjects_is_84_to_96_percent_on_average() -> None:
    found = [fit_spread(study(14, seed), scaled=False) for seed in range(60)]
    covered = [s.rows["volume", "psoas"].covered_90 for s in found if s is not None]
    assert 0.88 <= np.mean([c for c in covered if c is not None]) <= 0.96


def test_a_subject_counts_once_however_many_numbers_it_gives() -> None:
    few = {f"s{n}": [0.1] for n in range(19)} | {"loud": [5.0] * 200}
    assert half_width(few, 0.9) == 0.1
    assert half_width({f"s{n}": [0.1] for n in range(9)} | {"loud": [5.0]}, 0.9) == 5.0


def test_too_few_subjects_have_no_interval() -> None:
    assert fit_spread(study(8, 0)) is None
    assert fit_spread(study(9, 0)) is not None
    assert left_out_coverage({"a": [1.0], "b": [1.0]}, 0.9) is None
    assert fit_spread([]) is None


def test_what_the_reader_did_not_find_is_held_by_no_interval() -> None:
    lost = [replace(one, reference=0) if one.subject == "s3" else one for one in study(9, 1)]
    assert fit_spread(lost) is None, "one of nine is hopeless: nothing holds nine of ten"
    more = [replace(one, reference=0) if one.subject == "s3" else one for one in study(30, 1)]
    found = fit_spread(more)
    assert found is not None
    assert math.isfinite(found.rows["volume", "psoas"].q90)


@pytest.mark.parametrize("by_doubt", [False, True])
def test_doubt_is_used_where_it_tells_of_the_error(by_doubt: bool) -> None:
    chosen = [fit_spread(study(40, seed, by_doubt=by_doubt)) for seed in range(9)]
    scaled = sum(s.scaled for s in chosen if s is not None)
    assert (scaled > 4) is by_doubt
    told = widths(study(40, 0, by_doubt=by_doubt))
    assert all((row.spearman or 0) > 0.3 for row in told) is by_doubt


def test_pooled_groups_are_told_and_give_no_interval() -> None:
    sums = [replace(one, structure="all_muscles", side="both") for one in study(14, 3)]
    given_ = [*study(14, 0), *(replace(s, structure="erector_spinae") for s in study(14, 1)), *sums]
    spread = fit_spread(given_)
    assert spread is not None
    assert {structure for _, structure in spread.rows} == {
        "psoas",
        "erector_spinae",
        "all_muscles",
    }
    (pooled, _) = [row for row in widths(given_) if row.structure == POOLED]
    assert pooled.n == 14
    assert pooled.covered_90 is not None


def test_files_and_card_hold_the_intervals(tmp_path: Path) -> None:
    found = study(14, 0)
    spread = fit_spread(found, made_from="14 scans")
    write_intervals(found, spread, tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "intervals.csv",
        "intervals.json",
        "sizes.csv",
    ]
    with (tmp_path / "out" / "sizes.csv").open() as stream:
        assert len(list(csv.DictReader(stream))) == len(found)
    card = tmp_path / "muscles.json"
    card.write_text(json.dumps({"name": "muscles", "calibration": {"kept": 1}}))
    onto_card(card, None, spread)
    document = json.loads(card.read_text())
    assert document["calibration"] == {"kept": 1}
    again = spread_of_card(document)
    assert again is not None
    assert again.made_from == "14 scans"
    assert again.rows["volume", "psoas"].n == 14
    onto_card(card, None, None)
    assert "intervals" not in json.loads(card.read_text())
