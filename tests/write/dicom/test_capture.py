"""Pictures as Secondary Captures: the same pixels, their words, and what they refer to."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset

from myotome.nouns.study.result import StudyResult
from myotome.tables.outputs.wording import RESEARCH_USE
from myotome.write.dicom.capture import captures, montage, role_of
from myotome.write.dicom.source import Source, SourceImage
from myotome.write.pictures.canvas import Picture
from myotome.write.results import draw

CT = "1.2.840.10008.5.1.4.1.1.2"


def source_of(result: StudyResult) -> Source:
    """A CT series whose images lie on the slices of ``result``."""
    grid = result.volume.grid
    header = Dataset()
    header.SOPClassUID, header.Modality = CT, "CT"
    header.StudyInstanceUID, header.SeriesInstanceUID = "1.2.3", "1.2.3.4"
    header.FrameOfReferenceUID = "1.2.3.5"
    header.PatientName, header.PatientID = "Müller^Zoë", "id"
    header.PatientBirthDate = header.PatientSex = header.StudyDate = header.StudyTime = ""
    header.ReferringPhysicianName = header.StudyID = header.AccessionNumber = ""
    header.SeriesNumber = 4
    images = tuple(
        SourceImage(
            sop_class_uid=CT,
            sop_instance_uid=f"1.2.3.4.{k + 1}",
            frame=None,
            position_mm=tuple(grid.to_lps_mm(np.array([k, 0.0, 0.0]))),
            orientation=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
        )
        for k in range(grid.shape[0])
    )
    return Source(header=header, images=images, everything=images, grid=grid)


@pytest.fixture(scope="module")
def pictures(result: StudyResult) -> dict[str, Picture]:
    return draw(result)


@pytest.fixture(scope="module")
def made(result: StudyResult, pictures: dict[str, Picture]) -> list[Dataset]:
    return captures(result, source_of(result), pictures)


def _written(result: StudyResult, pictures: dict[str, Picture], *roles: str) -> Dataset:
    (only,) = captures(result, source_of(result), {role: pictures[role] for role in roles})
    return only


def test_overlays_are_one_montage_and_other_pictures_stand_alone(made, pictures) -> None:
    titles = [d.ImageComments.partition(".")[0] for d in made]
    assert titles[0] == "Muscles on the CT, overview"
    assert pictures["map"].title in titles
    for role, picture in pictures.items():
        if role.startswith(("axial", "coronal")):
            assert picture.title in made[0].ImageComments
            assert picture.title not in titles
    assert {d.SeriesDescription for d in made} == {
        "Myotome muscle overlay (research use only)",
        "Myotome muscle quality and body composition (research use only)",
    }


def test_the_parts_of_a_montage_are_not_written_again(result: StudyResult) -> None:
    roles = ("quality L3", "quality L4", "quality montage", "composition L3", "map")
    image = Image.new("RGB", (30, 20))
    made = captures(
        result, source_of(result), {role: Picture(role, role, "", image) for role in roles}
    )
    written = [d.ImageComments.partition(".")[0] for d in made]
    assert written == ["quality montage", "composition L3", "map"]


def test_each_series_has_one_number_and_consecutive_instances(made) -> None:
    series: dict[str, list[Dataset]] = {}
    for dataset in made:
        series.setdefault(dataset.SeriesInstanceUID, []).append(dataset)
    assert len(series) == 2
    assert len({d.SOPInstanceUID for d in made}) == len(made)
    for members in series.values():
        assert len({d.SeriesNumber for d in members}) == 1
        assert [d.InstanceNumber for d in members] == list(range(1, len(members) + 1))


@pytest.mark.parametrize("role", ["axial L3", "coronal", "map", "sagittal"])
def test_pixels_are_those_of_the_picture(
    role: str, result: StudyResult, pictures: dict[str, Picture]
) -> None:
    wanted = np.asarray(Image.open(io.BytesIO(pictures[role].standalone_png())).convert("RGB"))
    np.testing.assert_array_equal(_written(result, pictures, role).pixel_array, wanted)


def test_they_say_what_they_are(made) -> None:
    for dataset in made:
        assert dataset.Modality == "OT"
        assert dataset.ConversionType == "WSD"
        assert dataset.BurnedInAnnotation == "NO"
        assert list(dataset.ImageType) == ["DERIVED", "SECONDARY"]
        assert dataset.ImageComments.endswith(RESEARCH_USE)
        assert str(dataset.PatientName) == "Müller^Zoë"
        assert dataset.StudyInstanceUID == "1.2.3"


@pytest.mark.parametrize("role", ["axial L3", "map"])
def test_an_axial_picture_refers_to_its_slice(
    role: str, result: StudyResult, pictures: dict[str, Picture]
) -> None:
    made = _written(result, pictures, role)
    k = round(result.volume.grid.z_to_k(result.landmarks.levels["L3"].mid_z_mm))
    assert [i.ReferencedSOPInstanceUID for i in made.SourceImageSequence] == [f"1.2.3.4.{k + 1}"]
    assert list(made.PatientOrientation) == ["L", "P"]


def test_a_coronal_and_a_montage_refer_to_all_slices(
    made, result: StudyResult, pictures: dict[str, Picture]
) -> None:
    coronal = _written(result, pictures, "coronal")
    assert list(coronal.PatientOrientation) == ["L", "F"]
    for dataset in (made[0], coronal):
        assert len(dataset.SourceImageSequence) == result.volume.grid.shape[0]
    assert not made[0].PatientOrientation


def test_a_sagittal_picture_joins_no_montage_that_says_left_is_right(made) -> None:
    assert "Level check" not in made[0].ImageComments
    assert role_of("sagittal").orientation == ("P", "F")


def test_lossy_sources_stay_lossy(result: StudyResult, pictures: dict[str, Picture]) -> None:
    source = source_of(result)
    source.header.LossyImageCompression = "01"
    source.header.LossyImageCompressionRatio = 12
    (only,) = captures(result, source, {"map": pictures["map"]})
    assert only.LossyImageCompression == "01"
    assert only.LossyImageCompressionRatio == 12


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_montage_keeps_every_tile(count: int) -> None:
    colours = [(200, 10 * i, 30) for i in range(count)]
    tiles = [
        Picture(f"p{i}", f"P{i}", "", Image.new("RGB", (40, 20 + i), c), ((f"m{i}", c),))
        for i, c in enumerate(colours)
    ]
    sheet = montage(tiles)
    seen = {tuple(p) for p in np.unique(np.asarray(sheet.image).reshape(-1, 3), axis=0).tolist()}
    assert set(colours) <= seen
    assert len(sheet.legend) == count
