"""T-score cut-offs: the young of each sex, mean minus SDs, with bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from myotome.assess.own.lms import Numbers
from myotome.errors import InputError
from myotome.stats.reference.quantity import axis_words, value_key
from myotome.stats.sheets.sheet import Sheet, Value, number, sheet, text

if TYPE_CHECKING:
    from pandas import DataFrame

FEWEST_YOUNG = 30
"""The SD of fewer people has a 95 % interval of more than a quarter of itself."""
_SEXES = ("F", "M")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One cut-off rule: ``of`` gives it per row of a draws x people array."""

    key: str
    words: str
    of: Callable[[Numbers], Numbers]
    positive: bool = False


def _below(count: int) -> Callable[[Numbers], Numbers]:
    return lambda x: np.asarray(x.mean(axis=1) - count * x.std(axis=1, ddof=1))


def _below_log(count: int) -> Callable[[Numbers], Numbers]:
    return lambda x: np.asarray(np.exp(_below(count)(np.log(x))))


RULES: tuple[Rule, ...] = (
    Rule(key="minus_2_sd", words="mean - 2 SD", of=_below(2)),
    Rule(key="minus_1_sd", words="mean - 1 SD", of=_below(1)),
    Rule(key="log_minus_2_sd", words="mean - 2 SD of logarithms", of=_below_log(2), positive=True),
    Rule(key="log_minus_1_sd", words="mean - 1 SD of logarithms", of=_below_log(1), positive=True),
    Rule(key="p5", words="5th percentile", of=lambda x: np.quantile(x, 0.05, axis=1)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """How often people are drawn again for an interval, the same for the same ``seed``."""

    times: int = 1000
    seed: int = 1

    def __post_init__(self) -> None:
        if not 100 <= self.times <= 20_000:
            raise InputError("Draws are 100 to 20000: fewer give no 95 % interval.")


def young_cutoffs(rows: DataFrame, column: str, ages: tuple[float, float], draws: Draws) -> Sheet:
    """The cut-offs of people from ``ages[0]`` to below ``ages[1]`` years, by sex and rule.

    Refuses (InputError) where neither sex has enough of them.
    """
    low, high = ages
    if not 0 <= low < high:
        raise InputError("The young are from one age to a higher one.")
    young = rows[(rows["age_years"] >= low) & (rows["age_years"] < high)].dropna(subset=[column])
    found, refused = [], []
    for sex in _SEXES:
        values = young.loc[young["sex"] == sex, column].to_numpy(dtype=float)
        if len(values) < FEWEST_YOUNG:
            refused.append(f"{sex}: {len(values)} people, {FEWEST_YOUNG} are needed.")
            continue
        found += [{"sex": sex, "age_from_years": low, "age_below_years": high, **row}
                  for row in _rows(values, column, draws)]  # fmt: skip
    if not found:
        raise InputError(
            f"Too few people of {low:g} to below {high:g} years for a cut-off.",
            why=" ".join(refused),
            mend="Widen --young-from and --young-to.",
        )
    return _sheet(found, column, draws, refused)


def _rows(values: Numbers, column: str, draws: Draws) -> Iterator[dict[str, Value]]:
    rng = np.random.default_rng(draws.seed)
    drawn = rng.choice(values, (draws.times, len(values)))
    for rule in RULES:
        if rule.positive and values.min() <= 0:
            continue
        low, high = np.quantile(rule.of(drawn), (0.025, 0.975))
        yield {
            "n": len(values), "rule": rule.words,
            value_key(column, "mean"): float(values.mean()),
            value_key(column, "sd"): float(values.std(ddof=1)),
            value_key(column, "cutoff"): float(rule.of(values[np.newaxis])[0]),
            value_key(column, "low"): float(low), value_key(column, "high"): float(high),
        }  # fmt: skip


def _sheet(rows: list[dict[str, Value]], column: str, draws: Draws, refused: list[str]) -> Sheet:
    return sheet(
        "young_cutoffs",
        f"Cut-offs of {axis_words(column)} by the young",
        (
            text("sex", "Sex"), number("age_from_years", "Age from", 0),
            number("age_below_years", "to below (years)", 0), number("n", "n", 0),
            text("rule", "Rule"),
            *(number(value_key(column, key), words, 2) for key, words in (
                ("mean", "Mean"), ("sd", "SD"), ("cutoff", "Cut-off"), ("low", "95 % CI from"),
                ("high", "to"),
            )),
        ),
        rows,
        (f"Intervals are percentiles of {draws.times} bootstrap draws (seed {draws.seed}). Of "
         "skewed values mean - 2 SD is not the 2.3rd percentile: compare the logarithms.",
         *refused),
    )  # fmt: skip
