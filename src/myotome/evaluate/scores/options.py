"""How an evaluation is done: one frozen object, saved with its results."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from myotome.errors import InputError
from myotome.evaluate.scores.overlap import Rule
from myotome.evaluate.scores.regions import MUSCLE_SET, LabelSet, label_set


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``rule`` says what Dice is where both maps are empty, ``tolerance_mm`` what NSD forgives.

    ``kind`` is what the label maps hold. ``curves`` are CSV files of training runs to draw.
    ``worst`` is how many of the worst slices are drawn (0: none). ``figures`` False writes the
    tables alone, without Matplotlib.
    """

    rule: Rule = Rule.SKIP
    tolerance_mm: float = 2.0
    kind: LabelSet = MUSCLE_SET
    curves: tuple[Path, ...] = ()
    worst: int = 6
    figures: bool = True

    def __post_init__(self) -> None:
        if not (math.isfinite(self.tolerance_mm) and self.tolerance_mm >= 0):
            raise InputError(f"a tolerance of {self.tolerance_mm} mm.", mend="Give 0 or more.")

    @classmethod
    def of_words(
        cls,
        *,
        rule: str = "skip",
        tolerance_mm: float = 2.0,
        labels: str = "muscles",
        curves: tuple[Path, ...] = (),
        figures: bool = True,
    ) -> Options:
        """From the words of a command line. Refuses words that mean nothing (InputError)."""
        if rule not in tuple(Rule):
            raise InputError(f'there is no rule "{rule}".', mend=f"Choose {', '.join(Rule)}.")
        return cls(
            rule=Rule(rule),
            tolerance_mm=tolerance_mm,
            kind=label_set(labels),
            curves=curves,
            figures=figures,
        )
