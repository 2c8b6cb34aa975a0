"""What may become of a job and of a study: rows of (state, event) -> state, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from myotome.tables.registry import unique


class TransitionError(ValueError):
    """An event that the state does not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row: in ``state``, ``event`` leads ``to``."""

    state: str
    event: str
    to: str
    words: str


class StateTable:
    """The rows of one kind of thing. Refuses (ValueError, at import) two rows for one event."""

    def __init__(self, kind: str, rows: Iterable[Step]) -> None:
        self.kind = kind
        self.rows = tuple(rows)
        self._to = unique(f"{kind} step", (((r.state, r.event), r.to) for r in self.rows))
        self.states = tuple(dict.fromkeys(s for r in self.rows for s in (r.state, r.to)))
        self.events = tuple(dict.fromkeys(r.event for r in self.rows))

    def after(self, state: str, event: str) -> str:
        """The state after ``event``. Refuses (TransitionError) what no row has."""
        try:
            return self._to[state, event]
        except KeyError:
            raise TransitionError(f"a {self.kind} that is {state} cannot be {event}") from None


def _steps(*rows: tuple[str, str, str, str]) -> tuple[Step, ...]:
    return tuple(Step(state=s, event=e, to=t, words=w) for s, e, t, w in rows)


WAITING, RUNNING, DONE = "waiting", "running", "done"
REFUSED, FAILED, SUPERSEDED = "refused", "failed", "superseded"
JOB = StateTable(
    "job",
    _steps(
        (WAITING, "claimed", RUNNING, "a worker took it, for as long as its lease lasts"),
        (WAITING, "superseded", SUPERSEDED, "the study has changed: newer work takes its place"),
        (RUNNING, "finished", DONE, "the result is there"),
        (RUNNING, "refused", REFUSED, "it cannot be done, however often it is tried"),
        (RUNNING, "failed", WAITING, "it is tried again, later each time"),
        (RUNNING, "exhausted", FAILED, "it failed as often as it may"),
        (RUNNING, "expired", WAITING, "its worker was not heard of until the end of the lease"),
        (RUNNING, "released", WAITING, "its worker was asked to stop; this is no attempt"),
        (RUNNING, "superseded", SUPERSEDED, "the study has changed while it was worked on"),
        (REFUSED, "retried", WAITING, "a person asked for another try"),
        (REFUSED, "superseded", SUPERSEDED, "the study has changed since"),
        (FAILED, "retried", WAITING, "a person asked for another try"),
        (FAILED, "superseded", SUPERSEDED, "the study has changed since"),
    ),
)
OPEN, COMPLETE = "open", "complete"
STUDY = StateTable(
    "study",
    _steps(
        (OPEN, "received", OPEN, "another image came"),
        (OPEN, "quiet", COMPLETE, "no image came for the quiet period"),
        (COMPLETE, "received", OPEN, "a late image came"),
    ),
)
