"""Masses as the user gets them, beside the reference's between the reference's own planes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.models.levels import reference_base_z_mm, reference_levels
from benchmarks.models.robustness import reported, within
from myotome.evaluate.scores.maps import annotated_slices, read_map
from myotome.evaluate.scores.regions import MUSCLE_SET
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.study.result import StudyResult
from myotome.tables.anatomy.muscles import GROUPS
from myotome.voxels.slab_shares import slab_weights


def whole_path_rows(case: Path, result: StudyResult) -> list[dict[str, Any]]:
    """Per group, and in total, where the reference is complete from lung base to L5."""
    levels, volume = reference_levels(case), result.volume
    if not {"lung_base", "L5_inferior"} <= set(levels):
        return []
    slab = Slab(
        superior_z_mm=reference_base_z_mm(levels, volume.grid.spacing_mm[0]),
        inferior_z_mm=levels["L5_inferior"],
        superior_found=True,
        inferior_found=True,
    )
    name = f"the reference of {case.name}"
    reference = read_map(case / "muscles.nii.gz", MUSCLE_SET, name, is_reference=True)
    if not reference.grid.matches(volume.grid, tolerance_mm=0.1):
        return []
    known = annotated_slices(reference, MUSCLE_SET, case / "slices.json", name)
    inside = slab_weights(volume.grid, slab)[2] > 0
    labels = np.where(reference.labels < MUSCLE_SET.classes, reference.labels, 0).astype(np.uint8)
    truth = within(replace(result, segmentation=replace(result.segmentation, labels=labels)), slab)
    found = reported(result)
    complete = {g.key: bool(known[inside, n].all()) for n, g in enumerate(GROUPS)}
    complete["total"] = all(complete.values())
    rows = []
    for key, is_complete in complete.items():
        mine, theirs = found.get(key), truth[key]
        if is_complete and mine is not None and theirs:
            error = 100 * (mine / theirs - 1)
            rows.append(
                {
                    "subject": case.name,
                    "structure": key,
                    "found_g": mine,
                    "reference_g": theirs,
                    "error_percent": error,
                }
            )
    return rows
