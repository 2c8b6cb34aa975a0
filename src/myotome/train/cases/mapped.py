"""Label files on the CT's grid, in our values: muscles, compartments, organs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.label_map import LabelMap
from myotome.read.labels.door import read_labels
from myotome.segment.labels.label_table import (
    COMPARTMENT_VALUES,
    COMPARTMENTS_ALONE,
    UNKNOWN,
    LabelTable,
    read_table,
)
from myotome.segment.labels.understood import MUSCLE_VALUES, Understood, understand
from myotome.tables.anatomy.muscles import GROUPS, MUSCLE
from myotome.train.cases import checks
from myotome.train.cases.scan import Scan
from myotome.voxels.place import place

NOT_ANNOTATED = 255
_HEART = 6
"""A value that atlases give to heart and mediastinum: no compartment of ours."""

Labels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Mapped:
    """Our labels on the CT's grid, uint8 ``(k, j, i)``.

    ``groups`` are the muscle groups of which both sides are mapped. ``compartments`` is 255
    wherever it is not known.
    """

    muscles: Labels
    compartments: Labels
    groups: frozenset[str]
    flags: tuple[Flag, ...]


def map_labels(path: Path, table: LabelTable, scan: Scan) -> Mapped:
    """The muscles and compartments of a label file. Unknown labels and caveats become flags."""
    found = understand(path, scan.grid, table, read_labels)
    used = found.given if found.names else frozenset(table.values.values())
    muscles, lost = _on_ct(found, found.drawn, MUSCLE_VALUES, scan)
    one_sided, groups = _groups(used & MUSCLE.keys())
    return Mapped(
        muscles=muscles,
        compartments=_compartments_of(found, used, scan),
        groups=groups,
        flags=(
            *checks.unknown_labels(found.unknown, table.name),
            *checks.outside_scan(lost),
            *checks.table_notes(found.caveats(), one_sided),
        ),
    )


def _groups(muscles: Iterable[str]) -> tuple[list[str], frozenset[str]]:
    """Groups of which one side is mapped, and those of which both are."""
    sides = {g.key: sum(MUSCLE[m].group == g.key for m in muscles) for g in GROUPS}
    return [g for g, n in sides.items() if n == 1], frozenset(g for g, n in sides.items() if n == 2)


def _on_ct(
    found: Understood, drawn: LabelMap, ours: Mapping[str, int], scan: Scan
) -> tuple[Labels, int]:
    """The targets in ``ours`` on the CT's grid; "unknown" is 255, all else 0."""
    placed, lost = place(found.painted(drawn, {**ours, UNKNOWN: NOT_ANNOTATED}), scan.grid)
    return placed.astype(np.uint8), lost


def _compartments_of(found: Understood, used: Set[str], scan: Scan) -> Labels:
    """Compartments drawn beside the muscles: what is not drawn is unknown.

    Only if the table maps all of them, a voxel without one is outside, on slices with any.
    """
    if not used & COMPARTMENT_VALUES.keys():
        return np.full(scan.grid.shape, NOT_ANNOTATED, np.uint8)
    out, _ = _on_ct(found, found.rooms, COMPARTMENT_VALUES, scan)
    if COMPARTMENT_VALUES.keys() <= used:
        out[~(out > 0).any(axis=(1, 2))] = NOT_ANNOTATED
    else:
        out[out == 0] = NOT_ANNOTATED
    return out


def map_compartments(path: Path, table: LabelTable, scan: Scan) -> Mapped:
    """A file of compartments alone: by name as in ``table``, by value as in Myotome's own."""
    own = read_table(COMPARTMENTS_ALONE)
    by_value = replace(
        own,
        name=f"{table.name} (compartments)",
        names=table.names,
        values={**own.values, _HEART: UNKNOWN},
        other_names=table.other_names,
        words=table.words,
    )
    return map_labels(path, by_value, scan)


def map_organs(path: Path, ids: Mapping[int, int] | None, scan: Scan) -> tuple[Labels, int]:
    """TotalSegmentator's ids (up to 254) on the CT's grid; other values become 0."""
    found = read_labels(path, scan.grid)
    lookup = np.zeros(1 << 16, np.uint8)
    lookup[:NOT_ANNOTATED] = np.arange(NOT_ANNOTATED)
    if ids is not None:
        lookup[:] = 0
        for value, own in ids.items():
            lookup[value] = own
    placed, lost = place(found, scan.grid)
    return lookup[placed], lost
