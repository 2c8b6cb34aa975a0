"""Sizes and places of images changed: spacing, positions, orientation, in one file or all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pydicom
from numpy.random import Generator

from benchmarks.mutations.kind import Done, Kind, Target, share_words, some_of
from benchmarks.mutations.values import WITHIN
from myotome.read.quiet import quiet

Datasets = list[pydicom.Dataset]
BODY = "a body of that size can be, and every file says the same"


def _factor(rng: Generator) -> float:
    return float(rng.choice([0.1, 0.5, 0.8, 0.9, 0.97, 1.03, 1.1, 1.25, 2, 10]))


def _spacing(some: Datasets, rng: Generator) -> str:
    factor = _factor(rng)
    for ds in some:
        ds.PixelSpacing = [float(v) * factor for v in ds.PixelSpacing]
    return f"pixel spacing times {factor:g}"


def _one_side(some: Datasets, rng: Generator) -> str:
    factor, side = _factor(rng), int(rng.integers(2))
    for ds in some:
        sizes = [float(v) for v in ds.PixelSpacing]
        sizes[side] *= factor
        ds.PixelSpacing = sizes
    return f"one side of pixels times {factor:g}"


def _step(some: Datasets, rng: Generator) -> str:
    factor = _factor(rng)
    for ds in some:
        place = [float(v) for v in ds.ImagePositionPatient]
        ds.ImagePositionPatient = [*place[:2], round(place[2] * factor, 4)]
    return f"z times {factor:g}"


def _upside_down(some: Datasets, rng: Generator) -> str:
    del rng
    for ds in some:
        place = [float(v) for v in ds.ImagePositionPatient]
        ds.ImagePositionPatient = [*place[:2], -place[2]]
    return "z times -1"


def _moved(some: Datasets, rng: Generator) -> str:
    axis, mm = int(rng.integers(3)), float(rng.choice([-200, -30, -8, -3, 3, 8, 30, 200]))
    for ds in some:
        place = [float(v) for v in ds.ImagePositionPatient]
        place[axis] += mm
        ds.ImagePositionPatient = place
    return f"moved by {mm:g} mm along {'xyz'[axis]}"


def _jitter(some: Datasets, rng: Generator) -> str:
    mm = float(rng.choice([0.01, 0.3, 2, 10]))
    for ds in some:
        place = np.asarray(ds.ImagePositionPatient, float) + rng.normal(0, mm, 3)
        ds.ImagePositionPatient = [round(float(v), 3) for v in place]
    return f"positions trembling by {mm:g} mm"


def _cosines(some: Datasets, rng: Generator) -> str:
    cosines = {
        "mirrored": [-1, 0, 0, 0, 1, 0],
        "front to back": [1, 0, 0, 0, -1, 0],
        "prone": [-1, 0, 0, 0, -1, 0],
        "coronal": [1, 0, 0, 0, 0, -1],
        "sagittal": [0, 1, 0, 0, 0, -1],
        "turned": [0, 1, 0, -1, 0, 0],
        "exchanged": [0, 1, 0, 1, 0, 0],
        "tilted": [1, 0, 0, 0, 0.9703, 0.2419],
        "long": [2, 0, 0, 0, 2, 0],
        "parallel": [1, 0, 0, 1, 0, 0],
        "zero": [0, 0, 0, 0, 0, 0],
    }
    name = str(rng.choice(list(cosines)))
    for ds in some:
        ds.ImageOrientationPatient = cosines[name]
    return f"orientation {name}"


def _one_place(some: Datasets, rng: Generator) -> str:
    del rng
    for ds in some:
        ds.ImagePositionPatient = some[0].ImagePositionPatient
    return "all at one position"


def _exchanged(some: Datasets, rng: Generator) -> str:
    places = [list(ds.ImagePositionPatient) for ds in some]
    for ds, n in zip(some, rng.permutation(len(some)), strict=True):
        ds.ImagePositionPatient = places[int(n)]
    return "positions exchanged"


def _thickness(some: Datasets, rng: Generator) -> str:
    factor = _factor(rng)
    for ds in some:
        ds.SliceThickness = float(ds.SliceThickness) * factor
    return f"slice thickness times {factor:g}"


def _diameter(some: Datasets, rng: Generator) -> str:
    factor = _factor(rng)
    for ds in some:
        ds.PixelSpacing = [float(v) * factor for v in ds.PixelSpacing]
        ds.ReconstructionDiameter = float(ds.ReconstructionDiameter) * factor
    return f"pixel spacing and diameter times {factor:g}"


def _rescale(some: Datasets, rng: Generator) -> str:
    slope = float(rng.choice([0, 0.5, 0.9, 1, 1.1, 2, -1]))
    add = float(rng.choice([-1024, -100, -10, -1, 0, 1, 10, 100, 1024]))
    for ds in some:
        ds.RescaleSlope = float(ds.RescaleSlope) * slope
        ds.RescaleIntercept = float(ds.RescaleIntercept) + add
    return f"slope times {slope:g}, intercept {add:+g}"


def _size(some: Datasets, rng: Generator) -> str:
    way = str(rng.choice(["transposed", "halved", "rows doubled"]))
    for ds in some:
        rows, columns = int(ds.Rows), int(ds.Columns)
        if way == "transposed":
            ds.Rows, ds.Columns = rows // 2, columns * 2
        elif way == "halved":
            ds.Rows, ds.Columns = rows // 2, columns
            ds.PixelData = ds.PixelData[: len(ds.PixelData) // 2]
        else:
            ds.Rows = rows * 2
    return f"rows and columns {way}"


def _spoil(target: Target, rng: Generator, *, change: Callable[..., str], key: str) -> Done:
    files = [path for path in target.files() if path.name != "DICOMDIR"]
    chosen = some_of(files, rng)
    if rng.random() < 0.5:
        chosen = files
    with quiet():
        read = [pydicom.dcmread(path) for path in chosen]
        words = change(read, rng)
        for path, ds in zip(chosen, read, strict=True):
            ds.save_as(path, enforce_file_format=False)
    alike = len(chosen) == len(files)
    return Done(
        words=f"{words}: {share_words(chosen, files)}",
        undetectable=FREE.get(key, FREE.get(words, "")) if alike else "",
    )


FREE = {
    "diameter": BODY,
    **{f"z times {factor:g}": BODY for factor in (0.9, 0.97, 1.03, 1.1)},
    **{f"slope times 1, intercept {add:+g}": WITHIN for add in (-10, -1, 1, 10)},
}
"""By kind or words: what leaves nothing to hold against, where every file has it, and why."""

_CHANGES: tuple[tuple[str, Callable[..., str]], ...] = (
    ("spacing", _spacing),
    ("pixel_side", _one_side),
    ("step", _step),
    ("upside_down", _upside_down),
    ("moved", _moved),
    ("jitter", _jitter),
    ("orientation", _cosines),
    ("one_place", _one_place),
    ("exchanged", _exchanged),
    ("thickness", _thickness),
    ("diameter", _diameter),
    ("rescale", _rescale),
    ("size", _size),
)

KINDS = tuple(
    Kind(key=f"place_{key}", needs="stack", make=partial(_spoil, change=change, key=key))
    for key, change in _CHANGES
)
