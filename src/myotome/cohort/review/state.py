"""A cohort as its reviewers see it: every study with its standing and what was said of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from myotome.cohort.review.gathered import failed
from myotome.cohort.review.standing import Standing, standings
from myotome.cohort.review.words import UNDECIDED, Decision, decisions, said
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.opened import open_cohort

_STUDY = re.compile(r"[0-9A-Za-z_-]{1,64}")
"""What may be a part of a path. Pseudonyms are hexadecimal; another key has no pictures."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reviewed:
    """``standings`` in the order to look at them; ``failures`` are (study, reason, message)."""

    layout: Layout
    standings: tuple[Standing, ...]
    failures: tuple[tuple[str, str, str], ...]
    decisions: Mapping[str, Decision]

    def decision(self, study: str) -> Decision:
        """What was said of this study so far."""
        return self.decisions.get(study, UNDECIDED)

    @property
    def counts(self) -> dict[str, int]:
        """Studies by what became of them; they add up to all of the cohort."""
        found = Counter(self.decision(one.study).accepted for one in self.standings)
        return {
            "accepted": found[True],
            "excluded": found[False],
            "not_reviewed": found[None],
            "failed": len(self.failures),
        }

    @property
    def excluded(self) -> dict[str, int]:
        """Studies that were left out by the reason why."""
        found = (self.decision(one.study) for one in self.standings)
        return dict(Counter(one.excluded_why for one in found if one.accepted is False))


def reviewed(folder: str | Path) -> Reviewed:
    """Open a cohort with all that is needed to review it.

    Refuses (InputError) what is no cohort, and a damaged file of reviews.
    """
    with open_cohort(folder) as cohort:
        found, lost = standings(cohort), failed(cohort)
        layout = cohort.layout
    attempts = {one.study: one.facts.attempt for one in found}
    return Reviewed(
        layout=layout,
        standings=found,
        failures=tuple(lost),
        decisions=decisions(said(layout), attempts),
    )


def results_of(layout: Layout, study: str) -> Path | None:
    """The results folder of a study; None if there is none, or it could lie elsewhere."""
    if _STUDY.fullmatch(study) is None:
        return None
    folder = layout.results(study)
    return folder if folder.is_dir() and not folder.is_symlink() else None
