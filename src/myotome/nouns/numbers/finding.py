"""Whether a number describes the whole of what it names, and why not."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.nouns.numbers.measurement import Cause, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The status of one structure in the slab, or on one slice."""

    status: Status
    reason: str = ""
    covered_percent: float | None = None
    cause: Cause = Cause.NONE

    @property
    def has_value(self) -> bool:
        """True unless not measurable or absent."""
        return self.status.has_value


MEASURED = Finding(status=Status.MEASURED)


def absent(reason: str) -> Finding:
    """A finding that the structure need not be there and is not; ``reason`` says so."""
    return Finding(status=Status.ABSENT, reason=reason)


def missing(reason: str, cause: Cause = Cause.NONE) -> Finding:
    """A finding without a number."""
    return Finding(status=Status.NOT_MEASURABLE, reason=reason, cause=cause)
