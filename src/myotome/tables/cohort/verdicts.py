"""What a reviewer may say of a study, one row each."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One word of a reviewer. ``letter`` is its key on the keyboard.

    ``accepts``: the study's numbers may be used (None: it says nothing of that). ``excluded`` says
    why a study is left out, where it is.
    """

    key: str
    words: str
    letter: str
    accepts: bool | None
    excluded: str = ""


VERDICTS = Registry(
    "verdict",
    (
        Verdict(key="accept", words="accept", letter="a", accepts=True),
        Verdict(
            key="reject",
            words="reject",
            letter="r",
            accepts=False,
            excluded="a reviewer rejected the segmentation",
        ),
        Verdict(
            key="wrong_level",
            words="level is wrong",
            letter="l",
            accepts=False,
            excluded="a reviewer said that the level is wrong",
        ),
        Verdict(key="comment", words="comment only", letter="c", accepts=None),
    ),
)
"""The keys are written into ``review/reviews.jsonl`` and never change."""
JUDGING = tuple(row.key for row in VERDICTS.values() if row.accepts is not None)
"""The verdicts that agreement is counted over."""
LONGEST_NAME, LONGEST_COMMENT = 60, 2000
"""Characters of a reviewer's name and of one comment."""
