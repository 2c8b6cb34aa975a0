"""Write docs/dicom-codes.md from the tables, so that the page and the objects cannot disagree.

Usage: python scripts/codes_page.py
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from myotome.tables.codes.anatomy import LEVELS, STRUCTURES, Structure
from myotome.tables.codes.code import PRIVATE, SCHEME, SCHEMES, Code
from myotome.tables.codes.every import ALL, PRIVATE_CODES
from myotome.tables.codes.quantities import INDEX, QUANTITIES, UNIT
from myotome.tables.outputs.dicom_outputs import OUTPUTS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "dicom-codes.md"

INTRO = f"""\
# Codes in DICOM and FHIR outputs

<!-- Written by scripts/codes_page.py from src/myotome/tables. Change the tables instead. -->

Every coded word that Myotome writes is one row of `src/myotome/tables/codes_*.py`. Where DICOM's
own dictionary (PS3.16) has a code for exactly what is meant, that code is used, with its meaning
as printed there; two tests run over every row: the check digit of every SNOMED code, and the
meaning of every code that is in the dictionary. Mappings of these muscles that circulate elsewhere
fail the first. Where no published code could be verified, the code is a private one of the scheme
`{PRIVATE}`, listed below with its definition. The objects name their schemes in the Coding Scheme
Identification Sequence. FHIR writes a code of ISO/IEEE 11073 (`MDC`) as one number, partition
times 65,536 plus term: `MDC 7:560` is `459312` there.
"""


def page() -> str:
    """The whole page."""
    parts = (_series(), _structures(), _levels(), _quantities(), _units(), _others(), _private())
    return "\n".join([INTRO, *(line for part in parts for line in part), *_schemes()]) + "\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    head = list(head)
    yield _line(head)
    yield _line(["---"] * len(head))
    yield from (_line(row) for row in rows)
    yield ""


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(code: Code | None) -> str:
    return "" if code is None else f"`{code.scheme} {code.value}` {code.meaning}"


def _series() -> Iterator[str]:
    yield "## Series\n"
    yield "The number is added to 1000 times the number of the measured series.\n"
    yield from _table(
        ("series", "number", "modality"), ((r.words, str(r.number), r.modality) for r in OUTPUTS)
    )


def _structures() -> Iterator[str]:
    yield "## Structures\n"
    yield (
        "Sides are a modifier of the type: `SCT 7771000` Left, `SCT 24028007` Right, "
        "`SCT 51440002` Bilateral.\n"
    )
    head = ("structure", "type (finding)", "category", "region (finding site)", "also")
    yield from _table(head, (_structure(row) for row in STRUCTURES))


def _structure(row: Structure) -> tuple[str, ...]:
    also = "; ".join(_code(code) for code in row.also)
    return (f"`{row.key}`", _code(row.type), row.category.meaning, _code(row.region), also)


def _levels() -> Iterator[str]:
    yield "## Vertebral levels\n"
    yield from _table(("level", "code"), ((row.name, _code(row.code)) for row in LEVELS))


def _quantities() -> Iterator[str]:
    yield "## Quantities\n"
    yield from _table(
        ("quantity", "concept", "derivation", "method"),
        (
            (f"`{row.key}`", _code(row.concept), _code(row.derivation), _code(row.method))
            for row in QUANTITIES
        ),
    )
    yield "Indices and estimates have a concept each:\n"
    rows = ((f"`{key}`", _code(code), code.definition) for key, code in INDEX.items())
    yield from _table(("index", "concept", "definition"), rows)


def _units() -> Iterator[str]:
    yield "## Units\n"
    rows = ((f"`{ours}`" if ours else "none", f"`{code.value}`") for ours, code in UNIT.items())
    yield from _table(("in our tables", "UCUM"), rows)


def _others() -> Iterator[str]:
    yield "## Everything else\n"
    listed = {*(c for c in INDEX.values()), *(c for c in UNIT.values())}
    kinds = ("algorithm", "derivation", "source", "partial", "status", "person", "sex", "verdict")
    kinds = (*kinds, "report", "template")
    rows = (
        (where, _code(code), code.source)
        for where, code in ALL
        if code not in listed and where.split(" ")[0] in kinds
    )
    yield from _table(("use", "code", "found in, if not PS3.16"), rows)


def _private() -> Iterator[str]:
    yield f"## Private codes ({PRIVATE})\n"
    rows = ((f"`{c.value}`", c.meaning, c.definition) for c in PRIVATE_CODES)
    yield from _table(("code", "meaning", "definition"), rows)


def _schemes() -> Iterator[str]:
    yield "## Coding schemes\n"
    used = {code.scheme for _, code in ALL} & set(SCHEME)
    yield from _table(
        ("designator", "name", "UID", "FHIR system"),
        (
            (f"`{s.designator}`", s.name, s.uid, f"`{s.uri}`" if s.uri else "")
            for s in SCHEMES
            if s.designator in used
        ),
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")
