"""What a training says while it runs: one live line, a curve on disk, and how it is stopped."""

from __future__ import annotations

import csv
import io
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from myotome.errors import InputError
from myotome.tables.outputs.cells import shown
from myotome.train.fit.checkpoint import write_whole
from myotome.train.fit.recipe import Config
from myotome.write.folder import refusal

CURVE = "curve.csv"
COLUMNS = ("iteration", "epoch", "cross_entropy", "train_dice", "val_dice", "learning_rate")
_EVERY_S, _EVERY_S_IN_A_FILE = 1.0, 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One line of the curve: Dice of augmented training samples and of validation slices.

    Dice are of pooled voxel counts, averaged over the muscles; None where there are none.
    """

    iteration: int
    epoch: float
    cross_entropy: float
    train_dice: float | None
    val_dice: float | None
    learning_rate: float


def add_to_curve(folder: Path, row: Epoch) -> None:
    """Append ``row`` to the curve in ``folder``."""
    path = folder / CURVE
    values = [getattr(row, name) for name in COLUMNS]
    words = ["" if v is None else f"{v:.6g}" if isinstance(v, float) else str(v) for v in values]
    try:
        with path.open("a", encoding="utf-8", newline="") as out:
            if not path.stat().st_size:
                out.write(",".join(COLUMNS) + "\n")
            out.write(",".join(words) + "\n")
    except OSError as error:
        raise refusal(error) from error


def cut_curve(folder: Path, done: int) -> None:
    """Drop the lines after iteration ``done``: they will be written again, all the same."""
    path = folder / CURVE
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as held:
        rows = list(csv.reader(held))
    if not rows or tuple(rows[0]) != COLUMNS:
        raise InputError(
            "the curve in this folder is none of this version's.", mend="Use another folder."
        )
    # a line that a kill cut short has too few cells, or is written again anyway
    whole = [row for row in rows[1:] if len(row) == len(COLUMNS) and row[0].isdigit()]
    kept = [rows[0], *(row for row in whole if int(row[0]) <= done)]
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([shown(cell) for cell in row] for row in kept)
    write_whole(path, out.getvalue().encode())


class LiveLine:
    """One line on stderr: how far, how good, when the next checkpoint, how long still.

    A terminal's line is overwritten every second; a file gets a new one now and then.
    """

    def __init__(self, config: Config, start: int, write: Callable[[str], object] | None) -> None:
        self._config, self._start = config, start
        self._write = write or sys.stderr.write
        self._terminal = write is None and sys.stderr.isatty()
        self._began = time.monotonic()
        self._said = -_EVERY_S_IN_A_FILE
        self._validation = ""

    def validated(self, dice: float | None) -> None:
        """Keep the last validation Dice in the line."""
        if dice is not None:
            self._validation = f", validation {dice:.3f}"

    def say(self, done: int, cross: float, dice: float | None) -> None:
        """Say it, if the last time was long enough ago or this is the end."""
        now, total = time.monotonic() - self._began, self._config.total
        wait = _EVERY_S if self._terminal else _EVERY_S_IN_A_FILE
        if now - self._said < wait and done < total:
            return
        self._said = now
        each_s = now / max(1, done - self._start)
        every = self._config.checkpoint_every
        ahead = min(-done % every or every, total - done)
        dice_words = "" if dice is None else f", Dice {dice:.3f}"
        words = (
            f"{done}/{total}  {each_s:.2f} s each  cross-entropy {cross:.3f}{dice_words}"
            f"{self._validation}  next checkpoint in {_duration(ahead * each_s)}, "
            f"end in {_duration((total - done) * each_s)}"
        )
        end = "\n" if done >= total or not self._terminal else ""
        self._write(f"\r\x1b[K{words}{end}" if self._terminal else words + end)
        sys.stderr.flush()


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


@contextmanager
def stopping() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C or SIGTERM into a question that the loop asks between iterations.

    A second one interrupts at once. Outside the main thread signals are left alone.
    """
    asked: list[int] = []

    def ask(number: int, _frame: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
