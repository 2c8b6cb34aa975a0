"""The tables: prevalence by cut-off, agreement of cut-offs, combinations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations as pairs_of
from typing import TYPE_CHECKING, Any

import numpy as np

from myotome.stats.prevalence.agreement import combinations, pair, wilson
from myotome.stats.prevalence.judged import YES, Judgement
from myotome.stats.sheets.sheet import Sheet, Value, number, sheet, text

if TYPE_CHECKING:
    from pandas import DataFrame

_GROUPS = (("all", "FM"), ("women", "F"), ("men", "M"))
_SHARE_FOR_SETS = 0.5


def prevalence_sheet(judged: Sequence[Judgement], rows: DataFrame) -> Sheet:
    """A row per cut-off, for all and by sex."""
    return sheet(
        "prevalence",
        "People beyond each published cut-off",
        (
            text("cutoff", "Cut-off"), text("finding", "Finding"), text("topic", "Topic"),
            text("group", "People"), number("n", "n", 0), number("n_applicable", "Applies to", 0),
            number("n_low", "Beyond it", 0), number("prevalence_percent", "Share (%)", 1),
            number("low_percent", "95 % CI from (%)", 1), number("high_percent", "to (%)", 1),
            text("why_not", "Why it does not apply to the others"), text("doi", "DOI"),
        ),
        [row for one in judged for row in _prevalence(one, rows["sex"].to_numpy())],
        ("Shares are of the people that the cut-off applies to, by the rules of `myotome assess`; "
         "intervals by Wilson. Cut-offs were derived on other people, scanners and contrast "
         "phases: a share is no prevalence of sarcopenia.",),
    )  # fmt: skip


def _prevalence(one: Judgement, sexes: Any) -> Iterator[dict[str, Value]]:
    for group, letters in _GROUPS:
        mine = np.isin(sexes, list(letters))
        n, count = int((one.applicable & mine).sum()), int(((one.answers == YES) & mine).sum())
        low, high = wilson(count, n)
        why = "; ".join(f"{words} ({times})" for words, times in one.reasons[:2])
        yield {
            "cutoff": one.cutoff.key, "finding": one.cutoff.words, "topic": one.cutoff.topic,
            "group": group, "n": int(mine.sum()), "n_applicable": n, "n_low": count,
            "prevalence_percent": 100 * count / n if n else None,
            "low_percent": 100 * low, "high_percent": 100 * high,
            "why_not": why if group == "all" else "", "doi": one.cutoff.source.doi,
        }  # fmt: skip


def agreement_sheet(judged: Sequence[Judgement]) -> Sheet:
    """Every two cut-offs of one topic on the people that both apply to."""
    return sheet(
        "agreement",
        "Agreement of cut-offs",
        (
            text("topic", "Topic"), text("first", "Cut-off"), text("second", "and"),
            number("n", "Both apply to", 0), number("both_low", "Beyond both", 0),
            number("first_only", "Only the first", 0), number("second_only", "Only the second", 0),
            number("agreement_percent", "Same answer (%)", 1), number("kappa", "Kappa", 2),
            number("low", "95 % CI from", 2), number("high", "to", 2),
        ),
        list(_pairs(judged)),
        ("Cohen's kappa, interval by the standard error of Fleiss, Cohen and Everitt 1969; empty "
         "where one cut-off gives everybody the same answer.",),
    )  # fmt: skip


def _pairs(judged: Sequence[Judgement]) -> Iterator[dict[str, Value]]:
    for first, second in pairs_of(judged, 2):
        found = pair(first, second)
        if first.cutoff.topic == second.cutoff.topic and found.n:
            yield {
                "topic": first.cutoff.topic, "first": first.cutoff.key,
                "second": second.cutoff.key, "n": found.n, "both_low": found.both,
                "first_only": found.first_only, "second_only": found.second_only,
                "agreement_percent": 100 * found.agreement, "kappa": found.kappa,
                "low": found.low, "high": found.high,
            }  # fmt: skip


def for_sets(judged: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """Those that apply to at least half of the people, so that sets can be compared at all."""
    return tuple(one for one in judged if one.applicable.mean() >= _SHARE_FOR_SETS)


def sets_sheet(judged: Sequence[Judgement]) -> Sheet:
    """How many people are low by which set of cut-offs."""
    chosen = for_sets(judged)
    found, n = combinations(chosen) if chosen else ((), 0)
    rows: list[dict[str, Value]] = [
        {
            "low_by": ", ".join(
                one.cutoff.key for one, low in zip(chosen, each.low, strict=True) if low
            )
            or "none",
            "n_cutoffs": sum(each.low), "n": each.count, "share_percent": 100 * each.count / n,
        }
        for each in found
    ]  # fmt: skip
    return sheet(
        "sets",
        "Which cut-offs say so together",
        (text("low_by", "Beyond exactly these"), number("n_cutoffs", "Cut-offs", 0),
         number("n", "n", 0), number("share_percent", "Share (%)", 1)),
        rows,
        (f"Of {n} people to whom all of {len(chosen)} cut-offs apply; cut-offs that apply to "
         "fewer than half of the people are left out.",),
    )  # fmt: skip
