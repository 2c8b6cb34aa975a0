"""What reviewers said last of each study, as far as it is of the numbers that stand now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from myotome.errors import InputError

if TYPE_CHECKING:
    from myotome.cohort.store.layout import Layout

ACCEPT, REJECT, WRONG_LEVEL = "accept", "reject", "wrong_level"
VERDICTS = (ACCEPT, REJECT, WRONG_LEVEL)
_Said = tuple[str, int]


def verdicts(layout: Layout) -> Mapping[_Said, frozenset[str]]:
    """The verdicts on each (study, attempt): the newest word of every reviewer.

    A study that was measured again has none until somebody looks again. Refuses (InputError) a
    damaged line, but for a last one that is still being written.
    """
    newest: dict[tuple[str, int, str], tuple[str, str]] = {}
    for word in _words(layout):
        if word["verdict"] in VERDICTS:
            key = (str(word["study"]), int(word["attempt"]), str(word["reviewer"]))
            said = (str(word["utc"]), str(word["verdict"]))
            if key not in newest or said[0] >= newest[key][0]:  # of the same second: the later line
                newest[key] = said
    found: dict[_Said, set[str]] = {}
    for (study, attempt, _), (_, verdict) in newest.items():
        found.setdefault((study, attempt), set()).add(verdict)
    return {key: frozenset(said) for key, said in found.items()}


def accepted(said: frozenset[str]) -> bool | None:
    """False if one reviewer did not accept the study, None if nobody looked."""
    return said == {ACCEPT} if said else None


def _words(layout: Layout) -> Iterator[dict[str, Any]]:
    try:
        text = layout.review.read_text(encoding="utf-8")
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged("file") from error
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            word = json.loads(line)
            yield {
                "verdict": word.get("verdict"),
                **{key: word[key] for key in ("study", "reviewer", "utc")},
                "attempt": int(word["attempt"]),
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            if number == len(lines):
                return  # the writer is not through with it
            raise _damaged(f"line {number}") from error


def _damaged(what: str) -> InputError:
    return InputError(
        f"the reviews of the cohort (review/reviews.jsonl) are damaged: {what} cannot be read.",
        why="A study that was rejected could be taken for accepted.",
        mend="Correct the line, or remove it and review the study again.",
    )
