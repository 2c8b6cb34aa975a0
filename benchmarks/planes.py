"""How well the slab's two planes are hit, whole and re-sliced, against two readings of each.

``python -m benchmarks.planes DATA FOLDS OUT``: FOLDS as for ``benchmarks.models.vertebrae``. The
networks had not seen the scan. OUT gets one JSON row per scan and thickness. An endplate is
compared with that of the body it lies at, whatever name that got: names are another matter.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.models.levels import reference_levels
from myotome.locate.bodies.find import find_bodies
from myotome.locate.bodies.levels import Found
from myotome.locate.coarse import coarse_view, probabilities
from myotome.locate.endplate import LOWEST, inferior_endplate_z_mm
from myotome.locate.lungs import lung_base
from myotome.locate.spine import through_bodies, trace
from myotome.locate.vertebrae import label_stretches, middles
from myotome.nets.infer import Engine
from myotome.nets.model import load
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import Volume
from myotome.train.vertebrae.cases import read_ct
from myotome.train.vertebrae.points import Vertebra, read_points

THICK_MM = (None, 1.0, 2.0, 3.0, 5.0)
READ_ON_MM: Mapping[str, float] = {"hcc_006": 2.5, "hcc_048": 2.5}
"""Scans whose points were read on thinner slices than the data folder holds."""

_SAME_MM = 12.0


def resliced(volume: Volume, mm: float | None) -> Volume:
    """Slices of another thickness: means over what each covers, linear where they are thinner."""
    grid = volume.grid
    step = grid.spacing_mm[0]
    if mm is None:
        return volume
    low, high = grid.faces_z_mm
    count = int((high - low + 1e-6) // mm)
    centres = low + mm * (np.arange(count) + 0.5)
    own = np.asarray(grid.slice_z_mm(np.arange(grid.shape[0])))
    if mm >= step:
        top = np.minimum.outer(centres + mm / 2, own + step / 2)
        bottom = np.maximum.outer(centres - mm / 2, own - step / 2)
        weights = np.clip(top - bottom, 0.0, None)
    else:
        weights = np.clip(1 - np.abs(np.clip(centres, own[0], own[-1])[:, None] - own) / step, 0, 1)
    weights = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    hu = np.tensordot(weights, volume.hu.astype(np.float32), axes=(1, 0))
    matrix = grid.matrix
    matrix[:3, 2] *= mm / step
    matrix[:3, 3] += grid.matrix[:3, 2] * (grid.z_to_k(centres[0]))
    made = Grid.from_matrix(hu.shape, matrix)
    return Volume(hu=np.rint(hu).astype(np.int16), grid=made, source_grid=made)


def readings(data: Path, scan: str, points: Path, step_mm: float) -> dict[str, list[float | None]]:
    """The two readings of each plane: that of the vertebra points, that of the case's labels."""
    document = json.loads(points.read_text(encoding="utf-8"))
    case = reference_levels(data / "cases" / scan)
    known = {vertebra.name: vertebra for vertebra in read_points(points)}
    lowest = known.get(LOWEST)
    first = None if lowest is None else lowest.inferior_z_mm
    base, half = document["lung_base_z_mm"], READ_ON_MM.get(scan, step_mm) / 2
    other = case.get("lung_base")
    return {
        "lung_base": [
            None if base is None else base - half,
            None if other is None else other - step_mm / 2,
        ],
        "l5_end": [first, case.get(f"{LOWEST}_inferior")],
    }


def planes(
    volume: Volume, engines: tuple[Engine, Engine], known: Mapping[str, Vertebra]
) -> dict[str, float | None]:
    """Both planes as the locate stage finds them, the lower one before it is read again too."""
    view = coarse_view(volume)
    probability = probabilities(view, engines[0])
    spine = trace(view, probability)
    if spine is None:
        return {}
    organs = middles(spine, label_stretches(spine))
    spine = through_bodies(spine, view, probability, organs)
    l3 = known.get("L3")
    base, _, _ = lung_base(volume, view, probability, None if l3 is None else l3.centre_mm[2])
    found = find_bodies(volume, spine, engines[1], organs)
    counted = None if found is None else _counted(found, known.get(LOWEST))
    again = None if counted is None else inferior_endplate_z_mm(volume, spine, counted)
    return {"lung_base": base, "L5_counted": counted, "l5_end": again}


def _counted(found: Found, lowest: Vertebra | None) -> float | None:
    """Where the counting network sees the inferior endplate of the body that is L5."""
    if lowest is None or lowest.inferior_z_mm is None:
        return None
    body = min(found.bodies, key=lambda body: abs(body.mid_z_mm - lowest.centre_mm[2]))
    return body.inferior_z_mm if abs(body.mid_z_mm - lowest.centre_mm[2]) < _SAME_MM else None


def main(data: Path, folds: Path, out: Path) -> None:
    """Every fold, scan and thickness."""
    coarse = Engine(load("landmarks"), threads=1)
    rows: list[dict[str, Any]] = []
    for fold in sorted(path for path in folds.iterdir() if "+" in path.name):
        engines = (coarse, Engine(load("vertebrae", fold), threads=1))
        for scan in fold.name.split("+"):
            points = data / "vertebrae" / f"{scan}.json"
            known = {vertebra.name: vertebra for vertebra in read_points(points)}
            whole = read_ct(data, points)
            step = whole.grid.spacing_mm[0]
            read = readings(data, scan, points, step)
            for mm in THICK_MM:
                found = planes(resliced(whole, mm), engines, known)
                rows.append(
                    {
                        "scan": scan,
                        "own_mm": round(step, 2),
                        "slices_mm": mm,
                        "read": read,
                        "found": {k: None if z is None else round(z, 2) for k, z in found.items()},
                    }
                )
            print(scan, len(rows), flush=True)
    lines = ",\n".join(f" {json.dumps(row)}" for row in rows)
    out.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main(*(Path(word) for word in sys.argv[1:4]))
