"""Single attributes of a DICOM header as plain values: what is unreadable is as good as absent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydicom import Dataset, dcmread

_LARGEST = 1e9
_TEXT_VRS = frozenset({"LO", "SH", "CS", "ST", "LT", "UT", "UN"})
_LONGEST_TEXT = 64


def value(dataset: Dataset, keyword: str) -> Any:
    """The attribute as pydicom gives it; None if it is absent or cannot be decoded.

    Bytes, of an attribute whose type was changed, are taken as text.
    """
    try:
        found = dataset.get(keyword)
    except Exception:  # pydicom decodes values only now, and damaged ones raise anything
        return None
    return found.decode("latin-1") if isinstance(found, bytes) else found


def text(dataset: Dataset, keyword: str) -> str:
    """The attribute as plain text, "" if absent; the first value of several.

    Control characters become spaces: they could rewrite a terminal or break a table.
    """
    found = value(dataset, keyword)
    if found is None:
        return ""
    if not isinstance(found, str) and isinstance(found, Sequence):
        found = found[0] if len(found) else ""
    plain = str(found).strip().strip("\0")
    if plain.isprintable():
        return plain
    return "".join(c if c.isprintable() else " " for c in plain).strip()


def values(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """All values of the attribute as texts, none if it is absent or empty."""
    found = value(dataset, keyword)
    if found is None or found == "":
        return ()
    one = isinstance(found, str) or not isinstance(found, Sequence)
    return tuple(str(v).strip() for v in ([found] if one else found))


def said_lossy(dataset: Dataset) -> bool:
    """Whether the header tells of compression with loss: outright, by its ratio or its method."""
    said = value(dataset, "LossyImageCompressionRatio")
    several = said if isinstance(said, Sequence) and not isinstance(said, str) else [said]
    ratios = [_finite(str(ratio)) or 0.0 for ratio in several]
    method = text(dataset, "LossyImageCompressionMethod")
    return (
        text(dataset, "LossyImageCompression") == "01"
        or max(ratios, default=0.0) > 1
        or bool(method)
    )


def items(dataset: Dataset, keyword: str) -> tuple[Dataset, ...]:
    """The items of a sequence; none if it is absent, unreadable or no sequence at all."""
    try:
        return tuple(i for i in value(dataset, keyword) or () if isinstance(i, Dataset))
    except Exception:  # pydicom parses items only now, and damaged ones raise anything
        return ()


def number(dataset: Dataset, keyword: str) -> float | None:
    """The attribute as a finite number, None if absent or unreadable."""
    return _finite(text(dataset, keyword))


def _finite(words: str) -> float | None:
    try:
        found = float(words)
    except ValueError:
        return None
    return found if abs(found) < _LARGEST else None


def whole(dataset: Dataset, keyword: str) -> int | None:
    """The attribute as a whole number, None if absent or unreadable."""
    found = number(dataset, keyword)
    return None if found is None else int(found)


def numbers(several: Any, count: int) -> tuple[float, ...] | None:
    """``count`` finite numbers of a multi-valued attribute, else None."""
    try:
        found = tuple(float(v) for v in several)
    except (TypeError, ValueError):
        return None
    return found if len(found) == count and all(abs(v) < _LARGEST for v in found) else None


def sop_class(dataset: Dataset) -> str:
    """The SOP Class UID, from the file's meta header if the attribute was emptied."""
    meta: Any = getattr(dataset, "file_meta", {})
    return text(dataset, "SOPClassUID") or str(meta.get("MediaStorageSOPClassUID") or "")


def kernel(dataset: Dataset) -> str:
    """The kernel's name: of several values (Siemens adds a strength) the first with letters."""
    names = values(dataset, "ConvolutionKernel")
    return next((v for v in names if re.search("[A-Za-z]", v)), names[0] if names else "")


def subject(dataset: Dataset) -> str:
    """What tells one patient from another: the ID, else name and birth date, else nothing."""
    identity = text(dataset, "PatientID")
    if identity:
        return f"{identity}|{text(dataset, 'IssuerOfPatientID')}"
    parts = (text(dataset, "PatientName"), text(dataset, "PatientBirthDate"))
    return "|".join(parts) if any(parts) else ""


def private_texts(path: Path) -> list[str]:
    """Short texts of a file's private attributes; none if it is damaged. They may name a person."""
    try:
        dataset = dcmread(path, stop_before_pixels=True, force=True)
        found = (e.value for e in dataset if e.tag.is_private and e.VR in _TEXT_VRS)
        plain = (v.decode("ascii", "ignore") if isinstance(v, bytes) else str(v) for v in found)
        return [words for words in plain if words.isprintable() and len(words) <= _LONGEST_TEXT]
    except Exception:  # pydicom decodes values only now, and damaged ones raise anything
        return []
