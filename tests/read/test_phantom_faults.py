"""Every fault the phantom can have: corrected to the same voxels, set aside, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from myotome.errors import MyotomeError
from myotome.nouns.space.volume import Volume
from myotome.phantom import FAULTS, FaultRow, Phantom, render, write_dicom
from myotome.read.assemble import assemble
from myotome.read.catalogue import catalogue
from myotome.read.choose import judge, pick
from myotome.read.input.files import opened

SLOW = {"thin", "thin_slices"}
"""They render the phantom again at 1 mm; thin series have their own tests here."""
INTERPOLATED = {"tilt", "variable_spacing"}
"""Corrected, but by resampling: their masses are compared in the end-to-end tests."""
SHORTENED = {"cut_top", "cut_bottom", "half_frame", "half_kernel"}
ALTERED = {"hu_higher": "hu_scale", "foreign_elsewhere": "slices_strange"}
"""Measured with other values than the phantom's, and a flag."""
THINNED = {"two_series"}
"""Every second slice is there."""
LOSSY = {"j2k_lossy": 10, "jpeg_ls_near": 1}
"""So many HU may be lost, as is told."""
REFUSED_HERE = {"two_patients"}
"""One folder per patient is asked for, so this is refused and not just flagged."""


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    return render(spacing_mm=(10.0, 8.0, 8.0), oversample=1)


def read(path: Path) -> Volume:
    with opened(path) as source:
        found = catalogue(source)
        assert found.files
        return assemble(pick(judge(found), files=found.files)[0].series)


ROWS = [row for row in FAULTS if row.key not in SLOW]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.key)
def test_fault(row: FaultRow, phantom: Phantom, tmp_path: Path) -> None:
    write_dicom(phantom, tmp_path / "study", faults=row.faults)
    if row.expected == "refused" or row.key in REFUSED_HERE:
        with pytest.raises(MyotomeError) as caught:
            read(tmp_path / "study")
        assert len(str(caught.value)) > 40
        return
    volume, truth = read(tmp_path / "study"), phantom.volume
    if row.key in SHORTENED:
        start = round(truth.grid.z_to_k(volume.grid.slice_z_mm(0)))
        part = truth.hu[start : start + len(volume.hu)]
        assert 0 < len(part) < len(truth.hu)
        assert np.array_equal(volume.hu, part)
        return
    if row.key in ALTERED:
        assert ALTERED[row.key] in {flag.code for flag in volume.flags}
        return
    if row.key in THINNED:
        assert any(np.array_equal(volume.hu, truth.hu[k::2]) for k in (0, 1))
        return
    if row.key in INTERPOLATED:
        # soft tissue keeps its volume within 4 % on this coarse grid
        wanted = _tissue_ml(truth, _overlap(volume, truth))
        assert _tissue_ml(volume, slice(None)) == pytest.approx(wanted, rel=0.04)
        return
    assert volume.grid.matches(truth.grid)
    seen = np.ones(volume.hu.shape[1:], dtype=bool) if volume.fov is None else volume.fov
    off = np.abs(volume.hu[:, seen].astype(int) - truth.hu[:, seen])
    assert off.max() <= LOSSY.get(row.key, 0)


def _tissue_ml(volume: Volume, slices: slice) -> float:
    hu = volume.hu[slices]
    return int(((hu > -200) & (hu < 150)).sum()) * volume.grid.voxel_ml


def _overlap(volume: Volume, truth: Volume) -> slice:
    """The slices of the truth between the outer faces of the volume."""
    half = volume.grid.spacing_mm[0] / 2
    low = truth.grid.z_to_k(volume.grid.slice_z_mm(0) - half) + 0.5
    high = truth.grid.z_to_k(volume.grid.slice_z_mm(len(volume.hu) - 1) + half) + 0.5
    return slice(max(0, round(low)), round(high))
