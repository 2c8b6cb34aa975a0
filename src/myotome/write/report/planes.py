"""How much hangs on the two planes of the slab: gross mass per mm, muscle by muscle."""

from __future__ import annotations

from typing import Any

from myotome.nouns.numbers.measurement import Measurement
from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.anatomy.planes import PLANES
from myotome.tables.quantities.quantities import QUANTITY
from myotome.write.report.cells import Cell, Lookup, Notes, cell, number, unit_words

Json = dict[str, Any]

_MASS, _PER_MM = "gross_mass", "mass_per_mm"
_TOLD_MM = 2.0
"""What the planes are meant to be hit within (docs/planes.md)."""


def plane_table(find: Lookup) -> Json | None:
    """Both sides of every muscle and the total; None where the planes were not asked about.

    ``share`` is how much of the mass hangs on 2 mm of both planes.
    """
    if find(_PER_MM, "total", "both", PLANES[0].key) is None:
        return None
    notes = Notes()
    rows = [_row(find, key, words, notes) for key, words in _structures()]
    return {
        "heads": [plane.words for plane in PLANES],
        "unit": unit_words(QUANTITY[_PER_MM].unit),
        "moved_mm": f"{_TOLD_MM:g}",
        "rows": rows,
        "notes": notes.texts,
    }


def _structures() -> tuple[tuple[str, str], ...]:
    return (*((group.key, group.words) for group in GROUPS), ("total", "total"))


def _row(find: Lookup, key: str, words: str, notes: Notes) -> Json:
    at = [find(_PER_MM, key, "both", plane.key) for plane in PLANES]
    cells: list[Cell] = [cell(m, notes) for m in at]
    return {"words": words, "cells": cells, "share": _share(find(_MASS, key), at)}


def _share(mass: Measurement | None, at: list[Measurement | None]) -> str:
    """2 mm of both planes as a share of the mass; "" without either."""
    per_mm = [m.value for m in at if m is not None and m.value is not None]
    if mass is None or not mass.value or not per_mm:
        return ""
    return f"{number(100 * _TOLD_MM * sum(per_mm) / mass.value)} %"
