"""What follows the first page: every muscle, level, index, cut-off and criteria set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from myotome.nouns.numbers.measurement import Status
from myotome.write.report.cells import Block, Cell, Notes, Sheet
from myotome.write.report.composition import LEVEL

Json = dict[str, Any]

_MASS = 1
"""The column of the muscle table that left and right are shown of."""
_SIDES, _ANSWERED = ("left", "right"), frozenset({"yes", "no"})
_NO_CELL = Cell(text="", status=str(Status.NOT_MEASURABLE))


def details(told: Mapping[str, Any]) -> Json:
    """Everything on the further pages but the pictures. ``told`` is ``report.context``."""
    body = told["composition"]
    return {
        "muscles": _muscles(told["muscles"]),
        "confidence": " ".join(part for part in (told["confidence"], told["intervals"]) if part),
        "visceral_window": body["windows"].get("visceral_fat", ""),
        "levels": _levels(body["levels"]),
        "one_off": "" if body["one_off"] is None else body["one_off"]["sentence"],
        "indices": _indices(body["indices"], body["slices"]),
        "assessed": _assessed(body["assessed"]),
    }


def _cell(text: str, notes: Iterable[int] = (), doubt: str = "") -> Json:
    return {"text": text, "notes": ",".join(str(n) for n in notes if n), "doubt": doubt}


def _muscles(sheet: Sheet) -> Json:
    """One row for each muscle: the mass on either side, then all columns of both together."""
    return {
        "heads": [f"{words} {unit}".strip() for words, unit in sheet.heads],
        "rows": [_muscle(block, sheet) for block in sheet.blocks],
        "notes": sheet.notes,
    }


def _muscle(block: Block, sheet: Sheet) -> Json:
    rows, both = {row.side: row for row in block.rows}, block.rows[-1]
    sides = [rows[side].cells[_MASS] if side in rows else _NO_CELL for side in _SIDES]
    reason = f": {sheet.notes[both.note - 1]}" if both.note else ""
    return {
        "words": block.words,
        "colour": block.colour,
        # a note that stands beside the status need not stand at every cell
        "cells": [
            _cell(c.text, [c.note] if c.note != both.note else [], c.doubt)
            for c in (*sides, *both.cells)
        ],
        "missing": f"{both.status_words}{reason}" if all(r.missing for r in block.rows) else "",
        "status": _cell(both.status_words, [both.note]),
        "measured": both.status == Status.MEASURED,
        "total": not block.colour,
    }


def _levels(levels: Mapping[str, Any] | None) -> Json | None:
    if levels is None or not levels["rows"]:
        return None
    legend = (
        f"{short}: {words}{f' ({window})' if window else ''}"
        for short, words, _, window in levels["heads"]
    )
    return {
        "everywhere": [_cell(words, [note]) for words, note in levels["everywhere"]],
        "heads": [
            short if short.endswith(unit) else f"{short} {unit}"
            for short, _, unit, _ in levels["heads"]
        ],
        "legend": "; ".join(legend),
        "rows": [
            {
                "name": _cell(row["name"], [note for _, note in row["doubts"]]),
                "cells": [
                    _cell(c["text"], c["notes"], "partial" if c["status"] == Status.PARTIAL else "")
                    for c in row["cells"]
                ],
                "main": row["main"],
            }
            for row in levels["rows"]
        ],
        "missing": [f"{names}: not measurable ({reason})." for names, reason in levels["missing"]],
        "notes": levels["notes"],
    }


def _indices(indices: Mapping[str, Any] | None, slices: str) -> Json | None:
    """The indices at L3, and the notes that their doubts are numbered by."""
    if indices is None:
        return None
    notes = Notes()
    rows = [
        {
            "words": _cell(
                row["words"], [notes.number(w) for w in (row["reason"], *row["doubts"]) if w]
            ),
            "value": f"{row['text']} {row['unit']}".strip(),
            "partial": row["status"] == Status.PARTIAL,
            "mean": row["mean"],
            "definition": row["definition"],
        }
        for row in indices["rows"]
        if row["level"] == LEVEL
    ]
    missing = [f"Not formed, {reason}: {names}." for names, reason in indices["missing"]]
    return {"rows": rows, "slices": slices, "missing": missing, "notes": notes.texts}


def _assessed(assessed: Mapping[str, Any] | None) -> Json | None:
    """The cut-offs that gave an answer, how many more there are, and every criteria set."""
    if assessed is None:
        return None
    notes, rows = Notes(), []
    left_out = sum(group["count"] for group in assessed["folded"])
    for row in (row for block in assessed["cutoffs"] for row in block["rows"]):
        if row["verdict"] not in _ANSWERED:
            left_out += 1
            continue
        answer = _cell(row["verdict_words"], [notes.number(words) for words in row["caveats"]])
        told = {key: row[key] for key in ("finding", "value", "limit")}
        rows.append({**told, "source": f"{row['population']}; {row['source']}", "answer": answer})
    return {
        "unknown": ", ".join(assessed["unknown_person"]),
        "cutoffs": rows,
        "notes": notes.texts,
        "left_out": left_out,
        "criteria": [
            {key: row[key] for key in ("words", "source", "met_words", "conclusion")}
            for row in assessed["criteria"]
        ],
        "limits": "; ".join(assessed["flags"]),
    }
