"""The tables of an evaluation, as CSV and JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from myotome.evaluate.scores.levels import LevelArea
from myotome.evaluate.scores.rows import SliceScore, VolumeScore
from myotome.evaluate.scores.summary import Summary
from myotome.write.data.table import Table, Value, write_csv

_SLICE_COLUMNS = (
    "subject",
    "k",
    "z_mm",
    "structure",
    "side",
    "found",
    "dice",
    "predicted_cm2",
    "reference_cm2",
    "error_cm2",
)
_LEVEL_COLUMNS = ("level", "wanted_z_mm", *_SLICE_COLUMNS, "error_percent")
_VOLUME_COLUMNS = (
    "subject",
    "structure",
    "side",
    "slices",
    "found",
    "dice",
    "predicted_ml",
    "reference_ml",
    "error_ml",
    "predicted_g",
    "reference_g",
    "error_g",
    "error_percent",
    "absolute_error_percent",
    "assd_mm",
    "hd95_mm",
    "nsd",
    "swapped_percent",
    "reason",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Every row of an evaluation, what was noticed, and the summaries."""

    slices: Sequence[SliceScore]
    volumes: Sequence[VolumeScore]
    summaries: Sequence[Summary]
    warnings: tuple[str, ...] = ()
    levels: Sequence[LevelArea] = ()

    @property
    def subjects(self) -> tuple[str, ...]:
        """In the order they were scored."""
        seen = dict.fromkeys(v.subject for v in self.volumes)
        return tuple(seen | dict.fromkeys(s.subject for s in self.slices))


def write_tables(scores: Scores, folder: Path) -> None:
    """``slices.csv``, ``volumes.csv``, ``summary.csv``, and ``levels.csv`` if there are any.

    Cells are empty for what is unknown.
    """
    _write(_SLICE_COLUMNS, [_slice(s) for s in scores.slices], folder / "slices.csv")
    _write(_VOLUME_COLUMNS, [_volume(v) for v in scores.volumes], folder / "volumes.csv")
    rows = [s.flat() for s in scores.summaries]
    _write(tuple(rows[0]), [tuple(r.values()) for r in rows], folder / "summary.csv")
    if scores.levels:
        _write(_LEVEL_COLUMNS, [_level(a) for a in scores.levels], folder / "levels.csv")


def _write(columns: Sequence[str], rows: Sequence[Sequence[Value]], path: Path) -> None:
    write_csv(Table(columns=tuple((name, "") for name in columns), rows=rows), path)


def _slice(s: SliceScore) -> tuple[Value, ...]:
    areas = (s.predicted_cm2, s.reference_cm2, s.predicted_cm2 - s.reference_cm2)
    return (s.subject, s.k, s.z_mm, s.structure, s.side, str(s.state), s.dice, *areas)


def _level(a: LevelArea) -> tuple[Value, ...]:
    return (a.level, a.wanted_z_mm, *_slice(a.score), a.error_percent)


def _volume(v: VolumeScore) -> tuple[Value, ...]:
    percent = v.error_percent
    near = v.surface
    return (
        *(v.subject, v.structure, v.side, v.slices, str(v.state), v.dice),
        *(v.predicted_ml, v.reference_ml, v.error_ml),
        *(v.predicted_g, v.reference_g, v.error_g),
        *(percent, None if percent is None else abs(percent)),
        *((near.assd_mm, near.hd95_mm, near.nsd) if near else (None, None, None)),
        *(v.swapped_percent, v.reason),
    )


def write_json(document: dict[str, Any], path: Path) -> None:
    """UTF-8 JSON, floats with six significant digits; what is not finite is null."""
    text = json.dumps(_rounded(document), indent=1, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    return value
