"""The person: what the user gave, completed by the DICOM header, with a word on each source.

The header is believed only where it is plausible; what is left out, and what contradicts the
user, is said. Names, ids and dates of birth are never looked at.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from myotome.assess.person.facts import Fact, Facts
from myotome.assess.person.record import Record, check, record
from myotome.errors import InputError
from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.person import Person
from myotome.tables.outputs.wording import OLDEST_AGE_SHOWN_YEARS
from myotome.tables.person.columns import PERSON_COLUMN
from myotome.tables.series.header import HEADER_FIELD

PERSON_FIELDS: tuple[str, ...] = ("sex", "age_years", "height_cm", "weight_kg")
"""What a person is known by: the fields of ``Person``."""
_FIELDS = tuple((name, HEADER_FIELD[f"patient_{name}"].attributes[0]) for name in PERSON_FIELDS)
_FAR: dict[str, float] = {"age_years": 2.0, "height_cm": 5.0, "weight_kg": 15.0}
"""From such a difference on, header and user are probably not speaking of one person and day."""
_MOST_BYTES = 1 << 20


def facts_of(person: Person) -> Facts:
    """Sex, age, height and weight as facts with their sources."""
    known = {name: getattr(person, name) for name in PERSON_FIELDS}
    return Facts().plus(
        *(
            Fact(key=name, value=value, source=person.source(name))
            for name, value in known.items()
            if value is not None
        )
    )


def person_from_header(header: SeriesHeader, given: Person | None = None) -> Person:
    """The person as ``given``, completed by ``header`` where plausible.

    What was given always wins; a header that contradicts it is noted.
    """
    given = given or Person()
    raw = {name: getattr(header, f"patient_{name}") for name, _ in _FIELDS}
    believed, _ = check({name: value for name, value in raw.items() if value is not None})
    parts: dict[str, str | float | None] = {}
    from_header: list[str] = []
    notes: list[str] = []
    joint = _implausible_together(believed)
    for name, attribute in _FIELDS:
        mine, theirs = getattr(given, name), believed.entries.get(name)
        said = _said(name, attribute, raw[name], theirs, joint)
        if said:
            notes.append(said)
            theirs = None
        parts[name] = theirs if mine is None else mine  # type: ignore[assignment]
        if mine is not None:
            notes += _contradiction(name, attribute, mine, theirs)
        elif theirs is not None:
            from_header.append(name)
    notes += _from_header(from_header)
    return replace(_person(parts), from_header=tuple(from_header), notes=tuple(notes))


def person_of(found: Record) -> Person:
    """Sex, age, height and weight of a record."""
    return Person(
        sex=found.word("sex"),
        age_years=found.number("age_years"),
        height_cm=found.number("height_cm"),
        weight_kg=found.number("weight_kg"),
    )


def read_person(path: Path) -> Record:
    """The record of a ``--person`` file: one JSON object with the columns of the tables as keys.

    ``{"sex": "F", "age_years": 72, "grip_right_kg": [14, 15.5], "chair_stands_5_s": "unable"}``.
    Refuses (InputError) other files, unknown keys and impossible values.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(
                "The person file is too large for one person.",
                mend="Give many persons as a table to `myotome assess`.",
            )
        raw = json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_once)
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            "The person file cannot be read.",
            why="It must be one JSON object.",
            mend='For example: {"sex": "F", "age_years": 72, "height_cm": 160}.',
        ) from error
    if not isinstance(raw, dict):
        raise InputError(
            "The person file holds no JSON object.", mend="Write one person, within { and }."
        )
    return record(raw)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse keys that are given twice, of which JSON would silently keep the last."""
    counts = Counter(key for key, _ in pairs if key in PERSON_COLUMN)
    twice = [key for key, count in counts.items() if count > 1]
    if twice:
        raise InputError(f"The person file gives {twice[0]} twice.", mend="Keep one.")
    return dict(pairs)


def _implausible_together(believed: Record) -> bool:
    """Whether height and weight of the header cannot be of one person (swapped, other units)."""
    height, weight = believed.number("height_cm"), believed.number("weight_kg")
    if height is None or weight is None:
        return False
    return bool(check({"height_cm": height, "weight_kg": weight})[1])


def _said(name: str, attribute: str, raw: object, theirs: object, joint: bool) -> str:
    """Why a part of the header is left out, "" if it is not."""
    if raw is None:
        return ""
    if theirs is None:
        return f"{attribute} of the DICOM header is not plausible and was left out."
    if joint and name in ("height_cm", "weight_kg"):
        return f"{attribute} of the DICOM header was left out: height and weight do not fit."
    return ""


def _contradiction(name: str, attribute: str, mine: object, theirs: object) -> list[str]:
    if theirs is None:
        return []
    if isinstance(mine, float | int) and isinstance(theirs, float | int):
        differs = abs(mine - theirs) >= _FAR[name]
    else:
        differs = mine != theirs
    if not differs:
        return []
    row = PERSON_COLUMN[name]
    shown = " and ".join(_shown(name, value) for value in (theirs, mine))
    return [
        f"{attribute} of the DICOM header and the {row.words.partition(',')[0]} given differ "
        f"({shown} {row.unit}".rstrip()
        + "); the one given was used. Is it the same person?"
    ]


def _shown(name: str, value: object) -> str:
    if name == "age_years" and isinstance(value, float | int):
        oldest = OLDEST_AGE_SHOWN_YEARS
        return f"{oldest}+" if value >= oldest else f"{value:.0f}"
    return f"{value:g}" if isinstance(value, float | int) else str(value)


def _from_header(keys: Sequence[str]) -> list[str]:
    names = [PERSON_COLUMN[key].words.partition(",")[0] for key in keys]
    return [f"From the DICOM header: {', '.join(names)}."] if names else []


def _person(parts: Mapping[str, object]) -> Person:
    sex, age = parts.get("sex"), parts.get("age_years")
    height, weight = parts.get("height_cm"), parts.get("weight_kg")
    return Person(
        sex=sex if isinstance(sex, str) else None,
        age_years=age if isinstance(age, float | int) else None,
        height_cm=height if isinstance(height, float | int) else None,
        weight_kg=weight if isinstance(weight, float | int) else None,
    )
