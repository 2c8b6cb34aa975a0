"""Into a real archive by STOW and by C-STORE, back by WADO: the same mask at the same place."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from pydicom.dataset import Dataset

from myotome.tables.anatomy.muscles import MUSCLES
from myotome.write.dicom.sr.groups import told_criteria, told_cutoffs, unit_of

GEOMETRIES = (
    "plain",
    "reversed",
    "feet_first",
    "prone",
    "prone_feet_first",
    "tilted",
    "multiframe",
    "anonymised",
    "names_japanese",
)
WAYS = ("stow", "store")


def _plane(seg: Dataset, index: int) -> tuple[np.ndarray, np.ndarray, int, Dataset]:
    """(corner, 3x2 step per row and column, segment, frame item) of one frame; LPS mm."""
    shared = seg.SharedFunctionalGroupsSequence[0]
    frame = seg.PerFrameFunctionalGroupsSequence[index]

    def of(name: str) -> Dataset:
        return (frame[name] if name in frame else shared[name]).value[0]

    corner = np.asarray(of("PlanePositionSequence").ImagePositionPatient, dtype=float)
    along = np.asarray(of("PlaneOrientationSequence").ImageOrientationPatient, dtype=float)
    down, right = (float(v) for v in of("PixelMeasuresSequence").PixelSpacing)
    steps = np.stack([along[3:] * down, along[:3] * right], axis=1)
    segment = int(of("SegmentIdentificationSequence").ReferencedSegmentNumber)
    return corner, steps, segment, frame


def labels_in_space(seg: Dataset, grid) -> np.ndarray:
    """The SEG's muscles as labels on ``grid``; every voxel must be one of the grid's.

    Reads what the standard says and nothing of Myotome's own.
    """
    words = {int(s.SegmentNumber): str(s.SegmentLabel) for s in seg.SegmentSequence}
    values = {muscle.words: muscle.value for muscle in MUSCLES}
    pixels = np.atleast_3d(seg.pixel_array.reshape(-1, seg.Rows, seg.Columns))
    labels = np.zeros(grid.shape, dtype=np.uint8)
    for index, mask in enumerate(pixels):
        corner, steps, segment, _ = _plane(seg, index)
        rows, columns = np.nonzero(mask)
        where = corner + np.stack([rows, columns], axis=1) @ steps.T
        k, j, i = np.asarray(grid.to_index(where)).reshape(-1, 3).T
        for axis in (k, j, i):
            np.testing.assert_allclose(axis, np.round(axis), atol=0.01)
        at = tuple(np.round(axis).astype(int) for axis in (k, j, i))
        assert not labels[at].any(), "two segments share a voxel"
        labels[at] = values[words[segment]]
    return labels


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", GEOMETRIES)
def test_the_mask_comes_back_voxel_for_voxel(
    name: str, way: str, scene_of, objects_of, orthanc
) -> None:
    scene, seg = scene_of(name), objects_of(name, "seg")[0]
    orthanc.send(way, [seg])
    back = labels_in_space(orthanc.fetch(seg), scene.result.segmentation.grid)
    np.testing.assert_array_equal(back, scene.result.segmentation.labels)
    assert np.unique(back).size == len(MUSCLES) + 1


@pytest.mark.parametrize("name", [n for n in GEOMETRIES if n != "tilted"])
def test_the_mask_lies_on_the_muscle_of_the_image_it_refers_to(
    name: str, scene_of, objects_of
) -> None:
    """By the source's own pixels: no geometry of ours takes part."""
    scene, seg = scene_of(name), objects_of(name, "seg")[0]
    images = {image.SOPInstanceUID: image for image in scene.images}
    pixels = {uid: image.pixel_array for uid, image in images.items()}
    inside: dict[int, list[np.ndarray]] = defaultdict(list)
    masks = seg.pixel_array.reshape(-1, seg.Rows, seg.Columns)
    for index, mask in enumerate(masks):
        _, _, segment, frame = _plane(seg, index)
        item = frame.DerivationImageSequence[0].SourceImageSequence[0]
        stored = pixels[item.ReferencedSOPInstanceUID]
        if "ReferencedFrameNumber" in item:
            stored = stored[int(item.ReferencedFrameNumber) - 1]
        inside[segment].append(stored[mask > 0])
    assert len(inside) == len(MUSCLES)
    for segment, values in inside.items():
        # stored values are HU + 1024; muscle of the phantom is about 20 to 80 HU, fat -100
        median_hu = float(np.median(np.concatenate(values))) - 1024
        assert 0 < median_hu < 120, segment


@pytest.mark.parametrize("kind", ["sr", "sc", "pdf"])
@pytest.mark.parametrize("way", WAYS)
def test_other_objects_come_back_unchanged(kind: str, way: str, objects_of, orthanc) -> None:
    for made in objects_of("multiframe", kind)[:3]:
        orthanc.send(way, [made])
        back = orthanc.fetch(made)
        assert back == made


def test_everything_is_found_under_the_study_with_its_description(
    scene_of, objects_of, orthanc
) -> None:
    made = [d for kind in ("seg", "sr", "sc", "pdf") for d in objects_of("names_utf8", kind)]
    orthanc.stow(made)
    uid = scene_of("names_utf8").source.study_uid
    assert {d.StudyInstanceUID for d in made} == {uid}
    found = {str(s.SeriesInstanceUID): str(s.SeriesDescription) for s in orthanc.series(uid)}
    # the scenes of other tests are of the same study
    assert found.items() >= {str(d.SeriesInstanceUID): d.SeriesDescription for d in made}.items()
    assert len({d.SeriesInstanceUID for d in made}) == 6
    assert all("research use only" in words for words in found.values())


@pytest.mark.parametrize("name", ["names_utf8", "names_japanese", "names_cyrillic"])
def test_names_survive_in_every_alphabet(name: str, scene_of, objects_of, orthanc) -> None:
    made = objects_of(name, "pdf")
    orthanc.stow(made)
    back = orthanc.fetch(made[0])
    assert str(back.PatientName) == str(scene_of(name).images[0].PatientName)
    assert not str(back.PatientName).isascii()


@pytest.fixture(scope="module")
def report(objects_of, orthanc) -> Dataset:
    """The report of the scene "plain", from the archive."""
    made = objects_of("plain", "sr")[0]
    orthanc.stow([made])
    return orthanc.fetch(made)


def test_the_report_names_its_source_and_segmentation(scene_of, objects_of, report) -> None:
    evidence = {
        str(item.ReferencedSOPInstanceUID)
        for study in report.CurrentRequestedProcedureEvidenceSequence
        for series in study.ReferencedSeriesSequence
        for item in series.ReferencedSOPSequence
    }
    assert str(objects_of("plain", "seg")[0].SOPInstanceUID) in evidence
    assert {str(image.SOPInstanceUID) for image in scene_of("plain").images} <= evidence


def _numbers(item: Dataset) -> list[tuple[float, str]]:
    """(value, unit) of every number in the content tree."""
    found = []
    if item.get("ValueType") == "NUM":
        for measured in item.MeasuredValueSequence:
            unit = measured.MeasurementUnitsCodeSequence[0].CodeValue
            found.append((float(measured.FloatingPointValue), str(unit)))
    for child in item.get("ContentSequence", []):
        found += _numbers(child)
    return found


def _texts(item: Dataset) -> list[str]:
    """Every text in the content tree."""
    own = [str(item.TextValue)] if "TextValue" in item else []
    return own + [text for child in item.get("ContentSequence", []) for text in _texts(child)]


def test_every_number_and_unit_is_in_the_report(scene_of, report) -> None:
    reported = Counter(_numbers(report))
    measured = Counter(
        (m.value, unit_of(m).value)
        for m in scene_of("plain").result.measurements
        if m.value is not None
    )
    assert measured.total() > 400
    assert measured <= reported


def test_each_published_answer_of_the_report_has_its_citation(scene_of, report) -> None:
    assessed = scene_of("plain").result.assessed
    told = [*told_criteria(assessed), *told_cutoffs(assessed)]
    assert len(told) > 10
    cited = [row.doi for row in told if row.doi]
    texts = " ".join(_texts(report))
    assert [doi for doi in cited if doi not in texts] == []
