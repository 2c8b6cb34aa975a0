"""What body composition adds to a study of 150 slices of 512 x 512, in seconds of one processor.

Seconds of processor time, so that other work on the machine does not count; on one thread they
are what the clock would show on a quiet machine. Each part is the least of ``REPEAT`` runs.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.cases import big_study
from myotome.measure import measure
from myotome.measure.composition.measure import compose
from myotome.nets.infer import Engine
from myotome.nets.model import load
from myotome.nouns.study.person import Person
from myotome.nouns.study.result import StudyResult
from myotome.runtime.config import Configuration
from myotome.segment.bundled.confidence import CLASSES
from myotome.segment.bundled.predict import predict
from myotome.study import Stages, run

REPEAT = 3
PERSON = Person(sex="M", age_years=60.0, height_cm=175.0, weight_kg=80.0)
Float32 = NDArray[np.float32]


class Cost(NamedTuple):
    """One part and its seconds; ``counts`` if body composition is why it is there."""

    part: str
    seconds: float
    counts: bool = True


def costs(folder: Path) -> list[Cost]:
    """Every part of a run that body composition has, and the whole run for comparison."""
    study = big_study(folder)
    stages, assessing = _metered_stages()
    start = time.process_time()
    result = run(study, person=PERSON, stages=stages, threads=1)
    whole = time.process_time() - start
    known = measure(result.scan).measurements
    return [
        Cost("compartments of every slice, from the network's second head", _second_head(result)),
        Cost("areas, volumes, indices, caveats", _least(lambda: compose(
            result.scan, person=PERSON, known=known))),
        Cost("criteria, cut-offs and references", assessing[0]),
        Cost("its tables, pictures, label map and report", _written(result)),
        Cost("the whole run without writing, for comparison", whole, counts=False),
    ]  # fmt: skip


def _least(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(REPEAT):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def _metered_stages() -> tuple[Stages, list[float]]:
    """The usual stages, and the seconds that judging will have taken."""
    stages, taken = Stages.of(Configuration(threads=1)), [0.0]

    def assess(*given: object) -> object:
        taken[0] = _least(partial(stages.assess, *given))  # type: ignore[arg-type]
        return stages.assess(*given)  # type: ignore[arg-type]

    return replace(stages, assess=assess), taken  # type: ignore[arg-type]


def _second_head(result: StudyResult) -> float:
    """Seconds of making labels from known outputs with the second head, less without it."""
    engine, kept = Engine(load("muscles"), threads=1), []

    def listen(batch: Float32) -> Float32:
        kept.append(engine(batch))
        return kept[-1]

    predict(result.volume, result.slab, listen)

    def replay(channels: int | None) -> Callable[[Float32], Float32]:
        outputs: Iterator[Float32] = iter(kept)
        return lambda _batch: next(outputs)[:, :channels]

    def seconds(channels: int | None) -> float:
        return _least(lambda: predict(result.volume, result.slab, replay(channels)))

    return seconds(None) - seconds(CLASSES)


def _written(result: StudyResult) -> float:
    """Seconds of writing all results, less those of a run that knows the muscles alone."""
    bare = replace(
        result,
        segmentation=replace(result.segmentation, compartments=None),
        measurements=tuple(m for m in result.measurements if not m.definition),
        slice_areas=tuple(s for s in result.slice_areas if s.side != "both"),
        assessed=None,
    )

    def write(what: StudyResult) -> None:
        with tempfile.TemporaryDirectory() as place:
            Stages.of(Configuration(threads=1)).write(what, Path(place) / "out")

    write(bare)  # what is imported or drawn for the first time counts for neither
    return _least(lambda: write(result)) - _least(lambda: write(bare))
