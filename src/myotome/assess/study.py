"""One study judged: who it is of, what its CT gives, and what every citation says of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from myotome.assess.assessment import assess
from myotome.assess.own.curves import OwnReference
from myotome.assess.own.place import wide_values
from myotome.assess.person.facts import Facts
from myotome.assess.person.instruments import read
from myotome.assess.person.person_facts import (
    PERSON_FIELDS,
    facts_of,
    person_from_header,
    person_of,
)
from myotome.assess.person.record import Record, together
from myotome.assess.rules.reference import whole_masses
from myotome.assess.scan_facts import NOTHING_KNOWN, UNKNOWN, Technique, scan_facts
from myotome.errors import InputError
from myotome.nouns.numbers.assessment import Assessment
from myotome.nouns.numbers.measurement import Measurement
from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.person import Person
from myotome.tables.person.columns import CT_COLUMNS
from myotome.tables.person.scan_facts import GIVEN_HELPS, GIVEN_WINS

_CT = frozenset(row.key for row in CT_COLUMNS)
_OF_BASE = _CT | frozenset(PERSON_FIELDS)


def known_person(
    header: SeriesHeader, given: Person | None = None, found: Record | None = None
) -> Person:
    """The person of a study: ``given``, then the user's record ``found``, then the header.

    Refuses (InputError) a height and weight that cannot be of one person, and a record that
    contradicts itself or them.
    """
    mine, theirs = given or Person(), person_of(found or Record())
    gaps = {name: getattr(theirs, name) for name in PERSON_FIELDS if getattr(mine, name) is None}
    whole = replace(mine, **gaps)
    problems = together({"height_cm": whole.height_cm, "weight_kg": whole.weight_kg})
    if problems:
        raise InputError(" ".join(problems))
    known = person_from_header(header, whole)
    tests = {k: v for k, v in (found or Record()).entries.items() if k not in _OF_BASE}
    read(Record(entries=tests), base=facts_of(known))
    return known


def judge_study(
    measurements: Iterable[Measurement],
    person: Person,
    *,
    found: Record | None = None,
    technique: Technique = NOTHING_KNOWN,
    own: Iterable[OwnReference] = (),
) -> Assessment:
    """What criteria, cut-offs and references say of one study and its person.

    ``measurements`` are those of the muscles and of body composition, ``person`` the one they
    were made with, ``found`` the user's record (strength, performance, muscle mass ...), whose
    person is already in ``person``, ``own`` references of the user's. Of the record's CT numbers
    only those are used that this scan cannot tell; the others are left out, which is noted.
    Refuses (InputError) entries that contradict each other.
    """
    rows, entries = tuple(measurements), (found or Record()).entries
    facts, flags = scan_facts(rows, technique)
    base = facts_of(person).plus(*facts, flags=flags)
    used = {key: value for key, value in entries.items() if _used(key, base)}
    reading = read(Record(entries=used), base=base)
    answer = assess(reading, whole_masses(rows), own=own, values=wide_values(rows))
    notes = (
        *person.notes,
        *_on_contrast(found, technique.contrast_image),
        *_left_out(entries, used),
    )
    return replace(answer, notes=(*notes, *answer.notes))


def _used(key: str, base: Facts) -> bool:
    """Whether an entry of the user's record counts beside what the scan itself gives."""
    if key in PERSON_FIELDS:
        return False  # in the base already, with what the options replaced
    if key in GIVEN_HELPS:
        return base[key].value is None
    return key not in _CT or key in GIVEN_WINS


def _left_out(entries: Mapping[str, object], used: Mapping[str, object]) -> tuple[str, ...]:
    names = [key for key in entries if key in _CT and key not in used]
    if not names:
        return ()
    return (f"Left out of what was given, as this scan is measured itself: {', '.join(names)}.",)


def _on_contrast(found: Record | None, image: str) -> tuple[str, ...]:
    """A given phase is used, and said to be doubtful where the image looks otherwise."""
    phase = found.word("contrast_phase") if found else None
    if phase in (None, UNKNOWN) or image == UNKNOWN:
        return ()
    if (phase == "unenhanced") == (image == "unenhanced"):
        return ()
    return (
        f"The contrast phase given is {phase}, the image looks {image}; the given one is used.",
    )
