"""Levels in our own DICOM objects: the structured report, and what a SEG carries of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from myotome.errors import InputError, MyotomeError
from myotome.nouns.space.given import NOTHING, Given, SetBy
from myotome.read.given.check import checked
from myotome.read.labels.door import dicom_dataset
from myotome.read.quiet import quiet
from myotome.tables.codes.anatomy import LEVEL
from myotome.tables.codes.code import Code
from myotome.tables.codes.report import PLANE, REPORT, SET_BY
from myotome.tables.codes.sr import NAMES
from myotome.tables.outputs.documents import PRIVATE_CREATOR, PRIVATE_GIVEN, PRIVATE_GROUP

_MOST_BYTES = 64 << 20
_MEND = "Give the measurements_sr.dcm that Myotome wrote, or the landmarks.json of its results."
_NAMED = {(code.scheme, code.value): name for name, code in {**LEVEL, **PLANE}.items()}
_BY = {(code.scheme, code.value): SetBy(by) for by, code in SET_BY.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One level or plane as a report tells of it."""

    name: str
    z_mm: float
    by: SetBy
    reader: str


def read_report(path: Path) -> Given:
    """Every level and plane of a structured report of ours, whoever set them.

    Refuses (InputError) what is too large, damaged, no report of ours, and what
    :func:`myotome.read.given.check.checked` refuses.
    """
    require_small(path)
    return _given(_told(_dataset(path)))


def require_small(path: Path) -> None:
    """Refuse a file that is larger than any report."""
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"the DICOM file has more than {_MOST_BYTES >> 20} MB.", mend=_MEND)


def set_by_hand(path: Path) -> Given:
    """What a person had set, as a SEG or a structured report of ours carries it.

    Nothing for other files, and where nobody set anything. Refuses what is damaged.
    """
    dataset = _dataset(path)
    carried = _carried(dataset)
    if carried:
        return carried
    if dataset.get("Modality") != "SR":
        return NOTHING
    return _given([row for row in _told(dataset) if row.by is SetBy.USER], least=0)


def _dataset(path: Path) -> Any:
    try:
        with quiet():
            return dicom_dataset(path)
    except MyotomeError:
        raise
    except Exception as error:  # a broken file raises anything
        raise _damaged() from error


def _damaged() -> InputError:
    return InputError("the DICOM file is damaged or cut off.", mend="Copy it again.")


def _given(rows: list[Told], least: int = 1) -> Given:
    if len(rows) < least:
        raise InputError("the DICOM file is no report of Myotome with levels.", mend=_MEND)
    readers = {row.reader for row in rows} - {""}
    z_mm = {row.name: row.z_mm for row in rows}
    return checked(z_mm, readers.pop() if len(readers) == 1 else "")


def _told(dataset: Any) -> list[Told]:
    """The groups that tell where a level lies; values are decoded late, so anything may fail."""
    try:
        with quiet():
            return [row for group in _groups(dataset) if (row := _row(group)) is not None]
    except MyotomeError:
        raise
    except Exception as error:
        raise _damaged() from error


def _groups(dataset: Any) -> Iterator[Any]:
    """The measurement groups of a report (TID 1500), two containers deep."""
    for container in dataset.get("ContentSequence") or ():
        if _code(container, "ConceptNameCodeSequence") == _key(NAMES["measurements"]):
            yield from container.get("ContentSequence") or ()


def _row(group: Any) -> Told | None:
    items = {_code(i, "ConceptNameCodeSequence"): i for i in group.get("ContentSequence") or ()}
    finding, place = items.get(_key(NAMES["finding"])), items.get(_key(REPORT["level_z"]))
    if finding is None or place is None:
        return None
    name = _NAMED.get(_code(finding, "ConceptCodeSequence"))
    if name is None:
        return None
    told, person = items.get(_key(REPORT["level_set_by"])), items.get(_key(NAMES["person_name"]))
    return Told(
        name=name,
        z_mm=_number(place),
        by=SetBy.PROGRAM if told is None else _BY[_code(told, "ConceptCodeSequence")],
        reader="" if person is None else _person(person),
    )


def _person(item: Any) -> str:
    """A name without the marks between its parts."""
    return " ".join(str(item.get("PersonName", "")).replace("^", " ").split())


def _number(item: Any) -> float:
    measured = item.MeasuredValueSequence[0]
    exact = measured.get("FloatingPointValue")
    return float(measured.NumericValue if exact is None else exact)


def _code(item: Any, keyword: str) -> tuple[str, str]:
    found = next(iter(item.get(keyword) or ()), None)
    if found is None:
        return "", ""
    return str(found.get("CodingSchemeDesignator", "")), str(found.get("CodeValue", ""))


def _key(code: Code) -> tuple[str, str]:
    return code.scheme, code.value


def _carried(dataset: Any) -> Given:
    """What a SEG of ours carries in its private attribute."""
    try:
        with quiet():
            words = dataset.private_block(PRIVATE_GROUP, PRIVATE_CREATOR)[PRIVATE_GIVEN].value
    except KeyError:
        return NOTHING
    try:
        told = json.loads(str(words))
        z_mm, reader = told["z_mm"], told["reader"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged() from error
    if not isinstance(z_mm, Mapping) or not isinstance(reader, str):
        raise _damaged()
    return checked(z_mm, reader)
