"""Measured on real CTs with their reference labels: the numbers that came with the data.

The expected values are the tables in the README.md of each case.
"""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from myotome.locate.level_slices import scan_of
from myotome.measure import measure
from myotome.nouns.numbers.measurement import Status
from myotome.nouns.space.grid import Grid, reorder
from myotome.nouns.space.landmarks import Landmarks, Level, Slab
from myotome.nouns.space.volume import Volume
from myotome.read.labels.door import read_labels
from myotome.segment.backends import backend
from myotome.segment.cleanup import clean
from myotome.tables.anatomy.muscles import BY_VALUE

pytestmark = pytest.mark.shared

# "slab ml" (z 45 to 101), "mean HU" and "area z=74, mid L3, cm2" of ts_example/README.md.
TS_SLAB_ML = (110.8, 109.9, 55.2, 46.1, 440.9, 410.7, 40.9, 43.0, 80.6, 63.9, 271.9, 260.0)
TS_L3_CM2 = (7.2, 6.9, 6.7, 4.0, 30.6, 26.7, None, None, 5.7, 4.5, 23.4, 22.8)
# "ml (0-20)" and "cm2 at mid-L2 (z=12)" of lidc_idri_0001/README.md.
LIDC_ML = (12.1, 16.0, 6.7, 7.3, 85.0, 74.2, None, None, 12.3, 12.0, 60.6, 65.7)
LIDC_L2_CM2 = (2.3, 3.0, 1.1, 1.1, 15.6, 14.1, None, None, 2.7, 0.6, 10.9, 11.8)


def read(case: Path) -> Volume:
    image = nib.load(case / "ct.nii.gz")
    grid = Grid.from_matrix(image.shape[::-1], np.diag([-1, -1, 1, 1]) @ image.affine)
    hu = reorder(np.asarray(image.dataobj).transpose(), grid).astype(np.int16)
    return Volume(hu=np.ascontiguousarray(hu), grid=grid.canonical(), source_grid=grid)


def marks(mids: dict[str, float], base: float) -> Landmarks:
    levels = {name: Level(name=name, mid_z_mm=z, confidence=1.0) for name, z in mids.items()}
    return Landmarks(lung_base_z_mm=base, lung_base_confidence=1.0, levels=levels)


def measured(case: Path, landmarks: Landmarks, slab: Slab):
    volume = read(case)
    labels = backend(f"labels:{case / 'muscles.nii.gz'}", read=read_labels)(volume, slab)
    tidy = clean(labels)
    assert tidy.labels is labels.labels  # the user's own labels stay as they are
    return measure(scan_of(volume, tidy, landmarks, slab))


def by_muscle(result, quantity: str, level: str) -> list:
    rows = {
        (m.structure, m.side): m
        for m in result.measurements
        if (m.quantity, m.level) == (quantity, level)
    }
    return [rows[BY_VALUE[v].group, BY_VALUE[v].side] for v in range(1, 13)]


def compare(rows: list, expected: tuple, *, unit: float) -> None:
    """Equal as far as the README's numbers are printed (``unit`` is their last digit)."""
    for row, number in zip(rows, expected, strict=True):
        if number is None:
            assert row.value is None, row
        else:
            assert row.value == pytest.approx(number, abs=0.51 * unit), row


def test_ts_example_has_the_volumes_and_areas_of_its_readme(shared_data: Path) -> None:
    case = shared_data / "cases" / "ts_example"
    given = json.loads((case / "landmarks.json").read_text())
    mids = {n: given[f"{n}_mid"]["z_world_mm"] for n in ("T12", "L1", "L2", "L3", "L4", "L5")}
    base = given["lung_base"]["z_world_mm"]
    # The README counts whole slices (3 mm), so the planes are the faces of the first and last.
    slab = Slab(
        superior_z_mm=base + 1.5,
        inferior_z_mm=given["L5_inferior_endplate"]["z_world_mm"] - 1.5,
        superior_found=True,
        inferior_found=True,
    )
    result = measured(case, marks(mids, base), slab)
    volumes = by_muscle(result, "volume", "slab")
    compare(volumes, TS_SLAB_ML, unit=0.1)
    compare(by_muscle(result, "area", "L3"), TS_L3_CM2, unit=0.1)
    assert {row.status for row in volumes} == {Status.MEASURED}
    codes = [flag.code for flag in result.flags]
    assert "muscle_not_found" not in codes


def test_lidc_idri_0001_ends_in_l3_and_says_so(shared_data: Path) -> None:
    case = shared_data / "cases" / "lidc_idri_0001"
    given = json.loads((case / "landmarks.json").read_text())
    mids = {name: row["world_z_mm"] for name, row in given["mid_bodies"].items()}
    base = given["lung_base"]["world_z_mm"]
    slab = Slab(
        superior_z_mm=base + 1.25,
        inferior_z_mm=-340 - 1.25,
        superior_found=True,
        inferior_found=False,
        inferior_reason="the scan ends in L3",
    )
    result = measured(case, marks(mids, base), slab)
    volumes = by_muscle(result, "volume", "slab")
    compare(volumes, LIDC_ML, unit=0.1)
    compare(by_muscle(result, "area", "L2"), LIDC_L2_CM2, unit=0.1)
    for row in volumes:
        gluteus = row.structure == "gluteus_medius"
        assert row.status is (Status.NOT_MEASURABLE if gluteus else Status.PARTIAL)
        assert "scan" in row.reason
        if not gluteus:
            assert 35 < row.covered_percent < 60, row
    assert all(row.value for row in by_muscle(result, "area", "L3")[:6])
    assert all(row.value is None for row in by_muscle(result, "area", "L4"))
