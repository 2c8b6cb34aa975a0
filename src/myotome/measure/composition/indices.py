"""Numbers derived from areas, masses and body size: indices, shares and group-level estimates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from myotome.measure.composition.levels import BOTH
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.nouns.study.person import Person
from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.quantities.indices import ESTIMATES, GROUP_ONLY, INDICES, Estimate, Index, Place

SLAB = "slab"
_L3 = "L3"
_SIZES = {"height_m": "height", "height_m2": "height", "bmi": "height and weight"}
_MEANS = {"area": "mean_area", "mean_hu": "pooled_mean_hu"}

_Fact = TypeVar("_Fact")
_Rows = Mapping[tuple[str, str, str, str], Measurement]


def sizes(person: Person) -> dict[str, float | None]:
    """Body sizes an index may be divided by; None where the person's data do not give it."""
    height = None if person.height_cm is None else person.height_cm / 100
    square = None if height is None else height * height
    bmi = None if square is None or person.weight_kg is None else person.weight_kg / square
    return {"height_m": height, "height_m2": square, "bmi": bmi}


def indices(rows: Sequence[Measurement], person: Person) -> tuple[Measurement, ...]:
    """Every index, share and estimate that ``rows`` and the person's size allow.

    A partial value gives a partial index. At L3 and in the slab an index that cannot be formed
    is not measurable, with the reason; at other levels it is left out.
    """
    known = {(m.quantity, m.structure, m.side, m.level): m for m in rows}
    size = sizes(person)
    made: list[Measurement] = []
    for index in INDICES:
        for level in _levels(index, known):
            for quantity, means in (("index", False), ("mean_index", True)):
                if means and index.of[0][0] not in _MEANS:
                    continue
                value = _index(index, quantity, level, known, size)
                if value is not None:
                    made.append(value)
    made += [_estimate(row, known) for row in ESTIMATES]
    return (*made, *_shares(known))


def _levels(index: Index, known: _Rows) -> Iterable[str]:
    if index.levels:
        return index.levels
    at = {level for quantity, structure, _, level in known if (quantity, structure) in index.of}
    return [level for level in dict.fromkeys(k[3] for k in known) if level in at]


def _index(
    index: Index, quantity: str, level: str, known: _Rows, size: Mapping[str, float | None]
) -> Measurement | None:
    """One index at one level; None where its absence needs no word."""
    means = quantity == "mean_index"
    parts = _parts(index.of, level, known, means=means)
    below = _parts(index.over, level, known, means=means)
    divisor: float | None = 1.0
    reason = _lost([*parts, *below]) or ""
    if not reason and index.per:
        divisor = size[index.per]
        reason = "" if divisor else f"needs the person's {_SIZES[index.per]}"
    if not reason and below:
        divisor = sum(m.value or 0.0 for m in below if m)
        reason = "" if divisor else f"{index.over[0][1].replace('_', ' ')} is 0"
    if reason and (means or level not in (_L3, SLAB)):
        return None
    top = sum(m.value or 0.0 for m in parts if m)
    value = None if reason or not divisor else index.scale * top / divisor
    words = f"{index.definition}, {index.source}" if index.source else index.definition
    return _derived(quantity, index.key, level, value, (index.unit, reason, words), parts + below)


def _parts(
    places: Sequence[Place], level: str, known: _Rows, *, means: bool
) -> list[Measurement | None]:
    """The measurements an index is made of, of both sides."""
    return [
        known.get((_MEANS.get(q, q) if means else q, structure, BOTH, level))
        or known.get((q, structure, BOTH, level))
        for q, structure in places
    ]


def _lost(parts: Sequence[Measurement | None]) -> str:
    for part in parts:
        if part is None:
            return "the value it is made of was not measured"
        if part.value is None:
            return part.reason
    return ""


def _derived(
    quantity: str,
    structure: str,
    level: str,
    value: float | None,
    words: tuple[str, str, str],
    parts: Sequence[Measurement | None],
) -> Measurement:
    """A row made of others: partial as soon as one is, weakened by what weakens any of them."""
    unit, reason, definition = words
    used = [m for m in parts if m is not None]
    status = Status.MEASURED if value is not None else Status.NOT_MEASURABLE
    partial = [m for m in used if m.status is Status.PARTIAL]
    if value is not None and partial:
        status = Status.PARTIAL
        reason = "; ".join(dict.fromkeys(m.reason for m in partial))
    windows = {m.structure: m.definition for m in used if m.structure == "visceral_fat"}
    if windows:
        definition += f"; VAT {windows['visceral_fat']}"
    return Measurement(
        quantity=quantity,
        structure=structure,
        side=BOTH,
        level=level,
        value=value,
        unit=unit,
        status=status,
        reason=reason,
        definition=definition,
        window_hu=_common(m.window_hu for m in used),
        slices=_common(m.slices for m in used) if value is not None else None,
        caveats=tuple(dict.fromkeys(code for m in used for code in m.caveats)),
    )


def _common(values: Iterable[_Fact]) -> _Fact | None:
    """What all parts share; None where they differ."""
    found = [*dict.fromkeys(values)]
    return found[0] if len(found) == 1 else None


def _estimate(row: Estimate, known: _Rows) -> Measurement:
    """A whole-body estimate: for groups, as its words and its caveat say."""
    parts = _parts(row.of, row.level, known, means=False)
    reason = _lost(parts)
    area = sum(m.value or 0.0 for m in parts if m)
    value = None if reason else row.slope * area + row.offset
    names = " + ".join(structure.replace("_", " ") for _, structure in row.of)
    definition = (
        f"{row.slope:g} x ({names}, cm2) + {row.offset:g}, {row.source}; a group-level estimate, "
        "not for one person"
    )
    made = _derived("estimate", row.key, row.level, value, (row.unit, reason, definition), parts)
    return _with_caveats(made, (GROUP_ONLY,))


def _with_caveats(row: Measurement, codes: Sequence[str]) -> Measurement:
    return replace(row, caveats=tuple(dict.fromkeys((*row.caveats, *codes))))


def _shares(known: _Rows) -> list[Measurement]:
    """Fat share of every muscle's volume in the slab, per side and of both."""
    made = []
    for group in GROUPS:
        for side in ("left", "right", BOTH):
            fat = known.get(("intramuscular_fat_volume", group.key, side, SLAB))
            whole = known.get(("volume", group.key, side, SLAB))
            if fat is None or whole is None or fat.value is None or not whole.value:
                continue
            made.append(
                Measurement(
                    quantity="share",
                    structure=f"{group.key}_intramuscular_fat",
                    side=side,
                    level=SLAB,
                    value=100 * fat.value / whole.value,
                    unit="%",
                    status=whole.status,
                    reason=whole.reason,
                    covered_percent=whole.covered_percent,
                    definition="voxels of -190..-30 HU over all voxels of the mask",
                    window_hu=fat.window_hu,
                    caveats=tuple(dict.fromkeys((*fat.caveats, *whole.caveats))),
                )
            )
    return made
