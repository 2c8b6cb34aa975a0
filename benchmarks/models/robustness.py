"""The same body scanned otherwise: how much the masses change, and whether anything is lost."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.models.changes import CHANGES, Change
from benchmarks.models.levels import found_levels
from benchmarks.models.scans import Trial, WholePath, digest, write_ct, write_json
from benchmarks.process import machine
from myotome.errors import GridMismatchError, MyotomeError
from myotome.evaluate.scores.overlap import dice, joint_counts, overlap, swapped_voxels
from myotome.evaluate.scores.regions import MUSCLE_SET
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.study.result import StudyResult
from myotome.tables.anatomy.muscles import GROUPS, MUSCLES
from myotome.tables.quantities.hu_windows import MUSCLE_DENSITY_G_PER_ML
from myotome.voxels.resample import nearest
from myotome.voxels.slab_shares import slab_weights

RENAMED_MM = 15.0
"""A level that moved this far was given another vertebra's name."""
_LEAST_G = 2.0
"""Muscles of less than this have too few voxels for a change in percent to mean anything."""

Masses = dict[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Before:
    """The scan as it is, and what was found in it."""

    trial: Trial
    result: StudyResult


def measure(
    trials: Sequence[Trial], out: Path, threads: int, only: Sequence[str] = ()
) -> dict[str, Any]:
    """Every change of every trial, each kept in ``out`` so that a stopped run goes on.

    ``only`` are keys of changes (empty: all).
    """
    path = WholePath(threads)
    rows: list[dict[str, Any]] = []
    wanted = [c for c in CHANGES if not only or c.key in only]
    for trial in trials:
        before: Before | None = None
        for change in wanted:
            kept = out / f"{trial.name}__{change.key}.json"
            row = _kept(kept, trial)
            if row is None:
                before = before or Before(
                    trial=trial, result=path(trial.case / "ct.nii.gz", trial.engine)
                )
                print(f"... {trial.name}: {change.words}", file=sys.stderr, flush=True)
                row = _row(before, change, path)
                write_json({**row, "made_from": _made_from(trial)}, kept)
            rows.append({k: v for k, v in row.items() if k != "made_from"})
    document = {
        "machine": machine(),
        "networks": [trial.facts() for trial in trials],
        "rows": [row for row in rows if not row.get("not_possible")],
    }
    write_json(document, out / "result.json")
    return document


def _made_from(trial: Trial) -> str:
    return digest(trial.sha256, trial.engine.description)


def _kept(path: Path, trial: Trial) -> dict[str, Any] | None:
    try:
        row: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return row if row.get("made_from") == _made_from(trial) else None


def _row(before: Before, change: Change, path: WholePath) -> dict[str, Any]:
    name = {"subject": before.trial.name, "change": change.key}
    scan = change.effect(before.result.volume, before.result.landmarks)
    if scan is None:
        return {**name, "not_possible": True}
    with tempfile.TemporaryDirectory() as folder:
        ct = write_ct(*scan, Path(folder) / "ct.nii")
        del scan
        try:
            after = path(ct, before.trial.engine)
        except MyotomeError as error:
            return {**name, "refused": type(error).__name__}
    return {**name, **compared(before.result, after)}


def compared(before: StudyResult, after: StudyResult) -> dict[str, Any]:
    """What changed: masses (%) as reported and within the slab common to both, sides, levels."""
    old, new = reported(before), reported(after)
    common = _common(before.slab, after.slab)
    inner_old, inner_new = within(before, common), within(after, common)
    levels_old, levels_new = found_levels(before.landmarks), found_levels(after.landmarks)
    moved = {
        name: round(levels_new[name] - z, 1)
        for name, z in levels_old.items()
        if name in levels_new and not name.startswith("lung")
    }
    mids = {name: z for name, z in moved.items() if name.endswith("_mid")}
    return {
        "muscles": _percent(old, new),
        "muscles_same_slab": _percent(inner_old, inner_new),
        "lost": sorted(k for k, v in old.items() if v and v >= _LEAST_G and not new.get(k)),
        **agreement(before, after),
        "level_moved_mm": max(mids.values(), key=abs, default=None),
        "level_moved": max(mids, key=lambda name: abs(mids[name]), default=None),
        "renamed": any(abs(z) > RENAMED_MM for z in mids.values()),
        "lung_base_moved_mm": _difference(levels_old, levels_new, "lung_base"),
        "l5_inferior_moved_mm": _difference(levels_old, levels_new, "L5_inferior"),
        "locate_flags": sorted({f.code for f in after.flags if f.stage == "locate"}),
        "new_flags": sorted({f.code for f in after.flags} - {f.code for f in before.flags}),
    }


def reported(result: StudyResult) -> Masses:
    """Gross mass in g of each muscle, group ("psoas") and "total", as the user gets them."""
    out: Masses = {}
    for m in result.measurements:
        if m.quantity == "gross_mass" and m.level == "slab":
            name = m.structure if m.side == "both" else f"{m.structure}_{m.side}"
            if not name.startswith("total_"):
                out[name] = m.value
    return out


def within(result: StudyResult, slab: Slab) -> Masses:
    """Gross mass in g of the same names between two given planes."""
    volume, labels = result.volume, result.segmentation.labels
    _, _, weights = slab_weights(volume.grid, slab)
    counts = np.stack([np.bincount(plane.ravel(), minlength=13) for plane in labels])
    grams = weights @ counts * volume.grid.voxel_ml * MUSCLE_DENSITY_G_PER_ML
    out: Masses = {m.key: float(grams[m.value]) for m in MUSCLES}
    for group in GROUPS:
        out[group.key] = sum(float(grams[m.value]) for m in MUSCLES if m.group == group.key)
    out["total"] = float(grams[1:].sum())
    return out


def _common(a: Slab, b: Slab) -> Slab:
    return Slab(
        superior_z_mm=min(a.superior_z_mm, b.superior_z_mm),
        inferior_z_mm=max(a.inferior_z_mm, b.inferior_z_mm),
        superior_found=True,
        inferior_found=True,
    )


def _percent(old: Masses, new: Masses) -> dict[str, float | None]:
    """Change in %; None where there was (nearly) nothing, or nothing is left to compare."""
    out: dict[str, float | None] = {}
    for key, value in old.items():
        now = new.get(key)
        known = value is not None and value >= _LEAST_G and now is not None
        out[key] = round(100 * (now - value) / value, 2) if known else None  # type: ignore[operator]
    return out


def agreement(before: StudyResult, after: StudyResult) -> dict[str, float | None]:
    """Dice of the masks with those before, and voxels (%) that bear the other side's label."""
    kind = MUSCLE_SET
    try:
        old = nearest(before.segmentation.labels, before.volume.grid, after.volume)
    except GridMismatchError:
        return {"dice_with_before": None, "swapped_percent": None}
    seen = slice(*after.segmentation.k_range)
    counts = joint_counts(after.segmentation.labels[seen], old[seen], kind.classes)
    both, now, then = overlap(counts, kind.region("total", "both")).sum(axis=0).tolist()
    wrong = everything = 0
    for group in GROUPS:
        left, right = (kind.region(group.key, side) for side in ("left", "right"))
        swapped, all_of = swapped_voxels(counts, left, right)
        wrong, everything = wrong + swapped, everything + all_of
    return {
        "dice_with_before": dice(both, now, then),
        "swapped_percent": 100 * wrong / everything if everything else None,
    }


def _difference(old: dict[str, float], new: dict[str, float], name: str) -> float | None:
    return round(new[name] - old[name], 1) if name in old and name in new else None
