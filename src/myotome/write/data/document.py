"""The JSON files: measurements, landmarks, provenance."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from myotome.errors import OutputError
from myotome.nouns.numbers.confidence import Confidence
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.numbers.measurement import Measurement
from myotome.nouns.space.hu_scale import HuScale
from myotome.nouns.space.landmarks import Landmarks, Level, Slab
from myotome.nouns.space.level_slice import LevelSlice
from myotome.nouns.study.person import Person
from myotome.nouns.study.result import StudyResult
from myotome.tables.anatomy.vertebrae import REPORTED
from myotome.tables.outputs.documents import FRAME, SCHEMA_NAME
from myotome.tables.outputs.wording import RESEARCH_USE
from myotome.write.data.neighbours import Neighbours, neighbours
from myotome.write.data.table import concerning
from myotome.write.privacy import shown_age, technical

SCHEMA_VERSION = "1.6"

Json = dict[str, Any]


@cache
def schema() -> Json:
    """The JSON Schema (draft 2020-12) of ``measurements.json``."""
    text = (files("myotome.write") / "schema" / "measurements-1.json").read_text("utf-8")
    return dict(json.loads(text))


def measurements_document(result: StudyResult) -> Json:
    """``measurements.json`` as plain values; see ``schema/measurements-1.json``."""
    return {
        "schema": SCHEMA_NAME,
        "schema_version": SCHEMA_VERSION,
        "research_use_only": RESEARCH_USE,
        "myotome_version": result.provenance.myotome_version,
        "weights": dict(result.provenance.weights),
        "study_key": result.study_key,
        "subject_key": result.subject_key,
        "series": result.chosen,
        "backend": result.segmentation.backend,
        "slab": _slab(result.slab),
        "contrast": {
            "header": result.contrast_header,
            "image": result.landmarks.contrast_image,
            "evidence": dict(result.landmarks.contrast_evidence),
        },
        "hu_scale": _hu_scale(result.volume.hu_scale),
        "person": _person(result.person),
        "flags": [
            {
                "code": f.code,
                "severity": str(f.severity),
                "message": f.message,
                "stage": f.stage,
                "level": f.level,
                "structure": f.structure,
            }
            for f in result.flags
        ],
        "confidence": _confidence(result.segmentation.confidence),
        "measurements": [
            _measurement(m, result.flags, beside)
            for m, beside in zip(result.measurements, neighbours(result.measurements), strict=True)
        ],
    }


def validate(document: Json) -> None:
    """Refuse a ``measurements.json`` that breaks its schema; that would be a bug."""
    from jsonschema import Draft202012Validator

    error = next(iter(Draft202012Validator(schema()).iter_errors(document)), None)
    if error is not None:
        place = "/".join(str(part) for part in error.absolute_path)
        raise OutputError(
            f"measurements.json would break its schema at {place or 'its root'}.",
            why="Programs rely on it, so it was not written.",
            mend="This is a bug in Myotome: please report it.",
        )


def landmarks_document(landmarks: Landmarks, slab: Slab) -> Json:
    """``landmarks.json``: z of everything located, None where it is not known."""
    unknown = {name: Level(name=name, mid_z_mm=None) for name in REPORTED}
    levels = {**unknown, **landmarks.levels}
    return {
        "frame": FRAME,
        "lung_base_z_mm": landmarks.lung_base_z_mm,
        "lung_base_confidence": landmarks.lung_base_confidence,
        "slab": _slab(slab),
        "set_by_hand": {"z_mm": dict(landmarks.given.z_mm), "reader": landmarks.given.reader},
        "levels": {
            name: {
                "mid_z_mm": level.mid_z_mm,
                "superior_z_mm": level.superior_z_mm,
                "inferior_z_mm": level.inferior_z_mm,
                "centre_xy_mm": None if level.centre_xy_mm is None else list(level.centre_xy_mm),
                "confidence": level.confidence,
                "set_by": str(level.set_by),
            }
            for name, level in levels.items()
        },
        "count": None if landmarks.count is None else asdict(landmarks.count),
        "level_slices": {name: _level_slice(found) for name, found in slab.levels.items()},
    }


def provenance_document(result: StudyResult) -> Json:
    """``provenance.json``: what is needed to make the result again; the times are elsewhere."""
    p, volume = result.provenance, result.volume
    return {
        "research_use_only": RESEARCH_USE,
        "myotome_version": p.myotome_version,
        "python_version": p.python_version,
        "platform": p.platform,
        "packages": dict(p.packages),
        "engine": p.engine,
        "weights": dict(p.weights),
        "input_sha256": p.input_sha256,
        "configuration": dict(p.configuration),
        "series": result.chosen,
        "backend": result.segmentation.backend,
        "backend_gaps": dict(result.segmentation.gaps),
        "acquisition": technical(volume.acquisition),
        "grid": {"shape_kji": list(volume.grid.shape), "spacing_kji_mm": volume.grid.spacing_mm},
        "source_grid": {
            "shape_kji": list(volume.source_grid.shape),
            "spacing_kji_mm": volume.source_grid.spacing_mm,
        },
    }


def times_document(result: StudyResult) -> Json:
    """``run_times.json``: when it was run and how long it took, which no two runs share.

    ``stage_seconds`` lacks the writing, which is not over yet.
    """
    made = result.provenance
    return {"started_utc": made.started_utc, "stage_seconds": dict(made.stage_seconds)}


def write_json(document: Mapping[str, Any] | list[Any], path: Path) -> None:
    """UTF-8 with two spaces of indent. Refuses NaN and infinity, which JSON does not know."""
    try:
        text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False, default=_other)
    except ValueError as error:
        raise OutputError(
            f"{path.name} would hold a value that is not a number.",
            why="A missing value must say so and why.",
            mend="This is a bug in Myotome: please report it.",
        ) from error
    path.write_text(text + "\n", encoding="utf-8")


def _other(value: Any) -> Any:
    """NumPy scalars and arrays as plain values; anything else as text."""
    return value.tolist() if hasattr(value, "tolist") else str(value)


def _slab(slab: Slab) -> Json:
    return {
        "superior_z_mm": slab.superior_z_mm,
        "inferior_z_mm": slab.inferior_z_mm,
        "height_mm": slab.height_mm,
        "superior_found": slab.superior_found,
        "inferior_found": slab.inferior_found,
        "superior_reason": slab.superior_reason,
        "inferior_reason": slab.inferior_reason,
        "superior_set_by": str(slab.superior_set_by),
        "inferior_set_by": str(slab.inferior_set_by),
    }


def _level_slice(found: LevelSlice) -> Json:
    """The slice that a level was measured on: its own z, and ``k`` on the measured grid."""
    return {
        "middle_z_mm": found.middle_z_mm,
        "z_mm": found.z_mm,
        "k": found.k,
        "ks": list(found.ks),
        "reach": found.reach,
        "uncertain": found.uncertain,
        "reason": found.reason,
        "beyond_scan": found.beyond,
    }


def _person(person: Person) -> Json:
    return {
        "sex": person.sex,
        "age_years": shown_age(person),
        "height_cm": person.height_cm,
        "weight_kg": person.weight_kg,
    }


def _hu_scale(found: HuScale | None) -> Json | None:
    """What air and fat say of the values; None if nobody looked."""
    if found is None:
        return None
    return {
        "air_hu": found.air_hu,
        "fat_hu": found.fat_hu,
        "fat_expected_hu": found.fat_expected_hu,
    }


def _measurement(m: Measurement, flags: Sequence[Flag], beside: Neighbours) -> Json:
    up, down = beside.values
    return {
        "quantity": m.quantity,
        "structure": m.structure,
        "side": m.side,
        "level": m.level,
        "value": m.value,
        "unit": m.unit,
        "status": str(m.status),
        "reason": m.reason,
        "covered_percent": m.covered_percent,
        "expected_dice": m.expected_dice,
        "interval": None if m.interval is None else asdict(m.interval),
        "definition": m.definition,
        "window_hu": None if m.window_hu is None else list(m.window_hu),
        "slices": m.slices,
        "value_one_up": up,
        "value_one_down": down,
        "caveats": list(m.caveats),
        "flags": list(concerning(m, flags)),
    }


def _confidence(confidence: Confidence | None) -> Json | None:
    """How sure the backend is of its labels; None for one that does not tell."""
    if confidence is None:
        return None
    return {
        "calibrated": confidence.calibrated,
        "calibrated_on": confidence.calibrated_on,
        "error": confidence.error,
        "study": {"expected_dice": confidence.study_expected_dice, "raw": confidence.study_raw},
        "muscles": {
            key: {"expected_dice": confidence.expected_dice.get(key), "raw": raw}
            for key, raw in confidence.raw.items()
        },
    }
