"""The path of a study whose labels a reader has corrected: the same numbers from other masks.

The network runs again for what a segmentation object does not hold (compartments, how sure it
was), so that only what was changed by hand changes in the results.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from myotome.assess.person.record import Record
from myotome.errors import InputError, NoUsableSeriesError
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.series import Judged, Series
from myotome.read.given.study import kept
from myotome.read.labels.door import read_labels
from myotome.read.labels.drawn_on import DrawnOn, drawn_on
from myotome.read.labels.origin import of_another
from myotome.read.listing import list_series
from myotome.runtime.config import Configuration
from myotome.runtime.progress import Listener, silent
from myotome.segment.labels.edited import with_edits
from myotome.segment.labels.label_table import LabelTable
from myotome.segment.labels.masks import masks, table_for_masks
from myotome.segment.labels.understood import understand
from myotome.study import Outcome, Stages, run_study
from myotome.tables.anatomy.muscles import MUSCLE
from myotome.write import check_out_dir


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
    best one, or that of ``config``. Levels that a person had set when the masks or the study were
    measured before are kept, unless ``config`` sets others. Refuses labels on another grid,
    without a muscle, or with swapped sides, and a study that does not hold the images.
    """
    words = table_for_masks(drawn.table)
    if out is not None:  # asked before the study is looked through, not after
        check_out_dir(Path(out), overwrite=config.overwrite)
    _, judged = list_series(path, threads=config.threads, join=config.join)
    insisted, on = config.series is not None, drawn_on(drawn.path)
    if not insisted:
        config = replace(config, series=_series_of(on, judged))
    found = _measured(config.series, judged)
    told = () if found is None else of_another(drawn.path, found, insisted=insisted)
    if not config.given:
        given = kept(drawn.path, Path(path), found)
        config = replace(config, levels=given.z_mm, reader=given.reader or config.reader)
    usual = stages or Stages.of(config)

    def segment(volume: Volume, slab: Slab) -> Segmentation:
        made = usual.clean(usual.segment(volume, slab))
        mine = reviewed(made, volume, drawn.path, words, fill=config.fill_between)
        return replace(mine, flags=(*mine.flags, *told))

    return run_study(
        path,
        config=config,
        out=out,
        record=record,
        stages=replace(usual, segment=segment, clean=_as_drawn),
        listen=listen,
    )


def reviewed(
    made: Segmentation, volume: Volume, path: Path, table: LabelTable, *, fill: bool = False
) -> Segmentation:
    """``made`` with the muscles of the file ``path``; refuses as :func:`run_reviewed` does.

    With ``fill`` slices between drawn ones are filled.
    """
    found = understand(path, volume.source_grid.canonical(), table, read_labels)
    given = found.given & MUSCLE.keys()
    drawn = masks(found, volume, fill=fill)
    if not given:
        raise InputError("the labels hold compartments alone, and no muscle.")
    return with_edits(made, drawn, given)


def _as_drawn(segmentation: Segmentation) -> Segmentation:
    """A reader's labels are measured as they are."""
    return segmentation


def _measured(key: str | None, judged: tuple[Judged, ...]) -> Series | None:
    """The series of that key, or the best."""
    found = (j.series for j in judged if (j.rank == 1 if key is None else j.series.key == key))
    return next(found, None)


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
