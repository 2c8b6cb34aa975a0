"""Yes, no or unknown, and why: Kleene's three-valued logic with reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

NOT_LOW = "not low by the tests done"


class Truth(StrEnum):
    """A three-valued answer. Unknown is never read as no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


_OPPOSITE = {Truth.YES: Truth.NO, Truth.NO: Truth.YES, Truth.UNKNOWN: Truth.UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One answer.

    ``because`` are the findings that decided, ``used`` the keys of their facts; of an unknown,
    what is known so far. ``needs`` are the facts that are missing and ``refused`` the reasons why
    something known may not be used; both are empty for yes and no. ``caveats`` weaken the answer.
    ``undone`` are tests that nobody did and that could still turn this no into a yes.
    """

    truth: Truth
    because: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.truth is Truth.UNKNOWN) != bool(self.needs or self.refused):
            raise ValueError(f"{self.truth}: only an unknown has reasons to be unknown")

    @property
    def words(self) -> str:
        """``yes: ...``, ``no: ...`` or ``not assessable: needs ...``; never "normal"."""
        if self.truth is not Truth.UNKNOWN:
            return f"{self.truth}: {'; '.join(self.because)}"
        needs = (f"needs {', '.join(self.needs)}",) if self.needs else ()
        return f"not assessable: {'; '.join((*needs, *self.refused))}"


def all_hold(parts: Sequence[Verdict]) -> Verdict:
    """Yes if every part is, no if one is not, else unknown."""
    return at_least(len(parts), parts)


def any_holds(parts: Sequence[Verdict]) -> Verdict:
    """Yes if one part is, no if none can be, else unknown."""
    return at_least(1, parts)


def at_least(n: int, parts: Sequence[Verdict]) -> Verdict:
    """Yes if ``n`` parts are, no if fewer can be, else unknown; decided by the parts that do.

    Refuses ``n`` below 1 or above the number of parts.
    """
    if not 1 <= n <= len(parts):
        raise ValueError(f"{n} of {len(parts)} parts cannot be asked for")
    yes = [p for p in parts if p.truth is Truth.YES]
    no = [p for p in parts if p.truth is Truth.NO]
    if len(yes) >= n:
        return _joined(Truth.YES, yes)
    if len(parts) - len(no) < n:
        sure = [p for p in no if not p.undone]
        answer = _joined(Truth.NO, no)
        return replace(answer, undone=()) if len(parts) - len(sure) < n else answer
    return _joined(Truth.UNKNOWN, parts)


def by_those_done(done: Sequence[Verdict], undone: Sequence[str]) -> Verdict:
    """Yes if one of the tests done is, no if none is, else unknown; ``undone`` are the others.

    A no is "not low by the tests done", which is said with what was not done.
    """
    verdict = any_holds(done)
    if verdict.truth is not Truth.NO or not undone:
        return verdict
    said = f"{NOT_LOW}; not done: {', '.join(undone)}"
    return replace(verdict, caveats=(*verdict.caveats, said), undone=tuple(undone))


def negated(part: Verdict) -> Verdict:
    """The opposite of yes and no, with the same reasons; unknown stays unknown."""
    return _joined(_OPPOSITE[part.truth], (part,))


def _joined(truth: Truth, parts: Sequence[Verdict]) -> Verdict:
    """One verdict from the parts that decide it, without repetitions."""

    def each(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(word for part in parts for word in getattr(part, name)))

    return Verdict(
        truth=truth,
        because=each("because"),
        used=each("used"),
        needs=each("needs"),
        refused=each("refused"),
        caveats=each("caveats"),
        undone=each("undone"),
    )
