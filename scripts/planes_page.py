"""Writes docs/planes.md from docs/measured/planes.json: python scripts/planes_page.py."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from myotome.locate.lungs import AERATED_HU, LEAST_AREA_MM2
from myotome.tables.anatomy.planes import PLANES, Plane
from myotome.tables.quantities.hu_windows import MUSCLE_DENSITY_G_PER_ML

DOCS = Path(__file__).resolve().parents[1] / "docs"
MEASURED = DOCS / "measured" / "planes.json"
PAGE = DOCS / "planes.md"

WANTED_MM = 2.0
Row = dict[str, Any]
NONE = "n/a"
INTRO = """\
# The slab's two planes

Volumes, masses and means of the slab are counted between two planes. Both are patient z, in mm:

{definitions}

`python scripts/planes_page.py` makes this page of what `python -m benchmarks.planes` measured.

## Where exactly

**The lung base is a face, not the middle of a slice.** A slice is a box of its own thickness, and
the lowest lung voxel lies in the whole of its box. A slice shows lung if at least {least:g} mm² of
it, in every pixel looked at, are below {aerated} HU (half air, half soft tissue) and hang together
with the lung that the coarse network sees. In thick slices half of a voxel must be lung to be seen,
so the true tip lies as often above that face as below it.

**L5 ends at mid-body.** The lower endplate of L5 is tilted by 20 to 40 degrees: its front edge lies
10 to 20 mm lower than its back edge. The plane is where the line through the middles of the
vertebral bodies meets the middle of the bright bone of the endplate. The counting network sees it
in steps of 2 mm; then a bright ridge with a dark disc below it is looked for in the CT, along its
own tilt, around there. A person may [set both planes](how-to/set-levels.md) instead.

**What a plane cuts counts by its share.** A slice of which 30 % lie in the slab counts 0.3 of its
voxels; `slab_weights.json` holds the share of each slice. Within the slice the area is taken as
the same all over. Tested against a phantom whose volumes are known by formula, for planes
anywhere and slices of 1 to 8 mm.

**What is not in view is said.** Where a plane lies outside the scan, the outer face of the last
slice stands in for it, and the numbers are partial, with the reason.

## How well they are hit

By counting networks that had not seen the scan (the coarse one learnt from four of them), on the
scan as it is and re-sliced. Points were read with the vertebrae and, where a scan has labels, once
more with those; the two readings differ by
{readers}.
An error is told against their middle; it is within what is wanted if it is no more than
{wanted:g} mm, or half a slice where that is more.
"""
AFTER = """\
Before, the lung base was the middle of its slice, found in every second pixel: the errors of whole
scans had a median of 2.5 mm and 11 of 19 were within what is wanted, re-sliced to 5 mm 8 of 19.
Without the second look the inferior endplate of L5 was within it in 3 of 5, by 3.5 mm at worst.

Scan by scan, as they are (mm; first reading / second reading):

{scans}

The two numbers of a scan differ where its readings do: they took different amounts of lung, or
another point of a hollow endplate. Further off than wanted from both lie acrin_nsclc_042, whose
left sulcus ends, and is seen again 7 mm lower, because the patient breathed during the scan; and
pancreas_cb_001, whose last 10 mm² of lung its reader did not count. The L5 endplate was looked for
on five scans only, on which its second look was also chosen.

## What hangs on them

The gross mass of a muscle changes by its area at a plane x {density:g} g/ml for each mm that the
plane is moved. `measurements.csv` has it as `mass_per_mm` (g/mm), with the plane's key
({keys}) as level; the report shows it beside what {wanted:g} mm of both planes are of the muscle's
mass. A muscle that does not reach a plane is absent there, and where the plane is not in view there
is no number. On the CTs here 1 mm is worth 3 to 8 g of all twelve muscles at the lung base and 8 to
11 g at L5, below 1 % of their mass; but of the gluteus medius, of which the slab holds only a cap,
1 mm of the lower plane is 5 to 9 %.
"""


def _definitions() -> str:
    return "\n".join(f"- **{plane.words}** (`{plane.key}`): {plane.meaning}." for plane in PLANES)


def _readings(row: Row, plane: Plane) -> list[float]:
    return [z for z in row["read"][plane.key] if z is not None]


def _errors(rows: Iterable[Row], plane: Plane) -> list[tuple[float, float]]:
    """(error against the middle of the readings, what is wanted), mm, where there are any."""
    out = []
    for row in rows:
        found, read = row["found"].get(plane.key), _readings(row, plane)
        if found is not None and read:
            thick = row["slices_mm"] or row["own_mm"]
            out.append((found - sum(read) / len(read), max(WANTED_MM, thick / 2)))
    return out


def _line(rows: Sequence[Row], plane: Plane, mm: float | None) -> str:
    pairs = _errors([row for row in rows if row["slices_mm"] == mm], plane)
    if not pairs:
        return f"| {plane.words} | {_words(mm)} | 0 | {NONE} | {NONE} | {NONE} |"
    size = np.abs([error for error, _ in pairs])
    within = sum(abs(error) <= wanted + 1e-6 for error, wanted in pairs)
    mean = np.mean([error for error, _ in pairs])
    return (
        f"| {plane.words} | {_words(mm)} | {len(pairs)} | {np.median(size):.1f} | {mean:+.1f} | "
        f"{within} of {len(pairs)} |"
    )


def _words(mm: float | None) -> str:
    return "as they are" if mm is None else f"{mm:g} mm"


def _table(rows: Sequence[Row]) -> str:
    thick = list(dict.fromkeys(row["slices_mm"] for row in rows))
    head = "| plane | slices | scans | median size of error, mm | mean error, mm | within |"
    lines = [_line(rows, plane, mm) for plane in PLANES for mm in thick]
    return "\n".join([head, "|---|---|---|---|---|---|", *lines])


def _scans(rows: Sequence[Row]) -> str:
    head = f"| scan | slices mm | {' | '.join(plane.words for plane in PLANES)} |"
    whole = sorted((row for row in rows if row["slices_mm"] is None), key=lambda row: row["scan"])
    lines = [
        f"| {row['scan']} | {row['own_mm']:g} | "
        + " | ".join(_cell(row, plane) for plane in PLANES)
        + " |"
        for row in whole
    ]
    return "\n".join([head, "|---|---|---|---|", *lines])


def _cell(row: Row, plane: Plane) -> str:
    found = row["found"].get(plane.key)
    if found is None or not _readings(row, plane):
        return NONE
    told = (
        NONE if z is None else f"{round(found - z, 1) + 0.0:+.1f}" for z in row["read"][plane.key]
    )
    return " / ".join(told)


def _readers(rows: Sequence[Row]) -> str:
    """By how much the two readings of each plane differ, in words."""
    said = []
    for plane in PLANES:
        whole = [row for row in rows if row["slices_mm"] is None]
        both = [read for row in whole if len(read := _readings(row, plane)) > 1]
        apart = [abs(first - second) for first, second in both]
        said.append(f"up to {max(apart):.0f} mm ({plane.words}, {len(apart)} scans)")
    return " and ".join(said)


def page(rows: Sequence[Row]) -> str:
    """The whole page."""
    intro = INTRO.format(
        definitions=_definitions(),
        least=LEAST_AREA_MM2,
        aerated=f"\u2212{abs(AERATED_HU)}",
        readers=_readers(rows),
        wanted=WANTED_MM,
    )
    after = AFTER.format(
        scans=_scans(rows),
        density=MUSCLE_DENSITY_G_PER_ML,
        keys=", ".join(f"`{plane.key}`" for plane in PLANES),
        wanted=WANTED_MM,
    )
    return "\n".join([intro, _table(rows), "", after])


if __name__ == "__main__":
    PAGE.write_text(page(json.loads(MEASURED.read_text(encoding="utf-8"))), encoding="utf-8")
    print(PAGE.name)
