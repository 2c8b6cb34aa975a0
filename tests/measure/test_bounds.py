"""Every bound that numbers are counted or judged by: one unit below, on it, one unit above."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from myotome.measure.composition.validity import _of_scan
from myotome.measure.muscles.counts import HU_LEVELS, LOWEST_HU
from myotome.measure.muscles.quality import _asymmetric, _implausible
from myotome.measure.muscles.values import values
from myotome.measure.threshold import by_threshold
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Landmarks
from myotome.nouns.space.volume import Volume
from myotome.tables.anatomy.expectations import PLAUSIBLE, SYMMETRIES, Plausible, Symmetry
from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.outputs.colours import MAP_CLASSES
from myotome.tables.quantities.hu_windows import WINDOW, WINDOWS, Window

GRID = Grid.axial((3, 4, 4), (5.0, 2.0, 2.0))

# as published, so that a slip in the table is seen here too
PUBLISHED = {
    "lean_volume": (-29, 150),
    "lean_mass": (-29, 150),
    "intramuscular_fat_volume": (-190, -30),
    "nama_share": (30, 150),
    "lama_share": (-29, 29),
}


@pytest.mark.parametrize("quantity", PUBLISHED)
def test_muscle_numbers_count_both_bounds_and_nothing_beyond(quantity: str) -> None:
    low, high = PUBLISHED[quantity]
    for hu, inside in ((low - 1, False), (low, True), (high, True), (high + 1, False)):
        histogram = np.zeros(HU_LEVELS)
        histogram[[hu - LOWEST_HU, 0 - LOWEST_HU]] += 1.0  # 0 HU is lean, so shares exist
        alone = np.zeros(HU_LEVELS)
        alone[0 - LOWEST_HU] = 1.0
        told = values(histogram, voxel_ml=1.0, height_cm=1.0)[quantity]
        without = values(alone, voxel_ml=1.0, height_cm=1.0)[quantity]
        assert told is not None
        assert without is not None
        if quantity == "nama_share":
            assert (told > 0) is inside, hu
        elif quantity == "lama_share":
            # beyond it is either no lean muscle at all, or the other half of it
            assert told == (50.0 if hu == high + 1 else 100.0), hu
        else:
            assert (told > without) is inside, hu


@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: w.key)
def test_thresholds_count_both_bounds_and_nothing_beyond(window: Window) -> None:
    bounds = (window.low_hu - 1, window.low_hu, window.high_hu, window.high_hu + 1)
    hu = np.full(GRID.shape, -1000, np.int16)
    hu[1, 0] = bounds
    mask = np.zeros(GRID.shape, np.uint8)
    mask[1, 0] = 1
    volume = Volume(hu=hu, grid=GRID, source_grid=GRID)
    (on_slice, whole) = by_threshold(volume, mask, windows=[window])
    assert on_slice.voxels == whole.voxels == 2
    assert on_slice.mean_hu == (window.low_hu + window.high_hu) / 2


def test_classes_of_the_pictures_meet_without_gap_or_overlap() -> None:
    windows = sorted((WINDOW[c.window] for c in MAP_CLASSES), key=lambda w: w.low_hu)
    for below, above in pairwise(windows):
        assert above.low_hu == below.high_hu + 1


@pytest.mark.parametrize(
    ("kvp", "code"),
    [
        (99.0, "kvp_unusual"),
        (100.0, ""),
        (130.0, ""),
        (131.0, "kvp_unusual"),
        (None, "kvp_unknown"),
    ],
)
def test_tube_voltages_of_100_to_130_kv_are_usual(kvp: float | None, code: str) -> None:
    assert [c for c in scan_codes(5.0, kvp) if c.startswith("kvp")] == ([code] if code else [])


@pytest.mark.parametrize(
    ("mm", "usual"), [(1.99, False), (2.0, True), (10.0, True), (10.01, False)]
)
def test_slices_of_2_to_10_mm_are_usual(mm: float, usual: bool) -> None:
    assert ("slice_thickness_unusual" not in scan_codes(mm, 120.0)) is usual


def scan_codes(step_mm: float, kvp: float | None) -> list[str]:
    grid = Grid.axial(GRID.shape, (step_mm, 2.0, 2.0))
    volume = Volume(hu=np.zeros(grid.shape, np.int16), grid=grid, source_grid=grid)
    volume = replace(volume, acquisition=replace(volume.acquisition, kvp=kvp))
    marks = Landmarks(lung_base_z_mm=None, lung_base_confidence=0.0, contrast_image="unenhanced")
    return list(_of_scan(volume, marks))


def row(quantity: str, structure: str, side: str, level: str, value: float) -> Measurement:
    return Measurement(
        quantity=quantity,
        structure=structure,
        side=side,
        level=level,
        value=value,
        unit="ml",
        status=Status.MEASURED,
    )


@pytest.mark.parametrize(
    "rule", PLAUSIBLE, ids=lambda r: f"{r.quantity}-{r.structure}-{r.side}-{r.level}"
)
def test_plausible_ranges_hold_their_bounds(rule: Plausible) -> None:
    side = rule.side or ("" if rule.structure == "slab" else "left")
    key = (rule.quantity, rule.structure, side, rule.level)
    for value, flagged in (
        (rule.low - 1, True),
        (rule.low, False),
        (rule.high, False),
        (rule.high + 1, True),
    ):
        told = list(_implausible({key: row(*key, value)}))
        others = [r for r in PLAUSIBLE if r is not rule and key == (
            r.quantity, r.structure, r.side or side, r.level)]  # fmt: skip
        assert not others, "two rules for one number"
        assert bool(told) is flagged, value


@pytest.mark.parametrize("symmetry", SYMMETRIES, ids=lambda s: s.group)
def test_sides_may_differ_up_to_the_bounds(symmetry: Symmetry) -> None:
    for ratio, flagged in (
        (symmetry.low - 0.01, True),
        (symmetry.low, False),
        (symmetry.high, False),
        (symmetry.high + 0.01, True),
    ):
        volumes = {
            ("volume", g.key, side, "slab"): row("volume", g.key, side, "slab", 1.0)
            for g in GROUPS
            for side in ("left", "right")
        }
        key = ("volume", symmetry.group, "left", "slab")
        volumes[key] = row(*key, ratio)
        assert bool(list(_asymmetric(volumes))) is flagged, ratio
