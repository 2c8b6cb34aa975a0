"""What the commands of `myotome stats` do, to be called from Python too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myotome.errors import InputError
from myotome.evaluate.pictures.curves import learning_curves, read_curve
from myotome.stats.extra import require
from myotome.stats.results import Results, write_results
from myotome.stats.table.columns import GROSS, KINDS, MassKind

if TYPE_CHECKING:
    from myotome.evaluate.pictures.style import Picture
    from myotome.stats.table.read import Table


def mass_kind(word: str) -> MassKind:
    """The kind of mass called "gross" or "lean". Refuses (InputError) another word."""
    kind = KINDS.get(f"{word}_mass")
    if kind is None:
        raise InputError(f'"{word}" is no kind of mass.', mend="Say gross or lean.")
    return kind


def describe_table(
    path: Path, out: Path, *, mass: str = "gross", figures: bool = True, overwrite: bool = False
) -> dict[str, Any]:
    """Masses by sex, age, height and BMI from a table with a row per study."""
    require()
    from myotome.stats.describe.every import describe
    from myotome.stats.table.read import read_table

    kind, table = mass_kind(mass), read_table(path)
    return write_results(
        Results(
            title="Muscle masses by sex, age, height and BMI",
            sheets=describe(table, kind),
            draw=(lambda folder: mass_pictures(table, folder, kind)) if figures else None,
            facts=facts_of(table),
        ),
        out,
        overwrite=overwrite,
    )


def mass_pictures(table: Table, folder: Path, kind: MassKind = GROSS) -> Iterator[Picture]:
    """The figures of masses: by sex, by age group, against age, correlations."""
    from myotome.stats.figures import ageing, masses

    yield masses.masses_by_sex(table.rows, folder, kind)
    yield masses.masses_by_age(table.rows, folder, kind)
    yield ageing.mass_against_age(table.rows, folder, kind)
    yield ageing.correlations_with_age(table.rows, folder, kind)


def facts_of(table: Table) -> dict[str, Any]:
    """Where numbers of people come from, for summary.json."""
    return {
        "source_sha256": table.source,
        "studies": table.studies,
        "people": len(table.rows),
        "excluded": {e.rule: e.rows for e in table.excluded},
        "notes": list(table.notes),
    }


def agreement_of(
    evaluation: Path,
    out: Path,
    *,
    curves: Sequence[Path] = (),
    figures: bool = True,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Dice, ICC, regression and limits from a results folder of `myotome evaluate`."""
    require()
    from myotome.stats.agreement.areas import area_lines, icc_table
    from myotome.stats.agreement.evaluation import read_slices, subjects
    from myotome.stats.agreement.overlap import dice_table

    rows, runs = read_slices(evaluation), [read_curve(path) for path in curves]

    def draw(folder: Path) -> Iterator[Picture]:
        from myotome.stats.figures.agreement import against_readers

        yield from against_readers(rows, folder)
        if runs:
            yield learning_curves(runs, folder)

    return write_results(
        Results(
            title="Agreement of automatic outlines with readers",
            sheets=(dice_table(rows), icc_table(rows), area_lines(rows)),
            draw=draw if figures else None,
            facts={"subjects": subjects(rows)},
        ),
        out,
        overwrite=overwrite,
    )


def raters_of(
    folders: Sequence[Path], out: Path, *, figures: bool = True, overwrite: bool = False
) -> dict[str, Any]:
    """Agreement among readers whose folders hold label maps of the same studies."""
    require()
    from myotome.stats.agreement.raters import (
        dice_sheet,
        icc_sheet,
        rate,
        read_raters,
        staple_sheet,
    )

    studies = read_raters(folders)
    rated = rate(studies)
    names = rater_names(len(folders))

    def draw(folder: Path) -> Iterator[Picture]:
        from myotome.stats.figures.agreement import among_raters

        yield among_raters(rated, names, folder)

    return write_results(
        Results(
            title="Agreement among readers",
            sheets=(dice_sheet(rated, names), icc_sheet(rated), staple_sheet(rated, names)),
            draw=draw if figures else None,
            facts={"raters": len(folders), "studies": [s.subject for s in studies]},
        ),
        out,
        overwrite=overwrite,
    )


def rater_names(count: int) -> tuple[str, ...]:
    """``rater 1`` and so on, in the order given: folders may be called after people."""
    return tuple(f"rater {number}" for number in range(1, count + 1))
