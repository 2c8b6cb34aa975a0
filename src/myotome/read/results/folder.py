"""The files of a results folder: only those of fixed names, of usual size, and in the folder."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import NoReturn

from myotome.errors import InputError
from myotome.read.results.fields import MEND, Cells, Fields, damaged, row_fields
from myotome.tables.outputs.documents import SCHEMA_NAME, UNFINISHED
from myotome.tables.outputs.masks import SLAB_FILE

MEASUREMENTS = "measurements.json"
_NEEDED = (
    MEASUREMENTS,
    "landmarks.json",
    "provenance.json",
    "slices.csv",
    "series.csv",
    "files.csv",
    SLAB_FILE,
)
"""What every version left."""
_MOST_BYTES = 64 << 20
"""Of one table or document; those of a whole-body CT have about 3 MB."""
_MAJOR = "1."


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that holds a whole result. Made by :meth:`of`, which refuses others."""

    path: Path

    @classmethod
    def of(cls, path: Path) -> Folder:
        """Refuses what is no folder, foreign, refused, half-written or of a later format."""
        if not path.is_dir():
            raise InputError("there is no results folder of that name.", mend="Check its path.")
        name = path.resolve().name
        if name.startswith(".") and UNFINISHED in name:
            raise InputError(
                "the results folder was never finished.",
                why="Its run was interrupted while it wrote.",
                mend="Run again, and remove this one.",
            )
        folder = cls(path)
        if not folder.has(MEASUREMENTS):
            _refuse_without_numbers(folder)
        lost = [name for name in _NEEDED if not folder.has(name)]
        if lost:
            raise InputError(
                f"the results folder is not whole: {', '.join(lost)} is missing.", mend=MEND
            )
        return folder

    def has(self, name: str) -> bool:
        """Whether the file is there. Refuses one that is no plain file of this very folder."""
        file = self.path / name
        if file.is_symlink() or (file.exists() and not file.is_file()):
            raise InputError(
                f"{name} of the results folder is no plain file of it.",
                why="What a link leads to is not what Myotome wrote.",
                mend=MEND,
            )
        return file.is_file()

    def json(self, name: str) -> Fields:
        """The object in a JSON file."""
        try:
            found = json.loads(self._text(name), parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            raise damaged(name, "is no JSON") from error
        return Fields.of(found, name)

    def measurements(self) -> Fields:
        """``measurements.json``. Refuses one of another program, or of a later format."""
        found = self.json(MEASUREMENTS)
        if found.values.get("schema") != SCHEMA_NAME:
            raise _foreign()
        if not found.text("schema_version").startswith(_MAJOR):
            raise InputError(
                "the results folder is of another format than this version reads.",
                why="Its schema_version is not 1.",
                mend="Use the version of Myotome that wrote it.",
            )
        return found

    def rows(self, name: str) -> Iterator[Cells]:
        """The rows of a CSV file."""
        try:
            for number, row in enumerate(csv.DictReader(StringIO(self._text(name))), 1):
                yield row_fields(row, f"{name}, row {number}")
        except csv.Error as error:
            raise damaged(name, "is no table") from error

    def _text(self, name: str) -> str:
        try:
            with (self.path / name).open("rb") as stream:
                found = stream.read(_MOST_BYTES + 1)
            if len(found) > _MOST_BYTES:
                raise damaged(name, f"has more than {_MOST_BYTES >> 20} MB")
            return found.decode("utf-8")
        except OSError as error:
            raise damaged(name, "cannot be read") from error
        except UnicodeDecodeError as error:
            raise damaged(name, "is no UTF-8 text") from error


def _no_number(constant: str) -> NoReturn:
    raise ValueError(constant)


def _foreign() -> InputError:
    return InputError(
        "the folder holds no results of Myotome.",
        why="Its measurements.json is missing, or of another program.",
        mend="Give the folder that `myotome run`, `slice` or `dicom import` wrote.",
    )


def _refuse_without_numbers(folder: Folder) -> NoReturn:
    if folder.has("series.csv") and folder.has("files.csv") and not folder.has("landmarks.json"):
        raise InputError(
            "the study in this results folder was refused: nothing was measured.",
            why="It holds series.csv and files.csv alone, which say why.",
        )
    raise _foreign()
