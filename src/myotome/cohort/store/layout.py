"""Where everything of a cohort lies. What could name a person lies in ``private`` alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_PREFIX = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The paths of one cohort folder.

    ``private`` (mode 0700) holds the salt and the paths of the studies; the rest holds neither and
    may be given away. ``inbox`` holds finished studies that are not yet in ``tables``; every
    worker writes there and only there. ``results`` holds a results folder for each study.
    """

    root: Path

    @property
    def about(self) -> Path:
        """The cohort itself: format, version, configuration."""
        return self.root / "cohort.json"

    @property
    def private(self) -> Path:
        """Salt and paths."""
        return self.root / "private"

    @property
    def plan(self) -> Path:
        """What is to be measured, a row per study."""
        return self.private / "plan.parquet"

    @property
    def salt(self) -> Path:
        """The secret that the pseudonyms are made with."""
        return self.private / "salt"

    @property
    def settings(self) -> Path:
        """What it is measured with, paths included."""
        return self.private / "settings.json"

    @property
    def log(self) -> Path:
        """A line for every study that ended."""
        return self.root / "log.txt"

    @property
    def inbox(self) -> Path:
        """Records of finished studies, one file each."""
        return self.root / "inbox"

    @property
    def tables(self) -> Path:
        """One folder per table, with numbered parts."""
        return self.root / "tables"

    @property
    def index(self) -> Path:
        """Which parts count."""
        return self.tables / "index.json"

    @property
    def review(self) -> Path:
        """What reviewers said, a line for every word of theirs."""
        return self.root / "review" / "reviews.jsonl"

    @property
    def lock(self) -> Path:
        """Held by the one run that plans and compacts."""
        return self.root / "lock"

    def results(self, study: str) -> Path:
        """The results folder of one study, as ``myotome run`` writes it."""
        return self.root / "results" / study[:_PREFIX] / study

    def record(self, study: str, attempt: int, state: str) -> Path:
        """The record of one attempt while it waits in the inbox."""
        return self.inbox / f"{study}.{attempt}.{state}.json.gz"

    def part(self, table: str, number: int) -> Path:
        """One part of a table."""
        return self.tables / table / f"part-{number:06d}.parquet"
