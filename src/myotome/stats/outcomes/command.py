"""What `myotome stats cutoff` and `myotome stats survival` do, to be called from Python too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from myotome.errors import InputError
from myotome.evaluate.pictures.style import Picture
from myotome.stats.commands import facts_of
from myotome.stats.extra import require
from myotome.stats.outcomes.events import OutcomeColumns, time_words, with_outcome
from myotome.stats.outcomes.sheets import Cuts, cox_sheet, curve_sheet, grouped, outcome_cutoffs
from myotome.stats.outcomes.survival import curves, log_rank
from myotome.stats.outcomes.young import Draws, young_cutoffs
from myotome.stats.reference.quantity import axis_words
from myotome.stats.results import Results, write_results
from myotome.stats.table.read import read_table


@dataclass(frozen=True, slots=True, kw_only=True)
class CutoffRequest:
    """What cut-offs are wanted of ``column``.

    ``young`` are ages in years from and to below; ``outcome`` None asks for the young alone;
    ``adjust`` takes age out of the outcome.
    """

    column: str
    young: tuple[float, float] = (20.0, 40.0)
    outcome: OutcomeColumns | None = None
    adjust: bool = False
    draws: Draws = field(default_factory=Draws)


def cutoffs_of(
    path: Path, out: Path, request: CutoffRequest, *, overwrite: bool = False
) -> dict[str, Any]:
    """Cut-offs by the young and, where there is an outcome, by that.

    Without an outcome the young are needed (InputError); with one they may be missing, which
    the notes say.
    """
    require()
    column, outcome, table = request.column, request.outcome, read_table(path)
    table.require(column)
    facts, sheets = facts_of(table), []
    try:
        sheets.append(young_cutoffs(table.rows, column, request.young, request.draws))
    except InputError as error:
        if outcome is None:
            raise
        facts["notes"] = [*facts["notes"], str(error)]
    if outcome is not None:
        people = with_outcome(table.rows, column, outcome)
        sheets.append(outcome_cutoffs(people, column, request.draws, adjust=request.adjust))
    title = f"Cut-offs of {axis_words(column)}"
    results = Results(title=title, sheets=tuple(sheets), facts=facts)
    return write_results(results, out, overwrite=overwrite)


def survival_of(
    path: Path,
    out: Path,
    column: str,
    outcome: OutcomeColumns,
    *,
    cuts: Cuts | None = None,
    figures: bool = True,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Kaplan-Meier curves, log-rank test and Cox models by a quantity.

    Groups are the low and the others by ``cuts``, without them thirds of each sex.
    """
    require()
    if outcome.time is None:
        raise InputError("Survival needs a time.", mend="Pass --time COLUMN.")
    table = read_table(path)
    table.require(column, outcome.time)
    people = grouped(with_outcome(table.rows, column, outcome), cuts)
    found, words = curves(people, "group"), time_words(outcome.time)
    if len(found) < 2:
        raise InputError("All people are in one group.", mend="Give other cut-offs.")

    def draw(folder: Path) -> Iterator[Picture]:
        from myotome.stats.outcomes.figures import survival_picture

        yield survival_picture(found, words, log_rank(people, "group")[2], folder)

    return write_results(
        Results(
            title=f"Survival by {axis_words(column)}",
            sheets=(curve_sheet(people, found, words), cox_sheet(people, column, cuts)),
            draw=draw if figures else None,
            facts=facts_of(table),
        ),
        out,
        overwrite=overwrite,
    )
