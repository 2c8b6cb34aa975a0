"""The way of classic morphometry software: a CT, the user's region mask and HU windows.

Nothing is segmented, smoothed or averaged, so that an old workflow gives its old numbers; they
may be laid beside those that Myotome measured itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import numpy as np

from myotome.errors import InputError
from myotome.measure.threshold import CLASSIC, beside, by_threshold
from myotome.nouns.numbers.hu_counts import Counted, Thresholded
from myotome.nouns.space.label_map import LabelMap
from myotome.read import one_slice
from myotome.read.input.files import opened
from myotome.read.labels.door import read_labels
from myotome.read.labels.origin import of_another
from myotome.read.results.areas import read_results
from myotome.runtime.provenance import input_digest
from myotome.segment.labels.label_table import IGNORE, read_table
from myotome.tables.quantities.hu_windows import Window
from myotome.voxels.place import place

_BOUNDS = re.compile(r"\s*(-?\d{1,5})\s*(?::|\.\.)\s*(-?\d{1,5})\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to count: ``windows`` are keys of ``tables.quantities.hu_windows`` or "LOW:HIGH" in HU.

    ``mapping`` and ``names`` (value to name) say what the mask's values are, ``series`` which
    series of the CT is meant, ``against`` is a results folder of Myotome to compare with.
    """

    windows: tuple[str, ...] = CLASSIC
    mapping: str | None = None
    names: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    series: str | None = None
    against: Path | None = None


def count_regions(ct: Path, mask: Path, request: Request) -> Counted:
    """Count the regions of ``mask`` in the HU windows on ``ct``, at its own resolution.

    Refuses (GridMismatchError) a mask that is not on the CT's lattice, one of another person,
    study or space, an empty one, unknown windows and names, and what the readers refuse.
    """
    windows = [*dict.fromkeys(window_of(words) for words in request.windows)]
    ours = None if request.against is None else read_results(request.against)
    with opened(ct) as source:
        found, judged = one_slice.listed(source)
        series = one_slice.only_series(judged, request.series, found.files).series
        told = of_another(mask, series, insisted=request.series is not None)
        volume = one_slice.assemble(series, thin_to_mm=0.0)
        digest = "" if ours is None else input_digest(i.path for i in series.instances)
    labels = read_labels(mask, volume.source_grid.canonical())
    values, lost = place(labels, volume.grid)
    names = _names(_called(labels, request.mapping), request.names, values)
    rows = by_threshold(volume, values, regions=names, windows=windows)
    rows = _without_lone_volumes(rows)
    if ours is None:
        return Counted(rows=rows, lost=lost, flags=told)
    step = max(volume.grid.spacing_mm[0], ours.step_mm)
    found_beside = beside(rows, ours.areas, ours.windows, step_mm=step)
    return Counted(
        rows=rows,
        besides=found_beside,
        lost=lost,
        same_input=digest == ours.input_sha256,
        flags=told,
    )


def window_of(words: str) -> str | Window:
    """A window's key as it is, or the window that "LOW:HIGH" (inclusive, HU) means.

    >>> window_of("-29:150").high_hu
    150
    """
    found = _BOUNDS.fullmatch(words)
    if found is None:
        return words.strip()
    low, high = int(found[1]), int(found[2])
    return Window(
        key=f"{low}..{high}", words="the user's", low_hu=low, high_hu=high, source="the user"
    )


def _called(found: LabelMap, mapping: str | None) -> dict[int, str]:
    """What values are called: by the label table that is given, by their segments, by number."""
    table = read_table(mapping)
    names = {value: name for name, value in found.names.items()}
    if mapping is not None:
        meant = {v: table.of_name(n, v) for v, n in names.items()} if names else table.values
        names |= {v: target for v, target in meant.items() if target not in (None, IGNORE)}
    return names


def _names(
    known: Mapping[int, str], given: Mapping[int, str], values: np.ndarray
) -> dict[int, str]:
    """What every value that occurs is called. Refuses names for values that do not occur."""
    present = {int(v) for v in np.unique(values) if v}
    absent = sorted(set(given) - present)
    if absent:
        raise InputError(
            f"the mask has no value {', '.join(map(str, absent[:8]))}.",
            mend=f"It holds {', '.join(map(str, sorted(present)[:20])) or 'nothing'}.",
        )
    names = {value: given.get(value, known.get(value, str(value))) for value in sorted(present)}
    twice = [name for name, count in Counter(names.values()).items() if count > 1]
    return {v: f"{name} ({v})" if name in twice else name for v, name in names.items()}


def _without_lone_volumes(rows: Sequence[Thresholded]) -> tuple[Thresholded, ...]:
    """Without the sum over slices where there is only one: a single slice has no volume."""
    slices = Counter((row.region, row.window) for row in rows if row.z_mm is not None)
    return tuple(r for r in rows if r.z_mm is not None or slices[r.region, r.window] > 1)
