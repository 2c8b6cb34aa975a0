"""Levels of named bodies: whole ones and those that the scan cuts."""

from __future__ import annotations

import pytest

from myotome.locate.bodies.levels import levels_of

PITCH, HEIGHT, BASE = 32.0, 24.0, 40.0
"""Of the bodies that conftest makes."""


def test_whole_bodies_have_both_endplates_and_the_lines_centre(found, spine):
    levels = levels_of(found(), spine, (0.0, 300.0))
    assert list(levels) == ["T12", "L1", "L2", "L3", "L4", "L5"]
    l3 = levels["L3"]
    assert (l3.inferior_z_mm, l3.superior_z_mm, l3.mid_z_mm) == (104.0, 128.0, 116.0)
    assert l3.centre_xy_mm == pytest.approx((11.6, 50.0))
    assert l3.confidence == pytest.approx(0.98)


def test_a_vertebra_that_the_scan_cuts_has_one_endplate_and_a_middle_only_in_view(found, spine):
    seen = found(cut=[(0, BASE - 8.0), (1, BASE + 6 * PITCH)])
    levels = levels_of(seen, spine, (25.0, BASE + 6 * PITCH + 20))
    sacrum, upper = levels["S1"], levels["T11"]
    assert (sacrum.superior_z_mm, sacrum.inferior_z_mm) == (32.0, None)
    assert sacrum.mid_z_mm is None  # 12 mm lower, beyond the scan
    assert upper.inferior_z_mm == BASE + 6 * PITCH
    assert upper.mid_z_mm == BASE + 6 * PITCH + HEIGHT / 2
    assert upper.confidence < levels["T12"].confidence


def test_nothing_is_given_where_no_endplate_is_seen(found, spine):
    assert "S1" not in levels_of(found(), spine, (0.0, 300.0))


def test_the_names_are_worth_what_the_judge_says(found, spine):
    whole, doubted = (levels_of(found(), spine, (0.0, 300.0), trust) for trust in (1.0, 0.5))
    assert doubted["L3"].confidence == pytest.approx(whole["L3"].confidence / 2, abs=0.001)
