"""The pictures of a result as DICOM Secondary Captures, for viewers that know nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from myotome.nouns.study.result import StudyResult
from myotome.tables.codes.code import standard
from myotome.tables.outputs.wording import RESEARCH_USE
from myotome.write.dicom.series import NewSeries, code_item, complete, plain
from myotome.write.dicom.source import Source, SourceImage
from myotome.write.pictures import muscles as figure
from myotome.write.pictures.canvas import Picture, Rgb
from myotome.write.pictures.composition import KINDS, measured_places

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_COLUMNS = 3
_TILE_PX = 480
_GAP_PX = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """How pictures whose role begins with ``prefix`` are written.

    ``output`` is a row of the outputs table; ``orientation`` is where a row and a column of the
    picture run to in the patient, None where the picture shows several views.
    """

    prefix: str
    output: str
    orientation: tuple[str, str] | None


ROLES: tuple[Role, ...] = (
    Role(prefix="montage", output="overlay_sc", orientation=None),
    Role(prefix="axial", output="overlay_sc", orientation=("L", "P")),
    Role(prefix="coronal", output="overlay_sc", orientation=("L", "F")),
    Role(prefix="sagittal", output="overlay_sc", orientation=("P", "F")),
    Role(prefix="map", output="quality_sc", orientation=("L", "P")),
    Role(prefix="quality montage", output="quality_sc", orientation=None),
    Role(prefix="quality", output="quality_sc", orientation=("L", "P")),
    Role(prefix="composition montage", output="quality_sc", orientation=None),
    Role(prefix="composition", output="quality_sc", orientation=("L", "P")),
    Role(prefix="", output="quality_sc", orientation=None),
)
"""The first row that fits counts; the last takes every picture that is not known here."""

_NOT_ALONE = frozenset({"hero"})
"""Roles that show a picture again."""


def captures(result: StudyResult, source: Source, pictures: Mapping[str, Picture]) -> list[Dataset]:
    """The pictures as Secondary Captures: overlays in one series, tissue maps in another.

    ``pictures`` are those of ``write.results.draw``, by role. Overlays that look from the feet
    or the front are shown in one montage, and where there is a montage its parts are not written
    again, so that the objects stay small. Each has its legend and the research-use line burned
    in, but nothing that names the person; title and caption are in ImageComments. PS3.3 A.8.1,
    C.8.6.
    """
    shown = _shown(pictures)
    heights, citing = _heights_mm(result), _Citing(source)
    series: dict[str, NewSeries] = {}
    made = []
    for role, picture in shown.items():
        row = role_of(role)
        known = series.get(row.output)
        new = (
            known.next_instance() if known else NewSeries.of(source, row.output, result.provenance)
        )
        series[row.output] = new
        image = source.nearest(heights[role]) if role in heights else None
        of = source.everything if image is None else (image,)
        made.append(_capture(citing, new, row, picture, of))
    return made


def _shown(pictures: Mapping[str, Picture]) -> dict[str, Picture]:
    shown = {role: p for role, p in pictures.items() if role not in _NOT_ALONE}
    overlays = [p for role, p in shown.items() if _is_overlay(role_of(role))]
    if len(overlays) > 1:
        rest = {role: p for role, p in shown.items() if not _is_overlay(role_of(role))}
        shown = {"montage": montage(overlays), **rest}
    parted = tuple(role.removesuffix("montage") for role in shown if role.endswith(" montage"))
    return {
        role: picture
        for role, picture in shown.items()
        if role.endswith("montage") or not (parted and role.startswith(parted))
    }


def _is_overlay(role: Role) -> bool:
    """Whether it joins the montage, whose left is the patient's right throughout."""
    looks_from_front_or_feet = role.orientation is not None and role.orientation[0] == "L"
    return role.output == "overlay_sc" and looks_from_front_or_feet


def _heights_mm(result: StudyResult) -> dict[str, float]:
    """Where the axial pictures lie, by role."""
    shown = figure.places(result)
    heights = {f"axial {place.name}": place.z_mm for place in shown}
    for kind in KINDS:
        heights |= {f"{kind.key} {p.name}": p.z_mm for p in measured_places(result)}
    return {**heights, "map": figure.best_place(result, shown).z_mm}


def role_of(role: str) -> Role:
    """The row for a picture's role."""
    return next(row for row in ROLES if role.startswith(row.prefix))


def montage(pictures: Sequence[Picture]) -> Picture:
    """All pictures in one, three in a row, each at the same width; their legends once."""
    tiles = [_tile(p.image) for p in pictures]
    rows = [tiles[i : i + _COLUMNS] for i in range(0, len(tiles), _COLUMNS)]
    wide = min(len(tiles), _COLUMNS)
    heights = [max(tile.height for tile in row) for row in rows]
    size = (wide * (_TILE_PX + _GAP_PX) - _GAP_PX, sum(heights) + _GAP_PX * (len(rows) - 1))
    sheet = Image.new("RGB", size, (0, 0, 0))
    top = 0
    for row, height in zip(rows, heights, strict=True):
        for column, tile in enumerate(row):
            sheet.paste(tile, (column * (_TILE_PX + _GAP_PX), top))
        top += height + _GAP_PX
    legend: dict[str, Rgb] = {}
    for picture in pictures:
        legend.update(picture.legend)
    return Picture(
        name="montage",
        title="Muscles on the CT, overview",
        caption="; ".join(p.title for p in pictures) + ".",
        image=sheet,
        legend=tuple(legend.items()),
    )


def _tile(image: Image.Image) -> Image.Image:
    high = max(1, round(image.height * _TILE_PX / image.width))
    return image.convert("RGB").resize((_TILE_PX, high), Image.Resampling.LANCZOS)


def _capture(
    citing: _Citing, new: NewSeries, role: Role, picture: Picture, of: Sequence[SourceImage]
) -> Dataset:
    from pydicom.uid import SecondaryCaptureImageStorage

    source = citing.source
    dataset = plain(source, new, SecondaryCaptureImageStorage)
    dataset.ConversionType = "WSD"
    dataset.Laterality = ""
    dataset.BurnedInAnnotation = "NO"
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.PatientOrientation = list(role.orientation) if role.orientation else ""
    title = picture.title.rstrip(".")
    dataset.ImageComments = f"{title}. {picture.caption} {RESEARCH_USE}"
    dataset.DerivationDescription = f"{title}: segmentation drawn on the CT by Myotome"
    dataset.DerivationCodeSequence = [code_item(standard("DCM", "113076", "Segmentation"))]
    dataset.SourceImageSequence = citing.made_from(of)
    dataset.ReferencedSeriesSequence = citing.series(of)
    _loss(dataset, source.header)
    _pixels(dataset, picture.standalone().convert("RGB"))
    complete(dataset, source, new)
    return dataset


def _pixels(dataset: Dataset, image: Image.Image) -> None:
    pixels = np.asarray(image, dtype=np.uint8)
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 3, "RGB"
    dataset.PlanarConfiguration = 0
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    raw = pixels.tobytes()
    dataset.PixelData = raw + b"\0" * (len(raw) % 2)
    dataset["PixelData"].VR = "OB"


def _loss(dataset: Dataset, header: Dataset) -> None:
    """What was once compressed with loss stays so, whatever is made of it (PS3.3 C.7.6.1.1.5)."""
    if header.get("LossyImageCompression") != "01":
        return
    for keyword in (
        "LossyImageCompression",
        "LossyImageCompressionRatio",
        "LossyImageCompressionMethod",
    ):
        if keyword in header:
            dataset[keyword] = header[keyword]


def instance_items(images: Sequence[SourceImage]) -> list[Dataset]:
    """References to the instances of ``images``, each once, without frame numbers."""
    items: dict[str, Dataset] = {}
    for image in images:
        item = image.reference()
        if "ReferencedFrameNumber" in item:
            del item.ReferencedFrameNumber
        items.setdefault(image.sop_instance_uid, item)
    return list(items.values())


@dataclass(frozen=True, slots=True, eq=False)
class _Citing:
    """The items with which captures name their images; those of whole series are made once."""

    source: Source
    known: dict[str, list[Dataset]] = field(default_factory=dict)

    def series(self, images: Sequence[SourceImage]) -> list[Dataset]:
        """The Common Instance Reference module's items for ``images`` (PS3.3 C.12.2)."""
        return self._once("series", images, self._series)

    def made_from(self, images: Sequence[SourceImage]) -> list[Dataset]:
        """The items of the Source Image Sequence (PS3.3 C.7.6.1)."""
        return self._once("made from", images, _source_items)

    def _once(
        self, what: str, images: Sequence[SourceImage], make: Callable[..., list[Dataset]]
    ) -> list[Dataset]:
        if images is not self.source.everything:
            return make(images)
        if what not in self.known:
            self.known[what] = make(images)
        return self.known[what]

    def _series(self, images: Sequence[SourceImage]) -> list[Dataset]:
        from pydicom.dataset import Dataset

        item = Dataset()
        item.SeriesInstanceUID = self.source.series_uid
        item.ReferencedInstanceSequence = instance_items(images)
        return [item]


def _source_items(images: Sequence[SourceImage]) -> list[Dataset]:
    purpose = standard("DCM", "121322", "Source image for image processing operation")
    single = len(images) == 1
    items = [images[0].reference()] if single else instance_items(images)
    for item in items:
        item.PurposeOfReferenceCodeSequence = [code_item(purpose)]
    return items
