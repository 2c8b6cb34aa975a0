"""What was found in the input: files, stacks of slices, and what became of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from myotome.nouns.study.header import SeriesHeader


class Verdict(StrEnum):
    """What the choice made of a series. ``reserve`` is usable only if nothing better is."""

    USABLE = "usable"
    RESERVE = "reserve"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEntry:
    """One input file. ``name`` is relative to the input; ``status`` a key of the file table.

    ``series_key`` is the series (stack) it went to, or "" if it was refused with ``reason``,
    which names no file; ``copy_of`` is the name of the one that it repeats.
    """

    name: str
    status: str
    reason: str = ""
    series_key: str = ""
    copy_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One DICOM image (or one frame of a multi-frame image): its place and where its pixels are.

    Positions and orientation are LPS mm as in the header. ``frame`` is None for single-frame.
    ``unlike`` says why the image does not belong among the others of its stack, "" if it does.
    ``repr`` shows neither path nor UID, which may name a person.
    """

    path: Path = field(repr=False)
    sop_instance_uid: str = field(repr=False)
    frame: int | None
    position_mm: tuple[float, float, float] | None
    orientation: tuple[float, ...] | None
    instance_number: int | None = None
    unlike: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One stack: images of one series that share orientation, size, phase and image type.

    ``key`` is short and stable within a study ("4", or "4b" for the second stack of series 4).
    ``header`` holds technical facts without identifiers.
    ``format`` is "dicom" or "nifti". ``study_key`` and ``subject_key`` are salted digests.
    """

    key: str
    format: str
    modality: str
    description: str
    instances: tuple[Instance, ...]
    header: SeriesHeader = field(default_factory=SeriesHeader)
    study_key: str = ""
    subject_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a series was refused, held in reserve or preferred: a rule's key and a sentence."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A series with its verdict; ``rank`` 1 is the best usable one, None if refused."""

    series: Series
    verdict: Verdict
    reasons: tuple[Reason, ...]
    rank: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything found under one input: all files, all series. Nothing is left out."""

    files: tuple[FileEntry, ...]
    series: tuple[Series, ...]
