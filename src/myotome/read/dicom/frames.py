"""From one file's header to its images: single-frame as it is, multi-frame frame by frame.

Enhanced CT (PS3.3 A.38) keeps position, orientation and the like in functional groups, shared
by all frames or per frame; :func:`images` finds them in either place.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

from pydicom import Dataset

from myotome.nouns.study.series import Instance
from myotome.read.dicom.facts import items, kernel, number, numbers, sop_class, text
from myotome.read.dicom.header import Header
from myotome.read.dicom.split import Image

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
        return self.holder(sequence, keyword).get(keyword)


def images(header: Header) -> Iterator[Image]:
    """All images of one file whose header is a DICOM image's."""
    dataset = header.dataset
    if dataset is None:
        return
    count = int(number(dataset, "NumberOfFrames") or 1)
    per_frame = items(dataset, "PerFrameFunctionalGroupsSequence")
    shared = items(dataset, "SharedFunctionalGroupsSequence")
    if count == 1 and not per_frame and not shared:
        yield _single(header, dataset)
        return
    for frame in range(count):
        own = per_frame[frame] if frame < len(per_frame) else None
        yield _framed(header, dataset, Groups(own, shared[0] if shared else None), frame)


def spacing_mm(dataset: Dataset, groups: Groups | None = None) -> tuple[float, ...] | None:
    """Pixel spacing (row step, column step) in mm, None if absent or not positive."""
    raw = dataset.get("PixelSpacing")
    if groups is not None:
        raw = groups.get("PixelMeasuresSequence", "PixelSpacing") or raw
    found = numbers(raw, 2)
    return found if found and min(found) > 0 else None


def frame_facts(dataset: Dataset, frame: int | None) -> dict[str, object]:
    """Facts that multi-frame images keep in functional groups; pixel spacing for all images."""
    if frame is None:
        return {"pixel_spacing_mm": spacing_mm(dataset)}
    groups = Groups.of(dataset, frame)
    facts: dict[str, object] = {"pixel_spacing_mm": spacing_mm(dataset, groups)}
    found = (
        ("slice_thickness_mm", _thickness_mm(groups)),
        ("kernel", _kernel(groups)),
        ("kvp", number(groups.holder("CTXRayDetailsSequence", "KVP"), "KVP")),
        ("rescale_type", text(groups.holder(_RESCALE, "RescaleType"), "RescaleType")),
    )
    facts.update({key: value for key, value in found if value not in (None, "")})
    kinds = groups.get("CTImageFrameTypeSequence", "FrameType")
    if kinds:
        facts["image_type"] = tuple(str(v) for v in kinds)
    agents = items(dataset, "ContrastBolusAgentSequence")
    if agents:
        facts["contrast_agent"] = text(agents[0], "CodeMeaning") or "given"
    return facts


def _thickness_mm(groups: Groups) -> float | None:
    return number(groups.holder("PixelMeasuresSequence", "SliceThickness"), "SliceThickness")


def _kernel(groups: Groups) -> str:
    return kernel(groups.holder("CTReconstructionSequence", "ConvolutionKernel"))


def _single(header: Header, dataset: Dataset) -> Image:
    instance = Instance(
        path=header.file.path,
        sop_instance_uid=text(dataset, "SOPInstanceUID"),
        frame=None,
        position_mm=_three(numbers(dataset.get("ImagePositionPatient"), 3)),
        orientation=numbers(dataset.get("ImageOrientationPatient"), 6),
        instance_number=_integer(dataset, "InstanceNumber"),
    )
    kind = (
        sop_class(dataset),
        text(dataset, "Modality"),
        *_size(dataset, spacing_mm(dataset)),
        tuple(str(v) for v in dataset.get("ImageType") or ()),
        _rounded(number(dataset, "SliceThickness")),
        kernel(dataset),
    )
    moments = (
        text(dataset, "AcquisitionNumber"),
        text(dataset, "TemporalPositionIdentifier"),
        text(dataset, "NominalPercentageOfCardiacPhase"),
        text(dataset, "ContentTime"),
        text(dataset, "AcquisitionDateTime") or text(dataset, "AcquisitionTime"),
    )
    return Image(
        name=header.file.name, instance=instance, dataset=dataset, kind=kind, moments=moments
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
    kind = (
        sop_class(dataset),
        text(dataset, "Modality"),
        *_size(dataset, spacing_mm(dataset, groups)),
        tuple(str(v) for v in groups.get("CTImageFrameTypeSequence", "FrameType") or ()),
        _rounded(_thickness_mm(groups)),
        _kernel(groups),
    )
    content = "FrameContentSequence"
    moments: tuple[Hashable, ...] = (
        str(groups.get(content, "FrameAcquisitionNumber") or ""),
        str(groups.get(content, "TemporalPositionIndex") or ""),
        str(groups.get("CardiacSynchronizationSequence", "NominalPercentageOfCardiacPhase") or ""),
        str(groups.get(content, "StackID") or ""),
        str(groups.get(content, "FrameAcquisitionDateTime") or ""),
    )
    return Image(
        name=header.file.name, instance=instance, dataset=dataset, kind=kind, moments=moments
    )


def _size(dataset: Dataset, spacing: tuple[float, ...] | None) -> tuple[Hashable, ...]:
    return (
        int(number(dataset, "Rows") or 0),
        int(number(dataset, "Columns") or 0),
        None if spacing is None else tuple(round(v, 3) for v in spacing),
    )


def _rounded(thickness_mm: float | None) -> float | None:
    return None if thickness_mm is None else round(thickness_mm, 1)


def _three(values: tuple[float, ...] | None) -> tuple[float, float, float] | None:
    return None if values is None else (values[0], values[1], values[2])


def _integer(dataset: Dataset, keyword: str) -> int | None:
    value = number(dataset, keyword)
    return None if value is None else int(value)
