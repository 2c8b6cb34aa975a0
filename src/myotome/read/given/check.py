"""What a person may set, and what no spine can be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from numbers import Real
from types import MappingProxyType

from myotome.errors import InputError
from myotome.nouns.space.given import L5_END, LUNG_BASE, NOTHING, PLANES, Given
from myotome.tables.anatomy.spacing import MAY_BE_SET, ORDER, PITCH_MM

_BELOW_LUNG = ("L3", "L4", "L5", "S1")
"""No lung reaches below the middle of L3, as ``locate.find`` has it."""

_MOST_MM = 1e5
_LONGEST_READER = 64
_NAMES_SHOWN = f"Use one of {', '.join(MAY_BE_SET)}."


def checked(z_mm: Mapping[str, float], reader: str = "") -> Given:
    """What was set, by canonical names ("l3" is "L3"), from top to bottom.

    ``z_mm`` are patient z (LPS, mm); ``reader`` is who set them, at most 64 characters. Refuses
    (InputError) unknown names, what is no number, vertebrae that do not follow each other
    downwards at distances that spines have, and planes that cross or lie on the wrong side of
    a vertebra. Whether they lie in the scan only the scan can tell.

    >>> dict(checked({"l3": -629.5, "LUNG_BASE": -500}).z_mm)
    {'L3': -629.5, 'lung_base': -500.0}
    """
    found: dict[str, float] = {}
    for name, z in z_mm.items():
        own = canonical(name)
        if own in found:
            raise InputError(f"{own} was set twice.", mend="Set it once.")
        found[own] = _number(own, z)
    ordered = {name: found[name] for name in MAY_BE_SET if name in found}
    _require_order({name: z for name, z in ordered.items() if name not in PLANES})
    _require_planes(ordered)
    if not ordered and not reader:
        return NOTHING
    return Given(z_mm=MappingProxyType(ordered), reader=_reader(reader))


def canonical(name: str) -> str:
    """The name as we write it. Refuses what is none."""
    words = str(name).strip()
    for own in (words.upper(), words.lower()):
        if own in MAY_BE_SET:
            return own
    raise InputError(f'"{words[:20]}" is no level and no plane that can be set.', mend=_NAMES_SHOWN)


def _number(name: str, z: object) -> float:
    try:
        number = float(z) if not isinstance(z, bool) and isinstance(z, Real) else math.nan
    except OverflowError:
        number = math.inf
    if not abs(number) < _MOST_MM:
        raise InputError(
            f"the z of {name} is not a number of millimetres.",
            mend="Give patient z as Myotome and viewers show it, such as -629.5.",
        )
    return number


def _require_order(levels: Mapping[str, float]) -> None:
    """Refuse vertebrae out of order, and nearer or farther than spines have them."""
    for (above, high), (below, low) in pairwise(levels.items()):
        apart = MAY_BE_SET.index(below) - MAY_BE_SET.index(above)
        if low >= high:
            raise InputError(
                f"{below} was set at z={low:g} mm, not below {above} at z={high:g} mm.",
                why="z grows towards the head.",
                mend="Check which is which, and the sign.",
            )
        least, most = (apart * mm for mm in PITCH_MM)
        if not least <= high - low <= most:
            raise InputError(
                f"{above} and {below} were set {high - low:g} mm apart.",
                why=f"The middles of these two lie {least:g} to {most:g} mm apart.",
                mend="Check their names and z.",
            )


def _require_planes(z_mm: Mapping[str, float]) -> None:
    """Refuse planes that cross each other or a vertebra that they cannot cross."""
    downwards = [(LUNG_BASE, name) for name in (*_BELOW_LUNG, L5_END)]
    downwards += [(name, L5_END) for name in ORDER if name != "S1"] + [(L5_END, "S1")]
    for above, below in downwards:
        high, low = z_mm.get(above, math.inf), z_mm.get(below, -math.inf)
        if low >= high:
            raise InputError(
                f"{below} was set at z={low:g} mm, not below {above} at z={high:g} mm.",
                why="The slab runs from the lung base down to the lower end of L5.",
                mend="Check which is which, and the sign.",
            )


def _reader(words: str) -> str:
    """Who it was, as a name of DICOM can hold it."""
    said = words.strip()
    if len(said) > _LONGEST_READER or not said.isprintable() or {"\\", "=", "^"} & set(said):
        raise InputError(
            "the reader's name is too long, or has characters that DICOM gives a meaning.",
            mend=f"Use at most {_LONGEST_READER} letters, without \\ = ^.",
        )
    return said
