"""One table of results: columns with their units in the name, rows, and how it was made."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

Value = str | float | int | bool | None
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """``key`` names the unit; ``words`` stand in print. ``digits`` after the point, None: text.

    ``kind`` "p" prints small values as "< 0.001".
    """

    key: str
    words: str
    digits: int | None = None
    kind: str = ""

    def shown(self, value: Value) -> str:
        """A cell in print; "" for what is not known.

        >>> Column(key="r", words="r", digits=2).shown(-0.276)
        '\N{MINUS SIGN}0.28'
        >>> Column(key="p", words="P", digits=3, kind="p").shown(1e-9)
        '< 0.001'
        """
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return ""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, str) or self.digits is None:
            return str(value)
        if self.kind == "p" and value < 10**-self.digits:
            return f"< {10**-self.digits:.{self.digits}f}"
        return f"{value:z.{self.digits}f}".replace("-", MINUS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table of results. ``key`` names its files; ``notes`` give method and caveats."""

    key: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, Value], ...]
    notes: tuple[str, ...] = ()

    def cells(self) -> list[list[Value]]:
        """The values in the order of the columns, not rounded."""
        return [[row.get(column.key) for column in self.columns] for row in self.rows]

    def shown(self) -> list[list[str]]:
        """The same in print."""
        return [[column.shown(row.get(column.key)) for column in self.columns] for row in self.rows]


def sheet(
    key: str,
    title: str,
    columns: Iterable[Column],
    rows: Iterable[Mapping[str, Value]],
    notes: Iterable[str] = (),
) -> Sheet:
    """A sheet whose rows cannot be changed; a NumPy number becomes a plain one."""
    return Sheet(
        key=key,
        title=title,
        columns=tuple(columns),
        rows=tuple(MappingProxyType({k: _plain(v) for k, v in row.items()}) for row in rows),
        notes=tuple(note for note in notes if note),
    )


def text(key: str, words: str) -> Column:
    """A column of words."""
    return Column(key=key, words=words)


def number(key: str, words: str, digits: int) -> Column:
    """A column of numbers."""
    return Column(key=key, words=words, digits=digits)


def p_value(key: str, words: str) -> Column:
    """A column of P values."""
    return Column(key=key, words=words, digits=3, kind="p")


def _plain(value: object) -> Value:
    item = getattr(value, "item", None)
    found = item() if callable(item) else value
    if isinstance(found, float) and math.isnan(found):
        return None
    return found if isinstance(found, str | float | int | bool) else None
