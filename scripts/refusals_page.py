"""Write docs/what-is-refused.md from the tables, so that the page and the program cannot disagree.

Usage: python scripts/refusals_page.py
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path

from myotome import errors
from myotome.errors import MyotomeError
from myotome.tables.anatomy.regions import REGIONS
from myotome.tables.flags.every import FLAG, FLAGS
from myotome.tables.series.files import FILE_STATUSES
from myotome.tables.series.rules import RULES, Rule
from myotome.tables.series.traits import PARTING, TRAITS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "what-is-refused.md"
INTRO = """\
# What is refused, what is flagged, and what to do

<!-- Written by scripts/refusals_page.py from the tables in src/myotome. Change these instead. -->

The rule: a number that would be wrong is not given, but the file, the image, the series or the
study is refused by name, with the reason and the mend; a number that may be wrong is given with a
flag. Values of the CT are never corrected. Labels that a network made are tidied; what was taken
away is told from 0.5 ml of a muscle (foreign pieces) or 5 % of it (specks, holes, wrong side) on.
"""
MENDS = {
    True: "`--series KEY` measures it all the same",
    False: "cannot be insisted on",
}
OTHERWISE = {
    "reserve": "Look for a better series of the study; reading tells what is left to do.",
    "note": "Nothing need be done.",
}
VERDICTS = {
    "refused": "refused",
    "reserve": "taken only if nothing better is there",
    "note": "measured, and told",
}


def page() -> str:
    """The whole page."""
    return "\n".join([INTRO, *_errors(), *_series(), *_images(), *_files(), *_regions(), *_flags()])


def _errors() -> Iterator[str]:
    yield "## Refusals of a whole run, by exit code\n"
    yield from _table(
        ("exit code", "what it means"),
        [
            (str(error.exit_code), _first_line(error))
            for error in sorted(_tree(), key=lambda error: error.exit_code)
        ],
    )
    yield (
        "\nCode 1 is a fault of Myotome, 2 a wrong command line. Every message says what, why and "
        "the mend; the last line on stdout holds it for programs.\n"
    )


def _tree() -> Iterator[type[MyotomeError]]:
    for _, found in inspect.getmembers(errors, inspect.isclass):
        if issubclass(found, MyotomeError) and found is not MyotomeError:
            yield found


def _first_line(error: type[MyotomeError]) -> str:
    return (inspect.getdoc(error) or "").replace("``", "`").split("\n\n")[0].replace("\n", " ")


def _series() -> Iterator[str]:
    yield "## Series\n"
    yield (
        "A series gets every line that fits it, in `series.csv`, in the report and from `myotome "
        "series`. Words in braces are its own values.\n"
    )
    for verdict, words in VERDICTS.items():
        rows = [rule for rule in RULES if rule.verdict == verdict]
        yield f"### {words.capitalize()}\n"
        yield from _table(("code", "the series", "what to do", "flag if measured", "source"),
                          [_rule(rule) for rule in rows])  # fmt: skip
        yield ""


def _rule(rule: Rule) -> tuple[str, ...]:
    mend = MENDS[rule.override] if rule.verdict == "refused" else ""
    mend = mend or (FLAG[rule.flag].mend if rule.flag else OTHERWISE[rule.verdict])
    flag = f"`{rule.flag}`" if rule.flag else ""
    return (f"`{rule.key}`", rule.text, mend, flag, rule.source)


def _images() -> Iterator[str]:
    yield "## Single images of a series\n"
    parting = ", ".join(dict.fromkeys(row.words for row in PARTING))
    yield (
        f"Images part into different series, or stacks of one, by: {parting}. Rounding parts "
        "nothing. An image with another value than its stack is left out by name, as a damaged one "
        "would be (the gap then refuses the series unless `--allow-gaps` fills it), or the series "
        "is refused if too many differ. Compared are:\n"
    )
    yield ", ".join(dict.fromkeys(row.words for row in TRAITS)) + ".\n"


def _files() -> Iterator[str]:
    yield "## Files\n"
    yield "What became of every file is in `files.csv` and in `measurements.json`.\n"
    yield from _table(
        ("status", "what it means"),
        [(f"`{row.key}`", row.words) for row in FILE_STATUSES if not row.used],
    )
    yield ""


def _regions() -> Iterator[str]:
    yield "## Scans of something else\n"
    yield "Told from the image, whatever the header says (exit code 7):\n"
    yield from _table(
        ("what", "refused", "source"),
        [
            (row.words, "always" if row.refused else "where no vertebra is sure", row.source)
            for row in REGIONS
        ],
    )
    yield "\nScans that are upside down, front to back or mirrored: [direction](direction.md).\n"


def _flags() -> Iterator[str]:
    yield "## Flags\n"
    yield "With severity and what they concern: [flags](flags.md).\n"
    yield from _table(
        ("flag", "what it means", "where it comes from", "what to do"),
        [(f"`{row.key}`", row.words, row.cause, row.mend) for row in FLAGS],
    )
    yield ""


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    head = tuple(head)
    yield _line(head)
    yield _line("---" for _ in head)
    for row in rows:
        yield _line(row)


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def main() -> None:
    """Write the page whole or not at all."""
    part = PAGE.with_suffix(".md.part")
    part.write_text(page(), encoding="utf-8")
    part.replace(PAGE)
    print(PAGE.name)


if __name__ == "__main__":
    main()
