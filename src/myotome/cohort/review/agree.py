"""How well two reviewers agree: Cohen's kappa with its interval, and verdict by verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myotome.cohort.page import write_rows
from myotome.cohort.review.words import Decision
from myotome.tables.cohort.verdicts import JUDGING

_Z_95 = 1.959964
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kappa:
    """Cohen's kappa with its 95 % interval.

    ``value`` is None where both always said the same one word, so that chance explains all;
    ``low`` and ``high`` are None where there is no interval (agreement without any exception).
    """

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfVerdict:
    """One verdict: how often each said it, how often both, and their specific agreement.

    ``agreement`` = 2 both / (first + second), None where neither said it (Spitzer and Fleiss 1974).
    """

    verdict: str
    first: int
    second: int
    both: int
    agreement: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Two reviewers over the ``n`` studies that both judged. ``counts[i][j]``: first said i."""

    first: str
    second: str
    n: int
    observed: float
    kappa: Kappa
    counts: tuple[tuple[int, ...], ...]
    verdicts: tuple[OfVerdict, ...]


def agreements(decisions: Mapping[str, Decision]) -> tuple[Agreement, ...]:
    """Every pair of reviewers that judged at least one study both, by their names."""
    names = sorted({name for one in decisions.values() for name in one.verdicts})
    made = (_of_pair(first, second, decisions.values()) for first, second in combinations(names, 2))
    return tuple(one for one in made if one is not None)


def _of_pair(first: str, second: str, decisions: Iterable[Decision]) -> Agreement | None:
    place = {key: number for number, key in enumerate(JUDGING)}
    counts: Counts = np.zeros((len(JUDGING), len(JUDGING)), dtype=np.int64)
    for one in decisions:
        if first in one.verdicts and second in one.verdicts:
            counts[place[one.verdicts[first]], place[one.verdicts[second]]] += 1
    n = int(counts.sum())
    if n == 0:
        return None
    return Agreement(
        first=first,
        second=second,
        n=n,
        observed=float(np.trace(counts)) / n,
        kappa=kappa(counts.tolist()),
        counts=tuple(tuple(int(cell) for cell in row) for row in counts),
        verdicts=tuple(_of_verdict(key, counts, at) for key, at in place.items()),
    )


def kappa(counts: Sequence[Sequence[int]]) -> Kappa:
    """Cohen's kappa of a square table of counts, unweighted.

    The interval is that of the large-sample variance of Fleiss, Cohen and Everitt 1969, Psychol
    Bull 72:323, cut to -1 and 1.

    >>> kappa([[20, 5], [10, 15]]).value
    0.4
    """
    p = np.asarray(counts, float)
    n = float(p.sum())
    p = p / n
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed, by_chance = float(np.trace(p)), float(rows @ columns)
    if by_chance >= 1:
        return Kappa(value=None, low=None, high=None)
    value = (observed - by_chance) / (1 - by_chance)
    same = float(np.diag(p) @ (1 - (rows + columns) * (1 - value)) ** 2)
    apart = p * (columns[:, None] + rows[None, :]) ** 2
    other = (1 - value) ** 2 * float(apart.sum() - np.trace(apart))
    rest = (value - by_chance * (1 - value)) ** 2
    variance = max(0.0, same + other - rest) / (n * (1 - by_chance) ** 2)
    value = round(value, 12)
    if variance < 1e-12:
        return Kappa(value=value, low=None, high=None)
    half = _Z_95 * math.sqrt(variance)
    return Kappa(value=value, low=max(-1.0, value - half), high=min(1.0, value + half))


def _of_verdict(key: str, counts: Counts, at: int) -> OfVerdict:
    first, second = int(counts[at].sum()), int(counts[:, at].sum())
    both = int(counts[at, at])
    share = 2 * both / (first + second) if first + second else None
    return OfVerdict(verdict=key, first=first, second=second, both=both, agreement=share)


def write_agreement(pairs: Sequence[Agreement], path: Path, *, overwrite: bool = False) -> None:
    """The agreement as CSV: a row for each pair and verdict, with the pair's kappa in each.

    Refuses (OutputError) a file that is there already, unless it may be replaced.
    """
    head = (
        *("first", "second", "n", "observed_agreement", "kappa", "kappa_low_95", "kappa_high_95"),
        *("verdict", "first_said", "second_said", "both_said", "specific_agreement", "method"),
    )
    rows = [[*_pair_cells(pair), *_verdict_cells(of)] for pair in pairs for of in pair.verdicts]
    write_rows(head, rows, path, overwrite=overwrite)


_METHOD = "Cohen 1960, unweighted; interval of Fleiss, Cohen and Everitt 1969"


def _pair_cells(pair: Agreement) -> list[str]:
    kappa = (pair.kappa.value, pair.kappa.low, pair.kappa.high)
    numbers = ("" if value is None else f"{value:.6g}" for value in (pair.observed, *kappa))
    return [pair.first, pair.second, str(pair.n), *numbers]


def _verdict_cells(of: OfVerdict) -> list[str]:
    share = "" if of.agreement is None else f"{of.agreement:.6g}"
    return [of.verdict, str(of.first), str(of.second), str(of.both), share, _METHOD]
