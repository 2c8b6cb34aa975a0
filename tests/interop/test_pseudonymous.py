"""Pseudonymous objects: no byte of the source's identity left, still valid, still together."""

from __future__ import annotations

import io

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID

from myotome.write.dicom.pseudonym import Pseudonyms, pseudonymous

KINDS = ("seg", "sr", "sc", "pdf", "rtstruct")
KEY = b"a key of the test, 32 bytes long"


@pytest.fixture(scope="module")
def made(objects_of) -> dict[str, list[Dataset]]:
    """The objects of a study full of identifiers, by kind, all in one go."""
    before = [(kind, d) for kind in KINDS for d in objects_of("identified", kind)]
    after = pseudonymous([d for _, d in before], Pseudonyms(key=KEY))
    result: dict[str, list[Dataset]] = {kind: [] for kind in KINDS}
    for (kind, _), dataset in zip(before, after, strict=True):
        result[kind].append(dataset)
    return result


def _bytes(dataset: Dataset) -> bytes:
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _uids(dataset: Dataset) -> set[str]:
    found: set[str] = set()

    def look(_: Dataset, element) -> None:
        if element.VR == "UI" and element.value:
            values = [element.value] if isinstance(element.value, str) else element.value
            found.update(str(v) for v in values)

    dataset.walk(look)
    return {uid for uid in found if not uid.startswith("1.2.840.10008.")}


@pytest.mark.parametrize("kind", KINDS)
def test_before_there_was_something_to_hide(kind: str, objects_of, secrets) -> None:
    for dataset in objects_of("identified", kind):
        assert secrets["PatientID"].encode() in _bytes(dataset)


@pytest.mark.parametrize("kind", KINDS)
def test_no_byte_of_the_source_is_left(kind: str, made, scene_of, secrets) -> None:
    words = [p for v in secrets.values() for p in v.split("^")]
    words += [uid for image in scene_of("identified").images for uid in _uids(image)]
    for dataset in made[kind]:
        content = _bytes(dataset).lower()
        assert [w for w in words if w.lower().encode() in content] == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_uid_of_the_identified_objects_is_left(kind: str, made, objects_of) -> None:
    for before, after in zip(objects_of("identified", kind), made[kind], strict=True):
        kept = _uids(before) & _uids(after)
        # those of coding schemes and of the maker of the file name no object
        assert all(
            UID(uid).startswith(("2.16.840.1.113883.", "1.2.826.0.1.3680043.")) for uid in kept
        )
        assert before.SOPInstanceUID not in kept


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_valid(kind: str, made, dciodvfy, dicom_validator) -> None:
    for dataset in made[kind][:2]:
        assert dciodvfy(dataset) == []
        assert dicom_validator(dataset) == []


def test_they_still_refer_to_each_other(made) -> None:
    study = {str(d.StudyInstanceUID) for kind in KINDS for d in made[kind]}
    assert len(study) == 1
    seg, report = made["seg"][0], made["sr"][0]
    assert str(seg.SOPInstanceUID) in _uids(report)
    source = {str(i.ReferencedSOPInstanceUID) for i in made["pdf"][0].SourceInstanceSequence}
    assert source <= _uids(seg) | _uids(report)
    assert len({d.PatientID for kind in KINDS for d in made[kind]}) == 1


def test_pixels_and_numbers_are_the_same(made, objects_of) -> None:
    for kind in ("seg", "sc"):
        for before, after in zip(objects_of("identified", kind), made[kind], strict=True):
            assert before.PixelData == after.PixelData
    before, after = objects_of("identified", "sr")[0], made["sr"][0]
    assert _numbers(before) == _numbers(after)
    assert len(_numbers(after)) > 50


def _numbers(dataset: Dataset) -> list[str]:
    found: list[str] = []

    def look(_: Dataset, element) -> None:
        if element.keyword == "NumericValue":
            found.append(str(element.value))

    dataset.walk(look)
    return found


def test_they_can_be_read_again(made) -> None:
    for kind in KINDS:
        again = dcmread(io.BytesIO(_bytes(made[kind][0])))
        assert again.PatientIdentityRemoved == "YES"
        assert str(again.PatientName) == str(made[kind][0].PatientName)
