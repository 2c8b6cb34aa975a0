"""Automatic against manual areas (table 2 and figure 4 of Vu et al. 2024)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from myotome.evaluate.scores.icc import icc
from myotome.evaluate.scores.overlap import State
from myotome.evaluate.scores.rows import SliceScore
from myotome.stats.agreement.clusters import over_subjects
from myotome.stats.agreement.evaluation import MUSCLE_SIDES, of, subjects
from myotome.stats.agreement.limits import limits
from myotome.stats.describe.fits import correlation, line
from myotome.stats.sheets.sheet import Sheet, number, sheet, text
from myotome.stats.table.columns import TOTAL, words_of
from myotome.tables.vu2024.agreement import ICC_SOURCE, ICCS

EVERY: tuple[tuple[str, str], ...] = (*MUSCLE_SIDES, (TOTAL, "both"))
_NOT_INDEPENDENT = (
    "Slices of one subject are not independent: the intervals are too narrow, the more so the "
    "fewer subjects there are."
)


def seen(rows: Sequence[SliceScore], structure: str, side: str) -> list[SliceScore]:
    """The slices on which either map has the structure."""
    return [r for r in of(rows, structure, side) if r.state is not State.EMPTY]


def pairs(rows: Sequence[SliceScore]) -> tuple[Any, Any]:
    """Automatic and manual areas in cm2."""
    return np.array([r.predicted_cm2 for r in rows]), np.array([r.reference_cm2 for r in rows])


def _head(rows: Sequence[SliceScore], structure: str, side: str) -> dict[str, Any]:
    return {
        "muscle": words_of(structure),
        "side": side,
        "slices": len(rows),
        "subjects": subjects(rows),
    }


def icc_table(rows: Sequence[SliceScore]) -> Sheet:
    """ICC(2,1) and ICC(3,1) of areas with their intervals, beside what the paper prints."""
    printed = {(p.structure, p.side): p for p in ICCS}
    found = []
    for structure, side in EVERY:
        own = seen(rows, structure, side)
        row = _head(own, structure, side) | _iccs(own)
        paper = printed[structure, side]
        found.append(row | {"paper_table": paper.table, "paper_text": paper.text})
    return sheet(
        "area_icc",
        "Automatic and manual areas: intraclass correlation",
        (
            text("muscle", "muscle"),
            text("side", "side"),
            number("slices", "slices", 0),
            number("subjects", "subjects", 0),
            *_three("icc_2_1", "ICC(2,1)", 3),
            number("icc_2_1_subjects_low_95", "over subjects, low", 3),
            number("icc_2_1_subjects_high_95", "over subjects, high", 3),
            *_three("icc_3_1", "ICC(3,1)", 3),
            number("paper_table", "Vu 2024, table 2", 3),
            number("paper_text", "Vu 2024, text", 3),
        ),
        found,
        (
            "ICC(2,1): two-way random, absolute agreement, single ratings; ICC(3,1): two-way "
            "mixed, consistency (Shrout and Fleiss 1979); intervals by F (McGraw and Wong 1996).",
            _NOT_INDEPENDENT
            + " Over subjects: 95 % interval of ICC(2,1) by leaving out one subject at a time "
            "(from 5 subjects on), which minds that.",
            f"The paper's: {ICC_SOURCE}.",
        ),
    )


def area_lines(rows: Sequence[SliceScore]) -> Sheet:
    """Regression of automatic on manual areas and limits of agreement."""
    found = []
    for structure, side in EVERY:
        own = seen(rows, structure, side)
        row, (a, b) = _head(own, structure, side), pairs(own)
        found.append(row | _regressed(a, b) | _limited(a, b))
    return sheet(
        "area_agreement",
        "Automatic and manual areas: regression and limits of agreement",
        (
            text("muscle", "muscle"),
            text("side", "side"),
            number("slices", "slices", 0),
            number("subjects", "subjects", 0),
            number("r", "r", 3),
            number("intercept_cm2", "intercept (cm\N{SUPERSCRIPT TWO})", 2),
            *_three("slope", "slope", 3),
            *_three("bias_cm2", "bias (cm\N{SUPERSCRIPT TWO})", 2),
            *_three("lower_cm2", "lower limit (cm\N{SUPERSCRIPT TWO})", 2),
            *_three("upper_cm2", "upper limit (cm\N{SUPERSCRIPT TWO})", 2),
            number("trend", "difference per mean", 3),
        ),
        found,
        (
            "Least squares of automatic on manual area. Differences are automatic minus manual; "
            "limits are bias \N{PLUS-MINUS SIGN} 1.96 SD, their intervals those of Bland and "
            "Altman 1999. r and slope near 1 do not show agreement; bias and limits do.",
            _NOT_INDEPENDENT,
        ),
    )


def _iccs(rows: Sequence[SliceScore]) -> dict[str, Any]:
    if not rows:
        return {}
    out: dict[str, Any] = {}
    ratings = np.stack(pairs(rows), axis=1)
    for form in ("2,1", "3,1"):
        value = icc(ratings, form)
        if value is not None:
            out |= _cells(f"icc_{form.replace(',', '_')}", value.value, value.low, value.high)
    between = over_subjects(ratings, [r.subject for r in rows], _absolute)
    if between is not None:
        out["icc_2_1_subjects_low_95"], out["icc_2_1_subjects_high_95"] = between
    return out


def _absolute(ratings: Any) -> float | None:
    value = icc(ratings, "2,1")
    return None if value is None else value.value


def _three(key: str, words: str, digits: int) -> tuple[Any, ...]:
    return (
        number(key, words, digits),
        number(f"{key}_low_95", "95 % CI, low", digits),
        number(f"{key}_high_95", "95 % CI, high", digits),
    )


def _cells(key: str, value: float, low: float, high: float) -> dict[str, float]:
    return {key: value, f"{key}_low_95": low, f"{key}_high_95": high}


def _regressed(a: Any, b: Any) -> dict[str, Any]:
    fit, r = line(b, a), correlation(b, a)
    if fit is None:
        return {}
    return {
        "r": None if r is None else r.r,
        "intercept_cm2": fit.intercept,
        **_cells("slope", fit.slope, fit.low, fit.high),
    }


def _limited(a: Any, b: Any) -> dict[str, Any]:
    found = limits(a, b)
    if found is None:
        return {}
    return {
        **_cells("bias_cm2", *found.bias),
        **_cells("lower_cm2", *found.lower),
        **_cells("upper_cm2", *found.upper),
        "trend": found.trend,
    }
