"""What is scored in a label map: every label, left and right together, all together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from myotome.errors import InputError
from myotome.tables.anatomy.muscles import COMPARTMENTS, GROUPS, MUSCLES

Rgb = tuple[int, int, int]
TOTAL = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One thing to score: the voxels of ``values`` taken together.

    ``side`` is "left", "right", "both" or "" for what has no sides. ``groups`` are the columns
    of ``Case.annotated`` that must all be True for a slice to count.
    """

    structure: str
    side: str
    words: str
    values: tuple[int, ...]
    groups: tuple[int, ...]

    @property
    def is_single(self) -> bool:
        """True for a label of the map, False for several labels taken together."""
        return len(self.values) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSet:
    """One kind of label map.

    ``groups`` name the columns of ``Case.annotated``. ``ignored`` reference values mark voxels
    that are not scored. ``sparse`` maps are complete on the slices that hold any label at all;
    other maps on every slice, unless ``slices.json`` says otherwise.
    """

    key: str
    words: str
    groups: tuple[str, ...]
    regions: tuple[Region, ...]
    ignored: frozenset[int] = frozenset()
    sparse: bool = False
    has_mass: bool = False

    @property
    def classes(self) -> int:
        """Number of values, background included; values run from 0 to ``classes - 1``."""
        return 1 + max(max(r.values) for r in self.regions)

    @property
    def singles(self) -> tuple[Region, ...]:
        """The regions that are one label each."""
        return tuple(r for r in self.regions if r.is_single)

    def region(self, structure: str, side: str) -> Region:
        """The region of that name."""
        return next(r for r in self.regions if (r.structure, r.side) == (structure, side))


def _muscles() -> tuple[Region, ...]:
    rows: list[Region] = []
    for column, group in enumerate(GROUPS):
        sides = [m for m in MUSCLES if m.group == group.key]
        pair = tuple(m.value for m in sides)
        rows += [
            Region(
                structure=m.group, side=m.side, words=m.words, values=(m.value,), groups=(column,)
            )
            for m in sides
        ]
        rows.append(
            Region(
                structure=group.key, side="both", words=group.words, values=pair, groups=(column,)
            )
        )
    everything = tuple(m.value for m in MUSCLES)
    rows.append(
        Region(
            structure=TOTAL,
            side="both",
            words="all muscles",
            values=everything,
            groups=tuple(range(len(GROUPS))),
        )
    )
    return tuple(rows)


def _plain(names: tuple[tuple[int, str, str], ...]) -> tuple[Region, ...]:
    return tuple(
        Region(structure=key, side="", words=words, values=(value,), groups=(column,))
        for column, (value, key, words) in enumerate(names)
    )


_TISSUES = (
    (1, "skeletal_muscle", "skeletal muscle"),
    (2, "subcutaneous_fat", "subcutaneous fat"),
    (3, "visceral_fat", "visceral fat"),
    (4, "intermuscular_fat", "intermuscular fat"),
)

MUSCLE_SET = LabelSet(
    key="muscles",
    words="the 12 muscles",
    groups=tuple(g.key for g in GROUPS),
    regions=_muscles(),
    ignored=frozenset({255}),  # disputed: docs/concepts/borders.md
    has_mass=True,
)
COMPARTMENT_SET = LabelSet(
    key="compartments",
    words="the body compartments",
    groups=tuple(c.key for c in COMPARTMENTS),
    regions=_plain(tuple((c.value, c.key, c.words) for c in COMPARTMENTS)),
    ignored=frozenset({6}),  # heart and mediastinum: no class of ours
    sparse=True,
)
TISSUE_SET = LabelSet(
    key="tissues",
    words="muscle and fat at one level",
    groups=tuple(key for _, key, _ in _TISSUES),
    regions=_plain(_TISSUES),
    sparse=True,
)
LABEL_SETS: Mapping[str, LabelSet] = MappingProxyType(
    {s.key: s for s in (MUSCLE_SET, COMPARTMENT_SET, TISSUE_SET)}
)
IGNORED = 255
"""What ignored reference voxels hold after reading."""


def label_set(key: str) -> LabelSet:
    """The label set of that key. Refuses other words with InputError."""
    if key not in LABEL_SETS:
        raise InputError(
            f'there is no kind of labels called "{key}".', mend=f"Choose {', '.join(LABEL_SETS)}."
        )
    return LABEL_SETS[key]
