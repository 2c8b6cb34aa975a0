"""Sections of the node itself: where it lies, when a study is complete, how it measures."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from myotome.service.settings.checks import require_title
from myotome.tables.option import asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """``[node]``: where everything lies, and how the node calls itself."""

    folder: Path = field(metadata=asked("Folder of the node; it holds images of patients."))
    database: str = field(
        default="",
        metadata=asked("postgresql://USER@HOST/NAME; without it SQLite in the folder."),
    )
    ae_title: str = field(default="MYOTOME", metadata=asked("AE title of the node."))

    def __post_init__(self) -> None:
        require_title(self.ae_title, "node.ae_title")

    @property
    def url(self) -> str:
        """The address of the database."""
        return self.database or f"sqlite:///{(self.folder / 'node.db').resolve()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Studies:
    """``[studies]``: when a study counts as complete."""

    quiet_s: float = field(
        default=60.0, metadata=asked("Without a new image for so long: complete, s.", low=0)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """``[work]``: how studies are measured."""

    workers: int = field(default=1, metadata=asked("Studies at once; 0: none here.", low=0))
    threads: int = field(default=2, metadata=asked("CPU threads of each.", low=1))
    timeout_s: float = field(default=3600.0, metadata=asked("The most for one study, s.", low=1))
    memory_mb: int = field(
        default=8192, metadata=asked("The most memory for one study, MB; 0: no limit.", low=0)
    )
    lease_s: float = field(
        default=60.0, metadata=asked("A worker silent for so long counts as dead, s.", low=3)
    )
    backend: str = field(default="bundled", metadata=asked("Backend, as of `myotome run`."))
    network: str = field(default="", metadata=asked("Your own network, as of `myotome run`."))
    unenhanced_only: bool = field(default=False, metadata=asked("Refuse contrast-enhanced CT."))
    allow_gaps: bool = field(default=False, metadata=asked("Fill missing slices, and say so."))
    dicom: bool = field(default=True, metadata=asked("Make SEG, SR, captures and PDF."))
