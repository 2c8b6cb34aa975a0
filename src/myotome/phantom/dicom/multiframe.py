"""The whole stack as one Enhanced CT object (PS3.3 A.38)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from myotome.phantom.dicom.image import describe_pixels, number_text, raw_pixels, rescale_of, start
from myotome.phantom.dicom.stack import Identity, Stack

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_WHEN = "20200101120000"


def enhanced(identity: Identity, stack: Stack) -> Dataset:
    """One multi-frame dataset; every frame carries its place and its rescale."""
    from pydicom.dataset import Dataset
    from pydicom.uid import EnhancedCTImageStorage

    ds = start(identity, EnhancedCTImageStorage, "CT", stack.number, "frames")
    ds.SeriesDescription = stack.description
    ds.PatientPosition = stack.patient_position
    ds.BodyPartExamined = stack.body_part
    ds.FrameOfReferenceUID = identity.uid("frame")
    ds.PositionReferenceIndicator = ""
    ds.InstanceNumber = 1
    ds.ImageType = [*stack.image_type[:2], "VOLUME", "NONE"]
    ds.PixelPresentation, ds.VolumetricProperties = "MONOCHROME", "VOLUME"
    ds.VolumeBasedCalculationTechnique = "NONE"
    ds.ContentQualification, ds.BurnedInAnnotation = "RESEARCH", "NO"
    ds.LossyImageCompression, ds.PresentationLUTShape = "00", "IDENTITY"
    ds.AcquisitionDateTime, ds.AcquisitionDuration = _WHEN, 5.0
    ds.AcquisitionNumber = 1
    ds.AcquisitionContextSequence = []
    if stack.contrast_tag:
        ds.ContrastBolusAgent = stack.contrast_tag
    _dimensions(ds, identity)
    describe_pixels(ds, stack)
    ds.NumberOfFrames = len(stack.pixels)
    shared = Dataset()
    _shared(shared, stack)
    ds.SharedFunctionalGroupsSequence = [shared]
    ds.PerFrameFunctionalGroupsSequence = [_frame(stack, i) for i in range(len(stack.pixels))]
    frames = np.stack([raw_pixels(stack, i) for i in range(len(stack.pixels))])
    ds.PixelData = frames.tobytes()
    ds["PixelData"].VR = "OW"
    return ds


def _item(**values: object) -> Dataset:
    from pydicom.dataset import Dataset

    ds = Dataset()
    for key, value in values.items():
        setattr(ds, key, value)
    return ds


def _dimensions(ds: Dataset, identity: Identity) -> None:
    organisation = identity.uid("dimensions")
    ds.DimensionOrganizationSequence = [_item(DimensionOrganizationUID=organisation)]
    ds.DimensionIndexSequence = [
        _item(
            DimensionOrganizationUID=organisation,
            DimensionIndexPointer=0x00209056,  # Stack ID
            FunctionalGroupPointer=0x00209111,
        ),
        _item(
            DimensionOrganizationUID=organisation,
            DimensionIndexPointer=0x00209057,  # In-Stack Position Number
            FunctionalGroupPointer=0x00209111,
        ),
    ]


def _shared(group: Dataset, stack: Stack) -> None:
    region = _item(CodeValue="818981001", CodingSchemeDesignator="SCT", CodeMeaning="Abdomen")
    group.PixelMeasuresSequence = [
        _item(
            PixelSpacing=[number_text(v) for v in stack.pixel_mm],
            SliceThickness=number_text(stack.thickness_mm),
        )
    ]
    group.PlaneOrientationSequence = [
        _item(ImageOrientationPatient=[number_text(v) for v in stack.orientation])
    ]
    group.FrameAnatomySequence = [_item(FrameLaterality="U", AnatomicRegionSequence=[region])]
    group.CTImageFrameTypeSequence = [
        _item(
            FrameType=[*stack.image_type[:2], "VOLUME", "NONE"],
            PixelPresentation="MONOCHROME",
            VolumetricProperties="VOLUME",
            VolumeBasedCalculationTechnique="NONE",
        )
    ]
    group.CTReconstructionSequence = [
        _item(
            ReconstructionAlgorithm="FILTER_BACK_PROJ",
            ConvolutionKernel=stack.kernel,
            ConvolutionKernelGroup="SOFT_TISSUE",
            ReconstructionDiameter=float(stack.pixels.shape[2] * stack.pixel_mm[1]),
        )
    ]
    group.CTAcquisitionTypeSequence = [
        _item(AcquisitionType="SPIRAL", ConstantVolumeFlag="NO", FluoroscopyFlag="NO")
    ]
    group.CTAcquisitionDetailsSequence = [
        _item(RotationDirection="CW", TableHeight=0.0, GantryDetectorTilt=stack.tilt_deg)
    ]
    group.CTXRayDetailsSequence = [_item(KVP=120.0, FilterType="NONE")]


def _frame(stack: Stack, index: int) -> Dataset:
    group = _item()
    group.FrameContentSequence = [
        _item(
            FrameAcquisitionNumber=stack.acquisitions[index],
            FrameReferenceDateTime=_WHEN,
            FrameAcquisitionDateTime=_WHEN,
            FrameAcquisitionDuration=10.0,
            StackID="1",
            InStackPositionNumber=index + 1,
            DimensionIndexValues=[1, index + 1],
        )
    ]
    group.PlanePositionSequence = [
        _item(ImagePositionPatient=[number_text(v) for v in stack.positions_mm[index]])
    ]
    slope, intercept = rescale_of(stack, index)
    group.PixelValueTransformationSequence = [
        _item(
            RescaleIntercept=number_text(intercept),
            RescaleSlope=number_text(slope),
            RescaleType="HU",
        )
    ]
    group.FrameVOILUTSequence = [_item(WindowCenter="40", WindowWidth="400")]
    return group
