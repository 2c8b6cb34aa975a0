"""Each thing that forbids or weakens a number, on the phantom as a scanner would have made it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from myotome.assess.scan_facts import scan_facts
from myotome.locate.level_slices import scan_of
from myotome.measure import measure
from myotome.measure.composition.measure import compose
from myotome.nouns.numbers.flag import Severity
from myotome.nouns.numbers.measured import Measured
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.nouns.space.landmarks import Landmarks
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.person import Person
from myotome.phantom import (
    FAULTS,
    Anatomy,
    Phantom,
    Recipe,
    faults_named,
    render_recipe,
    write_dicom,
)
from myotome.phantom.render import _Painter
from myotome.read.assemble import assemble
from myotome.read.catalogue import catalogue
from myotome.read.choose import judge, pick
from myotome.read.input.files import opened
from myotome.tables.flags.every import FLAG, raised
from myotome.tables.person.fact_flags import FACT_FLAG
from myotome.tables.quantities.tissues import CAVEAT

PERSON = Person(sex="F", height_cm=165.0, weight_kg=70.0)
SPACING_MM, WIDTH_MM = (6.0, 2.5, 2.5), 520.0
ALL = "every number at the level"


@lru_cache(maxsize=1)
def phantom() -> Phantom:
    return render_recipe(Anatomy(), Recipe(spacing_mm=SPACING_MM, fov_mm=WIDTH_MM))


@lru_cache(maxsize=1)
def calm() -> Volume:
    """The phantom as a header would describe it."""
    return replace(phantom().volume, acquisition=SeriesHeader(kvp=120.0))


def composed(volume: Volume | None = None, landmarks: Landmarks | None = None) -> Measured:
    volume, landmarks = volume or calm(), landmarks or phantom().truth.landmarks
    labels = phantom().segmentation
    if not volume.grid.matches(labels.grid):
        labels = labels_on(volume)
    nouns = (volume, labels, landmarks, phantom().truth.slab)
    return compose(scan_of(*nouns), person=PERSON, known=measure(scan_of(*nouns)).measurements)


def labels_on(volume: Volume) -> Segmentation:
    """The phantom's own labels and compartments on another grid, nothing beyond the field."""
    grid, made = volume.grid, phantom()
    painter = _Painter(made.anatomy, made.recipe, grid)
    planes = [painter.paint(k) for k in range(grid.shape[0])]
    inside = np.ones(grid.shape[1:], np.bool_) if volume.fov is None else volume.fov
    return Segmentation(
        labels=np.stack([np.where(inside, p[1], 0).astype(np.uint8) for p in planes]),
        grid=grid,
        backend="truth",
        k_range=(0, grid.shape[0]),
        compartments=np.stack([np.where(inside, p[2], 0).astype(np.uint8) for p in planes]),
    )


def read_with(fault: str, folder: Path) -> Volume:
    """The phantom with a fault, written as DICOM and read back."""
    write_dicom(phantom(), folder / "study", faults=faults_named((fault,) if fault else ()))
    with opened(folder / "study") as source:
        found = catalogue(source, threads=1)
        (chosen,) = pick(
            judge(found), series=None, all_series=False, unenhanced_only=False, files=found.files
        )
        return assemble(chosen.series)


def at(result: Measured, quantity: str, structure: str, level: str = "L3") -> Measurement:
    (row,) = [
        m
        for m in result.measurements
        if (m.quantity, m.structure, m.side, m.level) == (quantity, structure, "both", level)
    ]
    return row


def codes(result: Measured) -> set[str]:
    return {flag.code for flag in result.flags}


def painted(where: str, hu_there: int) -> Volume:
    """A box painted into the CT at L3: beside the body as an arm lies, or in a vertebra."""
    volume, truth = calm(), phantom().truth
    hu = volume.hu.copy()
    ks = [round(volume.grid.z_to_k(truth.levels["L3"])) + step for step in (-1, 0, 1)]
    rooms = phantom().segmentation.compartments
    assert rooms is not None
    body = np.argwhere(rooms[ks[1]] > 0)
    if where == "beside":
        left = int(body[:, 1].min())
        middle = int(body[:, 0].mean())
        box = (slice(middle - 12, middle + 13), slice(left - 24, left - 6))
    else:
        j, i = np.argwhere(rooms[ks[1]] == 4).mean(axis=0).astype(int)
        box = (slice(j - 2, j + 3), slice(i - 2, i + 3))
    for k in ks:
        hu[k][box] = hu_there
    return replace(volume, hu=hu)


def noisy() -> Volume:
    rng = np.random.default_rng(3)
    hu = calm().hu + rng.normal(0, 40, calm().hu.shape)
    return replace(calm(), hu=np.clip(hu, -1024, 3000).astype(np.int16))


def marks(**change: object) -> Landmarks:
    return replace(phantom().truth.landmarks, **change)


def doubtful_l3() -> Landmarks:
    levels = dict(phantom().truth.landmarks.levels)
    levels["L3"] = replace(levels["L3"], confidence=0.3)
    return marks(levels=MappingProxyType(levels))


def renamed() -> Landmarks:
    flag = raised(FLAG["level_count_disagrees"], "")
    return marks(flags=(flag,))


def said(**facts: object) -> Volume:
    return replace(calm(), acquisition=SeriesHeader(**{"kvp": 120.0, **facts}))


def cut(radius_mm: float, aside_mm: float) -> Volume:
    """The scan with a reconstruction circle that lies aside of the middle of the image."""
    volume = calm()
    _, nj, ni = volume.grid.shape
    y, x = np.mgrid[:nj, :ni] * SPACING_MM[1]
    fov = np.hypot(y - y.mean(), x - x.mean() - aside_mm) <= radius_mm
    return replace(volume, hu=np.where(fov, volume.hu, -1024).astype(np.int16), fov=fov)


MADE = {
    "contrast_enhanced": lambda: composed(landmarks=marks(contrast_image="enhanced")),
    "contrast_unknown": lambda: composed(landmarks=marks(contrast_image="unknown")),
    "kvp_unusual": lambda: composed(said(kvp=80.0)),
    "kvp_unknown": lambda: composed(said(kvp=None)),
    "slice_thickness_unusual": lambda: composed(said(slice_thickness_mm=0.6)),
    "noisy_image": lambda: composed(noisy()),
    "level_uncertain": lambda: composed(landmarks=doubtful_l3()),
    "transitional_anatomy": lambda: composed(landmarks=renamed()),
    "arms_down": lambda: composed(painted("beside", 50)),
    "metal": lambda: composed(painted("vertebra", 3000)),
    "wall_cut": lambda: composed_cut(170.0, 60.0),
    "subcutaneous_cut": lambda: composed_cut(190.0, 38.0),
}
"""Each caveat's code, and a scan that has it."""


def composed_cut(radius_mm: float, aside_mm: float) -> Measured:
    volume, labels = cut(radius_mm, aside_mm), phantom().segmentation
    assert labels.compartments is not None
    inside = volume.fov
    seen = replace(
        labels,
        labels=np.where(inside, labels.labels, 0).astype(np.uint8),
        compartments=np.where(inside, labels.compartments, 0).astype(np.uint8),
    )
    truth = phantom().truth
    return compose(scan_of(volume, seen, truth.landmarks, truth.slab), person=PERSON)


@lru_cache(maxsize=len(MADE))
def made(code: str) -> Measured:
    return MADE[code]()


def test_a_sound_scan_has_no_caveat() -> None:
    result = composed()
    assert codes(result) == set()
    assert {c for m in result.measurements for c in m.caveats} == {"group_level_estimate"}


ONLY_TOLD = {"contrast_enhanced", "contrast_unknown", "kvp_unknown"}
"""Caveats that put no number in doubt by themselves; the others warn."""


def test_every_caveat_of_the_table_can_happen_and_is_tested_here() -> None:
    assert set(MADE) == set(CAVEAT)


@pytest.mark.parametrize("code", MADE)
def test_a_caveat_is_told_and_stands_on_the_rows_that_it_weakens(code: str) -> None:
    result = made(code)
    (flag,) = [f for f in result.flags if f.code == code]
    assert "{" not in flag.message
    assert (flag.severity is Severity.INFO) is (code in ONLY_TOLD)
    touched = {
        "attenuation": at(result, "mean_hu", "skeletal_muscle"),
        "subcutaneous": at(result, "area", "subcutaneous_fat"),
        ALL: at(result, "area", "skeletal_muscle"),
    }
    for kind, row in touched.items():
        weakened = not CAVEAT[code].weakens or kind in CAVEAT[code].weakens
        assert (code in row.caveats) is weakened, kind


@pytest.mark.parametrize("code", MADE)
def test_an_index_carries_what_weakens_its_parts(code: str) -> None:
    result = made(code)
    smi, share = (
        at(result, "index", key)
        for key in ("skeletal_muscle_index", "normal_attenuation_share_of_tama")
    )
    ratio = at(result, "index", "visceral_to_subcutaneous_ratio")
    weakens = CAVEAT[code].weakens
    assert (code in smi.caveats) is (not weakens)
    assert (code in share.caveats) is (not weakens or "attenuation" in weakens)
    assert (code in ratio.caveats) is (not weakens or "subcutaneous" in weakens)


def test_what_the_field_of_view_cuts_is_partial_and_no_fact() -> None:
    result = made("wall_cut")
    for structure in ("skeletal_muscle", "subcutaneous_fat"):
        assert at(result, "area", structure).status is Status.PARTIAL
    assert at(result, "index", "skeletal_muscle_index").status is Status.PARTIAL
    _, flags = scan_facts(result.measurements)
    assert {"wall_cut", "subcutaneous_cut"} <= flags
    assert any("l3_smi_cm2_m2".startswith(f) for f in FACT_FLAG["wall_cut"].forbids)
    less = made("subcutaneous_cut")
    assert at(less, "area", "skeletal_muscle").status is Status.MEASURED
    assert "wall_cut" not in at(less, "area", "skeletal_muscle").caveats


@pytest.mark.parametrize("code", sorted(set(FACT_FLAG) & set(CAVEAT)))
def test_every_flag_of_facts_comes_from_a_scan(code: str) -> None:
    _, flags = scan_facts(made(code).measurements)
    assert code in flags


def test_flags_of_facts_that_are_no_caveat_are_those_of_a_missing_level() -> None:
    assert set(FACT_FLAG) - set(CAVEAT) == {"level_not_in_view"}


def test_a_level_out_of_view_is_told_and_no_number() -> None:
    levels = dict(phantom().truth.landmarks.levels)
    gone = marks(
        levels=MappingProxyType({k: v for k, v in levels.items() if k in ("T11", "T12", "L1")})
    )
    volume, labels = calm(), phantom().segmentation
    low = round(volume.grid.z_to_k(phantom().truth.levels["L2"]))
    top = volume.grid.shape[0]
    grid = volume.grid.crop_k(low, top)
    rooms = labels.compartments
    assert rooms is not None
    scan = replace(volume, hu=volume.hu[low:].copy(), grid=grid, source_grid=grid)
    seen = replace(
        labels, labels=labels.labels[low:].copy(), compartments=rooms[low:].copy(), grid=grid,
        k_range=(0, top - low),
    )  # fmt: skip
    result = compose(scan_of(scan, seen, gone, phantom().truth.slab), person=PERSON)
    (flag,) = [f for f in result.flags if f.code == "level_not_in_view"]
    assert "L3" in flag.message
    assert at(result, "area", "skeletal_muscle").value is None
    assert at(result, "index", "skeletal_muscle_index").value is None
    _, flags = scan_facts(result.measurements)
    assert "level_not_in_view" in flags


def test_metal_between_the_levels_weakens_volumes_alone() -> None:
    volume, truth = calm(), phantom().truth
    hu = volume.hu.copy()
    k = round(volume.grid.z_to_k((truth.levels["L3"] + truth.levels["L4"]) / 2)) + 1
    rooms = phantom().segmentation.compartments
    assert rooms is not None
    j, i = np.argwhere(rooms[k] == 1).mean(axis=0).astype(int)
    hu[k, j - 2 : j + 3, i - 2 : i + 3] = 3000
    result = composed(replace(volume, hu=hu))
    assert "metal" in at(result, "volume", "visceral_fat", "slab").caveats
    assert "metal" in at(result, "index", "muscle_mass_height_index", "slab").caveats
    assert "metal" not in at(result, "area", "visceral_fat").caveats
    (flag,) = [f for f in result.flags if f.code == "metal"]
    assert "other levels of the slab" in flag.message


def test_fat_shares_of_muscles_are_attenuation() -> None:
    result = composed(landmarks=marks(contrast_image="enhanced"))
    row = at(result, "share", "psoas_intramuscular_fat", "slab")
    assert "contrast_enhanced" in row.caveats
    assert "contrast_enhanced" not in at(result, "volume", "skeletal_muscle", "slab").caveats


def test_averaged_thin_slices_are_as_thick_as_they_became() -> None:
    thin = said(slice_thickness_mm=1.0)
    count, *plane = thin.grid.shape
    source = replace(thin.grid, shape=(count * 6, *plane))
    assert "slice_thickness_unusual" in codes(composed(thin))
    assert "slice_thickness_unusual" not in codes(composed(replace(thin, source_grid=source)))


# --- the phantom's faults, through DICOM and back --------------------------------------------

EXPECTED = {
    "": set(),
    "cut_fov": {"wall_cut", "subcutaneous_cut"},
    "contrast_missing": set(),
    "feet_first": set(),
    "unsigned": set(),
}


@pytest.mark.parametrize("fault", EXPECTED)
def test_faults_of_a_study_reach_body_composition(fault: str, tmp_path: Path) -> None:
    assert not fault or fault in {row.key for row in FAULTS}
    assert codes(composed(read_with(fault, tmp_path))) == EXPECTED[fault]


def test_a_scan_that_ends_in_l4_still_has_l3_and_says_what_is_missing(tmp_path: Path) -> None:
    volume = read_with("cut_bottom", tmp_path)
    bottom = float(volume.grid.slice_z_mm(0))
    truth = replace(phantom().truth, scan_z_mm=(phantom().truth.scan_z_mm[0], bottom))
    labels = labels_on(volume)
    result = compose(scan_of(volume, labels, truth.landmarks, truth.slab), person=PERSON)
    assert at(result, "index", "skeletal_muscle_index").status is Status.MEASURED
    assert at(result, "volume", "visceral_fat", "slab").status is Status.PARTIAL
    row = at(result, "area", "skeletal_muscle", "L5")
    assert row.value is None
    assert "below the scan" in row.reason
