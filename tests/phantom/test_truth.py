"""The formulas against independent counting and quadrature."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from myotome.errors import InputError
from myotome.phantom import Anatomy, Truth
from myotome.phantom.body.profiles import Profile, integral
from myotome.phantom.body.shapes import CutEllipse, Frame, RingSector, Superellipse
from myotome.phantom.body.structures import structures
from myotome.tables.anatomy.muscles import COMPARTMENTS, MUSCLES

BODIES = [Anatomy(), Anatomy.draw(1), Anatomy.draw(2)]
STEP = 0.4


def truth(anatomy: Anatomy) -> Truth:
    return Truth(anatomy=anatomy, scan_z_mm=anatomy.scan_z_mm)


def constant(value: float) -> Profile:
    return Profile.constant(value)


def counted_mm2(inside: np.ndarray) -> float:
    return float(inside.sum()) * STEP**2


def plane(half: float = 200.0) -> tuple[np.ndarray, np.ndarray]:
    axis = np.arange(-half, half, STEP) + STEP / 2
    return axis[None, :], axis[:, None]


@settings(max_examples=12, deadline=None)
@given(a=st.floats(15, 60), b=st.floats(15, 60), n=st.floats(1.6, 4), turn=st.floats(-1.5, 1.5))
def test_superellipse_area_counted(a: float, b: float, n: float, turn: float) -> None:
    shape = Superellipse(
        cx=constant(5), cy=constant(-3), a=constant(a), b=constant(b), n=n, turn_rad=turn
    )
    x, y = plane(90)
    u = (x - 5) * np.cos(turn) + (y + 3) * np.sin(turn)
    v = (y + 3) * np.cos(turn) - (x - 5) * np.sin(turn)
    inside = np.abs(u / a) ** n + np.abs(v / b) ** n <= 1
    area = float(shape.area_mm2(np.asarray(0.0)))
    assert area == pytest.approx(counted_mm2(inside), rel=0.01)
    signed = shape.distance_mm(np.asarray(0.0), x.astype(np.float32), y.astype(np.float32))
    assert ((signed <= 0) != inside).mean() < 1e-4


@settings(max_examples=12, deadline=None)
@given(
    centre=st.floats(0.5, 2.0),
    half=st.floats(0.2, 0.9),
    middle=st.floats(0.6, 0.9),
    thick=st.floats(0.04, 0.1),
)
def test_ring_sector_area_counted(centre: float, half: float, middle: float, thick: float) -> None:
    shape = RingSector(
        frame=Frame(a=constant(150), b=constant(110)),
        side=-1,
        centre=constant(centre),
        half=constant(half),
        middle=constant(middle),
        thick=constant(thick),
    )
    x, y = plane(170)
    r, t = np.hypot(x / 150, y / 110), np.arctan2(-x / 150, -y / 110)
    room = np.maximum(0.0, 1 - np.abs((t - centre) / half) ** 4)
    inside = np.abs(r - middle) < thick * room
    area = float(shape.area_mm2(np.asarray(0.0)))
    assert area == pytest.approx(counted_mm2(inside), rel=0.01)
    signed = shape.distance_mm(np.asarray(0.0), x.astype(np.float32), y.astype(np.float32))
    assert ((signed < 0) != inside).mean() < 1e-4


@settings(max_examples=12, deadline=None)
@given(radius=st.floats(0.6, 0.9), back=st.floats(-60, 100))
def test_cut_ellipse_area_counted(radius: float, back: float) -> None:
    frame = Frame(a=constant(150), b=constant(110))
    shape = CutEllipse(frame=frame, radius=constant(radius), back=constant(back))
    x, y = plane(160)
    inside = (np.hypot(x / 150, y / 110) <= radius) & (y < back)
    area = float(shape.area_mm2(np.asarray(0.0)))
    half_a_row = STEP / 2 * 2 * 150 * radius  # the cut may run through the middle of one
    assert area == pytest.approx(counted_mm2(inside), rel=0.01, abs=half_a_row)


@pytest.mark.parametrize("anatomy", BODIES)
def test_muscle_volumes_by_adaptive_quadrature(anatomy: Anatomy) -> None:
    """Gauss-Legendre on polynomial pieces against scipy's QUADPACK on the area function."""
    known = truth(anatomy)
    superior, inferior = known.slab_z_mm
    for muscle in MUSCLES:
        part = known.structure(muscle.key)
        breaks = sorted({b for b in part.shape.breaks_mm if inferior < b < superior})
        edges = [inferior, *breaks, superior]
        total = sum(
            quad(lambda z, p=part: float(p.area_mm2(z)), lo, hi, epsabs=1e-3)[0]
            for lo, hi in pairwise(edges)
        )
        assert known.volumes_ml[muscle.key] == pytest.approx(total / 1000, rel=1e-5)


def test_volume_is_additive_along_z() -> None:
    known = truth(Anatomy())
    superior, inferior = known.slab_z_mm
    middle = (superior + inferior) / 2 + 3.3
    whole = known.volume_ml("psoas_left", inferior, superior)
    parts = known.volume_ml("psoas_left", inferior, middle)
    parts += known.volume_ml("psoas_left", middle, superior)
    assert parts == pytest.approx(whole, rel=1e-12)


def test_integral_of_a_known_polynomial() -> None:
    assert integral(lambda z: z**5, 0.0, 2.0, (1.0,)) == pytest.approx(64 / 6)
    assert integral(lambda z: z, 2.0, 1.0, ()) == 0.0


@pytest.mark.parametrize("anatomy", BODIES)
def test_parts_lie_inside_their_parent_and_apart(anatomy: Anatomy) -> None:
    """What the truth subtracts and adds is only right if nothing overlaps."""
    parts = structures(anatomy)
    axis = np.arange(-240, 240, 2.5, dtype=np.float32)
    x, y = axis[None, :], axis[:, None]
    superior, inferior = anatomy.scan_z_mm
    for z in np.arange(inferior + 1, superior, 13.0):
        masks = {
            p.name: p.shape.distance_mm(np.asarray(z), x, y) < -0.1
            for p in parts
            if p.low_mm <= z < p.high_mm
        }
        claimed: dict[str, np.ndarray] = {}
        for part in (p for p in parts if p.name in masks):
            mask = masks[part.name]
            if part.parent:
                assert not (mask & ~masks[part.parent]).any(), (part.name, z)
                taken = claimed.setdefault(part.parent, np.zeros_like(mask))
                assert not (mask & taken).any(), (part.name, z)
                taken |= mask


def test_compartments_fill_the_body() -> None:
    known = truth(Anatomy())
    for z in known.levels.values():
        total = sum(known.compartment_area_cm2(c.key, z) for c in COMPARTMENTS)
        assert total == pytest.approx(known.area_cm2("skin", z), rel=1e-9)


def test_areas_are_constant_around_each_mid_vertebra() -> None:
    known = truth(Anatomy.draw(7))
    for muscle in MUSCLES:
        for z in known.levels.values():
            here = known.area_cm2(muscle.key, z)
            for shift in (-5.0, 5.0):
                assert known.area_cm2(muscle.key, z + shift) == pytest.approx(here, abs=1e-9)


def test_masses_are_those_of_an_adult() -> None:
    """Within mean +-2.5 SD of men in Vu et al. 2024, table 3 (total 3086 +- 769 g)."""
    volumes = truth(Anatomy()).volumes_ml
    assert 3086 - 2.5 * 769 < sum(volumes.values()) * 1.06 < 3086 + 2.5 * 769
    assert all(v > 5 for v in volumes.values())


def test_landmarks_are_in_order_and_cut_with_the_scan() -> None:
    known = truth(Anatomy())
    zs = list(known.levels.values())
    assert zs == sorted(zs, reverse=True)
    assert known.slab.is_complete
    top, bottom = known.slab_z_mm
    short = Truth(anatomy=Anatomy(), scan_z_mm=(top - 20, bottom + 50))
    assert not short.slab.superior_found
    assert not short.slab.inferior_found
    assert short.slab.height_mm == pytest.approx(top - bottom - 70)
    assert short.landmarks.lung_base_z_mm is None
    assert "L5" not in short.landmarks.levels or short.landmarks.levels["L5"].mid_z_mm is None


def test_unknown_names_are_refused() -> None:
    known = truth(Anatomy())
    with pytest.raises(KeyError):
        known.area_cm2("biceps", 0.0)
    with pytest.raises(KeyError):
        known.compartment_area_cm2("pocket", 0.0)


def test_impossible_bodies_are_refused() -> None:
    with pytest.raises(InputError, match="body_scale"):
        Anatomy(body_scale=3.0)
    with pytest.raises(InputError, match="groups"):
        Anatomy(muscle_scale=(1.0,))


def test_drawn_bodies_repeat_and_differ() -> None:
    assert Anatomy.draw(5) == Anatomy.draw(5)
    assert Anatomy.draw(5) != Anatomy.draw(6)
