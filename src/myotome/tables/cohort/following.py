"""What is compared between two studies of one person, and what may stand in the way: rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.quantities.quantities import QUANTITY
from myotome.tables.registry import Registry


class Kind(StrEnum):
    """How a number is made, which decides what can spoil a comparison of it.

    ``size``: all voxels of an outline. ``window``: those of some HU. ``attenuation``: their HU.
    """

    SIZE = "size"
    WINDOW = "window"
    ATTENUATION = "attenuation"


class Comparable(StrEnum):
    """Whether two numbers may be subtracted."""

    YES = "comparable"
    DOUBTFUL = "doubtful"
    NO = "not_comparable"


Place = tuple[str, str, str, str]
"""Quantity, structure, side and level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """One number that is compared."""

    key: str
    words: str
    place: Place
    kind: Kind


def _slab(structure: str, words: str, quantity: str, kind: Kind) -> Followed:
    return Followed(
        key=f"{structure}_{quantity}",
        words=f"{words}, {QUANTITY[quantity].words}",
        place=(quantity, structure, "both", "slab"),
        kind=kind,
    )


def _l3(structure: str, words: str, quantity: str, kind: Kind) -> Followed:
    return Followed(
        key=f"{structure}_l3_{quantity}",
        words=f"{words} at L3",
        place=(quantity, structure, "both", "L3"),
        kind=kind,
    )


FOLLOWED = Registry(
    "followed number",
    (
        _slab("total", "all muscles", "gross_mass", Kind.SIZE),
        _slab("total", "all muscles", "lean_mass", Kind.WINDOW),
        *(_slab(group.key, group.words, "gross_mass", Kind.SIZE) for group in GROUPS),
        _slab("total", "all muscles", "mean_hu", Kind.ATTENUATION),
        _l3("skeletal_muscle", "skeletal muscle area", "area", Kind.WINDOW),
        _l3("skeletal_muscle_index", "skeletal muscle index", "index", Kind.WINDOW),
        _l3("total_abdominal_muscle", "muscle with its fat", "area", Kind.WINDOW),
        _l3("skeletal_muscle", "mean attenuation of muscle", "mean_hu", Kind.ATTENUATION),
        _l3("psoas", "psoas area", "area", Kind.SIZE),
        _l3("psoas_muscle_index", "psoas muscle index", "index", Kind.SIZE),
        _l3("visceral_fat", "visceral fat area", "area", Kind.WINDOW),
        _l3("subcutaneous_fat", "subcutaneous fat area", "area", Kind.WINDOW),
        _l3("intermuscular_fat", "intermuscular fat area", "area", Kind.WINDOW),
    ),
)

_YES, _DOUBT, _NO = Comparable.YES, Comparable.DOUBTFUL, Comparable.NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something that should be the same in both studies. The verdicts are for when it is not.

    ``unknown`` is said where nobody knows it of one of them ("": then nothing is said).
    """

    key: str
    words: str
    size: Comparable
    window: Comparable
    attenuation: Comparable
    why: str
    unknown: bool = True

    def verdict(self, kind: Kind) -> Comparable:
        """Whether a number of this kind may be compared although the condition differs."""
        return Comparable(getattr(self, kind.value))


CONDITIONS = Registry(
    "condition",
    (
        Condition(
            key="weights",
            words="networks and backend",
            size=_NO,
            window=_NO,
            attenuation=_NO,
            why="two programs outline differently; measure both with one",
        ),
        Condition(
            key="version",
            words="version of Myotome",
            size=_DOUBT,
            window=_DOUBT,
            attenuation=_DOUBT,
            why="the rules of measuring may differ; measure both with one version",
        ),
        Condition(
            key="configuration",
            words="options that alter numbers",
            size=_DOUBT,
            window=_DOUBT,
            attenuation=_DOUBT,
            why="measure both with the same options",
        ),
        Condition(
            key="contrast",
            words="contrast phase",
            size=_YES,
            window=_DOUBT,
            attenuation=_NO,
            why="contrast medium raises the attenuation of muscle",
        ),
        Condition(
            key="kernel",
            words="reconstruction kernel",
            size=_YES,
            window=_NO,
            attenuation=_DOUBT,
            why="a sharper image pushes voxels out of an HU window",
        ),
        Condition(
            key="slice_mm",
            words="slice thickness",
            size=_DOUBT,
            window=_NO,
            attenuation=_DOUBT,
            why="thicker slices mix fat and muscle in one voxel",
        ),
        Condition(
            key="kvp",
            words="tube voltage",
            size=_YES,
            window=_DOUBT,
            attenuation=_DOUBT,
            why="fat and contrast medium have other HU at another voltage",
        ),
    ),
)

SAME_THICKNESS = 1.5
"""Slices up to so many times as thick count as alike (our choice: 2 and 3 mm do, 1 and 5 not)."""
ALTERING = frozenset(
    ("visceral_window", "reach_slices", "allow_gaps", "mapping", "join", "network")
)
"""Options of a run that alter numbers on one and the same image."""

SAME_HEIGHT_PERCENT = 5.0
"""The same vertebrae further apart than this in one of the studies put the levels in doubt; twice
as much, and nothing is compared between them. Bodies and discs of an adult change by less."""
LEAST_EXTENT_MM = 40.0
"""About one vertebra and its disc: less is no slab."""

ANY_CORRELATION = (
    "each of the two numbers lies within its own 90 % interval of a reader's; both do at the same "
    "time in at least 80 % of persons like those compared, however the two errors hang together "
    "(Bonferroni), so the change that a reader would find lies between these ends in at least 80 %"
)
INDEPENDENT = (
    "90 % interval if the errors of the two studies were independent (half widths of the "
    "logarithms added in squares). Errors of one person by one network usually point the same "
    "way, which makes the truth narrower; nobody has measured by how much"
)
LEAST_SIGNIFICANT = (
    "least significant change: the larger of what published repeats and what our own comparison "
    "with readers allow; smaller changes may be none. 2.77 times the within-subject SD (95 %), or "
    "the smallest detectable difference as published; from our intervals at 90 %, errors taken as "
    "independent"
)
TO_95 = 2.77
"""1.96 times the square root of 2: from an SD of repeats to the least significant change."""
