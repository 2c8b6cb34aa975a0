"""Kaplan-Meier curves by group, the log-rank test, and Cox models with their assumption tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from myotome.assess.own.lms import Numbers
from myotome.errors import InputError
from myotome.stats.sheets.sheet import Value

if TYPE_CHECKING:
    from pandas import DataFrame

_FEWEST_PER_GROUP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCurve:
    """Kaplan and Meier's curve of one group: at ``times`` the share alive with 95 % limits.

    Limits are by the log-log transform. ``median`` is None where fewer than half had the event.
    """

    group: str
    n: int
    events: int
    times: Numbers
    share: Numbers
    low: Numbers
    high: Numbers
    median: float | None
    durations: Numbers

    def at_risk(self, times: Numbers) -> list[int]:
        """How many are still followed just before each of ``times``."""
        return [int((self.durations >= t).sum()) for t in times]

    def at(self, time: float) -> tuple[float, float, float]:
        """The share alive at ``time``, with its limits."""
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        return float(self.share[place]), float(self.low[place]), float(self.high[place])


def curves(people: DataFrame, group: str) -> tuple[GroupCurve, ...]:
    """A curve per value of the column ``group``. Refuses (InputError) a group of few people."""
    from lifelines import KaplanMeierFitter

    found = []
    for words, rows in people.groupby(group, sort=True, observed=True):
        if len(rows) < _FEWEST_PER_GROUP:
            raise InputError(f"The group {words} has {len(rows)} people, {_FEWEST_PER_GROUP} are "
                             "needed.")  # fmt: skip
        fitted = KaplanMeierFitter().fit(rows["time"], rows["event"])
        limits = fitted.confidence_interval_survival_function_.to_numpy(dtype=float)
        median = float(fitted.median_survival_time_)
        found.append(
            GroupCurve(
                group=str(words), n=len(rows), events=int(rows["event"].sum()),
                times=fitted.survival_function_.index.to_numpy(dtype=float),
                share=fitted.survival_function_.iloc[:, 0].to_numpy(dtype=float),
                low=limits[:, 0], high=limits[:, 1],
                median=median if np.isfinite(median) else None,
                durations=rows["time"].to_numpy(dtype=float),
            )
        )  # fmt: skip
    return tuple(found)


def log_rank(people: DataFrame, group: str) -> tuple[float, int, float]:
    """Chi-squared, degrees of freedom and P of the log-rank test of all groups."""
    from lifelines.statistics import multivariate_logrank_test

    test = multivariate_logrank_test(people["time"], people[group], people["event"])
    return float(test.test_statistic), int(people[group].nunique() - 1), float(test.p_value)


def cox(people: DataFrame, columns: Mapping[str, str], model: str) -> Iterator[dict[str, Value]]:
    """Hazard ratios of ``columns`` (column: words) in one model, ties by Efron.

    ``p_proportional`` tests whether a ratio changes over time (scaled Schoenfeld residuals
    against Kaplan-Meier time). Refuses (InputError) a model that does not settle.
    """
    from lifelines.statistics import proportional_hazard_test

    frame = people[[*columns, "time", "event"]]
    fitted = _fitted(frame)
    tested = proportional_hazard_test(fitted, frame, time_transform="km").summary
    for column, words in columns.items():
        row = fitted.summary.loc[column]
        yield {
            "model": model, "term": words, "n": len(frame), "events": int(frame["event"].sum()),
            "hazard_ratio": row["exp(coef)"], "low": row["exp(coef) lower 95%"],
            "high": row["exp(coef) upper 95%"], "coefficient": row["coef"],
            "standard_error": row["se(coef)"], "p": row["p"],
            "p_proportional": tested["p"].loc[column],
            "concordance": fitted.concordance_index_,
        }  # fmt: skip


def _fitted(frame: DataFrame) -> Any:
    import warnings

    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            return CoxPHFitter().fit(frame, duration_col="time", event_col="event")
    except (ConvergenceError, ConvergenceWarning) as error:
        raise InputError(
            "The Cox model does not settle.",
            why="A term is constant, a copy of another, or separates the events.",
            mend="Leave a term out, or give more people.",
        ) from error
