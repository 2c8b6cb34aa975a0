"""The training loop of the muscle network: short, deterministic, resumable.

Every sample is drawn from ``(seed, iteration, position)``, so a resumed run sees exactly the
samples an uninterrupted one would have seen.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from myotome.errors import InputError
from myotome.nets.architecture import ResidualUNet
from myotome.nets.inputs import neighbours, window
from myotome.tables.muscles import COMPARTMENTS, GROUPS, MUSCLES
from myotome.train.augment import Draw, apply, draw
from myotome.train.cases import TrainingCase
from myotome.train.losses import IGNORE, marginal_cross_entropy, soft_dice_loss

CLASSES = {
    "muscles": ("background", *(m.key for m in MUSCLES)),
    "compartments": ("outside", *(c.key for c in COMPARTMENTS)),
}
HEADS = {head: len(names) for head, names in CLASSES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One training run. The learning rate warms up, then falls along a cosine to zero."""

    channels: tuple[int, ...] = (16, 32, 64, 128, 192)
    iterations: int = 4000
    batch: int = 8
    learning_rate: float = 3e-3
    warmup: int = 100
    weight_decay: float = 1e-3
    ema: float = 0.995
    compartments_weight: float = 0.3
    seed: int = 1
    checkpoint_every: int = 200
    threads: int = 2


def build(config: Config) -> ResidualUNet:
    """The untrained network of ``config``."""
    torch.manual_seed(config.seed)
    net = ResidualUNet(dims=2, in_channels=3, channels=config.channels, heads=tuple(HEADS.values()))
    return net.to(memory_format=torch.channels_last)


def train(
    cases: Sequence[TrainingCase], config: Config, folder: Path, *, until: int | None = None
) -> ResidualUNet:
    """Train on ``cases``, keeping ``checkpoint.pt`` and ``curve.csv`` in ``folder``.

    Continues from the checkpoint if there is one of the same configuration and refuses one of
    another. Stops early after iteration ``until``. Returns the network with averaged (EMA)
    weights.
    """
    torch.set_num_threads(config.threads)
    folder.mkdir(parents=True, exist_ok=True)
    net, average = build(config), build(config)
    optimizer = torch.optim.AdamW(
        net.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    start = _resume(folder / "checkpoint.pt", config, net, average, optimizer)
    weights = [_slice_weights(case) for case in cases]
    began, recent = time.monotonic(), [0.0, 0.0]
    for step in range(start, until or config.iterations):
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * _schedule(step, config)
        batch = _batch(cases, weights, config, step)
        losses = _step(net, optimizer, batch, config)
        _follow(average, net, min(config.ema, (1 + step) / (10 + step)))
        recent = [
            0.95 * r + 0.05 * v if step > start else v for r, v in zip(recent, losses, strict=True)
        ]
        done = step + 1
        if done % 20 == 0:
            left = (time.monotonic() - began) / (done - start) * (config.iterations - done)
            _report(folder, done, config, recent, left)
        if done % config.checkpoint_every == 0 or done == config.iterations:
            _save(folder / "checkpoint.pt", config, done, net, average, optimizer)
    return average.eval()


def _slice_weights(case: TrainingCase) -> np.ndarray:
    """How often each slice is drawn: by the square of how much is annotated on it."""
    share = case.annotated.mean(axis=1) ** 2
    share = share + 0.15 * (case.compartments != IGNORE).any(axis=(1, 2))
    return np.asarray(share / share.sum())


def _schedule(step: int, config: Config) -> float:
    if step < config.warmup:
        return (step + 1) / config.warmup
    done = (step - config.warmup) / max(1, config.iterations - config.warmup)
    return 0.5 * (1 + math.cos(math.pi * done))


Batch = tuple[Tensor, Tensor, Tensor, Tensor]


def _batch(
    cases: Sequence[TrainingCase], weights: Sequence[np.ndarray], config: Config, step: int
) -> Batch:
    """Inputs, muscle labels, which muscle classes are known, compartment labels."""
    rows = []
    for position in range(config.batch):
        rng = np.random.default_rng((config.seed, step, position))
        index = int(rng.integers(len(cases)))
        k = int(rng.choice(len(weights[index]), p=weights[index]))
        rows.append(sample(cases[index], k, draw(rng)))
    inputs, muscles, known, compartments = (torch.stack(part) for part in zip(*rows, strict=True))
    return inputs.contiguous(memory_format=torch.channels_last), muscles, known, compartments


def sample(case: TrainingCase, k: int, d: Draw) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """One augmented training sample of slice ``k``."""
    stack = torch.from_numpy(neighbours(case.hu, k, case.dz_mm, d.reach_mm))
    hu, muscles, compartments = apply(
        d, stack, torch.from_numpy(case.muscles[k]), torch.from_numpy(case.compartments[k])
    )
    known = torch.ones(HEADS["muscles"], dtype=torch.bool)
    for column in range(len(GROUPS)):
        known[1 + 2 * column : 3 + 2 * column] = bool(case.annotated[k, column])
    muscles = torch.where(known[muscles.long().clamp(max=12)], muscles, torch.zeros_like(muscles))
    return torch.from_numpy(window(hu.numpy())), muscles, known, compartments


def _step(
    net: ResidualUNet, optimizer: torch.optim.Optimizer, batch: Batch, config: Config
) -> list[float]:
    inputs, muscles, known, compartments = batch
    net.train()
    with torch.autocast("cpu", torch.bfloat16):
        logits = net(inputs)
    muscle_logits, other = logits.float().split(list(HEADS.values()), dim=1)
    ce = marginal_cross_entropy(muscle_logits, muscles, known)
    dice = soft_dice_loss(muscle_logits, muscles, known)
    loss = ce + dice
    if bool((compartments != IGNORE).any()):
        everything = torch.ones(other.shape[:2], dtype=torch.bool)
        loss = loss + config.compartments_weight * marginal_cross_entropy(
            other, compartments, everything
        )
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
    optimizer.step()
    return [float(ce.detach()), 1 - float(dice.detach())]


@torch.no_grad()
def _follow(average: ResidualUNet, net: ResidualUNet, keep: float) -> None:
    for kept, new in zip(average.state_dict().values(), net.state_dict().values(), strict=True):
        if kept.dtype.is_floating_point:
            kept.lerp_(new, 1 - keep)
        else:
            kept.copy_(new)


def _report(
    folder: Path, done: int, config: Config, recent: Sequence[float], left_s: float
) -> None:
    with (folder / "curve.csv").open("a") as curve:
        curve.write(f"{done},{recent[0]:.5f},{recent[1]:.5f}\n")
    ahead = config.checkpoint_every - done % config.checkpoint_every
    sys.stderr.write(
        f"\r{done}/{config.iterations} ce {recent[0]:.3f} dice {recent[1]:.3f} "
        f"checkpoint in {ahead}, {left_s / 60:.0f} min left "
    )
    sys.stderr.flush()


def _save(
    path: Path,
    config: Config,
    done: int,
    net: ResidualUNet,
    average: ResidualUNet,
    optimizer: torch.optim.Optimizer,
) -> None:
    state = {
        "config": json.dumps(asdict(config)),
        "done": done,
        "net": net.state_dict(),
        "average": average.state_dict(),
        "optimizer": optimizer.state_dict(),
    }
    temporary = path.with_suffix(".partial")
    torch.save(state, temporary)
    temporary.replace(path)


def _resume(
    path: Path,
    config: Config,
    net: ResidualUNet,
    average: ResidualUNet,
    optimizer: torch.optim.Optimizer,
) -> int:
    if not path.is_file():
        return 0
    state = torch.load(path, weights_only=True)
    if state["config"] != json.dumps(asdict(config)):
        raise InputError(
            "the checkpoint in this folder belongs to another configuration.",
            mend="Use another folder, or the configuration it was started with.",
        )
    net.load_state_dict(state["net"])
    average.load_state_dict(state["average"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["done"])
