"""Networks against reference labels: the whole path, then every score."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.models.l3 import l3_rows
from benchmarks.models.levels import level_errors
from benchmarks.models.scans import Trial, WholePath, write_json, write_labels
from benchmarks.models.whole import whole_path_rows
from benchmarks.models.zones import zone_rows
from benchmarks.process import machine
from myotome.evaluate.run import evaluate_pairs, score_pairs
from myotome.evaluate.scores.case import Pair
from myotome.evaluate.scores.options import Options
from myotome.evaluate.scores.regions import COMPARTMENT_SET
from myotome.evaluate.scores.rows import VolumeScore
from myotome.evaluate.tables import Scores
from myotome.nouns.study.result import StudyResult

_SUMMED = ("dice_slices", "dice_volumes", "assd_mm", "hd95_mm", "error_percent", "swapped_percent")


def measure(trials: Sequence[Trial], out: Path, threads: int) -> dict[str, Any]:
    """Run, score and write ``out``: labels, ``evaluation/`` and ``compartments/`` per part.

    Returns the small document that the page is made from.
    """
    path = WholePath(threads)
    out.mkdir(parents=True, exist_ok=True)
    results: dict[str, StudyResult] = {}
    levels: list[dict[str, Any]] = []
    areas: list[dict[str, Any]] = []
    whole: list[dict[str, Any]] = []
    zones: list[dict[str, Any]] = []
    for trial in trials:
        print(f"... {trial.name}: the whole path", file=sys.stderr, flush=True)
        result = path(trial.case / "ct.nii.gz", trial.engine)
        results[trial.name] = result
        segmentation = result.segmentation
        write_labels(result.volume, segmentation.labels, out / f"{trial.name}_muscles.nii.gz")
        if segmentation.compartments is not None:
            target = out / f"{trial.name}_compartments.nii.gz"
            write_labels(result.volume, segmentation.compartments, target)
        levels += level_errors(
            trial.name, trial.case, result.landmarks, result.volume.grid.spacing_mm[0]
        )
        areas += l3_rows(trial.case, result)
        whole += whole_path_rows(trial.case, result)
        zones += zone_rows(trial.case, segmentation.labels, segmentation.k_range)
    print("... scores", file=sys.stderr, flush=True)
    summary = evaluate_pairs(_pairs(trials, results), out / "evaluation", overwrite=True)
    scores = score_pairs(_pairs(trials, results), Options(figures=False))
    document = {
        "machine": machine(),
        "networks": [trial.facts() for trial in trials],
        "seconds": {name: dict(r.provenance.stage_seconds) for name, r in results.items()},
        "warnings": summary["warnings"],
        "flags": {name: sorted({f.code for f in r.flags}) for name, r in results.items()},
        "worst": next(
            (f["caption"] for f in summary["figures"] if f["name"] == "worst_slices"), ""
        ),
        "muscles": _rows(scores),
        "structures": [_short(row) for row in summary["structures"]],
        "compartments": _compartments(trials, results),
        "whole_path": whole,
        "zones": zones,
        "l3": areas,
        "levels": levels,
    }
    write_json(document, out / "result.json")
    return document


def _pairs(trials: Sequence[Trial], results: dict[str, StudyResult]) -> list[Pair]:
    return [
        Pair(
            subject=t.name,
            predicted=results[t.name].segmentation,
            reference=t.case / "muscles.nii.gz",
            slices=t.case / "slices.json",
            ct=t.case / "ct.nii.gz",
            borders=_borders(t.case),
        )
        for t in trials
    ]


def _borders(case: Path) -> Path | None:
    """What is disputed in a case, where it says so (``scripts/borders_cases.py``)."""
    path = case / "borders.json"
    return path if path.is_file() else None


def _rows(scores: Scores) -> list[dict[str, Any]]:
    """Every structure of every subject, without what nobody reads."""
    of_slices: dict[tuple[str, str, str], list[float]] = {}
    for s in scores.slices:
        if s.dice is not None:
            of_slices.setdefault((s.subject, s.structure, s.side), []).append(s.dice)
    return [
        {
            **_volume(v),
            "dice_slices": _mean(of_slices.get((v.subject, v.structure, v.side), [])),
        }
        for v in scores.volumes
    ]


def _volume(v: VolumeScore) -> dict[str, Any]:
    return {
        "subject": v.subject,
        "structure": v.structure,
        "side": v.side,
        "slices": v.slices,
        "found": str(v.state),
        "dice": v.dice,
        "predicted_g": v.predicted_g,
        "reference_g": v.reference_g,
        "error_percent": v.error_percent,
        "assd_mm": v.surface.assd_mm if v.surface else None,
        "hd95_mm": v.surface.hd95_mm if v.surface else None,
        "swapped_percent": v.swapped_percent,
    }


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _short(row: dict[str, Any]) -> dict[str, Any]:
    kept = {key: row[key] for key in ("structure", "side", "words", *_SUMMED)}
    counts = ("lost_volumes", "invented_volumes", "lost_slices", "invented_slices")
    mass = row["mass"] or {}
    return {
        **kept,
        **{key: row[key] for key in counts},
        "mean_absolute_percent": mass.get("mean_absolute_percent"),
        "icc_a1": mass.get("icc_a1"),
    }


def _compartments(trials: Sequence[Trial], results: dict[str, StudyResult]) -> list[dict[str, Any]]:
    pairs = [
        Pair(
            subject=t.name,
            predicted=results[t.name].segmentation,
            reference=t.case / "compartments.nii.gz",
        )
        for t in trials
        if (t.case / "compartments.nii.gz").is_file()
        and results[t.name].segmentation.compartments is not None
    ]
    if not pairs:
        return []
    scores = score_pairs(pairs, Options(kind=COMPARTMENT_SET, figures=False))
    return [
        {
            "subject": v.subject,
            "structure": v.structure,
            "slices": v.slices,
            "dice": v.dice,
            "error_percent": v.error_percent,
            "assd_mm": asdict(v.surface)["assd_mm"] if v.surface else None,
        }
        for v in scores.volumes
    ]


def known(path: Path, trials: Sequence[Trial]) -> bool:
    """Whether ``path`` already holds the result of exactly these networks and cases."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    made = [(n["subject"], n["sha256"], n["engine"]) for n in document.get("networks", [])]
    return made == [(t.name, t.sha256, t.engine.description) for t in trials]
