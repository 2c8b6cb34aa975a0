"""Writes docs/direction.md from the measured runs: python scripts/direction_page.py."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from myotome.tables.anatomy.regions import REGIONS
from myotome.tables.anatomy.turns import DIRECTION_BOUNDS, TURN, TURNS

DOCS = Path(__file__).resolve().parents[1] / "docs"
TURNED = DOCS / "measured" / "direction.json"
OTHER = DOCS / "measured" / "regions.json"
PAGE = DOCS / "direction.md"

MIRRORED, DOUBTFUL = "body_mirrored", "body_direction_doubtful"

Row = dict[str, Any]

INTRO = """\
# Not an abdomen, not upright

Everything measured rests on up being up, front being front and left being left, and on an abdomen
being in view. Files lie about both: an array is reversed while its affine is kept, a patient
position is wrong, a head is sent as an abdomen. Myotome looks at the body itself.

- **Upside down or front to back**: refused by name (exit 5), as levels, planes and muscles would be
  those of another part. A small network judges all eight turns of the scan; where it doubts the
  header, the network that finds the organs looks at the turned scan too, and only if that is also
  better explained the scan is refused. Where they differ nothing or a doubt
  (`body_direction_doubtful`) is said.
- **Mirrored, right for left**: flagged (`body_mirrored`), not refused: a person whose organs are
  reversed (situs inversus) looks the same. Only judged where the dome of
  the liver is in view.
- **No abdomen**: refused by name (exit 7), with what was measured.

Only the anatomy is compared with the header. A prone or decubitus patient whose header says so is
upright; the table is not looked at. Nothing is turned silently.
"""
MEASURED = """\
## Turned scans, measured

`python -m benchmarks.body.direction` on {scans} real CTs, {parts} parts and changes of each (crops,
stacks of 60 and 90 mm, other values, noise, slices), each turned in all eight ways; the direction
network had never seen the scan (five networks, each without four of them). The thresholds were
chosen on these runs. Further kinds of turn, by 90 degrees, were not tried.
"""


def page(turned: Sequence[Row], other: Sequence[Row]) -> str:
    """The whole page."""
    return "\n".join([INTRO, *_turns(turned), *_parts(turned), *_regions(other), *_bounds()])


def _sum(rows: Sequence[Row]) -> Counter[str]:
    total: Counter[str] = Counter()
    for row in rows:
        total.update(row["outcomes"])
    return total


def told(outcomes: Counter[str]) -> tuple[int, int, int]:
    """(refused, flagged, nothing said) of some runs."""
    refused, silent = outcomes["refused"], outcomes[""]
    return refused, sum(outcomes.values()) - refused - silent, silent


def _turns(rows: Sequence[Row]) -> list[str]:
    whole = [row for row in rows if row["part"] == "whole"]
    scans = max(sum(row["outcomes"].values()) for row in whole)
    parts = len({row["part"] for row in rows})
    lines = [
        MEASURED.format(scans=scans, parts=parts),
        "| the body … | whole scans: refused, flagged, silent | all runs: refused, flagged, silent "
        "|",
        "|---|---|---|",
    ]
    for turn in TURNS:
        cells = [
            ", ".join(str(n) for n in told(_sum([r for r in some if r["turn"] == turn.key])))
            for some in (whole, rows)
        ]
        lines.append(f"| {turn.words} | {cells[0]} | {cells[1]} |")
    return [*lines, ""]


def _parts(rows: Sequence[Row]) -> list[str]:
    """By part: what was said of scans left alone, and of which turned ones nothing was."""
    parts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for row in rows:
        kind = row["turn"] if row["turn"] in {"upright", "mirrored"} else "gross"
        parts[row["part"]][kind].update(row["outcomes"])
    lines = [
        "| part | left alone: runs, accused | upside down or front to back: runs, refused, flagged "
        "| mirrored: runs, flagged |",
        "|---|---|---|---|",
    ]
    for part, kinds in parts.items():
        alone, gross, side = (kinds[kind] for kind in ("upright", "gross", "mirrored"))
        refused, flagged, _ = told(gross)
        lines.append(
            f"| {part} | {alone.total()}, {alone.total() - alone['']} "
            f"| {gross.total()}, {refused}, {flagged} | {side.total()}, {side[MIRRORED]} |"
        )
    accused = [
        f"{scan} ({row['part']}: {said})"
        for row in rows
        if row["turn"] == TURN["upright"].key
        for said, scans in row["scans"].items()
        for scan in scans
    ]
    wrong = "; ".join(accused) or "none"
    return [*lines, "", f"Accused though they lie as their headers say: {wrong}.", ""]


def _regions(rows: Sequence[Row]) -> list[str]:
    lines = [
        "## Other bodies",
        "",
        "`python -m benchmarks.body.regions`: parts of real scans, parts of bodies painted around "
        "a map of organs (from the thighs to C7; no head), plain drawings. No real head or neck "
        "was at hand.",
        "",
        "| what | made how | refused | said |",
        "|---|---|---|---|",
        *(
            f"| {row['body']} | {row['kind']} | {'yes' if row['refused'] else 'no'} "
            f"| {row['said'] or 'nothing'} |"
            for row in rows
        ),
        "",
        "| refused as | where | from |",
        "|---|---|---|",
    ]
    for region in REGIONS:
        bounds = [f"{key} ≥ {value:g}" for key, value in region.least.items()]
        bounds += [f"{key} < {value:g}" for key, value in region.below.items()]
        where = ", ".join(f"`{bound}`" for bound in bounds) or "no vertebra from T11 to S1"
        lines.append(f"| {region.words} | {where} | {region.source} |")
    return [*lines, ""]


def _bounds() -> list[str]:
    return [
        "## Thresholds of direction",
        "",
        "| threshold | value | from |",
        "|---|---|---|",
        *(f"| {row.words} | {row.value:g} | {row.source} |" for row in DIRECTION_BOUNDS),
        "",
    ]


def main() -> None:
    """Write the page."""
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in (TURNED, OTHER)]
    PAGE.write_text(page(*rows), encoding="utf-8")
    print(PAGE.name)


if __name__ == "__main__":
    main()
