"""How the figures look: one typography, and colours that the colour-blind can tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from myotome.errors import InputError

INK, QUIET, FAINT = "#1f2933", "#5a646e", "#e3e8ec"
LEFT, RIGHT, NEUTRAL = "#0072b2", "#d55e00", "#009e73"
REFERENCE, PREDICTED = "#56b4e9", "#f0cc3c"
LINES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#1f2933")
"""Okabe and Ito's palette."""
SIDES: Mapping[str, tuple[str, str, str]] = {
    "left": (LEFT, "o", "left"),
    "right": (RIGHT, "^", "right"),
    "": (NEUTRAL, "o", ""),
    "both": (NEUTRAL, "s", "both sides"),
}
"""Colour, marker and words of a side."""
_DPI = 150
_SETTINGS: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 14,
    "axes.titlesize": 15,
    "axes.titlelocation": "left",
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.formatter.use_mathtext": False,
    "axes.unicode_minus": True,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "figure.constrained_layout.h_pad": 0.09,
    "figure.constrained_layout.w_pad": 0.07,
    "svg.hashsalt": "myotome",
    "svg.fonttype": "path",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure that was written as ``name.png`` and ``name.svg``, and words for it."""

    name: str
    caption: str


@contextmanager
def sheet(
    folder: Path, name: str, size_in: tuple[float, float], *, dpi: int = _DPI
) -> Iterator[Any]:
    """A Matplotlib figure to draw on; written as PNG and SVG when the block ends.

    Touches no global state of Matplotlib and needs no display. Refuses (InputError) to draw
    without Matplotlib.
    """
    try:
        import matplotlib as mpl
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise InputError(
            "the figures need Matplotlib, which is not installed.",
            mend='Install it (pip install "myotome[evaluate]"), or leave the figures out.',
        ) from error
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=size_in, layout="constrained")
        FigureCanvasAgg(figure)
        yield figure
        figure.savefig(folder / f"{name}.png", dpi=dpi, metadata={"Software": None})
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})


def grid_lines(axes: Any, *, axis: str = "y") -> None:
    """Faint lines behind the data."""
    axes.grid(visible=True, axis=axis, color=FAINT, linewidth=1.0)
    axes.tick_params(length=0)


def in_lines(words: str) -> str:
    """Long names over two lines, broken at the space nearest the middle."""
    spaces = [at for at, letter in enumerate(words) if letter == " "]
    if len(words) < 11 or not spaces:
        return words
    at = min(spaces, key=lambda place: abs(place - len(words) / 2))
    return f"{words[:at]}\n{words[at + 1 :]}"
