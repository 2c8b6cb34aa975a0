"""From the errors of numbers on unseen scans to intervals around new ones.

An error is ``log(predicted / reference)``; its score is the size of it, over the doubt of the
network (1 less its expected Dice) if widths are scaled. The half width for a share, 80 or 90 %, is
the smallest score that at least ``share * (n + 1)`` of ``n`` subjects keep within, each counting
once: a subject's several errors (left, right, both; several levels) share its weight. So the
interval of a number picked from a new subject, exchangeable with those n, holds the reader's with
at least that probability, and with fewer than 9 subjects there is none for 90 %. With one error
per subject this is split conformal prediction; every subject is predicted by a network that had
not learnt from it (cross-conformal). Coverage is measured with each subject left out in turn.
Sources: Vovk 2015 (doi:10.1007/s10472-013-9368-4), Lee, Barber and Willett 2023
(arXiv:2306.06342, several observations per subject).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from myotome.evaluate.calibration.sizes import Size
from myotome.nouns.numbers.interval import HalfWidth, Spread

Place = tuple[str, str]
POOLED = "all groups"
"""All muscle groups together: told in the standings, and no interval for anything."""

_NEARLY = 1e-9
_SHARES = (0.8, 0.9)


@dataclass(frozen=True, slots=True, kw_only=True)
class Width:
    """How wide the intervals of one kind of number are, and what they cover.

    ``q80`` and ``q90`` are half widths, ``covered_80`` and ``covered_90`` the shares held by
    the interval of the other subjects, ``width_90`` the mean of ``high / value - 1``, and
    ``spearman`` the rank correlation of doubt with the size of the error. None: too few subjects.
    """

    compared: str
    structure: str
    scaled: bool
    n: int
    q80: float | None
    q90: float | None
    covered_80: float | None
    covered_90: float | None
    width_90: float | None
    spearman: float | None


def half_width(scores: Mapping[str, Sequence[float]], share: float) -> float | None:
    """The half width for ``share`` from scores by subject; None from too few or hopeless ones.

    >>> half_width({str(n): [float(n)] for n in range(1, 15)}, 0.9)
    14.0
    >>> half_width({str(n): [float(n)] for n in range(1, 15)}, 0.8)
    12.0
    >>> half_width({str(n): [1.0] for n in range(8)}, 0.9) is None
    True
    >>> half_width({str(n): [1.0, 3.0] for n in range(9)}, 0.4)
    1.0
    """
    of = [own for own in scores.values() if len(own)]
    values = np.concatenate([np.asarray(own, float) for own in of]) if of else np.zeros(0)
    weights = np.concatenate([np.full(len(own), 1 / len(own)) for own in of]) if of else values
    order = np.argsort(values, kind="stable")
    reached = np.flatnonzero(np.cumsum(weights[order]) >= share * (len(of) + 1) - _NEARLY)
    found = float(values[order][reached[0]]) if len(reached) else math.inf
    return found if math.isfinite(found) else None


def left_out_coverage(scores: Mapping[str, Sequence[float]], share: float) -> float | None:
    """The share of each subject's errors that the others' half width holds, on average.

    None if so few or so poor ones are left that no half width comes of them.
    """
    held = []
    for subject, own in scores.items():
        q = half_width({name: s for name, s in scores.items() if name != subject}, share)
        if q is not None:
            held.append(float(np.mean(np.asarray(own) <= q)))
    return float(np.mean(held)) if held else None


def fit_spread(
    sizes: Iterable[Size], *, scaled: bool | None = None, made_from: str = ""
) -> Spread | None:
    """The intervals for a card; None if no kind of number has enough subjects.

    ``scaled``: None takes doubt into account if that makes the 90 % intervals narrower on
    average while they hold at least their share.
    """
    given = list(sizes)
    if scaled is None:
        scaled = _better_scaled(given)
    rows: dict[Place, HalfWidth] = {}
    for place, of in by_place(given).items():
        scores = _scores(of, scaled=scaled)
        q80, q90 = (half_width(scores, share) for share in _SHARES)
        if place[1] != POOLED and q80 is not None and q90 is not None:
            covered = left_out_coverage(scores, 0.9)
            rows[place] = HalfWidth(q80=q80, q90=q90, n=len(scores), covered_90=covered)
    n = len({size.subject for size in given})
    words = made_from or f"{n} subjects that the networks had not learnt from"
    return Spread(rows=rows, scaled=scaled, made_from=words, n=n) if rows else None


def widths(sizes: Iterable[Size]) -> list[Width]:
    """Every kind of number, unscaled and scaled."""
    return [
        _width(place, of, scaled=scaled)
        for place, of in by_place(sizes).items()
        for scaled in (False, True)
    ]


def by_place(sizes: Iterable[Size]) -> dict[Place, list[Size]]:
    """The sizes by what was compared and the structure, muscle groups also pooled."""
    out: dict[Place, list[Size]] = {}
    for size in sizes:
        out.setdefault((size.compared, size.structure), []).append(size)
        if size.of_group:
            out.setdefault((size.compared, POOLED), []).append(size)
    return out


def _width(place: Place, of: Sequence[Size], *, scaled: bool) -> Width:
    scores = _scores(of, scaled=scaled)
    q80, q90 = (half_width(scores, share) for share in _SHARES)
    covered = [left_out_coverage(scores, share) for share in _SHARES]
    doubts = np.array([_doubt(size, scaled=scaled) for size in of])
    return Width(
        compared=place[0],
        structure=place[1],
        scaled=scaled,
        n=len(scores),
        q80=q80,
        q90=q90,
        covered_80=covered[0],
        covered_90=covered[1],
        width_90=None if q90 is None else float(np.mean(np.expm1(q90 * doubts))),
        spearman=_spearman(of),
    )


def _better_scaled(given: Sequence[Size]) -> bool:
    """Whether taking doubt into account makes intervals narrower that still hold their share."""
    pairs = [
        tuple(_width(place, of, scaled=scaled) for scaled in (False, True))
        for place, of in by_place(given).items()
        if place[1] != POOLED
    ]
    usable = [
        (plain.width_90, by_doubt.width_90, by_doubt.covered_90)
        for plain, by_doubt in pairs
        if plain.width_90 is not None
        and by_doubt.width_90 is not None
        and by_doubt.covered_90 is not None
    ]
    if not usable:
        return False
    plain, by_doubt, covered = np.mean(usable, axis=0)
    return bool(by_doubt < plain and covered >= _SHARES[1])


def _doubt(size: Size, *, scaled: bool) -> float:
    return Spread(rows={}, scaled=scaled, made_from="", n=1).doubt(size.raw)


def _scores(of: Iterable[Size], *, scaled: bool) -> dict[str, list[float]]:
    out: dict[str, list[float]] = {}
    for size in of:
        out.setdefault(size.subject, []).append(abs(size.log_error) / _doubt(size, scaled=scaled))
    return out


def _spearman(of: Sequence[Size]) -> float | None:
    finite = [s for s in of if math.isfinite(s.log_error)]
    doubt = np.array([1 - s.raw for s in finite])
    error = np.array([abs(s.log_error) for s in finite])
    if len(finite) < 3 or np.ptp(doubt) == 0 or np.ptp(error) == 0:
        return None
    return float(stats.spearmanr(doubt, error).statistic)
