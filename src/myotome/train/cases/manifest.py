"""Many cases: a CSV or JSON manifest, or a folder of case folders; splits are by subject."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from myotome.errors import InputError, MyotomeError
from myotome.nets.inputs import PIXEL_MM
from myotome.nouns.numbers.flag import Flag
from myotome.segment.labels.borders import read_borders
from myotome.segment.labels.label_table import read_table
from myotome.tables.flags.every import CASE_FLAG, raised
from myotome.train.cases.annotated import ranges_of
from myotome.train.cases.case import TrainingCase, load_entry
from myotome.train.cases.entry import (
    LABELLED,
    MAPPED,
    CaseEntry,
    Need,
    entry_of_folder,
    usable,
)
from myotome.train.cases.learnt import Case

COLUMNS = (
    "case",
    "subject",
    "ct",
    "labels",
    "label_table",
    "compartments",
    "organs",
    "vertebrae",
    "slices",
    "annotated",
    "borders",
    "split",
)
SPLITS: Mapping[str, str] = {
    "": "",
    "train": "train",
    "training": "train",
    "val": "validation",
    "validation": "validation",
    "test": "test",
}
"""What people write, and the split that is meant; "" is for cross-validation to decide."""

_PARTS = ("cases", "labels")
"""Folders of case folders, in a folder of data: with a CT, and label maps without one."""

_MAX_BYTES = 16 << 20
_TOLD = 6
Row = Mapping[str, Any]
Listen = Callable[[str, tuple[Flag, ...]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The cases, and what is none (for the task in question), each with the reason."""

    entries: tuple[CaseEntry, ...]
    left_out: Mapping[str, str]

    def of_split(self, split: str) -> tuple[CaseEntry, ...]:
        """The cases of "train", "validation" or "test"."""
        return tuple(entry for entry in self.entries if entry.split == split)


def read_manifest(path: str | Path, need: Need = LABELLED) -> Manifest:
    """The cases in a folder of case folders, a manifest file, or the folder with one.

    The folder may also hold ``cases/`` and ``labels/``, each of case folders. A manifest is
    ``.csv`` or ``.json`` (a list of objects) with the columns :data:`COLUMNS`, of which only
    ``ct`` and ``labels`` (or ``compartments``), or else ``organs`` or ``vertebrae``, must be
    filled; paths are relative to it. Left out are those that do not meet ``need``. Refuses
    unknown columns, cases that come twice, and a subject in two splits.
    """
    source = Path(path)
    if not source.exists():
        raise InputError("the training data do not exist.", mend="Check the path.")
    if source.is_dir():
        inside = [source / f"manifest{suffix}" for suffix in (".csv", ".json")]
        found = [file for file in inside if file.is_file()]
        if len(found) > 1:
            raise InputError("the folder has two manifests.", mend="Keep one of them.")
        if not found:
            return _of_use(*_folders(source), need)
        source = found[0]
    rows = _rows(source)
    entries = tuple(_entry(row, number, source.parent) for number, row in enumerate(rows, start=1))
    return _of_use(entries, {}, need)


def _of_use(entries: Iterable[CaseEntry], left_out: Mapping[str, str], need: Need) -> Manifest:
    """The entries that meet ``need``; the others are left out, and say why."""
    entries = tuple(entries)
    require_splits(entries)
    unfit = {e.name: f"it lacks {need.words}." for e in entries if not need.met(e)}
    return Manifest(
        entries=tuple(entry for entry in entries if need.met(entry)),
        left_out=MappingProxyType({**left_out, **unfit}),
    )


def load_cases(
    path: str | Path,
    *,
    split: str | None = None,
    leave_out: Iterable[str] = (),
    pixel_mm: float = PIXEL_MM,
    listen: Listen | None = None,
) -> tuple[TrainingCase, ...]:
    """Every case of :func:`read_manifest`, or those of one ``split``, read and checked.

    ``leave_out`` names subjects or cases. ``listen(case, flags)`` hears of each case as it is
    read. Refuses the first case that fails (:func:`check_cases` tells of all), unknown names
    in ``leave_out``, and one CT under two subjects.
    """

    def read(entry: CaseEntry) -> TrainingCase:
        case = load_entry(entry, pixel_mm)
        if listen is not None:
            listen(entry.name, case.flags)
        return case

    manifest = read_manifest(path)
    cases = tuple(read(entry) for entry in chosen(manifest, split=split, leave_out=leave_out))
    require_different_scans(cases)
    return cases


def chosen(
    manifest: Manifest, *, split: str | None = None, leave_out: Iterable[str] = ()
) -> tuple[CaseEntry, ...]:
    """The entries of ``split`` (None: all) but for the subjects or cases ``leave_out``.

    Refuses (InputError) names that there are not, and if nothing remains.
    """
    without = set(leave_out)
    known = {name for e in manifest.entries for name in (e.name, e.subject)}
    if without - known:
        raise InputError(
            f"there are no cases or subjects {', '.join(sorted(without - known))} to leave out."
        )
    entries = manifest.entries if split is None else manifest.of_split(split)
    entries = tuple(e for e in entries if not {e.name, e.subject} & without)
    if not entries:
        raise InputError("there is no case to train on.", mend="Check path, split and leave_out.")
    return entries


def check_cases(path: str | Path) -> dict[str, tuple[Flag, ...]]:
    """The findings of every case by name; one that cannot be used has a failure, none raises."""
    found: dict[str, tuple[Flag, ...]] = {}
    manifest = read_manifest(path)
    for name, reason in manifest.left_out.items():
        found[name] = (raised(CASE_FLAG["no_case"], reason),)
    for entry in manifest.entries:
        try:
            found[entry.name] = load_entry(entry).flags
        except MyotomeError as error:
            found[entry.name] = (raised(CASE_FLAG["refused"], str(error)),)
    return found


def require_splits(entries: Sequence[CaseEntry]) -> None:
    """Refuse cases that come twice, and a subject in two splits (or in one and in none)."""
    names: set[str] = set()
    splits: dict[str, str] = {}
    for entry in entries:
        if entry.name in names:
            raise InputError(f'the case "{entry.name}" comes twice.', mend="Name it differently.")
        names.add(entry.name)
        before = splits.setdefault(entry.subject, entry.split)
        if before != entry.split:
            both = " and ".join(repr(s or "none") for s in sorted({before, entry.split}))
            raise InputError(
                f'the subject "{entry.subject}" is in two splits: {both}.',
                why="What is learned from a person would be tested on the same person.",
                mend="Put all cases of a subject into one split.",
            )


def require_different_scans(cases: Sequence[Case]) -> None:
    """Refuse the same CT under two subjects: it could be trained on and tested on."""
    seen: dict[bytes, Case] = {}
    for case in cases:
        digest = hashlib.sha256(case.picture.tobytes()).digest()
        other = seen.setdefault(digest, case)
        if other.subject != case.subject:
            raise InputError(
                f'the cases "{other.name}" and "{case.name}" are the same CT of two subjects.',
                why="It could be trained on and tested on.",
                mend="Give both the same subject, or leave one out.",
            )


def _folders(source: Path) -> tuple[list[CaseEntry], dict[str, str]]:
    """Every folder that is a case, and the others with the reason."""
    entries, left_out = [], {}
    for folder in _case_folders(source):
        try:
            entries.append(_named(entry_of_folder(folder)))
        except InputError as error:
            left_out[folder.name] = str(error)
    if not entries:
        raise InputError(
            f'"{source.name}" holds no case folders and no manifest.',
            mend="Each case is a folder with ct.nii.gz and muscles.nii.gz.",
        )
    return entries, left_out


def _case_folders(source: Path) -> list[Path]:
    parts = [source / name for name in _PARTS] if (source / _PARTS[0]).is_dir() else [source]
    return [
        folder
        for part in parts
        if part.is_dir()
        for folder in sorted(part.iterdir())
        if folder.is_dir() and folder.name[0] != "."
    ]


def _named(entry: CaseEntry) -> CaseEntry:
    for word in (entry.name, entry.subject):
        if "~" in word or not word:
            raise InputError(
                f'"{word}" cannot be the name of a case or subject.',
                why="The sign ~ marks synthetic cases." if word else "It is empty.",
            )
    return entry


def _rows(path: Path) -> list[Row]:
    if path.stat().st_size > _MAX_BYTES:
        raise InputError("the manifest is larger than 16 MiB.")
    try:
        if path.suffix.lower() == ".json":
            content = json.loads(path.read_text(encoding="utf-8"))
            rows = content.get("cases") if isinstance(content, dict) else content
        else:
            with path.open(encoding="utf-8-sig", newline="") as handle:
                rows = list(csv.DictReader(handle))
    except (OSError, ValueError, csv.Error) as error:
        raise InputError("the manifest cannot be read.") from error
    if not isinstance(rows, list) or not rows or not all(isinstance(r, dict) for r in rows):
        raise InputError("the manifest holds no cases.", mend=f"Columns are {', '.join(COLUMNS)}.")
    unknown = sorted({str(key) for row in rows for key in row} - set(COLUMNS))
    if unknown:
        raise InputError(
            f"the manifest has unknown columns: {', '.join(unknown[:_TOLD])}.",
            mend=f"Columns are {', '.join(COLUMNS)}.",
        )
    return rows


def _entry(row: Row, number: int, folder: Path) -> CaseEntry:
    """One line; what is wrong with it is told with its number and name."""
    word = {key: "" if value is None else str(value).strip() for key, value in row.items()}
    name = word.get("case") or word.get("subject") or f"case{number}"
    try:
        return _named(_parsed(row, word, name, folder))
    except InputError as error:
        what = f'line {number} of the manifest ("{name}"): {error.what}'
        raise InputError(what, why=error.why, mend=error.mend) from error


def _parsed(row: Row, word: Mapping[str, str], name: str, folder: Path) -> CaseEntry:
    """Table, ranges and borders are looked at here, so that a typing error is told at once."""
    paths = {key: _path(word.get(key, ""), key, folder) for key in _PATHS}
    split = word.get("split", "").lower()
    if split not in SPLITS:
        raise InputError(
            f'"{split}" is no split.', mend="Use train, validation, test, or leave it empty."
        )
    entry = CaseEntry(
        name=name,
        subject=word.get("subject") or name,
        ct=paths["ct"],
        labels=paths["labels"],
        label_table=_table(word.get("label_table", ""), folder),
        compartments=paths["compartments"],
        organs=paths["organs"],
        vertebrae=paths["vertebrae"],
        slices=_slices(word.get("slices", ""), folder),
        annotated=_annotated(row.get("annotated")),
        borders=paths["borders"],
        split=SPLITS[split],
    )
    if not usable(entry):
        raise InputError(
            f"a case needs {LABELLED.words}.", mend=f"For levels alone: {MAPPED.words}."
        )
    ranges_of(entry)
    if entry.borders is not None:
        read_borders(entry.borders)
    return entry


_PATHS = ("ct", "labels", "compartments", "organs", "vertebrae", "borders")


def _path(given: str, column: str, folder: Path) -> Path | None:
    if not given:
        return None
    path = folder / given
    if not path.exists():
        raise InputError(
            f"its {column} does not exist.", mend="Paths are relative to the manifest."
        )
    return path


def _table(given: str, folder: Path) -> str:
    """A preset as it is, a file with its path; refused if it is neither."""
    stem, mark, how = given.partition(":")
    if stem and (folder / stem).is_file():
        given = f"{folder / stem}{mark}{how}"
    read_table(given)
    return given


def _slices(given: str, folder: Path) -> str:
    if not given:
        return "labelled"
    return str(_path(given, "slices", folder)) if given.endswith(".json") else given


def _annotated(given: object) -> Mapping[str, str] | None:
    """Group to its range or "", from "psoas; rectus_abdominis 12-40" or JSON; None if empty."""
    if not given:
        return None
    if isinstance(given, Mapping):
        rows = {str(key): _span(value) for key, value in given.items()}
    else:
        parts = given if isinstance(given, list) else str(given).split(";")
        split = [str(part).strip().partition(" ") for part in parts if str(part).strip()]
        rows = {group: span.strip() for group, _, span in split}
    return MappingProxyType(rows)


def _span(value: object) -> str:
    if isinstance(value, list):
        return "-".join(map(str, value))
    return "" if value is None else str(value)
