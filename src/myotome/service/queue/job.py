"""The nouns of the queue: what is asked for, what is held, what went wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping


class LostLeaseError(Exception):
    """The job is no longer ours: the lease ended, or newer work took its place."""


def digest(**parts: object) -> str:
    """SHA-256 of what makes two pieces of work the same.

    >>> digest(study="a", weights=["x"]) == digest(weights=["x"], study="a")
    True
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Work that is asked for. Two orders with one ``key`` are one job.

    ``revision`` None: the next one of this kind of the study.
    """

    kind: str
    key: str
    study: str
    payload: Mapping[str, Any]
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it stands in the table."""

    id: int
    kind: str
    key: str
    study: str
    revision: int
    payload: Mapping[str, Any]
    state: str
    attempts: int
    due_s: float
    fault: str | None
    message: str | None
    result: Mapping[str, Any] | None

    @classmethod
    def of(cls, row: RowMapping) -> Job:
        """From a row of the table."""
        plain = {name: row[name] for name in cls.__slots__ if name not in ("payload", "result")}
        told = None if row["result"] is None else json.loads(row["result"])
        return cls(payload=json.loads(row["payload"]), result=told, **plain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A job that is ours until the lease ends; ``token`` proves it."""

    job: Job
    token: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a job was not done. ``final``: trying again cannot help. ``words`` name no person."""

    kind: str
    words: str
    final: bool = False
