"""The 12 muscles and the body compartments: one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from myotome.tables.registry import Registry, unique

_Valued = TypeVar("_Valued", "Muscle", "Compartment")


@dataclass(frozen=True, slots=True, kw_only=True)
class Muscle:
    """One label. ``colour`` is RGB 0-255; ``value`` the voxel value in every label map."""

    value: int
    group: str
    side: str
    words: str
    colour: tuple[int, int, int]
    fma: int | None

    @property
    def key(self) -> str:
        """``psoas_left`` and so on."""
        return f"{self.group}_{self.side}"

    @property
    def opposite(self) -> str:
        """The key of the same muscle on the other side."""
        return f"{self.group}_{'right' if self.side == 'left' else 'left'}"


def _by_value(kind: str, rows: tuple[_Valued, ...]) -> Mapping[int, _Valued]:
    """The rows by voxel value, refused (ValueError, at import) unless it is 1, 2, 3 and so on.

    The networks have one output per value, so a gap would shift all that follow; 255 and 0 mean
    "not annotated" and "nothing".
    """
    found = unique(f"{kind} value", ((row.value, row) for row in rows))
    if list(found) != list(range(1, len(rows) + 1)):
        raise ValueError(f"the values of {kind} rows are {list(found)}, not 1 to {len(rows)}")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One muscle group of Vu et al. 2024; FMA ids from Uberon's cross references.

    ``vertical`` says how the muscle lies in the slab: "through" muscles run through it from top
    to bottom, "inside" ones end within it, "cap" ones only reach into it from below. ``left`` and
    ``right`` are the voxel values of the two muscles, the same for ever: saved label maps and the
    networks' outputs hold them.
    """

    key: str
    words: str
    colour: tuple[int, int, int]
    fma: int | None
    vertical: str
    left: int
    right: int


GROUPS: tuple[Group, ...] = (
    Group(
        key="psoas",
        words="psoas",
        colour=(230, 75, 53),
        fma=18060,
        vertical="inside",
        left=1,
        right=2,
    ),
    Group(
        key="quadratus_lumborum",
        words="quadratus lumborum",
        colour=(243, 190, 60),
        fma=15569,
        vertical="inside",
        left=3,
        right=4,
    ),
    Group(
        key="erector_spinae",
        words="erector spinae",
        colour=(0, 142, 160),
        fma=71302,
        vertical="through",
        left=5,
        right=6,
    ),
    Group(
        key="gluteus_medius",
        words="gluteus medius",
        colour=(126, 97, 171),
        fma=22315,
        vertical="cap",
        left=7,
        right=8,
    ),
    Group(
        key="rectus_abdominis",
        words="rectus abdominis",
        colour=(60, 145, 80),
        fma=9628,
        vertical="through",
        left=9,
        right=10,
    ),
    Group(
        key="lateral_abdominals",
        words="lateral abdominals",
        colour=(66, 110, 200),
        fma=None,
        vertical="through",
        left=11,
        right=12,
    ),
)


def _shade(colour: tuple[int, int, int], side: str) -> tuple[int, int, int]:
    """The right side is drawn a little lighter, so that left and right can be told apart."""
    if side == "left":
        return colour
    r, g, b = (round(c + (255 - c) * 0.35) for c in colour)
    return (r, g, b)


def _muscle(group: Group, side: str, value: int) -> Muscle:
    return Muscle(
        value=value,
        group=group.key,
        side=side,
        words=f"{side} {group.words}",
        colour=_shade(group.colour, side),
        fma=group.fma,
    )


GROUP = Registry("muscle group", GROUPS)
MUSCLES: tuple[Muscle, ...] = tuple(
    sorted(
        (
            _muscle(group, side, value)
            for group in GROUPS
            for side, value in (("left", group.left), ("right", group.right))
        ),
        key=lambda muscle: muscle.value,
    )
)
"""In the order of their values, which is that of the networks' outputs."""
MUSCLE = Registry("muscle", MUSCLES)
BY_VALUE = _by_value("muscle", MUSCLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compartment:
    """One body compartment and its voxel value in ``Segmentation.compartments``."""

    value: int
    key: str
    words: str


COMPARTMENTS: tuple[Compartment, ...] = (
    Compartment(value=1, key="abdominal_cavity", words="abdominal cavity"),
    Compartment(value=2, key="muscle_wall", words="muscle wall"),
    Compartment(value=3, key="subcutaneous", words="subcutaneous tissue"),
    Compartment(value=4, key="bone", words="bone"),
    Compartment(value=5, key="lung", words="lung"),
)
COMPARTMENT = Registry("compartment", COMPARTMENTS)
_by_value("compartment", COMPARTMENTS)
