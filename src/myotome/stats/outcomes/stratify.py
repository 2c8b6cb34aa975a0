"""The cut-off that separates outcomes best, and how much of that is the search for it.

Maximally selected rank statistics: Lausen and Schumacher 1992 (Biometrics 48:73). Scores are
log-rank scores (martingale residuals; adjusted ones of a Cox model) or residuals of yes and no.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import norm

from myotome.assess.own.lms import Numbers
from myotome.errors import InputError
from myotome.stats.outcomes.young import Draws

if TYPE_CHECKING:
    from pandas import DataFrame

SHARES = (0.1, 0.9)
"""Cut-offs are looked for from the first to the last of these shares of the people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratified:
    """The best cut-off: people of ``cutoff`` or less are the low ones, ``n_low`` of ``n``.

    ``statistic`` is the greatest standardised one over ``looks`` cut-offs. ``p_naive`` forgets
    the looks; ``p_corrected`` is Lausen and Schumacher's, ``p_permutation`` by shuffled scores.
    ``low`` and ``high`` are the 95 % bootstrap interval of the cut-off. ``worse_below``: the
    event is commoner among the low.
    """

    cutoff: float
    n: int
    n_low: int
    events: int
    statistic: float
    looks: int
    p_naive: float
    p_corrected: float
    p_permutation: float
    low: float
    high: float
    worse_below: bool


def stratify(people: DataFrame, draws: Draws, *, adjust: tuple[str, ...] = ()) -> Stratified:
    """The best cut-off of ``value`` for event (and time, where there is one).

    ``people`` has columns value, event, maybe time, and those of ``adjust``. Refuses (InputError)
    values that are nearly all the same.
    """
    scores = event_scores(people, adjust)
    values = people["value"].to_numpy(dtype=float)
    steps = _Steps.of(values)
    each = steps.statistics(scores[steps.order])
    best = int(np.argmax(np.abs(each)))
    rng = np.random.default_rng(draws.seed)
    greatest = float(np.abs(each[best]))
    shuffled = [np.abs(steps.statistics(rng.permutation(scores))).max() for _ in range(draws.times)]
    low, high = _interval(values, scores, draws.times, rng)
    return Stratified(
        cutoff=float(steps.cuts[best]),
        n=len(values),
        n_low=int(steps.sizes[best]),
        events=int(people["event"].sum()),
        statistic=greatest,
        looks=len(steps.cuts),
        p_naive=float(2 * norm.sf(greatest)),
        p_corrected=lausen_schumacher(greatest, *SHARES),
        p_permutation=(1 + sum(s >= greatest - 1e-12 for s in shuffled)) / (1 + draws.times),
        low=low,
        high=high,
        worse_below=bool(each[best] > 0),
    )


def lausen_schumacher(statistic: float, first: float, last: float) -> float:
    """P of a greatest standardised statistic over cut-offs from ``first`` to ``last`` share."""
    if statistic < 1:
        return 1.0
    density = float(norm.pdf(statistic))
    odds = np.log(last * (1 - first) / ((1 - last) * first))
    p = 4 * density / statistic + density * (statistic - 1 / statistic) * odds
    return float(min(max(p, 0.0), 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Steps:
    """The cut-offs that are looked at, people ordered by value."""

    order: Any
    sizes: Any
    cuts: Numbers

    @classmethod
    def of(cls, values: Numbers) -> _Steps:
        order = np.argsort(values, kind="stable")
        ordered, n = values[order], len(values)
        ends = np.flatnonzero(np.diff(ordered) > 0) + 1
        ends = ends[(ends >= SHARES[0] * n) & (ends <= SHARES[1] * n)]
        if not len(ends):
            raise InputError("No cut-off divides these values: they are nearly all the same.")
        return cls(order=order, sizes=ends, cuts=ordered[ends - 1])

    def statistics(self, ordered_scores: Numbers) -> Numbers:
        """Standardised sums of the scores of the low, at every cut-off."""
        n, m = len(ordered_scores), self.sizes
        centred = ordered_scores - ordered_scores.mean()
        sums = np.cumsum(centred)[m - 1]
        variance = m * (n - m) / (n * (n - 1)) * (centred**2).sum()
        return np.asarray(sums / np.sqrt(variance))


def _interval(
    values: Numbers, scores: Numbers, times: int, rng: np.random.Generator
) -> tuple[float, float]:
    found = []
    for _ in range(times):
        rows = rng.integers(0, len(values), len(values))
        try:
            steps = _Steps.of(values[rows])
        except InputError:
            continue
        each = steps.statistics(scores[rows][steps.order])
        found.append(steps.cuts[np.argmax(np.abs(each))])
    low, high = np.quantile(found, (0.025, 0.975))
    return float(low), float(high)


def event_scores(people: DataFrame, adjust: tuple[str, ...]) -> Numbers:
    """A score per person, greater with earlier or more events than expected."""
    event = people["event"].to_numpy(dtype=float)
    covariates = people[list(adjust)].to_numpy(dtype=float)
    if "time" not in people:
        return np.asarray(event - _expected_share(event, covariates))
    time = people["time"].to_numpy(dtype=float)
    risk = np.ones(len(event))
    if adjust:
        from lifelines import CoxPHFitter

        model = CoxPHFitter().fit(
            people[[*adjust, "time", "event"]], duration_col="time", event_col="event"
        )
        risk = model.predict_partial_hazard(people[list(adjust)]).to_numpy(dtype=float)
    return np.asarray(event - risk * _breslow(time, event, risk))


def _breslow(time: Numbers, event: Numbers, risk: Numbers) -> Numbers:
    """The cumulative baseline hazard at every person's time (Nelson-Aalen where risk is 1)."""
    moments = np.unique(time)
    place = np.searchsorted(moments, time)
    deaths = np.bincount(place, event, len(moments))
    leaving = np.bincount(place, risk, len(moments))
    at_risk = leaving[::-1].cumsum()[::-1]
    return np.asarray(np.cumsum(deaths / at_risk)[place])


def _expected_share(event: Numbers, covariates: Numbers) -> Numbers:
    if covariates.shape[1] == 0:
        return np.full(len(event), event.mean())
    from statsmodels.api import GLM, families

    design = np.column_stack([np.ones(len(event)), covariates])
    return np.asarray(GLM(event, design, family=families.Binomial()).fit().fittedvalues)
