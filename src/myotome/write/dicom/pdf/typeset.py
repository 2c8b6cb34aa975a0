"""Data and pictures to PDF by Typst: PDF/A-2a and PDF/UA-1, the same bytes for the same paper.

Nothing of the data is markup: the document reads it from a JSON file and prints strings as they
are. It finds no other files than its own, and loads nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from myotome.errors import OutputError

Json = dict[str, Any]

_UNPRINTABLE = "\u25a1"
_DOCUMENT = "paper.typ"
_PROBE = b"""#set document(title: "probe")
#set text(font: ("Libertinus Serif", "New Computer Modern", "DejaVu Sans Mono"))
#sys.inputs.probe"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What is printed: ``data`` as the template reads it, ``pictures`` by their file names.

    ``made`` is the date that the PDF bears, with its time zone.
    """

    data: Json
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    made: datetime = datetime(1970, 1, 1, tzinfo=UTC)


def typeset(paper: Paper) -> bytes:
    """``paper`` as PDF. Characters that the fonts lack are printed as a box.

    Refuses (OutputError) where Typst is not installed or refuses the paper.
    """
    try:
        import typst
    except ImportError as error:
        raise OutputError(
            "the report cannot be made into a PDF.",
            why="Typst is not installed.",
            mend="pip install 'myotome[dicom]', or leave the PDF out.",
        ) from error
    try:
        return _compiled(paper)
    except typst.TypstError:
        pass  # most likely a character that no font has: PDF/A forbids it
    try:
        return _compiled(_with_boxes(paper))
    except typst.TypstError as error:
        raise OutputError(
            "the report cannot be made into a PDF.",
            why="Typst refuses the page.",
            mend="Report it, with the version of Typst; or leave the PDF out.",
        ) from error


def _compiled(paper: Paper) -> bytes:
    with TemporaryDirectory(prefix="myotome-") as name:
        root = Path(name)
        template = files("myotome.write").joinpath("templates", _DOCUMENT)
        (root / _DOCUMENT).write_bytes(template.read_bytes())
        (root / "data.json").write_text(json.dumps(paper.data), encoding="utf-8")
        for file, content in paper.pictures.items():
            (root / file).write_bytes(content)
        return _pdf(root / _DOCUMENT, root=root, timestamp=paper.made)


def _pdf(source: Path | bytes, **options: Any) -> bytes:
    import typst

    pdf: bytes = typst.compile(
        source,
        format="pdf",
        font_paths=_fonts(),
        ignore_system_fonts=True,
        pdf_standards=["a-2a", "ua-1"],
        **options,
    )
    return pdf


@cache
def _fonts() -> Any:
    """The fonts inside the wheel alone, so that every machine makes the same page."""
    import typst

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


# characters without a glyph


def _with_boxes(paper: Paper) -> Paper:
    return Paper(data=_boxed(paper.data), pictures=paper.pictures, made=paper.made)


def _boxed(value: Any) -> Any:
    if isinstance(value, str):
        return _printable(value)
    if isinstance(value, Mapping):
        return {key: _boxed(own) for key, own in value.items()}
    if isinstance(value, list | tuple):
        return [_boxed(own) for own in value]
    return value


def _printable(text: str) -> str:
    """``text`` with a box for each character that cannot be printed."""
    if _prints(text):
        return text
    once = "".join(one if _prints(one) else _UNPRINTABLE for one in text)
    # some characters fail only together
    return once if _prints(once) else "".join(c if c.isascii() else _UNPRINTABLE for c in text)


@cache
def _prints(text: str) -> bool:
    import typst

    if text.isascii() and text.isprintable():
        return True
    try:
        _pdf(_PROBE, sys_inputs={"probe": text}, timestamp=0)
    except (typst.TypstError, ValueError):
        return False
    return True
