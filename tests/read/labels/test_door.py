"""The same label map, written in every format by the formats' own libraries, reads back alike."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    RLELossless,
    RTStructureSetStorage,
    generate_uid,
)

from myotome.errors import GridMismatchError, InputError
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.label_map import LabelMap
from myotome.read.labels.door import read_labels
from myotome.read.labels.rtstruct import filled
from myotome.voxels.place import place

nrrd = pytest.importorskip("nrrd", reason="needs pynrrd, of the [train] extra")
highdicom = pytest.importorskip("highdicom", reason="needs highdicom, of the [dicom] extra")

GRID = Grid.axial((5, 7, 9), (2.5, 0.7, 0.8), (-31.0, 12.5, -400.25))
NAMES = {"psoas left": 1, "psoas right": 2, "QL left": 3}
ORDERS = list(
    itertools.product(itertools.permutations(range(3)), itertools.product((0, 1), repeat=3))
)
Labels = NDArray[np.uint8]
Order = tuple[tuple[int, ...], tuple[int, ...]]


def truth() -> Labels:
    labels = np.zeros(GRID.shape, np.uint8)
    labels[1:4, 2:5, 6:8] = 1
    labels[0:3, 2:5, 1:3] = 2
    labels[3, 1, 7] = 3
    labels[3, 6, 0] = 3
    return labels


def scrambled(labels: Labels, grid: Grid, order: Order) -> tuple[Labels, Grid]:
    """The same voxels with array axes in another order and direction."""
    axes, flips = order
    matrix, columns, origin = grid.matrix, [], grid.matrix[:3, 3].copy()
    array = labels.transpose(axes)
    for axis, flip in zip(axes, flips, strict=True):
        column = matrix[:3, 2 - axis]
        if flip:
            origin += column * (grid.shape[axis] - 1)
        columns.append(-column if flip else column)
    array = array[tuple(slice(None, None, -1) if f else slice(None) for f in flips)]
    out = np.eye(4)
    out[:3, :3] = np.array(columns[::-1]).T
    out[:3, 3] = origin
    return np.ascontiguousarray(array), Grid.from_matrix(array.shape, out)


def as_nifti(folder: Path, array: Labels, grid: Grid) -> Path:
    image = nibabel.Nifti1Image(array.transpose(), np.diag([-1, -1, 1, 1]) @ grid.matrix)
    image.header.set_xyzt_units("mm")
    path = folder / "labels.nii.gz"
    nibabel.save(image, path)
    return path


def nrrd_space(grid: Grid, space: str) -> dict[str, object]:
    signs = {"LPS": (1, 1, 1), "RAS": (-1, -1, 1), "LAS": (1, -1, 1)}[space]
    matrix = np.diag([*signs, 1.0]) @ grid.matrix
    words = {
        "LPS": "left-posterior-superior",
        "RAS": "right-anterior-superior",
        "LAS": "left-anterior-superior",
    }
    return {
        "space": words[space],
        "space directions": matrix[:3, :3].T,
        "space origin": matrix[:3, 3],
    }


def as_nrrd(folder: Path, array: Labels, grid: Grid, space: str = "RAS") -> Path:
    path = folder / "labels.nrrd"
    nrrd.write(str(path), array, nrrd_space(grid, space), index_order="C")
    return path


def segment_words(layers: dict[str, tuple[int, int]], extent: str) -> dict[str, str]:
    words = {
        "Segmentation_MasterRepresentation": "Binary labelmap",
        "Segmentation_ReferenceImageExtentOffset": "3 2 1",
    }
    for n, (name, (layer, value)) in enumerate(layers.items()):
        words |= {
            f"Segment{n}_ID": f"Segment_{n}",
            f"Segment{n}_Name": name,
            f"Segment{n}_LabelValue": str(value),
            f"Segment{n}_Layer": str(layer),
            f"Segment{n}_Extent": extent,
        }
    return words


def as_slicer(folder: Path, array: Labels, grid: Grid) -> Path:
    path = folder / "labels.seg.nrrd"
    words = segment_words({n: (0, v) for n, v in NAMES.items()}, "0 8 0 6 0 4")
    nrrd.write(str(path), array, nrrd_space(grid, "LPS") | words, index_order="C")
    return path


def as_layers(folder: Path, array: Labels, grid: Grid) -> Path:
    """Two layers that both use the value 1, as Slicer does for segments that may overlap."""
    path = folder / "layers.seg.nrrd"
    layers = np.stack([np.where(array == 3, 2, array == 1), array == 2], axis=-1).astype(np.uint8)
    space = nrrd_space(grid, "LPS")
    nothing = np.full((1, 3), np.nan)
    space["space directions"] = np.vstack([nothing, np.asarray(space["space directions"])])
    rows = {"psoas left": (0, 1), "psoas right": (1, 1), "QL left": (0, 2)}
    words = {"kinds": ["list", "domain", "domain", "domain"], **segment_words(rows, "")}
    nrrd.write(str(path), layers, space | words, index_order="C")
    return path


def ct_datasets(grid: Grid) -> list[Dataset]:
    """Just enough of a CT series for highdicom to refer to."""
    uids = {n: generate_uid() for n in ("StudyInstanceUID", "SeriesInstanceUID")}
    frame = generate_uid()
    out = []
    dk, dj, di = grid.spacing_mm
    for k in range(grid.shape[0]):
        d = Dataset()
        d.file_meta = FileMetaDataset()
        d.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        for name, uid in uids.items():
            setattr(d, name, uid)
        d.SOPClassUID, d.SOPInstanceUID, d.FrameOfReferenceUID = (
            CTImageStorage,
            generate_uid(),
            frame,
        )
        d.PatientID, d.PatientName, d.PatientBirthDate, d.PatientSex = "T", "Phan^Tom", "", ""
        d.StudyDate, d.StudyTime, d.StudyID, d.AccessionNumber = "", "", "", ""
        d.ReferringPhysicianName, d.Modality, d.InstanceNumber = "", "CT", k + 1
        d.Rows, d.Columns, d.SliceThickness = grid.shape[1], grid.shape[2], round(dk, 6)
        d.PixelSpacing = [round(dj, 6), round(di, 6)]
        d.ImageOrientationPatient = [round(v, 6) for v in grid.direction[:, :2].T.ravel()]
        d.ImagePositionPatient = [round(v, 6) for v in grid.to_lps_mm((k, 0, 0))]
        d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 16, 16, 15, 1
        d.SamplesPerPixel, d.PhotometricInterpretation = 1, "MONOCHROME2"
        out.append(d)
    return out


def segment_descriptions(names: dict[str, int]) -> list[object]:
    from highdicom.seg import SegmentDescription
    from pydicom.sr.codedict import codes

    return [
        SegmentDescription(
            segment_number=value,
            segment_label=name,
            segmented_property_category=codes.SCT.Tissue,
            segmented_property_type=codes.SCT.Muscle,
            algorithm_type="MANUAL",
        )
        for name, value in names.items()
    ]


def as_seg(
    folder: Path,
    array: Labels,
    grid: Grid,
    kind: str = "BINARY",
    syntax: str = ExplicitVRLittleEndian,
    **more: object,
) -> Path:
    seg = highdicom.seg.Segmentation(
        source_images=ct_datasets(grid),
        pixel_array=array,
        segmentation_type=kind,
        segment_descriptions=segment_descriptions(NAMES),
        series_instance_uid=generate_uid(),
        series_number=2,
        sop_instance_uid=generate_uid(),
        instance_number=1,
        manufacturer="x",
        manufacturer_model_name="x",
        software_versions="1",
        device_serial_number="1",
        transfer_syntax_uid=syntax,
        **more,
    )
    path = folder / "labels.dcm"
    seg.save_as(path)
    return path


def as_labelmap_seg(folder: Path, array: Labels, grid: Grid) -> Path:
    return as_seg(folder, array, grid, kind="LABELMAP")


def rtstruct(
    contours: dict[str, list[NDArray[np.float64]]], kind: str = "CLOSED_PLANAR"
) -> Dataset:
    d = Dataset()
    d.file_meta = FileMetaDataset()
    d.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    d.file_meta.MediaStorageSOPClassUID = d.SOPClassUID = RTStructureSetStorage
    d.file_meta.MediaStorageSOPInstanceUID = d.SOPInstanceUID = generate_uid()
    d.Modality = "RTSTRUCT"
    d.StructureSetROISequence, d.ROIContourSequence = Sequence(), Sequence()
    for number, (name, polygons) in enumerate(contours.items(), start=11):
        roi, drawn = Dataset(), Dataset()
        roi.ROINumber, roi.ROIName, drawn.ReferencedROINumber = number, name, number
        drawn.ContourSequence = Sequence()
        for points in polygons:
            c = Dataset()
            c.ContourGeometricType, c.NumberOfContourPoints = kind, len(points)
            c.ContourData = [f"{v:.4f}" for v in points.ravel()]
            drawn.ContourSequence.append(c)
        d.StructureSetROISequence.append(roi)
        d.ROIContourSequence.append(drawn)
    return d


def as_rtstruct(folder: Path, array: Labels, grid: Grid) -> Path:
    """Every pixel as its own small square; the CT's grid stays the canonical one."""
    contours: dict[str, list[NDArray[np.float64]]] = {}
    corners = np.array([[0, -0.5, -0.5], [0, -0.5, 0.5], [0, 0.5, 0.5], [0, 0.5, -0.5]])
    canonical = Grid.canonical(grid)
    labels = truth()
    for name, value in NAMES.items():
        contours[name] = [
            canonical.to_lps_mm(np.array(index) + corners) for index in np.argwhere(labels == value)
        ]
    path = folder / "structures.dcm"
    rtstruct(contours).save_as(path, enforce_file_format=True)
    return path


WRITERS: dict[str, tuple[Callable[..., Path], bool]] = {
    "nifti": (as_nifti, False),
    "nrrd": (as_nrrd, False),
    "slicer": (as_slicer, True),
    "layers": (as_layers, True),
    "seg": (as_seg, True),
    "labelmap_seg": (as_labelmap_seg, True),
    "rtstruct": (as_rtstruct, True),
}


def renamed(found: LabelMap) -> Labels:
    """Values as in :data:`NAMES`, whatever the format called them."""
    if not found.names:
        return found.labels.astype(np.uint8)
    out = np.zeros(found.grid.shape, np.uint8)
    for name, value in found.names.items():
        out[found.labels == value] = NAMES[name]
    return out


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("order", [ORDERS[0], ORDERS[7], ORDERS[29], ORDERS[47]], ids=str)
def test_every_format_gives_the_same_labels(tmp_path: Path, form: str, order: Order) -> None:
    writer, named = WRITERS[form]
    path = writer(tmp_path, *scrambled(truth(), GRID, order))
    found = read_labels(path, GRID)
    labels, lost = place(found, GRID)
    np.testing.assert_array_equal(
        renamed(LabelMap(labels=labels, grid=GRID, format="", names=found.names)), truth()
    )
    assert lost == 0
    assert set(found.names) == (set(NAMES) if named else set())


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    order=st.sampled_from(ORDERS),
    space=st.sampled_from(["LPS", "RAS", "LAS"]),
    lows=st.tuples(*[st.integers(0, 1)] * 3),
    highs=st.tuples(*[st.integers(0, 1)] * 3),
)
def test_cropped_flipped_and_permuted_nrrd_lands_on_the_ct(
    tmp_path: Path, order: Order, space: str, lows: tuple[int, ...], highs: tuple[int, ...]
) -> None:
    expected = truth()
    part = tuple(slice(a, n - b) for a, b, n in zip(lows, highs, GRID.shape, strict=True))
    matrix = GRID.matrix
    matrix[:3, 3] = GRID.to_lps_mm(lows)
    cropped = Grid.from_matrix(expected[part].shape, matrix)
    path = as_nrrd(tmp_path, *scrambled(expected[part], cropped, order), space=space)
    labels, _ = place(read_labels(path), GRID)
    kept = np.zeros_like(expected)
    kept[part] = expected[part]
    np.testing.assert_array_equal(labels, kept)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.sampled_from(ORDERS))
def test_nifti_of_any_orientation(tmp_path: Path, order: Order) -> None:
    found = read_labels(as_nifti(tmp_path, *scrambled(truth(), GRID, order)))
    np.testing.assert_array_equal(found.labels, truth())
    assert found.grid.matches(GRID, tolerance_mm=1e-3)


def test_labels_beyond_the_ct_are_counted(tmp_path: Path) -> None:
    found = read_labels(as_nifti(tmp_path, truth(), GRID))
    labels, lost = place(found, GRID.crop_k(1, 5))
    np.testing.assert_array_equal(labels, truth()[1:])
    assert lost == np.count_nonzero(truth()[0])
    with pytest.raises(GridMismatchError, match="wholly outside"):
        place(found, Grid.axial(GRID.shape, GRID.spacing_mm, (-31.0, 12.5, 500 * 2.5 - 400.25)))


@pytest.mark.parametrize(
    ("spacing", "origin"),
    [((2.5, 0.7, 0.8), (-30.6, 12.5, -400.25)), ((2.5, 0.7, 0.75), (-31.0, 12.5, -400.25))],
)
def test_another_grid_is_refused(
    tmp_path: Path, spacing: tuple[float, ...], origin: tuple[float, ...]
) -> None:
    found = read_labels(as_nifti(tmp_path, truth(), GRID))
    with pytest.raises(GridMismatchError, match=r"another grid .* mm beside the CT's"):
        place(found, Grid.axial(GRID.shape, spacing, origin))  # type: ignore[arg-type]


def test_compressed_segs(tmp_path: Path) -> None:
    from pydicom import dcmread

    found = read_labels(as_seg(tmp_path, truth(), GRID, kind="LABELMAP", syntax=RLELossless))
    np.testing.assert_array_equal(place(found, GRID)[0], truth())
    dataset = dcmread(as_seg(tmp_path, truth(), GRID))
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.save_as(tmp_path / "deflated.dcm")
    found = read_labels(tmp_path / "deflated.dcm")
    np.testing.assert_array_equal(place(found, GRID)[0], truth())


def shuffled_seg(folder: Path, seed: int = 3) -> Path:
    """A binary SEG whose frames lie in random order."""
    from pydicom import dcmread
    from pydicom.pixels.utils import pack_bits

    dataset = dcmread(as_seg(folder, truth(), GRID))
    order = np.random.default_rng(seed).permutation(int(dataset.NumberOfFrames))
    dataset.PixelData = pack_bits(dataset.pixel_array[order])
    groups = dataset.PerFrameFunctionalGroupsSequence
    dataset.PerFrameFunctionalGroupsSequence = Sequence([groups[n] for n in order])
    path = folder / "shuffled.dcm"
    dataset.save_as(path)
    return path


def test_seg_frames_may_come_in_any_order_and_empty_ones_be_left_out(tmp_path: Path) -> None:
    found = read_labels(shuffled_seg(tmp_path))
    assert found.grid.shape[0] == 4  # the fifth slice has no label and no frame
    np.testing.assert_array_equal(place(found, GRID)[0], truth())


def test_a_seg_with_gaps_takes_its_step_from_the_ct(tmp_path: Path) -> None:
    from pydicom import dcmread

    labels = truth()
    labels[1::2] = 0
    dataset = dcmread(as_seg(tmp_path, labels, GRID))
    measures = dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    if "SpacingBetweenSlices" in measures:
        del measures.SpacingBetweenSlices
    dataset.save_as(tmp_path / "gaps.dcm")
    found = read_labels(tmp_path / "gaps.dcm", GRID)
    np.testing.assert_array_equal(place(found, GRID)[0], labels)


def test_the_side_may_be_in_the_codes_of_a_seg(tmp_path: Path) -> None:
    from pydicom import dcmread

    dataset = dcmread(as_seg(tmp_path, truth(), GRID))
    for item, side in zip(dataset.SegmentSequence[:2], ("Left", "Right"), strict=True):
        item.SegmentLabel = "Psoas"
        code = Dataset()
        code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "7771000", "SCT", side
        item.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [code]
    dataset.save_as(tmp_path / "sides.dcm")
    assert set(read_labels(tmp_path / "sides.dcm").names) == {
        "Psoas left",
        "Psoas right",
        "QL left",
    }


def test_fractional_seg_is_refused(tmp_path: Path) -> None:
    share = (truth()[..., None] == [1, 2, 3]).astype(np.float32)
    path = as_seg(tmp_path, share, GRID, kind="FRACTIONAL")
    with pytest.raises(InputError, match="fractional"):
        read_labels(path)


def test_overlapping_segments_are_named(tmp_path: Path) -> None:
    both = np.zeros((*GRID.shape, 3), np.uint8)
    both[2, 2:4, 2:4, 0] = 1
    both[2, 3, 3:6, 1] = 1
    path = as_seg(tmp_path, both, GRID)
    with pytest.raises(InputError, match='"psoas left" and "psoas right" overlap in 1 voxels'):
        read_labels(path)
    alone = read_labels(path, keep=lambda name, _: name != "psoas right")
    assert np.count_nonzero(alone.labels) == 4


def test_overlapping_slicer_layers_are_named(tmp_path: Path) -> None:
    path = as_layers(tmp_path, truth(), GRID)
    values, header = nrrd.read(str(path), index_order="C")
    values[1, 2, 6, :] = 1
    nrrd.write(str(path), values, header, index_order="C")
    with pytest.raises(InputError, match='"psoas left" and "psoas right" overlap'):
        read_labels(path)


def test_slicer_segmentation_without_voxels_is_refused(tmp_path: Path) -> None:
    one = Grid.axial((1, 1, 1), (1, 1, 1))
    with pytest.raises(InputError, match="is empty"):
        read_labels(as_slicer(tmp_path, np.zeros((1, 1, 1), np.uint8), one))


def test_a_folder_of_masks_is_read_by_file_names(tmp_path: Path) -> None:
    for name, value in NAMES.items():
        as_nifti(tmp_path, (truth() == value).astype(np.uint8), GRID).rename(
            tmp_path / f"{name}.nii.gz"
        )
    found = read_labels(tmp_path)
    np.testing.assert_array_equal(renamed(found), truth())


ELLIPSES = [(14.3, 9.1), (6.2, 21.7), (30.0, 30.0)]


@pytest.mark.parametrize("radii", ELLIPSES)
def test_area_of_a_contour_is_that_of_its_ellipse(
    tmp_path: Path, radii: tuple[float, float]
) -> None:
    ct = Grid.axial((3, 96, 96), (5.0, 0.75, 0.75), (-36.0, -36.0, 10.0))
    angle = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    x, y = 0.3 + radii[0] * np.cos(angle), -0.2 + radii[1] * np.sin(angle)
    outline = np.stack([x, y, np.full_like(x, 15.0)], axis=1)
    rtstruct({"psoas left": [outline]}).save_as(tmp_path / "e.dcm", enforce_file_format=True)
    found = read_labels(tmp_path / "e.dcm", ct)
    area = np.count_nonzero(found.labels[1]) * 0.75**2
    assert not found.labels[[0, 2]].any()
    # pi a b; counting pixel centres errs by about half a pixel on a few edge pixels
    assert area == pytest.approx(np.pi * radii[0] * radii[1], rel=0.01)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_filling_agrees_with_matplotlib_inside_test(seed: int) -> None:
    from matplotlib.path import Path as Outline

    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 12))
    radius = rng.uniform(3, 14, 12)
    points = np.stack([15 + radius * np.sin(angle), 15.1 + radius * np.cos(angle)], axis=1)
    j, i = np.mgrid[:30, :30]
    inside = Outline(points).contains_points(np.stack([j.ravel(), i.ravel()], axis=1))
    assert (filled(points, (30, 30)) != inside.reshape(30, 30)).mean() < 0.005


def test_an_inner_contour_is_a_hole_and_outside_is_clipped() -> None:
    outer = np.array([[-5.0, -5.0], [-5.0, 7.5], [7.5, 7.5], [7.5, -5.0]])
    inner = np.array([[1.5, 1.5], [1.5, 3.5], [3.5, 3.5], [3.5, 1.5]])
    plane = filled(outer, (10, 12)) ^ filled(inner, (10, 12))
    assert plane.sum() == 8 * 8 - 2 * 2
    assert not plane[2:4, 2:4].any()
    keyhole = np.vstack([outer, outer[:1], inner, inner[:1]])
    np.testing.assert_array_equal(filled(keyhole, (10, 12)), plane)


def test_contours_between_slices_and_without_ct_are_refused(tmp_path: Path) -> None:
    square = np.array([[-30, 13, -399.0], [-28, 13, -399.0], [-28, 15, -399.0]])
    rtstruct({"psoas left": [square]}).save_as(tmp_path / "e.dcm", enforce_file_format=True)
    with pytest.raises(InputError, match="contours need the CT"):
        read_labels(tmp_path / "e.dcm")
    with pytest.raises(GridMismatchError, match="slices beside the nearest slice"):
        read_labels(tmp_path / "e.dcm", GRID)


def test_points_and_lines_of_a_structure_set_are_no_labels(tmp_path: Path) -> None:
    square = np.array([[-30, 13, -397.75], [-28, 13, -397.75], [-28, 15, -397.75]])
    rtstruct({"iso": [square]}, "POINT").save_as(tmp_path / "e.dcm", enforce_file_format=True)
    found = read_labels(tmp_path / "e.dcm", GRID)
    assert not found.names
    assert not found.labels.any()


def test_an_oblique_label_map_keeps_its_slices(tmp_path: Path) -> None:
    turn = np.deg2rad(8.0)
    matrix = GRID.matrix
    rotation = np.array(
        [[1, 0, 0], [0, np.cos(turn), -np.sin(turn)], [0, np.sin(turn), np.cos(turn)]]
    )
    matrix[:3, :3] = rotation @ matrix[:3, :3]
    oblique = Grid.from_matrix(GRID.shape, matrix)
    found = read_labels(as_seg(tmp_path, truth(), oblique))
    np.testing.assert_array_equal(place(found, oblique)[0], truth())
    with pytest.raises(GridMismatchError):
        place(found, GRID)
