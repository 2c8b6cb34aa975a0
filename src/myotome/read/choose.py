"""Which series may be measured, which is best, and why: the rows of ``series_rules``.

The facts of a series are a :class:`Candidate`, to which :func:`judge` applies the rules;
:func:`pick` takes the best, or what the user asked for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace

from myotome.errors import InputError, NoUsableSeriesError
from myotome.nouns.study.candidate import Candidate
from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.series import Catalogue, FileEntry, Judged, Reason, Series, Verdict
from myotome.read.facts import said_twice
from myotome.read.raw import label
from myotome.tables.series.derived import KIND_OF_IMAGE, kind_of_image
from myotome.tables.series.kernels import classify
from myotome.tables.series.preferences import PREFERENCES, Preference
from myotome.tables.series.rules import RULES, Rule
from myotome.tables.series.words import (
    PROCEDURE_BY_CODE,
    REGIONS,
    contrast_said,
    is_intravenous,
    meaning,
)

_CT_BITS = 16
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_COLOURED = ("PALETTE", "RGB", "YBR", "HSV", "ARGB", "CMYK")
"""Photometric interpretations (PS3.3 C.7.6.3.1.2) whose values are colours or places in a table."""
_LONG_MM = 450.0
"""A scan longer than this reaches the abdomen, whatever its protocol is called."""

_REFUSING = frozenset(rule.key for rule in RULES if rule.verdict == "refused")
_FIXED = frozenset(rule.key for rule in RULES if rule.verdict == "refused" and not rule.override)

_OPERATORS: Mapping[str, Callable[[object, object], bool]] = {
    "==": lambda a, b: a == b,
    "in": lambda a, b: isinstance(b, tuple) and a in b,
    "not in": lambda a, b: isinstance(b, tuple) and a not in b,
    "<": lambda a, b: _number(a) is not None and _number(a) < b,  # type: ignore[operator]
    ">": lambda a, b: _number(a) is not None and _number(a) > b,  # type: ignore[operator]
    "outside": lambda a, b: isinstance(b, tuple) and not b[0] <= a <= b[1],
}


PICKED_SLICE_WAIVES = frozenset({"single_slice", "few_slices", "short"})
"""What refuses a volume and says nothing against one slice that the user picked."""


def judge(catalogue: Catalogue, *, waived: frozenset[str] = frozenset()) -> tuple[Judged, ...]:
    """Verdict, reasons and rank of every series, in the catalogue's order.

    Rank 1 is the best; usable series come before those in reserve, refused ones have none.
    Rules in ``waived`` do not decide, and are only told where nothing else refuses.
    """
    known = [candidate(series) for series in catalogue.series]
    judged = [_judge_one(s, k, waived) for s, k in zip(catalogue.series, known, strict=True)]
    order = sorted(
        (n for n, j in enumerate(judged) if j.verdict is not Verdict.REFUSED),
        key=lambda n: (judged[n].verdict is Verdict.RESERVE, -_score(known[n]), n),
    )
    for rank, n in enumerate(order, start=1):
        judged[n] = replace(judged[n], rank=rank)
    return tuple(judged)


def _judge_one(series: Series, known: Candidate, waived: frozenset[str]) -> Judged:
    hits = [rule for rule in RULES if _applies(rule, known)]
    verdicts = {rule.verdict for rule in hits if rule.key not in waived}
    verdict = Verdict.USABLE
    if "refused" in verdicts:
        verdict = Verdict.REFUSED
        hits = [rule for rule in hits if rule.key not in waived]
    elif "reserve" in verdicts:
        verdict = Verdict.RESERVE
    told = asdict(known)
    reasons = [Reason(rule=rule.key, text=rule.text.format(**told)) for rule in hits]
    if not reasons:
        reasons = [Reason(rule="axial_ct", text="is an axial CT that fits all rules")]
    return Judged(series=series, verdict=verdict, reasons=tuple(reasons))


def _applies(rule: Rule, known: Candidate) -> bool:
    value: object = getattr(known, rule.fact)
    return value is not None and _OPERATORS[rule.operator](value, rule.value)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def candidate(series: Series) -> Candidate:
    """What the rules ask for: facts of the header and what follows from them."""
    header, kind, dicom = series.header, _kind(series), series.format == "dicom"
    step, thickness = _positive(header.step_mm), _positive(header.slice_thickness_mm)
    return Candidate(
        modality=series.modality,
        kind=kind,
        kind_words=KIND_OF_IMAGE[kind].words if kind else "",
        is_picture=_is_picture(header),
        is_original="ORIGINAL" in header.image_type,
        kernel=header.kernel or "(not given)",
        sharpness=classify(header.manufacturer, header.kernel)[0] if dicom else None,
        region=_region(series),
        kvp=_positive(header.kvp),
        rescale_type=header.rescale_type.strip().upper(),
        looks_like_labels=header.looks_like_labels,
        sample_max=header.sample_max,
        dimensions=header.dimensions,
        slices=header.slices,
        has_geometry=None if header.geometry_fault else header.has_geometry,
        geometry_fault=header.geometry_fault or None,
        thickness_mm=thickness or step,
        step_mm=header.step_mm,
        step_over_thickness=step / thickness if step and thickness else None,
        extent_mm=header.extent_mm,
        field_mm=header.field_mm,
        obliquity_deg=header.obliquity_deg,
        tilt_deg=header.tilt_deg,
        gaps=header.gaps,
        repeats=header.repeats,
        lost_slices=header.lost_slices,
        repaired=header.repaired,
        unlike_images=header.unlike_images,
        is_mixed=bool(header.mixed),
        mixed_words=_listed(header.mixed),
        left_out_images=header.left_out_images,
        left_out_words=_listed(header.left_out_for),
        **said_twice(header),
        elsewhere_images=header.elsewhere_images,
        elsewhere_words=_listed(header.elsewhere_series),
    )


def _is_picture(header: SeriesHeader) -> bool:
    return (
        (_positive(header.bits_allocated) or _CT_BITS) < _CT_BITS
        or (_positive(header.samples_per_pixel) or 1) > 1
        or header.photometric.strip().upper().startswith(_COLOURED)
    )


def _listed(words: Sequence[str]) -> str:
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def _positive(value: float | None) -> float | None:
    return value if value is not None and value > 0 else None


def _kind(series: Series) -> str:
    if series.header.sop_class_uid.startswith(_SECONDARY_CAPTURE):
        return "secondary_capture"
    if series.format == "nifti":
        return ""
    header = series.header
    types = " ".join(header.image_type)
    found = kind_of_image(types, (series.description,), header.rescale_type, header.kev)
    return found or header.derived_as


def _region(series: Series) -> str:
    header = series.header
    texts = (series.description, header.body_part, header.protocol)
    found = next((m for m in (meaning(REGIONS, t) for t in texts) if m), "")
    if not found and any(code in PROCEDURE_BY_CODE for code in header.cpt):
        found = "abdomen"
    found = found or header.study_region or "unknown"
    if found in ("head", "limb") and (_positive(header.extent_mm) or 0.0) > _LONG_MM:
        return "trunk"
    return found


def _score(known: Candidate) -> float:
    return sum(_points(row, getattr(known, row.fact)) for row in PREFERENCES)


def _points(row: Preference, value: object) -> float:
    for wanted, points in row.points:
        if value == wanted:
            return points
    number = _number(value)
    for low, high, points in row.ranges:
        if number is not None and low <= number < high:
            return points
    return row.unknown


def contrast_header(series: Series) -> str:
    """Tell "enhanced", "unenhanced" or "unknown" by the header alone.

    In this order: the kind of image (a virtual non-contrast one was made of an enhanced scan),
    words of the series description, a contrast agent given into a vein, words of the protocol,
    the procedure (CPT) code, words of the study. A missing agent proves nothing: many scanners
    leave it out. Words of before and after contrast medium prove nothing either.
    """
    header, kind = series.header, _kind(series)
    description = series.description if series.format == "dicom" else ""
    found = (
        KIND_OF_IMAGE[kind].contrast if kind else "",
        contrast_said(description),
        "enhanced" if _given(header) else "",
        contrast_said(header.protocol),
        _by_procedure(header),
        header.study_contrast,
    )
    return next((word for word in found if word), "unknown")


def _given(header: SeriesHeader) -> bool:
    """Whether the header tells of contrast medium that went into a vein."""
    if re.search("oral|rectal|mouth|enema", header.contrast_route, re.IGNORECASE):
        return False
    agent = header.contrast_agent.strip()
    return is_intravenous(agent) if agent else _positive(header.contrast_volume_ml) is not None


def _by_procedure(header: SeriesHeader) -> str:
    known = (PROCEDURE_BY_CODE[code] for code in header.cpt if code in PROCEDURE_BY_CODE)
    return next((row.contrast for row in known if row.contrast != "unknown"), "")


def pick(
    judged: Sequence[Judged],
    *,
    series: str | None = None,
    all_series: bool = False,
    unenhanced_only: bool = False,
    files: Sequence[FileEntry] = (),
) -> tuple[Judged, ...]:
    """The series to measure, best first: one, or all usable ones with ``all_series``.

    ``series`` is a key of the catalogue or a bare series number and overrides the rules, as far
    as they can be. Without it, usable series win, and only if there are none the best in
    reserve is taken. ``unenhanced_only`` leaves out series whose header says enhanced, and
    those that say nothing if another says unenhanced. ``files`` only improve the message.

    Refuses (NoUsableSeriesError) with the reasons if nothing is left, and (InputError) several
    patients, or several NIfTI files that could be several, without ``series``.
    """
    if series is not None:
        return _named(judged, series, all_series=all_series)
    _require_one_patient(judged)
    ranked = sorted((j for j in judged if j.rank is not None), key=lambda j: j.rank or 0)
    if unenhanced_only:
        ranked = _unenhanced(ranked)
    usable = [j for j in ranked if j.verdict is Verdict.USABLE]
    if not ranked:
        raise _nothing(judged, files, unenhanced_only=unenhanced_only)
    if all_series:
        return tuple(usable or ranked)
    volumes = [j for j in usable or ranked if j.series.format == "nifti"]
    if len(volumes) > 1:
        names = ", ".join(f"{j.series.key} ({j.series.description})" for j in volumes[:6])
        raise InputError(
            f"{len(volumes)} NIfTI volumes could be measured: {names}.",
            why="They could be of several people.",
            mend="Give one file, name one with --series, or pass --all-series.",
        )
    return ((usable or ranked)[0],)


def _named(judged: Sequence[Judged], wanted: str, *, all_series: bool) -> tuple[Judged, ...]:
    key = wanted.strip().lower()
    exact = [j for j in judged if j.series.key.lower() == key]
    stem = re.compile(rf"(\d+-)?{re.escape(key)}([a-z]|\.\d+)?")
    found = exact or [j for j in judged if stem.fullmatch(j.series.key.lower())]
    if not found:
        keys = ", ".join(j.series.key for j in judged) or "none"
        raise InputError(f'there is no series "{wanted}".', mend=f"There are: {keys}.")
    possible = [j for j in found if j.rank or not _hopeless(j)]
    if not possible:
        others = [j.series.key for j in judged if j.rank]
        told = f"Choose another series: {', '.join(others[:8])}." if others else ""
        raise NoUsableSeriesError(_summary(found), mend=told or "Give another study.")
    order = sorted(possible, key=lambda j: (j.rank is None, j.rank or 0))
    return tuple(order) if all_series else (order[0],)


def _hopeless(judged: Judged) -> bool:
    """Whether not even a user who insists can have the series measured."""
    return bool(_FIXED & {reason.rule for reason in judged.reasons})


def _require_one_patient(judged: Sequence[Judged]) -> None:
    subjects = {j.series.subject_key for j in judged if j.series.subject_key}
    if len(subjects) > 1:
        raise InputError(
            f"the input holds images of {len(subjects)} patients.",
            why="Their series must not be mixed.",
            mend="Give one folder per patient, or name one series with --series.",
        )


def _unenhanced(ranked: list[Judged]) -> list[Judged]:
    said = [j for j in ranked if contrast_header(j.series) == "unenhanced"]
    return said or [j for j in ranked if contrast_header(j.series) == "unknown"]


def _nothing(
    judged: Sequence[Judged], files: Sequence[FileEntry], *, unenhanced_only: bool
) -> NoUsableSeriesError:
    if not judged:
        counted = _states(files)
        return NoUsableSeriesError(
            f"no CT images were found{f' (files: {counted})' if counted else ''}.",
            mend="Give a folder, archive or file with a CT series.",
        )
    usable = any(j.rank is not None for j in judged)
    if usable and unenhanced_only:
        return NoUsableSeriesError(
            "every usable series is enhanced.", mend="Leave out --unenhanced-only."
        )
    possible = [j.series.key for j in judged if not _hopeless(j)]
    mend = "Give another study, or mend what is named; none can be insisted on."
    if possible:
        mend = f"To measure one all the same, name it with --series: {', '.join(possible[:8])}."
    if any(reason.rule == "elsewhere" for j in judged for reason in j.reasons):
        mend = "Some of them are one scan together: pass --join to measure it."
    return NoUsableSeriesError(
        f"none of {len(judged)} series may be measured: {_summary(judged)}", mend=mend
    )


def _states(files: Sequence[FileEntry], most: int = 6) -> str:
    """How many files of each state, with their reasons: the most frequent ones."""
    states = Counter((entry.status, entry.reason.rstrip(".")) for entry in files)
    shown = [f"{n} {status}: {why}" for (status, why), n in states.most_common(most)]
    more = f"; and {len(states) - most} other kinds" if len(states) > most else ""
    return "; ".join(shown) + more


def _summary(judged: Sequence[Judged], most: int = 8) -> str:
    """One clause per series with the reasons that refused it."""
    clauses = []
    for item in judged[:most]:
        refusing = [r for r in item.reasons if r.rule in _REFUSING]
        clauses.append(f"{label(item.series)} " + ", ".join(r.text for r in refusing))
    more = f"; and {len(judged) - most} more" if len(judged) > most else ""
    return "; ".join(clauses) + more + "."
