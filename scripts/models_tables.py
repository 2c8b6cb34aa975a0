"""The tables of docs/models.md: each from one measured document, each with its units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

import levels_page
from myotome.tables.anatomy.muscles import COMPARTMENTS, GROUPS, MUSCLES
from myotome.tables.flags.every import FLAG
from myotome.tables.quantities.published_dice import PUBLISHED_DICE, PUBLISHED_MEAN
from myotome.tables.quantities.tissues import TRANSITIONAL

Row = dict[str, Any]

NONE = "–"  # noqa: RUF001 - the page's sign for "no value"

CEILING: Mapping[str, float] = {
    "psoas": 0.955,
    "quadratus_lumborum": 0.90,
    "erector_spinae": 0.96,
    "gluteus_medius": 0.97,
    "rectus_abdominis": 0.95,
    "lateral_abdominals": 0.93,
}
"""Dice between two independent readings of another scan, by the makers of the reference labels."""

DOUBTS = frozenset(FLAG.known("level_low_confidence", *TRANSITIONAL))
"""Flags of the locate stage that tell the user not to trust the names of the levels."""

WORDS = {
    **{g.key: g.words for g in GROUPS},
    **{m.key: m.words for m in MUSCLES},
    **{c.key: c.words for c in COMPARTMENTS},
    "total": "all muscles",
    "sma": "muscle (12 masks)",
    "sma_lean": "muscle, −29 to 150 HU",  # noqa: RUF001
    "sat": "subcutaneous fat",
    "vat": "visceral fat",
}


def number(value: float | None, digits: int = 3, *, signed: bool = False) -> str:
    """A number as the page writes it; the sign for none if there is none."""
    if value is None:
        return NONE
    text = f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"
    if not float(text):
        text = text.lstrip("+-")
    return text.replace("-", "−")  # noqa: RUF001


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> str:
    """A Markdown table, its first ``words`` columns to the left and the others to the right."""
    marks = "---|" * words + "--:|" * (len(head) - words)
    lines = [f"| {' | '.join(head)} |", f"|{marks}"]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)


def spread(found: Row | None, digits: int = 3) -> str:
    """Mean and, in brackets, SD."""
    if not found:
        return NONE
    sd = "" if found["sd"] is None else f" ({number(found['sd'], digits)})"
    return f"{number(found['mean'], digits)}{sd}"


def largest(values: Iterable[float | None]) -> float | None:
    """The value of the largest size; None if there is none."""
    return max((v for v in values if v is not None), key=abs, default=None)


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of the values there are; None if there is none."""
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None


def by_muscle(document: Row) -> str:
    """Leave-one-out: each muscle group beside the paper's and the two readings'."""
    found = {(s["structure"], s["side"]): s for s in document["structures"]}
    rows = []
    for group in (*(g.key for g in GROUPS), "all"):
        s = found.get((group, "each"))
        if s is None:
            continue
        slices, wholes = s["dice_slices"], s["dice_volumes"]
        rows.append(
            (
                WORDS.get(group, "**mean of all**"),
                spread(slices),
                spread(wholes),
                _worst(wholes),
                _published(group),
                number(CEILING.get(group, mean(CEILING.values())), 2 + (group == "psoas")),
            )
        )
    head = ("muscle (left and right)", "Dice over slices, mean (SD)",
            "Dice over whole muscles, mean (SD)", "worst Dice of a whole muscle",
            "Dice of Vu et al. 2024, over slices", "Dice of two readings")  # fmt: skip
    return table(head, rows)


def by_case(document: Row, field: str = "dice", digits: int = 3) -> str:
    """Muscle against CT: left and right Dice (or another field) of the whole muscle."""
    subjects = [n["subject"] for n in document["networks"]]
    at = {(r["subject"], r["structure"], r["side"]): r for r in document["muscles"]}

    def cell(subject: str, group: str) -> str:
        pair = [at.get((subject, group, side), {}) for side in ("left", "right")]
        if not any(p.get("found") in ("both", "lost", "invented") for p in pair):
            return "not in view"
        signed = field == "error_percent"
        return ", ".join(number(p.get(field), digits, signed=signed) for p in pair)

    unit = {"dice": "Dice", "assd_mm": "mm", "error_percent": "%"}[field]
    head = ["left, right", *(f"{g.words} ({unit})" for g in GROUPS)]
    rows = [[s, *(cell(s, g.key) for g in GROUPS)] for s in subjects]
    if field == "dice":
        head.append("mean Dice of the labels in view")
        means = [_mean_of(document, subject) for subject in subjects]
        rows = [[*row, number(m)] for row, m in zip(rows, means, strict=True)]
        rows.append(["**mean**", *("" for _ in GROUPS), f"**{number(mean(means))}**"])
    return table(head, rows)


def _mean_of(document: Row, subject: str) -> float | None:
    """Mean Dice over the muscles of one subject, each side by itself."""
    return mean(
        r["dice"]
        for r in document["muscles"]
        if r["subject"] == subject and r["side"] in ("left", "right")
    )


def masses(document: Row) -> str:
    """Error of the mass of both sides together, in the annotated part of the slab."""
    subjects = [n["subject"] for n in document["networks"]]
    at = {(r["subject"], r["structure"]): r for r in document["muscles"] if r["side"] == "both"}
    keys = (*(g.key for g in GROUPS), "total")

    def cell(subject: str, key: str) -> str:
        row = at.get((subject, key), {})
        if row.get("error_percent") is None:
            return NONE
        error = number(row["error_percent"], 1, signed=True)
        return f"{error} % of {number(row.get('reference_g'), 0)} g"

    rows = [[subject, *(cell(subject, key) for key in keys)] for subject in subjects]
    errors = [[at.get((s, key), {}).get("error_percent") for s in subjects] for key in keys]
    sizes = [mean(None if e is None else abs(e) for e in of) for of in errors]
    rows.append(["**mean size of the error**", *(f"{number(size, 1)} %" for size in sizes)])
    signed = [f"{number(mean(of), 1, signed=True)} %" for of in errors]
    rows.append(["**mean error**", *signed])
    return table(("mass error", *(WORDS[key] for key in keys)), rows)


def whole_path(document: Row) -> str:
    """Masses between the planes found, against those between the reference's planes."""
    rows = document.get("whole_path") or []
    subjects = list(dict.fromkeys(r["subject"] for r in rows))
    at = {(r["subject"], r["structure"]): r for r in rows}

    def cell(subject: str, key: str) -> str:
        row = at.get((subject, key))
        if row is None:
            return "not known"
        return f"{number(row['error_percent'], 1, signed=True)} % of {row['reference_g']:.0f} g"

    keys = (*(g.key for g in GROUPS), "total")
    body = [[subject, *(cell(subject, key) for key in keys)] for subject in subjects]
    return table(("mass error", *(WORDS[key] for key in keys)), body) if rows else ""


def zones(document: Row) -> str:
    """Mean Dice of the muscles in view by height, and of a second reader where there is one."""
    rows = document.get("zones") or []
    at = {(r["subject"], r["by"], r["zone"]): r["dice"] for r in rows}
    names = list(dict.fromkeys(r["zone"] for r in rows))
    judged = list(dict.fromkeys((r["subject"], r["by"]) for r in rows))
    body = [
        [subject if who == "network" else f"{subject}, {who}",
         *(number(at[subject, who, name]) for name in names)]
        for subject, who in judged
    ]  # fmt: skip
    means = [mean(at[s, who, name] for s, who in judged if who == "network") for name in names]
    body.append(["**mean of the networks**", *(f"**{number(m)}**" for m in means)])
    return table(("CT", *(f"{name} (mean Dice)" for name in names)), body) if rows else ""


def distances(document: Row) -> str:
    """Surface distances, sides confused, muscles lost and invented."""
    found = {(s["structure"], s["side"]): s for s in document["structures"]}
    rows = []
    for group in GROUPS:
        s = found.get((group.key, "each"))
        both = found.get((group.key, "both"))
        if s is None or both is None:
            continue
        swapped = both["swapped_percent"]
        rows.append(
            (
                group.words,
                spread(s["assd_mm"], 2),
                spread(s["hd95_mm"], 1),
                number(swapped and swapped["worst"], 2),
                f"{s['lost_volumes']} of muscles, {s['lost_slices']} of slices",
                f"{s['invented_volumes']} of muscles, {s['invented_slices']} of slices",
            )
        )
    head = ("muscle", "mean surface distance, mm (SD)", "95 % surface distance, mm (SD)",
            "other side's label, % at most", "lost (number)", "invented (number)")  # fmt: skip
    return table(head, rows)


def compartments(document: Row) -> str:
    """Dice and volume error per compartment and CT."""
    rows = document.get("compartments") or []
    if not rows:
        return ""
    subjects = list(dict.fromkeys(r["subject"] for r in rows))
    at = {(r["subject"], r["structure"]): r for r in rows}

    def cell(subject: str, key: str) -> str:
        row = at.get((subject, key))
        if row is None or row["dice"] is None:
            return NONE
        error = number(row["error_percent"], 1, signed=True)
        return f"{number(row['dice'])} ({error} %)"

    body = [[s, *(cell(s, c.key) for c in COMPARTMENTS)] for s in subjects]
    return table(("CT", *(f"{c.words}, Dice (volume, %)" for c in COMPARTMENTS)), body)


def l3(document: Row) -> str:
    """Areas at mid-L3."""
    rows = document.get("l3") or []
    if not rows:
        return ""
    body = [
        (
            r["subject"],
            WORDS[r["quantity"]],
            number(r["found_cm2"], 1),
            number(r["reference_cm2"], 1),
            number(r["error_percent"], 1, signed=True),
            number(r["same_slice_error_percent"], 1, signed=True),
            number(r["level_error_mm"], 1, signed=True),
        )
        for r in rows
    ]
    head = ("CT", "area at mid-L3", "found, cm²", "reference, cm²", "error, %",
            "error on the reference's slice, %", "error of mid-L3, mm")  # fmt: skip
    return table(head, body)


VERIDAH = "VERIDAH (arXiv 2601.14066)"


def vertebrae(rows: Sequence[Row]) -> str:
    """How well levels are found, beside the best that is published."""
    whole = [row for row in rows if row["variant"] == "whole"]
    right = sum(not levels_page.wrong(row) for row in whole)
    shifted = sum(levels_page.shifted(row) for row in rows)
    bad = [row for row in rows if "errors" in row and levels_page.wrong(row)]
    mute = sum(levels_page.silent(row) for row in bad)
    l3 = [abs(e) for row in rows if (e := row.get("errors", {}).get("L3")) is not None]
    middle, most = np.percentile(l3, (50, 95))
    return table(
        ("what", "here", VERIDAH),
        [
            ("every level of a whole scan right", f"{right} of {len(whole)}", "99.2 %"),
            ("runs whose names are shifted", f"{shifted} of {len(rows)}", NONE),
            ("runs with a wrong level", f"{len(bad)} of {len(rows)}", NONE),
            ("of these without a warning", f"{mute} of {len(rows)}", NONE),
            ("error of mid-L3, median", f"{middle:.1f} mm", NONE),
            ("error of mid-L3, 95th percentile", f"{most:.1f} mm", NONE),
            ("lumbar variants found", "none among the scans", "97 %"),
        ],
    )


def robustness(document: Row) -> str:
    """One line per change: over all CTs, the largest of everything."""
    rows = []
    for key in dict.fromkeys(r["change"] for r in document["rows"]):
        of = [r for r in document["rows"] if r["change"] == key]
        fine = [r for r in of if "refused" not in r]
        rows.append(_changed(key, of, fine))
    head = ("change", "CTs (number)", "total mass: largest change, %",
            "the same in the common slab, %", "a group's mass: median, largest change, %",
            "muscles lost", "other side's label, % at most", "a level moved by, mm at most",
            "levels renamed")  # fmt: skip
    return table(head, rows)


_CHANGES = {
    "slices": "slices of {} mm",
    "pixels": "pixels of {} mm",
    "noise": "noise, SD {} HU more",
    "shift": "all values {} HU",
    "order": "stored in another order: {}",
    "crop": "cropped to {}",
}


def _change_words(key: str) -> str:
    kind, _, rest = key.partition("_")
    return _CHANGES[kind].format(rest.replace("_", " ").replace("-", "−"))  # noqa: RUF001


def _changed(key: str, of: list[Row], fine: list[Row]) -> tuple[str, ...]:
    total = [r["muscles"].get("total") for r in fine]
    inner = [r["muscles_same_slab"].get("total") for r in fine]
    groups = sorted(
        (abs(r["muscles_same_slab"][g.key]), f"{g.words} of {r['subject']}")
        for r in fine
        for g in GROUPS
        if r["muscles_same_slab"].get(g.key) is not None
    )
    lost = sorted({f"{WORDS[m]} of {r['subject']}" for r in fine for m in r["lost"] if m in
                   {x.key for x in MUSCLES}})  # fmt: skip
    renamed = [
        f"{r['subject']} ({'flagged' if set(r['locate_flags']) & DOUBTS else 'NOT flagged'})"
        for r in fine
        if r["renamed"]
    ]
    refused = [r["subject"] for r in of if "refused" in r]
    middle = groups[len(groups) // 2][0] if groups else None
    worst = f", {number(groups[-1][0], 1)} ({groups[-1][1]})" if groups else ""
    return (
        _change_words(key) + (f"; refused: {', '.join(refused)}" if refused else ""),
        str(len(of)),
        _with_name(total, fine),
        _with_name(inner, fine),
        f"{number(middle, 1)}{worst}",
        ", ".join(lost) or "none",
        number(largest(r["swapped_percent"] for r in fine), 2),
        _with_name([r["level_moved_mm"] for r in fine], fine),
        ", ".join(renamed) or "none",
    )


def robustness_words(document: Row) -> str:
    """How often the target of 3 % was met."""
    fine = [r for r in document["rows"] if "refused" not in r]
    reported = [abs(r["muscles"]["total"]) for r in fine if r["muscles"].get("total") is not None]
    groups = [
        abs(r["muscles_same_slab"][g.key])
        for r in fine
        for g in GROUPS
        if r["muscles_same_slab"].get(g.key) is not None
    ]
    if not reported or not groups:
        return ""
    single = [
        abs(r["muscles_same_slab"][m.key])
        for r in fine
        for m in MUSCLES
        if r["muscles_same_slab"].get(m.key) is not None
    ]
    return (
        f"The total mass as reported changed by at most 3 % in {_share(reported)} runs, "
        f"a group's mass within the slab common to both runs in {_share(groups)} cases, "
        f"that of a single muscle (left or right) in {_share(single)}."
    )


def parity(document: Row) -> str:
    """One line per engine and precision, over all CTs."""
    rows: list[tuple[str, ...]] = []
    base = document["reference_way"]
    dice = {(r["subject"], r["way"]): r["dice"] for r in document["rows"]}
    for way in dict.fromkeys(r["way"] for r in document["rows"]):
        of = [r for r in document["rows"] if r["way"] == way]
        apart = [
            r["dice"] - dice[r["subject"], base]
            for r in of
            if r["dice"] is not None and dice.get((r["subject"], base)) is not None
        ]
        rows.append(
            (
                way,
                number(mean(r["dice"] for r in of), 4),
                number(largest(apart), 4, signed=True),
                number(largest(r["differing_per_thousand"] for r in of), 2),
                number(largest(r["largest_mass_change_percent"] for r in of), 2, signed=True),
                number(mean(r["segment_s"] for r in of), 1),
            )
        )
    rows += [(w, *["not on this machine"] * 5) for w in document["not_here"]]
    if document["int8"] is None:
        rows.append(("int8", *["not measured"] * 5))
    head = ("engine", "mean Dice against the references", f"largest change of Dice from {base}",
            "labels that differ, ‰ at most", "a muscle's mass differs, % at most",
            "segment stage, s (mean)")  # fmt: skip
    return table(head, rows)


def partial_labels(document: Row) -> str:
    """Dice of each way to train."""
    rows = [
        (
            r["training"],
            str(r.get("subjects", NONE)),
            number(r.get("mean_dice")),
            *(number(r.get("dice", {}).get(g.key)) for g in GROUPS),
        )
        for r in document["rows"]
    ]
    head = ("training", "subjects (number)", "mean Dice", *(f"{g.words}, Dice" for g in GROUPS))
    return table(head, rows)


def _with_name(values: Sequence[float | None], rows: Sequence[Row]) -> str:
    """The value of the largest size and, in brackets, its CT."""
    most = largest(values)
    if not most:
        return number(most, 1)
    return f"{number(most, 1, signed=True)} ({rows[list(values).index(most)]['subject']})"


def _share(values: Sequence[float], limit: float = 3.0) -> str:
    return f"{sum(v <= limit for v in values)} of {len(values)}"


def _worst(found: Row | None) -> str:
    return NONE if not found else f"{number(found['worst'])} ({found['worst_subject']})"


def _published(group: str) -> str:
    if group == "all":
        return number(PUBLISHED_MEAN)
    pair = [p for p in PUBLISHED_DICE if p.structure == group]
    return ", ".join(number(p.mean) for p in sorted(pair, key=lambda p: p.side))
