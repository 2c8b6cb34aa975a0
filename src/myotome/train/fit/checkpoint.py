"""A training as it stands: kept whole or not at all, and gone on from exactly there."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import pickle
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from myotome.errors import InputError
from myotome.nets.architecture import build
from myotome.tables.architectures import architecture
from myotome.train.cases.learnt import Case
from myotome.train.fit.dice import Counts
from myotome.train.fit.recipe import Config
from myotome.write.folder import refusal

NAME = "checkpoint.pt"
FORMAT = "myotome/checkpoint"
_FORMAT_VERSION = 1
_OTHER = "Use another folder, or go on with what it was started with."
_OPTIMISERS = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}


@dataclass(slots=True, kw_only=True)
class State:
    """A run between two iterations. ``average`` holds the averaged weights, ``done`` counts.

    ``counts`` and ``cross`` (sum of cross-entropies, iterations) are those of the epoch that
    is under way.
    """

    net: nn.Module
    average: nn.Module
    optimiser: torch.optim.Optimizer
    done: int = 0
    counts: Counts
    cross: list[float] = field(default_factory=lambda: [0.0, 0.0])


def begin(config: Config, device: torch.device, classes: int) -> State:
    """A run before its first iteration, of a task with so many classes."""
    row = architecture(config.architecture)
    net, average = build(row, config.seed).to(device), build(row, config.seed).to(device)
    optimiser = _OPTIMISERS[config.optimiser](
        net.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    counts = Counts.none(classes)
    return State(net=net, average=average, optimiser=optimiser, counts=counts)


def digest_of(cases: Sequence[Case]) -> str:
    """A short SHA-256 over names and labels: whether two runs learn from the same."""
    digest = hashlib.sha256()
    for case in cases:
        for part in case.learnt():
            digest.update(part)
    return digest.hexdigest()[:16]


def save(path: Path, state: State, config: Config, cases: str) -> None:
    """Write ``path``, whole or not at all: a failure leaves the one that was there.

    Refuses (OutputError) a full disk and whatever else the system refuses.
    """
    content = io.BytesIO()
    torch.save(
        {
            "format": FORMAT,
            "version": _FORMAT_VERSION,
            "architecture": config.architecture,
            "config": config.identity(),
            "cases": cases,
            "done": state.done,
            "net": state.net.state_dict(),
            "average": state.average.state_dict(),
            "optimiser": state.optimiser.state_dict(),
            "overlap": state.counts.overlap,
            "total": state.counts.total,
            "cross": list(state.cross),
        },
        content,
    )
    write_whole(path, content.getvalue())


def make_folder(folder: Path) -> None:
    """Make ``folder``; OutputError if the system refuses."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise refusal(error) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name, then rename it; OutputError if the system refuses."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise refusal(error) from error


def resume(path: Path, state: State, config: Config, cases: str) -> bool:
    """Bring ``state`` to where the checkpoint ``path`` stands; False if there is none.

    Refuses (InputError) one of another architecture, configuration or cases.
    """
    if not path.is_file():
        return False
    saved = read(path)
    require_architecture(saved, config.architecture)
    # an older one lacks what was added since, and then had what is now the default
    before, now = config_of(saved["config"]).identity(), config.identity()
    if before != now:
        raise InputError(
            "the checkpoint in this folder belongs to another configuration "
            f"({', '.join(_different(before, now))}).",
            mend=_OTHER,
        )
    if saved["cases"] != cases:
        raise InputError("the checkpoint in this folder learnt from other cases.", mend=_OTHER)
    state.net.load_state_dict(saved["net"])
    state.average.load_state_dict(saved["average"])
    state.optimiser.load_state_dict(saved["optimiser"])
    state.counts = Counts(overlap=saved["overlap"], total=saved["total"])
    state.cross = list(saved["cross"])
    state.done = int(saved["done"])
    return True


def read(path: Path) -> dict[str, Any]:
    """The contents of a checkpoint. Refuses (InputError) other and damaged files."""
    try:
        with warnings.catch_warnings():
            # torch warns about files that are none of its own; they are refused below
            warnings.simplefilter("ignore")
            saved = torch.load(path, weights_only=True, map_location="cpu")
    except FileNotFoundError as error:
        raise InputError("the checkpoint does not exist.", mend="Check the path.") from error
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise InputError(
            "the checkpoint cannot be read.",
            why="It is damaged, or none of Myotome's.",
            mend="Start the training anew, in another folder.",
        ) from error
    if not isinstance(saved, dict) or saved.get("format") != FORMAT:
        raise InputError("the file is no checkpoint of Myotome's.", mend="Check the path.")
    if saved["version"] != _FORMAT_VERSION:
        raise InputError("the checkpoint is of another version of Myotome.")
    return saved


def require_architecture(saved: dict[str, Any], wanted: str) -> None:
    """Refuse a checkpoint of another architecture."""
    if saved["architecture"] != wanted:
        raise InputError(
            f'this is a checkpoint of another architecture: "{saved["architecture"]}", '
            f'not "{wanted}".',
            mend=_OTHER,
        )


def trained(path: Path, wanted: str | None = None) -> tuple[nn.Module, Config, int]:
    """The averaged network of a checkpoint, its configuration, and the iterations done.

    ``wanted`` names the architecture it must have (None: any).
    """
    saved = read(path)
    if wanted is not None:
        require_architecture(saved, wanted)
    config = config_of(saved["config"])
    net = build(architecture(config.architecture), config.seed)
    try:
        net.load_state_dict(saved["average"])
    except RuntimeError as error:
        raise InputError(
            f'this is a checkpoint of another architecture than "{config.architecture}" is now.',
            mend="Train anew, or use the version of Myotome that made it.",
        ) from error
    return net.eval(), config, int(saved["done"])


def config_of(words: str) -> Config:
    """The configuration in a checkpoint. Refuses (InputError) one with unknown entries."""
    rows: dict[str, Any] = json.loads(words)
    known = {f.name for f in fields(Config)}
    if set(rows) - known:
        raise InputError("the checkpoint is of another version of Myotome.")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in rows.items()}
    return Config(**values)


def _different(one: str, other: str) -> list[str]:
    a, b = json.loads(one), json.loads(other)
    return [key for key in sorted(set(a) | set(b)) if a.get(key) != b.get(key)]


def follow(average: nn.Module, net: nn.Module, keep: float) -> None:
    """Move the averaged weights (and batch statistics) towards those of ``net``."""
    with torch.no_grad():
        pairs = zip(average.state_dict().values(), net.state_dict().values(), strict=True)
        for kept, new in pairs:
            _follow(kept, new, keep)


def _follow(kept: Tensor, new: Tensor, keep: float) -> None:
    if kept.dtype.is_floating_point:
        kept.lerp_(new, 1 - keep)
    else:
        kept.copy_(new)
