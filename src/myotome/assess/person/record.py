"""What was written down of one person: words become checked numbers, slips become hints.

A record is a mapping from the columns of ``tables.person.columns`` to what was said. The same
check serves the cells of a table, the keys of a JSON file and the options of the command line.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from myotome.errors import InputError
from myotome.tables.person import columns
from myotome.tables.person.columns import PERSON_COLUMN, PersonColumn


class Unable:
    """The person tried and could not do the test: a finding, not a missing value."""

    def __repr__(self) -> str:
        return columns.UNABLE_WORD


UNABLE: Final = Unable()
Entry = float | str | tuple[float, ...] | Unable
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
_HARMLESS = re.compile(r"[<>~≤≥+-]?\s?\d{1,4}[.,]?\d{0,3}\s?[A-Za-z/%²]{0,4}|[A-Za-z]")
_LIKE_A_COLUMN = re.compile(r"[A-Za-z]+(_[A-Za-z0-9]+)*")
_SAID_AT_MOST = 8
_LARGE = 1e6
_OLDEST = re.compile(r"(\d{1,3})\s*\+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The checked entries of one person; a column that is not there was not given."""

    entries: Mapping[str, Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", MappingProxyType(dict(self.entries)))

    def number(self, key: str) -> float | None:
        """The number of a column, None if it was not given or the person was unable."""
        entry = self.entries.get(key)
        return float(entry) if isinstance(entry, float | int) else None

    def word(self, key: str) -> str | None:
        """The word of a column, None if it was not given."""
        entry = self.entries.get(key)
        return entry if isinstance(entry, str) else None

    def trials(self, key: str) -> tuple[float, ...]:
        """The numbers of a column of trials, none if it was not given."""
        entry = self.entries.get(key)
        return entry if isinstance(entry, tuple) else ()

    def unable(self, key: str) -> bool:
        """Whether the person was unable to do the test of a column."""
        return isinstance(self.entries.get(key), Unable)


def check(raw: Mapping[str, object]) -> tuple[Record, tuple[str, ...]]:
    """The record of what was written down, and every problem in it, in words.

    Problems name columns and values, never an id. A column with a problem is left out.
    """
    entries: dict[str, Entry] = {}
    problems: list[str] = []
    for key, value in raw.items():
        try:
            entry = _entry(PERSON_COLUMN[key], value)
        except InputError as error:
            problems.append(str(error))
        else:
            if entry is not None:
                entries[key] = entry
    problems += together(entries)
    return Record(entries=entries), tuple(problems)


def record(raw: Mapping[str, object]) -> Record:
    """The record of one person; refuses (InputError) unknown keys and anything impossible."""
    unknown = [key for key in raw if key not in PERSON_COLUMN]
    if unknown:
        raise InputError(" ".join(map(_unknown, unknown[:_SAID_AT_MOST])))
    found, problems = check(raw)
    if problems:
        raise InputError(" ".join(problems))
    return found


def suggestion(name: str, known: Iterable[str] = PERSON_COLUMN) -> str:
    """`` Did you mean height_cm?`` for a name that is close to a known one, else nothing.

    >>> suggestion("height_m")
    ' Write height_cm: the unit belongs to the name.'
    >>> suggestion("heigth_cm")
    ' Did you mean height_cm?'
    """
    plain = name.strip().lower()
    if plain in columns.WRONG_UNITS:
        return f" Write {columns.WRONG_UNITS[plain]}: the unit belongs to the name."
    close = difflib.get_close_matches(plain, list(known), n=1, cutoff=0.75)
    return f" Did you mean {close[0]}?" if close else ""


def _unknown(key: str) -> str:
    """What to say of a key; one that is not like the name of a column may name somebody."""
    name = f'"{key}"' if _LIKE_A_COLUMN.fullmatch(key) else "(a text)"
    return f"{name} is not known.{suggestion(key)}"


def _entry(row: PersonColumn, value: object) -> Entry | None:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, list | tuple):
        return _trials(row, [str(part) for part in value if part is not None])
    text = ("yes" if value else "no") if isinstance(value, bool) else str(value).strip()
    if text.lower() in columns.UNKNOWN_WORDS:
        return None
    if text.lower() == columns.UNABLE_WORD:
        return _unable(row)
    return _OF_KIND[row.kind](row, text)


def _unable(row: PersonColumn) -> Entry:
    if row.can_fail:
        return UNABLE
    raise InputError(
        f"{row.key}: one cannot be unable to have a {row.words}.",
        mend="Leave it out, and give 5 chair stands instead of a grip."
        if "grip" in row.key
        else "Leave it out.",
    )


def _sex(row: PersonColumn, text: str) -> Entry | None:
    plain = text.lower()
    if plain in columns.UNKNOWN_SEX_WORDS:
        return None
    if plain in columns.SEX_WORDS:
        return columns.SEX_WORDS[plain]
    why = columns.SEX_TRAPS.get(plain, "")
    raise InputError(
        f'{row.key}: "{_short(text)}" is not F or M.', why=why, mend="Write F, M or nothing."
    )


def _word(row: PersonColumn, text: str) -> Entry | None:
    if text.lower() in {choice.lower() for choice in row.choices}:
        return text.lower()
    raise InputError(f'{row.key}: "{_short(text)}" is not one of {", ".join(row.choices)}.')


def _several(row: PersonColumn, text: str) -> Entry | None:
    return _trials(row, re.split(r"[;/|]", text))


def _trials(row: PersonColumn, parts: Iterable[str]) -> Entry | None:
    if row.kind != "trials":
        raise InputError(f"{row.key}: one value is wanted, not several.")
    given = [part.strip() for part in parts if part.strip().lower() not in columns.UNKNOWN_WORDS]
    if any(re.search(r",\d{2}", part) for part in given):
        raise InputError(
            f"{row.key}: a comma may stand between trials or before decimals.",
            mend="Write trials as 24;26, decimals with a point.",
        )
    return tuple(_number(row, part) for part in given) or None


def _number(row: PersonColumn, text: str) -> float:
    oldest = _OLDEST.fullmatch(text) if row.key == "age_years" else None
    if oldest is not None:
        text = oldest[1]  # "90+": ages are capped where they would identify
    if not _NUMBER.fullmatch(text):
        raise InputError(f'{row.key}: "{_short(text)}" is not a number.', mend=_of_words(row, text))
    value = float(text.replace(",", "."))
    if not row.low <= value <= row.high:
        # a very large number may be a hospital number that has slipped into the column
        said = f"{value:g}" if abs(value) < _LARGE else "(a large number)"
        raise InputError(
            f"{row.key} {said} is impossible: {row.low:g} to {row.high:g} {row.unit} are "
            "accepted.".replace("  ", " "),
            mend=_hint(row, value),
        )
    if row.kind == "count" and value != int(value):
        raise InputError(f"{row.key} {value:g} must be a whole number.")
    return value


_OF_KIND: dict[str, Callable[[PersonColumn, str], Entry | None]] = {
    "sex": _sex,
    "word": _word,
    "trials": _several,
    "number": _number,
    "count": _number,
}


def _of_words(row: PersonColumn, text: str) -> str:
    """A hint for a cell that holds a unit or a sign besides its number."""
    if re.match(r"[<>~≤≥]", text):
        return "Write the number alone; a limit is not a value."
    if re.match(r"[+-]?\d", text):
        return f"Write the number alone; its unit is {row.unit or 'in the name'}."
    return f"Write a number, nothing{', or unable' if row.can_fail else ''}."


def _hint(row: PersonColumn, value: float) -> str:
    for slip in row.slips:
        if slip.low <= value <= slip.high:
            return f"It looks like {slip.words}."
    if value < 0:
        return "It is negative; leave it out if it is not known."
    if value == 0:
        failed = "write unable if it could not be done, " if row.can_fail else ""
        return f"Zero is no measurement; {failed}leave it out if it is not known."
    return "Check the points." if row.kind == "count" else "Check the unit."


def together(entries: Mapping[str, object]) -> list[str]:
    """Problems of entries that are possible alone but not together."""
    height, weight = entries.get("height_cm"), entries.get("weight_kg")
    if not (isinstance(height, float | int) and isinstance(weight, float | int)):
        return []
    bmi = weight / (height / 100) ** 2
    if columns.BMI_LOW_KG_M2 <= bmi <= columns.BMI_HIGH_KG_M2:
        return []
    return [
        f"height_cm {height:g} and weight_kg {weight:g} make a BMI of {bmi:.1f} kg/m2, which is "
        "impossible. Are they swapped, or in other units?"
    ]


def _short(text: str) -> str:
    """A cell as far as it may be repeated: any text may name somebody."""
    return text if _HARMLESS.fullmatch(text) else "(a text)"
