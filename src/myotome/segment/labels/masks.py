"""The one way from a label file to a segmentation: muscles, compartments and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from myotome.errors import BackendError, GridMismatchError, InputError
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.label_map import LabelMap, LabelReader, Values
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.segment.labels.between import Filled, filled
from myotome.segment.labels.label_table import (
    COMPARTMENT_VALUES,
    LabelTable,
    read_table,
    resembles,
)
from myotome.segment.labels.order import of_order
from myotome.segment.labels.sparse import of_skipped, skipped
from myotome.segment.labels.understood import (
    MUSCLE_VALUES,
    Understood,
    not_known,
    understand,
)
from myotome.tables.anatomy.muscles import COMPARTMENTS, GROUPS, MUSCLE
from myotome.tables.flags.every import FLAG, raised
from myotome.voxels.place import How, Placed, place, settle

NAME = "labels"
NOT_GIVEN = "it is not among the labels that were imported"
_ROOMS_NEEDED = ("abdominal_cavity", "muscle_wall", "subcutaneous")
"""Compartments without which the others say nothing of body composition."""
_WORDS = (
    {muscle.value: muscle.words for muscle in MUSCLE.values()},
    {room.value: room.words for room in COMPARTMENTS},
)
_HOW = {
    How.NEAREST: "The labels lie on another grid ({theirs} mm) and were resampled (nearest "
    "neighbour) to the CT's {ours} mm.",
    How.UNTILTED: "The labels were drawn on tilted slices and moved onto the corrected ones.",
}


def labelled(
    path: Path,
    given: str | Path | None,
    read: LabelReader,
    *,
    exact: bool = False,
    fill: bool = False,
) -> Callable[[Volume, Slab], Segmentation]:
    """A backend that takes its labels from a file or folder that ``read`` reads, of any format.

    ``given`` is a label table as in :func:`read_table`. With ``exact`` labels beside the CT's own
    lattice are refused instead of resampled, with ``fill`` slices between drawn ones are filled
    (:mod:`myotome.segment.labels.between`). A wrong table or path is refused here, and as
    :func:`masks` does when it is called.
    """
    table = table_for_masks(given)
    if not path.exists():
        raise InputError("the labels do not exist.", mend="Check the path.")

    def segment(volume: Volume, slab: Slab) -> Segmentation:  # noqa: ARG001 - a backend's form
        found = understand(path, volume.source_grid.canonical(), table, read)
        made = masks(found, volume, exact=exact, fill=fill)
        if made.k_range[0] == made.k_range[1]:
            raise InputError("the labels hold no voxel of a muscle or compartment.")
        return made

    return segment


def table_for_masks(given: str | Path | None) -> LabelTable:
    """The label table to measure with: single layers of a muscle count, and it is told."""
    return replace(read_table(given), parts=True)


def masks(
    found: Understood, volume: Volume, *, exact: bool = False, fill: bool = False
) -> Segmentation:
    """The muscles, and the compartments if all that matter are there, as labels of ``volume``.

    What the file does not give is in ``gaps``. Slices beyond the first and last label count as
    not looked at. Refuses unknown values and exchanged sides (BackendError), labels without
    anything of ours (InputError), and another place (GridMismatchError).
    """
    rooms = [key for key in COMPARTMENT_VALUES if key in _rooms_given(found)]
    whole = set(_ROOMS_NEEDED) <= set(rooms)
    _require_ours(found, rooms, whole=whole)
    muscles = _filled(found.painted(found.drawn, MUSCLE_VALUES), fill=fill)
    sides = _left_is_left(muscles.labels.labels)
    if sides and not any(sides.values()):
        raise _swapped(found.table.name)
    maps = [muscles]
    if whole:
        maps.append(_filled(found.painted(found.rooms, COMPARTMENT_VALUES), fill=fill))
    placed = [_placed(one.labels, volume, exact=exact) for one in maps]
    labels = placed[0].labels
    seen = np.flatnonzero(np.any([p.labels.any(axis=(1, 2)) for p in placed], axis=0))
    if not len(seen) and any(p.lost for p in placed):
        raise GridMismatchError(
            "the labels lie wholly outside the CT.", mend="Check that both belong together."
        )
    sparse = skipped(labels, found.given)
    return Segmentation(
        labels=labels,
        grid=volume.grid,
        backend=NAME,
        k_range=(int(seen[0]), int(seen[-1]) + 1) if len(seen) else (0, 0),
        compartments=placed[1].labels if whole else None,
        gaps=MappingProxyType(_gaps(found) | sparse),
        flags=(
            *_of_place(placed, found.drawn.grid, volume.grid),
            *_of_slices(seen),
            *of_skipped(sparse),
            *_of_filled(maps),
            *_of_sides(sides),
            *of_order(labels),
            *_of_names(name for name, target in found.names.items() if target is None),
            *(() if whole or not rooms else _of_rooms(rooms)),
        ),
    )


def _require_ours(found: Understood, rooms: list[str], *, whole: bool) -> None:
    values = [label for label in found.unknown if isinstance(label, int)]
    if values:
        raise not_known(values, found.table.name)
    if not (found.given & MUSCLE.keys() or whole):
        raise InputError(
            "the labels hold no muscle that is known by its name or value.",
            why=_incomplete(rooms) if rooms else "",
            mend="Pass a table of what they are called and what they mean (--mapping).",
        )


def _rooms_given(found: Understood) -> frozenset[str]:
    """Compartments that the labels tell: those named, else all that their table has values for."""
    if found.names or not found.given & COMPARTMENT_VALUES.keys():
        return found.given
    return frozenset(found.table.values.values())


def _placed(found: LabelMap, volume: Volume, *, exact: bool) -> Placed:
    if not exact:
        return settle(found, volume)
    labels, lost = place(found, volume.grid)
    return Placed(labels=labels.astype(np.uint8), lost=lost)


def _filled(found: LabelMap, *, fill: bool) -> Filled:
    return filled(found) if fill else Filled(labels=found, slices={})


def _gaps(found: Understood) -> dict[str, str]:
    """What is missing by muscle, and by group what these labels cannot give or only nearly."""
    said = found.table.gaps
    groups = {MUSCLE[key].group for key in found.given if key in MUSCLE}
    explained = {*said} - groups
    lacking = [m for key, m in MUSCLE.items() if key not in found.given]
    silent = {m.key: NOT_GIVEN for m in lacking if not explained & {m.key, m.group}}
    return {**silent, **said, **found.caveats()}


def _swapped(table: str) -> BackendError:
    return BackendError(
        f'left and right are swapped in the labels (label table "{table}").',
        why="Every left muscle lies on the patient's right side.",
        mend='Exchange the sides in the label table (or write ":swapped" after its name, as '
        'in "ours:swapped"), or mend the orientation of the file.',
    )


def _left_is_left(labels: Values) -> dict[str, bool]:
    """Whether the left muscle lies further left, of every group with both sides (canonical)."""
    width = labels.shape[2]
    count = np.zeros((len(MUSCLE) + 1) * width)
    for plane in labels:
        j, i = np.nonzero(plane)
        count += np.bincount(plane[j, i].astype(np.intp) * width + i, minlength=len(count))
    count, columns = count.reshape(-1, width), np.arange(width)
    sides = {g: [count[MUSCLE[f"{g.key}_{s}"].value] for s in ("left", "right")] for g in GROUPS}
    return {
        group.words: bool(left @ columns / left.sum() >= right @ columns / right.sum())
        for group, (left, right) in sides.items()
        if left.any() and right.any()
    }


def _of_place(placed: Iterable[Placed], theirs: Grid, ours: Grid) -> tuple[Flag, ...]:
    placed = tuple(placed)
    flags = []
    lost = sum(p.lost for p in placed)
    if lost:
        message = (
            f"{lost} labelled voxels or contours lie outside the CT or enclose nothing; they "
            "were left out."
        )
        flags.append(raised(FLAG["labels_outside"], message))
    for how in dict.fromkeys(p.how for p in placed if p.how in _HOW):
        message = _HOW[how].format(theirs=_mm(theirs), ours=_mm(ours))
        flags.append(raised(FLAG["labels_resampled"], message))
    return tuple(flags)


def _of_slices(seen: NDArray[np.intp]) -> tuple[Flag, ...]:
    """Word of slices without any label between labelled ones, which count as empty."""
    empty = int(seen[-1] - seen[0] + 1 - len(seen)) if len(seen) else 0
    if not empty:
        return ()
    message = (
        f"{empty} slice(s) between the first and the last labelled one hold no label and count as "
        "without muscle: volumes are too small if they were skipped."
    )
    return (raised(FLAG["labels_skip_slices"], message),)


def _of_filled(maps: Iterable[Filled]) -> tuple[Flag, ...]:
    """Word of what was interpolated: muscles first, then compartments."""
    told = [
        f"{words[value]} ({count} slices)"
        for one, words in zip(maps, _WORDS, strict=False)
        for value, count in one.slices.items()
    ]
    if not told:
        return ()
    message = (
        "Slices between drawn ones were filled by interpolation (signed distance), as was asked "
        f"for: {', '.join(told)}."
    )
    return (raised(FLAG["labels_filled"], message),)


def _of_sides(sides: Mapping[str, bool]) -> tuple[Flag, ...]:
    """Pairs whose left muscle lies, as a whole, on the right of its partner."""
    wrong = [words for words, right in sides.items() if not right]
    if not wrong:
        return ()
    message = f"Left and right may be exchanged in the imported labels of: {', '.join(wrong)}."
    return (raised(FLAG["labels_sides"], message),)


def _of_names(names: Iterable[str]) -> tuple[Flag, ...]:
    """Word of segments that were not understood. Their names are free text and not repeated."""
    near = [resembles(name) for name in names]
    others = near.count("")
    like = sorted(set(near) - {""})
    flags = []
    if like:
        message = (
            f"{len(near) - others} segment(s) were left out whose names resemble a muscle "
            f'({", ".join(like)}): name them as "left psoas", or pass a table with --mapping.'
        )
        flags.append(raised(FLAG["labels_not_understood"], message))
    if others:
        message = f"{others} segment(s) of other structures were left out."
        flags.append(raised(FLAG["labels_unused"], message))
    return tuple(flags)


def _of_rooms(rooms: list[str]) -> tuple[Flag, ...]:
    return (raised(FLAG["labels_incomplete"], f"{_incomplete(rooms)} They were left out."),)


def _incomplete(rooms: list[str]) -> str:
    needed = ", ".join(_ROOMS_NEEDED)
    return f"Of the compartments they hold {', '.join(rooms)} alone, and {needed} are needed."


def _mm(grid: Grid) -> str:
    return " x ".join(f"{v:.3g}" for v in grid.spacing_mm)
