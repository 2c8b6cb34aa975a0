"""What is kept of one attempt at one study: a single file that is there whole or not at all."""

from __future__ import annotations

import gzip
import json
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from myotome.cohort.store.layout import Layout
from myotome.errors import InputError
from myotome.tables.cohort.columns import COHORT_TABLES, KEYS
from myotome.write.folder import refusal

Cells = Mapping[str, Any]
DONE, FAILED = "done", "failed"
_ENDING = ".json.gz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One attempt: its row of ``studies``, and the rows of the other tables, by table.

    Rows are cells by column (``tables.cohort.columns``); ``KEYS`` are filled in from ``study``.
    Refuses (ValueError) a table or column that no cohort has.
    """

    study: Cells
    rows: Mapping[str, Sequence[Cells]]

    def __post_init__(self) -> None:
        for table, rows in (("studies", (self.study,)), *self.rows.items()):
            known = {column.key for column in COHORT_TABLES[table]}
            for row in rows:
                if not known >= row.keys():
                    raise ValueError(f"{table} has no column {sorted(row.keys() - known)}")

    def table(self, name: str) -> Iterable[list[Any]]:
        """The rows of one table, with a cell for every column."""
        keys = {column.key: self.study[column.key] for column in KEYS}
        columns = [column.key for column in COHORT_TABLES[name]]
        for row in (self.study,) if name == "studies" else self.rows.get(name, ()):
            cells = {**row, **keys}
            yield [cells.get(key) for key in columns]


def save(record: Record, layout: Layout) -> Path:
    """Put a record into the inbox, on the disk when this returns. Refuses with OutputError."""
    told = record.study
    target = layout.record(told["study"], told["attempt"], told["state"])
    text = json.dumps({"study": told, "rows": record.rows}, allow_nan=False)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        layout.inbox.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as stream:
            stream.write(gzip.compress(text.encode(), compresslevel=1, mtime=0))
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise refusal(error) from error
    return target


def is_done(layout: Layout, study: str, attempt: int) -> bool:
    """Whether this attempt left numbers in the inbox."""
    return layout.record(study, attempt, DONE).exists()


def load(path: Path) -> Record:
    """Read a record again. Refuses (InputError) a damaged file."""
    try:
        found = json.loads(gzip.decompress(path.read_bytes()))
        return Record(study=found["study"], rows=found["rows"])
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(
            f"the record {path.name} in the cohort's inbox is damaged.",
            mend="Delete this file: the study is then measured again.",
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Waiting:
    """A record in the inbox, known by its name alone."""

    study: str
    attempt: int
    state: str
    path: Path


def waiting(layout: Layout) -> list[Waiting]:
    """What lies in the inbox, in the order of the studies. Reads names, no files."""
    if not layout.inbox.is_dir():
        return []
    found = []
    with os.scandir(layout.inbox) as entries:
        for entry in entries:
            parts = entry.name.removesuffix(_ENDING).split(".")
            if not entry.name.endswith(_ENDING) or len(parts) != 3 or not parts[1].isdigit():
                continue  # what is being written begins with a dot
            study, attempt, state = parts
            path = Path(entry.path)
            found.append(Waiting(study=study, attempt=int(attempt), state=state, path=path))
    return sorted(found)
