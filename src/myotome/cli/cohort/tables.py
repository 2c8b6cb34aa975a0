"""`myotome cohort table`, `dictionary`, `export`: the numbers of a cohort, and what they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from myotome.cli.answer import Debug, answering, reply

if TYPE_CHECKING:
    from myotome.cohort.store.opened import Cohort
    from myotome.cohort.tables.made import Made
    from myotome.cohort.tables.wanted import Wanted


Words = list[str] | None
CohortFolder = Annotated[Path, typer.Argument(help="Folder of a cohort.")]
Levels = Annotated[
    Words,
    typer.Option("--level", help="Vertebrae, or slab; as L3,L4 or given repeatedly. Else all."),
]
Quantities = Annotated[Words, typer.Option("--quantities", help="As area,mean_hu. Else all.")]
Structures = Annotated[Words, typer.Option("--structures", help="As psoas,visceral_fat. Else all.")]
Sides = Annotated[Words, typer.Option("--sides", help="left, right or both. Else all.")]
Beside = Annotated[
    Words, typer.Option("--with", help="Columns beside each value, as status,low_90,high_90.")
]
Partial = Annotated[bool, typer.Option(help="Also values of which only a part was in view.")]
Studies = Annotated[
    str, typer.Option(help="done; all: failed ones as empty rows; usable: those statistics use.")
]

Flags = Annotated[bool, typer.Option(help="A column with the study's flags.")]
Of = Annotated[
    str,
    typer.Option(
        "--of", help="numbers; or studies, series, slices, flags, of all studies, as kept."
    ),
]


def table(
    cohort: CohortFolder,
    out: Annotated[Path, typer.Option("-o", "--out", help="A .csv or .parquet file.")],
    wide: Annotated[bool, typer.Option("--wide/--long", help="A row per study, or number.")] = True,
    of: Of = "numbers",
    level: Levels = None,
    quantities: Quantities = None,
    structures: Structures = None,
    sides: Sides = None,
    with_: Beside = None,
    partial: Partial = False,
    studies: Studies = "done",
    flags: Flags = False,
    debug: Debug = False,
) -> None:
    """Write the numbers of a cohort as one table: a row per study, or per number."""
    with answering(debug):
        from myotome.cohort.store.opened import open_cohort
        from myotome.cohort.tables.save import ending_of, save
        from myotome.cohort.tables.wanted import Wanted, listed

        wanted = Wanted(
            levels=listed(level),
            quantities=listed(quantities),
            structures=listed(structures),
            sides=listed(sides),
            with_=listed(with_),
            partial=partial,
            studies=studies,
            flags=flags,
        )
        ending_of(out)
        with open_cohort(cohort) as opened:
            made = _made(opened, of, wanted, wide=wide)
            rows = save(opened, made, out)
        typer.echo(made.note, err=True)
        reply(status="ok", out=str(out), rows=rows, **told(made))


def _made(opened: Cohort, of: str, wanted: Wanted, *, wide: bool) -> Made:
    from myotome.cohort.tables.kept import NUMBERS, kept
    from myotome.cohort.tables.long import long as long_table
    from myotome.cohort.tables.wide import wide as wide_table

    if of != NUMBERS:
        return kept(opened, of)
    return (wide_table if wide else long_table)(opened, wanted)


def dictionary(
    cohort: CohortFolder,
    out: Annotated[Path, typer.Option("-o", "--out", help="A .csv, .md or .json file.")],
    level: Levels = None,
    quantities: Quantities = None,
    structures: Structures = None,
    sides: Sides = None,
    with_: Beside = None,
    flags: Flags = False,
    debug: Debug = False,
) -> None:
    """Write what every column of the wide table says: unit, meaning, window, how often measured."""
    with answering(debug):
        from myotome.cohort.store.opened import open_cohort
        from myotome.cohort.tables.dictionary import ENDINGS, save_dictionary
        from myotome.cohort.tables.dictionary import dictionary as entries_of
        from myotome.cohort.tables.wanted import Wanted, listed
        from myotome.cohort.tables.whole import ending_among

        wanted = Wanted(
            levels=listed(level),
            quantities=listed(quantities),
            structures=listed(structures),
            sides=listed(sides),
            with_=listed(with_),
            flags=flags,
        )
        ending_among(out, ENDINGS)
        with open_cohort(cohort) as opened:
            entries = entries_of(opened, wanted)
        save_dictionary(entries, out)
        reply(status="ok", out=str(out), columns=len(entries))


def export(
    cohort: CohortFolder,
    to: Annotated[str, typer.Option(help="csv, parquet, redcap, omop or bids.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="A new or empty folder.")],
    level: Levels = None,
    quantities: Quantities = None,
    structures: Structures = None,
    sides: Sides = None,
    partial: Partial = False,
    studies: Studies = "done",
    debug: Debug = False,
) -> None:
    """Hand a cohort on: CSV, Parquet, REDCap, OMOP or BIDS, with a README."""
    with answering(debug):
        from myotome.cohort.export.every import export as export_to
        from myotome.cohort.store.opened import open_cohort
        from myotome.cohort.tables.wanted import Wanted, listed

        wanted = Wanted(
            levels=listed(level),
            quantities=listed(quantities),
            structures=listed(structures),
            sides=listed(sides),
            partial=partial,
            studies=studies,
        )
        with open_cohort(cohort) as opened:
            made, said = export_to(opened, to, out, wanted)
        typer.echo(made.note, err=True)
        reply(status="ok", out=str(out), form=to, **said, **told(made))


def told(made: Made) -> dict[str, Any]:
    """What programs want to know of a table."""
    from myotome.tables.cohort.wide import EXCLUSION

    return {
        "studies": made.studies,
        "studies_in_table": made.shown,
        "excluded": {
            key: {"studies": number, "why": EXCLUSION[key].words}
            for key, number in made.excluded.items()
        },
        "note": made.note,
    }


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    app.command()(table)
    app.command()(dictionary)
    app.command()(export)
