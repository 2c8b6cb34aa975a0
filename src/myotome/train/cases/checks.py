"""Is a training case what it says? Every finding is a flag; a failure refuses the case.

The codes are rows of :mod:`myotome.tables.flags.training`. A label map on another grid is
refused by :func:`myotome.voxels.place.place`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from myotome.errors import InputError
from myotome.nouns.numbers.flag import Flag, Severity
from myotome.segment.labels.understood import not_known
from myotome.tables.anatomy.muscles import GROUPS, MUSCLE
from myotome.tables.flags.every import CASE_FLAG, raised
from myotome.train.cases.annotated import Ranges, Tally
from myotome.train.cases.scan import Scan

_BODY_HU = -300
_WRONG_SHARE = 0.8
"""With one side only: this share of its voxels beyond the midline means the other side."""
_LEAST_VOXELS = 10
_ONE_SIDED_MM = 15.0
"""A side may begin a little before the other; longer than this it was forgotten."""
_TOLD = 12

Labels = NDArray[np.uint8]


def require(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """The flags, if none is a failure; otherwise every failure of the case in one error."""
    flags = tuple(flags)
    wrong = [flag.message for flag in flags if flag.severity is Severity.FAILURE]
    if wrong:
        raise InputError(" ".join(wrong))
    return flags


def unknown_labels(unknown: Sequence[int | str], table: str) -> tuple[Flag, ...]:
    """Refuse values or names that the label table does not know."""
    if not unknown:
        return ()
    named = isinstance(unknown[0], str)
    row = CASE_FLAG["label_names"] if named else CASE_FLAG["label_values"]
    return (raised(row, str(not_known(unknown, table))),)


def empty_labels(muscles: Labels, compartments: Labels) -> tuple[Flag, ...]:
    """Refuse a case without a single labelled voxel. 255 means "not annotated"."""
    if any(((a > 0) & (a < 255)).any() for a in (muscles, compartments)):
        return ()
    text = "the labels hold no voxel of a muscle or compartment. Leave the case out."
    return (raised(CASE_FLAG["empty_labels"], text),)


def swapped_sides(tally: Tally, scan: Scan) -> tuple[Flag, ...]:
    """Refuse left muscles on the patient's right, of all groups, of some, or on some slices.

    With both sides on a slice their mean columns are compared (+i is the patient's left);
    with one side only, its voxels with the midline of the body.
    """
    wrong: dict[str, list[int]] = {}
    seen = 0
    for group in GROUPS:
        left, right = _sides(tally, group.key)
        found = np.flatnonzero(_exchanged(left, right, scan))
        seen += bool(left.any() or right.any())
        if len(found):
            wrong[group.key] = found.tolist()
    if not wrong:
        return ()
    slices = sorted({k for ks in wrong.values() for k in ks})
    where = "" if len(wrong) == seen else f" ({', '.join(wrong)})"
    text = (
        f"left and right are swapped{where} on slices {told_slices(slices, scan)}: the left "
        "muscle lies on the patient's right. Exchange the sides in the label table (or write "
        '":swapped" after its name, as in "ours:swapped"), or mend the orientation of the file.'
    )
    return (raised(CASE_FLAG["sides_swapped"], text),)


def _sides(tally: Tally, group: str) -> tuple[Tally, Tally]:
    """Voxels per slice and column, ``(k, i)``, of the left and of the right muscle."""
    return tally[MUSCLE[f"{group}_left"].value], tally[MUSCLE[f"{group}_right"].value]


def _exchanged(left: Tally, right: Tally, scan: Scan) -> NDArray[np.bool_]:
    """Slices on which the sides are exchanged."""
    columns = np.arange(left.shape[1])
    n_left, n_right = left.sum(axis=1), right.sum(axis=1)
    both = (n_left >= _LEAST_VOXELS) & (n_right >= _LEAST_VOXELS)
    mean = [side @ columns / np.maximum(n, 1) for side, n in ((left, n_left), (right, n_right))]
    out: NDArray[np.bool_] = both & (mean[0] < mean[1])
    for side, count, is_left in ((left, n_left, True), (right, n_right, False)):
        for k in np.flatnonzero((count >= _LEAST_VOXELS) & ~both):
            beyond = (columns < _midline(scan, k)) == is_left
            out[k] |= side[k] @ beyond > _WRONG_SHARE * count[k]
    return out


def _midline(scan: Scan, k: int | np.intp) -> float:
    """Column of the middle of the body: the median over what is no air."""
    body = (scan.hu[k] > _BODY_HU).sum(axis=0)
    if not body.any():
        return (scan.hu.shape[2] - 1) / 2
    return float(np.searchsorted(np.cumsum(body), body.sum() / 2))


def one_side_only(tally: Tally, annotated: NDArray[np.bool_], scan: Scan) -> tuple[Flag, ...]:
    """Warn where a group counts as annotated and only one side is drawn, 15 mm or longer."""
    flags = []
    for column, group in enumerate(GROUPS):
        left, right = (side.any(axis=1) for side in _sides(tally, group.key))
        for side, other, word in ((left, right, "left"), (right, left, "right")):
            runs = _runs(side & ~other & annotated[:, column])
            long = [r for r in runs if len(r) * scan.grid.spacing_mm[0] >= _ONE_SIDED_MM]
            if long:
                slices = told_slices([k for run in long for k in run], scan)
                text = (
                    f"{group.words}: only the {word} side is drawn on slices {slices}, where the "
                    "group counts as complete; the other side is learned as background."
                )
                flags.append(raised(CASE_FLAG["one_side_only"], text))
    return tuple(flags)


def coverage(
    tally: Tally, compartments: Labels, annotated: NDArray[np.bool_], scan: Scan
) -> tuple[Flag, ...]:
    """What is annotated without a voxel, drawn without being annotated, or nothing at all."""
    flags = []
    unused: dict[str, list[int]] = {}
    for column, group in enumerate(GROUPS):
        left, right = _sides(tally, group.key)
        drawn = left.any(axis=1) | right.any(axis=1)
        if not annotated[:, column].any():
            continue
        if not (drawn & annotated[:, column]).any():
            text = (
                f"{group.words}: no voxel on the slices where it counts as complete, so it is "
                "learned to be absent there. If it was not drawn, leave it out of annotated."
            )
            flags.append(raised(CASE_FLAG["group_absent"], text))
        rest = np.flatnonzero(drawn & ~annotated[:, column])
        if len(rest):
            unused[group.words] = rest.tolist()
    if unused:
        told = "; ".join(f"{words} {told_slices(ks, scan)}" for words, ks in unused.items())
        flags.append(
            raised(CASE_FLAG["labels_unused"], f"drawn on slices outside its range: {told}.")
        )
    if not annotated.any() and not (compartments < 255).any():
        text = "nothing is annotated on any slice. Check slices and annotated."
        flags.append(raised(CASE_FLAG["nothing_annotated"], text))
    return tuple(flags)


def ranges_outside(ranges: Ranges, scan: Scan) -> tuple[Flag, ...]:
    """Refuse ranges that do not lie in the scan: they were made for another file."""
    last = scan.grid.shape[0] - 1
    spans = {"default": ranges.default, **ranges.groups}
    wrong = [
        f"{name} {span[0]}-{span[1]}"
        for name, span in spans.items()
        if isinstance(span, tuple) and not 0 <= span[0] <= span[1] <= last
    ]
    if not wrong:
        return ()
    text = (
        f"the annotated range is outside the scan, whose slices are 0 to {last}: "
        f"{', '.join(wrong)}. Ranges are first and last slice, counted along the file's z axis."
    )
    return (raised(CASE_FLAG["range_outside"], text),)


def outside_scan(lost: int) -> tuple[Flag, ...]:
    """Warn of labels that fall outside the CT."""
    if not lost:
        return ()
    text = f"{lost} labelled voxels or contours lie outside the CT and were left out."
    return (raised(CASE_FLAG["labels_outside"], text),)


def table_notes(caveats: Mapping[str, str], one_sided: Iterable[str]) -> tuple[Flag, ...]:
    """Warn of labels that are not exactly ours, and of groups mapped on one side only."""
    notes = [raised(CASE_FLAG["not_exactly_ours"], f"{g}: {text}.") for g, text in caveats.items()]
    for group in one_sided:
        text = f"{group}: only one side is mapped, so the group counts as not annotated."
        notes.append(raised(CASE_FLAG["one_side_mapped"], text))
    return tuple(notes)


def told_slices(slices: Iterable[int], scan: Scan) -> str:
    """Slice numbers along the file's z axis, runs joined: "3-7, 12"."""
    numbers = sorted(scan.file_index(k) for k in set(slices))
    mask = np.zeros(scan.grid.shape[0], np.bool_)
    mask[numbers] = True
    runs = [f"{r[0]}-{r[-1]}" if len(r) > 1 else str(r[0]) for r in _runs(mask)]
    more = f" and {len(runs) - _TOLD} more" if len(runs) > _TOLD else ""
    return ", ".join(runs[:_TOLD]) + more


def _runs(mask: NDArray[np.bool_]) -> list[list[int]]:
    at = np.flatnonzero(mask)
    if not len(at):
        return []
    return [run.tolist() for run in np.split(at, np.flatnonzero(np.diff(at) > 1) + 1)]
