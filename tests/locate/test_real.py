"""The bundled network on the real CTs: L3, L5 and the lung base against the landmarks there.

The expected z of L3 is that of the landmarks beside each scan (read by hand, one slice either
way), of L5 the middle of two readings, of the lung base the lower face of the slice that was read.
"""

from __future__ import annotations

import pytest

from myotome.locate import locate
from myotome.locate.slab import slab
from myotome.nets.infer import Engine
from myotome.nets.model import load

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def engines():
    return [Engine(load(name), threads=2) for name in ("landmarks", "vertebrae")]


@pytest.mark.parametrize(
    ("case", "l3", "l5_inferior", "base"),
    [
        ("ts_example", 316.3, 230.4, 395.8),
        ("ct_colonography_0518", 265.6, 189.7, None),
    ],
)
def test_planes_are_within_two_millimetres(
    shared_data, read_nifti, engines, case, l3, l5_inferior, base
):
    volume = read_nifti(shared_data / "cases" / case / "ct.nii.gz")
    found = locate(volume, *engines)
    assert found.levels["L3"].mid_z_mm == pytest.approx(l3, abs=5)
    assert found.levels["L5"].inferior_z_mm == pytest.approx(l5_inferior, abs=2)
    assert found.contrast_image == "unenhanced"
    cut = slab(volume, found)
    assert cut.inferior_found
    assert cut.superior_found is (base is not None)
    if base is not None:
        assert found.lung_base_z_mm == pytest.approx(base, abs=0.1)
