"""Landmarks of a reference, whose files name them in three ways, beside those found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from myotome.nouns.space.landmarks import Landmarks

_Z = ("z_world_mm", "world_z_mm")
_LEVEL = re.compile(r"(?<![A-Z0-9])(T1[0-2]|T9|L[1-5]|S1)(?![0-9])")


def reference_levels(folder: Path) -> dict[str, float]:
    """Patient z in mm by name: "lung_base", "L3_mid", "L5_inferior" and so on."""
    path = folder / "landmarks.json"
    if not path.is_file():
        return {}
    document = json.loads(path.read_text(encoding="utf-8"))
    found: dict[str, float] = {}
    for words, z in _walk(document, ()):
        name = _name(words)
        if name:
            found.setdefault(name, z)
    return found


def _walk(node: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], float]]:
    if not isinstance(node, dict):
        return
    z = next((node[key] for key in _Z if node.get(key) is not None), None)
    if z is not None:
        yield words, float(z)
    for key, part in node.items():
        yield from _walk(part, (*words, key))


def _name(words: tuple[str, ...]) -> str:
    if words[-1] == "lung_base":
        return "lung_base"
    level = next((found for word in words[::-1] if (found := _LEVEL.search(word))), None)
    text = "_".join(words)
    if level is None:
        return ""
    for key, kind in (("mid", "mid"), ("inf", "inferior"), ("sup", "superior")):
        if key in text:
            return f"{level.group()}_{kind}"
    return ""


def found_levels(landmarks: Landmarks) -> dict[str, float]:
    """The same names for what the locate stage found."""
    out: dict[str, float] = {}
    if landmarks.lung_base_z_mm is not None:
        out["lung_base"] = landmarks.lung_base_z_mm
    for name, level in landmarks.levels.items():
        ends = (("mid", level.mid_z_mm), ("inferior", level.inferior_z_mm))
        out.update({f"{name}_{kind}": z for kind, z in ends if z is not None})
    return out


def reference_base_z_mm(levels: dict[str, float], step_mm: float) -> float:
    """The lung base of a reference, which names a slice by its middle, as the slab has it."""
    return levels["lung_base"] - step_mm / 2


def level_errors(
    subject: str, folder: Path, landmarks: Landmarks, step_mm: float
) -> list[dict[str, Any]]:
    """Found minus reference in mm, of the lung base, L5's inferior endplate and mid-bodies."""
    found, reference = found_levels(landmarks), reference_levels(folder)
    if "lung_base" in reference:
        reference["lung_base"] = reference_base_z_mm(reference, step_mm)
    return [
        {
            "subject": subject,
            "landmark": name,
            "reference_z_mm": z,
            "error_mm": round(found[name] - z, 2) if name in found else None,
        }
        for name, z in reference.items()
        if name in {"lung_base", "L5_inferior"} or name.endswith("_mid")
    ]
