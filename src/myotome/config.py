"""The configuration of one run: read at the edge, passed down, saved with the results."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypedDict

from myotome.errors import InputError


class Options(TypedDict, total=False):
    """The fields of :class:`Configuration` as keyword arguments of :func:`myotome.run`."""

    series: str | None
    all_series: bool
    unenhanced_only: bool
    backend: str
    mapping: str | None
    allow_gaps: bool
    threads: int
    overwrite: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Every choice of one run.

    ``series`` is a series key or number (None: the best usable one). ``backend`` is "bundled",
    "totalsegmentator" or "labels:PATH"; ``mapping`` the name or file of its label mapping.
    Refuses fewer than one thread.

    >>> Configuration(backend="labels:/home/me/mine.nii.gz").record()["backend"]
    'labels'
    """

    series: str | None = None
    all_series: bool = False
    unenhanced_only: bool = False
    backend: str = "bundled"
    mapping: str | None = None
    allow_gaps: bool = False
    threads: int = 2
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.threads < 1:
            raise InputError(f"{self.threads} threads cannot work.", mend="Pass --threads 1.")

    def record(self) -> dict[str, object]:
        """The configuration for the provenance, without paths (they may name the patient)."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values["backend"] = self.backend.partition(":")[0]
        if self.mapping is not None and ("/" in self.mapping or "." in self.mapping):
            values["mapping"] = "file"
        return values
