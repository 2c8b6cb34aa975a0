"""One study as a comparison needs it, from a results folder or from the tables of a cohort."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from myotome.cohort.store.opened import Cohort
from myotome.nouns.numbers.interval import Interval
from myotome.nouns.numbers.measurement import Status
from myotome.nouns.study.loaded import LoadedResult
from myotome.tables.cohort.following import ALTERING, FOLLOWED, Place
from myotome.tables.cohort.standing import LEVEL_DOUBTS
from myotome.tables.series.kernels import classify

_UNKNOWN = "unknown"
_DIGEST_DIGITS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One followed number: None where it was not measured, and ``reason`` why not, or not whole."""

    value: float | None
    unit: str
    status: Status
    reason: str = ""
    interval: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One study. ``conditions`` are rows of ``CONDITIONS`` as texts; a missing one is unknown.

    ``kvp`` is the tube voltage, ``image`` the digest of the measured images, ``days`` those since
    the person's first study (None: nobody knows), ``level_doubts`` the codes of flags that put its
    levels in doubt.
    """

    study: str
    subject: str
    numbers: Mapping[Place, Number]
    conditions: Mapping[str, str]
    kvp: float | None
    slice_mm: float | None
    image: str
    days: float | None = None
    level_doubts: tuple[str, ...] = ()


_PLACES = frozenset(row.place for row in FOLLOWED.values())


def of_result(result: LoadedResult) -> Taken:
    """The study of a results folder."""
    header = next(row.header for row in result.series if row.measured)
    numbers = {
        place: Number(
            value=m.value,
            unit=m.unit,
            status=m.status,
            reason=m.reason,
            interval=m.interval,
        )
        for m in result.measurements
        if (place := (m.quantity, m.structure, m.side, m.level)) in _PLACES
    }
    kernel = header.get("kernel", "")
    told = {
        "weights": f"{result.backend}: {_weights(result.provenance.weights)}",
        "version": result.provenance.myotome_version,
        "configuration": _options(result.provenance.configuration),
        "contrast": _known(result.landmarks.contrast_image, result.contrast_header),
        "kernel": _kernel(header.get("manufacturer", ""), kernel),
        "slice_mm": header.get("slice_thickness_mm") or header.get("step_mm") or "",
        "kvp": header.get("kvp", ""),
    }
    return Taken(
        study=result.study_key,
        subject=result.subject_key,
        numbers=MappingProxyType(numbers),
        conditions=MappingProxyType({key: text for key, text in told.items() if text}),
        kvp=_number(told["kvp"]),
        slice_mm=_number(told["slice_mm"]),
        image=result.provenance.input_sha256,
        level_doubts=_doubts(flag.code for flag in result.flags),
    )


def _options(configuration: Mapping[str, object]) -> str:
    told = (f"{key} {configuration[key]}" for key in sorted(ALTERING & configuration.keys()))
    return ", ".join(told)


def _weights(weights: Mapping[str, str]) -> str:
    return " ".join(f"{name}:{weights[name][:_DIGEST_DIGITS]}" for name in sorted(weights))


def _kernel(manufacturer: str, kernel: str) -> str:
    """Its sharpness where the table knows it, else its name; "" for none."""
    sharpness, _ = classify(manufacturer, kernel)
    return kernel if sharpness == _UNKNOWN else sharpness


def _known(*told: str) -> str:
    return next((text for text in told if text not in ("", _UNKNOWN)), "")


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _doubts(codes: Any) -> tuple[str, ...]:
    return tuple(sorted(LEVEL_DOUBTS & set(codes)))


_COLUMNS = (
    *("study", "subject", "days_since_first", "configuration", "myotome_version", "weights"),
    *("contrast_image", "contrast_header", "slice_mm", "kvp", "input_sha256"),
)


_REPEATED = (
    "SELECT subject FROM studies WHERE state = 'done' AND subject <> '' "
    "GROUP BY subject HAVING count(*) > 1"
)


def of_cohort(cohort: Cohort) -> dict[str, list[Taken]]:
    """The measured studies of every subject that has two or more, in the order they were taken.

    Their order is that of ``days_since_first``; studies whose day nobody knows come last, and are
    no part of a comparison in time. A cohort does not keep the kernel.
    """
    asked = ", ".join(_COLUMNS)
    rows = cohort.sql(
        f"SELECT {asked} FROM studies WHERE state = 'done' AND subject IN ({_REPEATED}) "
        "ORDER BY subject, days_since_first NULLS LAST, study"
    ).fetchall()
    numbers = _numbers(cohort)
    flags: dict[str, list[str]] = defaultdict(list)
    for study, code in cohort.sql("SELECT study, code FROM flags").fetchall():
        flags[study].append(code)
    found: dict[str, list[Taken]] = defaultdict(list)
    for cells in rows:
        told = dict(zip(_COLUMNS, cells, strict=True))
        found[told["subject"]].append(_row(told, numbers[told["study"]], flags[told["study"]]))
    return dict(found)


def _row(told: Mapping[str, Any], numbers: Mapping[Place, Number], codes: list[str]) -> Taken:
    texts = {
        "weights": told["weights"] or "",
        "version": told["myotome_version"] or "",
        "configuration": told["configuration"] or "",
        "contrast": _known(told["contrast_image"] or "", told["contrast_header"] or ""),
        "slice_mm": "" if told["slice_mm"] is None else f"{told['slice_mm']:g}",
        "kvp": "" if told["kvp"] is None else f"{told['kvp']:g}",
    }
    return Taken(
        study=told["study"],
        subject=told["subject"],
        numbers=MappingProxyType(dict(numbers)),
        conditions=MappingProxyType({key: text for key, text in texts.items() if text}),
        kvp=told["kvp"],
        slice_mm=told["slice_mm"],
        image=told["input_sha256"] or "",
        days=told["days_since_first"],
        level_doubts=_doubts(codes),
    )


def _numbers(cohort: Cohort) -> dict[str, dict[Place, Number]]:
    """The followed numbers of those who have two or more studies: few among millions of rows."""
    ends = ("low_80", "high_80", "low_90", "high_90")
    parts = ("quantity", "structure", "side", "level")
    asked = ", ".join(f"unnest(${n}::VARCHAR[]) AS {part}" for n, part in enumerate(parts, 1))
    rows = cohort.connection.execute(
        f"SELECT study, {', '.join(parts)}, value, unit, status, reason, {', '.join(ends)}, "
        f"interval_n FROM measurements SEMI JOIN (SELECT {asked}) USING ({', '.join(parts)}) "
        f"WHERE study IN (SELECT study FROM studies WHERE subject IN ({_REPEATED}))",
        [list(cells) for cells in zip(*_PLACES, strict=True)],
    ).fetchall()
    found: dict[str, dict[Place, Number]] = defaultdict(dict)
    for study, quantity, structure, side, level, value, unit, status, reason, *interval in rows:
        *bounds, n = interval
        told = dict(zip(ends, bounds, strict=True))
        found[study][quantity, structure, side, level] = Number(
            value=value,
            unit=unit or "",
            status=Status(status),
            reason=reason or "",
            interval=None if None in interval else Interval(**told, n=n),
        )
    return found
