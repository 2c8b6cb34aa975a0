"""Coded words of all DICOM and FHIR outputs: what one code is, and its coding scheme.

The rows are in ``codes_anatomy`` (structures, vertebrae), ``codes_quantities`` (numbers and their
units) and ``codes_report`` (everything else); ``codes_list`` gathers them all. A row is either in
DICOM PS3.16, or in a source named beside it, or private and then defined here.

Codes that published mappings give for these muscles were found to be wrong, so every SNOMED code
is tested for its check digit and every code for the meaning in DICOM's own dictionary.
"""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import unique

PRIVATE = "99MYOTOME"
"""Our own scheme: for what no standard that we could verify has a code."""

_MDC, _MDC_PARTITION = "MDC", 1 << 16
"""ISO/IEEE 11073-10101: a code is its partition times 65,536 plus its term."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A coding scheme. ``uid`` as in PS3.16 section 8, ``uri`` as FHIR names it; "" if none."""

    designator: str
    name: str
    uid: str = ""
    uri: str = ""
    organisation: str = ""


SCHEMES: tuple[Scheme, ...] = (
    Scheme(
        designator="DCM",
        name="DICOM Controlled Terminology",
        uid="1.2.840.10008.2.16.4",
        uri="http://dicom.nema.org/resources/ontology/DCM",
    ),
    Scheme(
        designator="SCT",
        name="SNOMED CT",
        uid="2.16.840.1.113883.6.96",
        uri="http://snomed.info/sct",
    ),
    Scheme(
        designator="MDC",
        name="ISO/IEEE 11073 Medical Device Nomenclature",
        uid="2.16.840.1.113883.6.24",
        uri="urn:iso:std:iso:11073:10101",
    ),
    Scheme(
        designator="FMA",
        name="Foundational Model of Anatomy",
        uid="2.16.840.1.113883.6.119",
        uri="http://purl.org/sig/ont/fma",
    ),
    Scheme(
        designator="UCUM",
        name="Unified Code for Units of Measure",
        uid="2.16.840.1.113883.6.8",
        uri="http://unitsofmeasure.org",
    ),
    Scheme(
        designator="LN",
        name="LOINC",
        uid="2.16.840.1.113883.6.1",
        uri="http://loinc.org",
    ),
    Scheme(
        designator=PRIVATE,
        name="Myotome private codes",
        uri="urn:myotome:codes",
        organisation="Myotome",
    ),
)
SCHEME = unique("scheme", ((scheme.designator, scheme) for scheme in SCHEMES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One coded word: at most 16 characters of ``value``, 64 of ``meaning`` (PS3.3 8.1, 8.3).

    ``definition`` says what a private code means; ``source`` where a code was found that is not
    in DICOM's dictionary. Both are "" for the others.
    """

    value: str
    scheme: str
    meaning: str
    definition: str = ""
    source: str = ""

    @property
    def in_fhir(self) -> str:
        """The code as FHIR writes it: of ISO/IEEE 11073 the 32-bit number, not the pair of DICOM.

        >>> standard("MDC", "7:560", "Musculus rectus abdominis").in_fhir
        '459312'
        """
        if self.scheme != _MDC:
            return self.value
        partition, term = map(int, self.value.split(":"))
        return str(partition * _MDC_PARTITION + term)

    @property
    def is_private(self) -> bool:
        """True for a code of our own."""
        return self.scheme == PRIVATE


def standard(scheme: str, value: str, meaning: str, source: str = "") -> Code:
    """A row for a code of a public scheme."""
    return Code(value=value, scheme=scheme, meaning=meaning, source=source)


def private(value: str, meaning: str, definition: str) -> Code:
    """A row for a code of our own."""
    return Code(value=value, scheme=PRIVATE, meaning=meaning, definition=definition)
