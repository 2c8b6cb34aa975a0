"""The training loop of the upright network: minutes on one core."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from myotome.errors import InputError
from myotome.locate.upright.turns import network_input
from myotome.nets.upright import UprightNet
from myotome.train.upright.draw import draw

Views = Sequence[NDArray[np.number]]

_CLIP = 1.0
_WARM = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how to train. The same plan, scans and threads give the same network."""

    iterations: int = 800
    batch: int = 6
    learning_rate: float = 2e-3
    weight_decay: float = 1e-2
    seed: int = 0
    checkpoint_every: int = 100


def fit(
    views: Views,
    plan: Plan,
    checkpoint: Path,
    say: Callable[[str], object] = print,
) -> UprightNet:
    """Train on ``views``, coarse views in HU of scans that lie as they should.

    Of each drawn sample all eight turns are shown; the one that leaves it as it is shall win.
    Goes on from ``checkpoint`` if there is one; samples are drawn from (seed, iteration).
    Refuses (InputError) no views and a checkpoint of another plan.
    """
    if not views:
        raise InputError("there is no scan to train on.")
    torch.manual_seed(plan.seed)
    net = UprightNet()
    steps = torch.optim.AdamW(net.parameters(), plan.learning_rate, weight_decay=plan.weight_decay)
    rates = torch.optim.lr_scheduler.OneCycleLR(
        steps, plan.learning_rate, total_steps=plan.iterations, pct_start=_WARM
    )
    state = (net, steps, rates)
    for step in range(_resume(checkpoint, state, plan), plan.iterations):
        rng = np.random.default_rng((plan.seed, step))
        torch.manual_seed(plan.seed * 1_000_003 + step)
        loss = _learn(net, steps, views, rng, plan.batch)
        rates.step()
        if (step + 1) % plan.checkpoint_every == 0 or step + 1 == plan.iterations:
            _save(checkpoint, state, plan, step + 1)
            say(f"{step + 1}/{plan.iterations}  loss {loss:.3f}")
    return net.eval()


def _learn(
    net: UprightNet,
    steps: torch.optim.Optimizer,
    views: Views,
    rng: np.random.Generator,
    batch: int,
) -> float:
    """One step on ``batch`` samples; they differ in size, so one after the other."""
    steps.zero_grad(set_to_none=True)
    total = 0.0
    right = torch.zeros(1, dtype=torch.long)
    for _ in range(batch):
        sample = draw(views[int(rng.integers(len(views)))], rng)
        shown = network_input(sample, np.ascontiguousarray(sample[:, ::-1]))
        logits = net(torch.from_numpy(shown)).reshape(1, -1)
        loss = functional.cross_entropy(logits, right) / batch
        loss.backward()
        total += float(loss.detach())
    nn.utils.clip_grad_norm_(net.parameters(), _CLIP)
    steps.step()
    return total


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
