"""What a calibration found, as files of a folder and on a network's card."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from myotome.evaluate.calibration.intervals import Width, widths
from myotome.evaluate.calibration.rows import Row
from myotome.evaluate.calibration.sizes import Size
from myotome.evaluate.calibration.standing import Standing
from myotome.nouns.numbers.interval import Spread
from myotome.segment.bundled.confidence import SCORE, Calibration
from myotome.segment.bundled.spread import ENTRY, entry
from myotome.tables.outputs.cells import shown


def write(
    given: Sequence[Row],
    made: Calibration,
    compared: Mapping[str, Sequence[Standing]],
    folder: Path,
) -> None:
    """``calibration.json``, ``standings.csv``, ``rows.csv`` and ``calibration.png``."""
    from myotome.evaluate.calibration.figure import draw

    folder.mkdir(parents=True, exist_ok=True)
    _write_json(folder / "calibration.json", made.entry())
    lines = [
        (view, s.score, s.rows, _text(s.spearman), _text(s.error))
        for view, of in compared.items()
        for s in of
    ]
    _write_csv(folder / "standings.csv", ("rows of", "score", "n", "spearman", "error"), lines)
    names = sorted({name for row in given for name in row.scores})
    head = ("subject", "variant", "muscle", "block", "dice", "calibrated", *names)
    _write_csv(folder / "rows.csv", head, [_cells(row, made, names) for row in given])
    draw(given, made, folder / "calibration.png")


def _cells(row: Row, made: Calibration, names: Sequence[str]) -> tuple[object, ...]:
    block = "" if row.block is None else row.block
    calibrated = _text(made.expected(row.group, row.scores[SCORE]))
    scores = (_text(row.scores.get(name)) for name in names)
    return (row.subject, row.variant, row.muscle, block, _text(row.dice), calibrated, *scores)


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _write_csv(path: Path, head: Sequence[str], cells: Sequence[Sequence[object]]) -> None:
    temporary = path.with_suffix(".partial")
    with temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([shown(str(cell)) for cell in row] for row in (head, *cells))
    temporary.replace(path)


def _write_json(path: Path, document: Mapping[str, Any], indent: int = 1) -> None:
    temporary = path.with_suffix(".partial")
    text = json.dumps(document, indent=indent, ensure_ascii=False, allow_nan=False)
    temporary.write_text(text + "\n", encoding="utf-8")
    temporary.replace(path)


def write_intervals(found: Sequence[Size], made: Spread | None, folder: Path) -> None:
    """``intervals.json`` (if any could be made), ``intervals.csv`` and ``sizes.csv``."""
    folder.mkdir(parents=True, exist_ok=True)
    if made is not None:
        _write_json(folder / "intervals.json", entry(made))
    for name, kind, of in (
        ("intervals.csv", Width, widths(found)),
        ("sizes.csv", Size, found),
    ):
        head = [field.name for field in fields(kind)]
        cells = [[_cell(getattr(row, key)) for key in head] for row in of]
        _write_csv(folder / name, head, cells)


def _cell(value: object) -> object:
    return _text(value) if value is None or isinstance(value, float) else value


def onto_card(card: Path, made: Calibration | None, spread: Spread | None = None) -> None:
    """Put what was made on a network's card; everything else there stays.

    Intervals from before are taken away where none could be made anew.
    """
    document = json.loads(card.read_text(encoding="utf-8"))
    if made is not None:
        document = {**document, "calibration": made.entry()}
    document.pop(ENTRY, None)
    if spread is not None:
        document[ENTRY] = entry(spread)
    _write_json(card, document)
