"""A spine from L5 to T12 as the counting finds it, with names that are sure."""

from __future__ import annotations

import numpy as np
import pytest

from myotome.locate.bodies.count import Body
from myotome.locate.bodies.levels import Found
from myotome.locate.bodies.names import Naming
from myotome.locate.spine import Spine
from myotome.tables.anatomy.landmark_classes import SPINE_UPWARDS

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


def _found(*, heights=(HEIGHT,) * 6, gap=PITCH - HEIGHT, cut=(), probability=0.98, **naming):
    z = 2.0 * np.arange(150)
    heat = np.full((3, 150), -6.0)
    for kind, at in cut:
        heat[kind] = np.maximum(heat[kind], 4 - ((z - at) / 1.5) ** 2)
    bodies, low = [], BASE
    for height in heights:
        bodies.append(Body(inferior_z_mm=low, superior_z_mm=low + height, evidence=8.0))
        low += height + gap
    told = {"one_up": 0.01, "one_down": 0.01, "from_sacrum": 0, "from_ribs": 0} | naming
    return Found(
        z_mm=z,
        heat=heat,
        bodies=tuple(bodies),
        naming=Naming(names=NAMES[: len(heights)], first=0, probability=probability, **told),
    )


def _codes(flags):
    return [flag.code for flag in flags]


def _mids(seen):
    return {n: b.mid_z_mm for b, n in zip(seen.bodies, seen.naming.names, strict=True)}


@pytest.fixture
def found():
    """Makes bodies and their names, counted without a doubt unless told otherwise."""
    return _found


@pytest.fixture
def spine():
    """The line that they lie along."""
    return _spine()


@pytest.fixture
def codes():
    """The codes of flags."""
    return _codes


@pytest.fixture
def mids():
    """The middle of each named body."""
    return _mids
