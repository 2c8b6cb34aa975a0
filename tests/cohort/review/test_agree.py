"""Kappa against published numbers and statsmodels."""

from __future__ import annotations

import pytest

from myotome.cohort.review.agree import agreements, kappa
from myotome.cohort.review.words import Decision

# Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, 3rd ed., table 18.1:
# 100 patients by two clinicians, kappa 0.676, standard error 0.088 (p. 606)
FLEISS = [[75, 1, 4], [5, 4, 1], [0, 0, 10]]


def test_kappa_is_that_of_the_textbook() -> None:
    found = kappa(FLEISS)
    assert found.value == pytest.approx(0.676, abs=5e-4)
    assert found.low == pytest.approx(0.676 - 1.96 * 0.088, abs=2e-3)
    assert found.high == pytest.approx(0.676 + 1.96 * 0.088, abs=2e-3)


@pytest.mark.parametrize(
    "counts", [FLEISS, [[20, 5], [10, 15]], [[1, 9], [9, 1]], [[9, 1], [1, 0]]]
)
def test_kappa_is_that_of_statsmodels(counts: list[list[int]]) -> None:
    pytest.importorskip("statsmodels", reason="needs statsmodels")
    from statsmodels.stats.inter_rater import cohens_kappa

    theirs, ours = cohens_kappa(counts), kappa(counts)
    assert ours.value == pytest.approx(theirs.kappa)
    assert ours.low == pytest.approx(max(-1, theirs.kappa_low))
    assert ours.high == pytest.approx(min(1, theirs.kappa_upp))


def test_where_there_is_no_kappa_or_no_interval_none_is_told() -> None:
    assert kappa([[9, 0], [0, 0]]).value is None
    whole = kappa([[5, 0], [0, 5]])
    assert (whole.value, whole.low, whole.high) == (1.0, None, None)


def judged(**verdicts: str) -> Decision:
    return Decision(accepted=None, excluded_why="", verdicts=verdicts, comments=(), stale=0)


def test_only_studies_that_both_judged_are_compared() -> None:
    found = agreements(
        {
            "1": judged(ann="accept", bob="accept"),
            "2": judged(ann="accept", bob="reject"),
            "3": judged(ann="wrong_level", bob="wrong_level", cleo="accept"),
            "4": judged(ann="reject"),
            "5": judged(dan="reject"),
        }
    )
    assert [(one.first, one.second, one.n) for one in found] == [
        ("ann", "bob", 3),
        ("ann", "cleo", 1),
        ("bob", "cleo", 1),
    ]
    both = found[0]
    assert both.observed == pytest.approx(2 / 3)
    assert {one.verdict: (one.first, one.second, one.both) for one in both.verdicts} == {
        "accept": (2, 1, 1),
        "reject": (0, 1, 0),
        "wrong_level": (1, 1, 1),
    }
    assert [one.agreement for one in both.verdicts] == [pytest.approx(2 / 3), 0.0, 1.0]
