"""The UIDs of a received file, read within bounds: whoever sent it may mean ill."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pydicom.filereader import read_partial
from pydicom.tag import Tag

from myotome.read.quiet import quiet

_UID = re.compile(r"[0-9.]{1,64}")
_MOST_READ = 1 << 20
_SKIPPED = 1 << 16
"""Longer values are passed over, unread."""
_LAST = 0x0020000E
_TAGS: list[Any] = [
    Tag(keyword)
    for keyword in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
]
_ONE_AT_A_TIME = threading.Lock()
"""So that the memory is bounded whatever the number of senders."""


class UnreadableError(Exception):
    """The file has no readable UIDs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uids:
    """What an image says that it is."""

    sop_class: str
    instance: str
    study: str
    series: str


class _Counted:
    """A file of which only so much is read."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle, self._left = handle, _MOST_READ
        self.seek, self.tell, self.name = handle.seek, handle.tell, handle.name

    def read(self, count: int = -1) -> bytes:
        """As a file's. Refuses (UnreadableError) more than a header has before its UIDs."""
        if count < 0 or count > self._left:
            raise UnreadableError
        found = self._handle.read(count)
        self._left -= len(found)
        return found


def is_uid(text: str) -> bool:
    """Whether ``text`` can be a UID; leading zeros, which real scanners send, are let pass."""
    return _UID.fullmatch(text) is not None


def read_uids(path: Path) -> Uids:
    """The UIDs of a DICOM file. Refuses with UnreadableError."""
    try:
        with _ONE_AT_A_TIME, quiet(), path.open("rb") as handle:
            counted: Any = _Counted(handle)
            found = read_partial(
                counted,
                stop_when=lambda tag, _vr, _length: tag > _LAST,
                defer_size=_SKIPPED,
                specific_tags=_TAGS,
            )
            values = [str(found[tag].value) for tag in _TAGS]
    except Exception as error:  # a parser on hostile bytes raises what it likes
        raise UnreadableError from error
    if not all(is_uid(value) for value in values):
        raise UnreadableError
    sop_class, instance, study, series = values
    return Uids(sop_class=sop_class, instance=instance, study=study, series=series)
