"""Write docs/outputs.md from the table of outputs, so that page and program cannot disagree.

Usage: python scripts/outputs_page.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from myotome.cli.options import ASKED
from myotome.segment.backends import BACKENDS
from myotome.write.contents import OUTPUTS, File, Output

PAGE = Path(__file__).resolve().parents[1] / "docs" / "outputs.md"

INTRO = """\
# What a results folder holds

<!-- Written by scripts/outputs_page.py from src/myotome/write/contents.py. Change the rows. -->

`myotome run STUDY -o FOLDER` makes the folder whole or not at all. With `--overwrite` it replaces
an earlier one, but only if nothing lies in it that is not listed here (or named by an output of
another package): nobody's own files are ever deleted.

A study of which no series may be measured leaves `series.csv` and `files.csv` alone.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([INTRO, *_files(), *_asked(), *_backends()]) + "\n"


def _files() -> Iterator[str]:
    yield "## Files\n"
    yield _line(["file", "holds", "is there"])
    yield _line(["---"] * 3)
    for row in OUTPUTS.own.values():
        yield from (_line([f"`{file.name}`", file.words, _when(row, file)]) for file in row.files)
    yield ""


def _when(row: Output, file: File) -> str:
    asked = f"with `{_option(row.options[0])}`" if row.options else ""
    return ", ".join(words for words in (asked, file.when) if words) or "always"


def _asked() -> Iterator[str]:
    yield "## What may be asked for\n"
    yield _line(["output", "option", "needs"])
    yield _line(["---"] * 3)
    for row in OUTPUTS.own.values():
        for name in row.options:
            source = ["a CT that came as DICOM"] if row.from_dicom else []
            needs = "; ".join([*source, *([f"`{row.mend.rstrip('.')}`"] if row.needs else [])])
            words = f"`{_option(name)}`: {ASKED[name].option.words}"
            yield _line([row.words, words, needs or "nothing more"])
    yield _line(["an output of another package", f"`--also`: {ASKED['also'].option.words}", ""])
    yield "\nHow to [add an output](how-to/add-an-output.md) is a page of its own.\n"


def _backends() -> Iterator[str]:
    yield "## Who makes the masks\n"
    yield _line(["`--backend`", "labels by"])
    yield _line(["---"] * 2)
    yield from (_line([f"`{row.syntax}`", row.words]) for row in BACKENDS.own.values())
    yield (
        "\nHow to [add a backend](how-to/add-a-backend.md) and to "
        "[use your own network](how-to/use-your-own-network.md) are pages of their own."
    )


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Write the page whole or not at all."""
    part = PAGE.with_suffix(".md.part")
    part.write_text(page(), encoding="utf-8")
    part.replace(PAGE)
    print(PAGE.name)


if __name__ == "__main__":
    main()
