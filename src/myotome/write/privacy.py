"""What may not leave: facts are kept by name, file names only as far as they are technical."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.person import Person
from myotome.nouns.study.series import FileEntry
from myotome.tables.outputs.wording import OLDEST_AGE_SHOWN_YEARS
from myotome.tables.series.header import HEADER_FIELDS

# Folder and file names that scanners and archives give. Long numbers are left out of the list:
# they may be a patient's id or a part of a UID.
_TECHNICAL = re.compile(
    r"(?:(?:im|img|image|i|ct|se|ser|series|st|std|study|pa|pat|s|slice|scan|dicom|dcm|data|frame"
    r"|ph|phase|vol|volume|dicomdir|readme|license|localizer|scout|topo|report|dose|sr|axial"
    r"|version|lockfile|autorun|abdomen|index|notes|mask|label|labels|empty|corrupt|truncated)"
    r"[-_ ]?)+\d{0,6}|\d{0,4}",
    re.IGNORECASE,
)
_ENDINGS = re.compile(
    r"(?:\.(?:dcm|dicom|ima|img|nii|gz|zip|tar|tgz|txt|json|xml|csv|pdf|html?|jpe?g|png|exe|inf"
    r"|ini|md|log|db))*$",
    re.IGNORECASE,
)


def technical(header: SeriesHeader) -> dict[str, Any]:
    """What is known of a header and may leave: fields whose row says so, in the rows' order.

    Ages from 90 on become "90+".
    """
    told = {row.key: getattr(header, row.key) for row in HEADER_FIELDS if row.leaves}
    return {
        key: _age(value) if key == "patient_age_years" else value
        for key, value in told.items()
        if value not in (None, "", ())
    }


def technical_names(names: Iterable[str]) -> list[str]:
    """File names in which every part that may name a person is a number, the same each time.

    >>> technical_names(["DOE_JANE/SE2/IM0001", "DOE_JANE/SE2/1.2.840.113.9.dcm"])
    ['~1/SE2/IM0001', '~1/SE2/~2.dcm']
    """
    known: dict[str, str] = {}

    def part(word: str) -> str:
        if word in ("", "/", "\\", "!", ":"):
            return word
        found = _ENDINGS.search(word)
        ending = found.group() if found else ""
        stem = word[: len(word) - len(ending)]
        if _TECHNICAL.fullmatch(stem):
            return word
        return known.setdefault(stem, f"~{len(known) + 1}") + ending

    return ["".join(map(part, re.split(r"([/\\!:])", name))) for name in names]


def technical_files(files: Iterable[FileEntry]) -> list[FileEntry]:
    """The files as :func:`technical_names` calls them; a copy's reason says of which it is one."""
    entries = list(files)
    shown = technical_names([*(e.name for e in entries), *(e.copy_of for e in entries)])
    names, originals = shown[: len(entries)], shown[len(entries) :]
    return [
        replace(e, name=name, copy_of=of, reason=f"{e.reason} of {of}" if of else e.reason)
        for e, name, of in zip(entries, names, originals, strict=True)
    ]


def shown_age(person: Person) -> float | str | None:
    """Age in years, "90+" from 90 on, None if it is not known."""
    age: float | str | None = _age(person.age_years)
    return age


def _age(years: Any) -> Any:
    if isinstance(years, int | float) and years >= OLDEST_AGE_SHOWN_YEARS:
        return f"{OLDEST_AGE_SHOWN_YEARS}+"
    return years
