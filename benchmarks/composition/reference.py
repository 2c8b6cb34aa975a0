"""What the reference labels of a real CT say at one vertebral level, by the rules of Myotome."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.models.levels import reference_levels
from myotome.evaluate.scores.maps import read_map
from myotome.evaluate.scores.regions import (
    COMPARTMENT_SET,
    IGNORED,
    MUSCLE_SET,
    TISSUE_SET,
    LabelSet,
)
from myotome.locate.level_slices import scan_of
from myotome.locate.picked import picked_slice
from myotome.measure.composition.levels import Choice
from myotome.measure.composition.measure import compose
from myotome.nouns.numbers.measurement import Measurement
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.segment.bundled.compartments import without_rim
from myotome.tables.anatomy.muscles import COMPARTMENT
from myotome.tables.quantities.tissues import LEVELS

Numbers = dict[tuple[str, str], float]
"""(quantity, structure) to the value at one level."""

WIDE = "visceral_fat_wide"
_TISSUES = {1: "skeletal_muscle", 2: "subcutaneous_fat", 3: "visceral_fat", 4: "intermuscular_fat"}


def levels_of(case: Path) -> dict[str, float]:
    """Patient z (mm) of the reference's mid-vertebrae, by name."""
    found = reference_levels(case)
    return {name: found[f"{name}_mid"] for name in LEVELS if f"{name}_mid" in found}


def reference_labels(case: Path, volume: Volume) -> Segmentation | None:
    """The reference's muscles and compartments on the CT's grid; None without compartments."""
    muscles, rooms = (_on(case, kind, volume) for kind in (MUSCLE_SET, COMPARTMENT_SET))
    if muscles is None or rooms is None:
        return None
    rooms[rooms == IGNORED] = 0
    inside = _complete(case, volume)
    muscles[~inside] = 0
    rooms[~inside] = 0
    rooms[muscles > 0] = COMPARTMENT["muscle_wall"].value
    for k, plane in enumerate(rooms):  # the one definition of fat between muscles
        rooms[k] = without_rim(plane, volume.hu[k], volume.grid.spacing_mm[1:])
    return Segmentation(
        labels=muscles,
        grid=volume.grid,
        backend="reference",
        k_range=(0, volume.grid.shape[0]),
        compartments=rooms,
    )


def reference_tissues(case: Path, volume: Volume, k: int) -> Numbers:
    """Areas and muscle HU of a reference that maps the tissues of one slice; {} without one."""
    plane = reference_tissue_plane(case, volume, k)
    if plane is None:
        return {}
    out = {
        ("area", key): float((plane == value).sum()) * volume.grid.pixel_cm2
        for value, key in _TISSUES.items()
    }
    out["area", "total_abdominal_muscle"] = (
        out["area", "skeletal_muscle"] + out["area", "intermuscular_fat"]
    )
    hu = volume.hu[k][plane == 1]
    out["mean_hu", "skeletal_muscle"] = float(hu[(hu >= -29) & (hu <= 150)].mean())
    return out


def reference_tissue_plane(case: Path, volume: Volume, k: int) -> NDArray[np.uint8] | None:
    """1 muscle, 2 subcutaneous, 3 visceral, 4 intermuscular fat ``(j, i)``; None without a map."""
    tissue = _on(case, TISSUE_SET, volume, name="l3_tissue")
    return None if tissue is None or not tissue[k].any() else tissue[k]


def slice_rows(
    volume: Volume, segmentation: Segmentation, k: int, level: str, *, window: str
) -> tuple[Measurement, ...]:
    """What body composition measures on slice ``k`` if it is said to be mid-``level``."""
    low, high = max(0, k - 1), min(volume.grid.shape[0], k + 2)
    grid = volume.grid.crop_k(low, high)
    cut = Volume(
        hu=volume.hu[low:high].copy(),
        grid=grid,
        source_grid=grid,
        fov=volume.fov,
        acquisition=volume.acquisition,
    )
    rooms = segmentation.compartments
    labels = Segmentation(
        labels=segmentation.labels[low:high].copy(),
        grid=grid,
        backend=segmentation.backend,
        k_range=(0, high - low),
        compartments=None if rooms is None else rooms[low:high].copy(),
    )
    landmarks, slab = picked_slice(cut, level, k=k - low)
    return compose(
        scan_of(cut, labels, landmarks, slab), choice=Choice(visceral_window=window)
    ).measurements


def numbers(rows: tuple[Measurement, ...], level: str) -> Numbers:
    """The values of one level."""
    return {
        (m.quantity, m.structure): m.value
        for m in rows
        if m.level == level and m.side == "both" and m.value is not None
    }


def nearest(volume: Volume, z_mm: float) -> int | None:
    """The slice nearest to ``z_mm``; None outside the scan."""
    return volume.grid.nearest_k(z_mm)


def _complete(case: Path, volume: Volume) -> NDArray[np.bool_]:
    """The slices on which every muscle was labelled; ``slices.json`` counts along patient z."""
    path = case / "slices.json"
    ends = json.loads(path.read_text(encoding="utf-8"))["complete_z"]["default"]
    inside = np.zeros(volume.grid.shape[0], np.bool_)
    inside[ends[0] : ends[1] + 1] = True
    return inside


def _on(case: Path, kind: LabelSet, volume: Volume, name: str = "") -> NDArray[np.uint8] | None:
    path = case / f"{name or kind.key}.nii.gz"
    if not path.is_file():
        return None
    found = read_map(path, kind, f"the reference of {case.name}", is_reference=True)
    found.grid.require_same(volume.grid, f"the reference of {case.name}")
    return found.labels.copy()
