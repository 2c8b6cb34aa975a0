"""What `myotome stats reference` does, to be called from Python too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from myotome.assess.own.file import text_of
from myotome.stats.commands import facts_of
from myotome.stats.extra import require
from myotome.stats.reference.build import ReferenceRequest, build
from myotome.stats.results import Results, write_results
from myotome.tables.outputs.wording import RESEARCH_USE

FILE = "reference.json"


def build_reference(
    path: Path,
    out: Path,
    request: ReferenceRequest,
    *,
    figures: bool = True,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Percentile curves of a column of a table, and ``reference.json`` for ``assess``.

    Refuses (InputError) a table that lacks the column or has too few people of both sexes.
    """
    require()
    from myotome.stats.reference.figures import curve_pictures
    from myotome.stats.reference.sheets import reference_sheets
    from myotome.stats.table.read import read_table

    table = read_table(path)
    table.require(request.column, *(["bmi_kg_m2"] if request.by_bmi else []))
    built = build(table.rows, request, table.source)
    drawn = None if not figures else lambda to: curve_pictures(built.fits, request.column, to)
    facts = facts_of(table)
    facts["notes"] = [*facts["notes"], *built.refused]
    return write_results(
        Results(
            title=f"Reference: {request.name}",
            sheets=reference_sheets(built, request),
            draw=drawn,
            facts=facts,
            pages={FILE: text_of(built.reference, RESEARCH_USE)},
        ),
        out,
        overwrite=overwrite,
    )
