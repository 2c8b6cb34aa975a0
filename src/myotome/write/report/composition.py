"""The report's section "Body composition": what is shown of areas, volumes, indices, their limits.

What citations say of them is in ``report_assessed``. Everything here is words; nothing is judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.nouns.study.result import StudyResult
from myotome.tables.outputs.wording import NOT_MEASURABLE
from myotome.tables.quantities.indices import (
    DERIVED,
    ESTIMATES,
    GROUP_ONLY,
    INDICES,
    Estimate,
    Index,
)
from myotome.tables.quantities.quantities import QUANTITY
from myotome.tables.quantities.tissues import BETWEEN, BODY, CAVEAT, LEVELS, TISSUE, TISSUES
from myotome.write.data.table import full_reason
from myotome.write.pictures.canvas import Picture
from myotome.write.report.assessed import assessed_section
from myotome.write.report.cells import SLAB, Lookup, Notes, no_number, number, readable, unit_words
from myotome.write.report.embedded import embedded
from myotome.write.report.noise import noise_tables, noise_words
from myotome.write.report.one_off import one_off

Json = dict[str, Any]

_KINDS = ("composition", "quality", "sagittal")

LEVEL = "L3"
_MEANS = {"area": "mean_area", "mean_hu": "pooled_mean_hu", "index": "mean_index"}
_SHORT = {
    "skeletal_muscle": "SMA",
    "normal_attenuation_muscle": "NAMA",
    "low_attenuation_muscle": "LAMA",
    "intermuscular_fat": "IMAT",
    "total_abdominal_muscle": "TAMA",
    "subcutaneous_fat": "SAT",
    "visceral_fat": "VAT",
}
_SLAB = ("the slab",)

_Place = tuple[str, str]
"""(quantity, structure)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the table of levels."""

    short: str
    words: str
    place: _Place
    window: str = ""


_COLUMNS: tuple[Column, ...] = (
    *(Column(short=_SHORT[t.key], words=t.words, place=("area", t.key)) for t in TISSUES),
    Column(
        short="muscle HU", words="mean attenuation of muscle", place=("mean_hu", "skeletal_muscle")
    ),
    Column(short="body area", words="area inside the skin", place=("area", BODY)),
    Column(short="girth", words="circumference, lying", place=("circumference", BODY)),
)
_TILES: tuple[_Place, ...] = (
    ("area", "skeletal_muscle"),
    ("index", "skeletal_muscle_index"),
    ("mean_hu", "skeletal_muscle"),
    ("area", "visceral_fat"),
    ("area", "subcutaneous_fat"),
    ("area", "intermuscular_fat"),
)


def composition_section(result: StudyResult, pictures: Mapping[str, Picture]) -> Json:
    """Everything the template prints: numbers where there are any, else the reason why not."""
    find = Lookup(result.measurements)
    reason = _nothing(result.measurements)
    windows = _windows(result.measurements)
    return {
        "reason": reason,
        "pictures": _chosen(pictures),
        "windows": windows,
        "slices": _slices(result.measurements),
        "tiles": [] if reason else [_tile(find, place, windows) for place in _TILES],
        "one_off": None if reason else one_off(result, LEVEL),
        "levels": None if reason else _levels(result.measurements, find, windows),
        "volumes": None if reason else _volumes(find),
        "indices": None if reason else _indices(find),
        "noise": noise_words(),
        "repeatability": noise_tables(),
        "assessed": None if result.assessed is None else assessed_section(result.assessed),
    }


def is_own(role: str) -> bool:
    """Whether a picture belongs to this section: ``composition L3``, ``quality montage``."""
    return role.split(" ", maxsplit=1)[0] in _KINDS


def _chosen(pictures: Mapping[str, Picture]) -> Json:
    """The sagittal view, and of each map L3 (or the first other slice) and the montage."""
    chosen: Json = {"sagittal": None}
    if "sagittal" in pictures:
        chosen["sagittal"] = embedded(pictures["sagittal"])
    for kind in ("composition", "quality"):
        montage = f"{kind} montage"
        slices = [r for r in pictures if r.startswith(f"{kind} ") and r != montage]
        best = next((r for r in slices if r == f"{kind} {LEVEL}"), slices[0] if slices else "")
        chosen[kind] = embedded(pictures[best]) if best else None
        chosen[f"{kind}_montage"] = embedded(pictures[montage]) if montage in pictures else None
    return chosen


def _nothing(measurements: Iterable[Measurement]) -> str:
    """Why there is no body composition at all, "" if there is some."""
    own = [m for m in measurements if m.structure in TISSUE]
    if any(m.value is not None for m in own):
        return ""
    if not own:
        return "it was not asked for, or the labels that were used do not give it"
    return Counter(m.reason for m in own).most_common(1)[0][0]


def _windows(measurements: Iterable[Measurement]) -> dict[str, str]:
    """The HU window of each tissue as the measurements name it."""
    found: dict[str, str] = {}
    for m in measurements:
        if m.structure in TISSUE and m.quantity == "area" and m.window_hu:
            low_hu, high_hu = m.window_hu
            found.setdefault(m.structure, readable(f"{low_hu}..{high_hu} HU"))
    return found


def _slices(measurements: Iterable[Measurement]) -> str:
    """How many slices the second number of each pair is a mean of."""
    counts = (m.slices for m in measurements if m.quantity == "mean_area")
    most = Counter(count for count in counts if count).most_common(1)
    return str(most[0][0]) if most else ""


# one value and its doubts


def caveat_words(code: str) -> str:
    """A caveat in a few words: ``contrast unknown``."""
    return "for groups only" if code == GROUP_ONLY else code.replace("_", " ").replace("kvp", "kV")


def _told(code: str, where: Sequence[str] = ()) -> str:
    """A caveat as a sentence; ``where`` are the levels it is about."""
    if code == GROUP_ONLY:
        return QUANTITY["estimate"].meaning
    row = CAVEAT.get(code)
    return caveat_words(code) if row is None else row.told.format(where=_and(where))


def _and(names: Sequence[str]) -> str:
    names = [*dict.fromkeys(names)] or ["this level"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _shown(m: Measurement | None) -> str:
    return "" if m is None or m.value is None else number(m.value, m.unit)


def _mean(find: Lookup, place: _Place, level: str) -> Measurement | None:
    means = _MEANS.get(place[0])
    return None if means is None else find(means, place[1], "both", level)


def _doubts(*rows: Measurement | None) -> list[str]:
    """The codes of everything that weakens these values, each once."""
    return [*dict.fromkeys(code for m in rows if m is not None for code in m.caveats)]


def _status(m: Measurement | None) -> str:
    return str(Status.NOT_MEASURABLE if m is None else m.status)


def _tile(find: Lookup, place: _Place, windows: Mapping[str, str]) -> Json:
    quantity, structure = place
    m = find(quantity, structure, "both", LEVEL)
    mean = _mean(find, place, LEVEL)
    if structure in TISSUE:
        words = "mean muscle attenuation" if quantity == "mean_hu" else TISSUE[structure].words
    else:
        words = DERIVED[structure].words
    return {
        "words": words,
        "short": _SHORT.get(structure, "") if quantity == "area" else "",
        "window": windows.get(structure, ""),
        "text": _shown(m),
        "unit": "" if m is None else unit_words(m.unit),
        "mean": _shown(mean),
        "mean_reason": readable(_own_reason(mean, m)),
        "status": _status(m),
        "reason": "not measured" if m is None else full_reason(m),
        "doubts": [caveat_words(code) for code in _doubts(m)],
        "noisy": structure == "skeletal_muscle_index" and m is not None and m.value is not None,
    }


def _own_reason(mean: Measurement | None, m: Measurement | None) -> str:
    """What is wrong with the mean of some slices alone, as "only 2 of 3 slices are in view"."""
    reason = "" if mean is None else full_reason(mean)
    return "" if m is not None and reason == full_reason(m) else reason


# levels


def _levels(rows: Iterable[Measurement], find: Lookup, windows: Mapping[str, str]) -> Json:
    """The table of levels. A doubt that all levels share is said once, in ``everywhere``."""
    present = {m.level for m in rows if m.structure in TISSUE}
    wanted = [*LEVELS]
    for name, above, _ in BETWEEN:
        wanted.insert(wanted.index(above) + 1, name)
    seen = [name for name in wanted if name in present]
    shown = [n for n in seen if any(_shown(find("area", t, "both", n)) for t in TISSUE)]
    where = _where(find, shown)
    notes = Notes()
    lines = [_level_row(find, name, where, notes) for name in shown]
    shared = _shared([line["doubts"] for line in lines])
    for line in lines:
        line["doubts"] = _worded(line["doubts"], but=shared)
    return {
        "heads": [
            (c.short, c.words, _unit(find, c, shown), windows.get(c.place[1], ""))
            if c.place[0] == "area"
            else (c.short, c.words, _unit(find, c, shown), "")
            for c in _COLUMNS
        ],
        "rows": lines,
        "everywhere": _worded(shared),
        "notes": notes.texts,
        "missing": _missing(find, [n for n in seen if n not in shown]),
    }


def _where(find: Lookup, levels: Sequence[str]) -> dict[str, list[str]]:
    """The levels each doubt is about."""
    found: dict[str, list[str]] = {}
    for name in levels:
        for code in _doubts(*(find(*c.place, "both", name) for c in _COLUMNS)):
            found.setdefault(code, []).append(name)
    return found


def _shared(rows: Sequence[Mapping[str, int]]) -> dict[str, int]:
    """The doubts that every one of several levels has, in the same way."""
    if len(rows) < 2:
        return {}
    return {code: n for code, n in rows[0].items() if all(row.get(code) == n for row in rows)}


def _worded(doubts: Mapping[str, int], but: Iterable[str] = ()) -> list[tuple[str, int]]:
    return [(caveat_words(code), n) for code, n in doubts.items() if code not in {*but}]


def _level_row(find: Lookup, name: str, where: Mapping[str, Sequence[str]], notes: Notes) -> Json:
    """One level. What weakens all its values has its note beside the level, not at each of them.

    ``doubts`` give that note by code, 0 for doubts whose note stands at single values.
    """
    pairs = [(find(*c.place, "both", name), _mean(find, c.place, name)) for c in _COLUMNS]
    codes = [_doubts(*pair) for pair in pairs]
    valued = [own for own, pair in zip(codes, pairs, strict=True) if _shown(pair[0])]
    cells, doubts = [], {}
    for code in dict.fromkeys(code for own in codes for code in own):
        everywhere = all(code in own for own in valued)
        told = readable(_told(code, where.get(code, [name])))
        doubts[code] = notes.number(told) if everywhere else 0
    for (m, mean), own in zip(pairs, codes, strict=True):
        reason = "" if m is None else full_reason(m)
        other = "" if mean is None else full_reason(mean)
        sentences = [_told(code, where.get(code, [name])) for code in own if not doubts[code]]
        cells.append(
            {
                "text": _shown(m) or no_number(m),
                "mean": _shown(mean),
                "status": _status(m),
                "notes": _numbered(notes, [reason, *sentences]),
                "mean_notes": _numbered(notes, [other] if other != reason else []),
            }
        )
    return {"name": name, "doubts": doubts, "cells": cells, "main": name == LEVEL}


def _unit(find: Lookup, column: Column, levels: Sequence[str]) -> str:
    found = (find(*column.place, "both", name) for name in levels)
    return next((unit_words(m.unit) for m in found if m is not None), "")


def _missing(find: Lookup, levels: Sequence[str]) -> list[tuple[str, str]]:
    """(levels, reason) where nothing could be measured."""
    by_reason: dict[str, list[str]] = {}
    for name in levels:
        m = find("area", "skeletal_muscle", "both", name)
        by_reason.setdefault(NOT_MEASURABLE if m is None else full_reason(m), []).append(name)
    return [(_and(names), readable(reason)) for reason, names in by_reason.items()]


# volumes and indices


def _volumes(find: Lookup) -> Json:
    """Volume and mean attenuation of every tissue in the slab; what is missing, with its reason."""
    notes = Notes()
    rows = []
    for tissue in TISSUES:
        m, hu = find("volume", tissue.key), find("mean_hu", tissue.key)
        if m is None:
            continue
        own, other = _doubts(m), [code for code in _doubts(hu) if code not in _doubts(m)]
        rows.append(
            {
                "words": tissue.words,
                "text": _shown(m),
                "hu": _shown(hu),
                "status": _status(m),
                "doubts": [caveat_words(c) for c in own]
                + [f"{caveat_words(c)} (HU)" for c in other],
                "notes": _numbered(notes, [full_reason(m), *(_told(c, _SLAB) for c in own)]),
                "hu_notes": _numbered(notes, [_told(c, _SLAB) for c in other]),
            }
        )
    return {"rows": rows, "notes": notes.texts}


def _numbered(notes: Notes, sentences: Iterable[str]) -> list[int]:
    return sorted({notes.number(readable(text)) for text in sentences if text})


def _indices(find: Lookup) -> Json:
    """Indices at L3 and in the slab, and estimates; those not formed by the reason why."""
    rows: list[Json] = []
    missing: dict[str, list[str]] = {}
    for index in INDICES:
        for level in (LEVEL, SLAB):
            m = find("index", index.key, "both", level)
            mean = find("mean_index", index.key, "both", level)
            _sort(index, m, mean, rows, missing)
    for estimate in ESTIMATES:
        _sort(estimate, find("estimate", estimate.key, "both", estimate.level), None, rows, missing)
    return {
        "rows": rows,
        "missing": [(", ".join(names), readable(reason)) for reason, names in missing.items()],
    }


def _sort(
    row: Index | Estimate,
    m: Measurement | None,
    mean: Measurement | None,
    rows: list[Json],
    missing: dict[str, list[str]],
) -> None:
    """Put one index among the rows, or among the missing ones."""
    if m is None:
        return
    if m.value is None:
        missing.setdefault(full_reason(m), []).append(f"{row.words} ({m.level})")
        return
    rows.append(
        {
            "words": row.words,
            "definition": readable(m.definition),
            "level": m.level,
            "text": _shown(m),
            "mean": _shown(mean),
            "unit": unit_words(m.unit),
            "status": str(m.status),
            "reason": readable("; ".join(filter(None, (full_reason(m), _own_reason(mean, m))))),
            "doubts": [caveat_words(code) for code in _doubts(m)],
        }
    )
