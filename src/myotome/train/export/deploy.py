"""From a checkpoint to a network that can be used: file, card, and what was checked."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import onnx
from torch import nn

from myotome import __version__
from myotome.errors import BackendError, InputError
from myotome.nets.model import CLASSES, Model
from myotome.tables.architectures import architecture
from myotome.train.export.onnx import halve_weights, to_onnx, without_traces, write_card, write_onnx
from myotome.train.export.parity import compare, require
from myotome.train.fit.checkpoint import make_folder, trained, write_whole
from myotome.train.fit.dice import Sight
from myotome.train.fit.recipe import Config
from myotome.train.tasks.known import task_of
from myotome.train.tasks.read import read_cases

_CALIBRATION_SLICES, _CHECKED_SLICES = 64, 24
_MAX_FACTS_BYTES = 1 << 20
_PLANES_OF_A_SLICE = 3


def _single(net: nn.Module, _sights: Sequence[Sight]) -> onnx.ModelProto:
    return to_onnx(net, halve=False)


def _half(net: nn.Module, _sights: Sequence[Sight]) -> onnx.ModelProto:
    return halve_weights(to_onnx(net, halve=False))


def _int8(net: nn.Module, sights: Sequence[Sight]) -> onnx.ModelProto:
    """8-bit weights and activations, their ranges taken from ``sights`` (NNCF)."""
    try:
        import nncf
    except ImportError as error:
        raise BackendError(
            "int8 needs NNCF, which is not installed.", mend="pip install 'myotome[quantise]'"
        ) from error
    rows = nncf.Dataset([sight.planes[None] for sight in sights], lambda planes: {"ct": planes})
    with contextlib.redirect_stdout(sys.stderr):  # stdout is for the answer alone
        model = nncf.quantize(to_onnx(net, halve=False), rows, subset_size=len(sights))
    return without_traces(model)


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision:
    """How weights are stored. ``exact`` ones must give the masks of the trained network."""

    key: str
    words: str
    convert: Callable[[nn.Module, Sequence[Sight]], onnx.ModelProto]
    exact: bool


PRECISIONS: Mapping[str, Precision] = MappingProxyType(
    {
        row.key: row
        for row in (
            Precision(key="fp32", words="as trained", convert=_single, exact=True),
            Precision(key="fp16", words="weights in 16 bits", convert=_half, exact=True),
            Precision(key="int8", words="computed in 8 bits", convert=_int8, exact=False),
        )
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What to export.

    ``cases`` (a folder or manifest) calibrate int8 and are checked on, without them phantoms;
    ``card`` is a JSON with the words of the model card.
    """

    checkpoint: Path
    out: Path
    precision: str = "fp16"
    cases: Path | None = None
    card: Path | None = None
    wanted_architecture: str | None = None
    threads: int = 2


def export(request: ExportRequest) -> dict[str, Any]:
    """Write the ONNX file, its card (``.json``) and ``.parity.json``; returns the last.

    Refuses (InputError) another suffix than ``.onnx``, an unknown precision, a checkpoint of
    another architecture, and (BackendError) an export in single precision whose masks differ
    from the network's; then nothing is written.
    """
    precision = _precision_of(request)
    net, config, done = trained(request.checkpoint, request.wanted_architecture)
    facts = read_facts(request.card)
    task = task_of(config.task)
    cases = () if request.cases is None else read_cases(task, request.cases)
    calibration = task.sights(cases, _CALIBRATION_SLICES) if cases else task.examples()
    model = precision.convert(net, calibration)
    checked = task.sights(cases, _CHECKED_SLICES) if cases else calibration
    content = model.SerializeToString()
    rows = compare(net, _as_model(content), checked, request.threads)
    if precision.exact:
        require(rows)
    make_folder(request.out.parent)
    sha256 = write_onnx(model, request.out)
    parity = {
        "myotome_version": __version__,
        "file": request.out.name,
        "sha256": sha256,
        "precision": precision.key,
        "size_bytes": len(content),
        "slices": len(checked),
        "slices_from": "cases" if cases else "phantoms",
        "threads": request.threads,
        "rows": [row.as_dict() for row in rows],
    }
    words = json.dumps(parity, indent=1, ensure_ascii=False) + "\n"
    write_whole(request.out.with_suffix(".parity.json"), words.encode())
    card = card_facts(request.out.stem, config, done, {**facts, "precision": precision.key})
    write_card(request.out.with_suffix(".json"), sha256=sha256, heads=heads_of(config), facts=card)
    return parity


def _precision_of(request: ExportRequest) -> Precision:
    if request.out.suffix != ".onnx":
        raise InputError("the exported file must end in .onnx.")
    if request.precision not in PRECISIONS:
        raise InputError(
            f'there is no precision "{request.precision}".', mend=f"Use {', '.join(PRECISIONS)}."
        )
    return PRECISIONS[request.precision]


def read_facts(path: Path | None) -> dict[str, Any]:
    """The words for a card, from a JSON object. Refuses (InputError) anything else."""
    if path is None:
        return {}
    try:
        with path.open(encoding="utf-8") as held:
            facts = json.loads(held.read(_MAX_FACTS_BYTES))
    except (OSError, ValueError) as error:
        raise InputError("the words for the card cannot be read.") from error
    if not isinstance(facts, dict):
        raise InputError("the words for the card are no JSON object.")
    return facts


def card_facts(name: str, config: Config, done: int, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The card of a network: ``facts`` in words, over what the training itself knows."""
    row, task = architecture(config.architecture), task_of(config.task)
    said = {
        "version": "1",
        "input": task.input,
        "architecture": row.words,
        "training": f'preset "{config.preset}", {done} iterations of batch {config.batch}',
        "licence": "not stated",
        "intended_use": "Research use only. Not a medical device.",
    }
    known = {
        "name": name,
        "dims": row.dims,
        "in_channels": _PLANES_OF_A_SLICE if row.dims == 2 else row.planes,
        "network": row.key,
        "channels": list(row.channels),
        "fold": row.fold,
        "iterations": done,
        "seed": config.seed,
    }
    return {**said, **facts, **known, **task.geometry}


def heads_of(config: Config) -> dict[str, tuple[str, ...]]:
    """The name of every channel, head by head; a class that no case had labels of is nothing."""
    return {
        head: tuple(CLASSES[head][0] if one in config.unlabelled else one for one in CLASSES[head])
        for head in architecture(config.architecture).heads
    }


def _as_model(content: bytes) -> Model:
    return Model(name="", version="", sha256="", onnx=content, heads={}, card={})
