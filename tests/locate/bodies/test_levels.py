"""Levels of named bodies: whole ones, those that the scan cuts, and the flags on the count."""

from __future__ import annotations

import numpy as np
import pytest

from myotome.locate.bodies.count import Body
from myotome.locate.bodies.judge import judge
from myotome.locate.bodies.levels import Found, levels_of
from myotome.locate.bodies.names import Naming
from myotome.locate.spine import Spine
from myotome.tables.anatomy.landmark_classes import SPINE_UPWARDS
from myotome.tables.anatomy.vertebrae import COUNTED

PITCH, HEIGHT, BASE = 32.0, 24.0, 40.0
NAMES = ("L5", "L4", "L3", "L2", "L1", "T12")


def _spine(rows=150):
    z = 2.0 * np.arange(rows)
    return Spine(
        z_mm=z,
        x_mm=0.1 * z,
        y_mm=np.full(rows, 50.0),
        mass=np.zeros((len(SPINE_UPWARDS), rows)),
        present=np.ones(rows, bool),
    )


def _found(*, heights=(HEIGHT,) * 6, cut=(), probability=0.98, **naming):
    z = 2.0 * np.arange(150)
    heat = np.full((3, 150), -6.0)
    for kind, at in cut:
        heat[kind] = np.maximum(heat[kind], 4 - ((z - at) / 1.5) ** 2)
    bodies, low = [], BASE
    for height in heights:
        bodies.append(Body(inferior_z_mm=low, superior_z_mm=low + height, evidence=8.0))
        low += height + PITCH - HEIGHT
    told = {"one_up": 0.01, "one_down": 0.01, "from_sacrum": 0, "from_ribs": 0} | naming
    return Found(
        z_mm=z,
        heat=heat,
        bodies=tuple(bodies),
        naming=Naming(names=NAMES[: len(heights)], probability=probability, **told),
    )


def _codes(flags):
    return [flag.code for flag in flags]


def _mids(found):
    return {n: b.mid_z_mm for b, n in zip(found.bodies, found.naming.names, strict=True)}


def test_whole_bodies_have_both_endplates_and_the_lines_centre():
    levels = levels_of(_found(), _spine(), (0.0, 300.0))
    assert list(levels) == ["T12", "L1", "L2", "L3", "L4", "L5"]
    l3 = levels["L3"]
    assert (l3.inferior_z_mm, l3.superior_z_mm, l3.mid_z_mm) == (104.0, 128.0, 116.0)
    assert l3.centre_xy_mm == pytest.approx((11.6, 50.0))
    assert l3.confidence == pytest.approx(0.98)


def test_a_vertebra_that_the_scan_cuts_has_one_endplate_and_a_middle_only_in_view():
    found = _found(cut=[(0, BASE - 8.0), (1, BASE + 6 * PITCH)])
    levels = levels_of(found, _spine(), (25.0, BASE + 6 * PITCH + 20))
    sacrum, upper = levels["S1"], levels["T11"]
    assert (sacrum.superior_z_mm, sacrum.inferior_z_mm) == (32.0, None)
    assert sacrum.mid_z_mm is None  # 12 mm lower, beyond the scan
    assert upper.inferior_z_mm == BASE + 6 * PITCH
    assert upper.mid_z_mm == BASE + 6 * PITCH + HEIGHT / 2
    assert upper.confidence < levels["T12"].confidence


def test_nothing_is_given_where_no_endplate_is_seen():
    assert "S1" not in levels_of(_found(), _spine(), (0.0, 300.0))


@pytest.mark.parametrize(
    ("naming", "most"),
    [
        ({"from_sacrum": None, "from_ribs": None}, 0.5),
        ({"from_sacrum": 1}, 0.5),
        ({"from_ribs": -1, "from_sacrum": None}, 0.5),
        ({"from_sacrum": None}, 0.99),
    ],
)
def test_confidence_is_halved_where_no_anchor_confirms_the_names(naming, most):
    levels = levels_of(_found(**naming), _spine(), (0.0, 300.0))
    assert max(level.confidence for level in levels.values()) <= most


def test_counts_that_agree_raise_no_flag():
    found = _found()
    assert judge(found, _mids(found), 60.0) == ()


@pytest.mark.parametrize(
    ("naming", "code", "words"),
    [
        ({"from_sacrum": None, "from_ribs": None}, "level_count_unanchored", "off by one"),
        ({"from_sacrum": 1}, "level_count_disagrees", "one lower"),
        ({"from_ribs": -1}, "level_count_disagrees", "one higher"),
        ({"probability": 0.6, "one_up": 0.35}, "level_low_confidence", "35 % they are one higher"),
    ],
)
def test_counts_that_disagree_are_said(naming, code, words):
    found = _found(**naming)
    (flag,) = judge(found, _mids(found), None)
    assert flag.code == code
    assert words in flag.message


def test_the_organs_are_heard_where_the_names_are_unsure():
    found = _found(probability=0.6, one_down=0.3)
    organs = {COUNTED[COUNTED.index(n) + 1]: z for n, z in _mids(found).items() if n != "L5"}
    flags = judge(found, organs, None)
    assert _codes(flags) == ["level_low_confidence", "level_count_disagrees"]
    assert "one lower" in flags[1].message
    assert "level_count_disagrees" not in _codes(judge(_found(), organs, None))


@pytest.mark.parametrize("height", [12.0, 41.0])
def test_a_height_that_no_body_has_is_said(height):
    found = _found(heights=(HEIGHT, HEIGHT, height, HEIGHT))
    flags = judge(found, {}, None)
    assert _codes(flags) == ["level_low_confidence"]
    assert "L3" in flags[0].message


@pytest.mark.parametrize(("crest", "told"), [(30.0, True), (60.0, False), (130.0, True)])
def test_crests_belong_between_l5_and_mid_l3(crest, told):
    flags = judge(_found(), {}, crest)
    assert ("iliac_crest_disagrees" in _codes(flags)) is told
