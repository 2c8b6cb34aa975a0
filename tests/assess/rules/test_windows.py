"""A cut-off is applied to what was counted in its own HU window, or nothing is said of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from myotome.assess.person.facts import Fact, Facts
from myotome.assess.rules.criteria import apply
from myotome.assess.rules.cutoffs import judge
from myotome.assess.rules.in_words import window_words
from myotome.assess.rules.verdict import Truth
from myotome.assess.scan_facts import scan_facts
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.tables.citable.criteria import CRITERIA_SET
from myotome.tables.citable.cutoffs import CUTOFF, CUTOFFS
from myotome.tables.person.scan_facts import SCAN_FACT, SCAN_FACTS
from myotome.tables.quantities.hu_windows import WINDOW
from myotome.tables.quantities.tissues import VISCERAL_WINDOWS

WIDE, USUAL = WINDOW["visceral_fat_wide"].bounds_hu, WINDOW["visceral_fat"].bounds_hu
MUSCLE = WINDOW["muscle"].bounds_hu


def scan(key: str, value: float, window: tuple[int, int] | None) -> Facts:
    known = {"sex": "M", "age_years": 70, "bmi_kg_m2": 27, "kvp": 120, "contrast_phase": "portal"}
    fact = Fact(key=key, value=value, source="CT", by_scan=True, window_hu=window)
    return Facts.of(**known).plus(fact)


@pytest.mark.parametrize("key", ["doyle2013_l3_l4_vat", "ryo2014_umbilical_vat", "ha2022_l3_vsr"])
def test_visceral_fat_of_the_wide_window_is_not_compared(key) -> None:
    cutoff = CUTOFF[key]
    wide = judge(cutoff, scan(cutoff.fact, 300.0, WIDE))
    assert wide.truth is Truth.UNKNOWN
    assert "this was counted in -190..-30 HU, not in -150..-50 HU" in wide.words
    usual = judge(cutoff, scan(cutoff.fact, 300.0, USUAL))
    assert usual.truth is Truth.YES
    assert any("was not read; this was counted in -150..-50 HU" in w for w in usual.caveats)
    unsaid = judge(cutoff, scan(cutoff.fact, 300.0, None))
    assert unsaid.truth is Truth.YES
    assert not any("HU window" in words for words in unsaid.caveats)


def test_the_wide_window_reaches_the_criteria() -> None:
    facts = scan("l3_vsr", 3.0, WIDE).plus(Fact(key="l3_smi_cm2_m2", value=40.0))
    answer = apply(CRITERIA_SET["ha2022_low_muscle_visceral_fat"], facts)
    assert answer.met == "unknown"
    assert "HU window" in answer.conclusion


@pytest.mark.parametrize("key", ["carey2017_l3_smi", "derstine2018_l3_sma", "martin2013_l3_hu"])
@pytest.mark.parametrize("window", [(-30, 150), (-29, 100), (0, 150), (-190, 150)])
def test_muscle_of_another_window_is_not_compared(key, window) -> None:
    cutoff = CUTOFF[key]
    own = judge(cutoff, scan(cutoff.fact, 30.0, MUSCLE))
    assert own.truth is Truth.YES
    assert not any("window" in words for words in own.caveats)
    other = judge(cutoff, scan(cutoff.fact, 30.0, window))
    assert other.truth is Truth.UNKNOWN
    assert f"counted in -29..150 HU, this was counted in {window[0]}..{window[1]} HU" in other.words


@pytest.mark.parametrize("window", [WINDOW[key].bounds_hu for key in VISCERAL_WINDOWS])
def test_the_window_of_the_measurement_reaches_the_fact(window) -> None:
    """Of the ratio, too, whose own row names none."""

    def made(key: str, **more) -> Measurement:
        row = SCAN_FACT[key]
        return Measurement(
            quantity=row.quantity, structure=row.structure, side=row.side, level=row.level,
            value=1.5, unit="", status=Status.MEASURED, **more,
        )  # fmt: skip

    rows = (made("l3_vat_cm2", window_hu=window), made("l3_vsr"), made("l3_psoas_area_cm2"))
    facts = {fact.key: fact for fact in scan_facts(rows)[0]}
    assert facts["l3_vat_cm2"].window_hu == facts["l3_vsr"].window_hu == window
    assert facts["l3_psoas_area_cm2"].window_hu is None


def test_every_cutoff_on_what_is_counted_in_hu_has_a_window() -> None:
    counted = {row.key for row in SCAN_FACTS if row.window_of} | {"umbilical_vat_cm2"}
    for cutoff in CUTOFFS:
        assert (cutoff.counted_in is not None) is (cutoff.fact in counted), cutoff.key
        assert bool(window_words(cutoff)) is (cutoff.fact in counted)
        if cutoff.window:
            assert cutoff.counted_in is not None
            assert cutoff.counted_in.range_words in cutoff.definition


def test_a_window_is_read_or_not() -> None:
    with pytest.raises(ValueError, match="was read"):
        replace(CUTOFF["carey2017_l3_smi"], usual_window="muscle")
    with pytest.raises(ValueError, match="HU window"):
        replace(CUTOFF["carey2017_l3_smi"], window="nothing")
