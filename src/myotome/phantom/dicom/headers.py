"""Headers that contradict the images, each other or themselves: one row per fault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from myotome.phantom.dicom import hostile
from myotome.tables.registry import Registry

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

WHICH: Mapping[str, Callable[[int, int], bool]] = {
    "all": lambda _n, _count: True,
    "one": lambda n, count: n == count // 2,
    "last": lambda n, count: n == count - 1,
    "odd": lambda n, _count: n % 2 == 1,
    "third": lambda n, _count: n % 3 == 2,
    "lower": lambda n, count: n >= count // 2,
}
"""Which images of a series (number, count; from head to feet) a fault changes."""

Change = Callable[["Dataset", int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderFault:
    """One fault of headers. ``which`` images it changes, ``change`` how (dataset, number).

    ``expected`` is as in :class:`myotome.phantom.faults.FaultRow`.
    """

    key: str
    words: str
    expected: str
    which: str
    change: Change


def _set(**values: Any) -> Change:
    def change(ds: Dataset, _n: int) -> None:
        for keyword, value in values.items():
            setattr(ds, keyword, value)

    return change


def _times(keyword: str, factor: float) -> Change:
    from pydicom.valuerep import format_number_as_ds

    def scaled(value: Any) -> str:
        return str(format_number_as_ds(float(value) * factor))

    def change(ds: Dataset, _n: int) -> None:
        old = ds[keyword].value
        many = not isinstance(old, str) and hasattr(old, "__len__")
        setattr(ds, keyword, [scaled(v) for v in old] if many else scaled(old))

    return change


def _without(keyword: str) -> Change:
    def change(ds: Dataset, _n: int) -> None:
        delattr(ds, keyword)

    return change


def _own_uid(keyword: str, *, each: bool) -> Change:
    """Another UID, one for all that are changed or each its own; the same every time."""

    def change(ds: Dataset, n: int) -> None:
        from pydicom.uid import generate_uid

        old = [str(ds.get(keyword)), *([str(n)] if each else ["other"])]
        setattr(ds, keyword, str(generate_uid(entropy_srcs=old)))

    return change


def _one_uid(ds: Dataset, _n: int) -> None:
    from pydicom.uid import generate_uid

    ds.SOPInstanceUID = str(generate_uid(entropy_srcs=[str(ds.SeriesInstanceUID), "one image"]))
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID


def _type_more(ds: Dataset, _n: int) -> None:
    ds.ImageType = [*ds.ImageType, "SPI"]


def _stranger(key: str, words: str, change: Change, expected: str = "refused") -> HeaderFault:
    return HeaderFault(
        key=f"stranger_{key}",
        words=f"one slice {words}",
        expected=expected,
        which="one",
        change=change,
    )


def _jitter(key: str, words: str, which: str, change: Change) -> HeaderFault:
    return HeaderFault(
        key=f"jitter_{key}", words=words, expected="corrected", which=which, change=change
    )


def _half(key: str, words: str, change: Change, expected: str) -> HeaderFault:
    return HeaderFault(
        key=f"half_{key}", words=words, expected=expected, which="lower", change=change
    )


_STRANGERS = (
    _stranger("intercept_lost", "without rescale intercept", _without("RescaleIntercept")),
    _stranger("intercept_zero", "with a rescale intercept of 0", _set(RescaleIntercept="0")),
    _stranger("slope", "with a rescale slope of 2", _set(RescaleSlope="2")),
    _stranger("unit", "with values in another unit", _set(RescaleType="US")),
    _stranger(
        "photometric", "that is shown inverted", _set(PhotometricInterpretation="MONOCHROME1")
    ),
    _stranger("bits", "that says it has 12 bits", _set(BitsStored=12, HighBit=11), "flagged"),
    _stranger("kvp", "made at 80 kV", _set(KVP="80")),
    _stranger("kernel", "of a sharp kernel", _set(ConvolutionKernel="BONEPLUS")),
    _stranger("patient", "of another patient", _set(PatientID="SOMEONE", PatientName="Someone")),
    _stranger(
        "frame", "with another frame of reference", _own_uid("FrameOfReferenceUID", each=False)
    ),
    _stranger("spacing", "with other pixels", _times("PixelSpacing", 0.8)),
)
_JITTERS = (
    _jitter("thickness", "thickness rounded otherwise", "odd", _times("SliceThickness", 1.012)),
    _jitter("spacing", "pixel spacing rounded otherwise", "odd", _times("PixelSpacing", 1.0003)),
    _jitter("kernel", "kernel in small letters", "third", _set(ConvolutionKernel="standard")),
    _jitter("image_type", "one more value of image type", "third", _type_more),
    _jitter(
        "frames",
        "a frame of reference made up for every image",
        "all",
        _own_uid("FrameOfReferenceUID", each=True),
    ),
)
_HALVES = (
    _half(
        "frame",
        "lower half in another frame of reference",
        _own_uid("FrameOfReferenceUID", each=False),
        "flagged",
    ),
    _half("kernel", "lower half of another kernel", _set(ConvolutionKernel="BONEPLUS"), "flagged"),
    _half("kvp", "lower half at another tube voltage", _set(KVP="80"), "flagged"),
    _half("patient", "lower half of another patient", _set(PatientID="SOMEONE"), "refused"),
)
_SERIES = (
    HeaderFault(
        key="two_series",
        words="every second image has another series UID",
        expected="flagged",
        which="odd",
        change=_own_uid("SeriesInstanceUID", each=False),
    ),
    HeaderFault(
        key="series_each",
        words="every image has its own series UID",
        expected="refused",
        which="all",
        change=_own_uid("SeriesInstanceUID", each=True),
    ),
)
_UIDS = tuple(
    HeaderFault(key=key, words=words, expected="flagged", which=which, change=change)
    for key, words, which, change in (
        ("uid_of_all", "one SOP instance UID for all images", "all", _one_uid),
        ("uid_of_some", "one SOP instance UID for the lower half", "lower", _one_uid),
        ("uid_of_three", "one SOP instance UID for every third image", "third", _one_uid),
    )
)
_DERIVED = tuple(
    HeaderFault(key=key, words=words, expected=expected, which="all", change=_set(**said))
    for key, words, expected, said in (
        (
            "derived_mono",
            "called monoenergetic at 40 keV",
            "refused",
            {"SeriesDescription": "Monoenergetic Plus 40 keV"},
        ),
        (
            "derived_vnc",
            "called virtual non-contrast",
            "flagged",
            {"SeriesDescription": "ABD VNC 5.0", "ContrastBolusAgent": "Iomeron 350"},
        ),
        ("derived_mip", "called AX_MIP", "refused", {"SeriesDescription": "AX_MIP"}),
        (
            "derived_type",
            "a material map by its image type",
            "refused",
            {"ImageType": ["DERIVED", "PRIMARY", "AXIAL", "MAT_SPECIFIC"]},
        ),
        (
            "contrast_both",
            "a study before and after contrast medium",
            "corrected",
            {"StudyDescription": "CT ABDOMEN W WO CONTRAST"},
        ),
    )
)


def _step_said(ds: Dataset, _n: int) -> None:
    ds.SpacingBetweenSlices = str(2 * float(ds.SliceThickness))


_CONTRADICTIONS = tuple(
    HeaderFault(key=f"contradicts_{key}", words=words, expected=expected, which="all", change=how)
    for key, words, expected, how in (
        ("diameter", "a larger reconstruction", "refused", _times("ReconstructionDiameter", 1.4)),
        ("step", "slices twice as far apart", "flagged", _step_said),
        ("tilt", "a gantry tilt of 12 degrees", "flagged", _set(GantryDetectorTilt="12")),
        ("position", "a person on the belly", "flagged", _set(PatientPosition="HFP")),
    )
)

_LOSSY = tuple(
    HeaderFault(key=f"lossy_{key}", words=words, expected="flagged", which=which, change=how)
    for key, words, which, how in (
        ("ratio", "said to be small by a ratio alone", "all", _set(LossyImageCompressionRatio="8")),
        (
            "method",
            "said to be coded with loss by its method alone",
            "all",
            _set(LossyImageCompressionMethod="ISO_10918_1"),
        ),
        ("one", "one image compressed with loss", "one", _set(LossyImageCompression="01")),
        (
            "some",
            "every third image compressed with loss",
            "third",
            _set(LossyImageCompression="01", LossyImageCompressionRatio="6"),
        ),
    )
)
_DOUBTS = tuple(
    HeaderFault(key=key, words=words, expected="flagged", which="all", change=_set(**said))
    for key, words, said in (
        (
            "lossy",
            "compressed with loss",
            {
                "LossyImageCompression": "01",
                "LossyImageCompressionRatio": "12.5",
                "LossyImageCompressionMethod": "ISO_15444_1",
            },
        ),
        ("decubitus", "a person said to lie on the right side", {"PatientPosition": "HFDR"}),
        ("child", "a person of 9 years", {"PatientAge": "009Y"}),
        ("child_by_dates", "a person born 9 years before", {"PatientBirthDate": "20100615"}),
        (
            "contradicts_age",
            "a person of 45 years, born 9 years before",
            {"PatientAge": "045Y", "PatientBirthDate": "20100615"},
        ),
        (
            "field_extended",
            "reconstructed beyond what was measured",
            {"DataCollectionDiameter": "200"},
        ),
    )
)
_HOSTILE = tuple(
    HeaderFault(key=key, words=words, expected=expected, which=which, change=getattr(hostile, key))
    for key, words, expected, which in (
        ("overlay_absurd", "sixteen overlays of 4 billion pixels, in 2 bytes", "corrected", "all"),
        ("overlay_in_pixels", "overlays in the bits above the values", "corrected", "all"),
        ("palette_absurd", "places in a palette that is not there", "refused", "all"),
        ("palette_beside", "a broken palette that nothing asks for", "corrected", "all"),
        ("table_absurd", "a table of values that is not there", "refused", "all"),
        ("table_of_bits", "one slice with an absurd table of values", "refused", "one"),
        ("rows_absurd", "one image of 4 billion pixels", "refused", "one"),
        ("frames_absurd", "one image of 900 million frames", "refused", "one"),
    )
)
HEADER_FAULTS: tuple[HeaderFault, ...] = (
    *_STRANGERS,
    *_JITTERS,
    *_HALVES,
    *_SERIES,
    *_UIDS,
    *_DERIVED,
    *_CONTRADICTIONS,
    *_HOSTILE,
    *_LOSSY,
    *_DOUBTS,
)
HEADER_FAULT = Registry("header fault", HEADER_FAULTS)


def with_header_fault(ds: Dataset, key: str, n: int, count: int) -> None:
    """Change the header of image ``n`` of ``count`` as the fault ``key`` has it, in place."""
    row = HEADER_FAULT[key]
    if WHICH[row.which](n, count):
        row.change(ds, n)
