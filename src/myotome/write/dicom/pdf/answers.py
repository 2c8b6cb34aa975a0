"""The one page for the clinic: the answers, what is met, and what to know before using them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from myotome.nouns.study.result import StudyResult
from myotome.tables.outputs.wording import NOT_MEASURABLE
from myotome.write.data.table import full_reason
from myotome.write.report.cells import Lookup, number, unit_words
from myotome.write.report.composition import LEVEL

Json = dict[str, Any]

_MASS_TITLE = "12 abdominal muscles, lung base to L5"
_MASS = "gross mass"
_ANSWERED = frozenset({"yes", "no"})


def first_page(result: StudyResult, told: Mapping[str, Any]) -> Json:
    """Everything on it but the pictures. ``told`` is ``report.context`` of the same result."""
    body = told["composition"]
    return {
        "level": {
            "title": f"At the middle of {LEVEL}",
            "reason": body["reason"],
            "slices": body["slices"],
            "one_off": _one_off(body["one_off"]),
            **_answers(body["tiles"] or _muscle_area(result)),
        },
        "mass": _mass(told),
        "contrast": f"{told['contrast']['header']} / {told['contrast']['image']}",
        "assessed": _assessed(body["assessed"]),
        "flags": [(flag["severity"], flag["message"]) for flag in told["flags"]],
    }


def _one_off(told: Mapping[str, Any] | None) -> str:
    """What the chief number were under another name, where the names are in doubt."""
    return told["sentence"] if told is not None and told["doubt"] else ""


def _muscle_area(result: StudyResult) -> list[Json]:
    """Where there is no body composition: the area of the twelve muscles, if it was asked for."""
    m = Lookup(result.measurements)("area", "total", "both", LEVEL)
    if m is None:
        return []
    return [
        {
            "words": "area of the twelve muscles",
            "short": "",
            "text": "" if m.value is None else number(m.value, m.unit),
            "unit": unit_words(m.unit),
            "mean": "",
            "mean_reason": "",
            "reason": full_reason(m),
            "doubts": [],
        }
    ]


def _answers(tiles: Sequence[Mapping[str, Any]]) -> Json:
    """One row each. A doubt that all rows share is said once, below them."""
    doubts = [
        [words for words in (*tile["doubts"], tile["reason"], tile["mean_reason"]) if words]
        for tile in tiles
    ]
    several = len(tiles) > 1
    shared = [w for w in (doubts[0] if several else []) if all(w in own for own in doubts)]
    rows = [
        {
            "words": tile["words"],
            "short": tile["short"],
            "value": _value(tile),
            "missing": not tile["text"],
            "mean": tile["mean"],
            "doubts": "; ".join(words for words in own if words not in shared),
        }
        for tile, own in zip(tiles, doubts, strict=True)
    ]
    return {"rows": rows, "shared": "; ".join(shared)}


def _value(row: Mapping[str, Any]) -> str:
    return f"{row['text']} {row['unit']}".strip() if row["text"] else NOT_MEASURABLE


def _mass(told: Mapping[str, Any]) -> Json:
    extent, head = told["extent"], told["headline"]
    return {
        "title": _MASS_TITLE,
        "height": extent["height"],
        "complete": extent["complete"],
        "extent": f"{extent['from']} to {extent['to']}",
        "status": head["status"].replace("_", " "),
        "measured": head["status"] == "measured",
        "reason": head["reason"],
        "rows": [
            {"words": words, "value": _value(row), "missing": not row["text"]}
            for words, row in ((_MASS, head), *((r["words"], r) for r in told["beside"]))
        ],
    }


def _assessed(assessed: Mapping[str, Any] | None) -> Json | None:
    """The criteria that are met or not, the names of the others, and how many cut-offs hold."""
    if assessed is None:
        return None
    criteria = assessed["criteria"]
    cutoffs = [row for block in assessed["cutoffs"] for row in block["rows"]]
    return {
        "unknown": ", ".join(assessed["unknown_person"]),
        "rows": [
            {"answer": row["met_words"], "words": row["words"], "conclusion": row["conclusion"]}
            for row in criteria
            if row["met"] in _ANSWERED
        ],
        "open": "; ".join(row["words"] for row in criteria if row["met"] not in _ANSWERED),
        "applied": sum(row["verdict"] in _ANSWERED for row in cutoffs),
        "holding": sum(row["verdict"] == "yes" for row in cutoffs),
        "limits": "; ".join(assessed["flags"]),
    }
