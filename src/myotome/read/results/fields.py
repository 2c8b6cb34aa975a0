"""JSON objects and rows of tables read field by field: what has another type is refused."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from myotome.errors import InputError

MEND = "Give the folder as `myotome run` left it, or run again."
_LONGEST_KEY = 40
_BOOLEANS = {"true": True, "false": False}
_RAN_AS_FORMULA = ("'=", "'@", "'+", "'\t")


def damaged(place: str, why: str) -> InputError:
    """The refusal of one file of a results folder; ``place`` is the file and where in it."""
    return InputError(f"the results folder is damaged: {place} {why}.", mend=MEND)


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object and where it stands.

    Each method refuses (InputError, naming the place, never the value) what has another type.
    With ``older=True`` a key that folders of older versions lack reads as None or "".
    """

    values: Mapping[str, Any]
    place: str

    @classmethod
    def of(cls, value: Any, place: str) -> Fields:
        """The object ``value``. Refuses what is none."""
        if not isinstance(value, dict):
            raise damaged(place, "is no object")
        return cls(value, place)

    def has(self, key: str) -> bool:
        """Whether there is anything but null."""
        return self.values.get(key) is not None

    def _get(self, key: str, *, older: bool = False) -> Any:
        if key not in self.values and not older:
            raise damaged(self.place, f'lacks "{key}"')
        return self.values.get(key)

    def text(self, key: str, *, older: bool = False) -> str:
        """A text; "" for null."""
        found = self._get(key, older=older)
        if not isinstance(found, str | None):
            raise damaged(self._at(key), "is no text")
        return found or ""

    def maybe_number(self, key: str, *, older: bool = False) -> float | None:
        """A finite number, or None for null."""
        found = self._get(key, older=older)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise damaged(self._at(key), "is no number")
        try:
            number = float(found)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise damaged(self._at(key), "is no finite number")
        return number

    def number(self, key: str) -> float:
        """A finite number."""
        found = self.maybe_number(key)
        if found is None:
            raise damaged(self._at(key), "is no number")
        return found

    def maybe_whole(self, key: str, *, older: bool = False) -> int | None:
        """A whole number, or None for null."""
        found = self._get(key, older=older)
        if isinstance(found, bool) or not isinstance(found, int | None):
            raise damaged(self._at(key), "is no whole number")
        return found

    def whole(self, key: str) -> int:
        """A whole number."""
        found = self.maybe_whole(key)
        if found is None:
            raise damaged(self._at(key), "is no whole number")
        return found

    def yes(self, key: str) -> bool:
        """True or false."""
        found = self._get(key)
        if not isinstance(found, bool):
            raise damaged(self._at(key), "is neither true nor false")
        return found

    def array(self, key: str, *, older: bool = False) -> list[Any]:
        """A list of anything; empty for null."""
        found = self._get(key, older=older)
        if not isinstance(found, list | None):
            raise damaged(self._at(key), "is no list")
        return found or []

    def texts(self, key: str, *, older: bool = False) -> tuple[str, ...]:
        """A list of texts."""
        found = self.array(key, older=older)
        if not all(isinstance(one, str) for one in found):
            raise damaged(self._at(key), "is no list of texts")
        return tuple(found)

    def wholes(self, key: str, *, older: bool = False) -> tuple[int, ...]:
        """A list of whole numbers."""
        found = self.array(key, older=older)
        if not all(isinstance(one, int) and not isinstance(one, bool) for one in found):
            raise damaged(self._at(key), "is no list of whole numbers")
        return tuple(found)

    def maybe_numbers(self, key: str) -> tuple[float | None, ...]:
        """A list of finite numbers and nulls."""
        found = Fields({str(n): one for n, one in enumerate(self.array(key))}, self._at(key))
        return tuple(found.maybe_number(n) for n in found.values)

    def inner(self, key: str) -> Fields:
        """An object inside."""
        return Fields.of(self._get(key), self._at(key))

    def objects(self, key: str) -> Iterator[Fields]:
        """A list of objects."""
        for number, one in enumerate(self.array(key)):
            yield Fields.of(one, f"{self._at(key)}/{number}")

    def by_name(self, key: str, *, older: bool = False) -> Iterator[tuple[str, Fields]]:
        """An object of objects."""
        if older and not self.has(key):
            return
        found = self.inner(key)
        for name in found.values:
            yield name, found.inner(name)

    def words(self, key: str) -> Mapping[str, str]:
        """An object of texts."""
        found = self.inner(key)
        return MappingProxyType({name: found.text(name) for name in found.values})

    def numbers(self, key: str, *, older: bool = False) -> Mapping[str, float]:
        """An object of finite numbers."""
        if older and not self.has(key):
            return MappingProxyType({})
        found = self.inner(key)
        return MappingProxyType({name: found.number(name) for name in found.values})

    def _at(self, key: str) -> str:
        return f"{self.place}/{key[:_LONGEST_KEY]}"


def row_fields(row: Mapping[str, str | None], place: str) -> Cells:
    """One row of a CSV file; refuses one that has fewer or more cells than columns."""
    if None in row or any(not isinstance(cell, str) for cell in row.values()):
        raise damaged(place, "has another number of cells than columns")
    return Cells({key: cell or "" for key, cell in row.items()}, place)


@dataclass(frozen=True, slots=True)
class Cells:
    """One row of a table and where it stands; refuses as :class:`Fields` does."""

    values: Mapping[str, str]
    place: str

    def text(self, key: str) -> str:
        """A cell as it was before it was kept from being run as a formula."""
        if key not in self.values:
            raise damaged(self.place, f'lacks the column "{key}"')
        found = self.values[key]
        return found[1:] if found.startswith(_RAN_AS_FORMULA) else found

    def maybe_number(self, key: str) -> float | None:
        """A finite number, or None for an empty cell."""
        found = self.text(key)
        if not found:
            return None
        try:
            number = float(found)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise damaged(self.place, f'has no number in "{key}"')
        return number

    def number(self, key: str) -> float:
        """A finite number."""
        found = self.maybe_number(key)
        if found is None:
            raise damaged(self.place, f'has no number in "{key}"')
        return found

    def whole(self, key: str) -> int:
        """A whole number from 0 on."""
        found = self.text(key)
        if not (found.isascii() and found.isdigit() and len(found) < 10):
            raise damaged(self.place, f'has no whole number in "{key}"')
        return int(found)

    def yes(self, key: str) -> bool:
        """``true`` or ``false``."""
        found = self.text(key)
        if found not in _BOOLEANS:
            raise damaged(self.place, f'has neither true nor false in "{key}"')
        return _BOOLEANS[found]
