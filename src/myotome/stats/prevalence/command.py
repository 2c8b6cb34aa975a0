"""What `myotome stats prevalence` does, to be called from Python too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from myotome.evaluate.pictures.style import Picture
from myotome.stats.commands import facts_of
from myotome.stats.extra import require
from myotome.stats.results import Results, write_results

MUSCLE = ("ct_muscle_quantity",)
"""What is asked for where nobody says which topic."""


def prevalence_of(
    path: Path,
    out: Path,
    *,
    topics: tuple[str, ...] = MUSCLE,
    figures: bool = True,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Prevalence by each published cut-off, their agreement, and the sets that agree."""
    require()
    from myotome.stats.prevalence.judged import judge_people
    from myotome.stats.prevalence.sheets import agreement_sheet, prevalence_sheet, sets_sheet
    from myotome.stats.table.read import read_table

    table = read_table(path)
    judged = judge_people(table.rows, topics)

    def draw(folder: Path) -> Iterator[Picture]:
        from myotome.stats.prevalence.figures import prevalence_picture, sets_picture

        yield prevalence_picture(judged, table.rows["sex"].to_numpy(), folder)
        sets = sets_picture(judged, folder)
        if sets is not None:
            yield sets

    return write_results(
        Results(
            title="Published cut-offs in this cohort",
            sheets=(
                prevalence_sheet(judged, table.rows),
                agreement_sheet(judged),
                sets_sheet(judged),
            ),
            draw=draw if figures and any(one.applicable.any() for one in judged) else None,
            facts=facts_of(table),
        ),
        out,
        overwrite=overwrite,
    )
