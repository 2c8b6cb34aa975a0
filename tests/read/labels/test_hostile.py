"""Damaged and hostile label files are refused in words, and nothing outside them is read."""

from __future__ import annotations

import gzip
import io
import zlib
from pathlib import Path

import nibabel
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset, FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    RTStructureSetStorage,
    SegmentationStorage,
    generate_uid,
)

from myotome.errors import GeometryError, InputError, MyotomeError
from myotome.nouns.space.grid import Grid
from myotome.read import nrrd as nrrd_reader
from myotome.read.bounded import dicom as bounded
from myotome.read.labels.door import read_labels

HEAD = {
    "type": "uint8",
    "dimension": "3",
    "space": "left-posterior-superior",
    "sizes": "3 4 5",
    "space directions": "(1,0,0) (0,1,0) (0,0,2)",
    "encoding": "raw",
    "space origin": "(0,0,0)",
}
VALUES = bytes(i % 3 for i in range(60))


def write(path: Path, data: bytes = VALUES, **changes: str | None) -> Path:
    fields = HEAD | {key.replace("_", " "): value for key, value in changes.items()}
    lines = ["NRRD0004", *(f"{k}: {v}" for k, v in fields.items() if v is not None)]
    path.write_bytes("\n".join(lines).encode() + b"\n\n" + data)
    return path


def test_the_plain_file_is_read(tmp_path: Path) -> None:
    found = read_labels(write(tmp_path / "a.nrrd"))
    assert found.labels.shape == (5, 4, 3)
    assert found.values() == (1, 2)
    zipped = read_labels(write(tmp_path / "b.nrrd", gzip.compress(VALUES), encoding="gzip"))
    np.testing.assert_array_equal(zipped.labels, found.labels)


@pytest.mark.parametrize("field", ["data file", "datafile", "Data File"])
@pytest.mark.parametrize("name", ["../secret.raw", "LIST", "/etc/hostname", "a%03d.raw 1 5 1"])
def test_detached_data_are_refused_and_not_opened(tmp_path: Path, field: str, name: str) -> None:
    (tmp_path / "secret.raw").write_bytes(VALUES)
    (tmp_path / "in").mkdir()
    path = write(tmp_path / "in" / "a.nhdr", b"", **{field: name})
    with pytest.raises(InputError, match="separate data file") as caught:
        read_labels(path)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"sizes": "40000 40000 40000"}, InputError, "more than any CT has"),
        ({"sizes": "3 4"}, InputError, "do not fit"),
        ({"sizes": "3 -4 5"}, InputError, "do not fit"),
        ({"sizes": "3 four 5"}, InputError, "no whole numbers"),
        ({"dimension": "1000000"}, InputError, "do not fit"),
        ({"sizes": "3 4 6"}, InputError, "ends before"),
        ({"type": "block"}, InputError, "type of values"),
        ({"type": "int16"}, InputError, "byte order"),
        ({"encoding": "hex"}, InputError, "neither raw nor gzip"),
        ({"encoding": "gzip"}, InputError, "damaged"),
        ({"byte_skip": "-1"}, InputError, "byte skip"),
        ({"space": None}, GeometryError, "patient directions"),
        ({"space": "scanner-xyz"}, GeometryError, "patient directions"),
        ({"space_directions": "(1,0,0) (0,1,0) none"}, GeometryError, "axes of space"),
        ({"space_directions": "(1,0,0) (0,1,0) (0,0,0)"}, GeometryError, "singular"),
        ({"space_directions": "(1,0,0) (0,1,0) (0,0,inf)"}, GeometryError, "finite"),
        ({"space_directions": "(1,0,0) (0,1,0) (0,0,x)"}, GeometryError, "makes no sense"),
        ({"space_units": '"cm" "cm" "cm"'}, GeometryError, "not in mm"),
        ({"a line": None, "garbage\nnothing": "x"}, InputError, "makes no sense"),
    ],
)
def test_hostile_nrrd_headers(
    tmp_path: Path, changes: dict[str, str | None], error: type[MyotomeError], words: str
) -> None:
    with pytest.raises(error, match=words):
        read_labels(write(tmp_path / "a.nrrd", **changes))


def test_no_more_is_unpacked_than_the_header_announces(tmp_path: Path) -> None:
    bomb = gzip.compress(VALUES + bytes(50_000_000))
    path = write(tmp_path / "a.nrrd", bomb, encoding="gzip")
    assert read_labels(path).labels.size == 60
    head = nrrd_reader.read_head(path)
    assert nrrd_reader.read_values(path, head).nbytes == 60


def test_a_header_without_an_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.nrrd").write_bytes(b"NRRD0004\n" + b"# more\n" * 400_000)
    with pytest.raises(InputError, match="does not end"):
        read_labels(tmp_path / "a.nrrd")


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(0, 300), byte=st.integers(0, 255), cut=st.integers(0, 320))
def test_any_damage_to_a_nrrd_is_refused_in_our_words(
    tmp_path: Path, at: int, byte: int, cut: int
) -> None:
    path = write(tmp_path / "a.nrrd")
    content = bytearray(path.read_bytes())
    content[at % len(content)] = byte
    path.write_bytes(bytes(content[: max(cut, 20)]))
    told, size = "", 0
    try:
        size = read_labels(path).labels.size
    except MyotomeError as error:
        told = str(error)
    assert str(tmp_path) not in told
    assert size <= 60


def nifti(path: Path, array: np.ndarray, dtype: type = np.uint8) -> Path:
    nibabel.save(nibabel.Nifti1Image(array.astype(dtype), np.diag([-1.0, -1, 2, 1])), path)
    return path


def test_nifti_labels_are_whole_and_complete(tmp_path: Path) -> None:
    good = np.arange(24).reshape(2, 3, 4)
    assert read_labels(nifti(tmp_path / "a.nii", good, np.float32)).labels.max() == 23
    holes = np.where(good == 3, np.nan, good)
    for bad, words in ((good + 0.5, "fractions"), (good - 1.0, "from -1"), (holes, "from nan")):
        with pytest.raises(InputError, match=words):
            read_labels(nifti(tmp_path / "b.nii", bad, np.float32))
    content = nifti(tmp_path / "c.nii", good).read_bytes()
    (tmp_path / "c.nii").write_bytes(content[:-5])
    with pytest.raises(InputError, match="ends before"):
        read_labels(tmp_path / "c.nii")
    header = bytearray(content)
    header[42:48] = np.array([32000, 32000, 32000], "<i2").tobytes()
    (tmp_path / "d.nii").write_bytes(bytes(header))
    with pytest.raises(InputError, match="more than any CT has"):
        read_labels(tmp_path / "d.nii")


def dicom(path: Path, dataset: Dataset, syntax: str = ExplicitVRLittleEndian) -> Path:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid()
    dataset.save_as(path, enforce_file_format=True)
    return path


def test_a_deflate_bomb_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = Dataset()
    dataset.SOPClassUID = SegmentationStorage
    dataset.add_new(0x00420011, "OB", bytes(8_000_000))
    path = dicom(tmp_path / "a.dcm", dataset, DeflatedExplicitVRLittleEndian)
    monkeypatch.setattr(bounded, "MOST_HEADER", 500_000)
    monkeypatch.setattr(bounded, "_MOST_OTHER", 1_000_000)
    with pytest.raises(InputError, match="unpacks to more"):
        read_labels(path)


def test_damaged_dicom(tmp_path: Path) -> None:
    dataset = Dataset()
    dataset.SOPClassUID = SegmentationStorage
    dataset.SegmentationType = "BINARY"
    with pytest.raises(InputError, match="does not describe its frames"):
        read_labels(dicom(tmp_path / "a.dcm", dataset))
    dataset.NumberOfFrames = 1
    dataset.PerFrameFunctionalGroupsSequence = [Dataset()]
    with pytest.raises(GeometryError, match="where its frames lie"):
        read_labels(dicom(tmp_path / "b.dcm", dataset))
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    with pytest.raises(InputError, match="neither a segmentation nor"):
        read_labels(dicom(tmp_path / "c.dcm", dataset))
    (tmp_path / "d.dcm").write_bytes(bytes(128) + b"DICM" + b"\xff" * 40)
    with pytest.raises(InputError):
        read_labels(tmp_path / "d.dcm")


@pytest.mark.parametrize("data", [["1", "2"], ["1", "2", "3"], ["x"] * 9, ["1e999"] * 9])
def test_damaged_contours(tmp_path: Path, data: list[str]) -> None:
    contour, drawn, roi, dataset = Dataset(), Dataset(), Dataset(), Dataset()
    contour.ContourGeometricType = "CLOSED_PLANAR"
    contour.add_new(0x30060050, "LT", "\\".join(data))
    drawn.ReferencedROINumber = roi.ROINumber = 1
    roi.ROIName = "psoas left"
    drawn.ContourSequence = [contour]
    dataset.SOPClassUID = RTStructureSetStorage
    dataset.ROIContourSequence, dataset.StructureSetROISequence = [drawn], [roi]
    with pytest.raises(InputError, match='contour of "psoas left"'):
        read_labels(dicom(tmp_path / "a.dcm", dataset), Grid.axial((3, 4, 5), (1, 1, 1)))


def test_unknown_formats_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="do not exist"):
        read_labels(tmp_path / "nothing.nii")
    (tmp_path / "a.txt").write_bytes(b"labels")
    with pytest.raises(InputError, match="no known format"):
        read_labels(tmp_path / "a.txt")
    (tmp_path / "b.nii.gz").write_bytes(zlib.compress(b"labels") + io.BytesIO(b"x").read())
    with pytest.raises(InputError):
        read_labels(tmp_path)
    with pytest.raises(InputError):
        read_labels(tmp_path / "b.nii.gz")


@pytest.mark.parametrize(
    "slips", [["1\\1\\0"], ["1\\1\\0\\2\\2\\0"], ["1.2\\1\\0", "2\\2\\0\\1\\1\\0"]]
)
def test_a_slip_among_contours_refuses_nothing(tmp_path: Path, slips: list[str]) -> None:
    square = "0.3\\0.3\\{z}\\2.6\\0.3\\{z}\\2.6\\2.6\\{z}\\0.3\\2.6\\{z}"
    drawn, roi, dataset = Dataset(), Dataset(), Dataset()
    drawn.ContourSequence = []
    for points in (*(square.format(z=z) for z in range(5)), *slips):
        contour = Dataset()
        contour.ContourGeometricType = "CLOSED_PLANAR"
        contour.add_new(0x30060050, "LT", points)
        drawn.ContourSequence.append(contour)
    drawn.ReferencedROINumber = roi.ROINumber = 1
    roi.ROIName = "psoas left"
    dataset.SOPClassUID = RTStructureSetStorage
    dataset.ROIContourSequence, dataset.StructureSetROISequence = [drawn], [roi]
    found = read_labels(dicom(tmp_path / "a.dcm", dataset), Grid.axial((5, 4, 4), (1, 1, 1)))
    assert found.lost == len(slips)
    assert found.labels.any(axis=(1, 2)).all()
