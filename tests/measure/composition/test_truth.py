"""Every area, index and volume against the phantom's formulas, at three pixel sizes."""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from myotome.locate.level_slices import scan_of
from myotome.measure.composition.measure import compose
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.phantom import Phantom
from myotome.tables.quantities.indices import ESTIMATES, INDICES
from myotome.tables.quantities.tissues import TISSUES

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
bench = importlib.import_module("benchmarks.composition.phantom")

WITHIN = 0.01
MIXED_WITHIN = 0.014
"""Fat between muscles with partial volume: a mixed voxel is fat from -30 HU down, but half fat at
-21.5 HU, so its windows give 5 % of a voxel along every border to muscle."""
SLAB_PIXELS_MM, SLICE_MM = (1.0, 1.25, 1.5), 4.0
WIDE = "visceral_fat_wide"


@lru_cache(maxsize=3)
def one_slice(pixel_mm: float) -> Phantom:
    return bench.one_slice(pixel_mm)


@lru_cache(maxsize=1)
def crisp_slice(pixel_mm: float) -> dict:
    return bench.composed(bench.crisp(one_slice(pixel_mm)))


@lru_cache(maxsize=3)
def some_slices(pixel_mm: float) -> Phantom:
    """From L2 to L4, so that organs begin and end within."""
    return bench.between("L2", "L4", pixel_mm, SLICE_MM)


def value(rows: dict, quantity: str, structure: str, level: str = "L3") -> float:
    return rows[quantity, structure, level].value


# --- the formulas agree with voxels that are counted, so that they can be believed ----------


def test_the_formulas_cover_every_tissue_index_and_estimate() -> None:
    truth = bench.slice_truth(one_slice(1.0).truth) | bench.slab_truth(one_slice(1.0).truth)
    for tissue in TISSUES:
        for quantity, level in (("area", "L3"), ("mean_hu", "L3"), ("volume", "slab")):
            assert (quantity, tissue.key, level) in truth
    assert {key for q, key, _ in truth if q == "index"} == {row.key for row in INDICES}
    assert {key for q, key, _ in truth if q == "estimate"} == {row.key for row in ESTIMATES}
    assert {q for q, key, _ in truth if key == "body"} == {"area", "perimeter", "circumference"}


def test_the_crisp_phantom_is_one_tissue_per_voxel() -> None:
    made = bench.crisp(one_slice(1.0))
    assert len(np.unique(made.volume.hu)) == 12
    assert made.segmentation is one_slice(1.0).segmentation


@pytest.mark.parametrize("pixel_mm", bench.PIXELS_MM)
def test_every_number_of_a_slice_is_within_one_percent(pixel_mm: float) -> None:
    found, truth = crisp_slice(pixel_mm), bench.slice_truth(one_slice(pixel_mm).truth)
    for key, wanted in truth.items():
        assert found[key].value == pytest.approx(wanted, rel=WITHIN), key
        assert found[key].status is Status.MEASURED


@pytest.mark.parametrize("pixel_mm", bench.PIXELS_MM)
def test_means_over_slices_are_those_of_the_one_slice_there_is(pixel_mm: float) -> None:
    found = crisp_slice(pixel_mm)
    pairs = (("area", "mean_area"), ("mean_hu", "pooled_mean_hu"), ("index", "mean_index"))
    for single, mean in pairs:
        both = [k for k in found if k[0] == mean]
        assert both
        for _, structure, level in both:
            assert value(found, mean, structure, level) == pytest.approx(
                value(found, single, structure, level)
            )


@pytest.mark.parametrize("pixel_mm", bench.PIXELS_MM)
def test_areas_and_outline_hold_with_the_partial_volume_of_a_scan(pixel_mm: float) -> None:
    phantom = one_slice(pixel_mm)
    found, truth = bench.composed(phantom, WIDE), bench.slice_truth(phantom.truth)
    tested = 0
    for key, wanted in truth.items():
        if key[:2] not in bench.AREAS_AND_VOLUMES:
            continue
        limit = MIXED_WITHIN if key[1] == "intermuscular_fat" else WITHIN
        assert found[key].value == pytest.approx(wanted, rel=limit), key
        tested += 1
    assert tested == 8


@pytest.mark.parametrize("pixel_mm", SLAB_PIXELS_MM)
def test_every_volume_and_what_is_made_of_it_is_within_one_percent(pixel_mm: float) -> None:
    phantom = some_slices(pixel_mm)
    found, truth = bench.composed(bench.crisp(phantom)), bench.slab_truth(phantom.truth)
    for key, wanted in truth.items():
        assert found[key].value == pytest.approx(wanted, rel=WITHIN), key


@pytest.mark.parametrize("pixel_mm", SLAB_PIXELS_MM)
def test_fat_volumes_hold_with_the_partial_volume_of_a_scan(pixel_mm: float) -> None:
    phantom = some_slices(pixel_mm)
    found, truth = bench.composed(phantom, WIDE), bench.slab_truth(phantom.truth)
    for tissue, limit in (
        ("subcutaneous_fat", WITHIN),
        ("visceral_fat", WITHIN),
        ("total_abdominal_muscle", WITHIN),
        ("intermuscular_fat", MIXED_WITHIN),
    ):
        key = ("volume", tissue, "slab")
        assert found[key].value == pytest.approx(truth[key], rel=limit), key


def test_mean_areas_are_means_of_neighbouring_slices() -> None:
    phantom = some_slices(1.5)
    _, result = bench.both(phantom, WIDE)
    rows = {(m.quantity, m.structure, m.level): m for m in result.measurements}
    z = phantom.truth.landmarks.levels["L3"].mid_z_mm
    areas = sorted(
        (abs(s.z_mm - z), s.area_cm2) for s in result.slice_areas if s.structure == "visceral_fat"
    )
    assert rows["area", "visceral_fat", "L3"].value == pytest.approx(areas[0][1])
    three = np.mean([area for _, area in areas[:3]])
    assert rows["mean_area", "visceral_fat", "L3"].value == pytest.approx(three)
    assert "mean of 3 slices" in rows["mean_area", "visceral_fat", "L3"].definition


# --- windows, partial slabs, sums ------------------------------------------------------------


def test_the_narrower_window_of_visceral_fat_finds_less_and_is_named() -> None:
    phantom = some_slices(1.5)
    narrow, wide = bench.composed(phantom), bench.composed(phantom, WIDE)
    for quantity, level in (("area", "L3"), ("volume", "slab"), ("mean_area", "L3")):
        assert value(narrow, quantity, "visceral_fat", level) < value(
            wide, quantity, "visceral_fat", level
        )
    for rows, words in ((narrow, "-150..-50 HU"), (wide, "-190..-30 HU")):
        named = [m for m in rows.values() if "visceral" in m.structure]
        assert named
        assert all(words in m.definition for m in named)


def slab_rows(phantom: Phantom, *, whole: bool) -> list[Measurement]:
    truth = phantom.truth
    slab = replace(truth.slab, superior_found=True, inferior_found=True) if whole else truth.slab
    made = compose(scan_of(phantom.volume, phantom.segmentation, truth.landmarks, slab))
    return [m for m in made.measurements if m.quantity == "volume"]


def test_a_slab_cut_by_the_scan_gives_partial_volumes_and_a_whole_one_does_not() -> None:
    phantom = some_slices(1.5)
    assert {m.status for m in slab_rows(phantom, whole=False)} == {Status.PARTIAL}
    rows = slab_rows(phantom, whole=True)
    assert {m.status for m in rows} == {Status.MEASURED}
    assert {m.structure for m in rows} == {t.key for t in TISSUES}


def test_slices_add_up_to_the_volume() -> None:
    phantom = some_slices(1.5)
    _, result = bench.both(phantom, WIDE)
    of = [s.area_cm2 for s in result.slice_areas if s.structure == "subcutaneous_fat"]
    assert len(of) == phantom.volume.grid.shape[0]
    (volume,) = [
        m.value
        for m in result.measurements
        if (m.quantity, m.structure) == ("volume", "subcutaneous_fat")
    ]
    assert sum(of) * SLICE_MM / 10 == pytest.approx(volume)
