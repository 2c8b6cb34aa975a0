"""Content items as bytes are what the library would have written, and are read back as such."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from myotome.tables.codes.code import Code
from myotome.write.dicom.sr.items import CONTAINS, PROPERTIES, Items, decoded, under

NAME = Code(value="113076", scheme="DCM", meaning="Segmentation")
PLACE = Code(value="99", scheme="99X", meaning="muscle, cm²")
# what PS3.5 6.2 lets an unlimited text hold; the library strips spaces at its end
TEXTS = st.text(st.characters(exclude_categories=("C",)), max_size=30).map(str.rstrip)


def _code(item: Dataset) -> tuple[str, str, str]:
    return item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning


def _library_writes(dataset: Dataset) -> bytes:
    stream = DicomBytesIO()
    stream.is_implicit_VR, stream.is_little_endian = False, True
    dataset.walk(lambda *_: None)  # reads every item
    fresh = Dataset()
    fresh.update({element.tag: element for element in dataset})
    write_dataset(stream, fresh, "ISO_IR 192")
    return stream.getvalue()


@pytest.mark.parametrize("text", ["", "a", "ab", "Müller, 12 cm²"])
def test_they_are_written_as_the_library_does(text: str) -> None:
    items = Items()
    tree = items.container(
        NAME,
        [
            items.text(PLACE, text or "x"),
            under(items.number(NAME, -1 / 3, PLACE), [items.answer(PLACE, NAME, PROPERTIES)]),
            items.uid(NAME, "1.2.345"),
        ],
        template="1500",
    )
    dataset = decoded(tree)
    dataset.set_original_encoding(False, True, ["utf8"])
    assert _library_writes(dataset) == tree


@given(text=TEXTS)
def test_texts_come_back(text: str) -> None:
    item = decoded(Items().text(NAME, text))
    item.set_original_encoding(False, True, ["utf8"])
    assert (item.TextValue or "") == text
    assert item.ValueType == "TEXT"
    assert item.RelationshipType == CONTAINS
    assert _code(item.ConceptNameCodeSequence[0]) == ("113076", "DCM", "Segmentation")


@given(value=st.floats(min_value=-1e300, max_value=1e300))
def test_numbers_come_back_to_the_last_bit(value: float) -> None:
    (measured,) = decoded(Items().number(NAME, value, PLACE)).MeasuredValueSequence
    assert measured.FloatingPointValue == value
    assert float(measured.NumericValue) == pytest.approx(value, rel=1e-8)


def test_an_image_is_referred_to_by_what_it_is_given() -> None:
    reference = Dataset()
    reference.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    reference.ReferencedSOPInstanceUID = "1.2.3"
    reference.ReferencedFrameNumber = 7
    (found,) = decoded(Items().image(NAME, reference)).ReferencedSOPSequence
    assert found == reference


def test_the_schemes_are_those_used() -> None:
    items = Items()
    items.answer(NAME, PLACE)
    assert items.schemes == {"DCM", "99X"}


def test_tags_ascend() -> None:
    items = Items()
    tree = items.container(NAME, [items.image(NAME, Dataset())], template="1410", relation=CONTAINS)
    for dataset in (decoded(tree), decoded(tree).ContentSequence[0]):
        tags = [int(element.tag) for element in dataset.elements()]
        assert tags == sorted(set(tags))
    assert io.BytesIO(tree).read(2) == b"\x40\x00"
