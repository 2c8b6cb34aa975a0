"""What the user wrote down of the studies: a table with a row per path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from myotome.assess.person.record import check, suggestion
from myotome.assess.person.table import cells_of
from myotome.errors import InputError
from myotome.tables.person.columns import PERSON_COLUMN

PATH, SUBJECT, LABELS, TRAINING = "path", "subject", "labels", "training"
_YES, _NO = ("1", "true", "yes", "y"), ("", "0", "false", "no", "n")
_NAMED_ROWS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of a manifest. Nothing of it is shown by ``repr``."""

    path: Path = field(repr=False)
    subject: str = field(default="", repr=False)
    labels: str = field(default="", repr=False)
    training: bool = False
    person: Mapping[str, Any] = field(default_factory=dict, repr=False)
    given: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_manifest(path: Path, *, keep: Sequence[str] = ()) -> tuple[Line, ...]:
    """The rows of a CSV or Parquet table with a column ``path``, relative to the table's folder.

    Columns known of a person (``tables.person.columns``) describe the person; ``subject`` tells
    people apart, ``labels`` is a file of masks to measure, ``training`` says that the person
    trained the network; columns named by ``keep`` go into the results as they stand. Refuses
    (InputError) a table without ``path``, a column to keep that is not there, and rows that say
    what cannot be, by their numbers.
    """
    names, rows = cells_of(path)
    keys = [name.strip().lower() for name in names]
    _require_columns(keys, keep)
    lines, faults = [], []
    for number, row in enumerate(rows, 1):
        told = {key: cell for key, cell in zip(keys, row, strict=True) if cell not in (None, "")}
        if not told:
            continue
        try:
            lines.append(_line(told, path.resolve().parent, keep))
        except InputError as error:
            faults.append(f"Row {number}: {error}")
    if faults:
        more = f" And {len(faults) - _NAMED_ROWS} more." if len(faults) > _NAMED_ROWS else ""
        raise InputError(" ".join(faults[:_NAMED_ROWS]) + more)
    if not lines:
        raise InputError("the manifest has no rows.", mend="It needs one row per study.")
    return tuple(lines)


def _require_columns(keys: Sequence[str], keep: Sequence[str]) -> None:
    if PATH not in keys:
        hint = suggestion(keys[0], (PATH,)) if keys else ""
        raise InputError(
            f"the manifest has no column {PATH}.{hint}",
            mend="It needs the path of each study, and may have subject, sex, age_years, ...",
        )
    twice = sorted({key for key in keys if key and keys.count(key) > 1})
    if twice:
        raise InputError(f"the manifest has the column {twice[0]} twice.", mend="Rename one.")
    for key in keys:  # a height in metres would be left out in silence
        hint = suggestion(key)
        if hint and key not in {*PERSON_COLUMN, *_lowered(keep)}:
            raise InputError(f"the manifest has an unknown column.{hint}", mend="Rename it.")
    missing = [name for name in _lowered(keep) if name not in keys]
    if missing:
        raise InputError(
            "a column that is to be kept is not in the manifest.", mend="Check --keep."
        )


def _lowered(names: Sequence[str]) -> Iterator[str]:
    return (name.strip().lower() for name in names)


def _line(told: Mapping[str, Any], folder: Path, keep: Sequence[str]) -> Line:
    if PATH not in told:
        raise InputError("no path.")
    person = {key: value for key, value in told.items() if key in PERSON_COLUMN}
    record, problems = check(person)
    if problems:
        raise InputError(" ".join(problems))
    del record  # checked again where it is used; what was written is what is kept
    training = str(told.get(TRAINING, "")).strip().lower()
    if training not in (*_YES, *_NO):
        raise InputError("training is neither yes nor no.")
    labels = told.get(LABELS, "")
    return Line(
        path=folder / str(told[PATH]).strip(),
        subject=str(told.get(SUBJECT, "")).strip(),
        labels=str(folder / str(labels).strip()) if labels else "",
        training=training in _YES,
        person=person,
        given={key: told.get(key) for key in _lowered(keep)},
    )
