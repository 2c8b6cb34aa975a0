"""Unpacking without trust: members become numbered files, so no name can lead anywhere.

Sizes are counted while copying, never believed from the archive's own table.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from myotome.errors import InputError
from myotome.nouns.study.series import FileEntry

_CHUNK = 1 << 20
_NOT_FOR_US = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".jar", ".npz", ".apk")
_BROKEN = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError,
    NotImplementedError, RuntimeError,
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
            raise _bomb(f"it unpacks to more than {self.limits.max_total_bytes} bytes")
        allowed = self.limits.ratio_free_bytes + self.limits.max_ratio * packed_bytes
        if self.total_bytes > allowed:
            raise _bomb(f"it unpacks to more than {self.limits.max_ratio:g} times its size")


def _bomb(what: str) -> InputError:
    return InputError(
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
    if inner[257:262] == b"ustar":
        return "tar"
    return "" if inner[344:347] in (b"n+1", b"ni1") or inner[4:7] == b"n+2" else "gz"


def _opener(head: bytes) -> Callable[[Path], IO[bytes]] | None:
    for magic, opener in ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ", lzma.open)):
        if head.startswith(magic):
            return opener  # type: ignore[return-value]
    return None


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
    if parts.is_absolute() or ".." in parts.parts or (parts.parts and ":" in parts.parts[0]):
        return "its path leads outside the archive"
    return ""


def _zip_members(path: Path) -> Iterator[_Member]:
    with zipfile.ZipFile(path) as box:
        for info in box.infolist():
            if info.is_dir():
                continue
            reason = _unsafe_name(info.filename)
            # the upper 16 bits are the Unix mode; 0o12 is a symbolic link
            if (info.external_attr >> 28) == 0o12:
                reason = "it is a link"
            if info.flag_bits & 1:
                reason = "it is encrypted"
            yield info.filename, reason, lambda info=info: box.open(info)  # type: ignore[misc]


def _tar_members(path: Path) -> Iterator[_Member]:
    with tarfile.open(path, "r:*") as box:
        for info in box:
            if info.isdir():
                continue
            reason = _unsafe_name(info.name)
            if not info.isfile():
                reason = "it is a link, device or other special file"
            yield info.name, reason, lambda info=info: _tar_stream(box, info)  # type: ignore[misc]


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
