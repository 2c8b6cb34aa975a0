"""How series are chosen: file states, rules, preferences and words, one row each.

The rules are the series selection of Vu 2024 (axial, no high-pass kernel, at least 2 mm) with
what a real study needs besides. ``read.choose`` computes the facts and interprets the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from string import Formatter

from myotome.nouns.study.candidate import Candidate
from myotome.tables.quantities.tissues import USUAL_KVP
from myotome.tables.registry import Registry

_VU = "Vu 2024, Methods, doi 10.1038/s41598-024-64603-6"
_OWN = "engineering choice of this project"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStatus:
    """What became of one file; ``used`` is True if its images went into a series."""

    key: str
    words: str
    used: bool = False


FILE_STATUSES: tuple[FileStatus, ...] = (
    FileStatus(key="used", words="its images are part of a series", used=True),
    FileStatus(key="empty", words="the file has no bytes"),
    FileStatus(key="not_an_image", words="neither DICOM nor NIfTI"),
    FileStatus(key="unreadable", words="the file could not be opened"),
    FileStatus(key="corrupt_header", words="the header breaks off or makes no sense"),
    FileStatus(key="truncated", words="the file ends before its pixel data do"),
    FileStatus(key="wrong_length", words="the pixel data do not fit the image size"),
    FileStatus(key="no_pixel_data", words="a DICOM object without an image"),
    FileStatus(key="dicomdir", words="an index; the files it lists are read themselves"),
    FileStatus(key="duplicate", words="an identical copy of a file already used"),
    FileStatus(key="missing", words="listed in the DICOMDIR but not there"),
    FileStatus(key="unsafe", words="an archive, or a member of one, that was not unpacked"),
    FileStatus(key="archive", words="an archive; its members are listed one by one", used=True),
)
FILE_STATUS = Registry("file status", FILE_STATUSES)


_FACTS = frozenset(row.name for row in fields(Candidate))


def _require_facts(key: str, *names: str | None) -> None:
    unknown = {name for name in names if name is not None} - _FACTS
    if unknown:
        raise ValueError(f"the row {key} asks for {', '.join(sorted(unknown))}, no fact of series")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """If ``fact operator value`` holds, the series gets ``verdict`` and ``text``.

    ``fact`` is a field of :class:`~myotome.nouns.study.candidate.Candidate`; one that is None
    triggers nothing. ``operator`` is "==", "in", "not in", "<", ">" or "outside" (``value`` is
    then the lowest and the highest number that are inside). ``verdict`` is "refused",
    "reserve" or "note". ``text`` may name ``{fact}`` values. ``override`` tells whether
    ``--series`` may insist. Refuses (ValueError, at import) facts that no series has.
    """

    key: str
    fact: str
    operator: str
    value: object
    verdict: str
    text: str
    source: str
    override: bool = True

    def __post_init__(self) -> None:
        told = (name for _, name, _, _ in Formatter().parse(self.text))
        _require_facts(self.key, self.fact, *told)


RULES: tuple[Rule, ...] = (
    Rule(
        key="modality",
        fact="modality",
        operator="not in",
        value=("CT", "unknown"),
        verdict="refused",
        text="is {modality}, not CT",
        source=_VU,
        override=False,
    ),
    Rule(
        key="kind",
        fact="kind",
        operator="in",
        value=("localizer", "dose_report", "secondary_capture", "mpr", "projection", "derived_map"),
        verdict="refused",
        text="is a {kind_words}, not an original axial series",
        source=_VU,
    ),
    Rule(
        key="picture",
        fact="is_picture",
        operator="==",
        value=True,
        verdict="refused",
        text="holds 8-bit or colour pictures, which carry no Hounsfield units",
        source="DICOM PS3.3 C.8.2.1: CT images have 16 bits allocated, one sample per pixel",
    ),
    Rule(
        key="label_map",
        fact="looks_like_labels",
        operator="==",
        value=True,
        verdict="refused",
        text="looks like a label map (whole numbers from 0 to {sample_max}), not a CT",
        source=_OWN,
    ),
    Rule(
        key="dimensions",
        fact="dimensions",
        operator="not in",
        value=(3,),
        verdict="refused",
        text="has {dimensions} dimensions; one volume of 3 is needed",
        source=_OWN,
        override=False,
    ),
    Rule(
        key="geometry",
        fact="has_geometry",
        operator="==",
        value=False,
        verdict="refused",
        text="has no usable positions and orientation in its headers",
        source="DICOM PS3.3 C.7.6.2",
        override=False,
    ),
    Rule(
        key="single_slice",
        fact="slices",
        operator="<",
        value=2,
        verdict="refused",
        text="is a single slice, which has no volume",
        source=_OWN,
        override=False,
    ),
    Rule(
        key="few_slices",
        fact="slices",
        operator="<",
        value=5,
        verdict="refused",
        text="has only {slices} slices",
        source=_OWN,
    ),
    Rule(
        key="short",
        fact="extent_mm",
        operator="<",
        value=30.0,
        verdict="refused",
        text="covers only {extent_mm:.0f} mm along the body",
        source="less than one lumbar vertebra with its disc; " + _OWN,
    ),
    Rule(
        key="axial",
        fact="obliquity_deg",
        operator=">",
        value=15.0,
        verdict="refused",
        text="is not axial: its slices are stacked {obliquity_deg:.0f} degrees off the body axis",
        source=_VU + "; the tolerance is a choice of this project",
    ),
    Rule(
        key="tilt_limit",
        fact="tilt_deg",
        operator=">",
        value=30.5,
        verdict="refused",
        text="has a tilt of {tilt_deg:.0f} degrees, more than a CT gantry can have",
        source="gantries tilt up to 30 degrees; " + _OWN,
    ),
    Rule(
        key="tilt",
        fact="tilt_deg",
        operator=">",
        value=0.5,
        verdict="note",
        text="has a gantry tilt of {tilt_deg:.1f} degrees, which is corrected",
        source=_OWN,
    ),
    Rule(
        key="sharp_kernel",
        fact="sharpness",
        operator="==",
        value="sharp",
        verdict="refused",
        text="has the sharp kernel {kernel}",
        source=_VU,
    ),
    Rule(
        key="unknown_kernel",
        fact="sharpness",
        operator="==",
        value="unknown",
        verdict="note",
        text="has an unknown kernel {kernel}, taken as not sharp",
        source=_OWN,
    ),
    Rule(
        key="thin",
        fact="thickness_mm",
        operator="<",
        value=1.99,
        verdict="reserve",
        text="has thin slices ({thickness_mm:.2g} mm): usable only averaged to 2 mm or more",
        source=_VU,
    ),
    Rule(
        key="thick",
        fact="thickness_mm",
        operator=">",
        value=10.0,
        verdict="reserve",
        text="has slices of {thickness_mm:.3g} mm, too thick to place the vertebrae well",
        source=_OWN,
    ),
    Rule(
        key="interspersed",
        fact="step_over_thickness",
        operator=">",
        value=1.5,
        verdict="reserve",
        text="leaves unscanned space between slices ({step_mm:.3g} mm apart)",
        source=_OWN,
    ),
    Rule(
        key="gaps",
        fact="gaps",
        operator=">",
        value=0,
        verdict="reserve",
        text="has slices missing in {gaps} place(s)",
        source=_OWN,
    ),
    Rule(
        key="repeats",
        fact="repeats",
        operator=">",
        value=0,
        verdict="note",
        text="has {repeats} slice(s) at a position already taken; identical ones are dropped",
        source=_OWN,
    ),
    Rule(
        key="lost",
        fact="lost_slices",
        operator=">",
        value=0,
        verdict="reserve",
        text="lost {lost_slices} slice(s) to unreadable files",
        source=_OWN,
    ),
    Rule(
        key="other_region",
        fact="region",
        operator="in",
        value=("head", "limb"),
        verdict="refused",
        text="is a {region} protocol and does not show the abdomen",
        source=_OWN,
    ),
    Rule(
        key="tiny_field",
        fact="field_mm",
        operator="<",
        value=150.0,
        verdict="refused",
        text="has a field of view of only {field_mm:.0f} mm: no trunk, or a wrong pixel spacing",
        source=_OWN,
    ),
    Rule(
        key="small_field",
        fact="field_mm",
        operator="<",
        value=250.0,
        verdict="reserve",
        text="has a field of view of only {field_mm:.0f} mm, which cuts the abdominal wall",
        source=_OWN,
    ),
    Rule(
        key="not_hu",
        fact="rescale_type",
        operator="not in",
        value=("", "HU", "US", "HU_MOD"),
        verdict="refused",
        text="has values in {rescale_type}, not Hounsfield units",
        source="DICOM PS3.3 C.11.1.1.2",
    ),
    Rule(
        key="repaired",
        fact="repaired",
        operator="==",
        value=True,
        verdict="note",
        text="had no UIDs and was grouped by folder and geometry",
        source=_OWN,
    ),
    Rule(
        key="kvp",
        fact="kvp",
        operator="outside",
        value=USUAL_KVP,
        verdict="note",
        text="was made at {kvp:g} kV; attenuation does not compare with 100 to 130 kV",
        source="tube voltage changes muscle HU (Nutrition 2018;53:9)",
    ),
)
RULE = Registry("rule", RULES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """Points for one fact: by value (``points``) or by half-open number range (``ranges``)."""

    key: str
    fact: str
    points: tuple[tuple[object, float], ...] = ()
    ranges: tuple[tuple[float, float, float], ...] = ()
    unknown: float = 0.0

    def __post_init__(self) -> None:
        _require_facts(self.key, self.fact)


PREFERENCES: tuple[Preference, ...] = (
    Preference(
        key="coverage",
        fact="extent_mm",
        ranges=((0, 100, 0), (100, 180, 15), (180, 260, 30), (260, 350, 45), (350, 1e9, 50)),
    ),
    Preference(
        key="region",
        fact="region",
        points=(("abdomen", 20), ("trunk", 20), ("unknown", 8), ("chest", 0)),
    ),
    Preference(
        key="sharpness",
        fact="sharpness",
        points=(("soft", 10), ("medium", 8), ("unknown", 4), ("sharp", -30)),
    ),
    Preference(
        key="thickness",
        fact="thickness_mm",
        ranges=((0, 1.99, -10), (1.99, 2.5, 7), (2.5, 5.1, 10), (5.1, 7.6, 5), (7.6, 1e9, 0)),
    ),
    Preference(key="original", fact="is_original", points=((True, 4), (False, 0))),
    Preference(key="gaps", fact="gaps", ranges=((1, 1e9, -20),)),
    Preference(key="repeats", fact="repeats", ranges=((1, 1e9, -20),)),
    Preference(key="small_field", fact="field_mm", ranges=((0, 250, -15),)),
)
