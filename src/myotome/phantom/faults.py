"""What can be wrong with a CT study: switches, and one row per fault for tests and the CLI."""

from __future__ import annotations

from dataclasses import dataclass, replace

from myotome.errors import InputError
from myotome.phantom.dicom.headers import HEADER_FAULT, HEADER_FAULTS
from myotome.tables.registry import Registry

SYNTAXES = (
    *("explicit", "implicit", "deflated", "rle", "j2k", "jpeg_ls", "jpeg_lossless"),
    *("j2k_lossy", "jpeg_ls_near"),
)
EXTRA_SERIES = (
    "localizer",
    "dose_report",
    "secondary_capture",
    "coronal_mpr",
    "sharp",
    "thin",
    "mr",
)
FOREIGN = ("elsewhere", "shifted", "blank", "brighter")
"""Of another place in the body, moved within its plane, empty, and 100 HU too high."""
BREAKS = ("corrupt", "truncated", "no_pixels", "short_pixels", "long_pixels", "bomb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """Switches of :func:`~myotome.phantom.write_dicom`; the default is a sound axial study.

    ``tilt_deg``: gantry tilt. ``missing_slices``: that many neighbours left out in mid-slab.
    ``duplicate_slices``: that many written twice (new SOP instance, same place).
    ``variable_spacing``: every second slice left out in the lower half.
    ``truncate_top_mm``/``truncate_bottom_mm``: the scan ends that far inside the slab.
    ``fov_radius_mm``: nothing reconstructed outside that circle about the image's middle;
    ``padding`` marks what is outside the (large) circle by PixelPaddingValue.
    ``sharp_kernel``, ``thin_mm``: how the only axial series was made.
    ``extra_series``: further series, of ``EXTRA_SERIES``. ``only``: that series *instead* of the
    abdomen, or "head". ``contrast_tags``: "true", "absent" or "enhanced" (said, whatever the
    image shows). ``syntax``: of ``SYNTAXES``. ``stored``: "signed", "unsigned" or "per_slice"
    rescale. ``order``: "head_first", "feet_first" or "shuffled" instance numbers.
    ``broken``: one slice each, of ``BREAKS``. ``phases``: 2 acquisitions in one series.
    ``headers``: what the main series' headers say wrongly, of ``HEADER_FAULTS``.
    ``hu_slope`` and ``hu_offset``: the values are no HU any more, whatever the header says;
    ``foreign_slice``: of one slice in mid-slab, of ``FOREIGN``.
    """

    tilt_deg: float = 0.0
    missing_slices: int = 0
    duplicate_slices: int = 0
    variable_spacing: bool = False
    truncate_top_mm: float | None = None
    truncate_bottom_mm: float | None = None
    fov_radius_mm: float | None = None
    padding: bool = False
    sharp_kernel: bool = False
    thin_mm: float | None = None
    extra_series: tuple[str, ...] = ()
    only: str = ""
    contrast_tags: str = "true"
    syntax: str = "explicit"
    multiframe: bool = False
    stored: str = "signed"
    order: str = "head_first"
    extension: bool = True
    nested: bool = False
    dicomdir: bool = False
    clutter: bool = False
    empty_file: bool = False
    second_patient: bool = False
    broken: tuple[str, ...] = ()
    stripped_uids: bool = False
    single_slice: bool = False
    mixed_orientations: bool = False
    phases: int = 1
    headers: tuple[str, ...] = ()
    hu_slope: float = 1.0
    hu_offset: float = 0.0
    foreign_slice: str = ""

    def __post_init__(self) -> None:
        choices = (
            ("syntax", (self.syntax,), SYNTAXES),
            ("stored", (self.stored,), ("signed", "unsigned", "per_slice")),
            ("order", (self.order,), ("head_first", "feet_first", "shuffled")),
            ("contrast_tags", (self.contrast_tags,), ("true", "absent", "enhanced")),
            ("extra_series", self.extra_series, EXTRA_SERIES),
            ("only", (self.only,), ("", "head", *EXTRA_SERIES)),
            ("broken", self.broken, BREAKS),
            ("phases", (self.phases,), (1, 2)),
            ("headers", self.headers, tuple(HEADER_FAULT)),
            ("foreign_slice", (self.foreign_slice,), ("", *FOREIGN)),
        )
        for name, values, allowed in choices:
            for value in values:
                if value not in allowed:
                    known = ", ".join(str(a) for a in allowed if a != "")
                    raise InputError(f'the fault {name} cannot be "{value}".', mend=f"Use {known}.")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRow:
    """One fault by name. ``expected`` is what a careful reader makes of it.

    "corrected": same numbers as without it. "refused": a typed refusal that names it.
    "other series used": the sound axial series beside it is measured. "flagged": measured, with
    a flag or partial values, or a file set aside with its reason.
    """

    key: str
    words: str
    expected: str
    faults: Faults


def _row(key: str, words: str, expected: str, faults: Faults) -> FaultRow:
    return FaultRow(key=key, words=words, expected=expected, faults=faults)


def _extra(key: str, words: str) -> FaultRow:
    return _row(key, words, "other series used", Faults(extra_series=(key,)))


def _syntax(key: str, words: str) -> FaultRow:
    return _row(key, words, "corrected", Faults(syntax=key))


def _only(key: str, words: str, series: str) -> FaultRow:
    return _row(key, words, "refused", Faults(only=series))


def _broken(kind: str, words: str) -> FaultRow:
    return _row(f"{kind}_slice", words, "refused", Faults(broken=(kind,)))


FAULTS: tuple[FaultRow, ...] = (
    _row("tilt", "gantry tilted by 12 degrees", "corrected", Faults(tilt_deg=12.0)),
    _row("gap", "3 neighbouring slices missing", "refused", Faults(missing_slices=3)),
    _row("duplicates", "4 slices sent twice", "corrected", Faults(duplicate_slices=4)),
    _row(
        "variable_spacing", "spacing doubles half-way", "corrected", Faults(variable_spacing=True)
    ),
    _row("cut_top", "scan begins below the lung base", "flagged", Faults(truncate_top_mm=30.0)),
    _row("cut_bottom", "scan ends in L4", "flagged", Faults(truncate_bottom_mm=45.0)),
    _row("cut_fov", "field of view narrower than the body", "flagged", Faults(fov_radius_mm=150.0)),
    _row("padding", "pixel padding value outside the circle", "corrected", Faults(padding=True)),
    _row("sharp_kernel", "only an edge-enhancing kernel", "refused", Faults(sharp_kernel=True)),
    _row("thin_slices", "only 1 mm slices", "corrected", Faults(thin_mm=1.0)),
    _extra("localizer", "a localizer beside the series"),
    _extra("dose_report", "a dose report (SR) beside the series"),
    _extra("secondary_capture", "an 8-bit screen capture beside the series"),
    _extra("coronal_mpr", "a coronal reformat beside the series"),
    _extra("sharp", "a sharp-kernel copy beside the series"),
    _extra("thin", "a thin-slice copy beside the series"),
    _extra("mr", "an MR series beside the CT"),
    _row(
        "contrast_missing",
        "contrast not mentioned in the header",
        "corrected",
        Faults(contrast_tags="absent"),
    ),
    _row(
        "contrast_wrong",
        "header says enhanced whatever was given",
        "flagged",
        Faults(contrast_tags="enhanced"),
    ),
    _syntax("implicit", "implicit VR little endian"),
    _syntax("deflated", "deflated explicit VR"),
    _syntax("rle", "RLE lossless"),
    _syntax("j2k", "JPEG 2000 lossless"),
    _syntax("jpeg_ls", "JPEG-LS lossless"),
    _syntax("jpeg_lossless", "JPEG lossless, process 14 selection value 1"),
    _row(
        "j2k_lossy",
        "JPEG 2000 with loss, which no attribute tells",
        "flagged",
        Faults(syntax="j2k_lossy"),
    ),
    _row(
        "jpeg_ls_near",
        "JPEG-LS off by 1, which no attribute tells",
        "flagged",
        Faults(syntax="jpeg_ls_near"),
    ),
    _row("multiframe", "Enhanced multi-frame CT", "corrected", Faults(multiframe=True)),
    _row("unsigned", "unsigned 12-bit storage", "corrected", Faults(stored="unsigned")),
    _row(
        "per_slice_rescale",
        "another rescale on every slice",
        "corrected",
        Faults(stored="per_slice"),
    ),
    _row(
        "feet_first",
        "feet first, instances from the feet up",
        "corrected",
        Faults(order="feet_first"),
    ),
    _row("shuffled", "instance numbers in random order", "corrected", Faults(order="shuffled")),
    _row(
        "no_extension",
        "files without extension, in nested folders",
        "corrected",
        Faults(extension=False, nested=True),
    ),
    _row(
        "dicomdir",
        "a DICOMDIR with its file set",
        "corrected",
        Faults(dicomdir=True, extension=False),
    ),
    _row("clutter", "non-DICOM files in between", "corrected", Faults(clutter=True)),
    _row("empty_file", "a 0-byte file in between", "corrected", Faults(empty_file=True)),
    _row("two_patients", "a second patient in the folder", "flagged", Faults(second_patient=True)),
    _broken("corrupt", "one slice's compressed bytes or header overwritten"),
    _broken("truncated", "one file cut in the middle of its pixels"),
    _broken("no_pixels", "one slice without pixel data"),
    _broken("short_pixels", "one slice with too few pixel bytes"),
    _broken("long_pixels", "one slice with too many pixel bytes"),
    _broken("bomb", "one slice that unpacks to 80 MB before its pixels"),
    _row(
        "stripped_uids",
        "UIDs and series number emptied by de-identification",
        "flagged",
        Faults(stripped_uids=True),
    ),
    _row("single_slice", "a single slice", "refused", Faults(single_slice=True)),
    _row(
        "mixed_orientations",
        "localizer images inside the axial series",
        "corrected",
        Faults(mixed_orientations=True),
    ),
    _row("two_phases", "two contrast phases in one series", "corrected", Faults(phases=2)),
    _only("only_localizers", "nothing but localizers", "localizer"),
    _only("only_secondary_capture", "nothing but 8-bit screen captures", "secondary_capture"),
    _only("only_dose_report", "nothing but a dose report", "dose_report"),
    _only("only_coronal", "nothing but a coronal reformat", "coronal_mpr"),
    _only("only_mr", "MR instead of CT", "mr"),
    _only("head", "a head CT", "head"),
    _row("hu_halved", "all values halved", "refused", Faults(hu_slope=0.5)),
    _row("hu_less", "all values times 0.8", "refused", Faults(hu_slope=0.8)),
    _row("hu_higher", "all values 24 HU too high", "flagged", Faults(hu_offset=24.0)),
    *(
        _row(
            f"foreign_{kind}",
            f"one slice that is {kind}",
            "flagged" if kind == "elsewhere" else "refused",
            Faults(foreign_slice=kind),
        )
        for kind in FOREIGN
    ),
    *(_row(row.key, row.words, row.expected, Faults(headers=(row.key,))) for row in HEADER_FAULTS),
)
FAULT = Registry("fault", FAULTS)


def faults_named(keys: tuple[str, ...]) -> Faults:
    """All faults with these keys in one study. Refuses unknown keys; later ones win."""
    sound, result = Faults(), Faults()
    for key in keys:
        if key not in FAULT:
            raise InputError(
                f'the phantom knows no fault "{key}".', mend=f"Use {', '.join(FAULT)}."
            )
        row = FAULT[key].faults
        for name in Faults.__dataclass_fields__:
            value = getattr(row, name)
            if value == getattr(sound, name):
                continue
            if isinstance(value, tuple):
                value = (*getattr(result, name), *value)
            result = replace(result, **{name: value})
    return result
