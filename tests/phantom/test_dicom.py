"""The DICOM studies as pydicom reads them, sound and with every fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileDataset
from pydicom.errors import InvalidDicomError

from myotome.errors import InputError, OutputError
from myotome.phantom import (
    FAULTS,
    Anatomy,
    FaultRow,
    Faults,
    Phantom,
    Recipe,
    WrittenStudy,
    faults_named,
    render_recipe,
    write_dicom,
)
from myotome.phantom.dicom.headers import HEADER_FAULT, WHICH
from myotome.phantom.dicom.lossless import encode_jpeg_lossless

CT = "1.2.840.10008.5.1.4.1.1.2"
EXPECTED = {"corrected", "refused", "other series used", "flagged"}


@pytest.fixture(scope="module")
def phantom() -> Phantom:
    recipe = Recipe(spacing_mm=(12.0, 6.0, 6.0), oversample=1, contrast="venous")
    return render_recipe(Anatomy(), recipe)


@pytest.fixture(scope="module")
def short(phantom: Phantom) -> Phantom:
    """Only 40 mm, so that millimetre slices are few."""
    z = phantom.anatomy.level_z_mm("L3")
    return render_recipe(phantom.anatomy, replace(phantom.recipe, z_mm=(z + 20, z - 20)))


def read_all(study: WrittenStudy) -> list[FileDataset]:
    found = []
    for name in study.files:
        try:
            found.append(pydicom.dcmread(study.folder / name))
        except (InvalidDicomError, EOFError):
            continue
    return [ds for ds in found if "SOPClassUID" in ds]


def hounsfield(ds: pydicom.Dataset) -> np.ndarray:
    return ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept)


def axial(datasets: list[FileDataset]) -> list[FileDataset]:
    """Single-frame CT images of the main series, from feet to head."""
    main = [d for d in datasets if d.SOPClassUID == CT and d.SeriesNumber == 2]
    flat = [d for d in main if abs(float(d.ImageOrientationPatient[5])) < 0.5]
    return sorted(flat, key=lambda d: float(d.ImagePositionPatient[2]))


def zs(datasets: list[FileDataset]) -> np.ndarray:
    return np.array([float(d.ImagePositionPatient[2]) for d in axial(datasets)])


def test_sound_study_has_the_phantoms_geometry_and_values(phantom: Phantom, tmp_path: Path) -> None:
    study = write_dicom(phantom, tmp_path / "ct")
    slices = axial(read_all(study))
    grid = phantom.volume.grid
    assert len(slices) == grid.shape[0]
    for k, ds in enumerate(slices):
        corner = grid.to_lps_mm((k, 0, 0))
        np.testing.assert_allclose([float(v) for v in ds.ImagePositionPatient], corner, atol=1e-6)
        assert [float(v) for v in ds.PixelSpacing] == list(grid.spacing_mm[1:])
        np.testing.assert_array_equal(hounsfield(ds), phantom.volume.hu[k])
    numbers = [int(ds.InstanceNumber) for ds in slices]
    assert numbers == list(range(len(slices), 0, -1))


def test_sound_study_has_what_the_standard_requires(phantom: Phantom, tmp_path: Path) -> None:
    """Type 1 and 2 attributes of the CT image IOD's mandatory modules (PS3.3, A.3)."""
    slices = axial(read_all(write_dicom(phantom, tmp_path / "ct")))
    filled = (
        "SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID Modality ImageType "
        "FrameOfReferenceUID PixelSpacing ImageOrientationPatient ImagePositionPatient Rows "
        "Columns BitsAllocated BitsStored HighBit PixelRepresentation SamplesPerPixel "
        "PhotometricInterpretation RescaleIntercept RescaleSlope PatientPosition"
    )
    present = (
        "PatientName PatientID PatientBirthDate PatientSex StudyDate StudyTime StudyID "
        "ReferringPhysicianName AccessionNumber SeriesNumber Manufacturer InstanceNumber "
        "SliceThickness KVP AcquisitionNumber PositionReferenceIndicator"
    )
    for keyword in filled.split():
        assert all(str(ds[keyword].value) for ds in slices), keyword
    for keyword in present.split():
        assert all(keyword in ds for ds in slices), keyword
    assert len({ds.SOPInstanceUID for ds in slices}) == len(slices)
    assert len({ds.SeriesInstanceUID for ds in slices}) == 1
    assert {str(ds.PatientName) for ds in slices} == {"Phantom"}


def test_uids_repeat(phantom: Phantom, tmp_path: Path) -> None:
    first, again = (read_all(write_dicom(phantom, tmp_path / n)) for n in "ab")
    assert [d.SOPInstanceUID for d in first] == [d.SOPInstanceUID for d in again]


def _gap(study: WrittenStudy, found: list[FileDataset]) -> None:
    steps = np.diff(zs(found))
    assert np.isclose(steps, 48).sum() == 1
    assert np.isclose(steps, 12).sum() == len(steps) - 1


def _variable(study: WrittenStudy, found: list[FileDataset]) -> None:
    steps = np.diff(zs(found))
    assert np.isclose(steps, 24).sum() > 5
    assert np.isclose(steps, 12).sum() > 5


def _duplicates(study: WrittenStudy, found: list[FileDataset]) -> None:
    assert np.isclose(np.diff(zs(found)), 0).sum() == 4
    assert len({d.SOPInstanceUID for d in found}) == len(found)


def _tilt(study: WrittenStudy, found: list[FileDataset]) -> None:
    ds = axial(found)[0]
    assert float(ds.ImageOrientationPatient[5]) == pytest.approx(np.sin(np.radians(12)))
    assert float(ds.GantryDetectorTilt) == 12
    assert np.allclose(np.diff(zs(found)), 12)


def _cut(study: WrittenStudy, found: list[FileDataset]) -> None:
    slab = study.acquired.truth.slab
    assert slab.superior_found == (study.faults.truncate_top_mm is None)
    assert slab.inferior_found == (study.faults.truncate_bottom_mm is None)
    assert study.acquired.anatomy.slab_z_mm[1] - 80 < zs(found).min()


def _outside(study: WrittenStudy, found: list[FileDataset]) -> None:
    ds = axial(found)[10]
    assert ds.PixelPaddingValue == -2000
    assert ds.pixel_array[0, 0] == -2000
    bodies = study.acquired.segmentation.compartments
    assert bodies is not None
    cut = (ds.pixel_array == -2000) & (bodies[10] > 0)
    assert cut.any() == (study.faults.fov_radius_mm is not None)


def _sharp(study: WrittenStudy, found: list[FileDataset]) -> None:
    assert {d.ConvolutionKernel for d in axial(found)} == {"BONEPLUS"}


def _thin(study: WrittenStudy, found: list[FileDataset]) -> None:
    assert {float(d.SliceThickness) for d in axial(found)} == {1.0}


def _extra(modality: str, kind: str) -> Callable[[WrittenStudy, list[FileDataset]], None]:
    def check(study: WrittenStudy, found: list[FileDataset]) -> None:
        assert len(axial(found)) == study.acquired.volume.grid.shape[0]
        others = [d for d in found if d.SeriesNumber != 2]
        assert others
        assert all(d.Modality == modality for d in others)
        assert all(kind in str(d.get("ImageType", "")) for d in others)

    return check


def _contrast(study: WrittenStudy, found: list[FileDataset]) -> None:
    said = ["ContrastBolusAgent" in d for d in found]
    assert all(said) == (study.faults.contrast_tags == "enhanced")


def _syntax(study: WrittenStudy, found: list[FileDataset]) -> None:
    names = {
        "implicit": "1.2.840.10008.1.2",
        "deflated": "1.2.840.10008.1.2.1.99",
        "rle": "1.2.840.10008.1.2.5",
        "j2k": "1.2.840.10008.1.2.4.90",
        "jpeg_ls": "1.2.840.10008.1.2.4.80",
        "jpeg_lossless": "1.2.840.10008.1.2.4.70",
        "j2k_lossy": "1.2.840.10008.1.2.4.91",
        "jpeg_ls_near": "1.2.840.10008.1.2.4.81",
    }
    assert {d.file_meta.TransferSyntaxUID for d in found} == {names[study.faults.syntax]}
    most_off = {"j2k_lossy": 10, "jpeg_ls_near": 1}.get(study.faults.syntax, 0)
    for k in (0, 12, 20):
        off = np.abs(hounsfield(axial(found)[k]).astype(int) - study.acquired.volume.hu[k])
        assert off.max() <= most_off
        assert off.any() == bool(most_off)
    assert not any("LossyImageCompression" in ds for ds in found)


def _values(study: WrittenStudy, found: list[FileDataset]) -> None:
    slices = axial(found)
    for k, ds in enumerate(slices):
        np.testing.assert_allclose(hounsfield(ds), study.acquired.volume.hu[k], atol=0.5)
    slopes = {float(d.RescaleSlope) for d in slices}
    assert (len(slopes) > 1) == (study.faults.stored == "per_slice")
    assert all(d.PixelRepresentation == int(study.faults.stored != "unsigned") for d in slices)


def _multiframe(study: WrittenStudy, found: list[FileDataset]) -> None:
    (ds,) = found
    hu = study.acquired.volume.hu
    assert ds.NumberOfFrames == len(hu)
    first = ds.PerFrameFunctionalGroupsSequence[0]
    shift = float(first.PixelValueTransformationSequence[0].RescaleIntercept)
    np.testing.assert_array_equal(ds.pixel_array[::-1] + shift, hu)
    top = study.acquired.volume.grid.to_lps_mm((len(hu) - 1, 0, 0))
    place = first.PlanePositionSequence[0].ImagePositionPatient
    np.testing.assert_allclose([float(v) for v in place], top, atol=1e-6)


def _order(study: WrittenStudy, found: list[FileDataset]) -> None:
    numbers = [int(d.InstanceNumber) for d in axial(found)]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    upwards = numbers == sorted(numbers)
    assert upwards == (study.faults.order == "feet_first")
    assert numbers != sorted(numbers, reverse=True)


def _names(study: WrittenStudy, found: list[FileDataset]) -> None:
    assert not any(Path(n).suffix for n in study.files)
    assert all(n.count("/") == 3 for n in study.files)


def _dicomdir(study: WrittenStudy, found: list[FileDataset]) -> None:
    index = pydicom.dcmread(study.folder / "media" / "DICOMDIR")
    kinds = [r.DirectoryRecordType for r in index.DirectoryRecordSequence]
    assert kinds.count("IMAGE") == study.acquired.volume.grid.shape[0]
    assert len(axial([d for d in found if "SeriesNumber" in d])) == kinds.count("IMAGE")


def _clutter(study: WrittenStudy, found: list[FileDataset]) -> None:
    assert len(study.files) - len(found) == (7 if study.faults.clutter else 1)
    assert len(found) == study.acquired.volume.grid.shape[0]


def _patients(study: WrittenStudy, found: list[FileDataset]) -> None:
    assert {str(d.PatientName) for d in found} == {"Phantom", "Phantom2"}
    assert len({d.StudyInstanceUID for d in found}) == 2


def _broken(study: WrittenStudy, found: list[FileDataset]) -> None:
    (kind,) = study.faults.broken
    if kind == "bomb":
        (bomb,) = (study.folder / name for name in study.files if name.endswith("_bomb.dcm"))
        (value,) = (ds[0x0009, 0x1001].value for ds in found if (0x0009, 0x1001) in ds)
        assert 100 * bomb.stat().st_size < len(value)
        return
    assert sum(name.endswith(f"{kind}.dcm") for name in study.files) == 1
    usable = 0
    for ds in found:
        try:
            usable += ds.pixel_array.size == ds.Rows * ds.Columns and kind != "long_pixels"
        except (AttributeError, ValueError):
            continue
        except UserWarning:  # pydicom warns of padding that is too long
            continue
    count = study.acquired.volume.grid.shape[0]
    if kind == "long_pixels":
        sizes = {len(d.PixelData) for d in found}
        assert len(sizes) == 2
    else:
        assert usable == count - 1


def _stripped(study: WrittenStudy, found: list[FileDataset]) -> None:
    assert all(d.StudyInstanceUID == d.SeriesInstanceUID == d.SOPInstanceUID == "" for d in found)


def _single(study: WrittenStudy, found: list[FileDataset]) -> None:
    assert len(found) == 1


def _mixed(study: WrittenStudy, found: list[FileDataset]) -> None:
    assert len({d.SeriesInstanceUID for d in found}) == 1
    assert len(found) - len(axial(found)) == 1


def _phases(study: WrittenStudy, found: list[FileDataset]) -> None:
    assert len({d.SeriesInstanceUID for d in found}) == 1
    assert [d.AcquisitionNumber for d in found].count(2) == len(found) // 2
    assert np.isclose(np.diff(zs(found)), 0).sum() == len(found) // 2


def _only(modality: str, kind: str) -> Callable[[WrittenStudy, list[FileDataset]], None]:
    def check(study: WrittenStudy, found: list[FileDataset]) -> None:
        assert found
        assert all(d.Modality == modality for d in found)
        assert all(kind in str(d.get("ImageType", "")) for d in found)
        assert all(d.get("BodyPartExamined", "") != "ABDOMEN" or kind for d in found)

    return check


CHECKS: dict[str, Callable[[WrittenStudy, list[FileDataset]], None]] = {
    "tilt": _tilt,
    "gap": _gap,
    "duplicates": _duplicates,
    "variable_spacing": _variable,
    "cut_top": _cut,
    "cut_bottom": _cut,
    "cut_fov": _outside,
    "padding": _outside,
    "sharp_kernel": _sharp,
    "thin_slices": _thin,
    "localizer": _extra("CT", "LOCALIZER"),
    "dose_report": _extra("SR", ""),
    "secondary_capture": _extra("CT", "SECONDARY"),
    "coronal_mpr": _extra("CT", "REFORMATTED"),
    "sharp": _extra("CT", "AXIAL"),
    "thin": _extra("CT", "AXIAL"),
    "mr": _extra("MR", "SE"),
    "contrast_missing": _contrast,
    "contrast_wrong": _contrast,
    "implicit": _syntax,
    "deflated": _syntax,
    "rle": _syntax,
    "j2k": _syntax,
    "j2k_lossy": _syntax,
    "jpeg_ls_near": _syntax,
    "jpeg_ls": _syntax,
    "jpeg_lossless": _syntax,
    "multiframe": _multiframe,
    "unsigned": _values,
    "per_slice_rescale": _values,
    "feet_first": _order,
    "shuffled": _order,
    "no_extension": _names,
    "dicomdir": _dicomdir,
    "clutter": _clutter,
    "empty_file": _clutter,
    "two_patients": _patients,
    "corrupt_slice": _broken,
    "truncated_slice": _broken,
    "no_pixels_slice": _broken,
    "short_pixels_slice": _broken,
    "long_pixels_slice": _broken,
    "bomb_slice": _broken,
    "stripped_uids": _stripped,
    "single_slice": _single,
    "mixed_orientations": _mixed,
    "two_phases": _phases,
    "only_localizers": _only("CT", "LOCALIZER"),
    "only_secondary_capture": _only("CT", "SECONDARY"),
    "only_dose_report": _only("SR", ""),
    "only_coronal": _only("CT", "REFORMATTED"),
    "only_mr": _only("MR", "SE"),
    "head": _only("CT", "AXIAL"),
}


def _header(key: str) -> Callable[[WrittenStudy, list[FileDataset]], None]:
    """The images that the fault is about, and no others, differ from those of a sound study."""
    row = HEADER_FAULT[key]

    def check(study: WrittenStudy, found: list[FileDataset]) -> None:
        sound_at = study.folder.parent / "sound"
        sound = read_all(write_dicom(study.acquired, sound_at))
        pairs = list(zip(found, sound, strict=True))
        changed = [n for n, (a, b) in enumerate(pairs) if a.to_json_dict() != b.to_json_dict()]
        assert changed == [n for n in range(len(found)) if WHICH[row.which](n, len(found))]
        if key == "overlay_in_pixels":
            for a, b in pairs:
                np.testing.assert_array_equal(hounsfield(a), hounsfield(b))
                assert a.PixelData != b.PixelData
        else:
            assert all(a.PixelData == b.PixelData for a, b in pairs)

    return check


def _values(key: str) -> Callable[[WrittenStudy, list[FileDataset]], None]:
    """All values, or those of one slice, are no longer the phantom's."""

    def check(study: WrittenStudy, found: list[FileDataset]) -> None:
        truth = study.acquired.volume.hu[::-1]
        pairs = zip(found, truth, strict=True)
        changed = [n for n, (ds, plane) in enumerate(pairs) if (hounsfield(ds) != plane).any()]
        assert len(changed) == (1 if key.startswith("foreign") else len(found))

    return check


CHECKS |= {key: _header(key) for key in HEADER_FAULT}
CHECKS |= {row.key: _values(row.key) for row in FAULTS if row.key.startswith(("hu_", "foreign_"))}


@pytest.mark.filterwarnings("ignore:The length of the pixel data:UserWarning")
@pytest.mark.parametrize("row", FAULTS, ids=lambda row: row.key)
def test_every_fault_writes_what_it_says(
    row: FaultRow, phantom: Phantom, short: Phantom, tmp_path: Path
) -> None:
    body = short if row.key.startswith("thin") else phantom
    study = write_dicom(body, tmp_path / "study", faults=row.faults)
    written = sorted(p.relative_to(study.folder).as_posix() for p in _files(study.folder))
    assert written == list(study.files)
    CHECKS[row.key](study, read_all(study))


def _files(folder: Path) -> list[Path]:
    return [p for p in folder.rglob("*") if p.is_file()]


def test_rows_are_complete_and_unique() -> None:
    assert {row.key for row in FAULTS} == set(CHECKS)
    assert len({row.key for row in FAULTS}) == len(FAULTS)
    assert {row.expected for row in FAULTS} <= EXPECTED
    assert all(row.words and row.faults != Faults() for row in FAULTS)


def test_named_faults_add_up() -> None:
    both = faults_named(("gap", "localizer", "mr"))
    assert both.missing_slices == 3
    assert both.extra_series == ("localizer", "mr")
    assert faults_named(()) == Faults()
    with pytest.raises(InputError, match="no fault"):
        faults_named(("earthquake",))


def test_unknown_switches_are_refused() -> None:
    with pytest.raises(InputError, match="syntax"):
        Faults(syntax="mp3")
    with pytest.raises(InputError, match="broken"):
        Faults(broken=("heart",))


def test_a_used_folder_is_refused(phantom: Phantom, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(OutputError, match="not empty"):
        write_dicom(phantom, tmp_path)


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_the_jpeg_lossless_encoder_is_lossless(bits: int) -> None:
    """Decoded by libjpeg, which shares no code with the encoder."""
    libjpeg = pytest.importorskip("libjpeg")
    rng = np.random.default_rng(bits)
    noise = rng.integers(0, 2**bits, (31, 43)).astype(np.uint16)
    noise[5:15] = 100
    noise[10, 5:30] = 103
    smooth = (np.cumsum(rng.integers(-3, 4, (40, 33)), axis=1) + 100).clip(0, 255)
    for picture in (noise, smooth.astype(np.uint16), np.full((20, 20), 7, dtype=np.uint16)):
        np.testing.assert_array_equal(libjpeg.decode(encode_jpeg_lossless(picture, bits)), picture)
