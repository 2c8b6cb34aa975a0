"""Every area, index and volume against the phantom's formulas."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from scipy.special import ellipe

from myotome.measure import measure
from myotome.measure.compose import Composed, compose
from myotome.measure.levels import Choice
from myotome.nouns.measurement import Status
from myotome.nouns.person import Person
from myotome.nouns.volume import Volume
from myotome.phantom import Anatomy, Phantom, Recipe, render_recipe
from myotome.tables.composition import TISSUES
from myotome.tables.indices import INDICES

PERSON = Person(sex="M", height_cm=175.0, weight_kg=80.0)
BODY = Anatomy(body_scale=1.2, muscle_scale=(1.0,) * 6, intermuscular_fat_share=0.05)
PIXELS_MM = (0.65, 0.7, 0.75)
COARSER_MM = (0.7, 1.0, 1.5)
WITHIN = 0.01
L3_MM = BODY.level_z_mm("L3")
LAMA_SHARE = 0.25


@lru_cache(maxsize=3)
def one_slice(pixel_mm: float) -> Phantom:
    """Mid L3 alone, with the partial volume of a real scan."""
    recipe = Recipe(spacing_mm=(4.0, pixel_mm, pixel_mm), z_mm=(L3_MM + 2, L3_MM - 2))
    return render_recipe(BODY, recipe)


def pure(phantom: Phantom) -> Phantom:
    """The same body without partial volume: every voxel one tissue, a quarter of muscle fatty."""
    volume, labels = phantom.volume, phantom.segmentation
    rooms = labels.compartments
    assert rooms is not None
    muscle = (rooms == 2) & (volume.hu > -22)  # half-way between muscle (52) and wall fat (-95)
    fat = (rooms == 1) & (volume.hu > -175) & (volume.hu < -37)
    hu = np.select(
        [rooms == 0, muscle, rooms == 2, fat, rooms == 1, rooms == 3, rooms == 4],
        [-1000, 50, -95, -100, 40, volume.hu, 300],
        -860,
    ).astype(np.int16)
    places = np.flatnonzero(muscle)
    hu.reshape(-1)[places[:: round(1 / LAMA_SHARE)]] = 10
    made = Volume(hu=hu, grid=volume.grid, source_grid=volume.grid)
    return replace(phantom, volume=made)


def composed(phantom: Phantom, choice: Choice | None = None) -> Composed:
    truth = phantom.truth
    nouns = (phantom.volume, phantom.segmentation, truth.landmarks, truth.slab)
    known = measure(*nouns).measurements
    return compose(*nouns, person=PERSON, known=known, choice=choice)


def value(result: Composed, quantity: str, structure: str, level: str = "L3") -> float:
    (row,) = [
        m
        for m in result.measurements
        if (m.quantity, m.structure, m.side, m.level) == (quantity, structure, "both", level)
    ]
    assert row.value is not None, row.reason
    return row.value


def true_areas(phantom: Phantom) -> dict[str, float]:
    """Areas of tissues at mid L3, cm2, from formulas alone."""
    truth, share = phantom.truth, BODY.intermuscular_fat_share
    muscles = [n for n in truth.structure_names if truth.structure(n).muscle]
    inside = share * sum(truth.area_cm2(n, L3_MM) for n in muscles)
    muscle = truth.tissue_area_cm2("muscle", L3_MM) - inside
    imat = truth.tissue_area_cm2("wall_fat", L3_MM) + inside
    return {
        "skeletal_muscle": muscle,
        "intermuscular_fat": imat,
        "total_abdominal_muscle": muscle + imat,
        "subcutaneous_fat": truth.tissue_area_cm2("fat", L3_MM),
        "visceral_fat": truth.tissue_area_cm2("visceral_fat", L3_MM),
        "body": truth.area_cm2("skin", L3_MM),
        "psoas": sum(truth.area_cm2(f"psoas_{s}", L3_MM) for s in ("left", "right")),
    }


@pytest.mark.parametrize("pixel_mm", PIXELS_MM)
def test_areas_and_outline_are_within_one_percent(pixel_mm: float) -> None:
    phantom = one_slice(pixel_mm)
    result, truth = composed(phantom), true_areas(phantom)
    for structure in set(truth) - {"psoas"}:
        for quantity in ("area",) if structure == "body" else ("area", "mean_area"):
            got = value(result, quantity, structure)
            assert got == pytest.approx(truth[structure], rel=WITHIN), (quantity, structure)
    skin = phantom.truth.structure("skin").shape
    a, b = float(skin.a(np.asarray(L3_MM))), float(skin.b(np.asarray(L3_MM)))
    around_cm = 4 * a * ellipe(1 - (b / a) ** 2) / 10  # an ellipse is its own convex hull
    for quantity in ("perimeter", "circumference"):
        assert value(result, quantity, "body") == pytest.approx(around_cm, rel=0.005)


@pytest.mark.parametrize("pixel_mm", COARSER_MM)
def test_attenuation_classes_are_within_one_percent_without_partial_volume(pixel_mm: float) -> None:
    phantom = pure(one_slice(pixel_mm))
    result, truth = composed(phantom), true_areas(phantom)
    muscle = truth["skeletal_muscle"]
    for structure, wanted in (
        ("skeletal_muscle", muscle),
        ("low_attenuation_muscle", LAMA_SHARE * muscle),
        ("normal_attenuation_muscle", (1 - LAMA_SHARE) * muscle),
        ("intermuscular_fat", truth["intermuscular_fat"]),
        ("visceral_fat", truth["visceral_fat"]),
    ):
        assert value(result, "area", structure) == pytest.approx(wanted, rel=WITHIN), structure
    assert value(result, "mean_hu", "skeletal_muscle") == pytest.approx(40.0, abs=0.01)


@pytest.mark.parametrize("pixel_mm", COARSER_MM)
def test_every_index_is_within_one_percent(pixel_mm: float) -> None:
    phantom = pure(one_slice(pixel_mm))
    result, area = composed(phantom), true_areas(phantom)
    area["low_attenuation_muscle"] = LAMA_SHARE * area["skeletal_muscle"]
    area["normal_attenuation_muscle"] = (1 - LAMA_SHARE) * area["skeletal_muscle"]
    body = {"height_m": 1.75, "height_m2": 1.75**2, "bmi": 80 / 1.75**2, "": 1.0}
    tested = set()
    for row in INDICES:
        if {q for q, _ in (*row.of, *row.over)} != {"area"}:
            continue
        top = sum(area[s] for _, s in row.of)
        below = sum(area[s] for _, s in row.over) or 1.0
        wanted = row.scale * top / below / body[row.per]
        assert value(result, "index", row.key) == pytest.approx(wanted, rel=WITHIN), row.key
        assert value(result, "mean_index", row.key) == pytest.approx(wanted, rel=WITHIN), row.key
        tested.add(row.key)
    assert {"skeletal_muscle_index", "psoas_muscle_index"} <= tested
    # Mourtzakis 2008: FFM = 0.30 SMA + 6.06, FM = 0.042 adipose area + 11.2
    lean = 0.30 * area["skeletal_muscle"] + 6.06
    fat = area["subcutaneous_fat"] + area["visceral_fat"] + area["intermuscular_fat"]
    assert value(result, "estimate", "fat_free_mass") == pytest.approx(lean, rel=WITHIN)
    assert value(result, "estimate", "fat_mass") == pytest.approx(0.042 * fat + 11.2, rel=WITHIN)


def test_imac_is_the_ratio_of_mean_attenuations() -> None:
    result = composed(one_slice(0.75))
    wanted = value(result, "mean_hu", "erector_spinae") / value(
        result, "mean_hu", "subcutaneous_fat"
    )
    assert value(result, "index", "intramuscular_adipose_content") == pytest.approx(wanted)


@lru_cache(maxsize=1)
def some_slices() -> Phantom:
    """From L2 to L4, so that organs begin and end within."""
    z = (BODY.level_z_mm("L2"), BODY.level_z_mm("L4"))
    return render_recipe(BODY, Recipe(spacing_mm=(5.0, 0.9, 0.9), z_mm=z))


def true_volumes(phantom: Phantom) -> dict[str, float]:
    truth, share = phantom.truth, BODY.intermuscular_fat_share
    high, low = truth.slab_z_mm
    inside = share * sum(truth.volumes_ml.values())
    return {
        "skeletal_muscle": truth.tissue_volume_ml("muscle", low, high) - inside,
        "intermuscular_fat": truth.tissue_volume_ml("wall_fat", low, high) + inside,
        "subcutaneous_fat": truth.tissue_volume_ml("fat", low, high),
        "visceral_fat": truth.tissue_volume_ml("visceral_fat", low, high),
    }


def test_volumes_are_within_one_percent() -> None:
    phantom = some_slices()
    wide = composed(phantom, Choice(visceral_window="visceral_fat_wide"))
    truth = true_volumes(phantom)
    for structure in ("intermuscular_fat", "subcutaneous_fat", "visceral_fat"):
        got = value(wide, "volume", structure, "slab")
        assert got == pytest.approx(truth[structure], rel=WITHIN), structure
    crisp = composed(pure(phantom))
    got = value(crisp, "volume", "skeletal_muscle", "slab")
    assert got == pytest.approx(truth["skeletal_muscle"], rel=WITHIN)


def test_the_narrower_window_of_visceral_fat_finds_less_and_is_named() -> None:
    phantom = some_slices()
    narrow, wide = composed(phantom), composed(phantom, Choice(visceral_window="visceral_fat_wide"))
    for quantity, level in (("area", "L3"), ("volume", "slab"), ("mean_area", "L3")):
        assert value(narrow, quantity, "visceral_fat", level) < value(
            wide, quantity, "visceral_fat", level
        )
    for result, words in ((narrow, "-150..-50 HU"), (wide, "-190..-30 HU")):
        rows = [m for m in result.measurements if "visceral" in m.structure]
        assert rows
        assert all(words in m.definition for m in rows)


def test_a_slab_cut_by_the_scan_gives_partial_volumes_and_a_whole_one_does_not() -> None:
    phantom = some_slices()
    rows = [m for m in composed(phantom).measurements if m.quantity == "volume"]
    assert {m.status for m in rows} == {Status.PARTIAL}
    truth = phantom.truth
    slab = replace(truth.slab, superior_found=True, inferior_found=True)
    whole = compose(phantom.volume, phantom.segmentation, truth.landmarks, slab)
    rows = [m for m in whole.measurements if m.quantity == "volume"]
    assert {m.status for m in rows} == {Status.MEASURED}
    assert {m.structure for m in rows} == {t.key for t in TISSUES}


def test_slices_add_up_to_the_volume() -> None:
    phantom = some_slices()
    result = composed(phantom)
    of = [s.area_cm2 for s in result.slice_areas if s.structure == "subcutaneous_fat"]
    assert len(of) == phantom.volume.grid.shape[0]
    assert sum(of) * 0.5 == pytest.approx(value(result, "volume", "subcutaneous_fat", "slab"))
