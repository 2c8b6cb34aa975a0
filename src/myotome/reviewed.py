"""The path of a study whose labels a reader has corrected: the same numbers from other masks.

The network runs again for what a segmentation object does not hold (compartments, how sure it
was), so that only what was changed by hand changes in the results.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myotome.assess.record import Record
from myotome.config import Configuration
from myotome.errors import GridMismatchError, InputError, NoUsableSeriesError
from myotome.listing import list_series
from myotome.nouns.flag import Flag, Severity
from myotome.nouns.grid import Grid
from myotome.nouns.landmarks import Slab
from myotome.nouns.person import Person
from myotome.nouns.segmentation import Segmentation
from myotome.nouns.series import Judged
from myotome.nouns.volume import Volume
from myotome.origin import Listener, silent
from myotome.read.labels import LabelMap, place, read_labels
from myotome.read.labels_source import source_images
from myotome.segment.edited import with_edits
from myotome.segment.imported import LabelMap as Muscles
from myotome.segment.imported import refuse_swapped_sides
from myotome.segment.label_table import LabelTable, read_table
from myotome.segment.resample import nearest
from myotome.study import Outcome, Stages, run_study
from myotome.tables.mappings import LabelMapping
from myotome.tables.muscles import BY_KEY

NAME = "imported labels"
Labels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A file of labels, and what they are called there.

    A DICOM SEG (of Myotome, TotalSegmentator, 3D Slicer ...), an RTSTRUCT, NRRD or NIfTI file;
    ``table`` as in :func:`myotome.segment.label_table.read_table`.
    """

    path: Path
    table: str | None = None


def run_reviewed(
    path: str | Path,
    drawn: Drawn,
    *,
    config: Configuration,
    out: str | Path | None = None,
    person: Person | None = None,
    record: Record | None = None,
    listen: Listener = silent,
) -> Outcome:
    """Measure the study ``path`` with the muscles that were ``drawn`` instead of the network's.

    A DICOM object names the images it was drawn on, and their series is measured; otherwise the
    best one, or that of ``config``. Refuses labels on another grid, without a muscle, or with
    swapped sides, and a study that does not hold the images.
    """
    words = read_table(drawn.table)
    if config.series is None:
        _, judged = list_series(path, threads=config.threads)
        config = replace(config, series=_series_of(source_images(drawn.path), judged))
    usual = Stages.of(config)

    def segment(volume: Volume, slab: Slab) -> Segmentation:
        made = usual.clean(usual.segment(volume, slab))
        return reviewed(made, volume, drawn.path, words)

    stages = replace(usual, segment=segment, clean=_as_drawn)
    return run_study(
        path, config=config, out=out, person=person, record=record, stages=stages, listen=listen
    )


def reviewed(made: Segmentation, volume: Volume, path: Path, table: LabelTable) -> Segmentation:
    """``made`` with the muscles of the file ``path``; refuses as :func:`run_reviewed` does."""
    targets: dict[str, str] = {}

    def keep(name: str) -> bool:
        targets[name] = table.of_name(name) or ""
        return targets[name] in BY_KEY

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
    edited = with_edits(made, labels, keys.values(), name=NAME)
    return replace(edited, flags=(*edited.flags, *flags))


def _as_drawn(segmentation: Segmentation) -> Segmentation:
    """A reader's labels are measured as they are."""
    return segmentation


def _series_of(images: frozenset[str], judged: tuple[Judged, ...]) -> str | None:
    """The key of the series that holds the images a DICOM object was drawn on."""
    if not images:
        return None
    shared: Mapping[str, int] = {
        j.series.key: sum(image.sop_instance_uid in images for image in j.series.instances)
        for j in judged
    }
    best = max(shared, key=shared.__getitem__, default="")
    if not best or not shared[best]:
        raise NoUsableSeriesError(
            "the study does not hold the images that the labels were drawn on.",
            mend="Give the study they belong to, or name the series with --series.",
        )
    return best


def _keys(found: LabelMap, table: LabelTable, targets: Mapping[str, str]) -> dict[int, str]:
    """Muscle key by value of the map: of every named segment, else of every value there is."""
    if targets:
        return {
            found.names[name]: key
            for name, key in targets.items()
            if key in BY_KEY and name in found.names
        }
    known = {value: table.of_value(value) or "" for value in found.values()}
    return {value: key for value, key in known.items() if key in BY_KEY}


def _translated(found: LabelMap, keys: Mapping[int, str]) -> Labels:
    lookup = np.zeros(1 << 16, np.uint8)
    for value, key in keys.items():
        lookup[value] = BY_KEY[key].value
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
    message = "The labels lie on another grid and were resampled (nearest neighbour)."
    return nearest(labels, grid, volume), (_flag("labels_resampled", message, Severity.WARNING),)


def _lost(count: int) -> tuple[Flag, ...]:
    if not count:
        return ()
    message = f"{count} labelled voxels lie outside the CT and were left out."
    return (_flag("labels_outside_scan", message, Severity.WARNING),)


def _flag(code: str, message: str, severity: Severity) -> Flag:
    return Flag(code=code, severity=severity, message=message, stage="segment")
