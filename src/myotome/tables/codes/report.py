"""Codes of everything that is no structure and no quantity: status, person, flags, citations."""

from __future__ import annotations

from myotome.tables.codes.code import Code, private, standard

ALGORITHM_FAMILY = standard("DCM", "123110", "Artificial Intelligence")
SEGMENTATION = standard("DCM", "113076", "Segmentation")
SOURCE_IMAGE = standard("DCM", "121322", "Source image for image processing operation")

STATUS: dict[str, Code] = {
    "not_measurable": standard("DCM", "114006", "Measurement failure"),
    "unknown": standard("DCM", "114010", "Value unknown"),
}
"""Why a number is missing (DICOM context 42), by ``Measurement.status``."""

PARTIAL = private(
    "PARTIAL",
    "Partly measured",
    "the value describes only that part of the structure that was in view",
)

_FHIR = "HL7 FHIR vital signs profile"

PERSON: dict[str, Code] = {
    "sex": standard("DCM", "121032", "Subject Sex"),
    "age_years": standard("DCM", "121033", "Subject Age"),
    "height_cm": standard("LN", "8302-2", "Body height", _FHIR),
    "weight_kg": standard("LN", "29463-7", "Body weight", _FHIR),
    "bmi_kg_m2": standard("LN", "39156-5", "Body mass index (BMI) [Ratio]", _FHIR),
}
"""What is known of the person, by fact key."""

VITAL_SIGNS: dict[str, str] = {
    "height_cm": "http://hl7.org/fhir/StructureDefinition/bodyheight",
    "weight_kg": "http://hl7.org/fhir/StructureDefinition/bodyweight",
    "bmi_kg_m2": "http://hl7.org/fhir/StructureDefinition/bmi",
}
"""The FHIR profile of those that are vital signs, by fact key."""

SEX: dict[str, Code] = {
    "F": standard("DCM", "F", "Female"),
    "M": standard("DCM", "M", "Male"),
}

VERDICT: dict[str, Code] = {
    "yes": standard("SCT", "373066001", "Yes"),
    "no": standard("SCT", "373067005", "No"),
    "unknown": standard("SCT", "373068000", "Undetermined"),
}
"""Three-valued answers, by ``CriteriaAnswer.met`` and ``CutOffAnswer.verdict``."""

SET_BY: dict[str, Code] = {
    "program": standard("DCM", "121007", "Device"),
    "user": standard("DCM", "121006", "Person"),
    "counted": private(
        "COUNTED",
        "Counted from a level that a person set",
        "the program found the vertebra; its name follows from a level that a person set",
    ),
}
"""Who says where a level or a plane lies, by ``nouns.space.given.SetBy``."""

PLANE: dict[str, Code] = {
    "lung_base": private(
        "SLABTOP", "Upper plane of the measured slab", "the lowest point of the lungs"
    ),
    "l5_end": private(
        "SLABEND", "Lower plane of the measured slab", "the inferior endplate of L5 at mid-body"
    ),
}
"""The two planes of the slab, by ``nouns.space.given.PLANES``."""

REPORT: dict[str, Code] = {
    "comment": standard("DCM", "121106", "Comment"),
    "conclusion": standard("DCM", "121077", "Conclusion"),
    "finding": standard("DCM", "121071", "Finding"),
    "contrast_phase": standard("DCM", "109058", "Contrast Phase"),
    "z_score": standard("DCM", "121416", "Z-Score of measurement"),
    "percentile": standard("DCM", "121415", "Percentile Ranking of measurement"),
    "population": standard("DCM", "121405", "Population description"),
    "reference_authority": standard("DCM", "121406", "Reference Authority"),
    "quality_flag": private(
        "QUALITYFLAG",
        "Quality flag",
        "something that a reader of the numbers must know; the value begins with its code",
    ),
    "caveat": private("CAVEAT", "Caveat of a number", "what weakens one number"),
    "reason": private("REASON", "Reason", "why a number is missing or partial"),
    "coverage": private(
        "COVERAGE",
        "Covered share of the intended extent",
        "part of the structure or slab that was in view, percent",
    ),
    "expected_dice": private(
        "EXPECTEDDICE",
        "Expected Dice of the outline",
        "Dice against a reader to be expected of this outline, 0 to 1",
    ),
    "low_90": private(
        "LOW90",
        "Lower end of the 90 % interval",
        "with the upper end: holds a reader's number in at least 90 % of subjects like these",
    ),
    "high_90": private(
        "HIGH90", "Upper end of the 90 % interval", "in the unit of the number that it belongs to"
    ),
    "interval_subjects": private(
        "INTERVALSUBJECTS",
        "Subjects behind the 90 % interval",
        "number of subjects on whom numbers were compared with a reader's",
    ),
    "contrast_header": private(
        "CONTRASTHEADER", "Contrast by the header", "enhanced, unenhanced or unknown"
    ),
    "contrast_image": private(
        "CONTRASTIMAGE", "Contrast by the image", "enhanced, unenhanced or unknown"
    ),
    "level_confidence": private(
        "LEVELCONFIDENCE", "Confidence of the vertebral level", "0 to 1, from the network"
    ),
    "level_z": private(
        "LEVELZ", "Patient z of the level", "z of the slice in DICOM's patient system, mm"
    ),
    "level_set_by": private(
        "LEVELSETBY", "Who set the level or plane", "a person, the program, or both together"
    ),
    "criteria": private(
        "CRITERIA",
        "Answer of a published criteria set",
        "yes, no or undetermined by the cited criteria; no diagnosis",
    ),
    "cut_off": private(
        "CUTOFF",
        "Answer of a published cut-off",
        "yes, no or undetermined by the cited cut-off; no diagnosis",
    ),
    "citation": private("CITATION", "Citation", "the publication that a rule is taken from"),
    "research_use": private(
        "RESEARCHUSE", "Research use statement", "what the results may not be used for"
    ),
    "weights_digest": private(
        "WEIGHTSDIGEST", "Digest of the network's weights", "SHA-256, hexadecimal"
    ),
    "muscle_map": private(
        "MUSCLEMAP",
        "Quality map of muscle",
        "normal- and low-attenuation muscle and fat inside the muscles at one level",
    ),
    "procedure": standard("LN", "25045-6", "CT unspecified body region"),
    "laterality": standard("SCT", "272741003", "Laterality"),
    "patient_characteristics": standard("DCM", "121118", "Patient Characteristics"),
    "quality_finding": standard("DCM", "111052", "Quality Finding"),
    "measurement_report": standard("DCM", "126000", "Imaging Measurement Report"),
    "level": private(
        "LEVEL", "Level of a number", "the vertebra at whose middle, or slab, that was measured"
    ),
    "status": private(
        "STATUS", "Status of a number", "partial where only a part of the structure was in view"
    ),
    "definition": private("DEFINITION", "Definition of a number", "what was counted, in words"),
    "fact_source": private("FACTSOURCE", "Source of a fact", "such as given, DICOM header or CT"),
    "limit": private(
        "LIMIT", "Limit of a published cut-off", "the number that applied to this person"
    ),
    "reference": private(
        "REFERENCE",
        "Comparison with a published reference",
        "one value among the people of one reference; no diagnosis",
    ),
    "answer_words": private(
        "ANSWERWORDS", "Answer in words", "what a cited rule says, with its name; no diagnosis"
    ),
    "study_notes": private(
        "STUDYNOTES", "What weakens all numbers", "quality flags of the whole result"
    ),
}
"""Names of report items; further ones are one row here."""
