"""Areas and attenuation at every level that a reference shows, found and by the reference."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from benchmarks.composition.reference import (
    WIDE,
    Numbers,
    levels_of,
    nearest,
    numbers,
    reference_labels,
    reference_tissues,
    slice_rows,
)
from myotome.measure.composition.levels import Choice
from myotome.measure.composition.measure import compose
from myotome.nouns.study.result import StudyResult

SHOWN: tuple[tuple[str, str], ...] = (
    ("area", "skeletal_muscle"),
    ("area", "total_abdominal_muscle"),
    ("area", "intermuscular_fat"),
    ("area", "subcutaneous_fat"),
    ("area", "visceral_fat"),
    ("mean_hu", "skeletal_muscle"),
)


class Row(NamedTuple):
    """One quantity of one CT at one level; a number without a value is None.

    ``found`` is what a user gets, ``same_slice`` the same labels on the reference's own slice,
    that is without the error of the level.
    """

    subject: str
    unseen: bool
    level: str
    quantity: str
    structure: str
    unit: str
    found: float | None
    same_slice: float | None
    reference: float
    level_error_mm: float | None
    caveats: str


def rows(case: Path, result: StudyResult, *, unseen: bool) -> Iterator[Row]:
    """Every level of the reference whose slice it labels, with every quantity of ``SHOWN``.

    Fat is counted at -190..-30 HU everywhere, as all the references have it.
    """
    volume, labels = result.volume, reference_labels(case, result.volume)
    choice = Choice(visceral_window=WIDE)
    users = compose(result.scan, choice=choice).measurements
    for level, z in levels_of(case).items():
        k = nearest(volume, z)
        if k is None:
            continue
        truth: Numbers = reference_tissues(case, volume, k) if level == "L3" else {}
        if labels is not None and labels.labels[k].any():
            truth = numbers(slice_rows(volume, labels, k, level, window=WIDE), level)
        same = numbers(slice_rows(volume, result.segmentation, k, level, window=WIDE), level)
        mark = result.landmarks.levels.get(level)
        gap = None if mark is None or mark.mid_z_mm is None else round(mark.mid_z_mm - z, 2)
        for place in SHOWN:
            if place not in truth:
                continue
            own = [m for m in users if (m.quantity, m.structure, m.level) == (*place, level)]
            yield Row(
                subject=case.name,
                unseen=unseen,
                level=level,
                quantity=place[0],
                structure=place[1],
                unit="cm2" if place[0] == "area" else "HU",
                found=own[0].value if own else None,
                same_slice=same.get(place),
                reference=truth[place],
                level_error_mm=gap,
                caveats=" ".join(own[0].caveats) if own else "",
            )
