"""Unpacking without trust: members become numbered files, so no name can lead anywhere.

Sizes are counted while copying, never believed from the archive's own table.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from myotome.errors import InputError, TooLargeError
from myotome.nouns.study.series import FileEntry
from myotome.read.bounded.room import in_words

_CHUNK = 1 << 20
_MOST_DICTIONARY = 256 << 20
"""What xz may keep in memory: 64 MiB at its highest preset, 4 GiB in a hostile file."""
_MOST_EXTENSION = 16 << 20
"""The longest single read of a tar: of its extended headers."""
_ENTRY_BYTES = 256
"""What an entry of a zip's directory takes on average at most, with long names."""
_TAIL_BYTES, _IN_ZIP64 = 1 << 17, 0xFFFFFFFF
_NOT_FOR_US = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".jar", ".npz", ".apk")
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError,
    NotImplementedError, RuntimeError, ValueError, MemoryError,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one input may unpack to. The ratio counts only beyond ``ratio_free_bytes``.

    Zipped CT shrinks 2 to 5 times, a constant image up to 1000 times; a zip bomb gives
    gigabytes at such a ratio.
    """

    max_files: int = 100_000
    max_total_bytes: int = 32 << 30
    max_ratio: float = 200.0
    ratio_free_bytes: int = 512 << 20


class Budget:
    """Counts what was unpacked so far and refuses (InputError) what exceeds the limits."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.files, self.total_bytes = limits, 0, 0

    def next_file(self) -> int:
        """The running number of the next member."""
        self.files += 1
        if self.files > self.limits.max_files:
            raise _bomb(f"it holds more than {self.limits.max_files} files")
        return self.files

    def add(self, count: int, packed_bytes: int) -> None:
        """Count ``count`` unpacked bytes out of an archive of ``packed_bytes``."""
        self.total_bytes += count
        if self.total_bytes > self.limits.max_total_bytes:
            raise _bomb(f"it unpacks to more than {in_words(self.limits.max_total_bytes)}")
        allowed = self.limits.ratio_free_bytes + self.limits.max_ratio * packed_bytes
        if self.total_bytes > allowed:
            raise _bomb(
                f"it unpacks to more than {self.limits.max_ratio:g} times its size, "
                f"{in_words(self.total_bytes)} from {in_words(packed_bytes)} so far"
            )


def _bomb(what: str) -> TooLargeError:
    return TooLargeError(
        f"the archive was not unpacked: {what}.",
        why="It may be a zip bomb.",
        mend="Unpack it yourself if you trust it, and give the folder.",
    )


def kind(path: Path, name: str) -> str:
    """Tell "zip", "tar", "gz" (one packed file), "broken" or "", by content, not by name."""
    if name.lower().endswith((*_NOT_FOR_US, ".nii.gz")):
        return ""
    try:
        with path.open("rb") as handle:
            head = handle.read(512)
    except OSError:
        return ""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if head[257:262] == b"ustar":
        return "tar"
    opener = _opener(head)
    return "" if opener is None else _packed_kind(path, opener)


def _packed_kind(path: Path, opener: Callable[[Path], IO[bytes]]) -> str:
    """What a gzip, bzip2 or xz stream holds: "tar", "gz" (anything else), "" for a NIfTI."""
    try:
        with opener(path) as packed:
            inner = packed.read(512)
    except _BROKEN:
        return "broken"
    except TooLargeError:
        return "gz"  # told of where it is unpacked
    if inner[257:262] == b"ustar":
        return "tar"
    return "" if inner[344:347] in (b"n+1", b"ni1") or inner[4:7] == b"n+2" else "gz"


def _opener(head: bytes) -> Callable[[Path], IO[bytes]] | None:
    for magic, opener in ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ", _open_xz)):
        if head.startswith(magic):
            return opener  # type: ignore[return-value]
    return None


def _open_xz(path: Path) -> IO[bytes]:
    """An xz stream; refuses (TooLargeError) one that asks for a dictionary beyond all presets."""
    with path.open("rb") as handle:
        start = handle.read(_CHUNK)
    try:
        lzma.LZMADecompressor(memlimit=_MOST_DICTIONARY).decompress(start, 1)
    except lzma.LZMAError as error:
        if "memory" not in str(error).lower():  # lzma's own text, which has no code
            raise
        raise _bomb(
            f"it asks for more than {in_words(_MOST_DICTIONARY)} of memory to unpack"
        ) from error
    return lzma.open(path)


def unpack(
    path: Path, name: str, folder: Path, budget: Budget
) -> tuple[list[tuple[str, Path]], list[FileEntry]]:
    """Members of one archive as (name, path) and the refused ones; names start with ``name/``.

    Refuses (InputError) a broken archive and one beyond the budget.
    """
    members = {"zip": _zip_members, "tar": _tar_members, "gz": _gz_member}.get(kind(path, name))
    if members is None:
        raise InputError("the archive is broken.", mend="Pack or copy it again.")
    files: list[tuple[str, Path]] = []
    refused: list[FileEntry] = []
    packed_bytes = path.stat().st_size
    try:
        for member, reason, stream in members(path):
            label = f"{name}/{member}" if name else member
            if reason or stream is None:
                refused.append(FileEntry(name=label, status="unsafe", reason=reason))
                continue
            target = folder / f"{budget.next_file():06d}"
            try:
                _copy(stream, target, budget, packed_bytes)
                files.append((label, target))
            except _BROKEN:
                text = "the archive member is damaged or encrypted"
                refused.append(FileEntry(name=label, status="unreadable", reason=text))
    except _BROKEN as error:
        raise InputError("the archive is broken.", mend="Pack or copy it again.") from error
    return files, refused


def _copy(stream: Callable[[], IO[bytes]], target: Path, budget: Budget, packed: int) -> None:
    with stream() as source, target.open("wb") as sink:
        while chunk := source.read(_CHUNK):
            budget.add(len(chunk), packed)
            sink.write(chunk)


_Member = tuple[str, str, Callable[[], IO[bytes]] | None]


def _unsafe_name(name: str) -> str:
    parts = PurePosixPath(name.replace("\\", "/"))
    if parts.is_absolute() or (parts.parts and ":" in parts.parts[0]):
        return "its path is absolute; unpack the archive yourself and give the folder"
    if ".." in parts.parts:
        return "its path leads outside the archive"
    return ""


def _require_directory(path: Path, most_files: int) -> None:
    """Refuse a zip whose table of contents is longer than ``most_files`` need: it is read whole.

    Source: PKWARE APPNOTE 4.3.14 and 4.3.16 (end of central directory, also of zip64).
    """
    with path.open("rb") as handle:
        size = handle.seek(0, os.SEEK_END)
        handle.seek(max(0, size - _TAIL_BYTES))
        tail = handle.read()
    at, at_64 = tail.rfind(b"PK\x05\x06"), tail.rfind(b"PK\x06\x06")
    length = int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
    if at_64 >= 0 and length == _IN_ZIP64:
        length = int.from_bytes(tail[at_64 + 40 : at_64 + 48], "little")
    if length > _ENTRY_BYTES * most_files:
        raise _bomb(f"its table of contents has {in_words(length)}")


def _zip_members(path: Path) -> Iterator[_Member]:
    _require_directory(path, Limits().max_files)
    with zipfile.ZipFile(path) as box:
        for info in box.infolist():
            if info.is_dir():
                continue
            reason = _unsafe_name(info.filename)
            # the upper 16 bits are the Unix mode; 0o12 is a symbolic link
            if (info.external_attr >> 28) == 0o12:
                reason = "it is a link"
            if info.flag_bits & 1:
                reason = "it is encrypted; unpack it with its password and give the folder"
            yield info.filename, reason, lambda info=info: box.open(info)  # type: ignore[misc]


def _tar_members(path: Path) -> Iterator[_Member]:
    with _bare(path) as stream, tarfile.open(fileobj=_Bounded(stream), mode="r:") as box:  # type: ignore[call-overload]
        for info in box:
            if info.isdir():
                continue
            reason = _unsafe_name(info.name)
            if not info.isfile():
                reason = "it is a link, device or other special file"
            yield info.name, reason, lambda info=info: _tar_stream(box, info)  # type: ignore[misc]


class _Bounded:
    """A stream without long reads: tar reads its extended headers whole."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, count: int = -1) -> bytes:
        """As a file's. Refuses (TooLargeError) more at once than any header has."""
        if not 0 <= count <= _MOST_EXTENSION:
            raise _bomb(f"a header of it announces {in_words(abs(count))}")
        return self._stream.read(count)


def _bare(path: Path) -> IO[bytes]:
    with path.open("rb") as handle:
        opener = _opener(handle.read(8))
    return path.open("rb") if opener is None else opener(path)


def _tar_stream(box: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    stream = box.extractfile(info)
    if stream is None:
        raise tarfile.TarError("not a regular file")
    return stream


def _gz_member(path: Path) -> Iterator[_Member]:
    with path.open("rb") as handle:
        opener = _opener(handle.read(8))
    if opener is not None:
        yield "content", "", lambda: opener(path)
