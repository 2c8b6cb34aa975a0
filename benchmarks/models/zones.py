"""Dice by height: below L2's upper endplate, at L1, above; and of a second reader beside it.

The further up, the thinner the muscles and the more readers differ.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myotome.segment.labels.label_table import read_table
from myotome.tables.anatomy.muscles import GROUPS, MUSCLES
from myotome.train.cases.entry import entry_of_folder
from myotome.train.cases.mapped import map_labels
from myotome.train.export.held_out import Reference, reference_of
from myotome.voxels.borders import UNKNOWN

LEAST_ML = 1.0
"""A muscle with less than this in a zone has no Dice there."""

SECOND = "muscles_raterB.nii.gz"
ZONES = ("to L2", "L1", "above L1")

Labels = NDArray[np.uint8]


def zone_rows(case: Path, labels: Labels, looked: tuple[int, int]) -> list[dict[str, Any]]:
    """Mean Dice over muscles in each zone, of the network and of a second reader if there is one.

    ``labels`` are the network's on the scan in canonical order, ``looked`` the half-open range
    of slices it looked at; no other slice counts.
    """
    reference = reference_of(entry_of_folder(case))
    heights = _heights(case)
    if reference is None or heights is None or reference.muscles.shape != labels.shape:
        return []
    judged = {"network": labels}
    if (case / SECOND).is_file():
        table = read_table(None)
        judged["second reader"] = map_labels(case / SECOND, table, reference.scan).muscles
    z_mm = np.asarray(reference.scan.grid.slice_z_mm(np.arange(len(labels))))
    zone = np.digitize(z_mm, heights)
    zone[: looked[0]] = zone[looked[1] :] = len(ZONES)
    return [
        {"subject": case.name, "by": who, "zone": name} | _scores(reference, made, zone == n)
        for who, made in judged.items()
        for n, name in enumerate(ZONES)
    ]


def _heights(case: Path) -> tuple[float, float] | None:
    """z (mm) of the upper endplates of L2 and L1; beyond the scan where they are not in view."""
    path = case.parent.parent / "vertebrae" / f"{case.name}.json"
    if not path.is_file():
        return None
    points = json.loads(path.read_text(encoding="utf-8"))["vertebrae"]
    found = {p["name"]: p.get("superior_endplate_lps_mm") for p in points}
    l2, l1 = (found.get(name) for name in ("L2", "L1"))
    return None if l2 is None else (l2[2], np.inf if l1 is None else l1[2])


def _scores(
    reference: Reference, made: Labels, here: NDArray[np.bool_]
) -> Mapping[str, float | int | None]:
    """Mean Dice, how many muscles it is of, and ml of the reference in one zone."""
    truth = reference.muscles
    dice, ml = [], 0.0
    for muscle in MUSCLES:
        column = next(n for n, g in enumerate(GROUPS) if g.key == muscle.group)
        ks = np.flatnonzero(here & reference.annotated[:, column])
        a, b = truth[ks] == muscle.value, (made[ks] == muscle.value) & (truth[ks] != UNKNOWN)
        held = float(a.sum()) * reference.scan.grid.voxel_ml
        if held >= LEAST_ML:
            dice.append(2 * float((a & b).sum()) / float(a.sum() + b.sum()))
            ml += held
    mean = sum(dice) / len(dice) if dice else None
    return {"dice": mean, "muscles": len(dice), "reference_ml": ml}
