"""Tables of outcome-driven cut-offs and of survival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from myotome.errors import InputError
from myotome.stats.outcomes.stratify import SHARES, Stratified, stratify
from myotome.stats.outcomes.survival import GroupCurve, cox, log_rank
from myotome.stats.outcomes.young import Draws
from myotome.stats.reference.quantity import axis_words, value_key
from myotome.stats.sheets.sheet import Sheet, Value, number, p_value, sheet, text

if TYPE_CHECKING:
    from pandas import DataFrame

SEXES = {"F": "women", "M": "men"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """The numbers below which women and men are low."""

    female: float
    male: float

    def of(self, sex: str) -> float:
        """That of a sex."""
        return self.female if sex == "F" else self.male


def outcome_cutoffs(people: DataFrame, column: str, draws: Draws, *, adjust: bool = False) -> Sheet:
    """The best cut-off of each sex; where one sex lacks events the note says so."""
    adjusted = ("age_years",) if adjust else ()
    rows, refused = [], []
    for sex, words in SEXES.items():
        mine = people[people["sex"] == sex]
        try:
            rows.append(_row(sex, column, stratify(mine, draws, adjust=adjusted)))
        except InputError as error:
            refused.append(f"{words.capitalize()}: {error}")
    if not rows:
        raise InputError("No cut-off by the outcome can be found.", why=" ".join(refused))
    kind = "log-rank scores" if "time" in people else "a yes-or-no outcome"
    age = ", adjusted for age" if adjust else ""
    return sheet(
        "outcome_cutoffs",
        f"Cut-offs of {axis_words(column)} by the outcome",
        (
            text("sex", "Sex"), number("n", "n", 0), number("events", "Events", 0),
            number(value_key(column, "cutoff"), "Cut-off (low: this or less)", 2),
            number(value_key(column, "low"), "95 % CI from", 2),
            number(value_key(column, "high"), "to", 2), number("n_low", "n low", 0),
            text("worse", "More events among"), number("statistic", "Statistic", 3),
            number("looks", "Cut-offs tried", 0), p_value("p_naive", "P, not corrected"),
            p_value("p_corrected", "P, Lausen-Schumacher"),
            p_value("p_permutation", "P, permutation"),
        ),
        rows,
        (f"Maximally selected rank statistic on {kind}{age}, between the {SHARES[0]:.0%} and "
         f"{SHARES[1]:.0%} shares; {draws.times} permutations and bootstrap draws, seed "
         f"{draws.seed}.",
         "The P value that is not corrected forgets the cut-offs that were tried: it is no "
         "evidence. The two sexes are two tests: halve the level for both. A cut-off that was "
         "chosen on these people looks better on them than on others.", *refused),
    )  # fmt: skip


def _row(sex: str, column: str, found: Stratified) -> dict[str, Value]:
    return {
        "sex": sex, "n": found.n, "events": found.events,
        value_key(column, "cutoff"): found.cutoff, value_key(column, "low"): found.low,
        value_key(column, "high"): found.high, "n_low": found.n_low,
        "worse": "the low" if found.worse_below else "the high",
        "statistic": found.statistic, "looks": found.looks, "p_naive": found.p_naive,
        "p_corrected": found.p_corrected, "p_permutation": found.p_permutation,
    }  # fmt: skip


def grouped(people: DataFrame, cuts: Cuts | None) -> DataFrame:
    """The people with ``group`` (low or not, or thirds of their sex) and ``z`` within their sex."""
    import pandas as pd

    by_sex = people.groupby("sex")["value"]
    z = (people["value"] - by_sex.transform("mean")) / by_sex.transform("std")
    if cuts is None:
        rank = by_sex.rank(pct=True, method="average")
        group = pd.cut(rank, [0, 1 / 3, 2 / 3, 1], labels=["1 lowest third", "2 middle third",
                                                           "3 highest third"])  # fmt: skip
    else:
        low = people["value"] < people["sex"].map(cuts.of)
        group = low.map({True: "1 low", False: "2 not low"})
    return people.assign(
        group=group.astype(str), sd_less=-z, male=(people["sex"] == "M").astype(float),
        low=(group.astype(str) == "1 low").astype(float),
    )  # fmt: skip


def cox_sheet(people: DataFrame, column: str, cuts: Cuts | None) -> Sheet:
    """Cox models: per SD less (and low or not), alone and adjusted for age and sex."""
    both = people["male"].nunique() > 1
    person = {"age_years": "age, per year", **({"male": "men against women"} if both else {})}
    terms = {"sd_less": "per SD less (of the sex)"}
    models: list[tuple[str, Mapping[str, str]]] = [
        ("alone", terms), ("with age and sex" if both else "with age", {**terms, **person}),
    ]  # fmt: skip
    if cuts is not None:
        low = {"low": f"low (women < {cuts.female:g}, men < {cuts.male:g})"}
        models += [("low alone", low), ("low with age and sex", {**low, **person})]
    rows = [row for name, columns in models for row in cox(people, columns, name)]
    return sheet(
        "cox",
        f"Hazard ratios of {axis_words(column)}",
        (
            text("model", "Model"), text("term", "Term"), number("n", "n", 0),
            number("events", "Events", 0), number("hazard_ratio", "Hazard ratio", 3),
            number("low", "95 % CI from", 3), number("high", "to", 3),
            number("coefficient", "Coefficient", 4), number("standard_error", "SE", 4),
            p_value("p", "P"), p_value("p_proportional", "P, proportional hazards"),
            number("concordance", "Concordance", 3),
        ),
        rows,
        (f"Cox models, ties by Efron. {len(models)} models of the same people: P values are not "
         "corrected for multiplicity. A small P of proportional hazards (scaled Schoenfeld "
         "residuals against Kaplan-Meier time) says that the ratio changes over time.",),
    )  # fmt: skip


def curve_sheet(people: DataFrame, curves: Sequence[GroupCurve], time_unit: str) -> Sheet:
    """A row per group, with the log-rank test in the notes."""
    statistic, df, p = log_rank(people, "group")
    rows: list[dict[str, Value]] = []
    last = max(float(curve.durations.max()) for curve in curves)
    for curve in curves:
        for time in (last / 4, last / 2, last * 3 / 4):
            share, low, high = curve.at(time)
            rows.append({
                "group": group_words(curve.group), "n": curve.n, "events": curve.events,
                "median_time": curve.median, "time": time,
                "at_risk": int((curve.durations >= time).sum()),
                "alive_percent": 100 * share, "low_percent": 100 * low, "high_percent": 100 * high,
            })  # fmt: skip
    return sheet(
        "survival",
        "Kaplan-Meier estimates by group",
        (
            text("group", "Group"), number("n", "n", 0), number("events", "Events", 0),
            number("median_time", f"Median time, {time_unit}", 2),
            number("time", f"At, {time_unit}", 2), number("at_risk", "At risk", 0),
            number("alive_percent", "Without event (%)", 1),
            number("low_percent", "95 % CI from (%)", 1), number("high_percent", "to (%)", 1),
        ),
        rows,
        (f"Limits by the log-log transform. Log-rank test of the groups: chi-squared "
         f"{statistic:.3f}, {df} df, P {p:.3g}.",),
    )  # fmt: skip


def group_words(group: str) -> str:
    """A group without the digit that orders it."""
    return group[2:] if group[:1].isdigit() else group
