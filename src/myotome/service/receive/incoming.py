"""One dataset on its way to the disk: it is never whole in memory."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

_CHECKED_EVERY = 16 << 20


class Incoming(BytesIO):
    """Takes the bytes of a dataset as the network brings them, and writes them to a file.

    It stands where pynetdicom would collect the dataset in memory. ``meta`` gives the file's
    beginning, once it is known. When the disk has less than ``free_bytes`` left, the rest is
    read and dropped, ``full`` is set and no file is left.
    """

    def __init__(self, folder: Path, *, free_bytes: int, meta: Callable[[], bytes]) -> None:
        super().__init__()
        self.path = folder / f"{secrets.token_hex(16)}.dcm"
        self.full = False
        self.taken = False
        self.size = 0
        self._free_bytes, self._meta, self._checked = free_bytes, meta, -_CHECKED_EVERY
        self._file: BinaryIO | None = None
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Of the dataset as it came, without the file's beginning."""
        return self._hash.hexdigest()

    def write(self, data: Any) -> int:
        """Take some more bytes."""
        count = len(data)
        self.size += count
        if self.full:
            return count
        try:
            if self.size - self._checked >= _CHECKED_EVERY:
                self._require_room()
            if self._file is None:
                self._file = self.path.open("xb")
                self._file.write(self._meta())
            self._file.write(data)
        except OSError:
            self.full = True
            self.discard()
        else:
            self._hash.update(data)
        return count

    def _require_room(self) -> None:
        self._checked = self.size
        if shutil.disk_usage(self.path.parent).free < self._free_bytes:
            raise OSError("the disk is nearly full")

    def settle(self) -> None:
        """Bring the file to the disk. OSError if that fails: then the file is gone."""
        if self._file is None:
            raise OSError("nothing was received")
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError:
            self.discard()
            raise
        self._file = None

    def discard(self) -> None:
        """Leave no file."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
