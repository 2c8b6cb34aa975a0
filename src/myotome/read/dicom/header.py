"""One file's header: DICOM, NIfTI or clutter, and whether its pixels are there.

A file is read up to its pixel data; the length of the pixel data is compared with the image
size and with the size of the file, so that truncated files are known before any decoding.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from pydicom import Dataset, dcmread
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.tag import Tag
from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    LegacyConvertedEnhancedCTImageStorage,
    MediaStorageDirectoryStorage,
)
from pydicom.valuerep import STANDARD_VR

from myotome.errors import InputError, TooLargeError
from myotome.read.bounded.announced import announced
from myotome.read.bounded.codestream import is_lossy
from myotome.read.bounded.dicom import Careful, read_start
from myotome.read.dicom.attributes import said_lossy, sop_class, text, value
from myotome.read.input.files import SourceFile
from myotome.tables.series.syntaxes import LOSSY_SYNTAX

_PREFIX_BYTES = 64 << 10
_BATCH = 64
_CT_IMAGES = frozenset(
    {CTImageStorage, EnhancedCTImageStorage, LegacyConvertedEnhancedCTImageStorage}
)
_UNDEFINED = 0xFFFFFFFF
_ITEM, _LOOKED_INTO = b"\xfe\xff\x00\xe0", 4096
_FIRST_GROUPS, _FIRST_GROUPS_IMPLICIT = (2, 8, 0x10, 0x18, 0x20, 0x28), (2, 8)
_LONGEST_FIRST = 1 << 10
"""A first element without its type (implicit VR) is told from chance by its length."""
_VRS = frozenset(str(vr).encode() for vr in STANDARD_VR)
_PIXEL_TAGS = {(0x7FE0, 0x0010), (0x7FE0, 0x0008), (0x7FE0, 0x0009)}
_BROKEN = (
    InvalidDicomError, EOFError, OSError, ValueError, KeyError, AttributeError, TypeError,
    NotImplementedError, struct.error, IndexError, RecursionError, MemoryError, OverflowError,
    zlib.error, BytesLengthException,
)  # fmt: skip

TAGS = (
    "SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality",
    "StudyDate", "SeriesDate", "AcquisitionDate",
    "FrameOfReferenceUID", "ImageType", "SeriesNumber", "AcquisitionNumber", "InstanceNumber",
    "StudyDate", "SeriesDescription", "ProtocolName", "StudyDescription", "BodyPartExamined",
    "RequestedProcedureDescription", "ProcedureCodeSequence", "RequestedProcedureCodeSequence",
    "ScheduledProtocolCodeSequence", "PerformedProtocolCodeSequence",
    "PerformedProcedureStepDescription", "ScheduledProcedureStepDescription",
    "DerivationDescription", "ImageComments", "MonoenergeticEnergyEquivalent",
    "RequestAttributesSequence", "Manufacturer", "ManufacturerModelName", "SoftwareVersions",
    "KVP", "ConvolutionKernel", "SliceThickness", "SpacingBetweenSlices", "ReconstructionDiameter",
    "DataCollectionDiameter", "GantryDetectorTilt", "TableHeight", "PatientPosition",
    "ExposureTime", "XRayTubeCurrent", "Exposure", "ImagesInAcquisition",
    "ContrastBolusAgent", "ContrastBolusRoute",
    "ContrastBolusVolume", "ContrastBolusAgentSequence", "PatientID", "IssuerOfPatientID",
    "PatientName", "PatientBirthDate", "PatientSex", "PatientAge", "PatientSize", "PatientWeight",
    "TemporalPositionIdentifier", "NominalPercentageOfCardiacPhase", "ContentTime",
    "AcquisitionTime", "AcquisitionDateTime", "ImagePositionPatient", "ImageOrientationPatient",
    "Rows", "Columns", "PixelSpacing", "NumberOfFrames", "SamplesPerPixel", "BitsAllocated",
    "BitsStored", "PixelRepresentation", "PhotometricInterpretation", "RescaleType",
    "RescaleSlope", "RescaleIntercept", "LossyImageCompression", "LossyImageCompressionRatio",
    "LossyImageCompressionMethod",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
)  # fmt: skip

_NUMERIC_TAGS = [Tag(keyword) for keyword in TAGS]  # translating names per file costs a third

Start = tuple[bytes, int]
"""The first bytes of a file and its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What one file says of itself. ``status`` is a key of ``tables.series.rules``.

    ``dataset`` holds the DICOM attributes of :data:`TAGS` (None if it is no DICOM image); a
    truncated image keeps it, so that the place of the lost slice is known. ``lossy`` is whether
    attributes, transfer syntax or the pixels themselves tell of compression with loss.
    """

    file: SourceFile
    status: str
    reason: str = ""
    dataset: Dataset | None = field(default=None, repr=False)
    lossy: bool = False


def read_headers(files: tuple[SourceFile, ...], threads: int) -> Iterator[Header]:
    """Headers in the order of ``files``.

    Threads only fetch the first bytes ahead of the parser: parsing holds the interpreter's
    lock (1,000 files: 0.8 s in one thread, 1.0 s in two), and a second process saves less
    (0.4 s) than its start costs.
    """
    batches = [files[i : i + _BATCH] for i in range(0, len(files), _BATCH)]
    with ThreadPoolExecutor(max(1, threads)) as pool:
        waiting: list[list[Future[Start | None]]] = []
        for number, batch in enumerate(batches):
            if number == 0:
                waiting.append([pool.submit(_prefix, f.path) for f in batch])
            if number + 1 < len(batches):
                waiting.append([pool.submit(_prefix, f.path) for f in batches[number + 1]])
            for file, start in zip(batch, waiting.pop(0), strict=True):
                yield read_header(file, start.result())


def _prefix(path: Path) -> Start | None:
    try:
        with path.open("rb") as handle:
            return handle.read(_PREFIX_BYTES), os.fstat(handle.fileno()).st_size
    except OSError:
        return None


def read_header(file: SourceFile, start: Start | None) -> Header:
    """The header of one file from its ``start`` (None: it cannot be read)."""
    if start is None:
        return Header(file=file, status="unreadable", reason="the file could not be opened")
    prefix, size = start
    if not prefix:
        return Header(file=file, status="empty", reason="the file has no bytes")
    if looks_like_nifti(file.name, prefix):
        return Header(file=file, status="nifti")
    if not _looks_like_dicom(prefix):
        return Header(file=file, status="not_an_image", reason=_clutter(prefix))
    return _read_dicom(file, prefix, size)


def looks_like_nifti(name: str, prefix: bytes) -> bool:
    """True for NIfTI-1/2 single files by content, and for any name ending in .nii or .nii.gz."""
    magic = prefix[344:348] in (b"n+1\0", b"ni1\0") or prefix[4:8] in (b"n+2\0", b"ni2\0")
    return magic or name.lower().endswith((".nii", ".nii.gz"))


def _looks_like_dicom(prefix: bytes) -> bool:
    if prefix[128:132] == b"DICM":
        return True
    # files without preamble start with any element of a low group, in either byte order
    if len(prefix) <= 8:
        return False
    (little,), (big,) = struct.unpack("<H", prefix[:2]), struct.unpack(">H", prefix[:2])
    if prefix[4:6] in _VRS:
        return little in _FIRST_GROUPS or big in _FIRST_GROUPS
    length = struct.unpack("<L", prefix[4:8])[0]
    return little in _FIRST_GROUPS_IMPLICIT and length <= _LONGEST_FIRST


def _clutter(prefix: bytes) -> str:
    if prefix.startswith((b"7z\xbc\xaf", b"Rar!")):
        return "an archive of a kind that is not unpacked here; unpack it first"
    if prefix.startswith((b"NRRD", b"ObjectType", b"NDims")):
        return "an NRRD or MetaImage; only DICOM and NIfTI are read"
    return "neither DICOM nor NIfTI"


def _read_dicom(file: SourceFile, prefix: bytes, size: int) -> Header:
    try:
        plain = read_start(file.path, prefix)
        if plain is not None:
            stream, size = plain
            dataset, pixels = _parse(stream)
        else:
            dataset, pixels = _parse(BytesIO(prefix))
        if plain is None and pixels is None and len(prefix) < size:
            with file.path.open("rb") as handle:
                dataset, pixels = _parse(Careful(handle, size))
        if dataset is not None:
            return _judge_pixels(file, dataset, pixels, size)
    except TooLargeError as error:
        return Header(file=file, status="too_large", reason=error.what)
    except InputError as error:
        return Header(file=file, status="corrupt_header", reason=error.what)
    except _BROKEN:
        pass
    why = "the DICOM header breaks off or makes no sense"
    return Header(file=file, status="corrupt_header", reason=why)


def _parse(handle: BinaryIO | Careful) -> tuple[Dataset | None, tuple[int, int] | None]:
    """The dataset up to its pixel data, and the (offset, length) of those; None where absent."""
    try:
        source: Any = handle
        dataset = dcmread(source, stop_before_pixels=True, specific_tags=_NUMERIC_TAGS, force=True)
    except _BROKEN:
        return None, None
    return dataset, _at_pixels(handle, dataset)


def _at_pixels(handle: BinaryIO | Careful, dataset: Dataset) -> tuple[int, int] | None:
    """(offset, length) of the pixel data at the handle's place, None if they are not there."""
    here = handle.tell()
    implicit, little = dataset.original_encoding
    raw = handle.read(12)
    if len(raw) < 12:
        return None
    order = "<" if little else ">"
    group, element = struct.unpack(order + "HH", raw[:4])
    if (group, element) not in _PIXEL_TAGS:
        return None
    if implicit:
        return here + 8, int(struct.unpack(order + "L", raw[4:8])[0])
    return here + 12, int(struct.unpack(order + "L", raw[8:12])[0])


def _judge_pixels(
    file: SourceFile, dataset: Dataset, pixels: tuple[int, int] | None, size: int
) -> Header:
    status, reason = "used", ""
    meta: Any = dataset.file_meta
    if meta.get("MediaStorageSOPClassUID", "") == MediaStorageDirectoryStorage:
        return Header(file=file, status="dicomdir", reason="an index of other files")
    if not len(dataset):
        status, reason = "corrupt_header", "the DICOM header holds nothing of an image"
    elif pixels is None:
        return _no_pixels(file, dataset)
    elif not value(dataset, "Rows") or not value(dataset, "Columns"):
        status, reason = "corrupt_header", "it has pixel data but no image size"
    else:
        status, reason = _length_status(file.path, dataset, pixels, size)
    keep = None if status == "corrupt_header" else dataset
    lossy = keep is not None and pixels is not None and _lossy(file.path, dataset, pixels)
    return Header(file=file, status=status, reason=reason, dataset=keep, lossy=lossy)


def _lossy(path: Path, dataset: Dataset, pixels: tuple[int, int]) -> bool:
    """Whether anything tells of loss; a header that denies it does not outweigh the others."""
    if said_lossy(dataset):
        return True
    meta: Any = dataset.file_meta
    if str(meta.get("TransferSyntaxUID", "")) in LOSSY_SYNTAX:
        return True
    offset, length = pixels
    return length == _UNDEFINED and is_lossy(_first_fragment(path, offset))


def _first_fragment(path: Path, offset: int) -> bytes:
    """The first bytes of the first fragment, behind the table of offsets (PS3.5, A.4)."""
    with path.open("rb") as handle:
        handle.seek(offset)
        table = handle.read(8)
        if len(table) < 8 or table[:4] != _ITEM:
            return b""
        handle.seek(offset + 8 + int(struct.unpack("<L", table[4:])[0]) + 8)
        return handle.read(_LOOKED_INTO)


def _length_status(
    path: Path, dataset: Dataset, pixels: tuple[int, int], size: int
) -> tuple[str, str]:
    offset, length = pixels
    expected = announced(dataset).total_bytes
    if length == _UNDEFINED:
        if not _ends_with_delimiter(path, offset, size):
            return "truncated", "the file ends before its compressed pixel data do"
    elif offset + length > size:
        return "truncated", f"{offset + length - size} bytes of pixel data are missing"
    elif not expected <= length <= expected + 1:
        return "wrong_length", f"{length} bytes of pixel data where {expected} belong"
    return "used", ""


def _no_pixels(file: SourceFile, dataset: Dataset) -> Header:
    modality = text(dataset, "Modality")
    kind = f"a {modality} object" if modality else "a DICOM object"
    if value(dataset, "Rows") and value(dataset, "Columns"):
        # an image header with nothing behind it: either stripped or cut off before the pixels
        announced(dataset)
        why = "an image header without pixel data"
        return Header(file=file, status="no_pixel_data", reason=why, dataset=dataset)
    if sop_class(dataset) in _CT_IMAGES and modality in ("", "CT"):
        return Header(file=file, status="corrupt_header", reason="a CT image cut in its header")
    return Header(file=file, status="no_pixel_data", reason=f"{kind} without an image")


def _ends_with_delimiter(path: Path, offset: int, size: int) -> bool:
    """True if a sequence delimiter closes the compressed pixel data (padding may follow)."""
    with path.open("rb") as handle:
        handle.seek(max(offset, size - 4096))
        return b"\xfe\xff\xdd\xe0" in handle.read()
