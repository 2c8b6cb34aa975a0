"""The slab: lung base to L5, or the scan's outer face with the reason."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from myotome.errors import AnatomyError
from myotome.locate.slab import slab
from myotome.nouns.numbers.flag import Flag, Severity
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Landmarks, Level
from myotome.nouns.space.volume import Volume


def _volume(planes=100, dz_mm=3.0, z0=-300.0):
    grid = Grid.axial((planes, 4, 4), (dz_mm, 50.0, 50.0), (0.0, 0.0, z0))
    return Volume(hu=np.zeros(grid.shape, np.int16), grid=grid, source_grid=grid)


def _landmarks(base, l5=None, *flags, **levels):
    if l5 is not None:
        levels["L5"] = Level(name="L5", mid_z_mm=l5 + 14, inferior_z_mm=l5)
    return Landmarks(
        lung_base_z_mm=base,
        lung_base_confidence=0.9,
        levels=levels,
        flags=tuple(
            Flag(code=code, severity=Severity.WARNING, message=code, stage="locate")
            for code in flags
        ),
    )


def test_both_planes_in_view():
    found = slab(_volume(), _landmarks(-60.0, -250.0))
    assert (found.superior_z_mm, found.inferior_z_mm) == (-60.0, -250.0)
    assert found.is_complete
    assert not found.superior_reason
    assert not found.inferior_reason


def test_scan_edges_are_outer_faces_with_reasons():
    found = slab(_volume(), _landmarks(None))
    assert found.superior_z_mm == pytest.approx(-300 + 99 * 3 + 1.5)
    assert found.inferior_z_mm == pytest.approx(-301.5)
    assert not found.superior_found
    assert not found.inferior_found
    assert "lung" in found.superior_reason
    assert "L5" in found.inferior_reason


def test_l5_cut_by_the_scan():
    level = Level(name="L5", mid_z_mm=-298.0, superior_z_mm=-285.0)
    found = slab(_volume(), _landmarks(-60.0, L5=level))
    assert not found.inferior_found
    assert found.inferior_z_mm == pytest.approx(-301.5)


def test_upper_endplate_of_s1_stands_in_for_l5():
    level = Level(name="S1", mid_z_mm=-270.0, superior_z_mm=-255.0)
    assert slab(_volume(), _landmarks(-60.0, S1=level)).inferior_z_mm == -255.0


@pytest.mark.parametrize(
    "landmarks",
    [
        _landmarks(None, None, "lung_base_below_scan"),
        _landmarks(-60.0, -20.0),
        _landmarks(None, S1=Level(name="S1", mid_z_mm=-20.0)),
    ],
)
def test_nothing_of_the_slab_in_view_is_refused(landmarks):
    with pytest.raises(AnatomyError):
        slab(_volume(), landmarks)


@given(st.floats(-290, -10), st.floats(1, 6), st.integers(30, 120))
def test_the_slab_never_leaves_the_scan(base, dz_mm, planes):
    volume = _volume(planes, dz_mm)
    low = float(volume.grid.slice_z_mm(-0.5))
    high = float(volume.grid.slice_z_mm(planes - 0.5))
    try:
        found = slab(volume, _landmarks(base, base - 150))
    except AnatomyError:
        return
    assert low - 1e-6 <= found.inferior_z_mm < found.superior_z_mm <= high + 1e-6
