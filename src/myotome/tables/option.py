"""How a field of a configuration is asked for on the command line: words kept beside the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

_KEY = "option"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option. ``words`` is its help.

    ``names`` are given where they are not the field's own, ``kind`` where the command line has
    another type than the field, and ``read`` then makes the one from the other (never called
    with None). ``low`` is the least number.
    """

    words: str
    names: tuple[str, ...] = ()
    kind: Any = None
    read: Callable[[Any], Any] | None = None
    low: int | None = None


def asked(words: str, **more: Any) -> dict[str, Option]:
    """The metadata of a dataclass field that is an option of the command line."""
    return {_KEY: Option(words=words, **more)}


def option_of(metadata: Mapping[Any, Any]) -> Option | None:
    """The option that a field's metadata holds; None if the command line does not know it."""
    found = metadata.get(_KEY)
    return found if isinstance(found, Option) else None
