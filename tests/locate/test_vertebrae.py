"""The law of order along the spine, and discs in HU profiles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myotome.locate.spine import STEP_MM, TILTS_DEG, Spine
from myotome.locate.vertebrae import PITCH_MM, disc_evidence, find_disc, label_stretches
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
    assert found[0].open_below
    assert found[-1].open_above


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


def _profile(lower, upper, disc_hu, ridge_hu=260.0, body_hu=150.0):
    z = np.arange(0.0, 90.0)
    hu = np.full(len(z), body_hu)
    hu[(z > lower) & (z < upper)] = disc_hu
    for at in (lower, upper):
        hu = np.maximum(hu, ridge_hu * np.exp(-0.5 * ((z - at) / 1.3) ** 2))
    return z, np.repeat(hu[None], len(TILTS_DEG), axis=0).astype(np.float32)


@settings(max_examples=20, deadline=None)
@given(st.floats(36, 44), st.floats(6, 12), st.floats(-5, 5), st.sampled_from([70.0, 140.0, 190.0]))
def test_endplates_are_found_beside_dark_and_bright_discs(lower, thickness, off, disc_hu):
    """Discs brighter than the spongy bone (old people, contrast) were seen in real scans."""
    z, profiles = _profile(lower, lower + thickness, disc_hu)
    disc = find_disc(profiles, z, lower + thickness / 2 + off, 35.0)
    assert disc.seen
    assert disc.lower_z_mm == pytest.approx(lower, abs=1.6)
    assert disc.upper_z_mm == pytest.approx(lower + thickness, abs=1.6)


def test_without_endplates_the_boundary_is_kept_and_said_unseen():
    z = np.arange(0.0, 90.0)
    flat = np.full((len(TILTS_DEG), len(z)), 120.0, np.float32)
    disc = find_disc(flat, z, 45.0, 35.0)
    assert not disc.seen
    assert (disc.lower_z_mm + disc.upper_z_mm) / 2 == pytest.approx(45.0)
    assert disc_evidence(flat, z, z).max() == 0.0


def test_evidence_is_greatest_at_the_disc():
    z, profiles = _profile(40.0, 48.0, 80.0)
    evidence = disc_evidence(profiles, z, z)
    assert z[int(np.argmax(evidence))] == pytest.approx(44.0, abs=1.5)
    assert evidence[z < 25].max() < 0.3
