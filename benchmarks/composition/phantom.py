"""Body composition of the phantom beside the formulas it is made of.

Truth: every outline of the phantom is a superellipse, a tapered ring sector or a cut ellipse with
a closed-form area (``myotome.phantom.body.shapes``); an area of tissue is the signed sum of the
parts of that tissue less what lies inside them, a volume its integral along z. No voxel is counted.
Inside each of the 12 muscles a known share of voxels is fat, and a known share of the rest of all
muscle is of low attenuation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.special import ellipe

from myotome.locate.level_slices import scan_of
from myotome.measure import measure
from myotome.measure.composition.levels import Choice
from myotome.measure.composition.measure import compose
from myotome.nouns.numbers.measured import Measured
from myotome.nouns.numbers.measurement import Measurement
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.person import Person
from myotome.phantom import Anatomy, Phantom, Recipe, Truth, render_recipe
from myotome.phantom.render import _Painter
from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.quantities.hu_windows import MUSCLE_DENSITY_G_PER_ML

PERSON = Person(sex="M", height_cm=175.0, weight_kg=80.0)
SHARE, LAMA_SHARE = 0.05, 0.25
BODY = Anatomy(body_scale=1.2, muscle_scale=(1.0,) * 6, intermuscular_fat_share=SHARE)
PIXELS_MM = (0.6, 0.8, 1.0)
SLICE_MM, SLAB_SLICE_MM = 4.0, 2.5
L3_MM = BODY.level_z_mm("L3")
FAT_HU, NORMAL_HU, LOW_HU = -95, 50, 10
_TISSUE_HU = {
    "skin": 20, "fat": -105, "wall_fat": FAT_HU, "visceral_fat": -100, "muscle": NORMAL_HU,
    "lung": -860, "gas": -950, "bowel": 25, "bowel_wall": 32,
}  # fmt: skip
_BONES = ("cortical", "cancellous", "rib", "arch", "canal", "disc")

Key = tuple[str, str, str]
"""(quantity, structure, level), both sides together."""


class Row(NamedTuple):
    """One number of one rendering; ``image`` is "crisp" or "partial volume"."""

    pixel_mm: float
    image: str
    quantity: str
    structure: str
    level: str
    unit: str
    measured: float
    truth: float


def one_slice(pixel_mm: float) -> Phantom:
    """Mid L3 alone, with the partial volume of a real scan."""
    half = SLICE_MM / 2
    recipe = Recipe(spacing_mm=(SLICE_MM, pixel_mm, pixel_mm), z_mm=(L3_MM + half, L3_MM - half))
    return render_recipe(BODY, recipe)


def slab(pixel_mm: float) -> Phantom:
    """From the lung base to L5, with 10 mm on either side."""
    near = replace(BODY, above_lung_mm=10.0, below_l5_mm=10.0)
    return render_recipe(near, Recipe(spacing_mm=(SLAB_SLICE_MM, pixel_mm, pixel_mm)))


def between(upper: str, lower: str, pixel_mm: float, slice_mm: float) -> Phantom:
    """From the middle of one level to that of another: less to render than the slab."""
    z = (BODY.level_z_mm(upper), BODY.level_z_mm(lower))
    return render_recipe(BODY, Recipe(spacing_mm=(slice_mm, pixel_mm, pixel_mm), z_mm=z))


def crisp(phantom: Phantom) -> Phantom:
    """The same body without partial volume: each voxel is the part that fills half of it or more.

    The labels stay those of the phantom. A share of each muscle is fat, a quarter of the rest of
    all muscle is of low attenuation.
    """
    grid, labels = phantom.volume.grid, phantom.segmentation.labels
    painter = _Painter(phantom.anatomy, phantom.recipe, grid)
    hu = np.full(grid.shape, -1000, np.int16)
    muscle = np.zeros(grid.shape, np.bool_)
    for k in range(grid.shape[0]):
        for part in painter.parts:
            found = painter._coverage(part, k)
            if found is None:
                continue
            window, cover = found
            value = 300 if part.tissue in _BONES else _TISSUE_HU.get(part.tissue, 45)
            hu[k][window][cover >= 0.5] = value
            muscle[k][window][cover >= 0.5] = part.tissue == "muscle"
    muscle |= labels > 0
    hu[muscle] = NORMAL_HU
    for value in range(1, int(labels.max()) + 1):
        own = np.flatnonzero(labels == value)
        hu.reshape(-1)[own[:: round(1 / SHARE)]] = FAT_HU
    lean = np.flatnonzero(muscle & (hu == NORMAL_HU))
    hu.reshape(-1)[lean[:: round(1 / LAMA_SHARE)]] = LOW_HU
    made = Volume(hu=hu, grid=grid, source_grid=grid)
    return replace(phantom, volume=made)


def composed(phantom: Phantom, window: str = "visceral_fat") -> dict[Key, Measurement]:
    """What is measured with the phantom's own labels and compartments; values alone."""
    known, result = both(phantom, window)
    rows = (*known, *result.measurements)
    return {
        (m.quantity, m.structure, m.level): m
        for m in rows
        if m.side == "both" and m.value is not None
    }


def both(phantom: Phantom, window: str) -> tuple[tuple[Measurement, ...], Measured]:
    """The muscles' own measurements, and body composition."""
    nouns = (
        phantom.volume,
        phantom.segmentation,
        phantom.truth.landmarks,
        phantom.truth.slab,
    )
    known = measure(scan_of(*nouns)).measurements
    choice = Choice(visceral_window=window)
    return known, compose(scan_of(*nouns), person=PERSON, known=known, choice=choice)


def slice_truth(truth: Truth) -> dict[Key, float]:
    """Areas (cm2), attenuation (HU, of the crisp image), outline (cm) and indices at mid L3."""
    muscles = [n for n in truth.structure_names if truth.structure(n).muscle]
    inside = SHARE * sum(truth.area_cm2(n, L3_MM) for n in muscles)
    sma = truth.tissue_area_cm2("muscle", L3_MM) - inside
    imat = truth.tissue_area_cm2("wall_fat", L3_MM) + inside
    area = {
        "skeletal_muscle": sma,
        "normal_attenuation_muscle": (1 - LAMA_SHARE) * sma,
        "low_attenuation_muscle": LAMA_SHARE * sma,
        "intermuscular_fat": imat,
        "total_abdominal_muscle": sma + imat,
        "subcutaneous_fat": truth.tissue_area_cm2("fat", L3_MM),
        "visceral_fat": truth.tissue_area_cm2("visceral_fat", L3_MM),
        "body": truth.area_cm2("skin", L3_MM),
        "psoas": sum(truth.area_cm2(f"psoas_{s}", L3_MM) for s in ("left", "right")),
    }
    mean = (1 - LAMA_SHARE) * NORMAL_HU + LAMA_SHARE * LOW_HU
    hu = {
        "skeletal_muscle": mean,
        "normal_attenuation_muscle": NORMAL_HU,
        "low_attenuation_muscle": LOW_HU,
        "intermuscular_fat": FAT_HU,
        "total_abdominal_muscle": (sma * mean + imat * FAT_HU) / (sma + imat),
        "subcutaneous_fat": -105,
        "visceral_fat": -100,
        "erector_spinae": (1 - SHARE) * mean + SHARE * FAT_HU,
    }
    out = {("area", key, "L3"): value for key, value in area.items()}
    out |= {("mean_hu", key, "L3"): float(value) for key, value in hu.items()}
    skin = truth.structure("skin").shape
    a, b = float(skin.a(np.asarray(L3_MM))), float(skin.b(np.asarray(L3_MM)))
    # The perimeter of an ellipse, a >= b; it is its own convex hull.
    around_cm = 4 * a * float(ellipe(1 - (b / a) ** 2)) / 10
    out |= {(q, "body", "L3"): around_cm for q in ("perimeter", "circumference")}
    return out | _slice_indices(area, hu)


def _slice_indices(area: dict[str, float], hu: dict[str, float]) -> dict[Key, float]:
    """Every index of one slice, each written out: sizes in m and kg/m2, areas in cm2."""
    height, bmi = 1.75, 80 / 1.75**2
    sma, tama = area["skeletal_muscle"], area["total_abdominal_muscle"]
    nama, lama = area["normal_attenuation_muscle"], area["low_attenuation_muscle"]
    sat, vat, imat = (area[k] for k in ("subcutaneous_fat", "visceral_fat", "intermuscular_fat"))
    values = {
        "skeletal_muscle_index": sma / height**2,
        "skeletal_muscle_height_index": sma / height,
        "skeletal_muscle_bmi_index": sma / bmi,
        "normal_attenuation_muscle_bmi_index": nama / bmi,
        "low_attenuation_muscle_bmi_index": lama / bmi,
        "normal_attenuation_share_of_tama": 100 * nama / tama,
        "intermuscular_fat_share_of_tama": 100 * imat / tama,
        "total_abdominal_muscle_index": tama / height**2,
        "psoas_muscle_index": area["psoas"] / height**2,
        "intramuscular_adipose_content": hu["erector_spinae"] / hu["subcutaneous_fat"],
        "visceral_to_subcutaneous_ratio": vat / sat,
    }
    out: dict[Key, float] = {("index", key, "L3"): value for key, value in values.items()}
    # Mourtzakis 2008: FFM = 0.30 SMA + 6.06, FM = 0.042 adipose area + 11.2
    out["estimate", "fat_free_mass", "L3"] = 0.30 * sma + 6.06
    out["estimate", "fat_mass", "L3"] = 0.042 * (sat + vat + imat) + 11.2
    return out


def slab_truth(truth: Truth) -> dict[Key, float]:
    """Volumes (ml) and what is made of them, between lung base and L5 as far as scanned."""
    high, low = truth.slab_z_mm
    twelve = sum(truth.volumes_ml.values())
    muscle = truth.tissue_volume_ml("muscle", low, high) - SHARE * twelve
    imat = truth.tissue_volume_ml("wall_fat", low, high) + SHARE * twelve
    volume = {
        "skeletal_muscle": muscle,
        "normal_attenuation_muscle": (1 - LAMA_SHARE) * muscle,
        "low_attenuation_muscle": LAMA_SHARE * muscle,
        "intermuscular_fat": imat,
        "total_abdominal_muscle": muscle + imat,
        "subcutaneous_fat": truth.tissue_volume_ml("fat", low, high),
        "visceral_fat": truth.tissue_volume_ml("visceral_fat", low, high),
    }
    bmi, gross = 80 / 1.75**2, MUSCLE_DENSITY_G_PER_ML * twelve
    lean = (1 - SHARE) * gross
    out: dict[Key, float] = {("volume", key, "slab"): value for key, value in volume.items()}
    out |= {
        ("index", "muscle_mass_height_index", "slab"): gross / 1.75**2,
        ("index", "muscle_mass_bmi_index", "slab"): gross / bmi,
        ("index", "lean_muscle_mass_height_index", "slab"): lean / 1.75**2,
        ("index", "lean_muscle_mass_bmi_index", "slab"): lean / bmi,
        ("index", "visceral_to_subcutaneous_volume_ratio", "slab"): volume["visceral_fat"]
        / volume["subcutaneous_fat"],
    }
    there = [
        g.key
        for g in GROUPS
        if all(truth.volumes_ml[f"{g.key}_{s}"] > 0 for s in ("left", "right"))
    ]
    return out | {("share", f"{key}_intramuscular_fat", "slab"): 100 * SHARE for key in there}


def rows() -> Iterator[Row]:
    """Every number at every pixel size, in the crisp image and with partial volume."""
    for pixel_mm in PIXELS_MM:
        for made, formulas in ((one_slice(pixel_mm), slice_truth), (slab(pixel_mm), slab_truth)):
            truth = formulas(made.truth)
            yield from _compared(pixel_mm, "crisp", composed(crisp(made)), truth)
            plain = {k: v for k, v in truth.items() if k[:2] in AREAS_AND_VOLUMES}
            yield from _compared(pixel_mm, "partial volume", composed(made, WIDE), plain)


WIDE = "visceral_fat_wide"
AREAS_AND_VOLUMES = {
    (quantity, key)
    for quantity in ("area", "volume")
    for key in (
        "skeletal_muscle",
        "intermuscular_fat",
        "total_abdominal_muscle",
        "subcutaneous_fat",
        "visceral_fat",
        "body",
    )
} | {(q, "body") for q in ("perimeter", "circumference")}
"""What does not depend on attenuation classes, which mixed voxels fall into."""


def _compared(
    pixel_mm: float, image: str, found: dict[Key, Measurement], truth: dict[Key, float]
) -> Iterator[Row]:
    for key, wanted in truth.items():
        row = found[key]
        if row.value is not None:
            yield Row(pixel_mm, image, *key, row.unit, row.value, wanted)
