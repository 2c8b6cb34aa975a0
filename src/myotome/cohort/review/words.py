"""What reviewers said: one JSON line for each word, only ever added to.

A later word of the same reviewer on the same study takes the place of an earlier one; comments
stay beside it. A word counts for the attempt it was said of: a study that was measured again since
has to be looked at again.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from myotome.cohort.store.layout import Layout
from myotome.errors import InputError
from myotome.tables.cohort.verdicts import LONGEST_COMMENT, LONGEST_NAME, VERDICTS
from myotome.write.folder import refusal

_MOST_BYTES = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One line: ``reviewer`` said ``verdict`` (a row of ``VERDICTS``) of ``attempt`` at ``utc``.

    Refuses (InputError) a name or comment that is too long or holds control characters, an
    unknown verdict, no name, and a comment that says nothing.
    """

    study: str
    reviewer: str
    verdict: str
    comment: str
    utc: str
    attempt: int

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            known = ", ".join(VERDICTS)
            raise InputError("this is no verdict of a review.", mend=f"Use one of: {known}.")
        require_name(self.reviewer)
        if len(self.comment) > LONGEST_COMMENT or not _plain(self.comment.replace("\n", " ")):
            raise InputError(
                f"the comment has more than {LONGEST_COMMENT} characters, or control characters.",
                mend="Write less, or plain text.",
            )
        if VERDICTS[self.verdict].accepts is None and not self.comment.strip():
            raise InputError("the comment is empty.", mend="Write one.")


def require_name(reviewer: str) -> None:
    """Refuse (InputError) what is no name of a reviewer."""
    if not reviewer.strip() or len(reviewer) > LONGEST_NAME or not _plain(reviewer):
        raise InputError(
            "a review needs the name of its reviewer.",
            why="Two reviewers' words are compared, and the last word of each counts.",
            mend=f"Pass --reviewer NAME, at most {LONGEST_NAME} characters.",
        )


def _plain(text: str) -> bool:
    return text.isprintable()


def now() -> str:
    """The time as a word tells it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def say(word: Word, layout: Layout) -> None:
    """Add a word, on the disk when this returns. Several reviewers may do so at the same time.

    Refuses (OutputError) if the disk does.
    """
    line = (json.dumps(asdict(word), ensure_ascii=False) + "\n").encode()
    try:
        layout.review.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(layout.review, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            _append(handle, line)
        finally:
            os.close(handle)
    except OSError as error:
        raise refusal(error) from error


def _append(handle: int, line: bytes) -> None:
    """One whole line, or none: a half one (a full disk) is taken back."""
    size = os.fstat(handle).st_size
    if size and os.pread(handle, 1, size - 1) != b"\n":
        line = b"\n" + line  # a line that somebody's crash left half written ends here
    try:
        whole = os.write(handle, line) == len(line)
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)
        raise
    if not whole:
        os.ftruncate(handle, size)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def said(layout: Layout) -> tuple[Word, ...]:
    """Every word in the order they were said; none before the first review.

    A last line without its end is being written, and left out. Refuses (InputError) damaged ones.
    """
    try:
        if layout.review.stat().st_size > _MOST_BYTES:
            raise InputError("the file of reviews is too large.", mend="Move it elsewhere.")
        lines = layout.review.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:
        return ()
    return tuple(_word(line, number) for number, line in enumerate(lines, 1) if line.strip())


def _word(line: bytes, number: int) -> Word:
    try:
        found = json.loads(line)
        return Word(**{field.name: _typed(field.name, found[field.name]) for field in fields(Word)})
    except (ValueError, KeyError, TypeError, InputError) as error:
        raise InputError(
            f"line {number} of review/reviews.jsonl is damaged.",
            why="Nobody can tell what was said there.",
            mend="Correct or remove that line.",
        ) from error


def _typed(name: str, value: Any) -> Any:
    if type(value) is not (int if name == "attempt" else str):
        raise TypeError(name)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What reviewers made of one study, as it was measured last.

    ``accepted`` is None as long as nobody judged it; one reviewer who does not accept is enough to
    leave it out, and ``excluded_why`` then says why. ``verdicts`` are the last ones by reviewer,
    ``comments`` all of them with their reviewers, ``stale`` counts verdicts on earlier attempts.
    """

    accepted: bool | None
    excluded_why: str
    verdicts: Mapping[str, str]
    comments: tuple[tuple[str, str], ...]
    stale: int


UNDECIDED = Decision(accepted=None, excluded_why="", verdicts={}, comments=(), stale=0)


def decisions(words: Iterable[Word], attempts: Mapping[str, int]) -> dict[str, Decision]:
    """The decision on every study with a word, by study. ``attempts`` are the last ones.

    Words on studies that the cohort does not have are left out.
    """
    by_study: dict[str, list[Word]] = defaultdict(list)
    for word in words:
        if word.study in attempts:
            by_study[word.study].append(word)
    return {study: _decision(own, attempts[study]) for study, own in by_study.items()}


def _decision(words: list[Word], attempt: int) -> Decision:
    verdicts: dict[str, str] = {}
    stale = 0
    for word in words:
        if VERDICTS[word.verdict].accepts is None:
            continue
        if word.attempt == attempt:
            verdicts[word.reviewer] = word.verdict
        else:
            stale += 1
    against = [key for key in VERDICTS if key in verdicts.values() and not VERDICTS[key].accepts]
    return Decision(
        accepted=None if not verdicts else not against,
        excluded_why="; ".join(VERDICTS[key].excluded for key in against),
        verdicts=verdicts,
        comments=tuple((word.reviewer, word.comment) for word in words if word.comment.strip()),
        stale=stale,
    )
