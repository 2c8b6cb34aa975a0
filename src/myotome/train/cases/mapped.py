"""Label files on the CT's grid, in our values: muscles, compartments, organs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.numbers.flag import Flag
from myotome.read.labels.door import LabelMap, place, read_labels
from myotome.segment.labels.label_table import COMPARTMENT_VALUES, IGNORE, UNKNOWN, LabelTable
from myotome.tables.anatomy.muscles import COMPARTMENTS, GROUPS, MUSCLE
from myotome.train.cases import checks
from myotome.train.cases.scan import Scan

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
    targets: dict[str, str] = {}
    unknown: list[int | str] = []

    def wanted(kinds: Iterable[str]) -> LabelMap:
        keys = frozenset(kinds)

        def keep(name: str) -> bool:
            target = table.of_name(name)
            if target is None and name not in unknown:
                unknown.append(name)
            targets[name] = target or IGNORE
            return target in keys

        return read_labels(path, scan.grid, keep=keep)

    found = wanted({*MUSCLE, UNKNOWN})
    other = found
    if COMPARTMENT_VALUES.keys() & set(targets.values()):  # these overlap the muscles by nature
        other = wanted(COMPARTMENT_VALUES)
    if not targets:
        known = {value: table.of_value(value) for value in found.values()}
        unknown.extend(value for value, target in known.items() if target is None)
    muscles, lost = _translated(found, table, {k: m.value for k, m in MUSCLE.items()}, scan)
    used = set(targets.values()) if targets else set(table.values.values())
    one_sided, groups = _groups(used & MUSCLE.keys())
    caveats = table.caveats_of(targets, _present(found, table, targets))
    return Mapped(
        muscles=muscles,
        compartments=_compartments_of(other, table, used, scan),
        groups=groups,
        flags=(
            *checks.unknown_labels(unknown, table.name),
            *checks.outside_scan(lost),
            *checks.table_notes(caveats, one_sided),
        ),
    )


def _present(found: LabelMap, table: LabelTable, targets: Mapping[str, str]) -> set[str]:
    if targets:
        return set(targets.values())
    return {target for value in found.values() if (target := table.of_value(value))}


def _groups(muscles: Iterable[str]) -> tuple[list[str], frozenset[str]]:
    """Groups of which one side is mapped, and those of which both are."""
    sides = {g.key: sum(MUSCLE[m].group == g.key for m in muscles) for g in GROUPS}
    return [g for g, n in sides.items() if n == 1], frozenset(g for g, n in sides.items() if n == 2)


def _translated(
    found: LabelMap, table: LabelTable, values: Mapping[str, int], scan: Scan
) -> tuple[Labels, int]:
    """The targets in ``values`` on the CT's grid; "unknown" is 255, all else 0."""
    words = {value: name for name, value in found.names.items()}
    lookup = np.zeros(1 << 16, np.uint8)
    for value in found.values():
        target = table.of_name(words[value]) if words else table.of_value(value)
        lookup[value] = NOT_ANNOTATED if target == UNKNOWN else values.get(target or "", 0)
    placed, lost = place(found, scan.grid)
    return lookup[placed], lost


def _compartments_of(found: LabelMap, table: LabelTable, used: set[str], scan: Scan) -> Labels:
    """Compartments drawn beside the muscles: what is not drawn is unknown.

    Only if the table maps all of them, a voxel without one is outside, on slices with any.
    """
    if not used & COMPARTMENT_VALUES.keys():
        return np.full(scan.grid.shape, NOT_ANNOTATED, np.uint8)
    out, _ = _translated(found, table, COMPARTMENT_VALUES, scan)
    if COMPARTMENT_VALUES.keys() <= used:
        out[~(out > 0).any(axis=(1, 2))] = NOT_ANNOTATED
    else:
        out[out == 0] = NOT_ANNOTATED
    return out


def map_compartments(path: Path, table: LabelTable, scan: Scan) -> Mapped:
    """A file of compartments alone: by name as in ``table``, by value as in Myotome's own."""
    own: dict[int, str] = {c.value: c.key for c in COMPARTMENTS} | {_HEART: UNKNOWN}
    by_value = LabelTable(
        name=f"{table.name} (compartments)", names=table.names, values=own,
        other_names=table.other_names, words=table.words,
    )  # fmt: skip
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
