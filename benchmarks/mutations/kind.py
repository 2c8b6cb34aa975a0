"""What a mutation is: a way to spoil a study on disk, and what it may be told by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from numpy.random import Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A study on disk that may be spoiled, and the sound study of another person beside it.

    ``study`` is a folder; ``labels`` a file or None; ``form`` "dicom" or "nifti".
    """

    study: Path
    other: Path
    form: str
    labels: Path | None = None

    def files(self) -> list[Path]:
        """The files of the study, by name."""
        return sorted(p for p in self.study.rglob("*") if p.is_file())

    def others(self) -> list[Path]:
        """The files of the other person's study, by name."""
        return sorted(p for p in self.other.rglob("*") if p.is_file())


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was done: in words, and why nobody could tell from the files ("" if one could)."""

    words: str
    undetectable: str = ""
    path: Path | None = None


Make = Callable[[Target, Generator], Done]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One way to spoil a study. ``needs`` is a key of :meth:`scenes.Scene.fits`."""

    key: str
    needs: str
    make: Make
    weight: float = field(default=1.0)


def some_of(files: list[Path], rng: Generator) -> list[Path]:
    """One file mostly; sometimes a few, sometimes every one."""
    draw = rng.random()
    if draw < 0.65 or len(files) == 1:
        return [files[int(rng.integers(len(files)))]]
    if draw < 0.85:
        count = int(rng.integers(2, 6))
        return [files[int(n)] for n in rng.choice(len(files), min(count, len(files)), False)]
    return list(files)


def share_words(chosen: list[Path], files: list[Path]) -> str:
    """How many of the files, in words."""
    return "every file" if len(chosen) == len(files) else f"{len(chosen)} of {len(files)} files"
