"""The path of one study: read, locate, segment, measure, assess, write. Every stage is here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, Unpack

from myotome.assess.person.record import Record
from myotome.assess.scan_facts import Technique
from myotome.assess.study import judge_study, known_person
from myotome.errors import (
    AnatomyError,
    GridMismatchError,
    InputError,
    MyotomeError,
    NoUsableSeriesError,
    OutputError,
)
from myotome.locate.find import locate
from myotome.locate.slab import slab
from myotome.measure import measure
from myotome.measure.composition.levels import Choice
from myotome.measure.composition.measure import compose
from myotome.nets.loader import Nets
from myotome.nouns.numbers.assessment import Assessment
from myotome.nouns.numbers.flag import Flag
from myotome.nouns.numbers.measured import Measured
from myotome.nouns.numbers.measurement import Measurement
from myotome.nouns.space.landmarks import Landmarks, Slab
from myotome.nouns.space.scan import Scan
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.space.volume import Volume
from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.person import Person
from myotome.nouns.study.result import StudyResult
from myotome.nouns.study.series import Catalogue, FileEntry, Judged, Reason, Series, Verdict
from myotome.read.assemble import assemble
from myotome.read.choose import pick
from myotome.read.facts import contrast_header
from myotome.read.input.files import Source, opened
from myotome.read.labels.door import read_labels
from myotome.read.listing import listed
from myotome.runtime.config import Configuration, Options
from myotome.runtime.notices import (
    on_contrast,
    on_failed,
    on_labels,
    on_other_studies,
    on_reasons,
    require_images,
)
from myotome.runtime.progress import Listener, Stopwatch, silent
from myotome.runtime.provenance import input_digest, keyed, provenance
from myotome.segment.backends import backend, backend_row, refuse_network
from myotome.segment.cleanup import clean
from myotome.write import check_out_dir, write_results, write_series_csv

SERIES_FAULTS = (InputError, AnatomyError, GridMismatchError)
"""What may be wrong with one series; any other error ends the study."""


class Picker(Protocol):
    """Chooses among the series, as ``read.choose.pick``."""

    def __call__(
        self,
        judged: Sequence[Judged],
        *,
        series: str | None,
        all_series: bool,
        unenhanced_only: bool,
        files: Sequence[FileEntry],
    ) -> tuple[Judged, ...]:
        """What is to be measured, the best first. Refuses where nothing may be."""


class Composer(Protocol):
    """Measures body composition from what is known, as ``measure.composition.measure.compose``."""

    def __call__(
        self, scan: Scan, *, person: Person | None, known: Sequence[Measurement]
    ) -> Measured:
        """``known`` are the measurements of the muscles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """The stages: list and pick for the input, the others for one series. Any may be replaced.

    ``replace(Stages.of(config), segment=mine)`` measures with another segmentation.
    """

    list: Callable[[Source], tuple[Catalogue, tuple[Judged, ...]]]
    pick: Picker
    assemble: Callable[[Series], Volume]
    locate: Callable[[Volume], Landmarks]
    slab: Callable[[Volume, Landmarks], Slab]
    segment: Callable[[Volume, Slab], Segmentation]
    clean: Callable[[Segmentation], Segmentation]
    measure: Callable[[Scan], Measured]
    compose: Composer
    assess: Callable[[StudyResult, Record | None], Assessment]
    write: Callable[[StudyResult, Path], StudyResult]
    nets: Nets
    needs: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: Configuration) -> Stages:
        """The stages that ``config`` asks for."""
        row = backend_row(config.backend)
        if config.network is not None:
            refuse_network(row)
        nets = Nets(config.threads, None if config.network is None else Path(config.network))
        return cls(
            list=partial(listed, threads=config.threads, salt=config.salt, join=config.join),
            pick=pick,
            assemble=partial(assemble, allow_gaps=config.allow_gaps),
            locate=lambda volume: locate(
                volume,
                nets("landmarks"),
                nets("vertebrae"),
                nets("upright"),
                given=config.given,
            ),
            slab=partial(slab, reach=config.reach_slices),
            segment=backend(
                config.backend,
                mapping=config.mapping,
                fill=config.fill_between,
                nets=nets,
                read=read_labels,
            ),
            clean=clean,
            measure=measure,
            compose=partial(compose, choice=Choice(visceral_window=config.visceral_window)),
            assess=partial(_assessed, config=config),
            write=partial(write_results, overwrite=config.overwrite, extras=config.extras),
            nets=nets,
            needs=("landmarks", "vertebrae", "upright", *row.nets),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a study.

    ``best`` is the result of the best series, ``written`` the folder of each measured series,
    ``failed`` the error of each that was tried and could not be measured.
    """

    best: StudyResult
    written: Mapping[str, Path | None]
    failed: Mapping[str, MyotomeError]

    def summary(self) -> dict[str, object]:
        """What a program wants to know first. Holds no paths but those that the user gave."""
        statuses = [str(m.status) for m in self.best.measurements]
        return {
            "series": self.best.chosen,
            "out": {key: str(folder) for key, folder in self.written.items() if folder},
            "failed": {key: str(error) for key, error in self.failed.items()},
            "values": {name: statuses.count(name) for name in sorted(set(statuses))},
            "flags": sorted({flag.code for flag in self.best.flags}),
            "seconds": dict(self.best.provenance.stage_seconds),
        }


def run(
    path: str | Path,
    *,
    out: str | Path | None = None,
    person: Person | None = None,
    record: Record | None = None,
    stages: Stages | None = None,
    listen: Listener = silent,
    **options: Unpack[Options],
) -> StudyResult:
    """Measure one CT study and return the result of its best series.

    ``path`` is a DICOM folder, archive or file, or a NIfTI file. ``out`` is the results folder;
    without it nothing is written. ``record`` is what else is known of the person (strength,
    performance, questionnaires, DXA); ``person`` goes before it. ``options`` are the fields of
    :class:`myotome.runtime.config.Configuration`. With ``all_series`` each series gets its own
    folder ``out/series-KEY``. Refuses with a :class:`myotome.errors.MyotomeError`.
    """
    outcome = run_study(
        path,
        config=Configuration(**options),
        out=out,
        person=person,
        record=record,
        stages=stages,
        listen=listen,
    )
    return outcome.best


def run_study(
    path: str | Path,
    *,
    config: Configuration,
    out: str | Path | None = None,
    person: Person | None = None,
    record: Record | None = None,
    stages: Stages | None = None,
    listen: Listener = silent,
) -> Outcome:
    """Like :func:`run`, and tells of every series. The first fault is raised if all fail."""
    known_person(SeriesHeader(), person, record)  # refuses the impossible before minutes of work
    config.extras.require()
    stages = stages or Stages.of(config)
    folder = None if out is None else Path(out)
    if folder is not None:  # asked before minutes of work, not after
        first = folder / "series-" if config.all_series else folder
        check_out_dir(first, overwrite=config.overwrite)
        for place in folder.glob("series-*") if config.all_series else ():
            check_out_dir(place, overwrite=config.overwrite)
    watch = Stopwatch(listen, config.started_utc())
    with opened(Path(path)) as source:
        stages.nets.fetch(*stages.needs)  # the networks are loaded while files are read
        with watch.stage("catalogue") as words:
            found, judged = stages.list(source)
            words.append(f"{len(found.files)} files, {len(found.series)} series")
        study = _Study(found, judged, config, stages, person, record)
        try:
            return _measure_all(study, folder, watch)
        except SERIES_FAULTS:
            if folder is not None:
                with suppress(OutputError):  # the fault of the input is the one to tell
                    write_series_csv(study.judged, study.catalogue, folder)
            raise


@dataclass(slots=True)
class _Study:
    """One study on its way: its series and what became of each so far."""

    catalogue: Catalogue
    judged: tuple[Judged, ...]
    config: Configuration
    stages: Stages
    person: Person | None
    record: Record | None
    failed: dict[str, MyotomeError] = field(default_factory=dict)
    written: dict[str, Path | None] = field(default_factory=dict)

    def candidates(self) -> Iterator[Judged]:
        """The chosen series; left to us, also the next best for each that cannot be measured."""
        config = self.config
        pick_from = partial(
            self.stages.pick,
            series=config.series,
            all_series=config.all_series,
            unenhanced_only=config.unenhanced_only,
            files=self.catalogue.files,
        )
        yield from pick_from(self.judged)
        while not self.insists and any(j.rank is not None for j in self.judged):
            try:
                (following,) = pick_from(self.judged)
            except NoUsableSeriesError:
                return
            yield following

    @property
    def insists(self) -> bool:
        """Whether the user named what to measure, so that nothing else may take its place."""
        return self.config.series is not None or self.config.all_series

    def refuse(self, key: str, error: MyotomeError) -> None:
        """Account for a series that looked usable and could not be measured."""
        self.failed[key] = error
        reason = Reason(rule="not_measured", text=str(error))
        left = [
            replace(j, verdict=Verdict.REFUSED, rank=None, reasons=(reason, *j.reasons))
            if j.series.key == key
            else j
            for j in self.judged
        ]
        ranked = sorted((j.rank, j.series.key) for j in left if j.rank is not None)
        ranks = {series: place for place, (_, series) in enumerate(ranked, 1)}
        self.judged = tuple(replace(j, rank=ranks.get(j.series.key)) for j in left)


def _measure_all(study: _Study, out: Path | None, watch: Stopwatch) -> Outcome:
    """Measure and write the candidates, one after the other, until enough are done."""
    best: StudyResult | None = None
    for candidate in study.candidates():
        key = candidate.series.key
        clock = watch.split()
        try:
            require_images(candidate.series, study.config.expect)
            result = _measure_one(study, candidate.series, clock)
            result = keyed(result, candidate.series, salt=study.config.salt)
        except SERIES_FAULTS as error:
            if study.config.series is not None and not study.config.all_series:
                raise
            study.refuse(key, error)
            continue
        if out is not None:
            result = _written(study, result, out, clock)
        study.written[key] = result.out_dir
        best = best or result
        if not study.config.all_series:
            break  # before the next candidate is asked for
    if best is None:
        raise next(iter(study.failed.values()))
    return Outcome(
        best=best,
        written=MappingProxyType(study.written),
        failed=MappingProxyType(study.failed),
    )


def _written(study: _Study, result: StudyResult, out: Path, watch: Stopwatch) -> StudyResult:
    """Write one result where it belongs; it then also knows how long that took."""
    folder = out / f"series-{result.chosen}" if study.config.all_series else out
    with watch.stage("write") as words:
        written = study.stages.write(result, folder)
        words.append(str(folder))
    seconds = MappingProxyType(dict(watch.seconds))
    return replace(written, provenance=replace(written.provenance, stage_seconds=seconds))


def _measure_one(study: _Study, series: Series, watch: Stopwatch) -> StudyResult:
    """THE PATH, for one series."""
    study.config.extras.require_source(series)
    stages, header, told = study.stages, contrast_header(series), on_labels(study.config, series)
    with ThreadPoolExecutor(1) as pool:
        with watch.stage("read") as words:
            volume = stages.assemble(series)
            words.append(f"series {series.key}: {volume.hu.shape[0]} slices")
        digest = pool.submit(input_digest, [image.path for image in series.instances])
        with watch.stage("locate") as words:
            landmarks = stages.locate(volume)
            contrast = on_contrast(study.config, header, landmarks.contrast_image)
            extent = stages.slab(volume, landmarks)
            words.append(" ".join(landmarks.levels))
        with watch.stage("segment") as words:
            labels = stages.clean(stages.segment(volume, extent))
            words.append(labels.backend)
        with watch.stage("measure") as words:
            person = known_person(series.header, study.person, study.record)
            scan = Scan(volume=volume, segmentation=labels, landmarks=landmarks, slab=extent)
            found = _numbers(stages, person, scan)
            words.append(f"{len(found.measurements)} values")
    early = (*_passed_over(study, series), *volume.flags, *landmarks.flags, *contrast, *told)
    result = StudyResult(
        catalogue=study.catalogue,
        judged=study.judged,
        chosen=series.key,
        volume=volume,
        landmarks=landmarks,
        slab=extent,
        segmentation=labels,
        measurements=found.measurements,
        slice_areas=found.slice_areas,
        contrast_header=header,
        person=person,
        flags=(*early, *labels.flags, *found.flags),
        provenance=provenance(study.config, watch, digest.result(), stages.nets),
    )
    return replace(result, assessed=stages.assess(result, study.record))


def _numbers(stages: Stages, person: Person, scan: Scan) -> Measured:
    """The muscles' numbers, then those of body composition, which build on them."""
    muscles = stages.measure(scan)
    return muscles + stages.compose(scan, person=person, known=muscles.measurements)


def _assessed(result: StudyResult, record: Record | None, config: Configuration) -> Assessment:
    """What citations say of the result and its person."""
    return judge_study(
        result.measurements,
        result.person,
        found=record,
        technique=Technique(
            contrast_header=result.contrast_header,
            contrast_image=result.landmarks.contrast_image,
            kvp=result.volume.acquisition.kvp,
            slice_mm=result.volume.grid.spacing_mm[0],
        ),
        own=config.own,
    )


def _passed_over(study: _Study, chosen: Series) -> tuple[Flag, ...]:
    """What the user did not ask for but should know of the choice."""
    failed = () if study.config.all_series else on_failed(study.failed)
    others = () if study.insists else on_other_studies(study.judged, chosen)
    own = (j for j in study.judged if j.series.key == chosen.key)
    return (*failed, *others, *(flag for j in own for flag in on_reasons(j)))
