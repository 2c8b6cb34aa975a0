"""DICOM files read within bounds: how far a deflated one grows is known before it does.

pydicom inflates a deflated file (PS3.5 A.5) at once and whole. Here it is inflated as far as its
own header announces, and handed on as the plain file that it would have been.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from pydicom import Dataset, dcmread
from pydicom.dataset import FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_file_meta_info
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from myotome.errors import TooLargeError
from myotome.read.bounded.announced import announced
from myotome.read.bounded.room import in_words, require_room

_PREAMBLE = 132
_CHUNK = 1 << 16
_SLACK = 1 << 20
"""What may come after the pixel data."""
MOST_HEADER = 64 << 20
"""An enhanced CT of 5,000 frames has 10 MB before its pixels."""
_MOST_OTHER = 512 << 20
"""Objects without pixels: structure sets have up to 200 MB."""
_COPIES = 4
"""The inflated bytes, the plain file of them, its pixel data, and those as numbers."""
_SIZES = ["Rows", "Columns", "NumberOfFrames", "BitsAllocated", "SamplesPerPixel"]
_META = 0x0002
_PIXELS = (b"\xe0\x7f\x10\x00", b"\xe0\x7f\x08\x00", b"\xe0\x7f\x09\x00")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflated:
    """The beginning of a deflated file as a plain one; ``whole`` if that is all of it."""

    stream: BytesIO
    meta_bytes: int
    whole: bool


def is_deflated(prefix: bytes) -> bool:
    """Whether the file that begins so is in the deflated transfer syntax."""
    if prefix[128:_PREAMBLE] != b"DICM" or b"1.2.840.10008.1.2.1.99" not in prefix:
        return False
    syntax = _meta(BytesIO(prefix)).get("TransferSyntaxUID", "")
    return bool(syntax == DeflatedExplicitVRLittleEndian)


def _meta(handle: BinaryIO) -> Any:
    """The file meta information; the handle is then at the dataset."""
    handle.seek(_PREAMBLE)
    found = read_dataset(handle, False, True, stop_when=lambda tag, *_: tag.group != _META)
    return FileMetaDataset(found)


def inflated(path: Path, most: int) -> Inflated:
    """At most ``most`` bytes of the dataset of a deflated file. Refuses (zlib.error) damage."""
    with path.open("rb") as handle:
        meta = _meta(handle)
        data, ended = _inflate(handle, most)
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    plain = DicomBytesIO()
    plain.is_implicit_VR, plain.is_little_endian = False, True
    plain.write(bytes(128) + b"DICM")
    write_file_meta_info(plain, meta, enforce_standard=False)
    start = plain.tell()
    plain.write(data)
    return Inflated(stream=BytesIO(plain.getvalue()), meta_bytes=start, whole=ended)


def _inflate(handle: BinaryIO, most: int) -> tuple[bytes, bool]:
    """At most ``most`` bytes of a raw deflate stream, and whether it ended there."""
    stream, parts, left = zlib.decompressobj(-zlib.MAX_WBITS), [], most
    while left > 0 and not stream.eof:
        packed = stream.unconsumed_tail or handle.read(_CHUNK)
        part = stream.decompress(packed, left)
        if not packed and not part:
            break  # the file ends before its stream does: what is missing is found missing
        parts.append(part)
        left -= len(part)
    return b"".join(parts), stream.eof or left > 0


def read_start(path: Path, prefix: bytes) -> tuple[BytesIO, int] | None:
    """A deflated file's plain beginning, at least to its pixels, and its whole plain length.

    None for files that are not deflated. Refuses (TooLargeError) one that grows beyond what
    its own header announces.
    """
    if not is_deflated(prefix):
        return None
    for most in (_SLACK, MOST_HEADER):
        start = inflated(path, most)
        if start.whole:
            return start.stream, start.stream.getbuffer().nbytes
        bound = _bound(start.stream)
        if bound is not None:
            before = start.meta_bytes
            return start.stream, before + _length_within(path, bound - before)
    raise TooLargeError(
        f"it unpacks to more than {in_words(MOST_HEADER)} before any pixels, "
        f"from {in_words(path.stat().st_size)}"
    )


def _bound(plain: BytesIO) -> int | None:
    """Where a plain file must end by its header, None if its pixels are not reached."""
    dataset = dcmread(plain, stop_before_pixels=True, specific_tags=_SIZES, force=True)
    here, head = plain.tell(), plain.read(12)
    plain.seek(0)
    if len(head) < 12 or head[:4] not in _PIXELS:
        return None
    length = int(struct.unpack("<L", head[8:12])[0])
    return here + 12 + min(length, announced(dataset).total_bytes) + _SLACK


def _length_within(path: Path, most: int) -> int:
    """The inflated length of the dataset; refuses (TooLargeError) more than ``most``."""
    with path.open("rb") as handle:
        _meta(handle)
        stream, total = zlib.decompressobj(-zlib.MAX_WBITS), 0
        while not stream.eof:
            packed = stream.unconsumed_tail or handle.read(_CHUNK)
            part = len(stream.decompress(packed, _SLACK))
            total += part
            if total > most:
                raise TooLargeError(
                    f"it unpacks to more than {in_words(total)} from "
                    f"{in_words(path.stat().st_size)}, where at most {in_words(most)} belong"
                )
            if not packed and not part:
                break
    return total


class Careful:
    """A file whose values are not read where they are longer than any header's."""

    def __init__(self, handle: BinaryIO, size: int) -> None:
        self._handle, self._size = handle, size
        self.seek, self.tell, self.name = handle.seek, handle.tell, handle.name

    def read(self, count: int = -1) -> bytes:
        """As a file's. Refuses (TooLargeError) a long value that is there."""
        if count < 0 or count > MOST_HEADER:
            there = self._size - self._handle.tell()
            if count > there:
                raise EOFError
            raise TooLargeError(f"a value of its header has {in_words(max(count, there))}")
        return self._handle.read(count)


def read_whole(path: Path) -> Dataset:
    """One file with its pixels, as ``dcmread(path, force=True)``, and with a transfer syntax.

    Files without meta information get the syntax that their encoding shows. Refuses
    (TooLargeError) what grows beyond its announcement or does not fit into memory.
    """
    with path.open("rb") as handle:
        prefix = handle.read(_CHUNK)
    if is_deflated(prefix):
        return dcmread(_plain(path), force=True)
    require_room(path.stat().st_size, "the file")
    dataset = dcmread(path, force=True)
    meta: Any = dataset.file_meta
    if "TransferSyntaxUID" not in meta:
        meta.TransferSyntaxUID = _syntax(dataset)
    return dataset


def _syntax(dataset: Dataset) -> str:
    implicit, little = dataset.original_encoding
    if implicit:
        return ImplicitVRLittleEndian
    return ExplicitVRLittleEndian if little else ExplicitVRBigEndian


def _plain(path: Path) -> BytesIO:
    """All of a deflated file as a plain one, within its own announcement."""
    start = inflated(path, MOST_HEADER)
    if start.whole:
        return start.stream
    bound = _bound(start.stream)
    most = _MOST_OTHER if bound is None else bound - start.meta_bytes
    length = _length_within(path, most)
    require_room(_COPIES * length, "the unpacked file")
    return inflated(path, length).stream
