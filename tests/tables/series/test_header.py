"""Every field of the series header has its row, and every row its real DICOM attributes."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest
from pydicom.datadict import dictionary_VR, tag_for_keyword

from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.person import Person
from myotome.read.dicom.header import TAGS
from myotome.tables.outputs.deidentification import CHARACTERISTICS
from myotome.tables.series.header import HEADER_FIELD, HEADER_FIELDS, About

NAMES_SOMEBODY = re.compile(
    r"uid|patient_?(name|id)|birth|accession|institution|physician|operator|station|address|date"
    r"|path|file_?name"
)
MAY_NAME_SOMEBODY = {"PN", "DA", "DT", "TM", "UI", "LT", "ST", "UT"}
"""Value representations of names, moments, identifiers and free text."""
ONLY_MEANING = {"study_region", "study_contrast", "derived_as"}
"""Texts are searched for words, and the meaning of these alone is kept."""
ONLY_FOUND = {"repaired", "namesake_images"}
"""Whether there is a UID is told, not which."""


def test_every_field_has_its_row_and_every_row_its_field() -> None:
    assert sorted(HEADER_FIELD) == sorted(field.name for field in fields(SeriesHeader))


@pytest.mark.parametrize("row", HEADER_FIELDS, ids=lambda row: row.key)
def test_attributes_are_dicom_keywords_that_are_read(row) -> None:
    for keyword in row.attributes:
        assert tag_for_keyword(keyword) is not None
        assert keyword in {*TAGS, "FrameType"}  # that of frames comes with their groups
    assert row.words


@pytest.mark.parametrize("row", HEADER_FIELDS, ids=lambda row: row.key)
def test_what_may_leave_names_nobody(row) -> None:
    if not row.leaves:
        return
    assert not NAMES_SOMEBODY.search(row.key)
    if row.key not in ONLY_MEANING | ONLY_FOUND:
        assert not MAY_NAME_SOMEBODY & {dictionary_VR(word) for word in row.attributes}


def test_what_tells_of_the_person_is_what_a_person_is_known_by() -> None:
    personal = [row for row in HEADER_FIELDS if row.about is About.PERSON]
    known_by = {f"patient_{field.name}" for field in fields(Person) if field.compare}
    assert {row.key for row in personal} == known_by
    assert {word for row in personal for word in row.attributes} == CHARACTERISTICS


def test_every_text_that_describes_a_person_is_of_the_person() -> None:
    described = {row.key for row in HEADER_FIELDS if CHARACTERISTICS & {*row.attributes}}
    assert described == {row.key for row in HEADER_FIELDS if row.about is About.PERSON}
