"""The 12 muscles and the body compartments: one row each."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One muscle group of Vu et al. 2024; FMA ids from Uberon's cross references.

    ``vertical`` says how the muscle lies in the slab: "through" muscles run through it from top
    to bottom, "inside" ones end within it, "cap" ones only reach into it from below.
    """

    key: str
    words: str
    colour: tuple[int, int, int]
    fma: int | None
    vertical: str


GROUPS: tuple[Group, ...] = (
    Group(key="psoas", words="psoas", colour=(230, 75, 53), fma=18060, vertical="inside"),
    Group(
        key="quadratus_lumborum",
        words="quadratus lumborum",
        colour=(243, 190, 60),
        fma=15569,
        vertical="inside",
    ),
    Group(
        key="erector_spinae",
        words="erector spinae",
        colour=(0, 142, 160),
        fma=71302,
        vertical="through",
    ),
    Group(
        key="gluteus_medius",
        words="gluteus medius",
        colour=(126, 97, 171),
        fma=22315,
        vertical="cap",
    ),
    Group(
        key="rectus_abdominis",
        words="rectus abdominis",
        colour=(60, 145, 80),
        fma=9628,
        vertical="through",
    ),
    Group(
        key="lateral_abdominals",
        words="lateral abdominals",
        colour=(66, 110, 200),
        fma=None,
        vertical="through",
    ),
)


def _shade(colour: tuple[int, int, int], side: str) -> tuple[int, int, int]:
    """The right side is drawn a little lighter, so that left and right can be told apart."""
    if side == "left":
        return colour
    r, g, b = (round(c + (255 - c) * 0.35) for c in colour)
    return (r, g, b)


MUSCLES: tuple[Muscle, ...] = tuple(
    Muscle(
        value=2 * position + (1 if side == "left" else 2),
        group=group.key,
        side=side,
        words=f"{side} {group.words}",
        colour=_shade(group.colour, side),
        fma=group.fma,
    )
    for position, group in enumerate(GROUPS)
    for side in ("left", "right")
)
MUSCLE = Registry("muscle", MUSCLES)
BY_VALUE = {m.value: m for m in MUSCLES}


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
