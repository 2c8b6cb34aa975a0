"""Independent validators find nothing wrong with any object of any source."""

from __future__ import annotations

import copy

import pytest

SCENES = (
    "plain",
    "reversed",
    "feet_first",
    "prone",
    "prone_feet_first",
    "tilted",
    "multiframe",
    "anonymised",
    "names_utf8",
    "names_japanese",
    "names_cyrillic",
    "set_by_hand",
)
KINDS = ("seg", "sr", "sc", "pdf", "rtstruct")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scene", SCENES)
def test_dciodvfy_finds_no_error(scene: str, kind: str, objects_of, dciodvfy) -> None:
    made = objects_of(scene, kind)
    # each picture is made the same way: the montage, an axial and the last one stand for all
    for dataset in made[:2] + made[2:][-1:]:
        assert dciodvfy(dataset) == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scene", SCENES)
def test_dicom_validator_finds_no_error(scene: str, kind: str, objects_of, dicom_validator) -> None:
    made = objects_of(scene, kind)
    for dataset in made[:2] + made[2:][-1:]:
        assert dicom_validator(dataset) == []


def test_the_validators_do_find_errors(objects_of, dciodvfy, dicom_validator) -> None:
    broken = copy.deepcopy(objects_of("plain", "pdf")[0])
    del broken.MIMETypeOfEncapsulatedDocument
    del broken.ConversionType
    assert any("MIMEType" in line for line in dciodvfy(broken))
    assert any("ConversionType" in line for line in dciodvfy(broken))
    assert len(dicom_validator(broken)) >= 2
