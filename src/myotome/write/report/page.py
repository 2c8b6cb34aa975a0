"""``report.html``: one file that needs nothing else, for the screen and for A4 paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from myotome.nouns.numbers.confidence import Confidence
from myotome.nouns.numbers.flag import Severity
from myotome.nouns.numbers.measurement import Measurement
from myotome.nouns.space.given import L5_END, LUNG_BASE, SetBy
from myotome.nouns.space.hu_scale import HuScale
from myotome.nouns.space.landmarks import Landmarks
from myotome.nouns.study.result import StudyResult
from myotome.nouns.study.series import Judged
from myotome.tables.anatomy.muscles import GROUPS
from myotome.tables.anatomy.spacing import ORDER
from myotome.tables.anatomy.vertebrae import REPORTED
from myotome.tables.outputs.wording import RESEARCH_USE_TEXT, RESEARCH_USE_TITLE
from myotome.tables.quantities.quantities import QUANTITY
from myotome.write.data.table import full_reason
from myotome.write.pictures.canvas import Picture
from myotome.write.privacy import shown_age
from myotome.write.report.area_chart import area_chart
from myotome.write.report.cells import (
    Lookup,
    area_table,
    levels_without_area,
    muscle_table,
    number,
    unit_words,
)
from myotome.write.report.composition import composition_section, is_own
from myotome.write.report.embedded import embedded, hex_colour
from myotome.write.report.planes import plane_table

Json = dict[str, Any]

_PLANES = {LUNG_BASE: "lung base", L5_END: "lower end of L5"}
_SEVERITIES = (Severity.FAILURE, Severity.WARNING, Severity.INFO)
_HEADLINE = "gross_mass"
_BESIDE = ("lean_mass", "volume", "mean_hu", "nama_share")


def render(result: StudyResult, pictures: Mapping[str, Picture]) -> str:
    """The report as HTML, with ``pictures`` by role, in display order.

    Every text is escaped; nothing is loaded from elsewhere.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("myotome.write"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(context(result, pictures))


def context(result: StudyResult, pictures: Mapping[str, Picture]) -> Json:
    """Everything the template prints, as plain words."""
    find = Lookup(result.measurements)
    chosen = next((j for j in result.judged if j.series.key == result.chosen), None)
    return {
        "research_use": (RESEARCH_USE_TITLE, RESEARCH_USE_TEXT),
        "version": result.provenance.myotome_version,
        "series_line": _series_line(result, chosen),
        "person_line": _person_line(result),
        "headline": _value(find(_HEADLINE, "total"), "total muscle mass in the slab"),
        "beside": [_value(find(key, "total"), QUANTITY[key].words) for key in _BESIDE],
        "extent": _extent(result),
        "pictures": _pictures(pictures),
        "legend": [(g.words, hex_colour(g.colour)) for g in GROUPS],
        "flags": _flags(result),
        "muscles": muscle_table(find),
        "confidence": _confidence(result.segmentation.confidence),
        "intervals": _intervals(result.segmentation.confidence),
        "planes": plane_table(find),
        "areas": area_table(find),
        "no_area": levels_without_area(find),
        "chart": area_chart(result),
        "composition": composition_section(result, pictures),
        "levels": _levels(result),
        "slab": _slab_sentences(result),
        "contrast": _contrast(result),
        "gaps": sorted(result.segmentation.gaps.items()),
        "backend": result.segmentation.backend,
        "series": [_series_row(j, result.chosen) for j in result.judged],
        "files": _files(result),
        "provenance": _provenance(result),
        "started": result.provenance.started_utc,
    }


def _confidence(confidence: Confidence | None) -> str:
    """What the expected Dice means, or why there is none; empty if the backend tells nothing."""
    if confidence is None or confidence.study_raw is None:
        return ""
    if not confidence.calibrated or confidence.study_expected_dice is None:
        return (
            f"The network's own expectation of its Dice is {confidence.study_raw:.2f} on average "
            "(uncalibrated: it was not compared with readers, and no flag is raised from it)."
        )
    error = "" if confidence.error is None else f"; mean error there {confidence.error:.2f}"
    return (
        "Expected Dice: overlap with a reader's outline (1: the same) to be expected from how "
        f"sure the network was, {confidence.study_expected_dice:.2f} on average over the muscles. "
        f"Calibrated on {confidence.calibrated_on}{error}."
    )


def _intervals(confidence: Confidence | None) -> str:
    """What the 90 % interval means; empty where nobody compared numbers."""
    spread = None if confidence is None else confidence.spread
    if spread is None:
        return ""
    wider = "wider where the network is less sure, and " if spread.scaled else ""
    return (
        "90 % interval: around numbers of this network, ranges as wide as this hold a reader's "
        "number in at least 9 of 10 subjects on average, if the subject and scan are like the "
        f"{spread.n} compared; it is {wider}no confidence interval of a mean. It says nothing of "
        "other scanners, of children, of other readers or of a level that is not the one it is "
        "called. "
        f"Measured on {spread.made_from}."
    )


def _value(measurement: Measurement | None, words: str) -> Json:
    if measurement is None:
        return {"words": words, "text": "", "unit": "", "status": "not_measurable", "reason": ""}
    text = "" if measurement.value is None else number(measurement.value, measurement.unit)
    return {
        "words": words,
        "text": text,
        "unit": unit_words(measurement.unit),
        "status": str(measurement.status),
        "reason": full_reason(measurement),
    }


def _series_line(result: StudyResult, chosen: Judged | None) -> str:
    grid = result.volume.grid
    dk, dj, di = grid.spacing_mm
    acquisition = result.volume.acquisition
    parts = [f"series {result.chosen}"]
    if chosen is not None and chosen.series.description:
        parts.append(f"\u201c{chosen.series.description}\u201d")
    parts.append(f"{grid.shape[0]} slices of {di:.3g} \u00d7 {dj:.3g} \u00d7 {dk:.3g} mm")
    parts.append("" if acquisition.kvp is None else f"{acquisition.kvp:.0f} kVp")
    parts.append(f"kernel {acquisition.kernel}" if acquisition.kernel else "")
    parts.append(acquisition.manufacturer)
    return " \u00b7 ".join(part for part in parts if part)


def _person_line(result: StudyResult) -> str:
    person, age = result.person, shown_age(result.person)
    words = {"F": "female", "M": "male"}
    parts = [words.get(person.sex or "", "")]
    parts.append("" if age is None else f"{age if isinstance(age, str) else f'{age:.0f}'} years")
    parts.append("" if person.height_cm is None else f"{person.height_cm:.0f} cm")
    parts.append("" if person.weight_kg is None else f"{person.weight_kg:.0f} kg")
    return ", ".join(part for part in parts if part) or "sex, age and size not given"


def _extent(result: StudyResult) -> Json:
    slab = result.slab
    return {
        "height": f"{number(slab.height_mm / 10, 'cm')} cm",
        "complete": slab.is_complete,
        "from": "lung base" if slab.superior_found else "upper edge of the scan",
        "to": "L5 inferior endplate" if slab.inferior_found else "lower edge of the scan",
    }


def _pictures(pictures: Mapping[str, Picture]) -> Json:
    hero = pictures["hero"]
    shown = {
        role: embedded(picture)
        for role, picture in pictures.items()
        if not is_own(role) and (role == "hero" or picture is not hero)
    }
    named = {role: shown.pop(role, None) for role in ("hero", "coronal", "map")}
    return {**named, "others": list(shown.values())}


def _flags(result: StudyResult) -> list[Json]:
    ordered = sorted(result.flags, key=lambda f: _SEVERITIES.index(f.severity))
    return [
        {"severity": str(f.severity), "message": f.message, "code": f.code, "stage": f.stage}
        for f in ordered
    ]


def _z(value: float | None) -> str:
    return "\u2013" if value is None else f"{value:.1f}".replace("-", "\u2212")


def _levels(result: StudyResult) -> list[Json]:
    rows = []
    found = result.landmarks.levels
    for name in (name for name in ORDER if name in REPORTED or name in found):
        level = found.get(name)
        if level is None:
            rows.append({"name": name, "found": False})
            continue
        slice_ = result.levels.get(name)
        in_scan = slice_ is not None and slice_.k is not None
        rows.append(
            {
                "name": name,
                "found": True,
                "mid": _z(level.mid_z_mm),
                "superior": _z(level.superior_z_mm),
                "inferior": _z(level.inferior_z_mm),
                "confidence": f"{level.confidence:.2f}",
                "where": "" if in_scan else "middle outside the scan",
                "doubtful": level.confidence < 0.5,
                "by_hand": level.set_by is SetBy.USER,
            }
        )
    return rows


def _slab_sentences(result: StudyResult) -> list[str]:
    slab = result.slab
    top = "the lung base" if slab.superior_found else "the upper edge of the scan"
    low = "the inferior endplate of L5" if slab.inferior_found else "the lower edge of the scan"
    said = [
        f"The slab runs from {top} (z {_z(slab.superior_z_mm)} mm) to {low} "
        f"(z {_z(slab.inferior_z_mm)} mm): {number(slab.height_mm, 'mm')} mm."
    ]
    for found, reason, words in (
        (slab.superior_found, slab.superior_reason, "lung base"),
        (slab.inferior_found, slab.inferior_reason, "L5 inferior endplate"),
    ):
        if not found:
            why = f": {reason.rstrip('.')}" if reason else ""
            said.append(f"The {words} was not found in the scan{why}.")
            said.append("Masses describe only the part of the slab that is in view.")
    by_hand = set_by_hand(result.landmarks)
    return [*said, f"Set by hand: {by_hand}."] if by_hand else said


def set_by_hand(landmarks: Landmarks) -> str:
    """What a person set, and who, if that was told; "" where nobody set anything."""
    given = landmarks.given
    names = ", ".join(f"{_PLANES.get(name, name)} (z {_z(z)} mm)" for name, z in given.z_mm.items())
    by = f", by {given.reader}" if given and given.reader else ""
    counted = any(level.set_by is SetBy.COUNTED for level in landmarks.levels.values())
    return f"{names}{by}{'; the other levels are counted from there' if counted else ''}"


def _contrast(result: StudyResult) -> Json:
    header, image = result.contrast_header, result.landmarks.contrast_image
    return {
        "header": header,
        "image": image,
        "agree": header == image,
        "unknown": "unknown" in (header, image),
        "evidence": [
            (key.removesuffix("_hu").replace("_", " "), f"{value:.0f}".replace("-", "\u2212"))
            for key, value in result.landmarks.contrast_evidence.items()
        ],
    }


def _series_row(judged: Judged, chosen: str) -> Json:
    series = judged.series
    header = series.header
    thickness, kvp = header.slice_thickness_mm, header.kvp
    about = ["" if thickness is None else f"{thickness:g} mm", header.kernel]
    about.append("" if kvp is None else f"{kvp:g} kVp")
    return {
        "key": series.key,
        "description": series.description,
        "modality": series.modality,
        "images": len(series.instances),
        "about": " \u00b7 ".join(text for text in about if text),
        "verdict": "measured" if series.key == chosen else str(judged.verdict),
        "chosen": series.key == chosen,
        "rank": judged.rank,
        "reasons": [reason.text for reason in judged.reasons],
    }


def _files(result: StudyResult) -> Json:
    counts = Counter(entry.status for entry in result.catalogue.files)
    return {
        "total": len(result.catalogue.files),
        "counts": [(status.replace("_", " "), n) for status, n in counts.most_common()],
    }


def _hu_scale(found: HuScale | None) -> str:
    """The peaks of air and fat, which say whether the values are HU; "" if none was seen."""
    if found is None:
        return ""
    peaks = (("air around the body", found.air_hu), ("subcutaneous fat", found.fat_hu))
    seen = (f"{words} {hu:.0f} HU" for words, hu in peaks if hu is not None)
    return ", ".join(seen).replace("-", "\u2212")


def _provenance(result: StudyResult) -> list[tuple[str, str]]:
    p = result.provenance
    rows: Sequence[tuple[str, str]] = (
        ("Myotome", p.myotome_version),
        ("Segmentation", result.segmentation.backend),
        ("Engine", p.engine),
        ("Weights (SHA-256)", ", ".join(f"{k}: {v}" for k, v in p.weights.items())),
        ("Input (SHA-256)", p.input_sha256),
        ("HU of the scan", _hu_scale(result.volume.hu_scale)),
        ("Configuration", ", ".join(f"{k} = {v}" for k, v in p.configuration.items())),
        ("Python", f"{p.python_version} on {p.platform}"),
        ("Packages", ", ".join(f"{k} {v}" for k, v in p.packages.items())),
    )
    return [row for row in rows if row[1]]
