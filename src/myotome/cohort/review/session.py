"""One reviewer's session: what the served pages show, and how a word of theirs is kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from myotome.cohort.review.sheet import (
    Json,
    Links,
    group_page,
    pages_of,
    sheet_page,
    shown_thumb,
    state_words,
)
from myotome.cohort.review.state import Reviewed, results_of
from myotome.cohort.review.thumbs import BY_ROLE, ROLES, Role, Thumb, thumb
from myotome.cohort.review.words import Word, decisions, now, said, say
from myotome.errors import InputError
from myotome.tables.cohort.verdicts import LONGEST_COMMENT, VERDICTS

GROUP, LEFT, SCRIPT = "group", "left", "review.js"
_TEXTS = ("study", "verdict", "comment")
_REPORT = "report.html"
_KEPT = 2048


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Session:
    """``found`` is the cohort as it was opened; words are read anew each time.

    A reviewer sees their own words alone: who knows what another one said does not judge apart,
    and their agreement would mean nothing.
    """

    found: Reviewed
    reviewer: str
    attempts: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        attempts = {one.study: one.facts.attempt for one in self.found.standings}
        object.__setattr__(self, "attempts", attempts)

    def fresh(self) -> Reviewed:
        """The cohort with the words of all reviewers up to now."""
        return replace(self.found, decisions=decisions(said(self.found.layout), self.attempts))

    def own(self) -> Reviewed:
        """The cohort with the words of this reviewer up to now."""
        words = (word for word in said(self.found.layout) if word.reviewer == self.reviewer)
        return replace(self.found, decisions=decisions(words, self.attempts))

    def page(self, number: int) -> str | None:
        """One page of the sheet with buttons; None if there is no such page.

        Page 0 holds studies that this reviewer has not judged yet.
        """
        if not 0 <= number <= pages_of(self.found):
            return None
        found = self.own()
        own = {study: one.verdicts.get(self.reviewer, "") for study, one in found.decisions.items()}
        served = {
            "reviewer": self.reviewer,
            "own": own,
            "longest": LONGEST_COMMENT,
            "script": SCRIPT,
        }
        return sheet_page(found, self._links(), number, **served)

    def group(self) -> str:
        """The group page."""
        return group_page(self.own(), self._links(), served=True)

    def file(self, study: str, name: str) -> bytes | None:
        """A report, or a picture of a row at full size; None for anything else.

        Only files of our own names in the results folders of this cohort's studies.
        """
        folder = results_of(self.found.layout, study) if study in self.attempts else None
        if folder is None:
            return None
        known = {_REPORT} | {
            made.file for role in ROLES if (made := small(self.found, study, role.key)) is not None
        }
        path = folder / name
        if name not in known or path.is_symlink() or not path.is_file():
            return None
        return path.read_bytes()

    def picture(self, study: str, role: str) -> Thumb | None:
        """A small picture; None if there is none."""
        if study not in self.attempts or role not in BY_ROLE:
            return None
        return small(self.found, study, role)

    def keep(self, told: Any) -> Json:
        """Keep one word; says what became of the study.

        Refuses (InputError) what is no word, and one on a measurement that this cohort lacks.
        """
        if not isinstance(told, dict) or not all(isinstance(told.get(k), str) for k in _TEXTS):
            raise InputError("this is no word of a review.")
        if type(told.get("attempt")) is not int or told["attempt"] != self._attempt(told["study"]):
            raise InputError(
                "this cohort has no such measurement of the study.", mend="Load the page again."
            )
        word = Word(
            study=told["study"],
            reviewer=self.reviewer,
            verdict=told["verdict"],
            comment=told["comment"].replace("\r\n", "\n"),
            utc=now(),
            attempt=told["attempt"],
        )
        say(word, self.found.layout)
        row = VERDICTS[word.verdict]
        decision = self.own().decision(word.study)
        return {
            "words": row.words,
            "judges": row.accepts is not None,
            "state": state_words(decision.accepted),
        }

    def _attempt(self, study: str) -> int:
        return self.attempts.get(study, -1)

    def _links(self) -> Links:
        """Relative addresses: every page lies in the same folder, whose name is the secret."""

        def picture(study: str, role: Role) -> Json | None:
            made = small(self.found, study, role.key)
            return None if made is None else shown_thumb(made, f"thumb/{study}/{role.key}")

        def report(study: str) -> str:
            return whole(study, _REPORT)

        def whole(study: str, name: str) -> str:
            folder = results_of(self.found.layout, study)
            there = folder is not None and (folder / name).is_file()
            return f"results/{study}/{name}" if there else ""

        return Links(
            report=report,
            picture=picture,
            whole=whole,
            page=lambda number: f"page-{number}",
            group=GROUP,
            left=LEFT,
        )


@lru_cache(maxsize=_KEPT)
def small(found: Reviewed, study: str, role: str) -> Thumb | None:
    """A small picture, kept: some 10 kB each."""
    return thumb(found.layout, study, BY_ROLE[role])
