"""The whole paper at once, from a table of people, an evaluation, readers and learning curves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myotome.errors import InputError
from myotome.evaluate.pictures.curves import Curve, learning_curves, read_curve
from myotome.evaluate.pictures.style import Picture
from myotome.stats.commands import facts_of, mass_pictures, rater_names
from myotome.stats.extra import require
from myotome.stats.paper import compare
from myotome.stats.paper.page import Section, page
from myotome.stats.results import Results, write_results
from myotome.stats.sheets.sheet import Sheet

if TYPE_CHECKING:
    from myotome.evaluate.scores.rows import SliceScore
    from myotome.stats.agreement.raters import Rated
    from myotome.stats.table.read import Table

TITLE = "Vu et al. 2024, re-enacted"
_PAPER = (
    "Printed numbers: Vu, Chahine et al. 2024, Sci Rep 14, "
    "https://doi.org/10.1038/s41598-024-64603-6 (CC BY 4.0)."
)
_NOT_GIVEN = "Not re-enacted here: nothing was given for it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What the paper is re-enacted from. Only ``table`` is needed.

    ``evaluation`` is a results folder of `myotome evaluate`, ``raters`` a folder of label maps
    per reader, ``curves`` learning curves. ``drawn`` says that the people of the table were drawn
    from the paper's own numbers. The ``..._words`` say where each is from, for the page.
    """

    table: Path
    evaluation: Path | None = None
    raters: tuple[Path, ...] = ()
    curves: tuple[Path, ...] = ()
    drawn: bool = False
    table_words: str = ""
    evaluation_words: str = ""
    raters_words: str = ""
    curves_words: str = ""


@dataclass(slots=True, kw_only=True)
class _Read:
    """Everything read before anything is written."""

    table: Table
    slices: Sequence[SliceScore] = ()
    rated: Sequence[Rated] = ()
    names: tuple[str, ...] = ()
    runs: tuple[Curve, ...] = ()
    pictures: dict[str, Picture] = field(default_factory=dict)


def reenact(sources: Sources, out: Path, *, overwrite: bool = False) -> dict[str, Any]:
    """Write every table and figure of the paper and ``comparison.html``; what summary.json holds.

    Refuses what the readers of the sources refuse, and a results folder in use (OutputError).
    """
    require()
    read = _read(sources)
    sheets = tuple(_sheets(read, sources))
    sections = _sections(sources)

    def draw(folder: Path) -> Iterator[Picture]:
        for picture in _pictures(read, folder):
            read.pictures[picture.name] = picture
            yield picture
        text = page(
            TITLE, _preface(read, sources), sections, {s.key: s for s in sheets}, read.pictures
        )
        (folder / "comparison.html").write_text(text, encoding="utf-8")

    facts = facts_of(read.table) | {"drawn_from_the_paper": sources.drawn}
    results = Results(title=TITLE, sheets=sheets, draw=draw, facts=facts)
    return write_results(results, out, overwrite=overwrite)


def is_drawn(table: Path) -> bool:
    """Whether the truth of a simulated cohort lies beside a table."""
    return table.with_suffix(".truth.json").is_file()


def _read(sources: Sources) -> _Read:
    from myotome.stats.agreement.evaluation import read_slices
    from myotome.stats.agreement.raters import rate, read_raters
    from myotome.stats.table.columns import BMI, HEIGHT
    from myotome.stats.table.read import read_table

    read = _Read(table=read_table(sources.table))
    read.table.require(HEIGHT, BMI)
    if read.table.rows["sex"].nunique() < 2:
        raise InputError("The paper compares women and men; the table has one sex alone.")
    if sources.evaluation is not None:
        read.slices = read_slices(sources.evaluation)
    if sources.raters:
        read.rated, read.names = (
            rate(read_raters(sources.raters)),
            rater_names(len(sources.raters)),
        )
    read.runs = tuple(read_curve(path) for path in sources.curves)
    return read


def _sheets(read: _Read, sources: Sources) -> Iterator[Sheet]:
    from myotome.stats.agreement.areas import area_lines, icc_table
    from myotome.stats.agreement.overlap import dice_table
    from myotome.stats.agreement.raters import dice_sheet, icc_sheet, staple_sheet
    from myotome.stats.describe.every import describe

    rows = read.table.rows
    yield from describe(read.table)
    if read.slices:
        yield from (dice_table(read.slices), icc_table(read.slices), area_lines(read.slices))
    if read.rated:
        yield dice_sheet(read.rated, read.names)
        yield icc_sheet(read.rated)
        yield staple_sheet(read.rated, read.names)
    yield compare.curves(read.runs)
    yield compare.masses(rows, drawn=sources.drawn)
    yield compare.slopes(rows)
    yield compare.correlations(rows, drawn=sources.drawn)
    yield compare.bodies(rows)
    yield compare.contradictions()


def _pictures(read: _Read, folder: Path) -> Iterator[Picture]:
    from myotome.stats.figures.agreement import against_readers, among_raters

    yield from mass_pictures(read.table, folder)
    if read.slices:
        yield from against_readers(read.slices, folder)
    if read.rated:
        yield among_raters(read.rated, read.names, folder)
    if read.runs:
        yield learning_curves(read.runs, folder)


def _preface(read: _Read, sources: Sources) -> list[str]:
    left_out = [f"{e.rows} because {e.words}" for e in read.table.excluded if e.rows]
    out = [_PAPER, sources.table_words]
    if sources.drawn:
        out.append(
            "The people of this page are synthetic: drawn from tables 3 and 4. What these tables "
            "print comes back by construction; it shows that the program computes what it says, "
            "and nothing about the paper or about people."
        )
    kept = f"Of {read.table.studies} studies {len(read.table.rows)} people are described"
    out.append(kept + (f"; left out: {'; '.join(left_out)}." if left_out else "; none left out."))
    return [words for words in out if words]


def _sections(s: Sources) -> list[Section]:
    """The tables and figures in the order of the paper."""
    people = s.table_words or "From the table given."
    reader = s.evaluation_words or ("From the evaluation given." if s.evaluation else _NOT_GIVEN)
    curves = s.curves_words or ("From the curves given." if s.curves else _NOT_GIVEN)
    raters = s.raters_words or ("From the readers given." if s.raters else _NOT_GIVEN)
    rows: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...]], ...] = (
        ("figure 2A", "Figure 2A: learning curves", curves, ("compare_figure2a",),
         ("learning_curves",)),
        ("table 1", "Table 1 and figure 2B: Dice by muscle and side", reader,
         ("dice_by_muscle",), ("dice_by_muscle",)),
        ("table 2", "Table 2: ICC of automatic and manual areas", reader, ("area_icc",), ()),
        ("figure 4", "Figure 4: automatic against manual areas", reader, ("area_agreement",),
         ("agreement_area", "bland_altman_area")),
        ("figure 5", "Figure 5: mass by sex and muscle", people, ("gross_mass_by_sex",),
         ("gross_mass_by_sex",)),
        ("table 3", "Table 3: mass by sex and age", people, ("compare_table3",),
         ("gross_mass_by_age",)),
        ("figure 6", "Figure 6: mass against age", people,
         ("compare_figure6", "gross_mass_slopes"), ("gross_mass_against_age",)),
        ("table 4", "Table 4: correlation of mass with age", people, ("compare_table4",),
         ("gross_mass_with_age",)),
        ("adjustment", "Height, BMI and people over 40", people,
         ("compare_bodies", "gross_mass_with_age", "gross_mass_with_age_over_40",
          "gross_mass_height_exponent", "gross_mass_bmi_by_sex_k1", "gross_mass_bmi_by_sex_k2"),
         ()),
        ("supplement", "Supplement S2 and S3: readers among themselves", raters,
         ("raters_dice", "raters_icc", "raters_staple"), ("raters_dice",)),
        ("people", "Who is counted", people, ("exclusions",), ()),
    )  # fmt: skip
    return [
        Section(place=place, title=title, words=words, sheets=sheets, figures=figures)
        for place, title, words, sheets, figures in rows
    ]
