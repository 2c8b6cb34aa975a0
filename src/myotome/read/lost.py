"""How many images a series lacks: files that could not be read, and numbers that are not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from myotome.nouns.study.series import Catalogue, FileEntry, Instance, Series
from myotome.tables.series.files import FILE_STATUS

_SMALLEST_SHARE = 0.5
"""A file that holds no DICOM is no damaged image if it is smaller than this share of one."""
_FEWEST_BEFORE = 3
"""Fewer numbers before the first image may be localizers or dose pages."""


def with_unread(found: Catalogue, paths: Mapping[str, Path]) -> Catalogue:
    """The catalogue, each of its series with the files near it that could not be read.

    ``paths`` are where the files lie, by name.
    """
    lost = [e for e in found.files if FILE_STATUS[e.status].lost and not e.series_key]
    if not lost:
        return found
    named: dict[str, list[str]] = {}
    for entry in found.files:
        for key in entry.series_key.split(",") if entry.series_key else ():
            named.setdefault(key, []).append(entry.name)
    series = tuple(
        _with_unread(one, named.get(one.key, []), lost, paths) if one.format == "dicom" else one
        for one in found.series
    )
    return replace(found, series=series)


def _with_unread(
    series: Series, names: Sequence[str], lost: Iterable[FileEntry], paths: Mapping[str, Path]
) -> Series:
    folders = {PurePosixPath(name).parent for name in names}
    endings = {PurePosixPath(name).suffix.lower() for name in names}
    size = _size(paths.get(names[0])) if names else 0
    near = [
        entry
        for entry in lost
        if _is_near(entry, folders)
        and (
            not FILE_STATUS[entry.status].by_name
            or _is_like(entry, endings, size, paths.get(entry.name))
        )
    ]
    counts = Counter(entry.status for entry in near)
    words = tuple(f"{n} {FILE_STATUS[status].lost}" for status, n in sorted(counts.items()))
    header = replace(series.header, unread_files=len(near), unread_kinds=words)
    return replace(series, header=header)


def _is_near(entry: FileEntry, folders: Iterable[PurePosixPath]) -> bool:
    """In a folder of the series; folders that may not be listed are near whatever is around."""
    here = PurePosixPath(entry.name)
    if entry.name.endswith("/") or entry.status == "missing":
        return True
    return here.parent in folders


def _is_like(entry: FileEntry, endings: Iterable[str], size: int, path: Path | None) -> bool:
    name = PurePosixPath(entry.name)
    if name.name.startswith(".") or name.suffix.lower() not in endings:
        return False
    return entry.status == "empty" or _size(path) >= _SMALLEST_SHARE * max(size, 1)


def _size(path: Path | None) -> int:
    try:
        return 0 if path is None else path.stat().st_size
    except OSError:
        return 0


def expected_images(
    whole: Sequence[Instance], said: int | None, acquired: int, *, room: bool
) -> int | None:
    """How many images there should be, None if nothing tells of more than there are.

    ``whole`` are the images of the series with all that were lost. ``said`` is what the header
    gives as images in the acquisition, ``acquired`` how many of that acquisition are there in all
    series. Else the numbers of images tell: those before the first, unless they are so many that
    the numbering just goes on from another series, and, where there is ``room`` for images
    between those that are there, the numbers left out.
    """
    if said:
        return said if said > max(len(whole), acquired) else None
    numbers = {image.instance_number for image in whole if image.instance_number is not None}
    if len(numbers) < len(whole) or any(image.frame is not None for image in whole):
        return None
    first, last, count = min(numbers), max(numbers), len(whole)
    before = first - 1 if _FEWEST_BEFORE <= first - 1 < count else 0
    between = last - first + 1 - count if room else 0
    lacking = before + (between if between < 2 * count else 0)
    return count + lacking if lacking else None
