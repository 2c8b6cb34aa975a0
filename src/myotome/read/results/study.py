"""Whose study it is and what was made of it: person, provenance, series and files."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath, PureWindowsPath
from types import MappingProxyType

from myotome.errors import InputError
from myotome.nouns.space.hu_scale import HuScale
from myotome.nouns.study.loaded import SeriesDecision
from myotome.nouns.study.person import Person
from myotome.nouns.study.provenance import Provenance
from myotome.nouns.study.series import FileEntry, Verdict
from myotome.read.results.fields import Cells, Fields, damaged
from myotome.read.results.folder import Folder
from myotome.tables.outputs.wording import OLDEST_AGE_SHOWN_YEARS
from myotome.tables.series.header import HEADER_FIELD

OLDEST = f"{OLDEST_AGE_SHOWN_YEARS}+"
_OLD = f"The age is {OLDEST}: results do not tell more."
_TIMES = "run_times.json"


def person(document: Fields) -> Person:
    """The person; without an age, but with a note, from 90 years on."""
    told = document.inner("person")
    old = told.values.get("age_years") == OLDEST
    try:
        return Person(
            sex=told.text("sex") or None,
            age_years=None if old else told.maybe_number("age_years"),
            height_cm=told.maybe_number("height_cm"),
            weight_kg=told.maybe_number("weight_kg"),
            notes=(_OLD,) if old else (),
        )
    except InputError as error:
        raise damaged(told.place, "is of nobody") from error


def hu_scale(document: Fields) -> HuScale | None:
    """What air and fat said of the values; None in folders of older versions, too."""
    if not document.has("hu_scale"):
        return None
    told = document.inner("hu_scale")
    return HuScale(
        air_hu=told.maybe_number("air_hu"),
        fat_hu=told.maybe_number("fat_hu"),
        fat_expected_hu=told.number("fat_expected_hu"),
    )


def provenance(made: Fields, folder: Folder) -> Provenance:
    """From ``provenance.json`` and ``run_times.json``, which older versions wrote as one."""
    times = folder.json(_TIMES) if folder.has(_TIMES) else made
    return Provenance(
        myotome_version=made.text("myotome_version"),
        python_version=made.text("python_version"),
        platform=made.text("platform"),
        packages=made.words("packages"),
        weights=made.words("weights"),
        engine=made.text("engine"),
        input_sha256=made.text("input_sha256"),
        configuration=MappingProxyType(dict(made.inner("configuration").values)),
        started_utc=times.text("started_utc"),
        stage_seconds=times.numbers("stage_seconds"),
    )


def series(rows: Iterable[Cells], chosen: str) -> tuple[SeriesDecision, ...]:
    """The rows of ``series.csv``. Refuses another measured series than ``chosen``."""
    found = tuple(map(_decision, rows))
    if [row.key for row in found if row.measured] != [chosen]:
        raise damaged("series.csv", "names another measured series than measurements.json")
    return found


def _decision(row: Cells) -> SeriesDecision:
    try:
        verdict = Verdict(row.text("verdict"))
    except ValueError as error:
        raise damaged(row.place, "has an unknown verdict") from error
    facts = {key: row.text(key) for key in row.values if key in HEADER_FIELD}
    return SeriesDecision(
        key=row.text("key"),
        verdict=verdict,
        rank=row.whole("rank") if row.text("rank") else None,
        measured=row.yes("measured"),
        reasons=row.text("reasons"),
        format=row.text("format"),
        modality=row.text("modality"),
        description=row.text("description"),
        images=row.whole("images"),
        study_key=row.text("study"),
        subject_key=row.text("subject"),
        header=MappingProxyType({key: cell for key, cell in facts.items() if cell}),
    )


def files(rows: Iterable[Cells]) -> tuple[FileEntry, ...]:
    """The rows of ``files.csv``. Refuses a name that leads out of the study."""
    return tuple(map(_entry, rows))


def _entry(row: Cells) -> FileEntry:
    name = row.text("file")
    ways = PurePosixPath(name), PureWindowsPath(name)
    if any(way.is_absolute() or way.drive or ".." in way.parts for way in ways):
        raise damaged(row.place, "names a file outside the study")
    return FileEntry(
        name=name,
        status=row.text("status"),
        reason=row.text("reason"),
        series_key=row.text("series"),
    )
