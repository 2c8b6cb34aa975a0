"""How these figures look: women and men, and the size of print."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from myotome.evaluate.pictures.style import INK, sheet
from myotome.stats.table.columns import STRUCTURES, words_of

SEXES: dict[str, tuple[str, str, str]] = {
    "F": ("#cc79a7", "o", "women"),
    "M": ("#0072b2", "^", "men"),
}
"""Colour (of Okabe and Ito), marker and words."""
PRINTED: dict[str, Any] = {"marker": "D", "ms": 7, "mfc": "white", "mec": INK, "mew": 1.3, "ls": ""}
"""How numbers of the paper are drawn."""
_DPI = 300


def page(folder: Path, name: str, size_in: tuple[float, float]) -> AbstractContextManager[Any]:
    """A figure of 300 dots per inch, written when the block ends."""
    return sheet(folder, name, size_in, dpi=_DPI)


def opening(words: str) -> str:
    """The words with a capital."""
    return words[0].upper() + words[1:]


def panels(figure: Any) -> Iterator[tuple[str, Any]]:
    """A panel for the total and each muscle group, the eighth place left for the legend."""
    for place, structure in enumerate(STRUCTURES, 1):
        axes = figure.add_subplot(2, 4, place)
        axes.set_title(opening(words_of(structure)))
        yield structure, axes


def legend(figure: Any, handles: list[Any]) -> None:
    """The legend in the eighth place."""
    last = figure.add_subplot(2, 4, 8)
    last.axis("off")
    last.legend(handles=handles, loc="center left", fontsize=14)


def sex_handles(present: set[str]) -> list[Any]:
    """A handle per sex that is there."""
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], marker=marker, ls="", ms=9, color=colour, label=words)
        for sex, (colour, marker, words) in SEXES.items()
        if sex in present
    ]


def printed_handle() -> Any:
    """The handle of the paper's numbers."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label="Vu et al. 2024", **PRINTED)
