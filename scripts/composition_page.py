"""docs/composition.md, made from docs/measured/composition.

Use: .venv/bin/python scripts/composition_page.py

Nothing is measured here (``python -m benchmarks.composition`` does that); what was not measured is
said to be so.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from myotome.tables.outputs.wording import RESEARCH_USE_TEXT, RESEARCH_USE_TITLE
from myotome.tables.person.fact_flags import FACT_FLAG
from myotome.tables.quantities.hu_windows import WINDOW
from myotome.tables.quantities.indices import ESTIMATES, INDICES
from myotome.tables.quantities.tissues import CAVEATS, TISSUE, TISSUES, TRANSITIONAL

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
WEIGHTS = ROOT / "src" / "myotome" / "weights"
GOAL_PERCENT, GOAL_S = 5.0, 1.5
Row = dict[str, str]

INTRO = f"""\
<!-- Made by scripts/composition_page.py from docs/measured/composition and the tables. -->
# Body composition: what is counted, and how far to trust it

**{RESEARCH_USE_TITLE}** {RESEARCH_USE_TEXT}

On each slice the compartments (muscle wall, abdominal cavity, subcutaneous, bone, lung) say where,
HU windows say what. All muscles of the slice count, not the 12 with names alone. Voxels of fat
within 1 mm of air or gas are left out: there skin, gut wall and lung mix with air to the HU of fat.
"""

REAL = """\
## Real CTs, beside their reference labels

Found: what `myotome run` gives, at the level that it found. Same slice: the same labels on the
reference's own slice, that is without the error of the level. The reference's areas are counted in
its muscle wall, cavity and subcutaneous tissue by the same HU windows (fat at -190 to -30 HU), but
for ct_colonography_0518, whose reference is a map of tissues at L3 made on smoothed HU. The
references are one careful semi-automatic reading each; two such readings of another scan agreed
with a Dice of 0.90 to 0.97, muscle by muscle. Levels are those on which a reference labels all
muscles.
"""

PHANTOM = """\
## The phantom, beside its formulas

Every outline of the phantom is a superellipse, a tapered ring sector or a cut ellipse with an area
in closed form; truth is the signed sum of such areas and their integrals along z, and no voxel is
counted (`benchmarks/composition/phantom.py` writes each formula out). Labels and compartments are
the phantom's own, so this tests measuring, not segmenting. *Crisp*: each voxel is one tissue.
*Partial volume*: voxels on a border mix their tissues, as in a scan. Largest error over the three
pixel sizes of {sizes} mm:
"""

MIXED = """\
Fat between the muscles misses 1 % with partial volume, and muscle by as much the other way, because
of their windows: a voxel half of muscle (52 HU) and half of fat (-95 HU) has -21.5 HU, which counts
as muscle, as does everything above -30 HU. Each border of muscle and fat thus moves by 5 % of a
voxel, and the phantom's fat planes are mostly border. Any measurement by these windows has it.
"""


def read(folder: Path, name: str) -> list[Row]:
    """The rows of a CSV; none if it is not there."""
    path = folder / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], words: int = 1) -> Iterator[str]:
    """A Markdown table; its first ``words`` columns are words, the others numbers."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join(['---'] * words + ['--:'] * (len(head) - words))}|"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def render(measured: Path = DOCS / "measured" / "composition", weights: Path = WEIGHTS) -> str:
    """The whole page."""
    lines = [INTRO, *_counted(), REAL, *_real(measured, weights), *_seen(measured)]
    lines += [*_phantom(measured), *_cost(measured), *_weakened()]
    return "\n".join(lines).rstrip() + "\n"


def _counted() -> Iterator[str]:
    yield "## What is counted\n"
    rows = []
    for row in TISSUES:
        window = WINDOW[row.window]
        where = row.region.replace("_", " ")
        rows.append((f"`{row.key}`", row.words, f"{window.low_hu} to {window.high_hu} HU, {where}",
                     row.source))  # fmt: skip
    yield from table(("structure", "what", "where", "source"), rows, words=4)
    wide = WINDOW["visceral_fat_wide"]
    yield (
        f"Visceral fat may also be counted at {wide.low_hu} to {wide.high_hu} HU; outputs say, and "
        "no published cut-off is held against it then.\n"
    )
    made = [(f"`{i.key}`", i.definition, i.unit, i.source) for i in INDICES]
    made += [
        (f"`{e.key}`", f"{e.slope:g} x area + {e.offset:g}; for groups only", e.unit, e.source)
        for e in ESTIMATES
    ]
    yield from table(("index or estimate", "definition", "unit", "source"), made, words=4)


def _real(measured: Path, weights: Path) -> Iterator[str]:
    for name, words, picture in (
        ("areas", "**The shipped network**, which learnt from these CTs: this is agreement with "
         "what it was taught, not accuracy on other people.", "composition_l3.jpg"),
        ("areas_held_out", "**Networks that did not learn from the CT** they are tried on, trained "
         "for fewer iterations (docs/models.md): read them as a lower bound.",
         "composition_l3_held_out.jpg"),
    ):  # fmt: skip
        rows = read(measured, name)
        yield f"{words}\n"
        if not rows:
            yield f"**Not measured** (`docs/measured/composition/{name}.csv` is not there).\n"
            continue
        yield from _stale(rows, weights) if name == "areas" else ()
        yield from _areas([r for r in rows if r["level"] == "L3"])
        yield from _levels([r for r in rows if r["level"] != "L3"])
        yield f"![Every CT at L3: slice, reference, found, differing muscle](pictures/{picture})\n"


def _seen(measured: Path) -> Iterator[str]:
    """What is wrong in the pictures, by eye; a hand-written part."""
    path = measured / "seen.md"
    if path.is_file():
        yield f"{path.read_text(encoding='utf-8').strip()}\n"
        return
    yield "**Nobody looked** (`docs/measured/composition/seen.md` is not there).\n"


def _stale(rows: Sequence[Row], weights: Path) -> Iterator[str]:
    path = weights / "muscles.json"
    ours = json.loads(path.read_text(encoding="utf-8"))["sha256"] if path.is_file() else ""
    theirs = {r["network"] for r in rows}
    if not all(ours.startswith(sha) for sha in theirs):
        told = ", ".join(sorted(theirs))
        yield (
            f"**Measured with other weights ({told}) than those shipped now.** Measure again "
            "before relying on it.\n"
        )


def _areas(rows: Sequence[Row]) -> Iterator[str]:
    body = []
    for r in rows:
        unit = "cm²" if r["unit"] == "cm2" else "HU"
        name = TISSUE[r["structure"]].words
        body.append(
            (r["subject"], f"mean HU of {name}" if unit == "HU" else name,
             f"{float(r['reference']):.1f} {unit}", *(_error(r, key) for key in
             ("found", "same_slice")), f"{float(r['level_error_mm']):+.1f} mm"
             if r["level_error_mm"] else "level not found")
        )  # fmt: skip
    head = ("CT, at L3", "what", "reference", "found", "same slice", "error of L3")
    yield from table(head, body, words=2)
    yield f"{_misses(rows)}\n"


def _error(row: Row, key: str) -> str:
    if not row[key]:
        return "not measured"
    value, truth = float(row[key]), float(row["reference"])
    if row["unit"] == "HU":
        return f"{value:.1f} HU ({value - truth:+.1f} HU)"
    return f"{value:.1f} cm² ({100 * (value / truth - 1):+.1f} %)"


def _misses(rows: Sequence[Row]) -> str:
    chief = ("skeletal_muscle", "subcutaneous_fat", "visceral_fat")
    of = [r for r in rows if r["quantity"] == "area" and r["structure"] in chief]
    off = [r for r in of if not r["found"] or abs(_percent(r)) > GOAL_PERCENT]
    told = ", ".join(
        f"{TISSUE[r['structure']].words.split(' (')[0]} of {r['subject']}" for r in off
    )
    goal = f"Goal: muscle, subcutaneous and visceral fat within {GOAL_PERCENT:g} %"
    return f"{goal}: missed by {told}." if off else f"{goal}: met by all {len(of)} areas."


def _percent(row: Row) -> float:
    return 100 * (float(row["found"]) / float(row["reference"]) - 1)


def _levels(rows: Sequence[Row]) -> Iterator[str]:
    """Other levels: the errors of muscle and fat areas alone."""
    chief = ("skeletal_muscle", "subcutaneous_fat", "visceral_fat", "intermuscular_fat")
    places = dict.fromkeys((r["subject"], r["level"]) for r in rows)
    body = []
    for subject, level in places:
        cells = []
        for structure in chief:
            own = [r for r in rows if (r["subject"], r["level"], r["structure"], r["quantity"])
                   == (subject, level, structure, "area")]  # fmt: skip
            cells.append(
                f"{_percent(own[0]):+.1f} %" if own and own[0]["found"] else "not measured"
            )
        body.append((subject, level, *cells))
    if body:
        head = ("CT", "level", *(f"{TISSUE[k].words.split(' (')[0]}, error" for k in chief))
        yield from table(head, body, words=2)


def _phantom(measured: Path) -> Iterator[str]:
    rows = read(measured, "phantom")
    sizes = sorted({float(r["pixel_mm"]) for r in rows})
    yield PHANTOM.format(sizes=", ".join(f"{s:g}" for s in sizes) or "not measured")
    if not rows:
        yield "**Not measured** (`docs/measured/composition/phantom.csv` is not there).\n"
        return
    keys = dict.fromkeys((r["quantity"], r["structure"], r["level"]) for r in rows)
    body = []
    for key in keys:
        own = [r for r in rows if (r["quantity"], r["structure"], r["level"]) == key]
        truth = f"{float(own[0]['truth']):.5g} {own[0]['unit']}".replace("ratio", "").strip()
        cells = []
        for image in ("crisp", "partial volume"):
            errors = [
                100 * (float(r["measured"]) / float(r["truth"]) - 1)
                for r in own
                if r["image"] == image
            ]
            cells.append(f"{max(errors, key=abs):+.2f} %" if errors else "")
        body.append((f"{key[0]} of `{key[1]}`", key[2], truth, *cells))
    head = ("what", "where", "truth", "error, crisp", "error, partial volume")
    yield from table(head, body, words=2)
    yield MIXED


def _cost(measured: Path) -> Iterator[str]:
    yield "## Time\n"
    rows = read(measured, "time")
    if not rows:
        yield "**Not measured** (`docs/measured/composition/time.csv` is not there).\n"
        return
    yield (
        "A study of 150 slices of 512 x 512; seconds of processor time, all threads together. "
        "Results are written on two threads, so on two quiet cores less is waited for.\n"
    )
    ours = [r for r in rows if r["counts"] == "yes"]
    total = sum(float(r["seconds"]) for r in ours)
    body = [(r["part"], f"{float(r['seconds']):.2f} s") for r in ours]
    body.append((f"**all that body composition adds** (goal: {GOAL_S:g} s)", f"**{total:.2f} s**"))
    body += [(r["part"], f"{float(r['seconds']):.2f} s") for r in rows if r["counts"] != "yes"]
    yield from table(("part", "time"), body)


def _weakened() -> Iterator[str]:
    yield "## What weakens or forbids a number\n"
    yield (
        "Each row of `measurements.csv` carries the codes of what weakens it, and an index those "
        "of all its parts. What touches the edge of the field of view is `partial`, and so is "
        "every index of it. What is not in view has a reason and no number.\n"
    )
    rows = []
    for row in CAVEATS:
        told = row.told.replace("{where}", "a level")
        fact = FACT_FLAG.get(row.key)
        forbids = "some" if fact and fact.forbids else ""
        kinds = " and ".join(row.weakens) or "every number"
        rows.append((f"`{row.key}`", kinds, told, forbids))
    head = ("code", "weakens", "what is told", "forbids cut-offs")
    yield from table(head, rows, words=4)
    yield (
        f"`transitional_anatomy` stands for {', '.join(f'`{c}`' for c in TRANSITIONAL)} of the "
        "search for vertebrae. Which facts a code forbids, and when an attenuation cut-off is "
        "refused for its contrast phase or tube voltage: [cut-offs](cutoffs.md).\n"
    )


def main() -> int:
    """Write the page whole or not at all."""
    target = DOCS / "composition.md"
    temporary = target.with_name(".composition.md.partial")
    temporary.write_text(render(), encoding="utf-8")
    temporary.replace(target)
    print(target.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
