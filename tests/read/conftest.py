"""Small DICOM series of a 32 x 32 body, made for the reading tests alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
    generate_uid,
)

from myotome.nouns.space.volume import Volume
from myotome.nouns.study.series import Judged, Series
from myotome.read.assemble import assemble
from myotome.read.catalogue import catalogue
from myotome.read.choose import judge
from myotome.read.input.files import opened

SIZE = 32
PIXEL_MM = 12.0
STEP_MM = 5.0


def body(n: int, size: int = SIZE) -> NDArray[np.int16]:
    """A fat-rimmed ellipse with a bone off centre; every slice and every side differs."""
    y, x = np.mgrid[:size, :size].astype(float) * (32 / size)
    planes = []
    for k in range(n):
        hu = np.full((size, size), -1000.0)
        hu[((x - 16) / 13) ** 2 + ((y - 15) / 10) ** 2 < 1] = -100
        hu[((x - 16) / 11) ** 2 + ((y - 15) / 8) ** 2 < 1] = 40
        hu[(x - 16) ** 2 + (y - 21) ** 2 < 6] = 300
        hu[(x - 22) ** 2 + (y - 14) ** 2 < 5] = 60 + 3 * k  # the patient's left, brighter upwards
        planes.append(hu)
    return np.asarray(planes, dtype=np.int16)


@dataclass
class Maker:
    """Writes slices with any attribute changed; ``made`` counts files so that names differ."""

    folder: Path
    study_uid: str = field(default_factory=generate_uid)
    series_uid: str = field(default_factory=generate_uid)
    made: int = 0

    def dataset(self, hu: NDArray[Any], z_mm: float, **changes: Any) -> Dataset:
        ds = Dataset()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, generate_uid()
        ds.StudyInstanceUID, ds.SeriesInstanceUID = self.study_uid, self.series_uid
        ds.Modality, ds.SeriesNumber, ds.InstanceNumber = "CT", 4, self.made + 1
        ds.SeriesDescription, ds.BodyPartExamined = "ABD 5.0 B31f", "ABDOMEN"
        ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        ds.Manufacturer, ds.ConvolutionKernel, ds.KVP = "SIEMENS", "B31f", 120
        ds.PatientID, ds.PatientName, ds.PatientBirthDate = "MRN0815", "Doe^Jane", "19500101"
        ds.PatientSex, ds.PatientAge, ds.PatientSize, ds.PatientWeight = "F", "061Y", 1.65, 70
        ds.SliceThickness, ds.PixelSpacing = STEP_MM, [PIXEL_MM, PIXEL_MM]
        ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        ds.ImagePositionPatient = [-186.0, -174.0, z_mm]
        ds.Rows, ds.Columns = hu.shape
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
        ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, -1024, "HU"
        ds.PixelData = (hu.astype(np.int32) + 1024).astype("<i2").tobytes()
        for key, value in changes.items():
            if value is None:
                delattr(ds, key)
            else:
                setattr(ds, key, value)
        return ds

    def write(self, ds: Dataset, name: str = "", syntax: str = ExplicitVRLittleEndian) -> Path:
        path = self.folder / (name or f"IM{self.made:04d}")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.made += 1
        ds.file_meta.MediaStorageSOPClassUID = ds.get("SOPClassUID") or CTImageStorage
        ds.file_meta.MediaStorageSOPInstanceUID = ds.get("SOPInstanceUID") or generate_uid()
        if syntax == RLELossless or "1.2.4" in syntax:
            ds.compress(syntax)
        else:
            ds.file_meta.TransferSyntaxUID = syntax
        ds.save_as(
            path,
            enforce_file_format=True,
            implicit_vr=syntax == ImplicitVRLittleEndian,
            little_endian=True,
        )
        return path

    def series(
        self,
        n: int = 12,
        *,
        skip: tuple[int, ...] = (),
        places: list[float] | None = None,
        **changes: Any,
    ) -> list[Path]:
        """``n`` axial slices 5 mm apart from z = -100 up, without those in ``skip``."""
        z = places or [-100.0 + STEP_MM * k for k in range(n)]
        planes = body(n)
        return [
            self.write(self.dataset(planes[k], z[k], **changes)) for k in range(n) if k not in skip
        ]


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    folder = tmp_path / "study"
    folder.mkdir()
    return Maker(folder)


@pytest.fixture
def new_maker(tmp_path: Path) -> Callable[[str], Maker]:
    """Further makers (another series, study or patient) in folders of their own."""

    def make(name: str) -> Maker:
        folder = tmp_path / "study" / name
        folder.mkdir(parents=True, exist_ok=True)
        return Maker(folder)

    return make


@pytest.fixture
def planes() -> Callable[[int], NDArray[np.int16]]:
    return body


@pytest.fixture
def judged_in() -> Callable[[Path], tuple[Judged, ...]]:
    def look(path: Path) -> tuple[Judged, ...]:
        with opened(path) as source:
            return judge(catalogue(source))

    return look


@pytest.fixture
def only_series() -> Callable[[Path], Series]:
    """The one series of a folder; fails if there are more or fewer."""

    def look(path: Path) -> Series:
        with opened(path) as source:
            (series,) = catalogue(source).series
            return series

    return look


@pytest.fixture
def volume_of(only_series: Callable[[Path], Series]) -> Callable[..., Volume]:
    def load(path: Path, **options: Any) -> Volume:
        return assemble(only_series(path), **options)

    return load
