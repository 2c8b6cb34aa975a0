"""Measurements, areas, flags and confidence, as they were written."""

from __future__ import annotations

from collections.abc import Iterable

from myotome.nouns.numbers.confidence import Confidence
from myotome.nouns.numbers.flag import Flag, Severity
from myotome.nouns.numbers.interval import Interval
from myotome.nouns.numbers.measurement import Measurement, SliceArea, Status
from myotome.read.results.fields import Cells, Fields, damaged


def measurements(document: Fields) -> tuple[Measurement, ...]:
    """The rows of ``measurements.json`` in their order."""
    return tuple(map(_measurement, document.objects("measurements")))


def _measurement(row: Fields) -> Measurement:
    try:
        return Measurement(
            quantity=row.text("quantity"),
            structure=row.text("structure"),
            side=row.text("side"),
            level=row.text("level"),
            value=row.maybe_number("value"),
            unit=row.text("unit"),
            status=Status(row.text("status")),
            reason=row.text("reason"),
            covered_percent=row.maybe_number("covered_percent"),
            expected_dice=row.maybe_number("expected_dice", older=True),
            definition=row.text("definition"),
            window_hu=_window(row),
            slices=row.maybe_whole("slices", older=True),
            caveats=row.texts("caveats", older=True),
            interval=_interval(row),
        )
    except ValueError as error:
        raise damaged(row.place, "has a value and a status that do not fit") from error


def _interval(row: Fields) -> Interval | None:
    if not row.has("interval"):
        return None
    told = row.inner("interval")
    bounds = {name: told.number(name) for name in ("low_80", "high_80", "low_90", "high_90")}
    try:
        return Interval(**bounds, n=told.whole("n"))
    except ValueError as error:
        raise damaged(told.place, "has bounds that are not in order") from error


def _window(row: Fields) -> tuple[int, int] | None:
    found = row.wholes("window_hu", older=True)
    if len(found) not in (0, 2):
        raise damaged(row.place, "has a window without two bounds")
    return (found[0], found[1]) if found else None


def flags(document: Fields) -> tuple[Flag, ...]:
    """The flags of ``measurements.json``. They were raised when it was made, by their rows then."""
    return tuple(map(_flag, document.objects("flags")))


def _flag(row: Fields) -> Flag:
    try:
        severity = Severity(row.text("severity"))
    except ValueError as error:
        raise damaged(row.place, "has an unknown severity") from error
    return Flag(
        code=row.text("code"),
        severity=severity,
        message=row.text("message"),
        stage=row.text("stage"),
        level=row.text("level", older=True),
        structure=row.text("structure", older=True),
    )


def confidence(document: Fields) -> Confidence | None:
    """How sure the maker of the labels was; None where it did not tell."""
    if not document.has("confidence"):
        return None
    told = document.inner("confidence")
    muscles = dict(told.by_name("muscles"))
    return Confidence(
        raw={key: row.maybe_number("raw") for key, row in muscles.items()},
        expected_dice={key: row.maybe_number("expected_dice") for key, row in muscles.items()},
        calibrated_on=told.text("calibrated_on"),
        error=told.maybe_number("error"),
    )


def slice_areas(rows: Iterable[Cells]) -> tuple[SliceArea, ...]:
    """The rows of ``slices.csv`` in their order."""
    return tuple(
        SliceArea(
            z_mm=row.number("z_mm"),
            structure=row.text("structure"),
            side=row.text("side"),
            area_cm2=row.number("area_cm2"),
            mean_hu=row.maybe_number("mean_hu"),
            in_slab=row.yes("in_slab"),
            cut=row.yes("cut"),
        )
        for row in rows
    )
