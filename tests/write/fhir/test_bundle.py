"""The FHIR bundle: valid in both releases, the same numbers, nothing of the person but a gender."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType

import pytest

from myotome.errors import OutputError
from myotome.nouns.numbers.assessment import (
    Assessment,
    CriteriaAnswer,
    CutOffAnswer,
    ReferencePlace,
    ToldFact,
)
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.nouns.study.person import Person
from myotome.tables.codes.code import standard
from myotome.tables.codes.quantities import INDEX, UNIT
from myotome.tables.quantities.indices import ESTIMATES, INDICES
from myotome.write.fhir.bundle import RELEASES, bundle

_CUT_OFF = CutOffAnswer(
    key="martin2013_l3_smi",
    topic="ct_muscle_quantity",
    topic_words="muscle quantity",
    finding="low CT muscle quantity by Martin 2013",
    fact="l3_smi_cm2_m2",
    fact_words="skeletal muscle index at L3",
    value=41.2,
    operator="<",
    limit=43.0,
    unit="cm2/m2",
    verdict="yes",
    reason="",
    caveats=("derived with contrast medium",),
    population="lung or gastrointestinal cancer, Canada",
    citation="Martin 2013",
    doi="10.1200/JCO.2012.45.2722",
)
_CRITERIA = CriteriaAnswer(
    key="ewgsop2",
    words="EWGSOP2 2019",
    citation="Cruz-Jentoft 2019",
    doi="10.1093/ageing/afy169",
    met="unknown",
    step="",
    grade=None,
    conclusion="not assessable: needs grip strength",
    needs=("grip strength",),
)
_REFERENCE = ReferencePlace(
    reference="r",
    name="a reference",
    target="l3_smi_cm2_m2",
    words="skeletal muscle index at L3",
    value=41.2,
    unit="cm2/m2",
    statistic="mean_sd",
    group_words="men of 70 to 79 years",
    group_n=100,
    unstable=False,
    reference_value=50.0,
    reference_sd=8.0,
    z=-1.1,
    percentile=13.6,
    below=None,
    reason="",
    population="healthy",
    contrast="enhanced",
    limits="one hospital",
    doi="",
    said="1.1 SD below the mean",
)
ASSESSED = Assessment(
    facts=(
        ToldFact(key="sex", words="sex", value="F", unit="", source="given"),
        ToldFact(key="age_years", words="age", value="90+", unit="years", source="DICOM header"),
        ToldFact(key="weight_kg", words="weight", value=None, unit="kg", reason="not given"),
    ),
    criteria=(_CRITERIA, replace(_CRITERIA, key="fnih", words="FNIH 2014", met="no")),
    cutoffs=(
        _CUT_OFF,
        replace(_CUT_OFF, key="x", finding="low grip", topic="muscle_strength", verdict="unknown"),
        replace(
            _CUT_OFF, key="y", finding="low by Prado 2008", verdict="unknown", reason="no height"
        ),
    ),
    references=(_REFERENCE,),
    notes=("a note",),
)


def every_index() -> list[Measurement]:
    """One row of every index and estimate; no study has all."""
    kinds = [("index", row) for row in INDICES] + [("mean_index", row) for row in INDICES]
    return [
        Measurement(
            quantity=quantity,
            structure=row.key,
            side="both",
            level="L3",
            value=1.5,
            unit=row.unit,
            status=Status.MEASURED,
            definition="how",
            caveats=("contrast_enhanced", "unheard_of"),
        )
        for quantity, row in [*kinds, *(("estimate", row) for row in ESTIMATES)]
    ]


@pytest.fixture(scope="module")
def study(result):
    """With values, partial ones, ones that cannot be measured, every index, and answers."""
    return replace(
        result,
        measurements=(*result.measurements[::3], *every_index()),
        assessed=ASSESSED,
    )


def _observations(made):
    return [e["resource"] for e in made["entry"] if e["resource"]["resourceType"] == "Observation"]


def _texts(resources):
    return [o["code"].get("text", "") for o in resources]


@pytest.mark.parametrize("release", RELEASES)
def test_valid_by_the_published_schema(study, result, empty_result, release):
    pytest.importorskip("fhir.resources", reason="fhir.resources is not installed")
    if release == "R4":  # 4.3.0 differs from 4.0.1 in none of the resources used
        from fhir.resources.R4B.bundle import Bundle
    else:
        from fhir.resources.bundle import Bundle
    for one in (study, result, empty_result):
        made = bundle(replace(one, measurements=one.measurements[:60]), release=release)
        assert len(Bundle.model_validate_json(json.dumps(made)).entry) == len(made["entry"])
        made["entry"][3]["resource"]["status"] = 7
        with pytest.raises(ValueError, match="status"):
            Bundle.model_validate_json(json.dumps(made))


def test_every_number_and_unit_is_there_once(study):
    rows = {(m.quantity, m.structure, m.side, m.level): m for m in study.measurements}
    found = _observations(bundle(study))
    shown = [o for o in found if _component(o, "LEVEL")]
    assert len(shown) == len(rows) == len(study.measurements)
    for made, row in zip(shown, study.measurements, strict=True):
        assert _component(made, "LEVEL")["text"] == row.level
        assert _component(made, "272741003")["text"] == row.side
        if row.value is None:
            assert "valueQuantity" not in made
            assert made["dataAbsentReason"]["text"] == row.reason
        else:
            quantity = made["valueQuantity"]
            assert quantity["value"] == row.value
            assert quantity["code"] == UNIT[row.unit].value
            assert "dataAbsentReason" not in made
        partial = row.status is Status.PARTIAL
        assert (_component(made, "STATUS") is not None) == partial
        if partial:
            assert made["note"][0]["text"].startswith(f"Partial: {row.reason}")
        assert made["status"] == "preliminary"


def _component(resource, code):
    for part in resource.get("component", ()):
        if code in {c["code"] for c in part["code"].get("coding", ())}:
            return part.get("valueCodeableConcept") or part.get("valueQuantity")
    return None


def test_expected_dice_and_coverage_are_said(result):
    row = replace(result.measurements[0], expected_dice=0.91, covered_percent=63.2)
    made = bundle(replace(result, measurements=(row,)))
    (shown,) = [o for o in _observations(made) if _component(o, "LEVEL")]
    assert _component(shown, "EXPECTEDDICE")["value"] == 0.91
    assert _component(shown, "COVERAGE") == {
        "value": 63.2,
        "unit": "%",
        "system": "http://unitsofmeasure.org",
        "code": "%",
    }


def test_what_is_absent_has_no_observation(result):
    first, second = result.measurements[:2]
    gone = replace(first, value=None, status=Status.ABSENT, reason="it need not reach this level")
    made = bundle(replace(result, measurements=(gone, second)))
    (shown,) = [o for o in _observations(made) if _component(o, "LEVEL")]
    assert shown["valueQuantity"]["value"] == pytest.approx(second.value, rel=1e-4)


def test_indices_have_their_own_codes(study):
    shown = [o for o in _observations(bundle(study)) if _component(o, "LEVEL")]
    by_code = {o["code"]["coding"][0]["code"] for o in shown}
    assert {code.value for code in INDEX.values()} <= by_code


def test_nothing_of_the_person_but_a_gender(study):
    made = bundle(replace(study, subject_key="s1"))
    (patient,) = [
        e["resource"] for e in made["entry"] if e["resource"]["resourceType"] == "Patient"
    ]
    assert set(patient) == {"resourceType", "id", "identifier", "gender"}
    assert patient["gender"] == "female"
    text = json.dumps(made)
    for word in ("DOE", "JANE", "1.2.840.99999.7", "1.2.840.113", "93"):
        assert f'"{word}' not in text
    (age,) = [o for o in _observations(made) if "121033" in str(o["code"])]
    assert (age["valueQuantity"]["comparator"], age["valueQuantity"]["value"]) == (">=", 90)
    assert _component_text(age, "FACTSOURCE") == "DICOM header"


def _component_text(resource, code):
    return next(
        part["valueString"]
        for part in resource["component"]
        if code in {c["code"] for c in part["code"].get("coding", ())}
    )


def test_age_without_an_assessment(result):
    for years, expected in ((42.5, {"value": 42.5}), (93.0, {"value": 90.0, "comparator": ">="})):
        made = bundle(replace(result, person=Person(age_years=years)))
        (age,) = [o for o in _observations(made) if "121033" in str(o["code"])]
        assert expected.items() <= age["valueQuantity"].items()


def test_answers_are_cited_and_no_diagnosis(study):
    found = _observations(bundle(study))
    (martin,) = [o for o in found if o["code"].get("text") == _CUT_OFF.finding]
    assert martin["valueCodeableConcept"]["coding"][0]["code"] == "373066001"  # Yes (SCT)
    assert martin["method"]["text"].endswith("https://doi.org/10.1200/JCO.2012.45.2722")
    assert martin["component"][1]["valueQuantity"]["value"] == 43.0
    assert "low by Prado 2008" in _texts(found)  # CT, with its reason
    assert "low grip" not in _texts(found)
    assert "EWGSOP2 2019" not in _texts(found)
    (fnih,) = [o for o in found if o["code"].get("text") == "FNIH 2014"]
    assert _component_text(fnih, "ANSWERWORDS").startswith("by FNIH 2014: ")
    (reference,) = [o for o in found if o["code"].get("text", "").endswith("among a reference")]
    assert _component(reference, "121416")["value"] == -1.1


def test_references_resolve_and_names_are_stable(study):
    made = bundle(study)
    urls = [entry["fullUrl"] for entry in made["entry"]]
    assert len(set(urls)) == len(urls)
    for entry in made["entry"]:
        assert entry["fullUrl"] == f"urn:uuid:{entry['resource']['id']}"
    named = {r["reference"] for r in made["entry"][0]["resource"]["result"]}
    assert named == {f"urn:uuid:{o['id']}" for o in _observations(made)}
    for o in _observations(made):
        assert o["subject"]["reference"] in urls
        assert o["device"]["reference"] in urls
    assert bundle(study) == made
    other = replace(study, provenance=replace(study.provenance, input_sha256="ee" * 32))
    assert not set(urls) & {entry["fullUrl"] for entry in bundle(other)["entry"]}


def test_research_use_flags_and_weights_are_said(study):
    made = bundle(study)
    report = made["entry"][0]["resource"]
    assert report["conclusion"].startswith("Research use only.")
    assert "inside the slab &lt;below L5&gt;" in report["text"]["div"]
    text = json.dumps(made)
    assert "contrast_disagreement" in text
    assert "ab" * 32 in text


def test_weights_of_no_network(result):
    bare = replace(result.provenance, weights=MappingProxyType({}), started_utc="")
    made = bundle(replace(result, provenance=bare, flags=(), measurements=()))
    assert "timestamp" not in made
    assert all("issued" not in o for o in _observations(made))


def test_refuses_another_release(result):
    with pytest.raises(OutputError, match="R4, R5"):
        bundle(result, release="STU3")


# --- the profiles of vital signs -------------------------------------------------------------

UNITS = {  # the value sets of the profiles bodyheight, bodyweight and bmi
    "8302-2": {"cm", "[in_i]"},
    "29463-7": {"g", "kg", "[lb_av]"},
    "39156-5": {"kg/m2"},
}
PROFILES = {"8302-2": "bodyheight", "29463-7": "bodyweight", "39156-5": "bmi"}


def vital_sign_faults(o) -> list[str]:
    """The rules of the profile vitalsigns and of the three on it, R4 and R5 alike."""
    loinc = [c["code"] for c in o["code"]["coding"] if c["system"] == "http://loinc.org"]
    category = [
        (c["system"], c["code"]) for part in o.get("category", ()) for c in part.get("coding", ())
    ]
    value = o.get("valueQuantity")
    period = o.get("effectivePeriod", {})
    when = o.get("effectiveDateTime") or period.get("start") or period.get("end")
    absent = [e["url"].rsplit("/", 1)[-1] for e in period.get("extension", ())]
    rules = {
        "one magic code": len(loinc) == 1 and loinc[0] in UNITS,
        "its profile": o["meta"]["profile"]
        == [f"http://hl7.org/fhir/StructureDefinition/{PROFILES[loinc[0]]}"],
        "category": (
            "http://terminology.hl7.org/CodeSystem/observation-category",
            "vital-signs",
        )
        in category,
        "status": o["status"] in ("registered", "preliminary", "final", "amended", "corrected"),
        "subject": bool(o["subject"]["reference"]),
        "effective": bool(when) != bool(absent) and absent in ([], ["data-absent-reason"]),
        "vs-1, to the day": when is None or len(when) >= len("2024-05-01"),
        "vs-2, a value or why not": (value is None) == ("dataAbsentReason" in o),
        "vs-3, of components": all(
            any(k.startswith("value") or k == "dataAbsentReason" for k in part)
            for part in o.get("component", ())
        ),
        "quantity": value is None
        or (
            isinstance(value["value"], float | int)
            and value["system"] == "http://unitsofmeasure.org"
            and value["code"] in UNITS[loinc[0]]
            and bool(value["unit"])
        ),
    }
    return [name for name, kept in rules.items() if not kept]


BODY = (
    ToldFact(key="height_cm", words="height", value=168.0, unit="cm", source="given"),
    ToldFact(key="weight_kg", words="weight", value=61.5, unit="kg", source="DICOM header"),
    ToldFact(key="bmi_kg_m2", words="BMI", value=21.79, unit="kg/m2", source="weight / height^2"),
    ToldFact(key="weight_kg", words="weight", value=None, unit="kg", reason="not given"),
)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("started", ["2026-03-01T10:00:00Z", ""])
@pytest.mark.parametrize("fact", BODY, ids=lambda f: f"{f.key}-{f.value}")
def test_height_weight_and_bmi_keep_the_profiles_of_vital_signs(study, release, started, fact):
    made = bundle(
        replace(
            study,
            assessed=replace(ASSESSED, facts=(fact,)),
            provenance=replace(study.provenance, started_utc=started),
        ),
        release=release,
    )
    (found,) = [o for o in _observations(made) if "profile" in o.get("meta", {})]
    assert vital_sign_faults(found) == []
    # the rules see what they are for
    for broken in (
        {**found, "category": [{"coding": [{"system": "x", "code": "imaging"}]}]},
        {k: v for k, v in found.items() if k != "effectivePeriod"},
        {k: v for k, v in found.items() if k not in ("valueQuantity", "dataAbsentReason")},
    ):
        assert vital_sign_faults(broken)


def test_what_is_no_vital_sign_keeps_its_category(study):
    found = _observations(bundle(study))
    for o in found:
        codes = {c["code"] for part in o["category"] for c in part["coding"]}
        loinc = {
            c["code"] for c in o["code"].get("coding", ()) if c["system"] == "http://loinc.org"
        }
        assert codes == ({"vital-signs"} if loinc & UNITS.keys() else {"imaging"})


def test_medical_device_codes_are_numbers(study):
    """ISO/IEEE 11073-10101: partition 7 times 65,536 plus term."""
    system = "urn:iso:std:iso:11073:10101"
    found: set[tuple[str, str]] = set()

    def walk(node) -> None:
        if isinstance(node, dict):
            if node.get("system") == system:
                found.add((node["code"], node["display"]))
            for part in node.values():
                walk(part)
        elif isinstance(node, list):
            for part in node:
                walk(part)

    walk(bundle(study))
    numbers = {display.removeprefix("Musculus "): code for code, display in found}
    wanted = {
        "rectus abdominis": "459312", "quadratus lumborum": "459328", "gluteus medius": "459552",
    }  # fmt: skip
    assert numbers
    assert numbers.items() <= wanted.items()
    assert {standard("MDC", v, "").in_fhir for v in ("7:560", "7:576", "7:800")} == set(
        wanted.values()
    )
