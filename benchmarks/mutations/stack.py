"""The images of a study as one array, read and written back whatever their form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nibabel
import numpy as np
import pydicom
from numpy.typing import NDArray

from benchmarks.mutations.kind import Target
from myotome.read.quiet import quiet

Array = NDArray[np.float32]


@dataclass(slots=True, kw_only=True)
class Stack:
    """HU of every image, (slices, rows, columns), from the feet up, and how to write them back."""

    hu: Array
    save: Callable[[Array], None]


def stack_of(target: Target, folder: Path | None = None) -> Stack:
    """The images of the study, or of another one in ``folder``."""
    own = folder is None
    files = target.files() if own else sorted(p for p in folder.rglob("*") if p.is_file())
    return _of_nifti(files[0]) if target.form == "nifti" else _of_dicom(files)


def _of_nifti(path: Path) -> Stack:
    image = nibabel.load(path)
    turn = nibabel.orientations.ornt_transform(
        nibabel.orientations.io_orientation(image.affine),
        nibabel.orientations.axcodes2ornt("LPS"),
    )
    back = nibabel.orientations.ornt_transform(
        nibabel.orientations.axcodes2ornt("LPS"),
        nibabel.orientations.io_orientation(image.affine),
    )
    data = nibabel.orientations.apply_orientation(np.asanyarray(image.dataobj), turn)

    def save(hu: Array) -> None:
        turned = nibabel.orientations.apply_orientation(hu.transpose(2, 1, 0), back)
        whole = np.clip(np.rint(turned), -32768, 32767).astype(np.int16)
        header = image.header.copy()
        header.set_data_dtype(np.int16)
        nibabel.save(nibabel.Nifti1Image(whole, None, header), path)

    return Stack(hu=np.ascontiguousarray(data.transpose(2, 1, 0), dtype=np.float32), save=save)


def _of_dicom(files: list[Path]) -> Stack:
    with quiet():
        read = [(path, pydicom.dcmread(path)) for path in files]
        images = [(p, d) for p, d in read if "ImagePositionPatient" in d]
        images.sort(key=lambda pair: float(pair[1].ImagePositionPatient[2]))
        hu = [d.pixel_array.astype(np.float32) * _slope(d) + _shift(d) for _, d in images]

    def save(changed: Array) -> None:
        with quiet():
            for (path, ds), values in zip(images, changed, strict=True):
                _write(ds, values, path)

    return Stack(hu=np.stack(hu), save=save)


def _write(ds: pydicom.Dataset, values: Array, path: Path) -> None:
    signed = ds.PixelRepresentation == 1
    stored = np.rint((values - _shift(ds)) / _slope(ds))
    low, high = (-32768, 32767) if signed else (0, 65535)
    kind = np.int16 if signed else np.uint16
    ds.PixelData = np.clip(stored, low, high).astype(kind).tobytes()
    ds["PixelData"].VR = "OW"
    ds["PixelData"].is_undefined_length = False
    ds.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    ds.save_as(path, implicit_vr=False, little_endian=True)


def _slope(ds: pydicom.Dataset) -> float:
    return float(ds.get("RescaleSlope", 1) or 1)


def _shift(ds: pydicom.Dataset) -> float:
    return float(ds.get("RescaleIntercept", 0) or 0)
