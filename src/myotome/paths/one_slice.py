"""The path of one slice that the user picked: the study's path with a few stages replaced.

The user says which vertebra the slice shows, so nothing is located; a slice has no volume, so
nothing is measured between planes. Everything else (choice of series, network, numbers of a
level, assessment, files) is that of :mod:`myotome.study`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from myotome.assess.person.record import Record
from myotome.errors import InputError
from myotome.locate.picked import picked_slice, require_level
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.numbers.measured import Measured
from myotome.nouns.numbers.measurement import Cause, Measurement, Status
from myotome.nouns.space.landmarks import Landmarks, Slab
from myotome.nouns.space.scan import Scan
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.person import Person
from myotome.nouns.study.series import FileEntry, Judged
from myotome.read import one_slice
from myotome.read.labels.door import read_labels
from myotome.runtime.config import Configuration
from myotome.runtime.progress import Listener, silent
from myotome.segment.labels.label_table import read_table
from myotome.segment.labels.masks import labelled
from myotome.study import Outcome, Stages, run_study
from myotome.tables.flags.every import FLAG, raised

NO_VOLUME = "a single slice has no volume"
_SLAB = "slab"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """Which slice shows the middle of which vertebra, and whose labels are measured.

    The slice is ``index`` of the input's own slices, counted from 0 at the feet, or the one
    nearest ``z_mm`` (patient z, LPS); neither is needed where there is only one. ``labels`` is
    the user's mask (None: the bundled network), ``mapping`` says what its labels mean, as in
    :func:`myotome.segment.labels.label_table.read_table`. Refuses an unknown level or mapping and
    a slice picked twice.
    """

    level: str = "L3"
    index: int | None = None
    z_mm: float | None = None
    labels: Path | None = None
    mapping: str | None = None

    def __post_init__(self) -> None:
        require_level(self.level)
        if self.index is not None and self.z_mm is not None:
            raise InputError("the slice was picked twice.", mend="Give its number or its z.")
        if self.mapping is not None and self.labels is None:
            raise InputError("a mapping belongs to a mask.", mend="Pass --labels too.")
        read_table(self.mapping)


def run_picked(
    path: str | Path,
    chosen: Pick,
    *,
    config: Configuration,
    out: str | Path | None = None,
    person: Person | None = None,
    record: Record | None = None,
    listen: Listener = silent,
) -> Outcome:
    """Measure one picked axial slice; the results are those of ``myotome run``.

    Volumes, masses and all other levels are not measurable. Series with few slices, or one,
    are let through; every other rule of the choice holds. Refuses several series that could be
    meant, several slices without a pick, and what :func:`myotome.study.run_study` refuses.
    """
    stages = stages_for(chosen, config)
    if chosen.labels is not None:
        config = replace(config, backend=f"labels:{chosen.labels}", mapping=chosen.mapping)
    return run_study(
        path, config=config, out=out, person=person, record=record, stages=stages, listen=listen
    )


def stages_for(chosen: Pick, config: Configuration) -> Stages:
    """The stages of a study, with the user's word on place (and labels) in them.

    Slices are not averaged under a mask, so that it fits the slice that it was drawn on.
    """
    usual = Stages.of(config)
    mine = chosen.labels is not None
    read = partial(one_slice.assemble, allow_gaps=config.allow_gaps)
    return replace(
        usual,
        list=partial(one_slice.listed, threads=config.threads, salt=config.salt, join=config.join),
        pick=_only,
        needs=() if mine else ("muscles",),
        assemble=partial(read, thin_to_mm=0.0) if mine else read,
        locate=partial(_located, chosen),
        slab=partial(_slab, chosen.level, config.reach_slices),
        segment=_masks(chosen.labels, chosen.mapping) if chosen.labels else usual.segment,
        measure=_on_the_slice(usual.measure),
        compose=partial(_composed, usual),
    )


def _only(
    judged: Sequence[Judged], *, series: str | None, files: Sequence[FileEntry], **_: bool
) -> tuple[Judged, ...]:
    """The one series that can be meant: a slice of one says nothing of the others."""
    return (one_slice.only_series(judged, series, files),)


def _masks(path: Path, mapping: str | None) -> Callable[[Volume, Slab], Segmentation]:
    """The user's mask as it was drawn; refused if it is empty on the picked slice."""
    draw = labelled(path, mapping, read_labels, exact=True)

    def segment(volume: Volume, slab: Slab) -> Segmentation:
        made = draw(volume, slab)
        z = (slab.superior_z_mm + slab.inferior_z_mm) / 2
        k, maps = volume.grid.nearest_k(z), (made.labels, made.compartments)
        if k is None or not any(a is not None and a[k].any() for a in maps):
            raise InputError(
                f"the mask marks nothing on the picked slice (z={z:.1f} mm).",
                mend="Pick the slice that it was drawn on.",
            )
        return made

    return segment


def _located(chosen: Pick, volume: Volume) -> Landmarks:
    k = picked_index(volume, index=chosen.index, z_mm=chosen.z_mm)
    marks, _ = picked_slice(volume, chosen.level, k=k)
    z = float(volume.grid.slice_z_mm(k))
    message = (
        f"The slice at z={z:.1f} mm was picked as the middle of {chosen.level}; nobody checked "
        "that. Volumes, masses and other levels are not measurable."
    )
    told = raised(FLAG["picked_slice"], message, level=chosen.level)
    return replace(marks, flags=(*marks.flags, told))


def _slab(level: str, reach: int, volume: Volume, marks: Landmarks) -> Slab:
    z = marks.levels[level].mid_z_mm
    k = 0 if z is None else volume.grid.nearest_k(z)
    return picked_slice(volume, level, k=k, reach=reach)[1]


def picked_index(volume: Volume, *, index: int | None = None, z_mm: float | None = None) -> int:
    """The slice of ``volume`` that was picked among the input's own slices.

    Refuses a slice outside the scan, and several slices without a pick.
    """
    source = volume.source_grid.canonical()
    count, half = source.shape[0], source.spacing_mm[0] / 2
    low, high = float(source.slice_z_mm(0)), float(source.slice_z_mm(count - 1))
    if z_mm is None:
        if index is None and count > 1:
            raise InputError(
                f"there are {count} slices, and none was picked.",
                mend="Say which one shows the level: --slice (0 at the feet) or --z-mm.",
            )
        at = 0 if index is None else index
        if not 0 <= at < count:
            raise InputError(f"slice {at} is outside 0 to {count - 1}.", mend="Pick another slice.")
        z_mm = float(source.slice_z_mm(at))
    elif not low - half <= z_mm <= high + half:
        raise InputError(
            f"z={z_mm:g} mm is outside the scan ({low:.1f} to {high:.1f} mm).",
            mend="Pick another slice.",
        )
    grid = volume.grid
    ends = grid.slice_z_mm(0.0), grid.slice_z_mm(grid.shape[0] - 1.0)
    return grid.nearest_k(min(max(z_mm, ends[0]), ends[1])) or 0


_Measure = Callable[[Scan], Measured]


def _on_the_slice(measure: _Measure) -> _Measure:
    """The same numbers of the level; those of the slab become not measurable."""

    def on_the_slice(scan: Scan) -> Measured:
        found = measure(scan)
        (level,) = scan.landmarks.levels
        return replace(
            found,
            measurements=_only_at(level, found.measurements),
            flags=tuple(flag for flag in found.flags if _is_of(level, flag)),
        )

    return on_the_slice


def _composed(
    usual: Stages, scan: Scan, *, person: Person | None, known: Sequence[Measurement]
) -> Measured:
    found = usual.compose(scan, person=person, known=known)
    (level,) = scan.landmarks.levels
    return replace(found, measurements=_only_at(level, found.measurements))


def _only_at(level: str, rows: Iterable[Measurement]) -> tuple[Measurement, ...]:
    return tuple(row if row.level == level else _unmeasured(row, level) for row in rows)


def _unmeasured(row: Measurement, level: str) -> Measurement:
    reason = NO_VOLUME if row.level == _SLAB else f"only the picked slice ({level}) is measured"
    return replace(
        row,
        value=None,
        status=Status.NOT_MEASURABLE,
        reason=reason,
        covered_percent=None,
        expected_dice=None,
        interval=None,
        slices=None,
        caveats=(),
        cause=Cause.NONE,
    )


def _is_of(level: str, flag: Flag) -> bool:
    if flag.code == FLAG["implausible_value"].key:
        return flag.level == level
    return FLAG[flag.code].concerns != "slab"
