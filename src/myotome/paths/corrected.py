"""The path of a study whose labels a reader has corrected: the same numbers from other masks.

The network runs again for what a segmentation object does not hold (compartments, how sure it
was), so that only what was changed by hand changes in the results.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myotome.assess.person.record import Record
from myotome.errors import GridMismatchError, InputError, NoUsableSeriesError
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.series import Judged
from myotome.read.dicom.tilt import is_sheared
from myotome.read.labels.door import LabelMap, place, read_labels
from myotome.read.labels.drawn_on import DrawnOn, drawn_on
from myotome.read.listing import list_series
from myotome.runtime.config import Configuration
from myotome.runtime.progress import Listener, silent
from myotome.segment.labels.edited import with_edits
from myotome.segment.labels.imported import NAME, refuse_swapped_sides
from myotome.segment.labels.imported import LabelMap as Muscles
from myotome.segment.labels.label_table import LabelTable, of_program, read_table, resembles
from myotome.study import Outcome, Stages, run_study
from myotome.tables.anatomy.mappings import LabelMapping
from myotome.tables.anatomy.muscles import MUSCLE
from myotome.tables.flags.every import FLAG, raised
from myotome.voxels.planes import planes_on
from myotome.voxels.resample import nearest

Labels = NDArray[np.uint8]

_TILTED = FLAG["tilt_corrected"].key


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A file of labels, and what they are called there.

    A DICOM SEG (of Myotome, TotalSegmentator, 3D Slicer ...), an RTSTRUCT, NRRD or NIfTI file;
    ``table`` as in :func:`myotome.segment.labels.label_table.read_table`.
    """

    path: Path
    table: str | None = None


def run_reviewed(
    path: str | Path,
    drawn: Drawn,
    *,
    config: Configuration,
    out: str | Path | None = None,
    record: Record | None = None,
    stages: Stages | None = None,
    listen: Listener = silent,
) -> Outcome:
    """Measure the study ``path`` with the muscles that were ``drawn`` instead of the network's.

    A DICOM object names the images it was drawn on, and their series is measured; otherwise the
    best one, or that of ``config``. Refuses labels on another grid, without a muscle, or with
    swapped sides, and a study that does not hold the images.
    """
    words = replace(read_table(drawn.table), parts=True)
    if config.series is None:
        _, judged = list_series(path, threads=config.threads)
        config = replace(config, series=_series_of(drawn_on(drawn.path), judged))
    usual = stages or Stages.of(config)

    def segment(volume: Volume, slab: Slab) -> Segmentation:
        made = usual.clean(usual.segment(volume, slab))
        return reviewed(made, volume, drawn.path, words)

    return run_study(
        path,
        config=config,
        out=out,
        record=record,
        stages=replace(usual, segment=segment, clean=_as_drawn),
        listen=listen,
    )


def reviewed(made: Segmentation, volume: Volume, path: Path, table: LabelTable) -> Segmentation:
    """``made`` with the muscles of the file ``path``; refuses as :func:`run_reviewed` does."""
    targets: dict[str, str] = {}

    def keep(name: str) -> bool:
        targets[name] = table.of_name(name) or ""
        return targets[name] in MUSCLE

    found = read_labels(path, volume.source_grid.canonical(), keep=keep)
    keys = _keys(found, table, targets)
    if not keys:
        raise InputError(
            "the labels hold no muscle that is known by its name or value.",
            mend="Pass --labels with a table of their names and what they mean.",
        )
    labels, flags = _placed(_translated(found, keys), found.grid, volume)
    refuse_swapped_sides(
        Muscles(labels=labels, grid=volume.grid),
        LabelMapping(name=table.name, muscles={}, source=""),
    )
    caveats = _caveats(table, targets, keys.values())
    edited = with_edits(made, labels, keys.values(), name=NAME, caveats=caveats)
    unused = _unused(name for name, key in targets.items() if not key)
    return replace(edited, flags=(*edited.flags, *flags, *unused))


def _caveats(
    table: LabelTable, targets: Mapping[str, str], keys: Collection[str]
) -> dict[str, str]:
    """How far the muscles are not ours, by group: by their names, by the program's, by the table's.

    A program that is known by its names has the caveats of its own mapping; a user's own table
    says what the names mean, so then no program is looked for.
    """
    program = of_program(targets) if table.words else ""
    groups = {MUSCLE[key].group for key in keys}
    of_it = read_table(program).caveats if program else {}
    named = table.caveats_of([name for name, key in targets.items() if key in MUSCLE], keys)
    return {**named, **{group: text for group, text in of_it.items() if group in groups}}


def _unused(names: Iterable[str]) -> tuple[Flag, ...]:
    """Word of segments that were not understood. Their names are free text and not repeated."""
    near = [resembles(name) for name in names]
    others = near.count("")
    like = sorted(set(near) - {""})
    flags = []
    if like:
        message = (
            f"{len(near) - others} segment(s) were left out whose names resemble a muscle "
            f'({", ".join(like)}): name them as "left psoas", or pass a table with --labels.'
        )
        flags.append(raised(FLAG["labels_not_understood"], message))
    if others:
        message = f"{others} segment(s) of other structures were left out."
        flags.append(raised(FLAG["labels_unused"], message))
    return tuple(flags)


def _as_drawn(segmentation: Segmentation) -> Segmentation:
    """A reader's labels are measured as they are."""
    return segmentation


def _series_of(drawn: DrawnOn, judged: tuple[Judged, ...]) -> str | None:
    """The key of the series that holds the images a DICOM object was drawn on."""
    if not drawn:
        return None
    shared = {j.series.key: drawn.shared_with(j.series) for j in judged}
    best = max(shared, key=shared.__getitem__, default="")
    if not best or not shared[best]:
        raise NoUsableSeriesError(
            "the study does not hold the images that the labels were drawn on.",
            why="It is another study, or pseudonyms replaced the UIDs of one of both.",
            mend="Give the study they belong to. If it is this one, name its series with "
            "--series: then the place of the labels in the scan decides.",
        )
    return best


def _keys(found: LabelMap, table: LabelTable, targets: Mapping[str, str]) -> dict[int, str]:
    """Muscle key by value of the map: of every named segment, else of every value there is."""
    if targets:
        return {
            found.names[name]: key
            for name, key in targets.items()
            if key in MUSCLE and name in found.names
        }
    known = {value: table.of_value(value) or "" for value in found.values()}
    return {value: key for value, key in known.items() if key in MUSCLE}


def _translated(found: LabelMap, keys: Mapping[int, str]) -> Labels:
    lookup = np.zeros(1 << 16, np.uint8)
    for value, key in keys.items():
        lookup[value] = MUSCLE[key].value
    return lookup[found.labels]


def _placed(labels: Labels, grid: Grid, volume: Volume) -> tuple[Labels, tuple[Flag, ...]]:
    """The labels on the volume's grid: moved by whole voxels where they can be."""
    theirs = LabelMap(labels=labels.astype(np.uint16), grid=grid, format="nifti")
    with suppress(GridMismatchError):
        placed, lost = place(theirs, volume.grid)
        return placed.astype(np.uint8), _lost(lost)
    source = volume.source_grid.canonical()
    with suppress(GridMismatchError):
        placed, lost = place(theirs, source)
        return nearest(placed.astype(np.uint8), source, volume), _lost(lost)
    if _TILTED in {flag.code for flag in volume.flags} and is_sheared(grid):
        moved = np.stack(list(planes_on(volume.grid, labels, grid)))
        message = "The labels were drawn on tilted slices and moved onto the corrected ones."
    else:
        moved = nearest(labels, grid, volume)
        message = "The labels lie on another grid and were resampled (nearest neighbour)."
    return moved, (raised(FLAG["labels_resampled"], message),)


def _lost(count: int) -> tuple[Flag, ...]:
    if not count:
        return ()
    message = f"{count} labelled voxels lie outside the CT and were left out."
    return (raised(FLAG["labels_outside_scan"], message),)
