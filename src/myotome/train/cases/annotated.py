"""What is annotated where: slice ranges become bool ``(k, group)``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from myotome.errors import InputError
from myotome.tables.anatomy.muscles import GROUPS, MUSCLES
from myotome.train.cases.entry import CaseEntry
from myotome.train.cases.scan import Scan

GROUP_KEYS: tuple[str, ...] = tuple(g.key for g in GROUPS)
ALL, LABELLED = "all", "labelled"
_DEFAULT = "default"
_RANGE = re.compile(r"\s*(\d{1,6})\s*-\s*(\d{1,6})\s*")
_EXAMPLE = 'For example {"complete_z": {"default": [42, 101], "gluteus_medius": [8, 101]}}.'
_MAX_BYTES = 1 << 20

Range = tuple[int, int]
"""First and last slice, inclusive, along the file's z axis."""
Tally = NDArray[np.int64]
"""Voxels of each muscle value per slice and column: ``(value, k, i)``, or ``(k, i)`` of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges:
    """The slices on which each group is complete.

    A value is a range, "all", or "labelled": the slices on which both sides have voxels.
    ``default`` holds for groups without their own; None: those are not annotated.
    """

    default: Range | str | None = None
    groups: Mapping[str, Range | str] = field(default_factory=lambda: MappingProxyType({}))

    def of(self, group: str) -> Range | str | None:
        """What is said about ``group``."""
        return self.groups.get(group, self.default)


def ranges_of(entry: CaseEntry) -> Ranges:
    """The ranges that a manifest line or a ``slices.json`` gives. Refuses unknown words."""
    given = entry.slices
    ranges = _file(Path(given)) if given.endswith(".json") else Ranges(default=_parsed(given))
    if entry.annotated is None:
        return ranges
    _known_groups(entry.annotated)
    own = {
        group: found
        for group, text in entry.annotated.items()
        if (found := _parsed(text) if text else ranges.of(group)) is not None
    }
    return Ranges(groups=MappingProxyType(own))


def _parsed(text: str) -> Range | str:
    if text in (ALL, LABELLED):
        return text
    match = _RANGE.fullmatch(text)
    if match is None:
        raise InputError(
            f'"{Path(text).name}" is no range of slices.',
            mend='Give a slices.json, "all", "labelled", or first and last slice as "12-40".',
        )
    return int(match[1]), int(match[2])


def _file(path: Path) -> Ranges:
    try:
        with path.open(encoding="utf-8") as handle:
            rows = json.loads(handle.read(_MAX_BYTES))["complete_z"]
        found = {str(key): (int(low), int(high)) for key, (low, high) in rows.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(f'"{path.name}" holds no ranges of slices.', mend=_EXAMPLE) from error
    default = found.pop(_DEFAULT, None)
    _known_groups(found)
    return Ranges(default=default, groups=MappingProxyType(dict(found)))


def _known_groups(keys: Iterable[str]) -> None:
    wrong = sorted(set(keys) - set(GROUP_KEYS))
    if wrong:
        raise InputError(
            f"ranges are given for unknown muscle groups: {', '.join(wrong)}.",
            mend=f"Use {', '.join(GROUP_KEYS)} (both sides together).",
        )


def tally_of(muscles: NDArray[np.uint8]) -> Tally:
    """How many voxels every muscle has in each column of each slice; counted once per case."""
    count, _, width = muscles.shape
    out = np.zeros((len(MUSCLES) + 1, count, width), np.int64)
    for k, plane in enumerate(muscles):
        j, i = np.nonzero((plane > 0) & (plane <= len(MUSCLES)))
        at = plane[j, i].astype(np.intp) * width + i
        out[:, k] = np.bincount(at, minlength=len(out) * width).reshape(-1, width)
    return out


def annotated_slices(
    ranges: Ranges, groups: Iterable[str], tally: Tally, scan: Scan
) -> NDArray[np.bool_]:
    """Bool ``(k, group)``: whether the group is complete on the slice.

    ``groups`` are those that the label table maps, both sides; the others are unknown
    everywhere. Ranges are taken as far as they lie in the scan; one that does not is for
    :func:`~myotome.train.cases.checks.ranges_outside` to tell.
    """
    count = scan.grid.shape[0]
    out = np.zeros((count, len(GROUPS)), np.bool_)
    file_index = np.arange(count) if scan.upward else np.arange(count)[::-1]
    for column, group in enumerate(GROUP_KEYS):
        span = ranges.of(group)
        if span is None or group not in groups:
            continue
        if isinstance(span, str):
            out[:, column] = True if span == ALL else _both_sides(tally, group)
        else:
            out[:, column] = (file_index >= span[0]) & (file_index <= span[1])
    return out


def _both_sides(tally: Tally, group: str) -> NDArray[np.bool_]:
    values = [m.value for m in MUSCLES if m.group == group]
    return np.asarray(tally[values].any(axis=2).all(axis=0))
