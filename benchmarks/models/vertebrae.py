"""How well vertebrae are found on scans that a network never saw, whole and in variants.

``python -m benchmarks.models.vertebrae DATA FOLDS OUT``: every folder in FOLDS holds a network
that ``scripts/train_vertebrae.py --without`` trained, and is named by the scans it left out,
joined by "+". OUT gets one JSON row per run.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from myotome.errors import AnatomyError
from myotome.locate.find import locate
from myotome.nets.infer import Engine
from myotome.nets.model import load
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import Volume
from myotome.train.vertebrae.cases import read_ct
from myotome.train.vertebrae.points import Vertebra, read_points

HU, NOISE_HU = 40, 30.0
THICK_MM = (1.0, 2.0, 5.0, 8.0)
CROPS = {
    "without the lowest 30 %": (0.3, 1.0),
    "without the lowest 50 %": (0.5, 1.0),
    "without the highest 30 %": (0.0, 0.7),
    "without the highest 50 %": (0.0, 0.5),
    "the middle 60 %": (0.2, 0.8),
}
STACKS_MM = (60.0, 90.0)
SHORTEST_MM = 110.0
ROLLED_DEG, SIZE, FIELD_MM = 10.0, 0.9, 240.0
ROD_MM, ROD_APART_MM, ROD_BEHIND_MM, ROD_HU, STREAK_HU = 3.0, 36.0, 30.0, 3000, 60.0
SEED = 7


def variants(volume: Volume, known: dict[str, Vertebra]) -> Iterator[tuple[str, Volume]]:
    """The scan and what may become of it: (name, volume)."""
    hu, grid = volume.hu, volume.grid
    rng = np.random.default_rng(SEED)
    yield "whole", volume
    for shift in (HU, -HU):
        yield f"{shift:+d} HU", _of(np.clip(hu.astype(np.int32) + shift, -1024, 3000), grid)
    yield "noise 30 HU", _of(np.clip(hu + rng.normal(0, NOISE_HU, hu.shape), -1024, 3000), grid)
    for mm in THICK_MM:
        resliced = _resliced(volume, mm)
        if resliced is not None:
            yield f"{mm:g} mm slices", resliced
    count, step = grid.shape[0], grid.spacing_mm[0]
    yield f"rolled by {ROLLED_DEG:g} degrees", _rolled(volume)
    yield f"{SIZE:g} of the size", _of(hu, _scaled(grid, SIZE))
    yield f"a field of {FIELD_MM:g} mm", _narrow(volume, known)
    yield "metal rods from L2 downwards", _metal(volume, known, rng)
    for name, (low, high) in CROPS.items():
        if (high - low) * count * step >= SHORTEST_MM:
            yield name, _part(volume, round(low * count), round(high * count))
    for level in ("L3", "L1"):
        if level in known and known[level].whole:
            for mm in STACKS_MM:
                ends = [grid.z_to_k(known[level].centre_mm[2] + side * mm / 2) for side in (-1, 1)]
                if ends[0] >= 0 and ends[1] <= count - 1:
                    part = _part(volume, int(np.ceil(ends[0])), int(ends[1]) + 1)
                    yield f"{mm:g} mm around {level}", part


def moved(name: str, known: dict[str, Vertebra]) -> dict[str, Vertebra]:
    """Where the vertebrae are in a variant: only another size moves them."""
    if not name.endswith("of the size"):
        return known
    return {key: _resized(vertebra, SIZE) for key, vertebra in known.items()}


def _resized(vertebra: Vertebra, size: float) -> Vertebra:
    def there(z_mm: float | None) -> float | None:
        return None if z_mm is None else z_mm * size

    x, y, z = vertebra.centre_mm
    return replace(
        vertebra,
        centre_mm=(x * size, y * size, z * size),
        superior_z_mm=there(vertebra.superior_z_mm),
        inferior_z_mm=there(vertebra.inferior_z_mm),
    )


def _scaled(grid: Grid, size: float) -> Grid:
    return Grid.from_matrix(grid.shape, np.diag([size, size, size, 1.0]) @ grid.matrix)


def _rolled(volume: Volume) -> Volume:
    """The body turned about its long axis; the spine stays within a vertebra's width."""
    hu = ndimage.rotate(
        volume.hu.astype(np.float32), ROLLED_DEG, axes=(1, 2), reshape=False, order=1, cval=-1024
    )
    return _of(hu, volume.grid)


def _narrow(volume: Volume, known: dict[str, Vertebra]) -> Volume:
    """Air outside a small circle around the spine's front, as of a reconstruction on the spine."""
    j, i = _spine_ji(volume, known)
    _, dj, di = volume.grid.spacing_mm
    rows, columns = np.ogrid[: volume.grid.shape[1], : volume.grid.shape[2]]
    away = np.hypot((rows - j) * dj + FIELD_MM / 6, (columns - i) * di)
    return _of(np.where(away < FIELD_MM / 2, volume.hu, -1024), volume.grid)


def _metal(volume: Volume, known: dict[str, Vertebra], rng: np.random.Generator) -> Volume:
    """Two rods behind the lumbar bodies, and streaks across the slices that they are in."""
    hu, grid = volume.hu.astype(np.float32), volume.grid
    _, dj, di = grid.spacing_mm
    rows, columns = np.ogrid[: grid.shape[1], : grid.shape[2]]
    for vertebra in known.values():
        if vertebra.name not in ("L2", "L3", "L4", "L5"):
            continue
        low, high = (int(np.clip(grid.z_to_k(z), 0, grid.shape[0])) for z in vertebra.ends_mm)
        _, j, i = grid.to_index(vertebra.centre_mm)
        j += ROD_BEHIND_MM / dj
        streaks = STREAK_HU * rng.normal(0, 1, (high - low, grid.shape[1], 1))
        hu[low:high] += np.where(np.abs(rows - j)[None] * dj < 2 * ROD_BEHIND_MM, streaks, 0)
        for side in (-1, 1):
            at = i + side * ROD_APART_MM / 2 / di
            rod = np.hypot((rows - j) * dj, (columns - at) * di) < ROD_MM
            hu[low:high, rod] = ROD_HU
    return _of(np.clip(hu, -1024, 3000), grid)


def _spine_ji(volume: Volume, known: dict[str, Vertebra]) -> tuple[float, float]:
    at = np.mean([volume.grid.to_index(v.centre_mm)[1:] for v in known.values()], axis=0)
    return float(at[0]), float(at[1])


def run(volume: Volume, engines: tuple[Engine, Engine], known: dict[str, Vertebra]) -> dict:
    """What came of one run: error of every middle (None: not in view), confidence, flags."""
    try:
        found = locate(volume, *engines)
    except AnatomyError as error:
        return {"refused": str(error)}
    errors: dict[str, float | None] = {}
    low, high = volume.grid.faces_z_mm
    for name, level in found.levels.items():
        if level.mid_z_mm is None:
            continue
        truth = known[name].centre_mm[2] if name in known else None
        errors[name] = None if truth is None else round(level.mid_z_mm - truth, 2)
    whole = [
        n for n, v in known.items()
        if v.whole and low <= v.ends_mm[0] and v.ends_mm[1] <= high
    ]  # fmt: skip
    return {
        "errors": errors,
        "confidence": {name: found.levels[name].confidence for name in errors},
        "flags": sorted({flag.code for flag in found.flags}),
        "in_view": whole,
    }


def _of(hu: np.ndarray, grid: Grid) -> Volume:
    return Volume(hu=hu.astype(np.int16), grid=grid, source_grid=grid)


def _part(volume: Volume, start: int, stop: int) -> Volume:
    return _of(volume.hu[start:stop].copy(), volume.grid.crop_k(start, stop))


def _resliced(volume: Volume, mm: float) -> Volume | None:
    """Slices of another thickness; None where the scan has them already, or thicker ones."""
    grid, step = volume.grid, volume.grid.spacing_mm[0]
    if abs(mm - step) < 0.4 or 1.0 < mm < step:
        return None
    hu = volume.hu.astype(np.float32)
    if mm > step:
        hu = ndimage.uniform_filter1d(hu, max(1, round(mm / step)), axis=0, mode="nearest")
    place = np.arange(0, grid.shape[0] - 1 + 1e-6, mm / step)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, grid.shape[0] - 1)
    part = (place - low)[:, None, None].astype(np.float32)
    matrix = grid.matrix
    matrix[:3, 2] *= mm / step
    shown = hu[low] * (1 - part) + hu[high] * part
    return _of(shown, Grid.from_matrix(shown.shape, matrix))


def main(data: Path, folds: Path, out: Path) -> None:
    """Every fold, scan and variant."""
    coarse = Engine(load("landmarks"), threads=1)
    rows: list[dict[str, Any]] = []
    for fold in sorted(path for path in folds.iterdir() if "+" in path.name):
        engines = (coarse, Engine(load("vertebrae", fold), threads=1))
        for scan in fold.name.split("+"):
            points = data / "vertebrae" / f"{scan}.json"
            known = {vertebra.name: vertebra for vertebra in read_points(points)}
            for name, volume in variants(read_ct(data, points), known):
                there = moved(name, known)
                rows.append({"scan": scan, "variant": name, **run(volume, engines, there)})
            print(scan, len(rows), flush=True)
    out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*(Path(word) for word in sys.argv[1:4]))
