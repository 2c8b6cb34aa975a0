"""Every coded row in one list, for the page of private codes and for the tests."""

from __future__ import annotations

from collections.abc import Iterator

from myotome.tables.codes import (
    anatomy as codes_anatomy,
)
from myotome.tables.codes import (
    quantities as codes_quantities,
)
from myotome.tables.codes import (
    report as codes_report,
)
from myotome.tables.codes import (
    sr as codes_sr,
)
from myotome.tables.codes.code import Code


def _rows() -> Iterator[tuple[str, Code]]:
    for structure in codes_anatomy.STRUCTURES:
        also = {f"also {n}": code for n, code in enumerate(structure.also)}
        own = {"category": structure.category, "type": structure.type, "region": structure.region}
        for part, code in (own | also).items():
            yield f"{structure.key} {part}", code
    for side, code in codes_anatomy.SIDE.items():
        yield f"side {side}", code
    for level in codes_anatomy.LEVELS:
        yield f"level {level.name}", level.code
    for row in codes_quantities.QUANTITIES:
        for part in ("concept", "derivation", "method"):
            found: Code | None = getattr(row, part)
            if found is not None:
                yield f"{row.key} {part}", found
    yield "algorithm", codes_report.ALGORITHM_FAMILY
    yield "derivation", codes_report.SEGMENTATION
    yield "source image", codes_report.SOURCE_IMAGE
    yield "partial", codes_report.PARTIAL
    for name, rows in (
        ("index", codes_quantities.INDEX),
        ("unit", codes_quantities.UNIT),
        ("status", codes_report.STATUS),
        ("person", codes_report.PERSON),
        ("sex", codes_report.SEX),
        ("verdict", codes_report.VERDICT),
        ("set by", codes_report.SET_BY),
        ("plane", codes_report.PLANE),
        ("report", codes_report.REPORT),
        ("template", codes_sr.NAMES),
    ):
        for key, code in rows.items():
            yield f"{name} {key}", code


ALL: tuple[tuple[str, Code], ...] = tuple(_rows())
"""(where it is used, code) of every row."""

PRIVATE_CODES: tuple[Code, ...] = tuple(
    sorted({code for _, code in ALL if code.is_private}, key=lambda code: code.value)
)
