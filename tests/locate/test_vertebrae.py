"""The law of order along the spine."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myotome.locate.spine import STEP_MM, Spine
from myotome.locate.vertebrae import PITCH_MM, label_stretches
from myotome.tables.anatomy.landmark_classes import SPINE_UPWARDS


def _spine(lengths_mm: dict[str, float], blur=0.0, seed=0):
    rows = []
    for name, length in lengths_mm.items():
        row = np.zeros(len(SPINE_UPWARDS))
        row[SPINE_UPWARDS.index(name)] = 0.8
        rows += [row] * round(length / STEP_MM)
    mass = np.array(rows).T
    mass = mass * (1 - blur) + blur * np.random.default_rng(seed).random(mass.shape)
    n = mass.shape[1]
    flat = np.zeros(n)
    return Spine(
        z_mm=STEP_MM * np.arange(n),
        x_mm=flat,
        y_mm=flat,
        mass=mass,
        present=np.ones(n, bool),
    )


@settings(max_examples=10, deadline=None)
@given(
    st.floats(0.8, 1.15),
    st.lists(st.floats(0.88, 1.12), min_size=6, max_size=6),
    st.floats(0, 0.3),
)
def test_order_and_borders_survive_noise(size, odd, blur):
    names = ("L5", "L4", "L3", "L2", "L1", "T12")
    heights = [PITCH_MM[name] * size * factor for name, factor in zip(names, odd, strict=True)]
    lengths = {"sacrum": 60.0, "S1": 30.0, **dict(zip(names, heights, strict=True))}
    found = label_stretches(_spine(lengths, blur))
    assert [s.name for s in found] == list(lengths)
    ends = np.cumsum([round(v / STEP_MM) for v in lengths.values()])
    assert [s.stop for s in found] == pytest.approx(list(ends), abs=2)


def test_a_missing_name_is_filled_in_by_order():
    """The network mixing two neighbours up must not make a vertebra vanish."""
    lengths = {"S1": 30.0, "L5": 35.0, "L4": 35.0, "L3": 35.0, "L2": 35.0}
    spine = _spine(lengths)
    l4, l3 = SPINE_UPWARDS.index("L4"), SPINE_UPWARDS.index("L3")
    spine.mass[l4] = 0.5 * (spine.mass[l4] + spine.mass[l3])
    spine.mass[l3] = spine.mass[l4]
    assert [s.name for s in label_stretches(spine)] == list(lengths)


def test_no_spine_gives_no_stretch():
    spine = _spine({"L3": 30.0})
    spine.present[:] = False
    assert label_stretches(spine) == ()
