"""From one file's header to its images: single-frame as it is, multi-frame frame by frame.

Enhanced CT (PS3.3 A.38) keeps position, orientation and the like in functional groups, shared
by all frames or per frame; :func:`images` finds them in either place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydicom import Dataset

from myotome.nouns.study.series import Instance
from myotome.read.dicom.attributes import (
    items,
    kernel,
    number,
    numbers,
    sop_class,
    subject,
    text,
    value,
    values,
    whole,
)
from myotome.read.dicom.header import Header
from myotome.read.dicom.kind import Fact, Image, Kind, plain
from myotome.tables.series.derived import kind_of_image
from myotome.tables.series.traits import TRAITS, Trait

_RESCALE = "PixelValueTransformationSequence"


@dataclass(frozen=True, slots=True)
class Groups:
    """Functional groups of one frame: per-frame ones win over shared ones."""

    frame: Dataset | None
    shared: Dataset | None

    @classmethod
    def of(cls, dataset: Dataset, frame: int) -> Groups:
        """The groups of one frame of an image."""
        own = items(dataset, "PerFrameFunctionalGroupsSequence")[frame : frame + 1]
        shared = items(dataset, "SharedFunctionalGroupsSequence")
        return cls(own[0] if own else None, shared[0] if shared else None)

    def holder(self, sequence: str, keyword: str) -> Dataset:
        """The item of the macro ``sequence`` that has ``keyword``; empty if there is none."""
        for group in (self.frame, self.shared):
            found = () if group is None else items(group, sequence)
            if found and keyword in found[0]:
                return found[0]
        return Dataset()

    def get(self, sequence: str, keyword: str) -> Any:
        """The attribute ``keyword`` of the macro ``sequence``, None if it is nowhere."""
        return value(self.holder(sequence, keyword), keyword)


def images(header: Header) -> Iterator[Image]:
    """All images of one file whose header is a DICOM image's."""
    dataset = header.dataset
    if dataset is None:
        return
    count = whole(dataset, "NumberOfFrames") or 1
    per_frame = items(dataset, "PerFrameFunctionalGroupsSequence")
    shared = items(dataset, "SharedFunctionalGroupsSequence")
    if count == 1 and not per_frame and not shared:
        yield _single(header, dataset)
        return
    for frame in range(count):
        own = per_frame[frame] if frame < len(per_frame) else None
        yield _framed(header, dataset, Groups(own, shared[0] if shared else None), frame)


def spacing_mm(dataset: Dataset, groups: Groups | None = None) -> tuple[float, float] | None:
    """Pixel spacing (row step, column step) in mm, None if absent or not positive."""
    raw = value(dataset, "PixelSpacing")
    if groups is not None:
        raw = groups.get("PixelMeasuresSequence", "PixelSpacing") or raw
    found = numbers(raw, 2)
    return (found[0], found[1]) if found and min(found) > 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameFacts:
    """What a multi-frame image says of one frame in its functional groups.

    None or empty where the groups do not say; the pixel spacing also from outside of them.
    """

    pixel_spacing_mm: tuple[float, float] | None
    slice_thickness_mm: float | None
    kernel: str
    image_type: tuple[str, ...]
    kvp: float | None = None
    rescale_type: str = ""
    contrast_agent: str = ""


def frame_facts(dataset: Dataset, frame: int) -> FrameFacts:
    """The facts of one frame that the series header takes from functional groups."""
    groups = Groups.of(dataset, frame)
    agents = items(dataset, "ContrastBolusAgentSequence")
    return FrameFacts(
        pixel_spacing_mm=spacing_mm(dataset, groups),
        slice_thickness_mm=_thickness_mm(groups),
        kernel=_kernel(groups),
        kvp=number(groups.holder("CTXRayDetailsSequence", "KVP"), "KVP"),
        rescale_type=text(groups.holder(_RESCALE, "RescaleType"), "RescaleType"),
        image_type=_image_type(groups),
        contrast_agent=(text(agents[0], "CodeMeaning") or "given") if agents else "",
    )


def _image_type(groups: Groups) -> tuple[str, ...]:
    return values(groups.holder("CTImageFrameTypeSequence", "FrameType"), "FrameType")


def _thickness_mm(groups: Groups) -> float | None:
    return number(groups.holder("PixelMeasuresSequence", "SliceThickness"), "SliceThickness")


def _kernel(groups: Groups) -> str:
    return kernel(groups.holder("CTReconstructionSequence", "ConvolutionKernel"))


def _single(header: Header, dataset: Dataset) -> Image:
    instance = Instance(
        path=header.file.path,
        sop_instance_uid=text(dataset, "SOPInstanceUID"),
        frame=None,
        position_mm=_three(numbers(value(dataset, "ImagePositionPatient"), 3)),
        orientation=numbers(value(dataset, "ImageOrientationPatient"), 6),
        instance_number=whole(dataset, "InstanceNumber"),
    )
    own = FrameFacts(
        pixel_spacing_mm=spacing_mm(dataset),
        slice_thickness_mm=number(dataset, "SliceThickness"),
        kernel=kernel(dataset),
        image_type=values(dataset, "ImageType"),
    )
    moments = (
        _exactly(own),
        text(dataset, "SeriesInstanceUID"),
        text(dataset, "AcquisitionNumber"),
        text(dataset, "TemporalPositionIdentifier"),
        text(dataset, "NominalPercentageOfCardiacPhase"),
        text(dataset, "ContentTime"),
        text(dataset, "AcquisitionDateTime") or text(dataset, "AcquisitionTime"),
    )
    return Image(
        name=header.file.name,
        instance=instance,
        dataset=dataset,
        kind=_kind(dataset, own),
        moments=moments,
        traits=tuple(_trait(row, dataset, None) for row in TRAITS),
        lossy=header.lossy,
    )


def _framed(header: Header, dataset: Dataset, groups: Groups, frame: int) -> Image:
    position = groups.get("PlanePositionSequence", "ImagePositionPatient")
    cosines = groups.get("PlaneOrientationSequence", "ImageOrientationPatient")
    instance = Instance(
        path=header.file.path,
        sop_instance_uid=text(dataset, "SOPInstanceUID"),
        frame=frame,
        position_mm=_three(numbers(position, 3)),
        orientation=numbers(cosines, 6),
        instance_number=frame + 1,
    )
    own = FrameFacts(
        pixel_spacing_mm=spacing_mm(dataset, groups),
        slice_thickness_mm=_thickness_mm(groups),
        kernel=_kernel(groups),
        image_type=_image_type(groups),
    )
    content = "FrameContentSequence"
    moments = (
        _exactly(own),
        text(dataset, "SeriesInstanceUID"),
        str(groups.get(content, "FrameAcquisitionNumber") or ""),
        str(groups.get(content, "TemporalPositionIndex") or ""),
        str(groups.get("CardiacSynchronizationSequence", "NominalPercentageOfCardiacPhase") or ""),
        str(groups.get(content, "StackID") or ""),
        str(groups.get(content, "FrameAcquisitionDateTime") or ""),
    )
    return Image(
        name=header.file.name,
        instance=instance,
        dataset=dataset,
        kind=_kind(dataset, own),
        moments=moments,
        traits=tuple(_trait(row, dataset, groups) for row in TRAITS),
        lossy=header.lossy,
    )


def _exactly(own: FrameFacts) -> str:
    """The header as it is written: it parts images of one kind where they share their places."""
    told = (own.pixel_spacing_mm, own.slice_thickness_mm, own.kernel, *own.image_type)
    return "|".join(str(fact) for fact in told)


def _kind(dataset: Dataset, own: FrameFacts) -> Kind:
    """What must be equal within a stack."""
    return Kind(
        sop_class_uid=sop_class(dataset),
        modality=text(dataset, "Modality"),
        rows=whole(dataset, "Rows"),
        columns=whole(dataset, "Columns"),
        pixel_spacing_mm=own.pixel_spacing_mm,
        purpose=kind_of_image(" ".join(own.image_type), ()),
        first_hand=plain(own.image_type[0]) if own.image_type else "",
        thickness_mm=own.slice_thickness_mm,
        kernel=plain(own.kernel),
        subject=subject(dataset),
        frame_uid=text(dataset, "FrameOfReferenceUID"),
    )


def _trait(row: Trait, dataset: Dataset, groups: Groups | None) -> Fact:
    """One fact that a stack shares: a number, a plain text, or None where it is not said."""
    holder = dataset
    if groups is not None and row.sequence:
        own = groups.holder(row.sequence, row.attribute)
        holder = own if row.attribute in own else dataset
    if row.number:
        return number(holder, row.attribute)
    return plain(text(holder, row.attribute)) or None


def _three(values: tuple[float, ...] | None) -> tuple[float, float, float] | None:
    return None if values is None else (values[0], values[1], values[2])
