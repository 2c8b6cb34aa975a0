"""The source series of a result, as every DICOM output has to refer to it.

Only one header is read again (one in all, whatever the number of images); where the images lie
is known from the catalogue. Source: DICOM PS3.3 C.7.1, C.7.2 (patient, study), C.7.4.1 (frame of
reference), PS3.5 6.1.2.3 (character sets).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from myotome.errors import InputError
from myotome.nouns.space.grid import Grid
from myotome.nouns.study.result import StudyResult
from myotome.nouns.study.series import Instance, Series
from myotome.quiet.here import quiet_here
from myotome.tables.outputs.dicom_outputs import INHERITED
from myotome.write.dicom.uids import any_identity, identity_of

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_SAME_PLANE = 1e-3
"""Direction cosines may differ by this much from those of the grid."""
_OFF_GRID = 0.06
"""A slice belongs to an image that lies within this share of a step of it along the normal."""
_ROUNDING_MM = 0.06
_OFF_CENTRE_PIXELS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceImage:
    """One image of the source series: an instance, or one ``frame`` (from 1 on) of one."""

    sop_class_uid: str
    sop_instance_uid: str
    frame: int | None
    position_mm: tuple[float, float, float]
    orientation: tuple[float, ...]

    def reference(self) -> Dataset:
        """Item that names this image (PS3.3 table 10-3)."""
        from pydicom.dataset import Dataset

        item = Dataset()
        item.ReferencedSOPClassUID = self.sop_class_uid
        item.ReferencedSOPInstanceUID = self.sop_instance_uid
        if self.frame is not None:
            item.ReferencedFrameNumber = self.frame
        return item


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Source:
    """The measured series. ``images`` has one entry per slice ``k`` of ``grid``.

    ``grid`` is the volume's source grid. An entry is None where no image lies at that slice:
    after a tilt was corrected or slices were interpolated. ``everything`` lists every image of
    the series, repeats too, along the slice normal. ``header`` is that of the first one, without
    pixels, with its text decoded and what cannot be valid left out of patient and study.
    ``identity`` is what the UIDs of outputs are made of.
    """

    header: Dataset
    images: tuple[SourceImage | None, ...]
    everything: tuple[SourceImage, ...]
    grid: Grid
    identity: str = field(default_factory=any_identity)

    @classmethod
    def of(cls, result: StudyResult) -> Source:
        """The source of ``result``; its files must still be there.

        Refuses (InputError) NIfTI, and series whose UIDs were removed.
        """
        series = _chosen(result)
        header = _header(series)
        grid = result.volume.source_grid
        everything = tuple(
            sorted(
                (_image(i, str(header.SOPClassUID)) for i in series.instances),
                key=lambda image: (_along(image, grid), image.sop_instance_uid, image.frame or 0),
            )
        )
        return cls(
            header=header,
            images=_planes(everything, grid),
            everything=everything,
            grid=grid,
            identity=identity_of(result),
        )

    @property
    def study_uid(self) -> str:
        """The Study Instance UID, which all outputs share."""
        return str(self.header.StudyInstanceUID)

    @property
    def series_uid(self) -> str:
        """The Series Instance UID of the source series."""
        return str(self.header.SeriesInstanceUID)

    @property
    def sop_class_uid(self) -> str:
        """The storage class of the source images."""
        return str(self.header.SOPClassUID)

    @property
    def frame_of_reference_uid(self) -> str:
        """The source's; if it has none, one that is always the same for this series."""
        return str(self.header.FrameOfReferenceUID)

    @property
    def is_multiframe(self) -> bool:
        """True if the images are frames of one or more Enhanced CT objects."""
        return self.everything[0].frame is not None

    @property
    def is_complete(self) -> bool:
        """True if every slice of the grid is an image of the source."""
        return None not in self.images

    def nearest(self, z_mm: float) -> SourceImage | None:
        """The image of the slice nearest patient z, at the middle of the image."""
        k = self.grid.nearest_k(z_mm)
        return None if k is None else self.images[k]

    def datasets(self) -> list[Dataset]:
        """The header as highdicom wants it: the first image's, or the whole multi-frame one.

        One stands for all images of the series: where frames lie is said to highdicom, and what
        they derive from is filled in after it. Patient and study are left empty (but for the
        study's UID): highdicom judges their values and copies only some, so
        :func:`~myotome.write.dicom.series.complete` fills them in. If frames come from several
        multi-frame files, only the first one's header is given.
        """
        from pydicom.dataset import Dataset

        if self.is_multiframe:
            made = Dataset()
            made.update({e.tag: e for e in self.header if e.keyword not in _IDENTITY})
            return [self._nameless(made)]
        return [self._single(self.everything[0])]

    def _single(self, image: SourceImage) -> Dataset:
        from pydicom.dataset import Dataset

        made = Dataset()
        for keyword in _OF_EVERY_IMAGE:
            if keyword in self.header:
                made.add(self.header[keyword])
        made.SOPInstanceUID = image.sop_instance_uid
        made.ImagePositionPatient = decimals(image.position_mm)
        made.ImageOrientationPatient = decimals(image.orientation)
        step = decimals(self.grid.spacing_mm[:1])[0]
        made.SpacingBetweenSlices = step
        if not made.get("SliceThickness"):
            made.SliceThickness = step
        return self._nameless(made)

    def _nameless(self, made: Dataset) -> Dataset:
        for row in INHERITED:
            if row.required:
                setattr(made, row.keyword, None)
        made.StudyInstanceUID = self.study_uid
        return made


_IDENTITY = frozenset(row.keyword for row in INHERITED)
_OF_EVERY_IMAGE = (
    "SOPClassUID",
    "SeriesInstanceUID",
    "FrameOfReferenceUID",
    "PositionReferenceIndicator",
    "Modality",
    "Rows",
    "Columns",
    "PixelSpacing",
    "SliceThickness",
    "LossyImageCompression",
    "LossyImageCompressionRatio",
    "LossyImageCompressionMethod",
    "Manufacturer",
    "ManufacturerModelName",
    "DeviceSerialNumber",
    "SoftwareVersions",
    "InstitutionName",
)


def decimals(values: Iterable[float]) -> list[Any]:
    """Numbers as DICOM decimal strings: at most 16 characters each, as exact as they allow."""
    from pydicom.valuerep import DSfloat

    return [DSfloat(float(value), auto_format=True) for value in values]


def _chosen(result: StudyResult) -> Series:
    series = next(j.series for j in result.judged if j.series.key == result.chosen)
    if series.format != "dicom" or not series.instances:
        raise InputError(
            "DICOM results need a DICOM source, and this series is a NIfTI file.",
            why="There is no patient, study or image that they could belong to.",
            mend="Run Myotome on the DICOM series, or leave out --dicom.",
        )
    if not all(instance.sop_instance_uid for instance in series.instances):
        raise _without_uids()
    return series


def _without_uids() -> InputError:
    return InputError(
        "DICOM results need the UIDs of their source, and those of this series were removed.",
        why="They could not refer to the images or belong to the study.",
        mend="De-identify with replaced UIDs instead of empty ones, or leave out --dicom.",
    )


def _header(series: Series) -> Dataset:
    """The first image's header, safe to copy from."""
    from pydicom import dcmread

    path = series.instances[0].path
    try:
        with quiet_here():  # odd values of the source are dealt with below
            header = dcmread(path, stop_before_pixels=True, force=True)
            header.decode()
            _mend(header)
    except (OSError, ValueError, TypeError, AttributeError, LookupError) as error:
        raise InputError(
            "the source images cannot be read again for the DICOM results.",
            why="Their patient and study are needed.",
            mend="Leave them in place until the run has ended.",
        ) from error
    required = ("SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID")
    if not all(str(header.get(keyword) or "") for keyword in required):
        raise _without_uids()
    if not str(header.get("FrameOfReferenceUID") or ""):
        made = uuid.uuid5(uuid.NAMESPACE_OID, f"frame of {header.SeriesInstanceUID}")
        header.FrameOfReferenceUID = f"2.25.{made.int}"
    return header


def _mend(header: Dataset) -> None:
    """Drop invalid patient and study values, and add the empty ones that must be there."""
    for row in INHERITED:
        if row.keyword in header and not _valid(header, row.keyword):
            del header[row.keyword]
        if row.required and row.keyword not in header:
            setattr(header, row.keyword, "")
        if row.keyword == "PatientSex" and header.PatientSex not in ("", "M", "F", "O"):
            header.PatientSex = ""


def _valid(header: Dataset, keyword: str) -> bool:
    """True if the value is one that PS3.5 allows; UIDs are taken as they are."""
    from pydicom.config import RAISE
    from pydicom.multival import MultiValue
    from pydicom.valuerep import validate_value

    element = header[keyword]
    if element.VR in ("SQ", "UI") or element.is_empty:
        return True
    values = element.value if isinstance(element.value, MultiValue) else [element.value]
    try:
        for value in values:
            validate_value(element.VR, str(value), RAISE)
            if element.VR in ("DA", "TM"):
                _require_moment(element.VR, str(value))
    except ValueError:
        return False
    return True


def _require_moment(kind: str, value: str) -> None:
    from pydicom.valuerep import DA, TM

    if value:
        DA(value) if kind == "DA" else TM(value)


def _image(instance: Instance, sop_class_uid: str) -> SourceImage:
    if instance.position_mm is None or instance.orientation is None:
        raise InputError("an image of the series does not say where it lies.")
    return SourceImage(
        sop_class_uid=sop_class_uid,
        sop_instance_uid=instance.sop_instance_uid,
        frame=None if instance.frame is None else instance.frame + 1,
        position_mm=instance.position_mm,
        orientation=instance.orientation,
    )


def _along(image: SourceImage, grid: Grid) -> float:
    """Fractional slice index of the image's first pixel."""
    return round(float(grid.to_index(image.position_mm)[0]), 6)


def _planes(everything: tuple[SourceImage, ...], grid: Grid) -> tuple[SourceImage | None, ...]:
    """The image at every slice of the grid; of repeats the first."""
    found: dict[int, tuple[float, SourceImage]] = {}
    directions = np.concatenate([grid.direction[:, 0], grid.direction[:, 1]])
    step_mm = grid.spacing_mm[0]
    reach = max(_OFF_GRID, _ROUNDING_MM / step_mm)
    for image in everything:
        if np.abs(np.asarray(image.orientation) - directions).max() > _SAME_PLANE:
            continue
        index = grid.to_index(image.position_mm)
        k = round(float(index[0]))
        off = abs(float(index[0]) - k)
        aside = np.abs(index[1:]).max()
        if 0 <= k < grid.shape[0] and off <= reach and aside <= _OFF_CENTRE_PIXELS:
            best = found.get(k)
            if best is None or off < best[0] - 1e-6:
                found[k] = (off, image)
    return tuple(found[k][1] if k in found else None for k in range(grid.shape[0]))
