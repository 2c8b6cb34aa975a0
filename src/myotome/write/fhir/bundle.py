"""One result as a FHIR bundle: a DiagnosticReport and an Observation for every number.

Plain dictionaries, valid in R4 (4.0.1, and 4.3.0) and, on request, R5 (5.0.0). The subject is a
pseudonym with a gender and nothing else; no date of the study, no name, no id of the source.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Literal

from myotome.errors import OutputError
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.numbers.measurement import Status
from myotome.nouns.study.result import StudyResult
from myotome.tables.codes.report import REPORT
from myotome.tables.outputs.wording import RESEARCH_USE
from myotome.write.dicom.sr.groups import person_facts
from myotome.write.fhir.assessed import answers, facts
from myotome.write.fhir.observations import Context, full_url, measured, observation
from myotome.write.fhir.words import Json, component, concept, identity, notes, without_empty

Release = Literal["R4", "R5"]

RELEASES: tuple[Release, ...] = ("R4", "R5")
_PURPOSE = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
_SECURITY = [{"system": _PURPOSE, "code": "HRESCH", "display": "healthcare research"}]
_SECTION = "http://terminology.hl7.org/CodeSystem/v2-0074"
_GENDER = {"F": "female", "M": "male", None: "unknown"}
_SUBJECT_SYSTEM = "urn:myotome:subject"


def bundle(result: StudyResult, *, release: Release = "R4") -> Json:
    """A Bundle of type "collection": report, pseudonymous patient, device, one entry per number.

    Numbers are those of ``measurements.json``, with UCUM units and the codes of
    ``tables.codes_*``; what is not measurable has a ``dataAbsentReason`` and no value, and
    what is absent, as is usual there, is left out. All is "preliminary": nobody has signed it.
    Names of resources are the same each time a result is written. Refuses (OutputError) a
    release that is not in ``RELEASES``.
    """
    if release not in RELEASES:
        raise OutputError(
            f'FHIR release "{release}" is unknown.', mend=f"Use one of {', '.join(RELEASES)}."
        )
    context = _context(result)
    observations = [*_observations(context, result)]
    patient, device = _patient(result), _device(result, release)
    report = _report(context, result, [entry["id"] for entry in observations])
    entries = [
        _entry(full_url(context, "report"), report),
        _entry(context.subject["reference"], patient),
        _entry(context.device["reference"], device),
        *(_entry(f"urn:uuid:{o['id']}", o) for o in observations),
    ]
    return without_empty(
        {
            "resourceType": "Bundle",
            "meta": {"security": _SECURITY},
            "type": "collection",
            "timestamp": result.provenance.started_utc,
            "entry": entries,
        }
    )


def _context(result: StudyResult) -> Context:
    """The names of one result: of this input, this series and this run."""
    made = result.provenance
    key = "\n".join((made.input_sha256, result.chosen, made.started_utc))
    return Context(
        key=key,
        subject={"reference": identity(key, "subject")},
        device={"reference": identity(key, "device")},
        issued=made.started_utc,
    )


def _observations(context: Context, result: StudyResult) -> Iterator[Json]:
    assessed = result.assessed
    yield from facts(context, person_facts(result))
    for key, text in (
        ("contrast_header", result.contrast_header),
        ("contrast_image", result.landmarks.contrast_image),
    ):
        yield observation(context, key, code=concept(REPORT[key]), valueString=text)
    if result.flags:
        yield _flags(context, result.flags)
    for row in result.measurements:
        if row.status is not Status.ABSENT:
            yield measured(context, row)
    if assessed:
        yield from answers(context, assessed)


def _flags(context: Context, flags: tuple[Flag, ...]) -> Json:
    """All quality flags as one observation, the worst named by its components."""
    return observation(
        context,
        "flags",
        code=concept(REPORT["quality_finding"], text="quality flags"),
        component=[
            component(
                concept(REPORT["quality_flag"], text=f"{flag.code} ({flag.severity})"),
                valueString=flag.message,
            )
            for flag in flags
        ],
    )


def _patient(result: StudyResult) -> Json:
    """A pseudonym: nothing of the source but the gender."""
    key = result.subject_key
    return without_empty(
        {
            "resourceType": "Patient",
            "identifier": [{"system": _SUBJECT_SYSTEM, "value": key}] if key else [],
            "gender": _GENDER[result.person.sex],
        }
    )


def _device(result: StudyResult, release: Release) -> Json:
    """This program with its versions and the digests of its networks' weights."""
    made = result.provenance
    versions: list[Json] = [{"type": {"text": "software"}, "value": made.myotome_version}]
    for network, digest in made.weights.items():
        what = concept(REPORT["weights_digest"], text=f"weights {network} (SHA-256)")
        versions.append({"type": what, "value": digest})
    kind = {"text": "software for measuring muscle in CT; research use only"}
    name = {"type": "user-friendly-name"}
    shapes: dict[str, Json] = {
        "R4": {"deviceName": [{"name": "Myotome", **name}], "type": kind},
        "R5": {"name": [{"value": "Myotome", **name}], "type": [kind]},
    }
    return {
        "resourceType": "Device",
        **shapes[release],
        "version": versions,
        "note": notes(RESEARCH_USE, f"Outlines by: {result.segmentation.backend}."),
    }


def _report(context: Context, result: StudyResult, observed: list[str]) -> Json:
    lines = [RESEARCH_USE, *(f"{flag.code}: {flag.message}" for flag in result.flags)]
    if result.assessed:
        lines += result.assessed.notes
    body = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return without_empty(
        {
            "resourceType": "DiagnosticReport",
            "meta": {"security": _SECURITY},
            "text": {
                "status": "generated",
                "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{body}</div>',
            },
            "status": "preliminary",
            "category": [
                {"coding": [{"system": _SECTION, "code": "CT", "display": "CAT Scan"}]},
            ],
            "code": concept(
                REPORT["measurement_report"], text="Muscle and body composition from CT"
            ),
            "subject": context.subject,
            "issued": context.issued,
            "result": [{"reference": f"urn:uuid:{one}"} for one in observed],
            "conclusion": RESEARCH_USE,
        }
    )


def _entry(url: str, resource: Json) -> Json:
    resource.setdefault("id", url.removeprefix("urn:uuid:"))
    return {"fullUrl": url, "resource": resource}
