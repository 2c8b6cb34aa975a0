"""One DICOM dataset: attributes as PS3.3 asks for them, pixels in the asked syntax."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from myotome.phantom.dicom.stack import PADDING_RAW, Identity, Stack

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_DATE, _TIME = "20200101", "120000"


def number_text(value: float) -> str:
    """A DICOM decimal string of at most 16 characters, as exact as they allow."""
    from pydicom.valuerep import format_number_as_ds

    return str(format_number_as_ds(float(value)))


def start(identity: Identity, sop_class: str, modality: str, number: int, name: str) -> Dataset:
    """Patient, study, series, equipment and SOP modules of one object named ``name``."""
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, ExplicitVRLittleEndian

    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.SOPClassUID = sop_class
    ds.SOPInstanceUID = identity.uid(number, name)
    ds.StudyDate = ds.SeriesDate = ds.ContentDate = ds.AcquisitionDate = _DATE
    ds.StudyTime = ds.SeriesTime = ds.ContentTime = ds.AcquisitionTime = _TIME
    ds.AccessionNumber = ds.ReferringPhysicianName = ""
    ds.Modality = modality
    ds.Manufacturer = "Myotome"
    ds.ManufacturerModelName = "Phantom"
    ds.DeviceSerialNumber = "0"
    ds.SoftwareVersions = "phantom"
    ds.StudyDescription = "PHANTOM ABDOMEN"
    ds.PatientName, ds.PatientID = identity.patient, identity.patient.upper()
    ds.PatientBirthDate = ds.PatientSex = ""
    ds.StudyInstanceUID = identity.uid("study")
    ds.SeriesInstanceUID = identity.uid("series", number)
    ds.StudyID = "1"
    ds.SeriesNumber = number
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ds.SOPClassUID
    meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    meta.ImplementationVersionName = "MYOTOME_PHANTOM"
    ds.file_meta = meta
    return ds


def image(identity: Identity, stack: Stack, index: int) -> Dataset:
    """Image ``index`` of ``stack`` as a single-frame CT or MR dataset, uncompressed."""
    from pydicom.uid import CTImageStorage, MRImageStorage

    sop = CTImageStorage if stack.modality == "CT" else MRImageStorage
    name = f"image {stack.acquisitions[index]} {stack.instances[index]} {index}"
    ds = start(identity, sop, stack.modality, stack.number, name)
    ds.SeriesDescription = stack.description
    ds.BodyPartExamined = stack.body_part
    ds.PatientPosition = stack.patient_position
    ds.Laterality = ""
    ds.ImageType = list(stack.image_type)
    ds.AcquisitionNumber = stack.acquisitions[index]
    ds.InstanceNumber = stack.instances[index]
    ds.FrameOfReferenceUID = identity.uid("frame")
    ds.PositionReferenceIndicator = ""
    _plane(ds, stack, index)
    if stack.modality == "CT":
        _ct_facts(ds, stack)
    else:
        _mr_facts(ds)
    _pixels(ds, stack, index)
    return ds


def _plane(ds: Dataset, stack: Stack, index: int) -> None:
    position = stack.positions_mm[index]
    ds.ImagePositionPatient = [number_text(v) for v in position]
    ds.ImageOrientationPatient = [number_text(v) for v in stack.orientation]
    ds.PixelSpacing = [number_text(v) for v in stack.pixel_mm]
    ds.SliceThickness = number_text(stack.thickness_mm)
    ds.SliceLocation = number_text(position[2])


def _ct_facts(ds: Dataset, stack: Stack) -> None:
    ds.KVP, ds.XRayTubeCurrent, ds.ExposureTime, ds.Exposure = "120", "200", "500", "100"
    ds.ConvolutionKernel = stack.kernel
    ds.GantryDetectorTilt = number_text(stack.tilt_deg)
    ds.DataCollectionDiameter = "500"
    ds.ReconstructionDiameter = number_text(stack.pixels.shape[2] * stack.pixel_mm[1])
    ds.ProtocolName = "ABDOMEN PHANTOM"
    ds.RescaleType = "HU"
    if stack.contrast_tag:
        ds.ContrastBolusAgent = stack.contrast_tag
        ds.ContrastBolusRoute = "IV"


def _mr_facts(ds: Dataset) -> None:
    ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions = "SE", "NONE", ""
    ds.MRAcquisitionType, ds.RepetitionTime, ds.EchoTime = "2D", "500", "15"
    ds.EchoTrainLength, ds.MagneticFieldStrength = "1", "1.5"


def rescale_of(stack: Stack, index: int) -> tuple[float, float]:
    """(slope, intercept) of one image."""
    if stack.modality != "CT":
        return 1.0, 0.0
    if stack.stored == "per_slice":
        return (1.0, 0.5, 0.25)[index % 3], -1024.0 - 16.0 * (index % 5)
    return 1.0, -1024.0


def raw_pixels(stack: Stack, index: int) -> NDArray[Any]:
    """Stored values of one image, int16 or uint16."""
    slope, intercept = rescale_of(stack, index)
    raw = np.rint((stack.pixels[index].astype(np.float32) - intercept) / slope)
    if stack.stored == "unsigned":
        raw = np.clip(raw, 0, 4095)
        if stack.outside is not None:
            raw[stack.outside] = 0
        return np.asarray(raw, dtype="<u2")
    if stack.outside is not None:
        raw[stack.outside] = PADDING_RAW
    return np.asarray(raw, dtype="<i2")


def describe_pixels(ds: Dataset, stack: Stack) -> None:
    """The image pixel module without the pixels."""
    unsigned = stack.stored == "unsigned"
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = (int(n) for n in stack.pixels.shape[1:])
    ds.BitsAllocated = 16
    ds.BitsStored = 12 if unsigned else 16
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = 0 if unsigned else 1
    if stack.outside is not None:
        ds.PixelPaddingValue = 0 if unsigned else PADDING_RAW


def _pixels(ds: Dataset, stack: Stack, index: int) -> None:
    describe_pixels(ds, stack)
    if stack.modality == "CT":
        slope, intercept = rescale_of(stack, index)
        ds.RescaleIntercept, ds.RescaleSlope = number_text(intercept), number_text(slope)
    ds.WindowCenter, ds.WindowWidth = "40", "400"
    ds.PixelData = raw_pixels(stack, index).tobytes()
    ds["PixelData"].VR = "OW"


def in_syntax(ds: Dataset, syntax: str) -> Dataset:
    """``ds`` with its transfer syntax set and its pixels encoded accordingly."""
    from pydicom import uid

    plain = {
        "explicit": uid.ExplicitVRLittleEndian,
        "implicit": uid.ImplicitVRLittleEndian,
        "deflated": uid.DeflatedExplicitVRLittleEndian,
    }
    if syntax in plain or "PixelData" not in ds:
        ds.file_meta.TransferSyntaxUID = plain.get(syntax, uid.ExplicitVRLittleEndian)
        return ds
    if syntax == "rle":
        ds.compress(uid.RLELossless, generate_instance_uid=False)
    elif syntax == "j2k":
        ds.compress(uid.JPEG2000Lossless, generate_instance_uid=False)
    elif syntax == "jpeg_ls":
        ds.compress(uid.JPEGLSLossless, generate_instance_uid=False)
    elif syntax == "j2k_lossy":
        ds.compress(uid.JPEG2000, j2k_psnr=[95], generate_instance_uid=False)
    elif syntax == "jpeg_ls_near":
        ds.compress(uid.JPEGLSNearLossless, jls_error=1, generate_instance_uid=False)
    elif ds.BitsAllocated == 16 and ds.SamplesPerPixel == 1:
        _jpeg_lossless(ds)
    return ds


def _jpeg_lossless(ds: Dataset) -> None:
    from pydicom import uid
    from pydicom.encaps import encapsulate

    from myotome.phantom.dicom.lossless import encode_jpeg_lossless

    frames = int(getattr(ds, "NumberOfFrames", 1))
    values = np.frombuffer(ds.PixelData, dtype="<u2").reshape(frames, ds.Rows, ds.Columns)
    ds.PixelData = encapsulate([encode_jpeg_lossless(frame, ds.BitsStored) for frame in values])
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    ds.file_meta.TransferSyntaxUID = uid.JPEGLosslessSV1
