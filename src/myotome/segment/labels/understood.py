"""A label file with a table laid beside it: what each of its labels means."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from myotome.errors import BackendError
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.label_map import MAX_VALUE, LabelMap, LabelReader
from myotome.segment.labels.label_table import (
    COMPARTMENT_VALUES,
    UNKNOWN,
    LabelTable,
    of_program,
    read_table,
)
from myotome.tables.anatomy.muscles import MUSCLE

MUSCLE_VALUES: Mapping[str, int] = {key: muscle.value for key, muscle in MUSCLE.items()}
_TOLD = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Understood:
    """The labels of a file, and their targets by ``table``.

    ``drawn`` holds the muscles and what is "unknown", ``rooms`` the compartments, which overlap
    the muscles by nature; both are the whole map if it has no names. ``labels`` is the target of
    every named segment of the file, or of every value of a map without names; None if it is not
    known.
    """

    table: LabelTable
    drawn: LabelMap
    rooms: LabelMap
    labels: Mapping[str | int, str | None]

    def targets(self, found: LabelMap) -> dict[int, str | None]:
        """The target of every value of ``drawn`` or ``rooms``."""
        if self.names:
            return {value: self.labels[name] for name, value in found.names.items()}
        return {value: target for value, target in self.labels.items() if isinstance(value, int)}

    @property
    def names(self) -> dict[str, str | None]:
        """The target of every named segment; empty for a map without names."""
        return {name: target for name, target in self.labels.items() if isinstance(name, str)}

    @property
    def unknown(self) -> tuple[int | str, ...]:
        """The names, or of a map without names the values, that the table does not know."""
        return tuple(label for label, target in self.labels.items() if target is None)

    @property
    def given(self) -> frozenset[str]:
        """The targets that the file has: of named segments, empty ones too, else of its values."""
        return frozenset(target for target in self.labels.values() if target)

    def caveats(self) -> dict[str, str]:
        """Muscle group to how far the given labels are not exactly ours.

        A program that is known by its names has the caveats of its own mapping; a user's own
        table says what the names mean, so then no program is looked for.
        """
        groups = {MUSCLE[key].group for key in self.given if key in MUSCLE}
        program = of_program(self.names) if self.table.words else ""
        of_it = read_table(program).caveats if program else {}
        ours = [name for name, target in self.names.items() if target in MUSCLE]
        known = self.table.caveats_of(ours, self.given)
        return known | {group: text for group, text in of_it.items() if group in groups}

    def painted(self, found: LabelMap, ours: Mapping[str, int]) -> LabelMap:
        """``drawn`` or ``rooms`` with our uint8 value of every target in ``ours``, all else 0."""
        lookup = np.zeros(MAX_VALUE + 1, np.uint8)
        for value, target in self.targets(found).items():
            lookup[value] = ours.get(target or "", 0)
        labels = np.stack([lookup[plane] for plane in found.labels])
        return replace(found, labels=labels, names=MappingProxyType({}))


def understand(path: Path, ct: Grid, table: LabelTable, read: LabelReader) -> Understood:
    """The labels in ``path``, of any format, by ``table``; ``ct`` is the grid of the images.

    Segments of other structures are left out, so they may overlap. Refuses what ``read`` does.
    """
    labels: dict[str | int, str | None] = {}

    def wanted(targets: Collection[str]) -> LabelMap:
        def keep(name: str, value: int) -> bool:
            labels[name] = table.of_name(name, value)
            return labels[name] in targets

        return read(path, ct, keep=keep)

    drawn = wanted({*MUSCLE, UNKNOWN})
    apart = COMPARTMENT_VALUES.keys() & set(labels.values())
    if not labels:
        labels.update((value, table.of_value(value)) for value in drawn.values())
    return Understood(
        table=table,
        drawn=drawn,
        rooms=wanted(COMPARTMENT_VALUES) if apart else drawn,
        labels=MappingProxyType(labels),
    )


def not_known(labels: Sequence[int | str], table: str) -> BackendError:
    """The refusal of values or names that the table called ``table`` does not know."""
    words = [f'"{label}"' if isinstance(label, str) else str(label) for label in labels]
    more = f" and {len(words) - _TOLD} more" if len(words) > _TOLD else ""
    kind = "names" if isinstance(labels[0], str) else "values"
    return BackendError(
        f'the label table "{table}" does not know the {kind} {", ".join(words[:_TOLD])}{more}.',
        why="They may be muscles.",
        mend="Map them (a muscle needs its side), or to ignore what is another structure.",
    )
