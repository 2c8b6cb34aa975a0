"""Cases are read as their table and ranges say, and what is wrong with one is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from myotome.errors import GridMismatchError, InputError, NotHounsfieldError
from myotome.nouns.numbers.flag import Severity
from myotome.nouns.space.grid import Grid
from myotome.segment.labels.label_table import read_table
from myotome.tables.anatomy.muscles import COMPARTMENTS, GROUPS, MUSCLES
from myotome.train.cases.annotated import GROUP_KEYS
from myotome.train.cases.case import TrainingCase, load_case, load_entry
from myotome.train.cases.entry import CaseEntry

SHAPE = (10, 30, 48)
SPACING = (5.0, 6.0, 6.0)
CENTRE_I = 23.5
PSOAS, QUADRATUS = GROUP_KEYS.index("psoas"), GROUP_KEYS.index("quadratus_lumborum")
Labels = NDArray[np.uint8]


def body() -> NDArray[np.int16]:
    """A fatty ellipse in air, different on every slice."""
    j, i = np.mgrid[: SHAPE[1], : SHAPE[2]]
    inside = ((j - 15) / 13) ** 2 + ((i - CENTRE_I) / 21) ** 2 < 1
    rng = np.random.default_rng(0)
    hu = np.where(inside, rng.normal(20, 30, SHAPE), -1000)
    return hu.astype(np.int16)


def muscles() -> Labels:
    """Every muscle as a block on its own side (+i is left), the upper two slices empty."""
    labels = np.zeros(SHAPE, np.uint8)
    for muscle in MUSCLES:
        j = 3 + 4 * GROUP_KEYS.index(muscle.group)
        i = slice(28, 34) if muscle.side == "left" else slice(14, 20)
        labels[:8, j : j + 3, i] = muscle.value
    return labels


def save(path: Path, array: NDArray[np.generic], *, up: bool = True) -> Path:
    """NIfTI in LPS order (k, j, i); with ``up`` False the file's z runs downward."""
    affine = np.diag([-6.0, -6.0, 5.0, 1.0])
    if not up:
        array = array[::-1]
        affine[2] = [0, 0, -5.0, 5.0 * (SHAPE[0] - 1)]
    nibabel.save(nibabel.Nifti1Image(np.ascontiguousarray(array.transpose()), affine), path)
    return path


def ranges(folder: Path, **spans: list[int]) -> None:
    (folder / "slices.json").write_text(json.dumps({"complete_z": spans}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "anna"
    place.mkdir()
    save(place / "ct.nii.gz", body())
    save(place / "muscles.nii.gz", muscles())
    ranges(place, default=[0, 7])
    return place


def entry(folder: Path, **changes: object) -> CaseEntry:
    plain = CaseEntry(
        name="anna", subject="anna", ct=folder / "ct.nii.gz", labels=folder / "muscles.nii.gz"
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def codes(case: TrainingCase) -> set[str]:
    return {flag.code for flag in case.flags}


def test_a_complete_case_has_nothing_to_say(folder: Path) -> None:
    case = load_case(folder)
    assert (case.name, case.subject, case.dz_mm, case.split) == ("anna", "anna", 5.0, "")
    assert not case.flags
    assert case.hu.shape == case.muscles.shape == case.organs.shape == (10, 120, 192)
    assert (case.compartments == 255).all()
    np.testing.assert_array_equal(case.annotated.all(axis=1), np.arange(10) < 8)
    assert case.usable_slices.tolist() == list(range(8))
    # a block of 3 x 6 pixels of 6 mm on pixels of 1.5 mm; the vote rounds its corners
    for m in MUSCLES:
        assert int((case.muscles[0] == m.value).sum()) == pytest.approx(3 * 6 * 16, rel=0.02)


@pytest.mark.parametrize("up", [True, False])
def test_ranges_count_along_the_files_own_z(folder: Path, up: bool) -> None:
    save(folder / "ct.nii.gz", body(), up=up)
    ranges(folder, default=[2, 3], psoas=[2, 6])
    if not up:  # the same slices, counted from the head
        ranges(folder, default=[6, 7], psoas=[3, 7])
    case = load_case(folder)
    assert np.flatnonzero(case.annotated[:, PSOAS]).tolist() == [2, 3, 4, 5, 6]
    assert np.flatnonzero(case.annotated[:, QUADRATUS]).tolist() == [2, 3]


def test_without_ranges_only_slices_with_both_sides_count(folder: Path) -> None:
    (folder / "slices.json").unlink()
    labels = muscles()
    labels[3:][labels[3:] == 1] = 0  # psoas_left ends early
    save(folder / "muscles.nii.gz", labels)
    case = load_case(folder)
    assert np.flatnonzero(case.annotated[:, PSOAS]).tolist() == [0, 1, 2]
    assert np.flatnonzero(case.annotated[:, QUADRATUS]).tolist() == list(range(8))


def test_groups_not_listed_or_not_mapped_are_unknown(folder: Path) -> None:
    case = load_entry(entry(folder, annotated={"psoas": "1-2", "quadratus_lumborum": ""}))
    assert np.flatnonzero(case.annotated.any(axis=0)).tolist() == [PSOAS, QUADRATUS]
    assert np.flatnonzero(case.annotated[:, PSOAS]).tolist() == [1, 2]
    table = folder / "table.csv"
    table.write_text(
        "label,target\n1,psoas_left\n2,psoas_right\n3,quadratus_lumborum_left\n*,ignore\n"
    )
    case = load_entry(entry(folder, label_table=str(table), slices="all"))
    assert case.annotated[:, PSOAS].all()
    assert not np.delete(case.annotated, PSOAS, axis=1).any()
    assert codes(case) == {"one_side_mapped"}


def test_unknown_voxels_are_not_annotated(folder: Path) -> None:
    table = folder / "table.json"
    table.write_text(
        json.dumps({"1": "psoas_left", "2": "psoas_right", "9": "unknown", "*": "ignore"})
    )
    case = load_entry(entry(folder, label_table=str(table)))
    assert set(np.unique(case.muscles)) == {0, 1, 2, 255}


def test_named_compartments_may_overlap_muscles(folder: Path) -> None:
    nrrd = pytest.importorskip("nrrd", reason="needs pynrrd, of the [dev] extra")
    layers = np.zeros((*SHAPE, 3), np.uint8)
    layers[..., 0] = muscles() == 1
    layers[..., 1] = muscles() == 2
    layers[:4, 2:20, 10:40, 2] = 1
    words = {
        "space": "left-posterior-superior",
        "space directions": np.array([[np.nan] * 3, [6.0, 0, 0], [0, 6.0, 0], [0, 0, 5.0]]),
        "space origin": [0.0, 0.0, 0.0],
        "kinds": ["list", "domain", "domain", "domain"],
    }
    for n, name in enumerate(("Left Psoas", "psoas-RIGHT", "Muscle wall")):
        words |= {
            f"Segment{n}_Name": name,
            f"Segment{n}_LabelValue": "1",
            f"Segment{n}_Layer": str(n),
        }
    nrrd.write(str(folder / "seg.seg.nrrd"), layers, words, index_order="C")
    case = load_entry(entry(folder, labels=folder / "seg.seg.nrrd", slices="0-7"))
    assert set(np.unique(case.muscles)) == {0, 1, 2}
    assert set(np.unique(case.compartments)) == {2, 255}  # nothing is known of the rest
    assert np.flatnonzero(case.annotated.any(axis=0)).tolist() == [PSOAS]


def test_own_compartments_file(folder: Path) -> None:
    own = np.zeros(SHAPE, np.uint8)
    own[2:5, 5:10, 5:10] = COMPARTMENTS[0].value
    own[2, 20:24, 5:10] = 6
    save(folder / "compartments.nii.gz", own)
    case = load_case(folder)
    assert (case.compartments[[0, 1, 5]] == 255).all()
    assert set(np.unique(case.compartments[3])) == {0, 1}
    assert set(np.unique(case.compartments[2])) == {0, 1, 255}


def test_labels_on_another_grid(folder: Path) -> None:
    affine = np.diag([-6.0, -6.0, 4.0, 1.0])
    image = nibabel.Nifti1Image(muscles().transpose(), affine)
    nibabel.save(image, folder / "muscles.nii.gz")
    with pytest.raises(GridMismatchError, match='case "anna": the labels are on another grid'):
        load_case(folder)


def test_unknown_values_and_names(folder: Path, tmp_path: Path) -> None:
    labels = muscles()
    labels[0, 0, :2] = [13, 77]
    save(folder / "muscles.nii.gz", labels)
    with pytest.raises(InputError, match='table "ours" does not know the values 13, 77'):
        load_case(folder)
    masks = tmp_path / "masks"
    masks.mkdir()
    for name, value in (("psoas_left", 1), ("psoas", 2), ("something", 3)):
        save(masks / f"{name}.nii.gz", (muscles() == value).astype(np.uint8))
    with pytest.raises(InputError, match='does not know the names "psoas", "something"'):
        load_entry(entry(folder, labels=masks))


def test_empty_labels(folder: Path) -> None:
    save(folder / "muscles.nii.gz", np.zeros(SHAPE, np.uint8))
    with pytest.raises(InputError, match="hold no voxel"):
        load_case(folder)


def swapped(labels: Labels, groups: tuple[str, ...], slices: slice = slice(None)) -> Labels:
    out = labels.copy()
    for m in MUSCLES:
        if m.group in groups:
            other = m.value + (1 if m.side == "left" else -1)
            out[slices][labels[slices] == m.value] = other
    return out


def test_swapped_sides_are_refused_and_the_mend_works(folder: Path) -> None:
    save(folder / "muscles.nii.gz", swapped(muscles(), GROUP_KEYS))
    with pytest.raises(InputError, match="swapped on slices 0-7: the left muscle lies on the pat"):
        load_case(folder)
    mended = load_entry(entry(folder, label_table="ours:swapped", slices="0-7"))
    assert not mended.flags
    save(folder / "muscles.nii.gz", muscles())
    np.testing.assert_array_equal(mended.muscles, load_case(folder).muscles)


def test_one_swapped_group_or_slice_is_named(folder: Path) -> None:
    save(folder / "muscles.nii.gz", swapped(muscles(), ("psoas",), slice(4, 6)))
    with pytest.raises(InputError, match=r"swapped \(psoas\) on slices 4-5"):
        load_case(folder)


@pytest.mark.parametrize("value", [5, 6])
def test_a_single_side_is_compared_with_the_midline(folder: Path, value: int) -> None:
    only = np.where(muscles() == value, value, 0).astype(np.uint8)
    save(folder / "muscles.nii.gz", only)
    assert "sides_swapped" not in codes(load_case(folder))
    save(folder / "muscles.nii.gz", np.where(only > 0, 11 - value, 0).astype(np.uint8))
    with pytest.raises(InputError, match="left and right are swapped"):
        load_case(folder)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(axes=st.permutations((0, 1, 2)), flips=st.tuples(*[st.booleans()] * 3))
def test_sides_are_those_of_the_patient_whatever_the_files_axes(
    folder: Path, axes: tuple[int, ...], flips: tuple[bool, ...]
) -> None:
    affine = np.diag([-6.0, -6.0, 5.0, 1.0])
    for name, array in (("ct", body()), ("muscles", muscles())):
        image = nibabel.Nifti1Image(array.transpose(), affine)
        turn = np.array([[axis, -1 if flip else 1] for axis, flip in zip(axes, flips, strict=True)])
        nibabel.save(image.as_reoriented(turn), folder / f"{name}.nii.gz")
    case = load_entry(entry(folder))
    left = np.flatnonzero((case.muscles == 1).any(axis=(0, 1))).mean()
    right = np.flatnonzero((case.muscles == 2).any(axis=(0, 1))).mean()
    assert left > right + 50
    assert np.flatnonzero(case.annotated.any(axis=1)).tolist() == list(range(8))


def test_a_side_that_was_forgotten_is_told(folder: Path) -> None:
    labels = muscles()
    labels[4:][labels[4:] == 10] = 0
    save(folder / "muscles.nii.gz", labels)
    case = load_case(folder)
    assert codes(case) == {"one_side_only"}
    assert "rectus abdominis: only the left side is drawn on slices 4-7" in case.flags[0].message
    labels[4:6] = muscles()[4:6]  # 2 slices of 5 mm are no more than an end
    save(folder / "muscles.nii.gz", labels)
    assert not load_case(folder).flags


@pytest.mark.parametrize("span", [[0, 10], [9, 3], [12, 14]])
def test_ranges_outside_the_scan(folder: Path, span: list[int]) -> None:
    ranges(folder, default=[0, 7], psoas=span)
    with pytest.raises(InputError, match=r"outside the scan, whose slices are 0 to 9: psoas"):
        load_case(folder)


def test_absent_groups_unused_labels_and_nothing_annotated_are_told(folder: Path) -> None:
    labels = muscles()
    labels[np.isin(labels, (7, 8))] = 0
    save(folder / "muscles.nii.gz", labels)
    ranges(folder, default=[0, 7], psoas=[2, 5])
    flags = {flag.code: flag for flag in load_case(folder).flags}
    assert set(flags) == {"group_absent", "labels_unused"}
    assert flags["group_absent"].message.startswith("gluteus medius")
    assert "psoas 0-1, 6-7." in flags["labels_unused"].message
    ranges(folder, rectus_abdominis=[8, 9])
    assert "group_absent" in codes(load_case(folder))
    ranges(folder)
    with pytest.raises(InputError, match="nothing is annotated"):
        load_case(folder)


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"complete_z": {"default": [1]}}', '{"complete_z": {"liver": [1, 2]}}']
)
def test_bad_slices_json(folder: Path, content: str) -> None:
    (folder / "slices.json").write_text(content)
    with pytest.raises(InputError, match="ranges"):
        load_case(folder)


def test_labels_beyond_the_ct_are_warned_of(folder: Path) -> None:
    affine = np.diag([-6.0, -6.0, 5.0, 1.0])
    affine[2, 3] = 10.0
    short = nibabel.Nifti1Image(body()[2:].transpose(), affine)
    nibabel.save(short, folder / "ct.nii.gz")
    case = load_entry(entry(folder))
    assert codes(case) == {"labels_outside"}
    assert len(case.hu) == 8


def test_a_label_map_given_as_ct_is_refused(folder: Path) -> None:
    with pytest.raises(NotHounsfieldError, match=r'case "anna": the CT .* label map'):
        load_entry(entry(folder, ct=folder / "muscles.nii.gz"))


def test_nrrd_ct(folder: Path) -> None:
    nrrd = pytest.importorskip("nrrd", reason="needs pynrrd, of the [dev] extra")
    space = {
        "space": "right-anterior-superior",
        "space directions": np.diag([-6.0, -6.0, -5.0]),
        "space origin": [0.0, 0.0, 45.0],
    }
    expected = load_case(folder)
    nrrd.write(str(folder / "ct.nrrd"), body()[::-1].copy(), space, index_order="C")
    (folder / "ct.nii.gz").unlink()
    ranges(folder, default=[2, 9])  # this file counts from the head
    case = load_case(folder)
    np.testing.assert_array_equal(case.hu, expected.hu)
    np.testing.assert_array_equal(case.annotated, expected.annotated)


def test_a_dicom_folder_with_contours(folder: Path) -> None:
    """The CT as DICOM, the labels as RTSTRUCT: the same case as from NIfTI."""
    from pydicom import Dataset, FileMetaDataset
    from pydicom.uid import (
        CTImageStorage,
        ExplicitVRLittleEndian,
        RTStructureSetStorage,
        generate_uid,
    )

    expected = load_case(folder)
    grid = Grid.axial(SHAPE, SPACING)
    study, series, frame = (generate_uid() for _ in range(3))

    def save_dicom(path: Path, d: Dataset, kind: str) -> None:
        d.file_meta = FileMetaDataset()
        d.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        d.SOPClassUID, d.SOPInstanceUID = kind, generate_uid()
        d.file_meta.MediaStorageSOPClassUID = kind
        d.file_meta.MediaStorageSOPInstanceUID = d.SOPInstanceUID
        d.save_as(path, enforce_file_format=True)

    (folder / "ct").mkdir()
    for k, plane in enumerate(body()):
        d = Dataset()
        d.StudyInstanceUID, d.SeriesInstanceUID, d.FrameOfReferenceUID = study, series, frame
        d.Modality, d.InstanceNumber, d.SeriesNumber, d.PatientID = "CT", 10 - k, 1, "x"
        d.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        d.Rows, d.Columns, d.PixelSpacing = SHAPE[1], SHAPE[2], [6, 6]
        d.ImagePositionPatient, d.SliceThickness = [0, 0, 5 * k], 5
        d.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, 16, 15, 1
        d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
        d.RescaleIntercept, d.RescaleSlope, d.RescaleType = 0, 1, "HU"
        d.PixelData = plane.tobytes()
        save_dicom(folder / "ct" / f"{k}.dcm", d, CTImageStorage)
    structures = Dataset()
    structures.Modality = "RTSTRUCT"
    rois, drawn = [], []
    for m in MUSCLES:
        roi, contours = Dataset(), Dataset()
        roi.ROINumber = contours.ReferencedROINumber = m.value
        roi.ROIName = m.words.upper()
        contours.ContourSequence = []
        for k in range(8):
            found = np.argwhere(muscles()[k] == m.value)
            (j0, i0), (j1, i1) = found.min(axis=0) - 0.5, found.max(axis=0) + 0.5
            square = grid.to_lps_mm([[k, j0, i0], [k, j0, i1], [k, j1, i1], [k, j1, i0]])
            c = Dataset()
            c.ContourGeometricType, c.NumberOfContourPoints = "CLOSED_PLANAR", 4
            c.ContourData = [f"{v:g}" for v in square.ravel()]
            contours.ContourSequence.append(c)
        rois.append(roi)
        drawn.append(contours)
    structures.StructureSetROISequence, structures.ROIContourSequence = rois, drawn
    save_dicom(folder / "rt.dcm", structures, RTStructureSetStorage)
    case = load_entry(entry(folder, ct=folder / "ct", labels=folder / "rt.dcm", slices="0-7"))
    np.testing.assert_array_equal(case.hu, expected.hu)
    np.testing.assert_array_equal(case.muscles, expected.muscles)
    np.testing.assert_array_equal(case.annotated, expected.annotated)


def test_presets_say_what_is_not_exactly_ours(folder: Path) -> None:
    ids = {1: 88, 2: 89, 5: 86, 6: 87, 7: 82, 8: 83, 3: 5}
    total = np.zeros(SHAPE, np.uint8)
    for own, value in ids.items():
        total[muscles() == own] = value
    save(folder / "total.nii.gz", total)
    case = load_entry(entry(folder, labels=folder / "total.nii.gz", label_table="totalsegmentator"))
    assert set(np.unique(case.muscles)) == {0, 1, 2, 5, 6, 7, 8}
    told = {flag.message.split(":")[0]: flag.message for flag in case.flags}
    assert set(told) == {"psoas", "erector_spinae"}
    assert "autochthonous" in told["erector_spinae"]
    assert "not the same" in told["erector_spinae"]
    known = {GROUPS[n].key for n in np.flatnonzero(case.annotated.any(axis=0))}
    assert known == {"psoas", "erector_spinae", "gluteus_medius"}


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("left psoas", "psoas_left"),
        ("Psoas_Right", "psoas_right"),
        ("PSOAS MAJOR (L)", "psoas_left"),
        ("PsoasL", "psoas_left"),
        ("QL-R", "quadratus_lumborum_right"),
        ("Erector Spinae muscle left", "erector_spinae_left"),
        ("lateral_abdominals_right", "lateral_abdominals_right"),
        ("muscle wall", "muscle_wall"),
        ("Subcutaneous fat", "subcutaneous"),
        ("psoas", None),
        ("psoas left right", None),
        ("L3", None),
        ("gluteus maximus left", None),
        ("psoas_minor_left", None),
    ],
)
def test_usual_names_are_understood(name: str, target: str | None) -> None:
    assert read_table("names").of_name(name) == target
    assert read_table().of_name(name) == target


def test_every_muscle_and_compartment_is_understood_by_its_key_and_words() -> None:
    table = read_table("names")
    for m in MUSCLES:
        assert table.of_name(m.key) == table.of_name(m.words) == m.key
        side = "right" if m.side == "left" else "left"
        assert table.swapped().of_name(m.key) == f"{m.group}_{side}"
    for c in COMPARTMENTS:
        assert table.of_name(c.key) == c.key


def test_tables_of_the_user(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text('label,target\n"Pso, left",psoas_left\n17,psoas right\nliver,ignore\n')
    table = read_table(path)
    assert table.of_name("pso LEFT") == "psoas_left"
    assert table.of_value(17) == table.of_name("17") == "psoas_right"
    assert table.of_name("Liver") == "ignore"
    assert table.of_name("psoas_left") is None  # only what the table has
    assert read_table(f"{path}:swapped").of_value(17) == "psoas_left"
    mapping = tmp_path / "mapping.toml"
    mapping.write_text("others = [4]\n[labels]\npsoas_left = [7, 9]\n")
    table = read_table(mapping)
    assert [table.of_value(v) for v in (7, 9, 4, 5)] == ["psoas_left", "psoas_left", "ignore", None]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("label,target\nx,psoas\n", "Use psoas_left or psoas_right"),
        ("label,target\nx,liver\n", 'maps "x" to "liver"'),
        ("label,target\nx,psoas_left\nX,psoas_right\n", "twice"),
        ("name,muscle\nx,psoas_left\n", 'no columns "label" and "target"'),
    ],
)
def test_bad_tables(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=words):
        read_table(tmp_path / "t.csv")


def test_unknown_preset() -> None:
    with pytest.raises(InputError, match="neither a known label table nor a file"):
        read_table("totalsegmentor")


@pytest.mark.shared
def test_the_shared_cases_load_with_their_doubts_told(shared_data: Path) -> None:
    case = load_case(shared_data / "cases" / "ts_example")
    assert codes(case) <= {"labels_unused"}
    assert not [flag for flag in case.flags if flag.severity is Severity.FAILURE]
    # slices.json: default 42-101, gluteus medius 8-101
    assert np.flatnonzero(case.annotated[:, PSOAS])[[0, -1]].tolist() == [42, 101]
    assert np.flatnonzero(case.annotated[:, 3])[[0, -1]].tolist() == [8, 101]
