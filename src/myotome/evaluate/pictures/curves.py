"""Learning curves of one or several training runs, from their CSV files."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from myotome.errors import InputError
from myotome.evaluate.pictures.style import LINES, Picture, grid_lines, sheet

_WORD = "dice"
_SEEN = ("train",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """One run: its name, what x is, and y of each column where it has a value."""

    name: str
    x_name: str
    columns: Mapping[str, tuple[tuple[float, float], ...]]


def read_curve(path: Path) -> Curve:
    """A CSV with a header line whose first column is the step (iteration, epoch).

    Drawn are the columns with "dice" in their name; columns with "train" in it are drawn as
    seen data. Cells may be empty. The run is called after its file, or after its folder if the
    file is called ``curve.csv``. Refuses (InputError) other files.
    """
    name = path.resolve().parent.name if path.stem.startswith("curve") else path.stem
    form = 'Its first line must be like "iteration,train_dice,val_dice".'
    if not path.is_file():
        raise InputError(f'the curve "{name}" does not exist.', mend="Check the path.")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        header = list(reader.fieldnames or ())
        rows = list(reader)
    wanted = [column for column in header[1:] if _WORD in column.lower()]
    if not wanted:
        raise InputError(f'the curve "{name}" has no column with "dice" in its name.', mend=form)
    try:
        columns = {
            column: tuple(
                (float(row[header[0]]), float(row[column])) for row in rows if row[column]
            )
            for column in wanted
        }
    except (TypeError, ValueError) as error:
        raise InputError(
            f'the curve "{name}" holds cells that are no numbers.', mend=form
        ) from error
    if not any(columns.values()):
        raise InputError(f'the curve "{name}" is empty.')
    return Curve(name=name, x_name=header[0], columns=columns)


def learning_curves(curves: Sequence[Curve], folder: Path) -> Picture:
    """Dice against training time, one colour per run; seen data dashed (figure 2A there)."""
    with sheet(folder, "learning_curves", (10.0, 6.0)) as figure:
        axes = figure.add_subplot()
        ends: list[tuple[float, float, str, str]] = []
        for number, curve in enumerate(curves):
            colour = LINES[number % len(LINES)]
            for column, points in curve.columns.items():
                if not points:
                    continue
                x, y = zip(*points, strict=True)
                seen = any(word in column.lower() for word in _SEEN)
                axes.plot(x, y, color=colour, lw=1.3 if seen else 2.6, ls="--" if seen else "-")
                if not seen or len(curve.columns) == 1:
                    ends.append((y[-1], x[-1], curve.name, colour))
        axes.set_xlabel(curves[0].x_name.replace("_", " "))
        axes.set_ylabel("Dice")
        axes.set_ylim(0, 1.0)
        grid_lines(axes)
        _name_ends(axes, ends)
    caption = (
        "Dice while training, one colour per run. Solid: data that the run does not learn from; "
        "dashed: data that it learns from. Numbers: the last value."
    )
    return Picture(name="learning_curves", caption=caption)


def _name_ends(axes: Any, ends: list[tuple[float, float, str, str]]) -> None:
    """Names at the right end of the lines, moved apart where they would overlap."""
    right, lowest = axes.get_xlim()[1], -1.0
    for y, _, name, colour in sorted(ends):
        lowest = max(y, lowest + 0.055)
        words = f"{name}  {y:.3f}"
        axes.text(right, lowest, words, color=colour, va="center", fontsize=13, clip_on=False)
