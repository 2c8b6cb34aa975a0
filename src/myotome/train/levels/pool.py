"""Drawn samples on disk: one file each, named by the body they were drawn from."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myotome.errors import InputError
from myotome.nouns.numbers.flag import Flag
from myotome.tables.anatomy.landmark_classes import KEYS
from myotome.train.levels.draw import Sample
from myotome.write.folder import refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One sample of a pool, read when it is learnt from. ``name`` is ``SUBJECT~renderN``."""

    name: str
    path: Path
    split: str = ""
    flags: tuple[Flag, ...] = ()

    @property
    def subject(self) -> str:
        """Whose body it was drawn from."""
        return self.name.split("~")[0]

    @property
    def size(self) -> int:
        """A sample is one window."""
        return 1

    @property
    def labelled(self) -> tuple[str, ...]:
        """Every class: a body without one of them does not show it."""
        return KEYS

    @property
    def picture(self) -> NDArray[Any]:
        """What shows that two cases are the same scan."""
        return read_sample(self)[0]

    def learnt(self) -> Iterable[bytes]:
        """The bytes by which two trainings are told apart."""
        yield from (self.name.encode(), self.path.read_bytes())


def load_drawn(folder: Path, without: Collection[str] = ()) -> list[Drawn]:
    """Every sample in ``folder``, in order of name, but of the subjects ``without``."""
    found = [Drawn(name=path.stem, path=path) for path in sorted(folder.glob("*.npz"))]
    return [drawn for drawn in found if drawn.subject not in without]


def read_sample(drawn: Drawn) -> Sample:
    """The voxels of a sample. Refuses (InputError) a damaged file by name."""
    try:
        with drawn.path.open("rb") as opened, np.load(opened, allow_pickle=False) as held:
            return held["hu"], held["target"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(
            f"{drawn.path.name} is not a sample of levels: it is damaged.",
            mend="Delete it, and render it again with myotome render DATA -o POOL --task levels.",
        ) from error


def save_drawn(name: str, sample: Sample, folder: Path) -> Path:
    """Write ``folder/NAME.npz``, whole or not at all; OutputError if the system refuses."""
    path, partial = folder / f"{name}.npz", folder / f".{name}.partial"
    try:
        with partial.open("wb") as out:
            np.savez(out, hu=sample[0], target=sample[1])
        os.replace(partial, path)  # noqa: PTH105 - the one call that is atomic everywhere
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise refusal(error) from error
    return path
