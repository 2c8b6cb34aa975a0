"""One training from the files on: cases, splits, preset, network, export."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from myotome import __version__
from myotome.errors import InputError
from myotome.nets.model import WEIGHTS_FOLDER
from myotome.train.cases.learnt import Case
from myotome.train.cases.manifest import Listen
from myotome.train.export.deploy import ExportRequest, export, read_facts
from myotome.train.fit import checkpoint
from myotome.train.fit.loop import Watch, require_apart, train
from myotome.train.fit.presets import preset
from myotome.train.fit.recipe import Config, resolved
from myotome.train.fit.start import digest
from myotome.train.tasks.known import task_of
from myotome.train.tasks.read import read_cases, read_pool

BUNDLED = Path("bundled")
"""To begin with: the network of the task that comes with Myotome."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainRequest:
    """What to train, for which ``task``.

    ``changes`` override the preset; ``leave_out`` and ``validate`` name subjects; ``synthetic``
    is a folder of rendered cases; ``card`` a JSON of words; ``start`` the deployed network
    (an ONNX file of the same architecture) to begin with, or ``BUNDLED``.
    """

    cases: Path
    out: Path
    task: str = "muscles"
    preset: str = "modern"
    changes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    leave_out: tuple[str, ...] = ()
    validate: tuple[str, ...] = ()
    synthetic: Path | None = None
    card: Path | None = None
    start: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What is learnt from and what is only measured on."""

    training: tuple[Case, ...]
    validation: tuple[Case, ...]


def train_network(
    request: TrainRequest, *, watch: Watch | None = None, listen: Listen | None = None
) -> dict[str, Any]:
    """Train, export to the task's ``.onnx`` with card and parity, and say the main numbers.

    ``request.out`` also gets ``training.json`` (configuration, cases, notes of the preset).
    """
    task = task_of(request.task)
    config = preset(request.preset, task.presets, **request.changes)
    start = WEIGHTS_FOLDER / f"{task.network}.onnx" if request.start == BUNDLED else request.start
    if start is not None:
        config = replace(config, start=digest(start))
    read_facts(request.card)
    parts = parts_of(request, listen)
    config = resolved(config, parts.training)
    checkpoint.make_folder(request.out)
    record(request.out, config, parts)
    train(
        parts.training,
        config,
        request.out,
        validation=parts.validation,
        watch=watch,
        start=start,
    )
    parity = export(
        ExportRequest(
            checkpoint=request.out / checkpoint.NAME,
            out=request.out / f"{task.network}.onnx",
            card=request.card,
            threads=config.threads,
        )
    )
    return {
        "out": str(request.out),
        "task": task.key,
        "architecture": config.architecture,
        "iterations": config.total,
        "trained_on": [case.name for case in parts.training],
        "validated_on": [case.name for case in parts.validation],
        "sha256": parity["sha256"],
        "size_bytes": parity["size_bytes"],
    }


def parts_of(request: TrainRequest, listen: Listen | None = None) -> Parts:
    """The cases of a request by part.

    Validated on are the subjects of ``validate`` and the manifest's validation split; its test
    split is neither. Synthetic cases are trained on if their subject is. Refuses (InputError)
    unknown subjects.
    """
    both = set(request.leave_out) & set(request.validate)
    if both:
        raise InputError(f'"{min(both)}" is to be left out and to be validated on.')
    task = task_of(request.task)
    cases = read_cases(task, request.cases, leave_out=request.leave_out, listen=listen)
    unknown = set(request.validate) - {case.subject for case in cases}
    if unknown:
        raise InputError(f"there is no subject {', '.join(sorted(unknown))} to validate on.")
    training = [c for c in cases if c.split in ("", "train") and c.subject not in request.validate]
    validation = [c for c in cases if c.split == "validation" or c.subject in request.validate]
    away = {case.subject for case in cases} - {case.subject for case in training}
    training += read_pool(task, request.synthetic, away | set(request.leave_out))
    require_apart(training, validation)
    return Parts(training=tuple(training), validation=tuple(validation))


def record(folder: Path, config: Config, parts: Parts) -> None:
    """Write ``training.json``: everything that says how this network came about."""
    presets = task_of(config.task).presets
    facts = {
        "myotome_version": __version__,
        "config": json.loads(config.identity()),
        "notes": list(presets[config.preset].notes) if config.preset in presets else [],
        "trained_on": [case.name for case in parts.training],
        "validated_on": [case.name for case in parts.validation],
        "cases_sha256": checkpoint.digest_of(parts.training),
    }
    words = json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
    checkpoint.write_whole(folder / "training.json", words.encode())
