"""The second head of the network: compartments in the same pass, for slab and levels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from numpy.typing import NDArray

from myotome.locate.level_slices import level_slices, scan_of
from myotome.locate.picked import picked_slice
from myotome.locate.slab import slab as slab_of
from myotome.measure.composition.measure import compose
from myotome.measure.threshold import by_threshold
from myotome.nets.infer import Engine
from myotome.nets.model import load
from myotome.nouns.numbers.measured import Measured
from myotome.nouns.space.grid import Grid, reorder
from myotome.nouns.space.landmarks import Landmarks, Level, Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.segment.bundled.compartments import compartments_of, levels_beyond, without_rim
from myotome.segment.bundled.predict import predict, slab_slices
from myotome.tables.anatomy.muscles import COMPARTMENTS
from myotome.tables.quantities.hu_windows import Window
from myotome.tables.quantities.tissues import LEVELS

CAVITY, WALL, SUBCUTANEOUS, BONE = 1, 2, 3, 4
SIDES = (1.5, 1.5)
SLAB = Slab(superior_z_mm=62.0, inferior_z_mm=48.0, superior_found=True, inferior_found=True)


def ring_net(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Reads the compartment off the grey value that ``body`` gives each."""
    logits = np.zeros((len(batch), 19, *batch.shape[2:]), np.float32)
    grey = batch[:, 1]
    logits[:, 13] = 0.05
    for channel, level in enumerate((0.3, 0.6, 0.9), start=14):
        logits[:, channel] = 0.2 - np.abs(grey - level)
    return logits


def body(slices: int = 30) -> Volume:
    """Cavity, wall and subcutaneous tissue in rings of 60, 75 and 90 mm."""
    n = 140
    y, x = np.mgrid[:n, :n] - (n - 1) / 2
    r = np.hypot(y, x) * 1.5
    grey = np.select([r < 60, r < 75, r < 90], [0.3, 0.6, 0.9], 0.0)
    plane = np.where(r < 90, grey * 400 - 160, -1000).astype(np.int16)
    grid = Grid.axial((slices, n, n), (4.0, *SIDES))
    return Volume(hu=np.repeat(plane[None], slices, axis=0), grid=grid, source_grid=grid)


def test_one_pass_gives_compartments_on_the_slab() -> None:
    volume = body()
    made = predict(volume, SLAB, ring_net)
    rooms = made.compartments
    assert rooms is not None
    seen = np.flatnonzero(rooms.any(axis=(1, 2)))
    assert (seen[0], seen[-1] + 1) == made.k_range == slab_slices(volume, SLAB)
    k = int(seen[3])
    areas = [(rooms[k] == c).sum() * 2.25 for c in (CAVITY, WALL, SUBCUTANEOUS)]
    radii = np.array([60.0, 75.0, 90.0])
    wanted = np.pi * np.diff(np.square(radii), prepend=0)
    assert areas == pytest.approx(list(wanted), rel=0.05)


def at_levels(grid: Grid, *mids_mm: float) -> Slab:
    """The slab with vertebrae at these z."""
    marks = Landmarks(
        lung_base_z_mm=None,
        lung_base_confidence=0.0,
        levels={n: Level(name=n, mid_z_mm=z) for n, z in zip(LEVELS, mids_mm, strict=False)},
    )
    return replace(SLAB, levels=level_slices(grid, marks))


def test_levels_beyond_the_slab_are_seen_too_but_get_no_muscles() -> None:
    volume = body()
    asked: list[int] = []

    def counting(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        asked.append(len(batch))
        out = ring_net(batch)
        out[:, 1] = 5 * (batch[:, 1] > 0.5)  # a muscle everywhere in wall and skin
        return out

    slab = at_levels(volume.grid, 100.0, 56.0, 0.0, 500.0)
    made = predict(volume, slab, counting)
    rooms = made.compartments
    assert rooms is not None
    seen = set(np.flatnonzero(rooms.any(axis=(1, 2))).tolist())
    assert seen == {0, 1, 24, 25, 26} | set(range(*made.k_range))
    labelled = set(np.flatnonzero(made.labels.any(axis=(1, 2))).tolist())
    assert labelled == set(range(*made.k_range))
    plain = predict(volume, SLAB, counting)
    assert np.array_equal(plain.labels, made.labels)
    assert plain.confidence == made.confidence


def test_runs_of_levels_are_joined_and_stay_in_the_scan() -> None:
    grid = Grid.axial((30, 4, 4), (4.0, 1.0, 1.0))
    slab = at_levels(grid, 116.0, 56.0, 8.0, 0.0, -30.0)
    assert levels_beyond(grid, slab, (11, 18)) == (range(4), range(28, 30))


def test_a_network_without_the_head_gives_none() -> None:
    made = predict(body(), SLAB, lambda batch: ring_net(batch)[:, :13])
    assert made.compartments is None


def test_the_slab_stage_asks_for_every_known_level() -> None:
    names = {"T9": 140.0, "T10": 110.0, "L3": 60.0, "L4": 30.0}
    marks = Landmarks(
        lung_base_z_mm=100.0,
        lung_base_confidence=1.0,
        levels=MappingProxyType({n: Level(name=n, mid_z_mm=z) for n, z in names.items()}),
    )
    asked = {n: s.middle_z_mm for n, s in slab_of(body(), marks).levels.items() if not s.reason}
    assert asked == {"L3": 60.0, "L4": 30.0, "L3/L4": 45.0, "T10": 110.0}


# --- tidying -------------------------------------------------------------------------------


def rooms_of_a_body() -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int16]]:
    y, x = np.mgrid[:140, :140] - 69.5
    r = np.hypot(y, x)
    rooms = np.select([r < 40, r < 50, r < 60], [CAVITY, WALL, SUBCUTANEOUS], 0).astype(np.uint8)
    return rooms, np.zeros_like(rooms), np.where(rooms > 0, 40, -1000).astype(np.int16)


def test_tidy_rooms_stay_as_they_are() -> None:
    rooms, muscles, hu = rooms_of_a_body()
    assert np.array_equal(compartments_of(rooms, muscles, hu, SIDES), rooms)


def test_arms_table_and_air_are_outside() -> None:
    rooms, muscles, hu = rooms_of_a_body()
    wrong = rooms.copy()
    wrong[60:80, 1:6] = SUBCUTANEOUS  # an arm
    wrong[134:136, 20:120] = BONE  # the table
    wrong[5:10, 60:80] = SUBCUTANEOUS  # air under the sheet, joined to the skin
    assert np.array_equal(compartments_of(wrong, muscles, hu, SIDES), rooms)


def test_islands_holes_and_open_vertebrae_are_mended() -> None:
    rooms, muscles, hu = rooms_of_a_body()
    wrong = rooms.copy()
    wrong[65:68, 24:27] = CAVITY  # in the wall
    wrong[69, 60] = SUBCUTANEOUS  # in the cavity
    wrong[50:53, 50:53] = 0  # a hole
    wrong[40:48, 80:88] = WALL  # a kidney
    assert np.array_equal(compartments_of(wrong, muscles, hu, SIDES), rooms)
    vertebra = rooms.copy()
    vertebra[80:96, 60:80] = BONE
    hollow = vertebra.copy()
    hollow[83:93, 63:77] = WALL
    hollow[80:83, 68:71] = CAVITY  # the ring is open in front
    made = compartments_of(hollow, muscles, hu, SIDES)
    assert (made[83:93, 63:77] == BONE).all()


def test_the_muscles_of_the_first_head_are_wall_wherever_they_lie() -> None:
    rooms, muscles, hu = rooms_of_a_body()
    muscles[60:75, 80:90] = 1
    made = compartments_of(rooms, muscles, hu, SIDES)
    assert (made[muscles > 0] == WALL).all()
    rest = muscles == 0
    assert np.array_equal(made[rest], rooms[rest])


def test_wall_stays_where_a_network_does_not_know_every_muscle() -> None:
    """A muscle that it cannot name lies in the cavity as a kidney would: it may not be lost."""
    rooms, muscles, hu = rooms_of_a_body()
    rooms[40:48, 80:88] = WALL  # a psoas that nobody labelled
    made = compartments_of(rooms, muscles, hu, SIDES, every_muscle=False)
    assert np.array_equal(made, rooms)
    assert (compartments_of(rooms, muscles, hu, SIDES)[40:48, 80:88] == CAVITY).all()


def test_an_empty_slice_stays_empty() -> None:
    nothing = np.zeros((20, 20), np.uint8)
    air = np.full((20, 20), -1000, np.int16)
    assert not compartments_of(nothing, nothing, air, SIDES).any()


# --- real scans ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def network() -> Engine:
    return Engine(load("muscles"), threads=1, precision="fp32")


def crop(path: Path, low: int, high: int) -> tuple[NDArray[np.float32], Grid]:
    import nibabel

    image = nibabel.load(path)
    own = Grid.from_matrix(image.shape[::-1], np.diag([-1.0, -1.0, 1.0, 1.0]) @ image.affine)
    array = reorder(np.asarray(image.dataobj, dtype=np.float32).transpose(2, 1, 0), own)
    grid = own.canonical().crop_k(low, high)
    return np.ascontiguousarray(array[low:high]), grid


def real(shared: Path, name: str, k: int) -> tuple[Volume, Path]:
    case = shared / "cases" / name
    hu, grid = crop(case / "ct.nii.gz", k - 2, k + 3)
    return Volume(hu=np.rint(hu).astype(np.int16), grid=grid, source_grid=grid), case


def area(result: Measured, structure: str) -> float:
    (row,) = [
        m
        for m in result.measurements
        if (m.quantity, m.structure, m.level) == ("area", structure, "L3")
    ]
    assert row.value is not None, row.reason
    return row.value


@pytest.mark.parametrize(
    ("name", "k"),
    # the slice of mid L3 in landmarks.json; the short scan's complete part ends at mid L2
    [("ts_example", 74), ("spl_atlas", 53), ("lidc_idri_0001", 12)],
)
def test_muscle_area_agrees_with_reference_compartments(
    shared_data: Path, network: Engine, name: str, k: int
) -> None:
    volume, case = real(shared_data, name, k)
    rooms = crop(case / "compartments.nii.gz", k - 2, k + 3)[0].astype(np.uint8)
    labels = crop(case / "muscles.nii.gz", k - 2, k + 3)[0].astype(np.uint8)
    rooms[labels > 0] = WALL
    known = np.where(rooms > len(COMPARTMENTS), 0, rooms).astype(np.uint8)
    spacing = volume.grid.spacing_mm[1:]
    peeled = [without_rim(*plane, spacing) for plane in zip(known, volume.hu, strict=True)]
    reference = Segmentation(
        labels=labels,
        grid=volume.grid,
        backend="reference",
        k_range=(0, 5),
        compartments=np.stack(peeled),
    )
    marks, slab = picked_slice(volume, "L3", k=2)
    truth = compose(scan_of(volume, reference, marks, slab))
    ours = compose(scan_of(volume, predict(volume, slab, network), marks, slab))
    assert area(ours, "skeletal_muscle") == pytest.approx(area(truth, "skeletal_muscle"), rel=0.05)
    for fat in ("subcutaneous_fat", "visceral_fat"):
        assert area(ours, fat) == pytest.approx(area(truth, fat), rel=0.06), fat
    assert area(ours, "body") == pytest.approx(area(truth, "body"), rel=0.01)


def test_l3_of_the_colonography_agrees_with_its_hand_made_tissue(
    shared_data: Path, network: Engine
) -> None:
    volume, case = real(shared_data, "ct_colonography_0518", 66)
    tissue = crop(case / "l3_tissue.nii.gz", 64, 69)[0].astype(np.uint8)
    everything = Window(key="all", words="", low_hu=-1024, high_hu=3071, source="none")
    rows = by_threshold(volume, tissue, regions={1: "muscle"}, windows=[everything])
    by_hand = rows[0].area_cm2
    assert by_hand == pytest.approx(123.9, abs=0.05)  # the case's README
    marks, slab = picked_slice(volume, "L3", k=2)
    ours = compose(scan_of(volume, predict(volume, slab, network), marks, slab))
    assert area(ours, "skeletal_muscle") == pytest.approx(by_hand, rel=0.05)
    assert area(ours, "subcutaneous_fat") == pytest.approx(299.6, rel=0.05)
    assert "noisy_image" in {flag.code for flag in ours.flags}


@pytest.mark.parametrize(
    ("first", "last", "room"),
    [(40, 42, CAVITY), (47, 49, SUBCUTANEOUS)],
)
def test_fat_on_the_rim_of_the_wall_is_not_between_muscles(
    first: int, last: int, room: int
) -> None:
    rooms, _, hu = rooms_of_a_body()
    y, x = np.mgrid[:140, :140] - 69.5
    r = np.hypot(y, x)
    rim = (r >= first) & (r < last + 1) & (rooms == WALL)
    hu[rim] = -90
    made = without_rim(rooms, hu, (1.5, 1.5))
    near = rim & ((r < 41) if room == CAVITY else (r >= 49))
    assert (made[near] == room).all()
    assert (made[(rooms == WALL) & ~rim] == WALL).all()
    assert (made[rooms != WALL] == rooms[rooms != WALL]).all()


def test_fat_that_muscle_parts_from_the_rim_stays_in_the_wall() -> None:
    rooms, _, hu = rooms_of_a_body()
    y, x = np.mgrid[:140, :140] - 69.5
    r = np.hypot(y, x)
    hu[(r >= 44) & (r < 46)] = -90
    assert np.array_equal(without_rim(rooms, hu, (1.5, 1.5)), rooms)
    assert np.array_equal(without_rim(rooms, hu, (0.7, 0.7)), rooms)


def test_fat_between_muscles_at_the_spine_stays_in_the_wall() -> None:
    rooms, muscles, hu = rooms_of_a_body()
    rooms[98:104, 60:80] = BONE
    rooms[104:114, 66:74] = WALL  # multifidus turned to fat, bone on three sides
    rooms[104:114, 60:66] = rooms[104:114, 74:80] = BONE
    hu[104:114, 66:74] = -90
    made = compartments_of(rooms, muscles, hu, SIDES)
    assert (made[104:114, 66:74] == WALL).all()
