"""Measurements as the tables of the report: cells, footnotes, words for what is missing."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.anatomy.vertebrae import REPORTED
from myotome.tables.outputs.wording import ABSENT_SIGN, NOT_MEASURABLE
from myotome.tables.quantities.quantities import QUANTITY
from myotome.tables.quantities.trust import BY_GROUP as TRUST
from myotome.tables.quantities.trust import LEAST_STUDY_DICE
from myotome.write.data.table import full_reason

SLAB = "slab"
MUSCLE_QUANTITIES = ("volume", "gross_mass", "lean_mass", "mean_hu", "nama_share")
SIDES = ("left", "right", "both")
EXPECTED_DICE = "expected Dice"
INTERVAL_OF = "gross_mass"
INTERVAL = "90 % interval of gross mass"
STATUS_WORDS = {
    Status.MEASURED: "measured",
    Status.PARTIAL: "partial",
    Status.ABSENT: "absent",
    Status.NOT_MEASURABLE: NOT_MEASURABLE,
}
_WHOLE = frozenset({"%"})
_FINE = frozenset({"ratio", "cm2/(kg/m2)"})
_SQUARE = re.compile(r"\b([cm]?m)2\b")
_RANGE = re.compile(r"(-?\d+)\.\.(-?\d+)")
_MINUS = re.compile(r"(?<![\w.)-])-(?=\d)")


def unit_words(unit: str) -> str:
    """The unit as people write it; a ratio has none.

    >>> unit_words("cm2/(kg/m2)"), unit_words("ratio")
    ('cm\u00b2/(kg/m\u00b2)', '')
    """
    return "" if unit == "ratio" else _SQUARE.sub("\\1\u00b2", unit)


def readable(text: str) -> str:
    """Words of a table with true signs: squares, minus, ranges of HU, not below and not above.

    >>> readable("-29..150 HU, SMA / height^2 <= 43 cm2/m2")
    '\u221229 to 150 HU, SMA / height\u00b2 \u2264 43 cm\u00b2/m\u00b2'
    """
    text = _SQUARE.sub("\\1\u00b2", _RANGE.sub(r"\1 to \2", text))
    for plain, true in (("^2", "\u00b2"), ("<=", "\u2264"), (">=", "\u2265")):
        text = text.replace(plain, true)
    return _MINUS.sub("\u2212", text)


def exact(value: float) -> str:
    """Four significant digits, for numbers that stand beside a limit.

    >>> exact(42.984), exact(-3.0), exact(12345.6)
    ('42.98', '\u22123', '12\u202f346')
    """
    decimals = max(0, 3 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{round(value, decimals) + 0.0:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(",", "\u202f").replace("-", "\u2212")


def number(value: float, unit: str = "") -> str:
    """Three to four significant digits, thin spaces between thousands, a true minus sign.

    >>> number(2041.4, "g"), number(7.24, "cm2"), number(-3.04, "HU"), number(63.5, "%")
    ('2\u202f041', '7.2', '\u22123.0', '64')
    """
    decimals = 0 if unit in _WHOLE or abs(value) >= 99.95 else 2 if unit in _FINE else 1
    # adding 0.0 turns the -0.0 that rounding may leave into 0.0
    text = f"{round(value, decimals) + 0.0:,.{decimals}f}"
    return text.replace(",", "\u202f").replace("-", "\u2212")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One value as text; ``note`` is the number of the footnote with its reason (0: none).

    ``doubt`` is a word of warning behind the text.
    """

    text: str
    status: str
    note: int = 0
    doubt: str = ""


@dataclass(slots=True)
class Notes:
    """Footnotes of one table: each reason once, numbered in order of appearance."""

    texts: list[str] = field(default_factory=list)

    def number(self, text: str) -> int:
        """The number of this reason; 0 for none."""
        if not text:
            return 0
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text) + 1


class Lookup:
    """Measurements by what they name."""

    def __init__(self, measurements: Iterable[Measurement]) -> None:
        self._rows = {(m.quantity, m.structure, m.side, m.level): m for m in measurements}

    def __call__(
        self, quantity: str, structure: str, side: str = "both", level: str = SLAB
    ) -> Measurement | None:
        """The measurement, or None if none of that name was made."""
        return self._rows.get((quantity, structure, side, level))

    def any_expected_dice(self) -> bool:
        """Whether anybody told how good the outlines can be expected to be."""
        return any(m.expected_dice is not None for m in self._rows.values())

    def any_interval(self) -> bool:
        """Whether anybody told where a reader's mass may be expected."""
        return any(m.interval is not None for m in self._rows.values() if m.level == SLAB)

    def levels(self) -> tuple[str, ...]:
        """The vertebrae with any area, top to bottom."""
        present = {level for quantity, _, _, level in self._rows if quantity == "area"}
        return tuple(name for name in REPORTED if name in present)


def no_number(measurement: Measurement | None) -> str:
    """What stands in a table in place of a number: words, or a dash for what is absent."""
    absent = measurement is not None and measurement.status is Status.ABSENT
    return ABSENT_SIGN if absent else NOT_MEASURABLE


def cell(measurement: Measurement | None, notes: Notes) -> Cell:
    """The measurement as a cell. What cannot be measured is words, never a number.

    What is absent is a dash whose footnote says so.
    """
    if measurement is None:
        return Cell(text="not reported", status="not_measurable")
    note = notes.number(full_reason(measurement))
    if measurement.value is None:
        return Cell(text=no_number(measurement), status=str(measurement.status), note=note)
    text = number(measurement.value, measurement.unit)
    return Cell(text=text, status=str(measurement.status), note=note)


def dice_cell(measurement: Measurement | None) -> Cell:
    """The expected Dice behind a measurement, with its doubt in words."""
    dice = None if measurement is None else measurement.expected_dice
    if measurement is None or dice is None:
        return Cell(text="not known", status="not_measurable")
    rule = TRUST.get(measurement.structure)
    least = LEAST_STUDY_DICE if rule is None else rule.least_dice
    return Cell(text=f"{dice:.2f}", status="measured", doubt="low" if dice < least else "")


def interval_cell(measurement: Measurement | None) -> Cell:
    """The range that holds a reader's number in at least 90 % of subjects."""
    found = None if measurement is None else measurement.interval
    if measurement is None or found is None:
        return Cell(text="not known", status="not_measurable")
    low, high = (number(value, measurement.unit) for value in (found.low_90, found.high_90))
    return Cell(text=f"{low} to {high}", status="measured")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row; ``missing`` replaces the cells where none of them could be measured."""

    structure: str
    words: str
    side: str
    cells: tuple[Cell, ...]
    status: str
    status_words: str
    note: int
    missing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The rows of one structure."""

    words: str
    colour: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table of the report: heads as (words, unit), blocks of rows, footnotes."""

    heads: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]
    notes: tuple[str, ...]


def _structures() -> tuple[tuple[str, str, str], ...]:
    groups = tuple((g.key, g.words, "#{:02x}{:02x}{:02x}".format(*g.colour)) for g in GROUPS)
    return (*groups, ("total", "total", ""))


def muscle_table(find: Lookup) -> Sheet:
    """Per muscle and side: volume, gross and lean mass, attenuation, NAMA share, status.

    With the 90 % interval of the gross mass and the expected Dice before the status, if there
    are any.
    """
    notes = Notes()
    blocks = []
    heads = tuple((QUANTITY[q].words, unit_words(QUANTITY[q].unit)) for q in MUSCLE_QUANTITIES)
    told = _told(find)
    heads = (*heads, *(head for head, _, _ in told))
    for key, words, colour in _structures():
        rows = [
            _row((key, words, side), [find(q, key, side) for q in MUSCLE_QUANTITIES], notes)
            for side in SIDES
            if key != "total" or side == "both" or find("volume", key, side) is not None
        ]
        rows = [
            replace(row, cells=(*row.cells, *(made(find(q, key, row.side)) for _, q, made in told)))
            for row in rows
        ]
        blocks.append(Block(words=words, colour=colour, rows=_merged(rows)))
    return Sheet(heads=heads, blocks=tuple(blocks), notes=tuple(notes.texts))


def _told(
    find: Lookup,
) -> list[tuple[tuple[str, str], str, Callable[[Measurement | None], Cell]]]:
    """(head, quantity, cell) of what is known of how far the numbers may be trusted."""
    unit = unit_words(QUANTITY[INTERVAL_OF].unit)
    columns = (
        (find.any_interval(), ((INTERVAL, unit), INTERVAL_OF, interval_cell)),
        (find.any_expected_dice(), ((EXPECTED_DICE, ""), "volume", dice_cell)),
    )
    return [column for known, column in columns if known]


def area_table(find: Lookup) -> Sheet:
    """Per muscle and side: the area at each vertebral level where any could be measured."""
    notes = Notes()
    levels = [name for name in find.levels() if _any_area(find, name)]
    blocks = []
    for key, words, colour in _structures():
        rows = [
            _row((key, words, side), [find("area", key, side, name) for name in levels], notes)
            for side in SIDES
            if key != "total" or side == "both"
        ]
        blocks.append(Block(words=words, colour=colour, rows=_merged(rows)))
    heads = tuple((name, "cm\u00b2") for name in levels)
    return Sheet(heads=heads, blocks=tuple(blocks) if levels else (), notes=tuple(notes.texts))


def levels_without_area(find: Lookup) -> tuple[tuple[str, str], ...]:
    """(levels, reason) of the levels where no area could be measured, by their reason."""
    by_reason: dict[str, list[str]] = {}
    for name in find.levels():
        if not _any_area(find, name):
            total = find("area", "total", "both", name) or find("area", GROUPS[0].key, "left", name)
            reason = full_reason(total) if total is not None else NOT_MEASURABLE
            by_reason.setdefault(reason, []).append(name)
    return tuple((", ".join(names), reason) for reason, names in by_reason.items())


def _any_area(find: Lookup, level: str) -> bool:
    found = [find("area", key, side, level) for key, _, _ in _structures() for side in SIDES]
    return any(m is not None and m.value is not None for m in found)


def _row(name: tuple[str, str, str], found: Sequence[Measurement | None], notes: Notes) -> Row:
    structure, words, side = name
    known = [m for m in found if m is not None]
    # the worst value decides, because a reader takes the row as one
    order = (Status.NOT_MEASURABLE, Status.PARTIAL, Status.MEASURED, Status.ABSENT)
    worst = min(known, key=lambda m: order.index(m.status), default=None)
    cells = tuple(cell(m, notes) for m in found)
    status = Status.NOT_MEASURABLE if worst is None else worst.status
    return Row(
        structure=structure,
        words=words,
        side=side,
        cells=cells,
        status=str(status),
        status_words=STATUS_WORDS[status],
        note=0 if worst is None else notes.number(full_reason(worst)),
        missing=not any(m.value is not None for m in known),
    )


def _merged(rows: list[Row]) -> tuple[Row, ...]:
    """One row instead of three where nothing could be measured, for one and the same reason."""
    if len(rows) > 1 and all(r.missing for r in rows) and len({r.note for r in rows}) == 1:
        first = rows[0]
        return (
            Row(
                structure=first.structure,
                words=first.words,
                side="all",
                cells=first.cells,
                status=first.status,
                status_words=first.status_words,
                note=first.note,
                missing=True,
            ),
        )
    return tuple(rows)
