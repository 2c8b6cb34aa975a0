"""How sure the network is, from the probabilities it gives anyway; no second pass.

For one muscle let p be its probability on each pixel and m be 1 where it is the winner. If the
probabilities were right, ``2 sum(p m) / (sum p + sum m)`` would be the Dice to expect between the
winner and the truth. Networks are too sure of themselves, most of all on scans unlike those they
learnt from, so this raw number becomes an expected Dice only by a table on the network's card,
fitted on scans that the network had not seen (``evaluate.calibration.fit``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from myotome.errors import WeightsError
from myotome.nets.model import Model
from myotome.nouns.numbers.confidence import Confidence
from myotome.nouns.numbers.interval import Spread
from myotome.tables.anatomy.muscles import GROUPS, MUSCLES

Float32 = NDArray[np.float32]
Float = NDArray[np.float64]

CLASSES = len(MUSCLES) + 1
STEP = 2
"""Every second pixel along j and i is counted: four times faster, and the sums barely change."""

_SURE_LOGIT = 10.0
"""A lead of the background over every muscle that leaves none a share worth counting."""

SCORE = "expected_dice"
"""The name of the raw score; a card calibrated for another one is refused."""

POOLED = "all"
"""The row of a calibration that serves every group without one of its own."""


class Judge(Protocol):
    """Looks at the network's logits as they come, and says afterwards how sure it was."""

    def see(self, k: int, logits: Float32) -> None:
        """Take in ``(13, j, i)`` logits of slice ``k``, which may not be kept."""

    def verdict(self) -> Confidence:
        """What is to be thought of everything seen."""


Row = tuple[tuple[float, ...], tuple[float, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """From raw score to expected Dice, as rising knots per muscle group or for all of them.

    ``rows`` maps a group key or "all" to (raw, dice). Between knots the line is straight,
    beyond the ends it is held. ``made_from`` says which scans it was fitted on.
    """

    rows: Mapping[str, Row]
    made_from: str
    error: float | None = None

    def expected(self, group: str, raw: float | None) -> float | None:
        """The Dice to expect of a muscle of ``group``; None for None, or without a row for it."""
        row = self.rows.get(group) or self.rows.get(POOLED)
        return None if raw is None or row is None else float(np.interp(raw, *row))

    def entry(self) -> dict[str, Any]:
        """As written on the card under "calibration"; :meth:`of_card` reads it."""
        rows = {
            name: {"raw": [round(x, 4) for x in raw], "dice": [round(y, 4) for y in dice]}
            for name, (raw, dice) in self.rows.items()
        }
        error = None if self.error is None else round(self.error, 4)
        return {"score": SCORE, "made_from": self.made_from, "error": error, "rows": rows}

    @classmethod
    def of_card(cls, card: Mapping[str, Any]) -> Calibration | None:
        """The calibration on a card, None if there is none. Refuses a malformed one."""
        entry = card.get("calibration")
        if entry is None:
            return None
        try:
            if entry["score"] != SCORE:
                raise _bad(f"is for the score {str(entry['score'])[:40]!r}, not {SCORE!r}")
            rows = {str(name): _knots(name, row) for name, row in entry["rows"].items()}
            error = entry.get("error")
            made_from = str(entry["made_from"])
            error = None if error is None else float(error)
        except (AttributeError, KeyError, TypeError, ValueError) as fault:
            raise _bad("cannot be read") from fault
        if not rows or not made_from.strip():
            raise _bad("has no rows, or does not say what it was made from")
        return cls(rows=rows, made_from=made_from, error=error)


def _bad(words: str) -> WeightsError:
    return WeightsError(
        f"the calibration on the network's card {words}.",
        why="Confidence would be shown that nobody measured.",
        mend="Reinstall Myotome, or calibrate the network again.",
    )


def _knots(name: object, row: Mapping[str, Sequence[float]]) -> Row:
    if name != POOLED and name not in {group.key for group in GROUPS}:
        raise _bad("has a row for an unknown muscle group")
    raw = tuple(float(x) for x in row["raw"])
    dice = tuple(float(y) for y in row["dice"])
    inside = all(0 <= value <= 1 for value in (*raw, *dice))
    rising = all(a < b for a, b in pairwise(raw))
    falls = any(a > b for a, b in pairwise(dice))
    if len(raw) != len(dice) or len(raw) < 2 or not inside or not rising or falls:
        raise _bad("is not a rising line from 0..1 to 0..1")
    return raw, dice


def calibration_of(network: object) -> Calibration | None:
    """The calibration on the card of the network's model; None if it has no model or card."""
    model = getattr(network, "model", None)
    return Calibration.of_card(model.card) if isinstance(model, Model) else None


def probability_sums(logits: Float32, step: int = STEP) -> Float:
    """``(3, 13)`` of one slice: sum of p, of m, and of p m per class, in counted pixels.

    Pixels that are background beyond doubt are left out, so its own row means nothing.
    """
    picked = logits[:CLASSES, ::step, ::step].reshape(CLASSES, -1)
    doubtful = np.flatnonzero(picked[1:].max(axis=0) > picked[0] - _SURE_LOGIT)
    picked = picked.take(doubtful, axis=1)  # in rows, unlike an index by a mask: twice as fast
    p = np.exp(picked - picked.max(axis=0))
    p /= p.sum(axis=0)
    winner = picked.argmax(axis=0)
    sums = np.empty((3, CLASSES))
    sums[0] = p.sum(axis=1, dtype=np.float64)
    sums[1] = np.bincount(winner, minlength=CLASSES)
    sums[2] = np.bincount(winner, weights=p.max(axis=0), minlength=CLASSES)
    return sums


def raw_scores(sums: Float) -> dict[str, float | None]:
    """The network's own expectation of its Dice per muscle key, from summed ``(3, 13)``.

    None for a muscle that won no pixel: there is no outline to judge.
    """
    p, m, both = sums
    return {
        muscle.key: float(2 * both[muscle.value] / (p[muscle.value] + m[muscle.value]))
        if m[muscle.value] > 0
        else None
        for muscle in MUSCLES
    }


class Expectation:
    """The judge in use: raw scores over all slices, through the card's calibration."""

    def __init__(
        self, calibration: Calibration | None = None, spread: Spread | None = None
    ) -> None:
        self._calibration = calibration
        self._spread = spread
        self._sums = np.zeros((3, CLASSES))

    def see(self, k: int, logits: Float32) -> None:  # noqa: ARG002 - a judge's form
        """Add the sums of one slice."""
        self._sums += probability_sums(logits)

    def verdict(self) -> Confidence:
        """The confidence over every slice seen."""
        raw = raw_scores(self._sums)
        table = self._calibration
        if table is None:
            return Confidence(raw=raw, expected_dice=dict.fromkeys(raw), spread=self._spread)
        expected = {m.key: table.expected(m.group, raw[m.key]) for m in MUSCLES}
        return Confidence(
            raw=raw,
            expected_dice=expected,
            calibrated_on=table.made_from,
            error=table.error,
            spread=self._spread,
        )
