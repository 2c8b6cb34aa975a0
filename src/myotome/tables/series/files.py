"""What becomes of an input file."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStatus:
    """What became of one file; ``used`` is True if its images went into a series.

    ``lost`` says in one word or two what it is in a count of images that may be lost: "" if it
    was no image of which nothing is known. ``by_name`` counts it only if it is called, and as
    large, as the images beside it.
    """

    key: str
    words: str
    used: bool = False
    lost: str = ""
    by_name: bool = False


FILE_STATUSES: tuple[FileStatus, ...] = (
    FileStatus(key="used", words="its images are part of a series", used=True),
    FileStatus(key="empty", words="the file has no bytes", lost="empty", by_name=True),
    FileStatus(
        key="not_an_image",
        words="neither DICOM nor NIfTI",
        lost="without anything of an image",
        by_name=True,
    ),
    FileStatus(key="unreadable", words="the file could not be opened", lost="not to be opened"),
    FileStatus(
        key="corrupt_header",
        words="the header breaks off or makes no sense",
        lost="damaged in the header",
    ),
    FileStatus(key="truncated", words="the file ends before its pixel data do"),
    FileStatus(key="wrong_length", words="the pixel data do not fit the image size"),
    FileStatus(key="too_large", words="it announces or unpacks to more than any CT has"),
    FileStatus(key="no_pixel_data", words="a DICOM object without an image"),
    FileStatus(key="dicomdir", words="an index; the files it lists are read themselves"),
    FileStatus(key="unlike", words="its image is unlike the others of its stack, and not used"),
    FileStatus(key="duplicate", words="an identical copy of a file already used"),
    FileStatus(key="missing", words="listed in the DICOMDIR but not there", lost="not there"),
    FileStatus(
        key="unsafe",
        words="an archive, or a member of one, that was not unpacked",
        lost="not unpacked",
    ),
    FileStatus(key="archive", words="an archive; its members are listed one by one", used=True),
)
FILE_STATUS = Registry("file status", FILE_STATUSES)
