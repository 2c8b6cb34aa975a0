"""What cannot be decoded is as good as absent, whatever the library makes of it."""

from __future__ import annotations

import pytest
from pydicom import Dataset
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import Tag

from myotome.errors import InputError
from myotome.read.bounded.announced import announced
from myotome.read.dicom.attributes import items, number, numbers, text, value, values, whole


def raw(keyword: str, kind: str, content: bytes) -> Dataset:
    """A dataset as it comes from a file: the element is not decoded yet."""
    ds = Dataset()
    tag = Tag(keyword)
    ds[tag] = RawDataElement(tag, kind, len(content), content, 0, False, True)
    return ds


@pytest.mark.parametrize(
    ("keyword", "kind", "content"),
    [
        ("Rows", "US", b"abc"),
        ("Columns", "US", bytes(21)),
        ("SliceThickness", "FD", b"1234567"),
        ("ImagePositionPatient", "FL", b"123456789"),
    ],
)
def test_wrong_lengths(keyword: str, kind: str, content: bytes) -> None:
    ds = raw(keyword, kind, content)
    assert value(ds, keyword) is None
    assert text(ds, keyword) == ""
    assert values(ds, keyword) == ()
    assert items(ds, keyword) == ()
    assert number(ds, keyword) is None
    assert whole(ds, keyword) is None
    assert numbers(value(ds, keyword), 3) is None


@pytest.mark.parametrize(
    ("kind", "content", "found"),
    [("AT", 1234, 1), ("US", 7, 1), ("FD", 0.5, 1), ("OB", b"ORIGINAL", 1), ("SQ", [Dataset()], 1)],
)
def test_another_type_of_value(kind: str, content: object, found: int) -> None:
    ds = Dataset()
    ds[Tag("ImageType")] = DataElement(Tag("ImageType"), kind, content)
    assert len(values(ds, "ImageType")) == found
    assert isinstance(text(ds, "ImageType"), str)


def test_an_image_size_that_cannot_be_decoded_is_refused_by_name() -> None:
    ds = raw("Rows", "US", b"abc")
    ds.Columns = 4
    with pytest.raises(InputError, match="Rows cannot be decoded"):
        announced(ds)
