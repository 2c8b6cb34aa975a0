"""The training loop of the counting network: some minutes on one core."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from myotome.errors import InputError
from myotome.locate.bodies.straight import DEEP, WIDE
from myotome.nets.spine import CORONAL, SAGITTAL, SpineNet
from myotome.tables.anatomy.vertebrae import ENDPLATES, RIBS
from myotome.train.vertebrae.draw import draw
from myotome.train.vertebrae.points import SpineCase

Array = NDArray[Any]

_ROWS = 120
_AIR = -1.0
_PADDING = 0.3
_CLIP = 1.0
_WARM = 0.3
_PEAK, _SIDE = 6.0, 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how to train. The same plan, cases and threads give the same network."""

    iterations: int = 1500
    batch: int = 8
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    seed: int = 0
    checkpoint_every: int = 100


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """``shown`` (n, 14, z, WIDE) and the targets of its rows."""

    shown: Tensor
    heat: Tensor
    heat_weight: Tensor
    names: Tensor
    name_weight: Tensor
    ribs: Tensor


def fit(
    cases: Sequence[SpineCase],
    plan: Plan,
    checkpoint: Path,
    say: Callable[[str], object] = print,
) -> SpineNet:
    """Train on ``cases``, going on from ``checkpoint`` if there is one.

    Samples are drawn from (seed, iteration), so that a stopped training goes on as if it had
    not been. Refuses (InputError) no cases and a checkpoint of another plan.
    """
    if not cases:
        raise InputError("there is no case to train on.")
    torch.manual_seed(plan.seed)
    net = SpineNet()
    steps = torch.optim.AdamW(net.parameters(), plan.learning_rate, weight_decay=plan.weight_decay)
    rates = torch.optim.lr_scheduler.OneCycleLR(
        steps, plan.learning_rate, total_steps=plan.iterations, pct_start=_WARM
    )
    done = _resume(checkpoint, (net, steps, rates), plan)
    for step in range(done, plan.iterations):
        rng = np.random.default_rng((plan.seed, step))
        torch.manual_seed(plan.seed * 1_000_003 + step)
        loss = loss_of(net, batch_of(cases, rng, plan.batch))
        steps.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), _CLIP)
        steps.step()
        rates.step()
        if (step + 1) % plan.checkpoint_every == 0 or step + 1 == plan.iterations:
            _save(checkpoint, (net, steps, rates), plan, step + 1)
            say(f"{step + 1}/{plan.iterations}  loss {float(loss.detach()):.3f}")
    return net.eval()


def batch_of(cases: Sequence[SpineCase], rng: np.random.Generator, size: int) -> Batch:
    """``size`` samples of ``_ROWS`` rows, cut or filled up with air."""
    drawn = [_sample(cases[int(rng.integers(len(cases)))], rng) for _ in range(size)]
    return Batch(*(torch.from_numpy(np.stack(part)) for part in zip(*drawn, strict=True)))


def _sample(case: SpineCase, rng: np.random.Generator) -> tuple[Array, ...]:
    sagittal, coronal, told = draw(case, rng)
    rows = sagittal.shape[1]
    shown = np.full((SAGITTAL + CORONAL, rows, WIDE), _AIR, np.float32)
    shown[:SAGITTAL, :, :DEEP], shown[SAGITTAL:] = sagittal, coronal
    parts: tuple[Array, ...] = (
        shown,
        told.heat,
        told.heat_weight,
        told.names,
        told.name_weight,
        told.ribs,
    )
    fill = (_AIR, 0.0, _PADDING, -1, 0.0, -1.0)
    start = int(rng.integers(0, abs(rows - _ROWS) + 1))
    return tuple(
        _fitted(part, start, value, axis=1 if part.ndim > 1 else 0)
        for part, value in zip(parts, fill, strict=True)
    )


def _fitted(part: Array, start: int, value: float, axis: int) -> Array:
    """``_ROWS`` rows of ``part``: cut from ``start``, or filled up around it."""
    rows = part.shape[axis]
    if rows >= _ROWS:
        return part.take(np.arange(start, start + _ROWS), axis=axis)
    width = [(0, 0)] * part.ndim
    width[axis] = (start, _ROWS - rows - start)
    return np.pad(part, width, constant_values=value)


def loss_of(net: SpineNet, batch: Batch) -> Tensor:
    """Cross-entropy of endplates (peaks count most), ribs and names, of what is asked."""
    first, second = len(ENDPLATES), len(ENDPLATES) + len(RIBS)
    logits = net(batch.shown)
    heat, ribs, names = logits[:, :first], logits[:, first:second], logits[:, second:]
    binary = functional.binary_cross_entropy_with_logits
    weight = batch.heat_weight * (1 + _PEAK * batch.heat)
    ends = (binary(heat, batch.heat, reduction="none") * weight).sum() / weight.sum()
    asked = (batch.ribs >= 0).float()
    bear = binary(ribs, batch.ribs.clamp(min=0), reduction="none") * asked
    named = batch.name_weight * (batch.names >= 0)
    word = functional.cross_entropy(names, batch.names.clamp(min=0), reduction="none") * named
    return (
        3 * ends
        + _SIDE * bear.sum() / asked.sum().clamp(min=1)
        + _SIDE * word.sum() / named.sum().clamp(min=1)
    )


def _save(path: Path, state: tuple[Any, ...], plan: Plan, done: int) -> None:
    parts = [part.state_dict() for part in state]
    partial = path.with_suffix(".partial")
    torch.save({"parts": parts, "plan": repr(plan), "done": done}, partial)
    os.replace(partial, path)  # noqa: PTH105 - the one call that is atomic everywhere


def _resume(path: Path, state: tuple[Any, ...], plan: Plan) -> int:
    if not path.is_file():
        return 0
    held = torch.load(path, weights_only=True)
    if held["plan"] != repr(plan):
        raise InputError(
            "the checkpoint is of another plan.", mend="Choose another folder, or remove it."
        )
    for part, saved in zip(state, held["parts"], strict=True):
        part.load_state_dict(saved)
    return int(held["done"])
