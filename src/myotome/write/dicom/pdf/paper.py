"""The report on paper: one A4 page for the clinic, then the details, as data and pictures.

``report.html`` stays the whole report. Both print the same words, from ``report.context``.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from myotome.nouns.study.provenance import Provenance
from myotome.nouns.study.result import StudyResult
from myotome.write.dicom.pdf.answers import first_page
from myotome.write.dicom.pdf.details import details
from myotome.write.dicom.pdf.typeset import Paper
from myotome.write.pictures.canvas import Picture
from myotome.write.report import page as report
from myotome.write.report.composition import LEVEL
from myotome.write.report.embedded import hex_colour

Json = dict[str, Any]

TITLE = "CT muscle report (research use only)"
_JPEG_QUALITY = 92
_WIDTH_MM, _GAP_MM = 184.0, 4.0
_HIGHEST_MM = {"first": 70.0, "second": 72.0}
_DIGITS_OF_DIGEST = 16
_BLANK = Picture("", "", "", Image.new("L", (1, 1)))


def paper(result: StudyResult, pictures: Mapping[str, Picture]) -> Paper:
    """The report on paper. ``pictures`` are those of ``write.results.draw``, by role.

    Its date is that of the run, so that the same result gives the same bytes.
    """
    # its own pictures would be PNG, which are unpacked and packed again
    told = report.context(result, {"hero": _BLANK})
    first, second = _roles(pictures)
    shown = {"first": first, "second": second}
    data = {
        "title": TITLE,
        "research_use": told["research_use"],
        "person": told["person_line"],
        "series": told["series_line"],
        "first": first_page(result, told),
        "details": details(told),
        "pictures": {
            name: _row([pictures[role] for role in roles], roles, _HIGHEST_MM[name])
            for name, roles in shown.items()
        },
        "origin": _origin(result),
    }
    files = {f"{role}.jpg": _jpeg(pictures[role]) for role in (*first, *second)}
    return Paper(data=data, pictures=files, made=_made(result.provenance))


def _roles(pictures: Mapping[str, Picture]) -> tuple[list[str], list[str]]:
    """What the first page shows, and what follows it: maps at L3, or else of the first slice."""

    def slice_of(kind: str) -> str:
        slices = [r for r in pictures if r.startswith(f"{kind} ") and not r.endswith("montage")]
        best = f"{kind} {LEVEL}"
        return best if best in slices else next(iter(slices), "")

    first = [slice_of("composition") or "hero", "sagittal"]
    second = [role for role in ("hero", slice_of("quality")) if role not in first]
    return [r for r in first if r in pictures], [r for r in second if r in pictures]


def _row(pictures: Sequence[Picture], roles: Sequence[str], highest_mm: float) -> list[Json]:
    """Pictures side by side at one height; ``width_mm`` and ``height_mm`` of each."""
    shapes = [p.image.width / p.image.height for p in pictures]
    room_mm = _WIDTH_MM - _GAP_MM * (len(pictures) - 1)
    height_mm = min([highest_mm, *([room_mm / sum(shapes)] if shapes else [])])
    return [
        {
            "file": f"{role}.jpg",
            "alt": f"{picture.title}. {picture.caption}",
            "caption": picture.caption,
            "legend": [
                (words.replace("-", "\u2212"), hex_colour(colour))
                for words, colour in picture.legend
            ],
            "width_mm": height_mm * shape,
            "height_mm": height_mm,
        }
        for picture, role, shape in zip(pictures, roles, shapes, strict=True)
    ]


def _jpeg(picture: Picture) -> bytes:
    """A picture as JPEG, which goes into the PDF as it is."""
    stream = io.BytesIO()
    picture.image.convert("RGB").save(stream, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return stream.getvalue()


def _origin(result: StudyResult) -> list[tuple[str, str]]:
    """Where the results come from, on one line: digests are whole in ``provenance.json``."""
    p = result.provenance
    weights = (f"{name}: {digest[:_DIGITS_OF_DIGEST]}" for name, digest in p.weights.items())
    rows = (
        ("Myotome", p.myotome_version),
        ("Segmentation", result.segmentation.backend),
        ("Engine", p.engine),
        ("Weights (SHA-256)", ", ".join(weights)),
        ("Input (SHA-256)", p.input_sha256[:_DIGITS_OF_DIGEST]),
        ("Started", p.started_utc),
        ("Set by hand", report.set_by_hand(result.landmarks)),
    )
    return [row for row in rows if row[1]]


def _made(provenance: Provenance) -> datetime:
    try:
        made = datetime.fromisoformat(provenance.started_utc)
    except ValueError:
        return datetime(1970, 1, 1, tzinfo=UTC)
    return made if made.tzinfo else made.replace(tzinfo=UTC)
