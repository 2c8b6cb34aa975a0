"""DICOM elements deleted, emptied, doubled, swapped and changed, in one file, some or all."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pydicom
from numpy.random import Generator
from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from benchmarks.mutations.kind import Done, Kind, Target, share_words, some_of
from myotome.read.quiet import quiet

MATTERS = (
    *("RescaleSlope", "RescaleIntercept", "PixelSpacing", "ImagePositionPatient", "Rows"),
    *("ImageOrientationPatient", "Columns", "BitsAllocated", "BitsStored", "HighBit"),
    *("PixelRepresentation", "SliceThickness", "SeriesInstanceUID", "StudyInstanceUID"),
    *("SOPInstanceUID", "SOPClassUID", "Modality", "ImageType", "InstanceNumber", "PatientID"),
    *("AcquisitionNumber", "PhotometricInterpretation", "SamplesPerPixel", "RescaleType", "KVP"),
    *("ConvolutionKernel", "FrameOfReferenceUID", "GantryDetectorTilt", "PatientPosition"),
    *("PatientSex", "PatientAge", "PatientSize", "PatientWeight", "PatientBirthDate"),
    *("ReconstructionDiameter", "TransferSyntaxUID", "SeriesNumber", "SpecificCharacterSet"),
    *("StudyDate", "BodyPartExamined", "SeriesDescription", "PixelData", "NumberOfFrames"),
)
"""Half of the elements that are spoiled are among these, where the file has them."""

PERSONAL = "the header alone knows the person, and says it the same in every file"
FREE: dict[str, str] = {
    "PatientSize": PERSONAL,
    "PatientWeight": PERSONAL,
    "PatientAge": PERSONAL,
    "PatientSex": PERSONAL,
    "PatientBirthDate": PERSONAL,
}
"""Elements that may hold another truth when changed alike in every file, and why."""

_WILD: tuple[Any, ...] = (
    *("", "0", "-1", "nan", "inf", "1e309", "1e-300", "-1e30", "9" * 40, "abc", "1,5", "\\"),
    *("1\\2", "0\\0\\0", "1\\0\\0\\0\\1\\0", "\x00", "ä\ud800", "A" * 5000, "../../x", "=1+1"),
    *("1.2.3", "1.2.840.10008.1.2.4.90", "99991231", "00000000", "999Y", "MR", "DERIVED"),
)
_VRS = ("DS", "IS", "US", "SS", "LO", "UN", "OB", "OW", "UI", "FD", "SQ", "AT", "PN", "UL")


def _elements(ds: Dataset, *, meta: bool) -> list[tuple[Dataset, DataElement]]:
    found = list(_walk(ds))
    if meta and hasattr(ds, "file_meta"):
        found += list(_walk(ds.file_meta))
    return found


def _walk(ds: Dataset) -> Iterator[tuple[Dataset, DataElement]]:
    for element in ds:
        yield ds, element
        if element.VR == "SQ":
            for item in element.value[:2]:
                yield from _walk(item)


def _keyword(ds: Dataset, rng: Generator) -> tuple[str, int]:
    """A tag of the file, and which of its places."""
    places = _elements(ds, meta=True)
    if rng.random() < 0.6:
        matters = [p for p in places if keyword_for_tag(p[1].tag) in MATTERS]
        places = matters or places
    _, element = places[int(rng.integers(len(places)))]
    return str(element.tag), int(element.tag)


def _deleted(parent: Dataset, tag: int, rng: Generator, other: Dataset) -> None:
    del rng, other
    del parent[tag]


def _emptied(parent: Dataset, tag: int, rng: Generator, other: Dataset) -> None:
    del rng, other
    parent[tag].value = [] if parent[tag].VR == "SQ" else None


def _doubled(parent: Dataset, tag: int, rng: Generator, other: Dataset) -> None:
    del rng, other
    value = parent[tag].value
    many = isinstance(value, list | pydicom.multival.MultiValue)
    if isinstance(value, bytes):
        parent[tag].value = value + value
    elif parent[tag].VR == "SQ":
        parent[tag].value = [*value, *value]
    else:
        parent[tag].value = [*value, *value] if many else [value, value]


def _swapped(parent: Dataset, tag: int, rng: Generator, other: Dataset) -> None:
    del rng
    if tag in other:
        parent[tag].value = other[tag].value


def _plausible(parent: Dataset, tag: int, rng: Generator, other: Dataset) -> None:
    del other
    way = int(rng.integers(8))
    parent[tag].value = _changed(parent[tag].value, way, rng)


def _changed(value: Any, way: int, rng: Generator) -> Any:
    if isinstance(value, list | pydicom.multival.MultiValue):
        at = int(rng.integers(len(value) + 1)) if len(value) else 0
        return [_changed(v, way, rng) if at in (n, len(value)) else v for n, v in enumerate(value)]
    if isinstance(value, bytes):
        return value[::-1]
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)[: int(rng.integers(64))] + "1" if way % 2 else str(value).lower()
    factor = (0.5, 2.0, 1.1, 0.9, -1.0, 10.0, 1.0, 1.0)[way]
    new = number * factor + (0, 0, 0, 0, 0, 0, 1, -1)[way]
    return int(new) if isinstance(value, int) else f"{new:.10g}"[:16]


def _wild(parent: Dataset, tag: int, rng: Generator, other: Dataset) -> None:
    del other
    value = _WILD[int(rng.integers(len(_WILD)))]
    kind = parent[tag].VR
    if kind in ("US", "SS", "UL", "SL"):
        value = int(rng.choice([0, 1, 2, 7, 255, 32767, 65535]))
    elif kind in ("OB", "OW", "UN"):
        value = bytes(rng.bytes(int(rng.integers(0, 300)) * 2))
    elif kind == "SQ":
        value = [Dataset()]
    elif kind in ("FD", "FL"):
        value = float(rng.choice([0.0, -1.0, float("nan"), float("inf"), 1e300]))
    parent[tag] = DataElement(tag, kind, value)


def _other_vr(parent: Dataset, tag: int, rng: Generator, other: Dataset) -> None:
    del other
    kind = _VRS[int(rng.integers(len(_VRS)))]
    raw = str(parent[tag].value).encode("utf-8", "replace")
    if kind in ("DS", "IS", "LO", "UI", "PN"):
        parent[tag] = DataElement(tag, kind, raw.decode("latin-1")[:64])
    elif kind == "SQ":
        parent[tag] = DataElement(tag, kind, [Dataset()])
    elif kind in ("OB", "OW", "UN"):
        parent[tag] = DataElement(tag, kind, raw + b" " * (len(raw) % 2))
    elif kind == "FD":
        parent[tag] = DataElement(tag, kind, float(rng.normal()))
    else:
        top = {"SS": 32767}.get(kind, 65535)
        parent[tag] = DataElement(tag, kind, int(rng.integers(top)))


def _spoil(target: Target, rng: Generator, *, change: Any, labels: bool) -> Done:
    files = [target.labels] if labels and target.labels else target.files()
    chosen = some_of(files, rng)
    others = target.others()
    with quiet():
        # of a part of the files that are sound DICOM, all through the same door
        tag = _keyword(pydicom.dcmread(chosen[0]), rng)
        rules = rng.integers(2**31)
        for path in chosen:
            _one(path, others[files.index(path) % len(others)], tag[1], change, int(rules))
    name = keyword_for_tag(tag[1]) or tag[0]
    alike = len(chosen) == len(files) and not labels
    return Done(
        words=f"{name} of {'the labels' if labels else share_words(chosen, files)}",
        undetectable=FREE.get(name, "") if alike else "",
    )


def _one(path: Path, other: Path, tag: int, change: Any, seed: int) -> None:
    """One file changed; one that cannot be written so stays as it is."""
    import numpy as np

    rng = np.random.default_rng(seed)
    ds, second = pydicom.dcmread(path), pydicom.dcmread(other)
    parents = [parent for parent, element in _elements(ds, meta=True) if element.tag == tag]
    if not parents:
        return
    before = path.read_bytes()
    try:
        change(parents[int(rng.integers(len(parents)))], tag, rng, second)
        ds.save_as(path, enforce_file_format=False)
    except Exception:
        path.write_bytes(before)


_CHANGES = (
    ("deleted", _deleted),
    ("emptied", _emptied),
    ("doubled", _doubled),
    ("of_another", _swapped),
    ("changed", _plausible),
    ("wild", _wild),
    ("vr", _other_vr),
)

KINDS = (
    *(
        Kind(
            key=f"tag_{key}",
            needs="dicom",
            make=partial(_spoil, change=change, labels=False),
            weight=5 if key in ("changed", "wild") else 3,
        )
        for key, change in _CHANGES
    ),
    *(
        Kind(
            key=f"seg_tag_{key}",
            needs="seg",
            make=partial(_spoil, change=change, labels=True),
            weight=2,
        )
        for key, change in _CHANGES
    ),
)
