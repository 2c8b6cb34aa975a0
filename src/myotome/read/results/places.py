"""Landmarks, slab and the slices of the levels, as they were written."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.given import NOTHING, Given, SetBy
from myotome.nouns.space.landmarks import Count, Landmarks, Level, Slab
from myotome.nouns.space.level_slice import LevelSlice
from myotome.read.results.fields import Fields, damaged

CONTRAST = ("enhanced", "unenhanced", "unknown")


def landmarks(places: Fields, document: Fields, flags: tuple[Flag, ...]) -> Landmarks:
    """From ``landmarks.json`` and ``measurements.json``; ``flags`` are those of locating."""
    told = document.inner("contrast")
    found = {name: _level(name, row) for name, row in places.by_name("levels")}
    return Landmarks(
        lung_base_z_mm=places.maybe_number("lung_base_z_mm"),
        lung_base_confidence=places.number("lung_base_confidence"),
        levels=MappingProxyType({name: level for name, level in found.items() if _known(level)}),
        contrast_image=contrast(told, "image"),
        contrast_evidence=told.numbers("evidence"),
        flags=flags,
        given=_given(places),
        count=_count(places),
    )


def _count(places: Fields) -> Count | None:
    """How sure the names were; None in folders of older versions, too."""
    if not places.has("count") or places.values["count"] is None:
        return None
    told = places.inner("count")
    return Count(
        probability=told.number("probability"),
        one_higher=told.number("one_higher"),
        one_lower=told.number("one_lower"),
        by_sacrum=told.maybe_whole("by_sacrum"),
        by_ribs=told.maybe_whole("by_ribs"),
    )


def _given(places: Fields) -> Given:
    """What a person had set; nothing in folders of older versions."""
    if not places.has("set_by_hand"):
        return NOTHING
    told = places.inner("set_by_hand")
    z_mm, reader = told.numbers("z_mm"), told.text("reader")
    return Given(z_mm=z_mm, reader=reader) if z_mm or reader else NOTHING


def _set_by(row: Fields, key: str) -> SetBy:
    try:
        return SetBy(row.text(key, older=True) or SetBy.PROGRAM)
    except ValueError as error:
        raise damaged(row.place, "was set by nobody known") from error


def contrast(told: Fields, key: str) -> str:
    """One judgement of the contrast."""
    found = told.text(key)
    if found not in CONTRAST:
        raise damaged(f"{told.place}/{key}", "is no judgement of contrast")
    return found


def _level(name: str, row: Fields) -> Level:
    place = row.maybe_numbers("centre_xy_mm")
    if len(place) not in (0, 2) or None in place:
        raise damaged(row.place, "has a centre without x and y")
    x_mm, y_mm = place or (None, None)
    return Level(
        name=name,
        mid_z_mm=row.maybe_number("mid_z_mm"),
        superior_z_mm=row.maybe_number("superior_z_mm"),
        inferior_z_mm=row.maybe_number("inferior_z_mm"),
        centre_xy_mm=None if x_mm is None or y_mm is None else (x_mm, y_mm),
        confidence=row.number("confidence"),
        set_by=_set_by(row, "set_by"),
    )


def _known(level: Level) -> bool:
    return any(z is not None for z in (level.mid_z_mm, level.superior_z_mm, level.inferior_z_mm))


def slab(places: Fields, document: Fields) -> Slab:
    """The slab with its levels' slices. Refuses two files that tell of different slabs."""
    row = places.inner("slab")
    if dict(row.values) != dict(document.inner("slab").values):
        raise damaged("landmarks.json", "tells of another slab than measurements.json")
    return Slab(
        superior_z_mm=row.number("superior_z_mm"),
        inferior_z_mm=row.number("inferior_z_mm"),
        superior_found=row.yes("superior_found"),
        inferior_found=row.yes("inferior_found"),
        superior_reason=row.text("superior_reason"),
        inferior_reason=row.text("inferior_reason"),
        superior_set_by=_set_by(row, "superior_set_by"),
        inferior_set_by=_set_by(row, "inferior_set_by"),
        levels=_level_slices(places),
    )


def _level_slices(places: Fields) -> Mapping[str, LevelSlice]:
    rows = places.by_name("level_slices", older=True)
    return MappingProxyType({name: _level_slice(name, row) for name, row in rows})


def _level_slice(name: str, row: Fields) -> LevelSlice:
    try:
        return LevelSlice(
            name=name,
            middle_z_mm=row.maybe_number("middle_z_mm"),
            k=row.maybe_whole("k"),
            z_mm=row.maybe_number("z_mm"),
            ks=row.wholes("ks"),
            reach=row.whole("reach"),
            uncertain=row.yes("uncertain"),
            reason=row.text("reason"),
            beyond=row.yes("beyond_scan"),
        )
    except ValueError as error:
        raise damaged(row.place, "has a slice and a reason that do not fit") from error
