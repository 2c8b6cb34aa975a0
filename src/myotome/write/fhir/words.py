"""The small parts of FHIR resources: coded concepts, quantities, references, components."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid5

from myotome.tables.codes.code import SCHEME, Code

Json = dict[str, Any]

UCUM = SCHEME["UCUM"].uri
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
_ABSENT_EXTENSION = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_NAMESPACE = UUID("2d1f5c0e-6d0c-5f43-9d0f-6f3b8f9f6f11")


def identity(*parts: str) -> str:
    """``urn:uuid:...`` of some words, the same each time: a resource keeps its name."""
    return uuid5(_NAMESPACE, "\n".join(parts)).urn


def concept(*codes: Code, text: str = "") -> Json:
    """A CodeableConcept; without codes only its text."""
    coding = [
        {"system": SCHEME[c.scheme].uri, "code": c.in_fhir, "display": c.meaning} for c in codes
    ]
    return {**({"coding": coding} if coding else {}), **({"text": text} if text else {})}


def quantity(value: float, unit: str, ucum: str, *, comparator: str = "") -> Json:
    """A Quantity in UCUM; ``unit`` is how people write it."""
    made = {"value": value, "unit": unit, "system": UCUM, "code": ucum}
    return {"value": value, "comparator": comparator, **made} if comparator else made


def absent(reason: str, *, code: str = "not-performed") -> Json:
    """Why there is no value: never a 0."""
    return {"coding": [{"system": ABSENT, "code": code}], "text": reason}


def until(moment: str) -> Json:
    """A Period that ends at ``moment``; without one, that it is not known."""
    if moment:
        return {"end": moment}
    return {"extension": [{"url": _ABSENT_EXTENSION, "valueCode": "unknown"}]}


def component(code: Json, **value: object) -> Json:
    """One component; ``value`` is one of FHIR's ``value...`` or ``dataAbsentReason``."""
    return {"code": code, **value}


def notes(*texts: str) -> list[Json]:
    """Annotations, without empty ones."""
    return [{"text": text} for text in texts if text]


def without_empty(resource: Json) -> Json:
    """The resource without members that say nothing: FHIR forbids empty ones."""
    return {key: value for key, value in resource.items() if value not in ("", None, [], {}, ())}


def joined(texts: Sequence[str]) -> str:
    """Several sentences as one."""
    return " ".join(text for text in texts if text)
