"""The report on paper: a few A4 pages of what a reader of the archive needs, as HTML for a PDF.

``report.html`` stays the whole report. Both print the same words, from ``report.context``.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from myotome.nouns.study.result import StudyResult
from myotome.write.pictures.canvas import Picture
from myotome.write.report import page as report
from myotome.write.report.cells import Block, Cell, Notes, Sheet
from myotome.write.report.composition import LEVEL
from myotome.write.report.embedded import hex_colour

Json = dict[str, Any]

_JPEG_QUALITY = 92
_MASS = 1
"""The column of the muscle table that left and right are shown of."""
_ORIGIN = ("Myotome", "Segmentation", "Engine", "Weights (SHA-256)", "Input (SHA-256)", "Started")
_DIGEST = re.compile(r"\b([0-9a-f]{16})[0-9a-f]{48}\b")
_SIDES, _ANSWERS = ("left", "right"), ("yes", "no")
_NO_CELL = Cell(text="", status="not_measurable")
_BLANK = Picture("", "", "", Image.new("L", (1, 1)))


def paper_html(result: StudyResult, pictures: Mapping[str, Picture]) -> str:
    """The paper report as HTML. ``pictures`` are those of ``write.results.draw``, by role.

    Every text is escaped; pictures are embedded, and nothing is loaded from elsewhere.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("myotome.write"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("paper.html.j2").render(_context(result, pictures))


def _context(result: StudyResult, pictures: Mapping[str, Picture]) -> Json:
    # its pictures would be PNG, which the renderer unpacks and packs again
    told = report.context(result, {"hero": _BLANK})
    body = told["composition"]
    index_rows, index_notes = _indices(body["indices"])
    return {
        **told,
        "shown": {key: _embedded(pictures.get(role)) for key, role in _roles(pictures).items()},
        "muscle_rows": _muscles(told["muscles"]),
        "indices": index_rows,
        "index_notes": index_notes,
        "applied": _applied(body["assessed"]),
        "origin": _origin(told["provenance"]),
    }


def _roles(pictures: Mapping[str, Picture]) -> dict[str, str]:
    """The role of each picture that is shown: maps at L3, or else the first other slice."""
    found = {"hero": "hero", "sagittal": "sagittal"}
    for kind in ("composition", "quality"):
        slices = [r for r in pictures if r.startswith(f"{kind} ") and not r.endswith("montage")]
        found[kind] = next(
            (r for r in slices if r == f"{kind} {LEVEL}"), slices[0] if slices else ""
        )
    return found


def _embedded(picture: Picture | None) -> Json | None:
    """A picture as JPEG, which goes into the PDF as it is."""
    if picture is None:
        return None
    stream = io.BytesIO()
    picture.image.convert("RGB").save(stream, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return {
        "uri": "data:image/jpeg;base64," + base64.b64encode(stream.getvalue()).decode("ascii"),
        "title": picture.title,
        "caption": picture.caption,
        "legend": [
            (words.replace("-", "\u2212"), hex_colour(colour)) for words, colour in picture.legend
        ],
    }


def _muscles(sheet: Sheet) -> list[Json]:
    """One row for each muscle: the mass on either side, then all columns of both together."""
    return [_muscle(block) for block in sheet.blocks]


def _muscle(block: Block) -> Json:
    rows, both = {row.side: row for row in block.rows}, block.rows[-1]
    return {
        "words": block.words,
        "colour": block.colour,
        "sides": [rows[side].cells[_MASS] if side in rows else _NO_CELL for side in _SIDES],
        "cells": both.cells,
        "missing": all(row.missing for row in block.rows),
        "status": both.status,
        "status_words": both.status_words,
        "note": both.note,
    }


def _indices(indices: Json | None) -> tuple[list[Json], list[str]]:
    """The indices at L3, and the notes that their doubts are numbered by."""
    notes = Notes()
    rows = [
        {
            **row,
            "notes": [notes.number(words) for words in (row["reason"], *row["doubts"]) if words],
        }
        for row in (indices["rows"] if indices else ())
        if row["level"] == LEVEL
    ]
    return rows, notes.texts


def _applied(assessed: Json | None) -> Json:
    """The cut-offs that gave an answer, in one table, and how many more there are."""
    notes, rows, left_out = Notes(), [], 0
    if assessed is not None:
        left_out = sum(group["count"] for group in assessed["folded"])
        for row in (row for block in assessed["cutoffs"] for row in block["rows"]):
            if row["verdict"] in _ANSWERS:
                rows.append({**row, "notes": [notes.number(words) for words in row["caveats"]]})
            else:
                left_out += 1
    return {"rows": rows, "notes": notes.texts, "left_out": left_out}


def _origin(provenance: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Where the results come from, on one line: digests are whole in ``provenance.json``."""
    return [(name, _DIGEST.sub(r"\1", words)) for name, words in provenance if name in _ORIGIN]
