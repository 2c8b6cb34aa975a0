"""One FHIR Observation per number, with its unit, place and limits, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field

from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.tables.codes.anatomy import LEVEL, SIDE, STRUCTURE, Structure
from myotome.tables.codes.quantities import UNIT
from myotome.tables.codes.report import PARTIAL, REPORT
from myotome.tables.quantities.quantities import QUANTITY
from myotome.tables.quantities.tissues import CAVEAT
from myotome.write.dicom.sr.groups import concept_of, home, place_words, site_of, unit_of, words_of
from myotome.write.fhir.words import (
    CATEGORY,
    Json,
    absent,
    component,
    concept,
    identity,
    notes,
    quantity,
    without_empty,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What all observations of one result share. ``key`` tells results apart."""

    key: str
    subject: Json
    device: Json
    issued: str = ""
    security: list[Json] = field(default_factory=list)


def observation(context: Context, key: str, **members: object) -> Json:
    """A preliminary imaging observation; ``key`` is unique within the result.

    Members that are empty are left out. The ``fullUrl`` of its entry is :func:`full_url`.
    """
    return without_empty(
        {
            "resourceType": "Observation",
            "id": full_url(context, key).removeprefix("urn:uuid:"),
            "meta": {"security": context.security} if context.security else None,
            "status": "preliminary",
            "category": [{"coding": [{"system": CATEGORY, "code": "imaging"}]}],
            "subject": context.subject,
            "issued": context.issued,
            "device": context.device,
            **members,
        }
    )


def full_url(context: Context, key: str) -> str:
    """The name of one resource of a result, the same each time it is written."""
    return identity(context.key, key)


def measured(context: Context, row: Measurement) -> Json:
    """One number, or ``dataAbsentReason`` with the reason in words."""
    place = home(row)
    structure = STRUCTURE[place[0]]
    coded = concept_of(row)
    value: Json = {"dataAbsentReason": absent(row.reason)}
    if row.value is not None:
        value = {"valueQuantity": quantity(row.value, row.unit, unit_of(row).value)}
    return observation(
        context,
        "/".join(("measurement", row.quantity, row.structure, row.side, row.level)),
        code=concept(coded.concept, text=f"{words_of(row)}; {place_words(place)}"),
        **value,
        bodySite=concept(site_of(structure), text=place_words(place)),
        method=concept(
            *(c for c in (coded.derivation, coded.method) if c is not None),
            text=row.definition or QUANTITY[row.quantity].meaning,
        ),
        note=notes(_limits(row), *(_caveat_words(code) for code in row.caveats)),
        component=[*_place_components(structure, *place[1:]), *_status_components(row)],
    )


def _limits(row: Measurement) -> str:
    """What a reader must know of a partial value."""
    if row.status is not Status.PARTIAL:
        return ""
    covered = "" if row.covered_percent is None else f" ({row.covered_percent:.0f} % in view)"
    return f"Partial: {row.reason}{covered}."


def _caveat_words(code: str) -> str:
    known = CAVEAT.get(code)
    return f"{code}: {known.told}" if known else code


def _place_components(structure: Structure, side: str, level: str) -> list[Json]:
    found = concept(structure.type, text=structure.key)
    parts = [component(concept(REPORT["finding"]), valueCodeableConcept=found)]
    if side in SIDE:
        parts.append(
            component(
                concept(REPORT["laterality"]), valueCodeableConcept=concept(SIDE[side], text=side)
            )
        )
    where = concept(*((LEVEL[level],) if level in LEVEL else ()), text=level)
    parts.append(component(concept(REPORT["level"]), valueCodeableConcept=where))
    return parts


def _status_components(row: Measurement) -> list[Json]:
    parts = []
    if row.status is Status.PARTIAL:
        status = concept(PARTIAL, text=str(row.status))
        parts.append(component(concept(REPORT["status"]), valueCodeableConcept=status))
    for key, value, unit in (
        ("coverage", row.covered_percent, "%"),
        ("expected_dice", row.expected_dice, ""),
    ):
        if value is not None:
            parts.append(
                component(
                    concept(REPORT[key]),
                    valueQuantity=quantity(value, unit or "1", UNIT[unit].value),
                )
            )
    return parts
