"""Expected Dice beside the numbers, and the flag where too little is expected."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from myotome.locate.level_slices import scan_of
from myotome.measure import measure
from myotome.nouns.numbers.confidence import Confidence
from myotome.nouns.numbers.interval import HalfWidth, Spread
from myotome.tables.anatomy.muscles import GROUPS, MUSCLES
from myotome.tables.quantities.compared import STRUCTURES
from myotome.tables.quantities.trust import BY_GROUP, LEAST_STUDY_DICE


def sure(dice: float | None = 0.95, **but: float | None) -> Confidence:
    values = {m.key: but.get(m.key, dice) for m in MUSCLES}
    return Confidence(raw=values, expected_dice=values, calibrated_on="3 unseen scans", error=0.02)


def measured_with(trunk, confidence: Confidence | None):
    volume, segmentation, landmarks, slab = trunk.nouns
    return measure(scan_of(volume, replace(segmentation, confidence=confidence), landmarks, slab))


def lows(measured) -> list[str]:
    return [flag.message for flag in measured.flags if flag.code == "low_confidence"]


def test_every_group_has_a_row_from_the_paper() -> None:
    assert set(BY_GROUP) == {group.key for group in GROUPS}
    # Vu 2024, Table 1 and text: psoas 0.852 +- 0.127, quadratus lumborum 0.770 +- 0.138
    assert BY_GROUP["psoas"].least_dice == pytest.approx(0.725)
    assert BY_GROUP["quadratus_lumborum"].least_dice == pytest.approx(0.632)


def test_a_sure_network_raises_no_flag(trunk) -> None:
    assert lows(measured_with(trunk, sure())) == []


def test_values_of_the_slab_carry_it_and_areas_do_not(trunk, pick) -> None:
    measured = measured_with(trunk, sure(0.9, psoas_left=0.8))
    assert pick(measured, "volume", "psoas").expected_dice == pytest.approx(0.8)
    assert pick(measured, "mean_hu", "psoas", "right").expected_dice == pytest.approx(0.9)
    assert pick(measured, "gross_mass", "psoas", "both").expected_dice == pytest.approx(0.85)
    total = pick(measured, "gross_mass", "total", "both").expected_dice
    assert total == pytest.approx((11 * 0.9 + 0.8) / 12)
    assert pick(measured, "area", "psoas", level="L3").expected_dice is None
    assert pick(measured, "slab_height", "slab", "").expected_dice is None


def test_a_muscle_of_low_confidence_is_flagged_by_name(trunk) -> None:
    (message,) = lows(measured_with(trunk, sure(rectus_abdominis_right=0.61)))
    assert "right rectus abdominis 0.61 (wanted 0.78)" in message
    assert "psoas" not in message


def test_a_study_of_low_confidence_is_flagged_as_a_whole(trunk) -> None:
    messages = lows(measured_with(trunk, sure(LEAST_STUDY_DICE - 0.02)))
    assert any("on average 0.73" in message for message in messages)
    assert not any("average" in m for m in lows(measured_with(trunk, sure(0.76))))


def test_an_absent_muscle_has_none_and_neither_counts_nor_warns(trunk, pick) -> None:
    low = sure(0.9, psoas_left=0.1, psoas_right=0.1)
    measured = measured_with(trunk.but(without=("psoas",)), low)
    assert pick(measured, "volume", "psoas").expected_dice is None
    assert pick(measured, "gross_mass", "total", "both").expected_dice == pytest.approx(0.9)
    assert lows(measured) == []


def test_a_muscle_nobody_can_judge_leaves_the_others_alone(trunk, pick) -> None:
    measured = measured_with(trunk, sure(0.9, psoas_left=None))
    assert pick(measured, "volume", "psoas").expected_dice is None
    assert pick(measured, "volume", "psoas", "both").expected_dice == pytest.approx(0.9)
    assert lows(measured) == []


def test_an_uncalibrated_network_raises_no_flag(trunk, pick) -> None:
    raw = {m.key: 0.2 for m in MUSCLES}
    measured = measured_with(trunk, Confidence(raw=raw, expected_dice=dict.fromkeys(raw)))
    assert lows(measured) == []
    assert pick(measured, "volume", "psoas").expected_dice is None


def test_without_confidence_nothing_changes(trunk) -> None:
    plain, judged = measured_with(trunk, None), measured_with(trunk, sure())
    strip = tuple(replace(m, expected_dice=None) for m in judged.measurements)
    assert plain.measurements == strip
    assert plain.flags == judged.flags


def spreading(*, scaled: bool = True, **but: float | None) -> Confidence:
    rows = {
        (compared, structure): HalfWidth(q80=0.5, q90=1.0 + n / 10, n=14)
        for n, compared in enumerate(("volume", "lean_volume", "area"))
        for structure in STRUCTURES
    }
    spread = Spread(rows=rows, scaled=scaled, made_from="14 scans", n=14)
    return replace(sure(0.9, **but), spread=spread)


def high(row) -> float:
    return math.log(row.interval.high_90 / row.value)


def test_masses_volumes_and_areas_carry_intervals(trunk, pick) -> None:
    measured = measured_with(trunk, spreading(psoas_left=0.8))
    assert high(pick(measured, "volume", "psoas")) == pytest.approx(0.2)
    assert high(pick(measured, "gross_mass", "psoas", "right")) == pytest.approx(0.1)
    assert high(pick(measured, "gross_mass", "psoas", "both")) == pytest.approx(0.15)
    assert high(pick(measured, "lean_mass", "psoas", "right")) == pytest.approx(0.11)
    assert high(pick(measured, "area", "psoas", "right", level="L3")) == pytest.approx(0.12)
    whole = pick(measured, "gross_mass", "total", "both")
    assert high(whole) == pytest.approx((11 * 0.1 + 0.2) / 12)
    assert whole.interval.n == 14
    assert whole.interval.low_90 < whole.interval.low_80 < whole.value
    for quantity in ("mean_hu", "nama_share", "intramuscular_fat_volume"):
        assert pick(measured, quantity, "psoas").interval is None
    assert pick(measured, "slab_height", "slab", "").interval is None
    alike = measured_with(trunk, spreading(scaled=False, psoas_left=0.8))
    assert high(pick(alike, "volume", "psoas")) == pytest.approx(1.0)


def test_no_number_no_interval_and_no_sum_with_what_nobody_can_judge(trunk, pick) -> None:
    measured = measured_with(trunk.but(without=("psoas",)), spreading(psoas_left=None))
    assert pick(measured, "volume", "psoas").interval is None
    assert pick(measured, "gross_mass", "total", "both").interval is not None, "it is not there"
    edited = measured_with(trunk, spreading(psoas_left=None))
    assert pick(edited, "volume", "psoas", "right").interval is not None
    assert pick(edited, "gross_mass", "psoas", "both").interval is None
    assert pick(edited, "gross_mass", "total", "both").interval is None


def test_a_network_without_intervals_and_foreign_masks_have_none(trunk) -> None:
    for confidence in (sure(), None):
        assert {m.interval for m in measured_with(trunk, confidence).measurements} == {None}
