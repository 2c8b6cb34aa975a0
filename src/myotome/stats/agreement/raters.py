"""Agreement among N raters who outlined the same studies (supplement S2 and S3 of the paper)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myotome.errors import GridMismatchError, InputError
from myotome.evaluate.pairs import subjects_in
from myotome.evaluate.scores.icc import FORMS, icc
from myotome.evaluate.scores.maps import read_map
from myotome.evaluate.scores.regions import IGNORED, MUSCLE_SET
from myotome.stats.agreement.staple import staple
from myotome.stats.sheets.sheet import Sheet, Value, number, sheet, text
from myotome.tables.anatomy.muscles import MUSCLES, Muscle

_MARGIN = 10
"""Voxels of background around the outlines: the specificities of STAPLE depend on it."""
_TOLERANCE_MM = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """One study as all raters outlined it: ``labels`` uint8 ``(rater, k, j, i)``, on one grid.

    Only slices on which at least one rater drew anything are kept.
    """

    subject: str
    labels: NDArray[np.uint8]
    pixel_cm2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """Of one muscle on all studies: areas ``(slice, rater)``, Dice by pair of raters, STAPLE.

    ``dice`` are those of slices on which one of the pair has the muscle. ``staple`` holds, by
    study, each rater's sensitivity, specificity and Dice with the consensus.
    """

    muscle: Muscle
    areas_cm2: NDArray[np.float64]
    dice: Mapping[tuple[int, int], tuple[float, ...]]
    staple: tuple[tuple[Any, Any, Any], ...]


def read_raters(folders: Sequence[Path]) -> tuple[Study, ...]:
    """The studies that every rater's folder has, by the names of files or folders in it.

    Refuses (InputError) fewer than two raters, folders without a common study, unreadable maps;
    (GridMismatchError) maps of one study on different grids.
    """
    if len(folders) < 2:
        raise InputError("Agreement needs the folders of two or more raters.")
    for folder in folders:
        if not folder.is_dir():
            raise InputError("The folder of a rater does not exist.", mend="Check the path.")
    found = [subjects_in(folder, MUSCLE_SET) for folder in folders]
    common = sorted(set(found[0]).intersection(*found[1:]))
    if not common:
        raise InputError("No study is in the folders of all raters.", mend="Name them alike.")
    return tuple(_study(subject, [paths[subject] for paths in found]) for subject in common)


def _study(subject: str, paths: Sequence[Path]) -> Study:
    maps = [
        read_map(path, MUSCLE_SET, f"rater {number}'s {subject}", is_reference=True)
        for number, path in enumerate(paths, 1)
    ]
    grid = maps[0].grid
    if not all(m.grid.matches(grid, tolerance_mm=_TOLERANCE_MM) for m in maps):
        raise GridMismatchError(
            f"the raters' maps of {subject} are on different grids.",
            mend="Outline the same CT, not a resampled one.",
        )
    labels = np.stack([m.labels for m in maps])
    labels = np.where(labels == IGNORED, 0, labels)
    drawn = labels.any(axis=(0, 2, 3))
    pixel_mm2 = grid.spacing_mm[1] * grid.spacing_mm[2]
    return Study(subject=subject, labels=labels[:, drawn], pixel_cm2=pixel_mm2 / 100)


def rate(studies: Sequence[Study]) -> tuple[Rated, ...]:
    """The ratings of every muscle, in the order of the labels."""
    return tuple(_rated(muscle, studies) for muscle in MUSCLES)


def _rated(muscle: Muscle, studies: Sequence[Study]) -> Rated:
    raters = len(studies[0].labels)
    areas, found = [], []
    dice: dict[tuple[int, int], list[float]] = {p: [] for p in combinations(range(raters), 2)}
    for study in studies:
        own = study.labels == muscle.value
        seen = own.any(axis=(0, 2, 3))
        own = own[:, seen]
        if not own.size:
            continue
        counts = own.sum(axis=(2, 3))
        areas.append(counts.T * study.pixel_cm2)
        for (a, b), values in dice.items():
            both = (own[a] & own[b]).sum(axis=(1, 2))
            either = counts[a] + counts[b]
            values.extend((2 * both[either > 0] / either[either > 0]).tolist())
        found.append(_consensus(own))
    return Rated(
        muscle=muscle,
        areas_cm2=np.concatenate(areas) if areas else np.zeros((0, raters)),
        dice={pair: tuple(values) for pair, values in dice.items()},
        staple=tuple(found),
    )


def _consensus(own: NDArray[np.bool_]) -> tuple[Any, Any, Any]:
    """Sensitivity, specificity and Dice with the consensus of each rater of one study."""
    j, i = _box(np.asarray(own.any(axis=(0, 1))))
    votes = own[:, :, j, i].reshape(len(own), -1).T
    result = staple(votes)
    together = (votes & result.mask[:, None]).sum(axis=0)
    dice = 2 * together / np.maximum(votes.sum(axis=0) + result.mask.sum(), 1)
    return result.sensitivity, result.specificity, dice


def _box(drawn: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Rows and columns of ``drawn`` ``(j, i)`` around what is true in it."""
    j, i = (np.flatnonzero(drawn.any(axis=axis)) for axis in (1, 0))
    return _around(j), _around(i)


def _around(at: NDArray[np.intp]) -> slice:
    return slice(max(int(at[0]) - _MARGIN, 0), int(at[-1]) + _MARGIN + 1)


def dice_sheet(rated: Sequence[Rated], names: Sequence[str]) -> Sheet:
    """Dice of every pair of raters, by muscle, over slices."""
    rows: list[dict[str, Value]] = []
    for row in rated:
        for (a, b), values in row.dice.items():
            rows.append(
                {
                    "muscle": row.muscle.words,
                    "raters": f"{names[a]} and {names[b]}",
                    "slices": len(values),
                    "mean": mean(values) if values else None,
                    "sd": stdev(values) if len(values) > 1 else None,
                }
            )
        every = [v for values in row.dice.values() for v in values]
        rows.append(
            {
                "muscle": row.muscle.words,
                "raters": "all pairs",
                "slices": len(every),
                "mean": mean(every) if every else None,
                "sd": stdev(every) if len(every) > 1 else None,
            }
        )
    return sheet(
        "raters_dice",
        "Dice between raters",
        (
            text("muscle", "muscle"),
            text("raters", "raters"),
            number("slices", "slices", 0),
            number("mean", "mean Dice", 3),
            number("sd", "SD", 3),
        ),
        rows,
        (
            "Over slices on which at least one of the pair has the muscle; pairs of raters and "
            "slices of a study are not independent.",
        ),
    )


def icc_sheet(rated: Sequence[Rated]) -> Sheet:
    """Every form of the ICC of areas among all raters, by muscle."""
    rows: list[dict[str, Value]] = [
        {
            "muscle": row.muscle.words,
            "form": f"ICC({form.key})",
            "words": form.words,
            "slices": len(row.areas_cm2),
            "raters": row.areas_cm2.shape[1],
            **({} if value is None else _cells(value)),
        }
        for row in rated
        for form in FORMS
        for value in [icc(row.areas_cm2, form.key)]
    ]
    return sheet(
        "raters_icc",
        "Intraclass correlation of areas among raters",
        (
            text("muscle", "muscle"),
            text("form", "form"),
            text("words", "model"),
            number("slices", "slices", 0),
            number("raters", "raters", 0),
            number("icc", "ICC", 3),
            number("low_95", "95 % CI, low", 3),
            number("high_95", "95 % CI, high", 3),
        ),
        rows,
        (
            "Targets are slices on which at least one rater has the muscle; an area that a rater "
            "did not draw is 0. Forms of Shrout and Fleiss 1979; intervals by F.",
            "Slices of one study are not independent: the intervals are too narrow.",
        ),
    )


def staple_sheet(rated: Sequence[Rated], names: Sequence[str]) -> Sheet:
    """Each rater against the consensus of all, by muscle: means over studies."""
    rows: list[dict[str, Value]] = [
        {
            "muscle": row.muscle.words,
            "rater": name,
            "studies": len(row.staple),
            **(
                {}
                if not row.staple
                else {
                    key: mean(float(found[at][number_]) for found in row.staple)
                    for at, key in enumerate(("sensitivity", "specificity", "dice"))
                }
            ),
        }
        for row in rated
        for number_, name in enumerate(names)
    ]
    return sheet(
        "raters_staple",
        "Raters against the consensus of all (STAPLE)",
        (
            text("muscle", "muscle"),
            text("rater", "rater"),
            number("studies", "studies", 0),
            number("sensitivity", "sensitivity", 3),
            number("specificity", "specificity", 4),
            number("dice", "Dice with the consensus", 3),
        ),
        rows,
        (
            "Warfield 2004, one muscle and study at a time, voxels within "
            f"{_MARGIN} voxels of any rater's outline, on slices where one has it; means over "
            "studies. A consensus is not the truth: raters who err alike agree with it.",
            "Of two raters none is in the majority: where they differ, what the consensus is "
            "hangs on the share of background in the box alone."
            if len(names) == 2
            else "",
        ),
    )


def _cells(value: Any) -> dict[str, float]:
    return {"icc": value.value, "low_95": value.low, "high_95": value.high}
