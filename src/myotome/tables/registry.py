"""Rows by their keys, refused at import where two would answer to one name."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Protocol, TypeVar


class Keyed(Protocol):
    """Anything with a stable key."""

    @property
    def key(self) -> str:
        """The name that programs know it by."""


Row = TypeVar("Row", bound=Keyed)
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Registry(Mapping[str, Row]):
    """The rows of one table by key, in their order. Read-only.

    Refuses (ValueError, at import) an empty key and one that two rows claim, since the second
    row would silently replace the first.

    >>> from myotome.tables.anatomy.muscles import MUSCLES, Muscle
    >>> Registry("muscle", MUSCLES)["psoas_left"].words
    'left psoas'
    >>> Registry("muscle", (MUSCLES[0], MUSCLES[0]))
    Traceback (most recent call last):
    ValueError: two muscle rows are called "psoas_left"
    """

    def __init__(self, kind: str, rows: Iterable[Row]) -> None:
        self.kind = kind
        self._rows: dict[str, Row] = {}
        for row in rows:
            if not row.key:
                raise ValueError(f"a {kind} row has no key")
            if row.key in self._rows:
                raise ValueError(f'two {kind} rows are called "{row.key}"')
            self._rows[row.key] = row

    def __getitem__(self, key: str) -> Row:
        """The row called ``key``; KeyError if there is none."""
        return self._rows[key]

    def __iter__(self) -> Iterator[str]:
        """The keys, in the order of the rows."""
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def known(self, *keys: str) -> tuple[str, ...]:
        """``keys``, each of which a row has; ValueError (at import) for one that none has."""
        unknown = [key for key in keys if key not in self._rows]
        if unknown:
            raise ValueError(f'no {self.kind} row is called "{unknown[0]}"')
        return keys

    def __repr__(self) -> str:
        return f"Registry({self.kind!r}, {list(self._rows)!r})"


def unique(kind: str, pairs: Iterable[tuple[Key, Value]]) -> Mapping[Key, Value]:
    """The values by another name than their key, such as a voxel value. Read-only.

    Refuses (ValueError, at import) a name that two values claim.

    >>> unique("side", [("left", 1), ("left", 2)])
    Traceback (most recent call last):
    ValueError: two side rows are called "left"
    """
    found: dict[Key, Value] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f'two {kind} rows are called "{key}"')
        found[key] = value
    return MappingProxyType(found)


def one_each(
    kind: str, keys: Iterable[str], pairs: Iterable[tuple[str, Value]]
) -> Mapping[str, Value]:
    """Exactly one value for each of ``keys``, such as one rule for every muscle group.

    Refuses (ValueError, at import) two values of one key, a key without one and an unknown key.

    >>> from myotome.tables.anatomy.muscles import GROUP
    >>> one_each("weight", GROUP, [("psoas", 1), ("biceps", 2)])
    Traceback (most recent call last):
    ValueError: the weight rows hold what is not known: biceps
    >>> one_each("weight", ("left", "right"), [("left", 1)])
    Traceback (most recent call last):
    ValueError: the weight rows lack right
    """
    found, wanted = unique(kind, pairs), tuple(keys)
    for fault, names in (
        ("hold what is not known:", [key for key in found if key not in wanted]),
        ("lack", [key for key in wanted if key not in found]),
    ):
        if names:
            raise ValueError(f"the {kind} rows {fault} {', '.join(names)}")
    return found
