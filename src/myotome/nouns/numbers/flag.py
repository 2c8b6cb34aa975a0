"""Quality flags: what a reader of the numbers must know, as a code and a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a flag matters to the numbers."""

    INFO = "info"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One finding. ``code`` is stable snake_case for programs, ``message`` is for people.

    ``level`` is the one vertebra and ``structure`` the one structure that it is about, "" where
    there is not just one. Made by ``tables.flags.row.raised``.
    """

    code: str
    severity: Severity
    message: str
    stage: str
    level: str = ""
    structure: str = ""
