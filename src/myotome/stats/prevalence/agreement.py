"""Shares with Wilson's interval, and Cohen's kappa with its own."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from myotome.stats.prevalence.judged import YES, Judgement

_Z95 = 1.959963984540054


def wilson(count: int, n: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), 0 to 1; (nan, nan) of nobody.

    >>> [round(x, 4) for x in wilson(81, 263)]
    [0.2553, 0.3662]
    """
    if n == 0:
        return math.nan, math.nan
    share, z2 = count / n, _Z95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    wide = _Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(middle - wide, 0.0), min(middle + wide, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two cut-offs on the ``n`` people that both apply to. ``kappa`` None: one says one thing."""

    n: int
    both: int
    first_only: int
    second_only: int
    kappa: float | None
    low: float | None
    high: float | None

    @property
    def agreement(self) -> float:
        """The share of people on whom both say the same."""
        return (self.n - self.first_only - self.second_only) / self.n if self.n else math.nan


def pair(first: Judgement, second: Judgement) -> Pair:
    """The two compared; kappa with the standard error of Fleiss, Cohen and Everitt 1969."""
    shared = first.applicable & second.applicable
    a, b = first.answers[shared] == YES, second.answers[shared] == YES
    counts = np.array([[(a & b).sum(), (a & ~b).sum()], [(~a & b).sum(), (~a & ~b).sum()]])
    kappa, error = cohen(counts)
    within = (
        (None, None)
        if kappa is None or error is None
        else (kappa - _Z95 * error, min(kappa + _Z95 * error, 1.0))
    )
    return Pair(
        n=int(shared.sum()),
        both=int(counts[0, 0]),
        first_only=int(counts[0, 1]),
        second_only=int(counts[1, 0]),
        kappa=kappa,
        low=within[0],
        high=within[1],
    )


def cohen(counts: NDArray[np.int64]) -> tuple[float | None, float | None]:
    """Kappa of a square table of counts, and its standard error; None where chance decides all."""
    n = counts.sum()
    if n == 0:
        return None, None
    share = counts / n
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    by_chance, seen = float(rows @ columns), float(np.trace(share))
    if by_chance >= 1:
        return None, None
    kappa = (seen - by_chance) / (1 - by_chance)
    sums = rows[np.newaxis, :] + columns[:, np.newaxis]
    diagonal = np.diag(share) * (1 - np.diag(sums) * (1 - kappa)) ** 2
    off = share * sums**2
    np.fill_diagonal(off, 0)
    inner = diagonal.sum() + (1 - kappa) ** 2 * off.sum() - (kappa - by_chance * (1 - kappa)) ** 2
    return kappa, float(math.sqrt(max(inner, 0.0) / n) / (1 - by_chance))


@dataclass(frozen=True, slots=True, kw_only=True)
class Combination:
    """``count`` people are low by exactly these of the cut-offs (True), in their order."""

    low: tuple[bool, ...]
    count: int


def combinations(judged: Sequence[Judgement]) -> tuple[tuple[Combination, ...], int]:
    """How often each set of cut-offs says low, the commonest first, of people all apply to."""
    everyone = np.logical_and.reduce([one.applicable for one in judged])
    table = np.array([one.answers[everyone] == YES for one in judged]).T
    counts = Counter(tuple(map(bool, row)) for row in table)
    found = [Combination(low=low, count=count) for low, count in counts.most_common()]
    return tuple(found), int(everyone.sum())
