"""Write docs/flags.md from the tables, so that the page and the program cannot disagree.

Usage: python scripts/flags_page.py
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from myotome.tables.flags.every import FLAGS
from myotome.tables.flags.row import CONCERNS, FlagRow
from myotome.tables.flags.training import TRAINING
from myotome.tables.quantities.tissues import TRANSITIONAL

PAGE = Path(__file__).resolve().parents[1] / "docs" / "flags.md"
STAGES = {
    "read": "On the input",
    "locate": "On vertebrae, lung base and contrast phase",
    "segment": "On the labels",
    "measure": "On the numbers",
}
INTRO = """\
# Flags

<!-- Written by scripts/flags_page.py from src/myotome/tables/flags. Change the tables instead. -->

A flag says what a reader of the numbers must know. It has a code for programs, which stays the
same from version to version, and a sentence for people that tells the single case. Flags stand in
`measurements.json` (`flags`), in the report, in the DICOM report and in the FHIR bundle, by
severity: *warning*: look before you use the numbers; *info*: good to know. Nothing is changed or
left out because of a flag, unless it says so. Which of them weaken single numbers and forbid
cut-offs: [body composition](composition.md), [cut-offs](cutoffs.md).
"""
TRAINING_INTRO = """\
## On training cases

Findings of `myotome train` and its checks; they never stand in results. A *failure* refuses the
case, a *warning* tells the trainer.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([INTRO, *_results(), TRAINING_INTRO, *_table(TRAINING), ""])


def _results() -> Iterator[str]:
    for stage, words in STAGES.items():
        yield f"## {words}\n"
        yield from _table([row for row in FLAGS if row.stage == stage])
        yield ""
    codes = ", ".join(f"`{code}`" for code in TRANSITIONAL)
    yield f"`transitional_anatomy` is raised where one of {codes} is.\n"


def _table(rows: Iterable[FlagRow]) -> Iterator[str]:
    head = ("code", "severity", "what it means", "where it comes from", "what to do", "concerns")
    yield _line(head)
    yield _line("---" for _ in head)
    for row in rows:
        yield _line(_cells(row))


def _cells(row: FlagRow) -> tuple[str, ...]:
    severity = " or ".join((row.severity, *row.also))
    concerns = CONCERNS[row.concerns] + (" (may name one vertebra)" if row.has_level else "")
    return (f"`{row.key}`", severity, row.words, row.cause, row.mend, concerns)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Write the page whole or not at all."""
    part = PAGE.with_suffix(".md.part")
    part.write_text(page(), encoding="utf-8")
    part.replace(PAGE)
    print(PAGE.name)


if __name__ == "__main__":
    main()
