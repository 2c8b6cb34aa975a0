"""Body composition: what forbids or weakens a number, other inputs, and invariances."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from myotome.errors import GridMismatchError, InputError
from myotome.locate.level_slices import scan_of
from myotome.locate.picked import picked_slice
from myotome.measure import measure
from myotome.measure.composition.counts import _count, bins_of, noise_hu
from myotome.measure.composition.levels import Choice
from myotome.measure.composition.measure import compose
from myotome.measure.composition.outline import (
    body_mask,
    count_arms,
    hull_mm,
    outline,
    perimeter_mm,
)
from myotome.measure.threshold import by_threshold
from myotome.nouns.numbers.measured import Measured
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Landmarks, Level, Slab
from myotome.nouns.space.scan import Scan
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.person import Person
from myotome.tables.anatomy.muscles import COMPARTMENTS
from myotome.tables.quantities import quantities
from myotome.tables.quantities.hu_windows import WINDOWS, Window
from myotome.tables.quantities.indices import ESTIMATES, INDICES
from myotome.tables.quantities.tissues import (
    CAVEAT,
    LEVELS,
    TISSUE,
    TISSUES,
    VISCERAL_WINDOWS,
)

PIXEL_MM, DZ_MM = 2.0, 5.0
SLICES, SIZE = 9, 160
L3_Z, L4_Z = 20.0, -16.0
HU = {0: -1000, 1: -100, 2: 50, 3: -105, 4: 300, 5: -850}


def planes() -> NDArray[np.uint8]:
    """Round rooms in one another: cavity, muscle wall, subcutaneous; a bone in the cavity."""
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    r = np.hypot(y, x) * PIXEL_MM
    plane = np.select([r < 80, r < 105, r < 135], [1, 2, 3], 0).astype(np.uint8)
    plane[np.hypot(y - 20, x) * PIXEL_MM < 18] = 4
    return np.repeat(plane[None], SLICES, axis=0)


def scene(
    rooms: NDArray[np.uint8] | None = None, hu: NDArray[np.int16] | None = None, **scan
) -> tuple[Volume, Segmentation, Landmarks, Slab]:
    rooms = planes() if rooms is None else rooms
    if hu is None:
        hu = np.vectorize(HU.get, otypes=[np.int16])(rooms)
    grid = Grid.axial(rooms.shape, (DZ_MM, PIXEL_MM, PIXEL_MM), (0.0, 0.0, -20.0))
    volume = Volume(
        hu=hu.copy(),
        grid=grid,
        source_grid=grid,
        fov=scan.get("fov"),
        acquisition=SeriesHeader(kvp=scan.get("kvp", 120.0)),
    )
    segmentation = Segmentation(
        labels=np.zeros(rooms.shape, np.uint8),
        grid=grid,
        backend="test",
        k_range=(0, SLICES),
        compartments=rooms.copy() if scan.get("labelled", True) else None,
    )
    levels = {"L3": Level(name="L3", mid_z_mm=L3_Z, confidence=scan.get("confidence", 0.9))}
    landmarks = Landmarks(
        lung_base_z_mm=None,
        lung_base_confidence=0.0,
        levels=MappingProxyType(levels),
        contrast_image=scan.get("contrast", "unenhanced"),
    )
    slab = Slab(superior_z_mm=22.5, inferior_z_mm=-22.5, superior_found=True, inferior_found=True)
    return volume, segmentation, landmarks, slab


def find(result: Measured, quantity: str, structure: str, level: str = "L3") -> Measurement:
    (row,) = [
        m
        for m in result.measurements
        if (m.quantity, m.structure, m.side, m.level) == (quantity, structure, "both", level)
    ]
    return row


# --- registries ---------------------------------------------------------------------------


def test_rows_of_the_tables_belong_together() -> None:
    regions, windows = {c.key for c in COMPARTMENTS}, {w.key for w in WINDOWS}
    assert all(t.region in regions and t.window in windows and t.source for t in TISSUES)
    assert set(VISCERAL_WINDOWS) <= windows
    assert len(LEVELS) == len(set(LEVELS)) == 13
    assert (LEVELS[0], LEVELS[-1]) == ("T5", "L5")
    known = {t.key for t in TISSUES} | {"psoas", "erector_spinae", "total"}
    for row in INDICES:
        assert row.source
        assert row.unit
        assert bool(row.per) != bool(row.over)
        for quantity, structure in (*row.of, *row.over):
            assert quantity in quantities.QUANTITY
            assert structure in known
    assert all(row.source and row.unit == "kg" for row in ESTIMATES)


@pytest.mark.parametrize("window", WINDOWS, ids=lambda w: w.key)
def test_bins_are_the_windows_bounds_included(window: Window) -> None:
    hu = np.arange(-1024, 3072, dtype=np.int16)
    inside = hu[(hu >= window.low_hu) & (hu <= window.high_hu)]
    voxels, sums = _count(np.full(hu.shape, 2, np.uint8), hu)
    assert voxels.sum() == len(hu)
    assert voxels[2, bins_of(window)].sum() == len(inside)
    assert sums[2, bins_of(window)].sum() == inside.sum()


def test_normal_and_low_attenuation_make_up_muscle_and_fat_makes_up_tama() -> None:
    rng = np.random.default_rng(5)
    rooms = planes()
    result = compose(scan_of(*scene(rooms, rng.integers(-250, 250, rooms.shape).astype(np.int16))))
    area = {t.key: find(result, "area", t.key).value for t in TISSUES}
    parts = area["normal_attenuation_muscle"] + area["low_attenuation_muscle"]
    assert parts == pytest.approx(area["skeletal_muscle"])
    whole = area["skeletal_muscle"] + area["intermuscular_fat"]
    assert whole == pytest.approx(area["total_abdominal_muscle"])


# --- what is measured where ---------------------------------------------------------------


def test_all_muscle_of_the_slice_counts_not_only_the_twelve() -> None:
    volume, segmentation, landmarks, slab = scene()
    one = compose(scan_of(volume, segmentation, landmarks, slab))
    labels = np.zeros_like(segmentation.labels)
    labels[:, 60:70, 78:82] = 1  # a psoas that the compartments call cavity
    both = compose(scan_of(volume, replace(segmentation, labels=labels), landmarks, slab))
    wall = (segmentation.compartments[0] == 2).sum() * 0.04
    assert find(one, "area", "skeletal_muscle").value == pytest.approx(wall)
    lost = find(one, "area", "visceral_fat").value - find(both, "area", "visceral_fat").value
    assert lost == pytest.approx(40 * 0.04)


def test_skin_and_gas_do_not_look_like_fat() -> None:
    rooms = planes()
    hu = np.vectorize(HU.get, otypes=[np.int16])(rooms)
    clean = compose(scan_of(*scene(rooms, hu)))
    hu[:, 60:70, 70:90] = -950  # gas
    hu[:, 59, 69:91] = hu[:, 70, 69:91] = -120  # its wall, half gas: the HU of fat
    hu[:, 59:71, [69, 90]] = -120
    gassy = compose(scan_of(*scene(rooms, hu)))
    lost = find(clean, "area", "visceral_fat").value - find(gassy, "area", "visceral_fat").value
    assert lost == pytest.approx(12 * 22 * 0.04)


def test_levels_out_of_the_scan_have_a_reason_and_never_a_zero() -> None:
    volume, segmentation, landmarks, slab = scene()
    levels = dict(landmarks.levels)
    levels["L1"] = Level(name="L1", mid_z_mm=92.0, confidence=0.9)
    landmarks = replace(landmarks, levels=MappingProxyType(levels))
    result = compose(scan_of(volume, segmentation, landmarks, slab), person=Person(height_cm=170))
    for level, words in (("L1", "above the scan"), ("L4", "not found"), ("T11", "not found")):
        for quantity in ("area", "mean_area", "mean_hu"):
            row = find(result, quantity, "skeletal_muscle", level)
            assert row.value is None
            assert row.status is Status.NOT_MEASURABLE
            assert words in row.reason
    assert not [m for m in result.measurements if m.level == "T7"]


def test_without_compartments_only_the_outline_is_measured() -> None:
    result = compose(scan_of(*scene(labelled=False)), person=Person(height_cm=170))
    assert find(result, "area", "skeletal_muscle").reason == (
        "the maker of the labels gives no body compartments"
    )
    assert find(result, "volume", "visceral_fat", "slab").value is None
    assert find(result, "index", "skeletal_muscle_index").value is None
    assert find(result, "area", "body").value == pytest.approx(np.pi * 13.5**2, rel=0.01)
    # what weakens the muscles, which have numbers all the same, is told as ever
    codes = {flag.code for flag in compose(scan_of(*scene())).flags}
    assert result.flags[0].code == "no_compartments"
    assert {f.code for f in result.flags[1:]} == codes - {"level_not_in_view", "level_uncertain"}


def test_indices_need_body_size_and_say_so() -> None:
    nameless = compose(scan_of(*scene()))
    row = find(nameless, "index", "skeletal_muscle_index")
    assert row.value is None
    assert "height" in row.reason
    tall = compose(scan_of(*scene()), person=Person(height_cm=200))
    area = find(tall, "area", "skeletal_muscle").value
    assert find(tall, "index", "skeletal_muscle_index").value == pytest.approx(area / 4)
    assert "weight" in find(tall, "index", "skeletal_muscle_bmi_index").reason
    assert find(tall, "index", "psoas_muscle_index").reason
    estimate = find(tall, "estimate", "fat_free_mass")
    assert "group_level_estimate" in estimate.caveats
    assert "group-level" in estimate.definition


def test_mass_indices_and_shares_come_from_the_muscles_own_rows(trunk) -> None:
    volume, segmentation, landmarks, slab = trunk.nouns
    known = measure(scan_of(volume, segmentation, landmarks, slab)).measurements
    person = Person(height_cm=160, weight_kg=64)
    result = compose(scan_of(volume, segmentation, landmarks, slab), person=person, known=known)
    (mass,) = [
        m.value
        for m in known
        if (m.quantity, m.structure, m.side, m.level) == ("gross_mass", "total", "both", "slab")
    ]
    got = find(result, "index", "muscle_mass_height_index", "slab").value
    assert got == pytest.approx(mass / 2.56)
    got = find(result, "index", "muscle_mass_bmi_index", "slab").value
    assert got == pytest.approx(mass / 25.0)
    assert find(result, "share", "psoas_intramuscular_fat", "slab").value == 0.0


# --- validity ------------------------------------------------------------------------------


def test_a_cut_field_of_view_makes_what_it_cuts_partial() -> None:
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    fov = np.hypot(y, x - 5) * PIXEL_MM < 125  # cuts the skin on one side
    rooms = planes()
    rooms[:, ~fov] = 0
    result = compose(scan_of(*scene(rooms, fov=fov)), person=Person(height_cm=170))
    assert find(result, "area", "subcutaneous_fat").status is Status.PARTIAL
    assert find(result, "area", "body").status is Status.PARTIAL
    assert find(result, "index", "visceral_to_subcutaneous_ratio").status is Status.PARTIAL
    assert find(result, "area", "skeletal_muscle").status is Status.MEASURED
    assert find(result, "index", "skeletal_muscle_index").status is Status.MEASURED
    assert "subcutaneous_cut" in find(result, "area", "subcutaneous_fat").caveats
    assert {f.code for f in result.flags} >= {"subcutaneous_cut"}
    assert "wall_cut" not in {f.code for f in result.flags}
    fov = np.hypot(y, x - 30) * PIXEL_MM < 125
    rooms[:, ~fov] = 0
    cut = compose(scan_of(*scene(rooms, fov=fov)), person=Person(height_cm=170))
    assert find(cut, "index", "skeletal_muscle_index").status is Status.PARTIAL
    assert "wall_cut" in find(cut, "index", "skeletal_muscle_index").caveats


@pytest.mark.parametrize(
    ("scan", "code"),
    [
        ({"contrast": "enhanced"}, "contrast_enhanced"),
        ({"contrast": "unknown"}, "contrast_unknown"),
        ({"kvp": 80.0}, "kvp_unusual"),
        ({"kvp": None}, "kvp_unknown"),
        ({"confidence": 0.2}, "level_uncertain"),
    ],
)
def test_doubts_of_the_scan_are_told_on_the_rows_they_weaken(scan: dict, code: str) -> None:
    result = compose(scan_of(*scene(**scan)), person=Person(height_cm=170))
    assert code in {f.code for f in result.flags}
    assert code in find(result, "mean_hu", "skeletal_muscle").caveats
    only_hu = CAVEAT[code].weakens == ("attenuation",)
    assert (code in find(result, "area", "skeletal_muscle").caveats) is not only_hu
    assert (code in find(result, "index", "skeletal_muscle_index").caveats) is not only_hu
    assert code not in {f.code for f in compose(scan_of(*scene())).flags}


def test_noise_metal_and_arms_are_told() -> None:
    rooms = planes()
    hu = np.vectorize(HU.get, otypes=[np.int16])(rooms)
    noisy = hu + np.random.default_rng(1).normal(0, 40, hu.shape)
    assert "noisy_image" in {
        f.code for f in compose(scan_of(*scene(rooms, noisy.astype(np.int16)))).flags
    }
    calm = scene(rooms, (hu + np.random.default_rng(1).normal(0, 12, hu.shape)).astype(np.int16))
    assert noise_hu(calm[0], calm[1], 4) == pytest.approx(12, rel=0.1)
    metal = hu.copy()
    metal[:, 100:104, 78:82] = 3000
    assert "metal" in {f.code for f in compose(scan_of(*scene(rooms, metal))).flags}
    arm = hu.copy()
    arm[:, 60:90, 2:11] = 40  # beside the body, whose left edge is at column 12
    arm[:, 60:90, 9:11] = -1000
    told = compose(scan_of(*scene(rooms, arm)))
    assert "arms_down" not in {f.code for f in told.flags}  # 14 mm x 60 mm: 8.4 cm2
    wide = np.concatenate([np.full((SLICES, SIZE, 20), -1000, np.int16), hu], axis=2)
    wide[:, 60:90, 4:24] = 40
    wide_rooms = np.concatenate([np.zeros((SLICES, SIZE, 20), np.uint8), rooms], axis=2)
    told = compose(scan_of(*scene(wide_rooms, wide)))
    assert "arms_down" in {f.code for f in told.flags}
    clean, other = find(compose(scan_of(*scene())), "area", "body"), find(told, "area", "body")
    assert other.value == clean.value
    assert "arms_down" in other.caveats


def test_means_say_when_slices_are_missing() -> None:
    volume, segmentation, landmarks, slab = scene()
    result = compose(scan_of(volume, segmentation, landmarks, slab))  # mid L3 is the top slice
    row = find(result, "mean_area", "skeletal_muscle")
    assert row.status is Status.PARTIAL
    assert row.reason == "only 2 of 3 slices are in view"
    assert find(result, "area", "skeletal_muscle").status is Status.MEASURED
    alone = compose(scan_of(volume, segmentation, landmarks, slab, reach=0))
    assert find(alone, "mean_area", "skeletal_muscle").status is Status.MEASURED


def test_wrong_choices_and_grids_are_refused() -> None:
    volume, segmentation, landmarks, slab = scene()
    scan = scan_of(volume, segmentation, landmarks, slab)
    with pytest.raises(InputError, match="window"):
        compose(scan, choice=Choice(visceral_window="muscle"))
    other = Grid.axial(volume.grid.shape, (4.0, 2.0, 2.0))
    with pytest.raises(GridMismatchError):
        replace(scan, segmentation=replace(segmentation, grid=other))


# --- the outline ---------------------------------------------------------------------------


def ellipse(a: float, b: float, turn: float, sides: tuple[float, float]) -> NDArray[np.bool_]:
    n = (int(300 / sides[0]), int(300 / sides[1]))
    y = (np.arange(n[0])[:, None] - n[0] / 2) * sides[0]
    x = (np.arange(n[1])[None] - n[1] / 2) * sides[1]
    u, v = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    return (u / a) ** 2 + (v / b) ** 2 <= 1


@settings(max_examples=25, deadline=None)
@given(
    a=st.floats(90, 130),
    b=st.floats(70, 130),
    turn=st.floats(0, np.pi),
    sides=st.sampled_from([(1.0, 1.0), (0.7, 0.7), (0.8, 1.1)]),
)
def test_perimeter_and_circumference_of_any_ellipse(a, b, turn, sides) -> None:
    # Ramanujan's second approximation: exact here to 1e-6
    h = ((a - b) / (a + b)) ** 2
    truth = np.pi * (a + b) * (1 + 3 * h / (10 + np.sqrt(4 - 3 * h)))
    mask = ellipse(a, b, turn, sides)
    square = sides[0] == sides[1]  # as CT's pixels are; four directions suffice for them
    assert perimeter_mm(mask, sides) == pytest.approx(truth, rel=0.01 if square else 0.03)
    assert hull_mm(mask, sides) == pytest.approx(truth, rel=0.005)


def test_a_tape_does_not_follow_a_groove_but_the_perimeter_does() -> None:
    mask = ellipse(120, 90, 0.0, (1.0, 1.0))
    grooved = mask.copy()
    grooved[50:110, 147:153] = False
    assert hull_mm(grooved, (1.0, 1.0)) == pytest.approx(hull_mm(mask, (1.0, 1.0)), rel=0.002)
    assert perimeter_mm(grooved, (1.0, 1.0)) > 1.1 * perimeter_mm(mask, (1.0, 1.0))


@pytest.mark.parametrize("known", [True, False])
def test_table_sheet_and_tube_are_no_body(known: bool) -> None:
    rooms = planes()[0]
    hu = np.vectorize(HU.get, otypes=[np.int16])(rooms)
    hu[rooms == 3] = -105
    alone = body_mask(hu, rooms if known else np.zeros_like(rooms), (PIXEL_MM, PIXEL_MM))
    assert alone.sum() == (rooms > 0).sum()
    dressed = hu.copy()
    dressed[150:152, 20:140] = 200  # table
    dressed[146:150, 79] = 100  # touching the back
    dressed[8:10, 40:120] = -150  # sheet
    seen = body_mask(dressed, rooms if known else np.zeros_like(rooms), (PIXEL_MM, PIXEL_MM))
    assert abs(int(seen.sum()) - int(alone.sum())) <= 4
    assert count_arms(dressed, seen, (PIXEL_MM, PIXEL_MM)) == 0


def test_nothing_has_no_outline() -> None:
    air = np.full((50, 50), -1000, np.int16)
    nothing = np.zeros((50, 50), np.uint8)
    assert outline(air, nothing, np.zeros((50, 50), np.bool_), (1.0, 1.0)) is None


# --- invariances ---------------------------------------------------------------------------


def random_scene(seed: int) -> tuple[Volume, Segmentation, Landmarks, Slab]:
    rng = np.random.default_rng(seed)
    rooms = planes()
    shuffled = np.where(rng.random(rooms.shape) < 0.1, rng.integers(0, 6, rooms.shape), rooms)
    hu = rng.integers(-200, 180, rooms.shape).astype(np.int16)
    hu[rooms == 0] = -1000
    return scene(np.where(rooms > 0, shuffled, 0).astype(np.uint8), hu)


def numbers(result: Measured) -> dict[tuple[str, str, str], float | None]:
    return {
        (m.quantity, m.structure, m.level): m.value
        for m in result.measurements
        if m.quantity not in ("perimeter", "circumference")
    }


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), axis=st.sampled_from([0, 1, 2]))
def test_mirrored_bodies_have_the_same_numbers(seed: int, axis: int) -> None:
    volume, segmentation, landmarks, slab = random_scene(seed)
    rooms = segmentation.compartments
    assert rooms is not None
    mirrored = scene(np.flip(rooms, axis), np.flip(volume.hu, axis))
    if axis == 0:  # turned upside down, mid L3 lies at the other end
        levels = {"L3": Level(name="L3", mid_z_mm=-L3_Z, confidence=0.9)}
        marks = replace(landmarks, levels=MappingProxyType(levels))
        mirrored = (*mirrored[:2], marks, mirrored[3])
    person = Person(height_cm=170, weight_kg=70)
    one = numbers(compose(scan_of(volume, segmentation, landmarks, slab), person=person))
    other = numbers(compose(scan_of(*mirrored), person=person))
    assert one.keys() == other.keys()
    for key, value in one.items():
        assert other[key] == (None if value is None else pytest.approx(value)), key


@settings(max_examples=8, deadline=None)
@given(order=st.permutations(range(SLICES)))
def test_volumes_do_not_depend_on_the_order_of_slices(order: list[int]) -> None:
    volume, segmentation, _, _ = random_scene(3)
    rooms = segmentation.compartments
    assert rooms is not None
    one = numbers(compose(scan_of(*scene(rooms, volume.hu))))
    other = numbers(compose(scan_of(*scene(rooms[order], volume.hu[order]))))
    for key, value in one.items():
        if key[0] == "volume":
            assert other[key] == pytest.approx(value)


# --- other inputs --------------------------------------------------------------------------


def test_a_picked_slice_is_measured_at_its_level_and_has_no_volume() -> None:
    rooms = planes()[:1]
    hu = np.vectorize(HU.get, otypes=[np.int16])(rooms)
    grid = Grid.axial(rooms.shape, (DZ_MM, PIXEL_MM, PIXEL_MM), (0.0, 0.0, 77.0))
    volume = Volume(hu=hu, grid=grid, source_grid=grid)
    segmentation = Segmentation(
        labels=np.zeros_like(rooms), grid=grid, backend="t", k_range=(0, 1), compartments=rooms
    )
    landmarks, slab = picked_slice(volume, "L3", reach=0)
    scan = Scan(volume=volume, segmentation=segmentation, landmarks=landmarks, slab=slab)
    result = compose(scan, person=Person(height_cm=170))
    row = find(result, "index", "skeletal_muscle_index")
    assert row.status is Status.MEASURED
    assert row.value == pytest.approx((rooms == 2).sum() * 0.04 / 1.7**2)
    volumes = [m for m in result.measurements if m.quantity == "volume"]
    assert {m.reason for m in volumes} == {"a single slice has no volume"}
    assert {m.value for m in volumes} == {None}
    several = scene()[0]
    with pytest.raises(InputError, match="none was picked"):
        picked_slice(several, "L3")
    with pytest.raises(InputError, match="not a level"):
        picked_slice(volume, "C4")
    with pytest.raises(InputError, match="outside"):
        picked_slice(several, "L3", k=9)
    marks, _ = picked_slice(several, "L4", k=2)
    assert marks.levels["L4"].mid_z_mm == pytest.approx(-10.0)


def test_thresholds_in_the_users_region_are_the_plain_count() -> None:
    volume, segmentation, _, _ = scene()
    rooms = segmentation.compartments
    assert rooms is not None
    mask = np.zeros(rooms.shape, np.int16)
    mask[4] = np.where(rooms[4] == 2, 7, np.where(rooms[4] == 3, 9, 0))
    rows = by_threshold(volume, mask, regions={7: "muscle", 9: "sat"})
    by = {(r.region, r.window, r.z_mm): r for r in rows}
    row = by["muscle", "muscle", 0.0]
    assert row.area_cm2 == pytest.approx((rooms[4] == 2).sum() * 0.04)
    assert (row.low_hu, row.high_hu, row.mean_hu) == (-29, 150, 50.0)
    whole = by["sat", "subcutaneous_fat", None]
    assert whole.volume_ml == pytest.approx((rooms[4] == 3).sum() * 0.02)
    empty = by["muscle", "visceral_fat", 0.0]
    assert (empty.area_cm2, empty.mean_hu) == (0.0, None)
    mine = Window(key="mine", words="", low_hu=50, high_hu=50, source="user")
    assert by_threshold(volume, mask, windows=[mine])[0].voxels == (rooms[4] == 2).sum()
    with pytest.raises(InputError, match="no HU window"):
        by_threshold(volume, mask, windows=["lard"])
    with pytest.raises(InputError, match="marks nothing"):
        by_threshold(volume, np.zeros_like(mask))
    with pytest.raises(GridMismatchError):
        by_threshold(volume, mask[1:])
    with pytest.raises(InputError, match="below"):
        by_threshold(volume, mask, windows=[replace(mine, high_hu=40)])


def test_the_threshold_way_and_ours_agree_on_the_same_region() -> None:
    volume, segmentation, landmarks, slab = random_scene(11)
    rooms = segmentation.compartments
    assert rooms is not None
    ours = find(
        compose(scan_of(volume, segmentation, landmarks, slab)), "area", "skeletal_muscle"
    ).value
    theirs = by_threshold(volume, rooms == 2, windows=["muscle"])
    top = [r for r in theirs if r.z_mm == pytest.approx(L3_Z)]
    assert top[0].area_cm2 == pytest.approx(ours)


def test_every_tissue_of_the_table_is_measured() -> None:
    result = compose(scan_of(*scene()))
    assert {m.structure for m in result.measurements if m.quantity == "area"} == {*TISSUE, "body"}
