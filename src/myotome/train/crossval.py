"""Cross-validation by subject: every CT is predicted by a network that has not seen its person."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from myotome.errors import InputError
from myotome.tables.anatomy.muscles import MUSCLES
from myotome.train.cases.case import TrainingCase
from myotome.train.cases.entry import CaseEntry
from myotome.train.cases.manifest import Listen, load_cases, read_manifest
from myotome.train.export.held_out import (
    predicted,
    reference_of,
    slice_dice,
    write_labels,
    write_reference,
)
from myotome.train.fit import checkpoint
from myotome.train.fit.loop import Watch, train
from myotome.train.fit.presets import preset
from myotome.train.fit.recipe import Config
from myotome.train.tasks.muscles import MUSCLE_TASK
from myotome.train.tasks.read import read_pool

SPLITS, SUMMARY, SCORES = "splits.json", "summary.json", "scores.json"
REFERENCES, PREDICTIONS = "references", "predictions"
ALL = "mean"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One fold of one repeat, both counted from 1; ``held_out`` are subjects."""

    repeat: int
    fold: int
    held_out: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its folder."""
        return f"repeat{self.repeat}_fold{self.fold}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossvalRequest:
    """What to cross-validate; ``leave_one_out`` makes every subject a fold of one repeat."""

    cases: Path
    out: Path
    preset: str = "modern"
    changes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    folds: int = 5
    repeats: int = 5
    leave_one_out: bool = False
    synthetic: Path | None = None


def make_splits(
    subjects: Sequence[str], *, folds: int, repeats: int, seed: int, leave_one_out: bool = False
) -> tuple[Split, ...]:
    """Subjects dealt into ``folds``, anew for each repeat; the same seed deals the same.

    Refuses (InputError) fewer than two folds, and fewer subjects than folds.
    """
    names = sorted(set(subjects))
    if leave_one_out:
        folds, repeats = len(names), 1
    if folds < 2 or repeats < 1:
        raise InputError("a cross-validation needs two folds, or subjects, and one repeat.")
    if len(names) < folds:
        raise InputError(
            f"{len(names)} subjects cannot be dealt into {folds} folds.",
            why="All slices of a subject stay in one fold.",
            mend="Pass --leave-one-out, or fewer --folds.",
        )
    out = []
    for repeat in range(1, repeats + 1):
        order = names if leave_one_out else _shuffled(names, (seed, repeat))
        out += [
            Split(repeat=repeat, fold=fold + 1, held_out=tuple(sorted(order[fold::folds])))
            for fold in range(folds)
        ]
    return tuple(out)


def _shuffled(names: Sequence[str], seed: tuple[int, ...]) -> list[str]:
    order = np.random.default_rng(seed).permutation(len(names))
    return [names[int(n)] for n in order]


def crossval(
    request: CrossvalRequest,
    *,
    watch: Watch | None = None,
    listen: Listen | None = None,
    say: Say | None = None,
) -> dict[str, Any]:
    """Train and predict fold by fold; returns what ``summary.json`` holds.

    ``request.out`` gets ``splits.json``, ``references/CASE/`` and per fold a folder with
    checkpoint, curve, ``predictions/CASE.nii.gz`` and ``scores.json``. Started again it goes on
    where it was. Refuses (InputError) a folder with other splits, and what :func:`make_splits`
    and the training refuse.
    """
    config = preset(request.preset, **request.changes)
    entries = [e for e in read_manifest(request.cases).entries if e.split != "test"]
    splits = make_splits(
        [entry.subject for entry in entries],
        folds=request.folds,
        repeats=request.repeats,
        seed=config.seed,
        leave_one_out=request.leave_one_out,
    )
    checkpoint.make_folder(request.out)
    _keep_splits(request.out / SPLITS, splits, config)
    cases = [c for c in load_cases(request.cases, listen=listen) if c.split != "test"]
    for number, split in enumerate(splits):
        if say is not None:
            words = ", ".join(split.held_out)
            say(f"{split.name} ({number + 1} of {len(splits)}): without {words}")
        _fold(request, split, replace(config, seed=config.seed + number), (entries, cases), watch)
    return summarise(request.out, splits)


def _fold(
    request: CrossvalRequest,
    split: Split,
    config: Config,
    data: tuple[Sequence[CaseEntry], Sequence[TrainingCase]],
    watch: Watch | None,
) -> None:
    """Train without the subjects of ``split`` and predict them, unless that is done."""
    folder = request.out / split.name
    if (folder / SCORES).is_file():
        return
    entries, cases = data
    training = [case for case in cases if case.subject not in split.held_out]
    away = {entry.subject for entry in read_manifest(request.cases).entries}
    away -= {case.subject for case in training}
    learnt = [*training, *read_pool(MUSCLE_TASK, request.synthetic, away)]
    held_out = [case for case in cases if case.subject in split.held_out]
    net = train(learnt, config, folder, validation=held_out, watch=watch)
    scores = {}
    for entry in (e for e in entries if e.subject in split.held_out):
        reference = reference_of(entry)
        if reference is None:
            continue
        labels = predicted(net, reference.scan)
        write_labels(folder / PREDICTIONS / f"{entry.name}.nii.gz", labels, reference.scan.grid)
        write_reference(request.out / REFERENCES / entry.name, reference)
        scores[entry.name] = slice_dice(reference, labels)
    checkpoint.write_whole(folder / SCORES, json.dumps(scores, indent=1).encode())


def summarise(out: Path, splits: Sequence[Split]) -> dict[str, Any]:
    """Mean and SD of the folds' mean Dice over slices (as Vu et al. 2024), to ``summary.json``.

    A muscle that no held-out slice of a fold shows has no value there; SD is None for one fold.
    """
    folds = []
    for split in splits:
        found = json.loads((out / split.name / SCORES).read_text(encoding="utf-8"))
        folds.append({"name": split.name, **asdict(split), "dice": _fold_means(found.values())})
    muscles = {key: _spread([f["dice"][key] for f in folds]) for key in (*_KEYS, ALL)}
    summary = {"folds": folds, "dice": muscles}
    for repeat in sorted({split.repeat for split in splits}):
        write_manifest(out, [split for split in splits if split.repeat == repeat])
    checkpoint.write_whole(out / SUMMARY, (json.dumps(summary, indent=1) + "\n").encode())
    return summary


def write_manifest(out: Path, splits: Sequence[Split]) -> Path:
    """``repeatN.csv``: predictions and references of one repeat, for ``myotome evaluate``.

    Left out are cases of which a whole muscle group is not annotated (their Dice is in
    ``scores.json``).
    """
    lines = ["subject,predicted,reference,slices"]
    for split in splits:
        for predicted_map in sorted((out / split.name / PREDICTIONS).glob("*.nii.gz")):
            case = predicted_map.name.removesuffix(".nii.gz")
            reference = f"{REFERENCES}/{case}"
            if (out / reference / "slices.json").is_file():
                place = predicted_map.relative_to(out).as_posix()
                lines.append(f"{case},{place},{reference}/muscles.nii.gz,{reference}/slices.json")
    path = out / f"repeat{splits[0].repeat}.csv"
    checkpoint.write_whole(path, ("\n".join(lines) + "\n").encode())
    return path


_KEYS = tuple(m.key for m in MUSCLES)


def _fold_means(found: Any) -> dict[str, float | None]:
    rows: dict[str, list[float]] = {key: [] for key in _KEYS}
    for case in found:
        for key in _KEYS:
            rows[key] += case[key]
    means = {key: statistics.fmean(values) if values else None for key, values in rows.items()}
    known = [value for value in means.values() if value is not None]
    return {**means, ALL: statistics.fmean(known) if known else None}


def _spread(values: Sequence[float | None]) -> dict[str, float | int | None]:
    known = [value for value in values if value is not None]
    return {
        "mean": round(statistics.fmean(known), 4) if known else None,
        "sd": round(statistics.stdev(known), 4) if len(known) > 1 else None,
        "folds": len(known),
    }


def _keep_splits(path: Path, splits: Sequence[Split], config: Config) -> None:
    """Write ``splits.json``; refuse a folder with others."""
    rows = {
        "config": json.loads(config.identity()),
        "splits": [{**asdict(s), "held_out": list(s.held_out)} for s in splits],
    }
    words = json.dumps(rows, indent=1) + "\n"
    if path.is_file() and path.read_text(encoding="utf-8") != words:
        raise InputError(
            "the folder holds a cross-validation with other splits, or another configuration.",
            mend="Use another folder, or the words it was started with.",
        )
    checkpoint.write_whole(path, words.encode())
