"""What every column of a cohort's wide table says: its data dictionary."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myotome.cohort.tables.made import Made
from myotome.cohort.tables.numbers import PLACE, asked
from myotome.cohort.tables.save import columns
from myotome.cohort.tables.wanted import Wanted
from myotome.cohort.tables.whole import ending_among, whole_file
from myotome.cohort.tables.wide import wide
from myotome.nouns.numbers.measurement import Status
from myotome.tables.cohort.wide import PERSON, UNITS
from myotome.tables.outputs.columns import MEASUREMENT
from myotome.tables.outputs.named import meaning_of, words_of
from myotome.write.data.table import Table, write_csv

if TYPE_CHECKING:
    from myotome.cohort.store.opened import Cohort

KINDS = {
    "VARCHAR": "text",
    "DOUBLE": "number",
    "INTEGER": "whole number",
    "BIGINT": "whole number",
    "BOOLEAN": "true or false",
}
_KEYS = ("quantity", "structure", "side", "level")
OF_MANIFEST = "column of the manifest, kept as it was given"
ENDINGS = (".csv", ".md", ".json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One column of the wide table.

    ``label`` is short, ``meaning`` is of our tables, with the source of an index or tissue,
    ``definition`` what the studies say was counted (the most frequent wording). The window is empty
    where all voxels count, or where studies differ. The last four count studies by status, of all
    that were measured.
    """

    column: str
    kind: str
    unit: str = ""
    label: str = ""
    meaning: str = ""
    definition: str = ""
    quantity: str = ""
    structure: str = ""
    side: str = ""
    level: str = ""
    window_low_hu: int | None = None
    window_high_hu: int | None = None
    measured: int | None = None
    partial: int | None = None
    absent: int | None = None
    not_measurable: int | None = None


def dictionary(cohort: Cohort, wanted: Wanted) -> tuple[Entry, ...]:
    """An entry for every column that the wide table of ``wanted`` has, in their order.

    Refuses (InputError) as the table does.
    """
    return of_made(cohort, wide(cohort, wanted), wanted)


def of_made(cohort: Cohort, made: Made, wanted: Wanted) -> tuple[Entry, ...]:
    """The same of a wide table that was made already."""
    entries: dict[str, Entry] = {}
    found = _found(cohort, wanted)
    for number in made.numbers:
        place = {key: getattr(number, key) for key in PLACE}
        entry = _of_number(number.column, place, found[tuple(place.values())])
        entries.setdefault(entry.column, entry)
        for extra in wanted.with_:
            beside = _beside(entry, extra)
            entries.setdefault(beside.column, beside)
    return tuple(
        entries.get(name) or _of_person(name, kind, made)
        for name, kind in columns(cohort, made.query)
    )


def _found(cohort: Cohort, wanted: Wanted) -> Mapping[tuple[str, ...], Mapping[str, Any]]:
    """What the cohort's rows say of each number, by its place."""
    place = ", ".join(f"coalesce(m.{key}, '')" for key in PLACE)
    counts = ", ".join(f"count(*) FILTER (status = '{status}') AS {status}" for status in Status)
    query = (
        f"SELECT {place}, mode(definition) AS definition, {counts}, "
        "if(count(DISTINCT window_low_hu) = 1, any_value(window_low_hu), NULL) AS window_low_hu, "
        "if(count(DISTINCT window_high_hu) = 1, any_value(window_high_hu), NULL) AS window_high_hu "
        f"FROM measurements m WHERE {asked(wanted)} GROUP BY {place}"
    )
    keys = ("definition", *map(str, Status), "window_low_hu", "window_high_hu")
    size = len(PLACE)
    return {
        row[:size]: dict(zip(keys, row[size:], strict=True)) for row in cohort.sql(query).fetchall()
    }


def _of_number(column: str, place: Mapping[str, str], found: Mapping[str, Any]) -> Entry:
    keys = {key: place[key] for key in _KEYS}
    cells: dict[str, Any] = {**place, **found, "definition": found["definition"] or ""}
    return Entry(
        column=column,
        kind=KINDS["DOUBLE"],
        label=words_of(**keys),
        meaning=meaning_of(quantity=keys["quantity"], structure=keys["structure"]),
        **cells,
    )


def _beside(entry: Entry, extra: str) -> Entry:
    row = MEASUREMENT[extra]
    return Entry(
        column=f"{entry.column}_{extra}",
        kind=KINDS[row.kind],
        unit=entry.unit if extra.startswith(("low_", "high_", "value_")) else "",
        label=f"{entry.label}: {extra}",
        meaning=row.words,
        **{key: getattr(entry, key) for key in _KEYS},
    )


def _of_person(name: str, kind: str, made: Made) -> Entry:
    row = None if name in made.given else PERSON.get(name)
    return Entry(
        column=name,
        kind=KINDS[kind],
        unit="" if row is None else UNITS.get(name, ""),
        meaning=OF_MANIFEST if row is None else row.words,
    )


def save_dictionary(entries: Sequence[Entry], path: Path) -> None:
    """Write the entries as CSV, Markdown or JSON, by the file's ending.

    Refuses with InputError (another ending) and OutputError.
    """
    ending = ending_among(path, ENDINGS)
    names = tuple(asdict(entries[0])) if entries else ()
    with whole_file(path) as target:
        if ending == ".json":
            text = json.dumps([asdict(entry) for entry in entries], ensure_ascii=False, indent=1)
            target.write_text(f"{text}\n", encoding="utf-8")
        elif ending == ".md":
            target.write_text("\n".join(_markdown(entries)), encoding="utf-8")
        else:
            rows = [list(asdict(entry).values()) for entry in entries]
            write_csv(Table(columns=tuple((name, "") for name in names), rows=rows), target)


def _markdown(entries: Iterable[Entry]) -> Iterator[str]:
    yield "# Data dictionary\n"
    yield "| column | kind | unit | what it says | HU window | measured | partly | not |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for entry in entries:
        low, high = entry.window_low_hu, entry.window_high_hu
        said = ": ".join(part for part in (entry.label, entry.definition or entry.meaning) if part)
        cells = (
            f"`{entry.column}`",
            entry.kind,
            entry.unit,
            said,
            "" if low is None or high is None else f"{low}..{high}",
            entry.measured,
            entry.partial,
            None if entry.absent is None else entry.absent + (entry.not_measurable or 0),
        )
        yield f"| {' | '.join('' if cell is None else _cell(str(cell)) for cell in cells)} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")
