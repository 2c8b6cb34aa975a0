"""Levels and planes as they are typed: ``L3=-629.5``."""

from __future__ import annotations

from collections.abc import Iterable

from myotome.errors import InputError
from myotome.read.given.check import canonical

_MINUS = "\u2212"
"""As the report and the pictures print it."""


def typed(words: Iterable[str]) -> dict[str, float]:
    """The z (mm) by name of words such as "L3=-629.5"; the minus of the report will do.

    Refuses (InputError) what is not of that form, and a name that is given twice.

    >>> typed(["L3=-629.5", "lung_base=\u2212500 mm"])
    {'L3': -629.5, 'lung_base': -500.0}
    """
    found: dict[str, float] = {}
    for word in words:
        name, equals, z = word.partition("=")
        if not equals:
            raise _refused(word)
        name = canonical(name)
        if name in found:
            raise InputError(f"{name} was set twice.", mend="Set it once.")
        try:
            found[name] = float(z.strip().removesuffix("mm").replace(_MINUS, "-"))
        except ValueError as error:
            raise _refused(word) from error
    return found


def _refused(word: str) -> InputError:
    return InputError(
        f'"{word[:40]}" is not a level and its z in mm.', mend="For example --level L3=-629.5."
    )
