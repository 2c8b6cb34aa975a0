"""NIfTI-1 and -2 single files, plain or gzipped, in any axis order.

The header decides the geometry (sform before qform, as the format says), the values are
streamed slab by slab, so that memory is that of the result and a gzip bomb cannot grow beyond
what the header announces. Source: NIfTI-1.1 specification, nifti1.h.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GeometryError, InputError, NotHounsfieldError, TooLargeError
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.grid import Grid
from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.series import Series
from myotome.read.bounded.room import in_words, require_room
from myotome.read.dicom.geometry import angle_deg
from myotome.read.raw import Raw, label, to_int16
from myotome.tables.flags.every import FLAG, raised

_TO_MM = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
"""Spatial unit codes of xyzt_units: unknown (taken as mm), metre, millimetre, micron."""
_SIZE_SHARE, _SIZE_ROUNDING = 0.005, 0.006
"""Voxel sizes that differ by less are one size, written with two decimals in one place."""
_MAX_VOXELS = 1 << 32
_MAX_SLAB_BYTES = 256 << 20
"""Slabs are read whole: of 4,096 x 4,096 doubles, half of this."""
_MAX_BEFORE_BYTES = 64 << 20
"""What may lie between header and values (NIfTI extensions)."""
_PROBE_BYTES = 2 << 20
_PROBE_LIMIT_BYTES = 64 << 20
_READ_ERRORS = (OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What the header says: ``shape`` as (i, j, k), ``scale`` and ``offset`` of the values."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    scale: float
    offset: float
    data_start: int
    qform: NDArray[np.float64] | None
    sform: NDArray[np.float64] | None
    pixdim: tuple[float, ...]
    unit: int


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as handle:
        zipped = handle.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else path.open("rb")  # type: ignore[return-value]


def read_head(path: Path) -> Head:
    """The header of one file. Refuses (InputError) what is no NIfTI single file."""
    from nibabel.nifti1 import Nifti1Header  # costs 0.1 s at start-up
    from nibabel.nifti2 import Nifti2Header

    try:
        with _open(path) as handle:
            start = handle.read(540)
    except _READ_ERRORS as error:
        raise InputError("the NIfTI file is damaged or cut off.") from error
    if start[344:347] == b"ni1":
        raise InputError("a NIfTI header without its data.", mend="Convert it to one .nii file.")
    kind, size = (Nifti1Header, 348) if start[344:347] == b"n+1" else (Nifti2Header, 540)
    if len(start) < size or (kind is Nifti2Header and start[4:7] != b"n+2"):
        raise InputError("the file is named like a NIfTI but holds no NIfTI header.")
    try:
        header = kind.from_fileobj(BytesIO(start[:size]), check=False)
        slope, inter = header.get_slope_inter()
        with np.errstate(all="ignore"):  # NaN and infinity are looked for, not computed with
            qform = header.get_qform(coded=True)[0]
        found = Head(
            shape=tuple(int(n) for n in header.get_data_shape()),
            dtype=header.get_data_dtype().newbyteorder(header.endianness),
            scale=1.0 if slope is None else float(slope),
            offset=0.0 if inter is None else float(inter),
            data_start=max(int(header["vox_offset"]), size),
            qform=qform if qform is None or np.isfinite(qform).all() else None,
            sform=header.get_sform(coded=True)[0],
            pixdim=tuple(float(v) for v in header["pixdim"][1:4]),
            unit=int(header["xyzt_units"]) & 7,
        )
    except Exception as error:  # nibabel's header errors have no common class
        raise InputError("the NIfTI header makes no sense.") from error
    _require_sizes(found)
    return found


def _require_sizes(head: Head) -> None:
    """Refuse what no scan has, before anything is unpacked or allocated."""
    each = head.dtype.itemsize
    voxels = float(np.prod(head.shape, dtype=np.float64)) if head.shape else 0.0
    slab = each * float(np.prod(head.shape[:2], dtype=np.float64))
    if min(head.shape, default=0) < 1:
        raise InputError("the NIfTI header announces an axis without voxels.")
    if voxels > _MAX_VOXELS or slab > _MAX_SLAB_BYTES or head.data_start > _MAX_BEFORE_BYTES:
        size = " x ".join(map(str, head.shape))
        raise TooLargeError(
            f"the NIfTI header announces {size} voxels ({in_words(voxels * each)}), more than "
            "any CT has.",
            why=f"The values would begin after {in_words(head.data_start)}."
            if head.data_start > _MAX_BEFORE_BYTES
            else "",
            mend="Convert it again.",
        )


def header(head: Head, path: Path) -> SeriesHeader:
    """The series header for the catalogue, with a glance at the first values."""
    shape = _volume_shape(head)
    low, high, whole = _probe(head, path, shape)
    found = SeriesHeader(
        dimensions=len(shape),
        dtype=str(head.dtype.newbyteorder("=")),
        slices=shape[2] if len(shape) == 3 else 1,
        has_geometry=False,
        sample_min=low,
        sample_max=high,
        looks_like_labels=bool(
            low is not None and high is not None and low >= 0 and high <= 255 and whole
        ),
    )
    return _placed(found, head, shape)


def _volume_shape(head: Head) -> tuple[int, ...]:
    """The shape without trailing axes of length 1 (a 4D file with one volume is 3D)."""
    shape = list(head.shape)
    while len(shape) > 3 and shape[-1] == 1:
        shape.pop()
    return tuple(shape)


def _placed(found: SeriesHeader, head: Head, shape: tuple[int, ...]) -> SeriesHeader:
    """With the facts of the volume as it will lie in canonical order, if it can be placed."""
    try:
        grid, _ = _grid(head, shape, "")
        canonical = grid.canonical()
    except InputError as error:
        return replace(found, geometry_fault=error.what.rstrip("."))
    except (ValueError, IndexError):
        return found
    dk, dj, di = canonical.spacing_mm
    count = canonical.shape
    across, down, stacking = canonical.direction.T
    normal = np.cross(across, down)
    return replace(
        found,
        has_geometry=True,
        slices=count[0],
        step_mm=round(dk, 4),
        pixel_spacing_mm=(round(dj, 4), round(di, 4)),
        extent_mm=round(dk * count[0], 2),
        obliquity_deg=round(angle_deg(stacking, (0.0, 0.0, 1.0)), 2),
        tilt_deg=round(angle_deg(stacking, normal / np.linalg.norm(normal)), 2),
        field_mm=round(min(dj * count[1], di * count[2]), 1),
        rows=count[1],
        columns=count[2],
    )


def _probe(
    head: Head, path: Path, shape: tuple[int, ...]
) -> tuple[float | None, float | None, bool]:
    """(min, max, all whole numbers) of the first slabs; Nones if the values cannot be read."""
    low, high, whole, seen = np.inf, -np.inf, True, 0
    if len(shape) < 3 or head.dtype.kind not in "iuf":
        return None, None, False
    try:
        for slab in _slabs(head, path, shape):
            finite = slab[np.isfinite(slab)]
            seen += slab.nbytes
            if finite.size:
                low, high = min(low, float(finite.min())), max(high, float(finite.max()))
                whole = whole and bool((finite == np.rint(finite)).all())
            enough = seen >= _PROBE_BYTES and high > 0
            if enough or low < 0 or seen >= _PROBE_LIMIT_BYTES:
                break
    except InputError:
        return None, None, False
    return (low, high, whole) if np.isfinite(low) else (None, None, False)


def _slabs(head: Head, path: Path, shape: tuple[int, ...]) -> Iterator[NDArray[Any]]:
    """Scaled values of one slab (fixed third index) after another, each ``(j, i)``."""
    count = shape[0] * shape[1]
    try:
        with _open(path) as handle:
            handle.seek(head.data_start)
            for _ in range(shape[2]):
                raw = handle.read(count * head.dtype.itemsize)
                if len(raw) < count * head.dtype.itemsize:
                    raise EOFError
                slab = np.frombuffer(raw, dtype=head.dtype).reshape(shape[1], shape[0])
                if head.scale == 1.0 and head.offset == 0.0:
                    yield slab
                else:
                    yield slab * np.float32(head.scale) + np.float32(head.offset)
            # to the end, for only there gzip compares length and checksum
            more = len(handle.read(count * head.dtype.itemsize))
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            "the NIfTI file is damaged: its packed values do not fit their checksum.",
            why="Bytes were changed or lost on the way.",
            mend="Copy it again.",
        ) from error
    except _READ_ERRORS as error:
        raise InputError(
            "the NIfTI file ends before its values do.", mend="Copy or convert it again."
        ) from error
    if more >= count * head.dtype.itemsize:
        raise InputError(
            "the NIfTI file holds more values than its header announces.",
            why="Slices would be missing, or the type of its values is another.",
            mend="Convert it again.",
        )


def load(series: Series) -> Raw:
    """Values and grid of a NIfTI series, LPS, in the file's own order.

    Refuses files that are not 3D (InputError), whose orientation is unknown or contradictory
    (GeometryError), and values that cannot be HU: NaN, infinite, normalised
    (NotHounsfieldError).
    """
    path, name = series.instances[0].path, label(series)
    head = read_head(path)
    shape = _volume_shape(head)
    if len(shape) != 3:
        raise InputError(
            f"{name}: the NIfTI has {len(shape)} dimensions.", mend="Give one 3D volume."
        )
    if head.dtype.kind not in "iuf":
        raise NotHounsfieldError(f"{name}: the NIfTI holds {head.dtype.name} values, not HU.")
    grid, flags = _grid(head, shape, name)
    return Raw(hu=_values(head, path, shape, name), grid=grid, flags=flags)


def _values(head: Head, path: Path, shape: tuple[int, ...], name: str) -> NDArray[np.int16]:
    require_room(2 * float(np.prod(shape, dtype=np.float64)), name)
    out = np.empty(shape[::-1], dtype=np.int16)
    low, high = np.inf, -np.inf
    for k, slab in enumerate(_slabs(head, path, shape)):
        if slab.dtype.kind == "f":
            bad = int(slab.size - np.isfinite(slab).sum())
            if bad:
                raise NotHounsfieldError(
                    f"{name}: {bad} values of slab {k} are NaN or infinite.",
                    why="Masses cannot be measured on holes.",
                    mend="Fill them with -1024 if they lie outside the scan.",
                )
            low, high = min(low, float(slab.min())), max(high, float(slab.max()))
        out[k] = to_int16(slab)
    if 0 <= high - low < 20.0:  # integers were not counted and leave it negative
        raise NotHounsfieldError(
            f"{name}: all values lie between {low:.3g} and {high:.3g}.",
            why="They look normalised; Hounsfield units span from -1000 (air) to bone.",
            mend="Give the CT before normalisation.",
        )
    return out


def _grid(head: Head, shape: tuple[int, ...], name: str) -> tuple[Grid, tuple[Flag, ...]]:
    flags: list[Flag] = []
    matrix = head.sform if head.sform is not None else head.qform
    if matrix is None:
        raise GeometryError(
            _of(name, "neither sform nor qform is set."),
            why="Left, right and up cannot be told.",
            mend="Convert it again from DICOM, or set the sform.",
        )
    if head.unit not in _TO_MM:
        raise GeometryError(_of(name, f"unknown unit code {head.unit} for lengths."))
    if head.sform is not None and head.qform is not None:
        flags += _compared(head.sform, head.qform, shape, name)
    factor = _TO_MM[head.unit]
    if factor != 1.0:
        flags.append(raised(FLAG["nifti_unit"], f"lengths were given in units of {factor:g} mm"))
    sides = np.linalg.norm(matrix[:3, :3], axis=0)
    flags += _sized(sides, head, name)
    if not ((sides * factor > 0.05) & (sides * factor < 50)).all():
        raise GeometryError(
            _of(name, f"voxel sides of {_by(sides * factor)} mm."),
            why="That is no CT of a body.",
            mend="Check the unit of lengths in the header.",
        )
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ np.asarray(matrix, dtype=np.float64)
    lps[:3] *= factor
    return Grid.from_matrix((shape[2], shape[1], shape[0]), lps), tuple(flags)


def _sized(sides: NDArray[np.float64], head: Head, name: str) -> list[Flag]:
    """A flag where pixdim says nothing; refuses one with other voxel sizes than the affine's."""
    stated = np.abs(np.asarray(head.pixdim))
    if not np.isfinite(stated).all() or not stated.all():
        text = "pixdim gives no voxel sizes; those of the sform were used"
        return [raised(FLAG["nifti_pixdim"], text)]
    if (np.abs(sides - stated) > np.maximum(_SIZE_SHARE * sides, _SIZE_ROUNDING)).any():
        form = "sform" if head.sform is not None else "qform"
        raise GeometryError(
            _of(
                name,
                f"{form} and pixdim give different voxel sizes ({_by(sides)} and {_by(stated)}).",
            ),
            why="Areas and masses would be wrong by the difference.",
            mend="Convert it again from DICOM, or make both the same once you know which is right.",
        )
    return []


def _of(name: str, what: str) -> str:
    """A sentence about the file of a series, without a name where the catalogue asks."""
    return f"{name}: {what}" if name else what


def _by(sides: NDArray[np.float64]) -> str:
    return " x ".join(f"{side:.4g}" for side in sides)


def _compared(
    sform: NDArray[np.float64], qform: NDArray[np.float64], shape: tuple[int, ...], name: str
) -> list[Flag]:
    """Flags for harmless disagreement; refuses forms that turn or size the volume differently."""
    corners = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)], dtype=float)
    corners *= np.array(shape) - 1
    differences = corners @ (sform[:3, :3] - qform[:3, :3]).T
    extent = float(np.linalg.norm(np.asarray(shape) * np.linalg.norm(sform[:3, :3], axis=0)))
    if float(np.abs(differences).max()) > 0.01 * extent:
        raise GeometryError(
            _of(name, "sform and qform disagree about the directions or sizes of the voxels."),
            why="Sides could be swapped or masses wrong.",
            mend="Convert it again from DICOM, or make both forms the same.",
        )
    if float(np.abs(sform[:3, 3] - qform[:3, 3]).max()) > 1.0:
        text = "sform and qform place the volume differently; the sform was used"
        return [raised(FLAG["nifti_forms"], text)]
    return []
