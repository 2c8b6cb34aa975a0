"""One study that is to be measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One study of a cohort: where it lies, and what the user said of its person.

    ``study`` and ``subject`` are pseudonyms. ``path`` is what ``myotome run`` would be given;
    ``files`` names those of them that belong to the study where others lie there too (empty: all),
    and ``uid`` is the study's UID where only reading can tell. ``person`` are columns of
    ``tables.person.columns``, ``given`` further ones that the user asked to keep, ``labels`` the
    masks to measure instead of the network's. ``refused`` is a row of the table of failures where
    planning showed that it cannot be measured. ``repr`` shows nothing that may name a person.
    """

    study: str
    subject: str = ""
    path: str = field(repr=False)
    files: tuple[str, ...] = field(default=(), repr=False)
    uid: str = field(default="", repr=False)
    days_since_first: float | None = None
    training: bool = False
    person: Mapping[str, Any] = field(default_factory=dict, repr=False)
    given: Mapping[str, Any] = field(default_factory=dict, repr=False)
    labels: str = field(default="", repr=False)
    refused: str = ""
    attempt: int = 1

    def plain(self) -> dict[str, Any]:
        """The task as JSON holds it; ``Task(**plain)`` makes it again."""
        return {**asdict(self), "person": dict(self.person), "given": dict(self.given)}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Task:
        """The task that :meth:`plain` told of."""
        return cls(**{**plain, "files": tuple(plain["files"])})
