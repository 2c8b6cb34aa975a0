"""The other things a study holds: localizer, dose report, captures, reformats, MR, a head."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from myotome.nouns.space.grid import Grid
from myotome.phantom.dicom.image import image, number_text, start
from myotome.phantom.dicom.stack import Identity, Stack, stack_of
from myotome.phantom.render import Phantom, render_recipe

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Named = Iterator[tuple[str, "Dataset"]]


def extra(key: str, identity: Identity, phantom: Phantom) -> Named:
    """(file name, dataset) of every object of one extra series of ``faults.EXTRA_SERIES``."""
    yield from _MAKERS[key](identity, phantom)


def images(identity: Identity, stack: Stack, prefix: str) -> Named:
    """(file name, dataset) of every image of a stack."""
    for index in range(len(stack.pixels)):
        yield f"{prefix}_{index + 1:04d}", image(identity, stack, index)


def localizer_stack(phantom: Phantom) -> Stack:
    """Frontal and lateral projections, as a scanner's scout views."""
    grid, hu = phantom.volume.grid, phantom.volume.hu.astype(np.float32)
    dk, dj, di = grid.spacing_mm
    corner = grid.to_lps_mm((grid.shape[0] - 1, grid.shape[1] // 2, 0))
    front = hu[::-1].mean(axis=1)[None]
    return Stack(
        pixels=np.clip(front, -1024, 3071).astype(np.int16),
        positions_mm=corner[None],
        orientation=(1.0, 0.0, 0.0, 0.0, 0.0, -1.0),
        pixel_mm=(dk, di),
        thickness_mm=dj * grid.shape[1],
        acquisitions=(1,),
        instances=(1,),
        number=1,
        description="TOPOGRAM",
        image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"),
    )


def _localizer(identity: Identity, phantom: Phantom) -> Named:
    yield from images(identity, localizer_stack(phantom), "localizer")


def _coronal(identity: Identity, phantom: Phantom) -> Named:
    grid = phantom.volume.grid
    dk, dj, di = grid.spacing_mm
    step = max(1, round(5.0 / dj))
    rows = np.arange(step, grid.shape[1] - step, step)
    corner = np.stack([np.full(rows.size, grid.shape[0] - 1), rows, np.zeros(rows.size)], axis=-1)
    stack = Stack(
        pixels=phantom.volume.hu[::-1, rows].transpose(1, 0, 2),
        positions_mm=grid.to_lps_mm(corner),
        orientation=(1.0, 0.0, 0.0, 0.0, 0.0, -1.0),
        pixel_mm=(dk, di),
        thickness_mm=step * dj,
        acquisitions=(1,) * rows.size,
        instances=tuple(range(1, rows.size + 1)),
        number=5,
        description="COR MPR",
        image_type=("DERIVED", "SECONDARY", "REFORMATTED"),
    )
    yield from images(identity, stack, "coronal")


def _sharp(identity: Identity, phantom: Phantom) -> Named:
    recipe = replace(phantom.recipe, sharpness=1.0, noise_hu=phantom.recipe.noise_hu * 2.5 + 10)
    copy = render_recipe(phantom.anatomy, recipe)
    yield from images(identity, stack_of(copy, number=6, description="ABD SHARP"), "sharp")


def _thin(identity: Identity, phantom: Phantom) -> Named:
    _, dj, di = phantom.recipe.spacing_mm
    recipe = replace(
        phantom.recipe,
        spacing_mm=(1.0, dj, di),
        oversample=1,
        noise_hu=phantom.recipe.noise_hu * 2.0,
    )
    copy = render_recipe(phantom.anatomy, recipe)
    yield from images(identity, stack_of(copy, number=7, description="ABD THIN 1.0"), "thin")


def _mr(identity: Identity, phantom: Phantom) -> Named:
    base = stack_of(phantom, number=8, description="T1 AX")
    # Fat is bright and air dark on T1; the exact greys do not matter.
    greys = np.where(base.pixels < -400, 5, np.where(base.pixels < -20, 900, 400))
    stack = replace(
        base,
        pixels=greys.astype(np.int16),
        modality="MR",
        kernel="",
        contrast_tag="",
        image_type=("ORIGINAL", "PRIMARY", "M", "SE"),
    )
    yield from images(identity, stack, "mr")


def _secondary_capture(identity: Identity, phantom: Phantom) -> Named:
    from pydicom.uid import SecondaryCaptureImageStorage

    chosen = np.linspace(0, phantom.volume.grid.shape[0] - 1, 3).astype(int)
    for index, k in enumerate(chosen):
        name = f"capture {index}"
        ds = start(identity, SecondaryCaptureImageStorage, "CT", 9, name)
        ds.ConversionType, ds.SeriesDescription = "WSD", "SCREEN SAVE"
        ds.ImageType = ["DERIVED", "SECONDARY"]
        ds.InstanceNumber, ds.Laterality, ds.PatientOrientation = index + 1, "", ""
        window = (phantom.volume.hu[k].astype(np.float32) + 160) / 400 * 255
        pixels = np.clip(window, 0, 255).astype(np.uint8)
        pixels = np.pad(pixels, [(0, pixels.shape[0] % 2), (0, pixels.shape[1] % 2)])
        ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
        ds.Rows, ds.Columns = pixels.shape
        ds.BitsAllocated = ds.BitsStored = 8
        ds.HighBit, ds.PixelRepresentation = 7, 0
        ds.PixelData = pixels.tobytes()
        ds["PixelData"].VR = "OW"
        yield f"capture_{index + 1:04d}", ds


def _dose_report(identity: Identity, phantom: Phantom) -> Named:  # noqa: ARG001 - one signature
    from pydicom.uid import XRayRadiationDoseSRStorage

    ds = start(identity, XRayRadiationDoseSRStorage, "SR", 10, "dose")
    ds.SeriesDescription, ds.InstanceNumber = "Dose Report", 1
    ds.ReferencedPerformedProcedureStepSequence = []
    ds.PerformedProcedureCodeSequence = []
    ds.CompletionFlag, ds.VerificationFlag = "COMPLETE", "UNVERIFIED"
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    title = _code("113701", "DCM", "X-Ray Radiation Dose Report")
    ds.ConceptNameCodeSequence = [title]
    ds.ContentSequence = [_dose_item()]
    yield "dose_report", ds


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _dose_item() -> Dataset:
    from pydicom.dataset import Dataset

    item, measured = Dataset(), Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", "NUM"
    item.ConceptNameCodeSequence = [_code("113813", "DCM", "CT Dose Length Product Total")]
    measured.NumericValue = "500"
    measured.MeasurementUnitsCodeSequence = [_code("mGy.cm", "UCUM", "mGy.cm")]
    item.MeasuredValueSequence = [measured]
    return item


def head(identity: Identity) -> Named:
    """A head CT: skull, brain, sinuses; 30 slices of 5 mm."""
    grid = Grid.axial((30, 96, 96), (5.0, 2.4, 2.4), (-114.0, -114.0, 0.0))
    axes = [np.arange(n, dtype=np.float32) for n in grid.shape]
    k, j, i = np.meshgrid(*axes, indexing="ij")
    z, y, x = k * 5.0 - 60.0, j * 2.4 - 114.0, i * 2.4 - 114.0

    def within(a: float, b: float, c: float, y0: float = 0.0) -> NDArray[np.bool_]:
        return np.asarray((x / a) ** 2 + ((y - y0) / b) ** 2 + (z / c) ** 2 <= 1)

    hu = np.full(grid.shape, -1000.0, dtype=np.float32)
    for inside, value in (
        (within(78, 98, 95), 30.0),
        (within(72, 92, 90), 900.0),
        (within(66, 86, 84), 36.0),
        (within(9, 26, 18), 6.0),
    ):
        hu[inside] = value
    hu[within(10, 10, 20, -74.0)] = -900.0
    stack = Stack(
        pixels=hu[::-1].astype(np.int16),
        positions_mm=grid.to_lps_mm(
            np.stack([np.arange(30)[::-1], np.zeros(30), np.zeros(30)], axis=-1)
        ),
        orientation=(1.0, 0.0, 0.0, 0.0, 1.0, 0.0),
        pixel_mm=(2.4, 2.4),
        thickness_mm=5.0,
        acquisitions=(1,) * 30,
        instances=tuple(range(1, 31)),
        description="HEAD 5.0",
        kernel="SOFT",
        body_part="HEAD",
    )
    yield from images(identity, stack, "head")


_MAKERS: dict[str, Callable[[Identity, Phantom], Named]] = {
    "localizer": _localizer,
    "dose_report": _dose_report,
    "secondary_capture": _secondary_capture,
    "coronal_mpr": _coronal,
    "sharp": _sharp,
    "thin": _thin,
    "mr": _mr,
}

__all__ = ["extra", "head", "images", "localizer_stack", "number_text"]
