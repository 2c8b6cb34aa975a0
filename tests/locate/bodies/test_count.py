"""Bodies are counted from their endplates alone: sizes vary, evidence is faint, ends are cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myotome.locate.bodies.count import CENTRE, INFERIOR, SUPERIOR, count_bodies
from myotome.locate.bodies.straight import STEP_MM


def _heat(ends, rows, faint=()):
    """Logits with peaks of +4 at the endplates of ``ends`` [(inferior, superior)]."""
    z = STEP_MM * np.arange(rows)
    heat = np.full((3, rows), -5.0)
    for n, (inferior, superior) in enumerate(ends):
        high = -4.0 if n in faint else 4.0
        for kind, at in (
            (INFERIOR, inferior),
            (SUPERIOR, superior),
            (CENTRE, (inferior + superior) / 2),
        ):
            heat[kind] = np.maximum(heat[kind], high - ((z - at) / 1.5) ** 2)
    return z, np.maximum(heat, -6.0)


def _spine(heights, discs, start=11.0):
    ends, z = [], start
    for height, disc in zip(heights, discs, strict=True):
        ends.append((z, z + height))
        z += height + disc
    return ends, int(z / STEP_MM) + 8


@settings(max_examples=25, deadline=None)
@given(
    size=st.floats(17, 29),
    odd=st.lists(st.floats(0.92, 1.08), min_size=5, max_size=5),
    discs=st.lists(st.floats(4, 12), min_size=5, max_size=5),
)
def test_every_body_is_found_at_its_endplates(size, odd, discs):
    ends, rows = _spine([size * o for o in odd], discs)
    found = count_bodies(*_heat(ends, rows))
    assert len(found) == len(ends)
    for body, (inferior, superior) in zip(found, ends, strict=True):
        assert body.inferior_z_mm == pytest.approx(inferior, abs=1.0)
        assert body.superior_z_mm == pytest.approx(superior, abs=1.0)
        assert body.height_mm == pytest.approx(superior - inferior, abs=2.0)


def test_a_faint_body_between_clear_ones_is_not_skipped():
    """The fault of the former solver: two vertebrae became one, and all above were off by one."""
    ends, rows = _spine([24.0] * 6, [8.0] * 6)
    found = count_bodies(*_heat(ends, rows, faint={2}))
    assert len(found) == 6
    assert found[2].mid_z_mm == pytest.approx(sum(ends[2]) / 2, abs=3)


def test_a_wedged_body_stays_one():
    ends, rows = _spine([24.0, 24.0, 18.0, 24.0], [8.0] * 4)
    assert len(count_bodies(*_heat(ends, rows))) == 4


def test_bodies_at_the_ends_that_nothing_speaks_for_are_left_out():
    ends, rows = _spine([24.0] * 5, [8.0] * 5)
    found = count_bodies(*_heat(ends, rows, faint={0, 4}))
    assert [round(body.mid_z_mm) for body in found] == [round(sum(e) / 2) for e in ends[1:4]]


def test_no_endplate_no_body():
    z = STEP_MM * np.arange(60)
    assert count_bodies(z, np.full((3, 60), -6.0)) == ()
    assert count_bodies(z[:5], np.full((3, 5), -6.0)) == ()
