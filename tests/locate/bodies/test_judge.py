"""What speaks against the names: anchors, crests, kidneys, and heights that no spine has."""

from __future__ import annotations

import pytest

from myotome.locate.bodies.judge import Evidence, judge
from myotome.tables.anatomy.vertebrae import BOUND, COUNTED

PITCH, HEIGHT, BASE = 32.0, 24.0, 40.0
"""Of the bodies that conftest makes."""


def _judge(seen, *, organs=None, crest=None, kidney=None):
    return judge(seen, Evidence(organs=organs or {}, crest_z_mm=crest, kidney_z_mm=kidney))


def test_counts_that_agree_raise_no_flag(found, mids):
    seen = found()
    judged = _judge(seen, organs=mids(seen), crest=60.0, kidney=mids(seen)["L1"])
    assert judged.flags == ()
    assert judged.trust == 1.0


@pytest.mark.parametrize(
    ("naming", "code", "words"),
    [
        ({"from_sacrum": None, "from_ribs": None}, "level_count_unanchored", "off by one"),
        ({"from_sacrum": 1}, "level_count_disagrees", "one lower: 4 lumbar"),
        ({"from_sacrum": 1, "from_ribs": None}, "level_count_disagrees", "or a miscount"),
        ({"from_ribs": -1}, "level_count_disagrees", "one higher: 4 lumbar"),
        ({"from_ribs": 1}, "level_count_disagrees", "one lower: 6 lumbar"),
        ({"from_sacrum": -1}, "level_count_disagrees", "one higher: 6 lumbar"),
    ],
)
def test_counts_that_disagree_are_said_and_cost_trust(found, naming, code, words):
    judged = _judge(found(**naming))
    (flag,) = judged.flags
    assert flag.code == code
    assert words in flag.message
    assert judged.trust <= 0.6


def test_names_that_are_unsure_are_said_with_their_rival(found):
    judged = _judge(found(probability=0.6, one_up=0.35))
    (flag,) = judged.flags
    assert flag.code == "level_low_confidence"
    assert "35 % they are one higher" in flag.message
    assert judged.trust == 1.0  # the probability itself says it


def test_one_anchor_is_enough(found):
    assert _judge(found(from_sacrum=None)).trust == 1.0


def test_the_organs_are_heard_where_the_names_are_unsure(found, codes, mids):
    seen = found(probability=0.6, one_down=0.3)
    organs = {COUNTED[COUNTED.index(n) + 1]: z for n, z in mids(seen).items() if n != "L5"}
    flags = _judge(seen, organs=organs).flags
    assert codes(flags) == ["level_low_confidence", "level_count_disagrees"]
    assert "one lower" in flags[1].message
    assert "level_count_disagrees" not in codes(_judge(found(), organs=organs).flags)


@pytest.mark.parametrize(
    ("height", "key"),
    [
        (BOUND["body_height"].low - 0.5, "body_height"),
        (BOUND["body_height"].high + 0.5, "body_height"),
        (HEIGHT * BOUND["height_ratio"].low - 0.5, "height_ratio"),
        (HEIGHT * BOUND["height_ratio"].high + 0.2, "height_ratio"),
    ],
)
def test_heights_that_no_spine_has_are_said_and_cost_trust(found, codes, height, key):
    judged = _judge(found(heights=(HEIGHT, HEIGHT, height, HEIGHT)))
    assert set(codes(judged.flags)) == {"level_implausible"}
    told = [flag.message for flag in judged.flags if flag.message.startswith(BOUND[key].words)]
    assert told
    assert "L3" in told[0]
    assert judged.trust <= 0.5


@pytest.mark.parametrize(("gap", "told"), [(0.5, True), (1.5, False), (17.5, False), (18.5, True)])
def test_discs_that_no_spine_has_are_said(found, codes, gap, told):
    judged = _judge(found(heights=(HEIGHT,) * 4, gap=gap))
    assert ("level_implausible" in codes(judged.flags)) is told


@pytest.mark.parametrize(("crest", "told"), [(30.0, True), (60.0, False), (130.0, True)])
def test_crests_belong_between_l5_and_mid_l3(found, codes, crest, told):
    judged = _judge(found(), crest=crest)
    assert ("iliac_crest_disagrees" in codes(judged.flags)) is told
    assert (judged.trust < 1) is told


@pytest.mark.parametrize(
    ("below_l1", "told"), [(-1.1, True), (-0.9, False), (0.5, False), (1.9, False), (2.1, True)]
)
def test_kidneys_belong_between_t12_and_l3(found, codes, below_l1, told):
    """``BASE`` is the lower end of L5, L1 is the fifth body from below."""
    middle = BASE + HEIGHT / 2 + (4 - below_l1) * PITCH
    judged = _judge(found(), kidney=middle)
    assert ("kidneys_disagree" in codes(judged.flags)) is told
    assert (judged.trust < 1) is told


def test_the_table_says_where_its_bounds_are_from():
    for bound in BOUND.values():
        assert bound.low < bound.high
        assert len(bound.source) > 20
