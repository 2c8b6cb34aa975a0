"""NRRD single files (and what 3D Slicer puts into them): header, values, geometry.

Only what lies in the file itself is read: a header that points to other files is refused, so
no name in it can lead anywhere. No more bytes are unpacked than the header announces, and that
is limited. Source: NRRD format definition, teem.sourceforge.net/nrrd/format.html.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GeometryError, InputError, TooLargeError
from myotome.nouns.space.grid import Grid
from myotome.read.bounded.room import in_words, require_room

MAGIC = b"NRRD000"
_MAX_HEADER_BYTES = 1 << 20
_MAX_BYTES = 2 << 30
_MAX_AXES = 16
_PART_BYTES = 4 << 20
_LPS_SIGNS = {
    "left-posterior-superior": (1, 1, 1),
    "lps": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1),
    "ras": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1),
    "las": (1, -1, 1),
}
_TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "i8": ("longlong", "long long", "long long int", "int64", "int64_t"),
    "u8": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_DTYPES = {word: code for code, words in _TYPES.items() for word in words}
_GZIP, _RAW = frozenset({"gzip", "gz"}), frozenset({"raw"})
_AGAIN = "Save it again as one .nrrd file, with raw or gzip encoding."


@dataclass(frozen=True, slots=True, kw_only=True)
class NrrdHead:
    """A checked header. ``sizes`` are fastest axis first, as in the file.

    ``directions`` has one LPS vector per axis in mm per step, None for an axis that is not
    space; ``origin_mm`` is the LPS centre of the first voxel. ``words`` are the ``key:=value``
    pairs. ``data_start`` is the byte after the header.
    """

    sizes: tuple[int, ...]
    dtype: np.dtype[Any]
    zipped: bool
    directions: tuple[tuple[float, float, float] | None, ...]
    origin_mm: tuple[float, float, float]
    words: Mapping[str, str]
    data_start: int

    @property
    def spatial(self) -> tuple[int, ...]:
        """The axes of space, fastest first."""
        return tuple(n for n, d in enumerate(self.directions) if d is not None)

    def grid(self) -> Grid:
        """The three axes of space in the file's order. Refuses fewer or more than three."""
        if len(self.spatial) != 3:
            raise GeometryError(f"the NRRD has {len(self.spatial)} axes of space, not 3.")
        matrix = np.eye(4)
        matrix[:3, :3] = np.array([self.directions[n] for n in self.spatial]).T
        matrix[:3, 3] = self.origin_mm
        i, j, k = (self.sizes[n] for n in self.spatial)
        return Grid.from_matrix((k, j, i), matrix)


def read_head(path: Path) -> NrrdHead:
    """The header of one file. Refuses (InputError, GeometryError) what cannot be read safely."""
    try:
        with path.open("rb") as handle:
            fields, words, data_start = _fields(handle)
    except OSError as error:
        raise InputError("the NRRD file cannot be read.") from error
    if "data file" in fields or "datafile" in fields:
        raise InputError(
            "the NRRD header points to a separate data file.",
            why="Only what lies in the file itself is read.",
            mend=_AGAIN,
        )
    for skip in ("line skip", "lineskip", "byte skip", "byteskip"):
        if fields.get(skip, "0") != "0":
            raise InputError(f'the NRRD uses "{skip}", which is not supported.', mend=_AGAIN)
    encoding = _needed(fields, "encoding").lower()
    if encoding not in _GZIP | _RAW:
        raise InputError("the NRRD is neither raw nor gzip.", mend=_AGAIN)
    sizes = _sizes(fields)
    directions, origin = _space(fields, len(sizes))
    return NrrdHead(
        sizes=sizes,
        dtype=_dtype(fields),
        zipped=encoding in _GZIP,
        directions=directions,
        origin_mm=origin,
        words=words,
        data_start=data_start,
    )


def read_values(path: Path, head: NrrdHead) -> NDArray[Any]:
    """All values, slowest axis first (``sizes`` reversed), read-only.

    Refuses files that end early or announce more than 2 GiB; bytes beyond are never unpacked.
    """
    count = int(np.prod(head.sizes, dtype=object)) * head.dtype.itemsize
    if count > _MAX_BYTES:
        text = f"the NRRD announces more voxels than any CT has ({in_words(count)})."
        raise TooLargeError(text, mend=_AGAIN)
    require_room(2 * count, "the NRRD")  # the bytes as they come, and joined
    try:
        with path.open("rb") as handle:
            handle.seek(head.data_start)
            stream: Any = gzip.GzipFile(fileobj=handle) if head.zipped else handle
            raw = b"".join(_parts(stream, count))
    except (OSError, EOFError, zlib.error) as error:
        raise InputError("the NRRD file is damaged or cut off.", mend="Copy it again.") from error
    if len(raw) < count:
        raise InputError("the NRRD file ends before its values do.", mend="Copy it again.")
    return np.frombuffer(raw, head.dtype).reshape(head.sizes[::-1])


def _parts(stream: IO[bytes], count: int) -> Iterator[bytes]:
    """At most ``count`` bytes in parts: no more is taken than is there."""
    while count > 0 and (part := stream.read(min(count, _PART_BYTES))):
        count -= len(part)
        yield part


def _fields(handle: IO[bytes]) -> tuple[dict[str, str], dict[str, str], int]:
    """Fields (lower case), key:=value pairs, and where the data start."""
    start = handle.read(_MAX_HEADER_BYTES)
    if not start.startswith(MAGIC):
        raise InputError("the file is named like a NRRD but does not begin like one.")
    end = re.search(rb"\r?\n\r?\n", start)
    if end is None:
        raise InputError("the NRRD header does not end.", why="No empty line closes it.")
    fields: dict[str, str] = {}
    words: dict[str, str] = {}
    for line in start[: end.start()].decode("utf-8", errors="replace").splitlines()[1:]:
        if line.startswith("#") or not line:
            continue
        key, found, value = line.partition(":=")
        target = words
        if not found or ": " in key:
            key, found, value = line.partition(":")
            key, value, target = key.strip().lower(), value.strip(), fields
        if not found or key in target:
            raise InputError(
                "the NRRD header makes no sense.", why="A line is no field, or a field comes twice."
            )
        target[key] = value.replace("\\n", "\n").replace("\\\\", "\\")
    return fields, words, end.end()


def _needed(fields: Mapping[str, str], name: str) -> str:
    if name not in fields:
        raise InputError(f'the NRRD header has no "{name}".')
    return fields[name]


def _sizes(fields: Mapping[str, str]) -> tuple[int, ...]:
    try:
        axes = int(_needed(fields, "dimension"))
        sizes = tuple(int(n) for n in _needed(fields, "sizes").split())
    except ValueError as error:
        raise InputError("the NRRD's sizes are no whole numbers.") from error
    if not 0 < axes <= _MAX_AXES or len(sizes) != axes or min(sizes) < 1:
        raise InputError("the NRRD's dimension and sizes do not fit.")
    return sizes


def _dtype(fields: Mapping[str, str]) -> np.dtype[Any]:
    word = " ".join(_needed(fields, "type").lower().split())
    if word not in _DTYPES:
        raise InputError("the NRRD's type of values is not supported.")
    code = _DTYPES[word]
    endian = fields.get("endian", "little").lower()
    if code[1] != "1" and ("endian" not in fields or endian not in ("little", "big")):
        raise InputError("the NRRD does not say its byte order.", mend=_AGAIN)
    return np.dtype((">" if endian == "big" else "<") + code)


_Vector = tuple[float, float, float]


def _space(
    fields: Mapping[str, str], axes: int
) -> tuple[tuple[_Vector | None, ...], tuple[float, float, float]]:
    """Directions and origin in LPS mm. Refuses a file that does not say where left is."""
    space = fields.get("space", "").lower()
    if space not in _LPS_SIGNS or "space directions" not in fields:
        raise GeometryError(
            "the NRRD does not say in which patient directions its axes point.",
            why="Left and right could be swapped.",
            mend="Save it with space left-posterior-superior or right-anterior-superior.",
        )
    units = set(re.findall(r'"([^"]*)"', fields.get("space units", ""))) - {"mm", ""}
    if units:
        raise GeometryError("the NRRD's lengths are not in mm.", mend=_AGAIN)
    parts = re.findall(r"none|\([^)]*\)", fields["space directions"].lower())
    origin = re.findall(r"\([^)]*\)", fields.get("space origin", ""))
    if len(parts) != axes or len(origin) != 1:
        raise GeometryError("the NRRD's directions or origin do not fit its axes.")
    signs = _LPS_SIGNS[space]
    return tuple(_vector(p, signs) for p in parts), _vector(origin[0], signs) or (0.0, 0.0, 0.0)


def _vector(text: str, signs: tuple[int, int, int]) -> _Vector | None:
    if text == "none":
        return None
    try:
        x, y, z = (float(v) * s for v, s in zip(text[1:-1].split(","), signs, strict=True))
    except ValueError as error:
        raise GeometryError("a vector in the NRRD header makes no sense.") from error
    if not np.isfinite([x, y, z]).all():
        # Some writers mark an axis that is not space by (nan,nan,nan) instead of none.
        if np.isnan([x, y, z]).all():
            return None
        raise GeometryError("a vector in the NRRD header is not finite.")
    return x, y, z
