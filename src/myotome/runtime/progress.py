"""Who listens to a run, and how long its stages take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol


class Listener(Protocol):
    """Hears of every stage twice: at its start (``seconds`` None) and at its end."""

    def __call__(self, stage: str, words: str, seconds: float | None) -> None:
        """``words`` say what the stage did; empty at its start."""


def silent(stage: str, words: str, seconds: float | None) -> None:
    """Listen to nothing."""


@dataclass(slots=True)
class Stopwatch:
    """Seconds per stage of one run, told to a listener as they pass; ``started_utc`` dates them."""

    listen: Listener
    started_utc: str = ""
    seconds: dict[str, float] = field(default_factory=dict)

    def split(self) -> Stopwatch:
        """A stopwatch for one series, which starts with the seconds taken so far."""
        return replace(self, seconds=dict(self.seconds))

    @contextmanager
    def stage(self, name: str) -> Iterator[list[str]]:
        """Time a stage. Its words may be appended to the list that this yields."""
        words: list[str] = []
        self.listen(name, "", None)
        start = time.perf_counter()
        yield words
        took = time.perf_counter() - start
        self.seconds[name] = round(self.seconds.get(name, 0.0) + took, 3)
        self.listen(name, " ".join(words), took)
