"""Two results folders of one person beside each other: page, tables and picture."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from myotome.cohort.follow.change import Change, Difference, changes, differences
from myotome.cohort.follow.extent import TOTAL, Between, Extent, same_extent
from myotome.cohort.follow.side_by_side import l3_pictures
from myotome.cohort.follow.taken import Taken, of_result
from myotome.cohort.page import as_json, pages, rendered, write_rows
from myotome.errors import InputError
from myotome.nouns.study.loaded import LoadedResult
from myotome.read.results.load import load
from myotome.tables.anatomy.muscles import GROUP
from myotome.tables.cohort.following import (
    ANY_CORRELATION,
    CONDITIONS,
    INDEPENDENT,
    LEAST_SIGNIFICANT,
    Comparable,
)
from myotome.write.report.cells import Notes, number, unit_words
from myotome.write.report.embedded import embedded

Json = dict[str, Any]
COLUMNS = (
    *("key", "quantity", "structure", "side", "level", "unit", "earlier", "later"),
    *("comparable", "reasons", "change", "change_percent"),
    *("change_low_80_any_correlation", "change_high_80_any_correlation"),
    *("change_low_90_if_independent", "change_high_90_if_independent"),
    *("least_significant_change", "least_significant_change_from", "beyond_least"),
)
"""Of ``changes.csv``, of a comparison and of a cohort."""
_SPAN_PERCENT, _PLOT_PX = 40.0, 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Two studies: what changed, what differs, what lies between the same vertebrae."""

    a: Taken
    b: Taken
    changes: tuple[Change, ...]
    differences: tuple[Difference, ...]
    extent: Extent
    notes: tuple[str, ...]


def compare(earlier: Path, later: Path, *, other_subject: bool = False) -> Compared:
    """Compare two results folders of one person.

    Refuses (InputError) what :func:`myotome.load` refuses, and two persons, unless
    ``other_subject`` says that it is meant.
    """
    first, second = (load(path, with_masks=False) for path in (earlier, later))
    return compared(first, second, other_subject=other_subject)


def compared(first: LoadedResult, second: LoadedResult, *, other_subject: bool = False) -> Compared:
    """The same of results that were read."""
    a, b = of_result(first), of_result(second)
    return Compared(
        a=a,
        b=b,
        changes=changes(a, b),
        differences=differences(a, b),
        extent=same_extent(first, second),
        notes=tuple(_notes(a, b, other_subject=other_subject)),
    )


def _notes(a: Taken, b: Taken, *, other_subject: bool) -> list[str]:
    notes = []
    if a.subject and b.subject and a.subject != b.subject:
        if not other_subject:
            raise InputError(
                "the two results are of two persons.",
                why="Their subject_key differs; so it does for one person measured with two salts.",
                mend="Measure both with the same salt, or pass --other-subject.",
            )
        notes.append("These are two persons, or one measured with two salts: no follow-up.")
    elif not (a.subject and b.subject):
        notes.append("Nobody can tell whether these are of one person: a patient ID is missing.")
    if a.image and a.image == b.image:
        notes.append("Both are of the same images: what differs comes from the program alone.")
    return notes


def write_comparison(
    earlier: Path, later: Path, out: Path, *, other_subject: bool = False, overwrite: bool = False
) -> Json:
    """Compare, and write ``compare.html``, ``changes.csv``, ``changes.json`` and the picture."""
    found = compare(earlier, later, other_subject=other_subject)
    picture = l3_pictures(earlier, later)
    with pages(out, overwrite=overwrite) as made:
        write_rows(COLUMNS, [cells(one) for one in found.changes], made / "changes.csv")
        (made / "changes.json").write_text(as_json(document(found)), encoding="utf-8")
        if picture is not None:
            (made / f"{picture.name}.png").write_bytes(picture.standalone_png())
        page = rendered("compare.html.j2", **_context(found), picture=picture and embedded(picture))
        (made / "compare.html").write_text(page, encoding="utf-8")
    return {"out": str(out), **summary(found)}


def summary(found: Compared) -> Json:
    """What a program wants to know first."""
    beyond = [one.row.key for one in found.changes if one.beyond]
    states = [str(one.comparable) for one in found.changes]
    return {
        "comparable": {str(state): states.count(state) for state in Comparable},
        "beyond_least_significant_change": beyond,
        "same_extent": str(found.extent.comparable),
        "notes": list(found.notes),
    }


def cells(one: Change) -> list[str]:
    """A row of ``changes.csv``."""
    quantity, structure, side, level = one.row.place
    unit = one.a.unit or one.b.unit
    bounds = one.range
    numbers = (
        *(one.change, one.percent),
        *((bounds.low, bounds.high) if bounds else (None, None)),
        *((bounds.low_90, bounds.high_90) if bounds else (None, None)),
        one.least.value if one.least else None,
    )
    return [
        *(one.row.key, quantity, structure, side, level, unit),
        *(_plain(one.a.value), _plain(one.b.value)),
        *(str(one.comparable), "; ".join(one.reasons)),
        *(_plain(value) for value in numbers),
        one.least.source if one.least else "",
        {True: "true", False: "false", None: ""}[one.beyond],
    ]


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def document(found: Compared) -> Json:
    """``changes.json``: the same with the conditions and the common extent."""
    return {
        "schema": "myotome/changes",
        "earlier": _study(found.a),
        "later": _study(found.b),
        **summary(found),
        "changes": [dict(zip(COLUMNS, cells(one), strict=True)) for one in found.changes],
        "extent": _extent(found.extent),
        "methods": {
            "change_80_any_correlation": ANY_CORRELATION,
            "change_90_if_independent": INDEPENDENT,
            "least_significant_change": LEAST_SIGNIFICANT,
        },
    }


def _study(taken: Taken) -> Json:
    return {
        "study_key": taken.study,
        "subject_key": taken.subject,
        "conditions": dict(taken.conditions),
    }


def _extent(extent: Extent) -> Json:
    planes = {"top": extent.top, "bottom": extent.bottom}
    return {
        "comparable": str(extent.comparable),
        "reasons": list(extent.reasons),
        **{name: None if plane is None else asdict(plane) for name, plane in planes.items()},
        "muscles": [{**asdict(row), "change_g": row.change_g} for row in extent.rows],
    }


def _context(found: Compared) -> Json:
    unlike = {one.condition.key: one for one in found.differences}
    footnotes = Notes()
    return {
        "notes": found.notes,
        "studies": (found.a, found.b),
        "rows": [_row(one, footnotes) for one in found.changes],
        "footnotes": footnotes.texts,
        "conditions": [
            {
                "words": row.words,
                "a": found.a.conditions.get(key, ""),
                "b": found.b.conditions.get(key, ""),
                "unlike": key in unlike and unlike[key].known,
                "why": row.why,
            }
            for key, row in CONDITIONS.items()
        ],
        "extent": found.extent,
        "between": [_between(row) for row in found.extent.rows],
        "methods": (ANY_CORRELATION, INDEPENDENT, LEAST_SIGNIFICANT),
        "plot": {"wide": _PLOT_PX, "span": _SPAN_PERCENT},
    }


def _row(one: Change, footnotes: Notes) -> Json:
    told = one.reasons if one.comparable is Comparable.DOUBTFUL else ()
    unit = one.a.unit or one.b.unit
    bounds = one.range
    return {
        "words": one.row.words,
        "unit": unit_words(unit),
        "a": _shown(one.a.value, unit),
        "b": _shown(one.b.value, unit),
        "change": _signed(one.change, unit),
        "percent": _percent(one.percent),
        "range": f"{_signed(bounds.low, unit)} to {_signed(bounds.high, unit)}" if bounds else "",
        "least": _shown(one.least.value, unit) if one.least else "",
        "source": footnotes.number(f"by {one.least.source}") if one.least else 0,
        "doubts": [footnotes.number(f"doubtful: {words}") for words in told],
        "beyond": one.beyond,
        "comparable": str(one.comparable),
        "reasons": one.reasons,
        "plot": _plot(one),
    }


def _plot(one: Change) -> Json | None:
    """The change in percent, its range and the band of no change, as x in px."""
    if one.percent is None or one.a.value is None:
        return None
    per = 100 / one.a.value

    def x(percent: float) -> float:
        inside = max(-_SPAN_PERCENT, min(_SPAN_PERCENT, percent))
        return round(_PLOT_PX * (0.5 + inside / (2 * _SPAN_PERCENT)), 1)

    band = None if one.least is None else (x(-one.least.value * per), x(one.least.value * per))
    bounds = None if one.range is None else (x(one.range.low * per), x(one.range.high * per))
    return {"at": x(one.percent), "band": band, "bounds": bounds}


def _between(row: Between) -> Json:
    name = "all muscles shown in both" if row.structure == TOTAL else GROUP[row.structure].words
    return {
        "words": name,
        "a": _shown(row.a_g, "g"),
        "b": _shown(row.b_g, "g"),
        "change": _signed(row.change_g, "g"),
        "percent": _percent(row.percent),
        "least": "" if row.least is None else _shown(row.least, "g"),
        "beyond": None if row.least is None else abs(row.change_g) > row.least,
        "hu": [_shown(hu, "HU") for hu in (row.a_hu, row.b_hu)],
        "cut": row.cut,
    }


def _shown(value: float | None, unit: str) -> str:
    return "" if value is None else number(value, unit)


def _signed(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    text = number(value, unit)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def _percent(value: float | None) -> str:
    """With a decimal where the change is small."""
    return "" if value is None else _signed(value, "" if abs(value) < 10 else "%")
