"""The training loop of the coarse landmark network: batches from the pool, loss, resumable run."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myotome.locate.coarse import MULTIPLE_K, WINDOW_JI, network_input
from myotome.nouns.space.volume import AIR_HU
from myotome.tables.anatomy.landmark_classes import COARSE, LANDMARK_CLASS, SPINE_UPWARDS
from myotome.train.synthesis.atlases import ANYTHING, SETS

CHANNELS = (8, 24, 40, 64, 96)
_RATE = 3e-3
_PADDED = (32, 48, 64, 80)

Sample = tuple[NDArray[Any], NDArray[np.uint8]]


def say(text: str) -> None:
    """One line of live progress."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def draw_batch(
    paths: Sequence[Path], rng: np.random.Generator, planes_per_batch: int = 96
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """A batch of random z windows of pool samples, padded alike: input and target codes."""
    padded = int(rng.choice(_PADDED, p=(0.3, 0.25, 0.2, 0.25)))
    inputs, targets = [], []
    for _ in range(max(1, planes_per_batch // padded)):
        hu, target = _window(paths[int(rng.integers(len(paths)))], padded, rng)
        air = np.full((padded, *WINDOW_JI), AIR_HU, np.float32)
        air[: len(hu)] = hu
        y = np.full((padded, *WINDOW_JI), ANYTHING, np.uint8)
        y[: len(target)] = target
        inputs.append(network_input(air)[0])
        targets.append(y)
    return np.stack(inputs), np.stack(targets)


def _window(path: Path, most: int, rng: np.random.Generator) -> Sample:
    """At most ``most`` planes of one sample: any part of the trunk, flipped, brighter, darker."""
    with np.load(path) as held:
        hu, target = held["hu"].astype(np.float32), held["target"]
    if rng.random() < 0.5:
        hu, target = hu[..., ::-1], target[..., ::-1]
    planes = min(len(hu), most)
    if rng.random() < 0.5:
        planes = min(planes, int(rng.integers(most - MULTIPLE_K + 1, most + 1)))
    if rng.random() < 0.15:
        planes = min(planes, int(rng.integers(6, 24)))
    start = int(rng.integers(0, len(hu) - planes + 1))
    if rng.random() < 0.3:
        start = 0 if rng.random() < 0.6 else len(hu) - planes
    hu = hu[start : start + planes] * rng.uniform(0.92, 1.08) + rng.normal(0, 25)
    return hu, target[start : start + planes]


def loss_of(logits: Any, target: Any) -> Any:
    """Weighted marginal cross-entropy plus soft Dice of the spine and rib classes."""
    import torch

    classes = len(COARSE)
    log_p = torch.log_softmax(logits.float(), dim=1)
    groups = [
        torch.logsumexp(log_p[:, [LANDMARK_CLASS[key].value for key in keys]], dim=1, keepdim=True)
        for keys in SETS[:-1]
    ]
    log_q = torch.cat([log_p, *groups, torch.zeros_like(groups[0])], dim=1)
    weight = torch.full((classes + len(SETS),), 0.5)
    weight[0] = 0.25
    spine = [LANDMARK_CLASS[key].value for key in (*SPINE_UPWARDS, "rib_12", "rib_11")]
    weight[spine] = 2.0
    picked = log_q.gather(1, target.unsqueeze(1)).squeeze(1)
    w = weight[target] * (target != ANYTHING)
    cross = -(picked * w).sum() / w.sum().clamp(min=1.0)
    exact = target < classes
    dice = []
    for value in spine:
        truth = (target == value) & exact
        if truth.any():
            p = log_p[:, value].exp() * exact
            dice.append(2 * (p * truth).sum() / (p.sum() + truth.sum() + 1.0))
    return cross + (1 - torch.stack(dice).mean() if dice else 0.0)


@dataclass(slots=True, kw_only=True)
class Run:
    """A training run as it stands; what :func:`train` saves and continues."""

    net: Any
    optimiser: Any
    averaged: dict[str, Any]
    iteration: int = 0
    seconds: float = 0.0
    skipped: int = 0
    losses: list[float] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)

    def save(self, path: Path) -> None:
        """Write the checkpoint, whole or not at all."""
        import torch

        part = path.with_suffix(".part")
        torch.save(
            {
                "net": self.net.state_dict(),
                "averaged": self.averaged,
                "optimiser": self.optimiser.state_dict(),
                "iteration": self.iteration,
                "seconds": self.seconds,
            },
            part,
        )
        part.replace(path)


def begin(out: Path, start: Path | None) -> Run:
    """A new run, one from the weights of ``start``, or the one in ``out`` continued."""
    import torch

    from myotome.nets.architecture import ResidualUNet

    torch.manual_seed(1)
    out.mkdir(parents=True, exist_ok=True)
    net = ResidualUNet(dims=3, in_channels=2, channels=CHANNELS, heads=(len(COARSE),))
    net = net.to(memory_format=torch.channels_last_3d)
    optimiser = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=1e-3)
    state: dict[str, Any] = {}
    if (out / "checkpoint.pt").exists():
        state = torch.load(out / "checkpoint.pt", weights_only=True)
        net.load_state_dict(state["net"])
        optimiser.load_state_dict(state["optimiser"])
    elif start is not None:
        net.load_state_dict(torch.load(start, weights_only=True)["averaged"])
    averaged = {k: v.detach().clone() for k, v in net.state_dict().items()}
    return Run(
        net=net,
        optimiser=optimiser,
        averaged=state.get("averaged", averaged),
        iteration=int(state.get("iteration", 0)),
        seconds=float(state.get("seconds", 0.0)),
    )


def step(run: Run, x: NDArray[np.float32], y: NDArray[np.uint8], rate: float) -> None:
    """One optimiser step and one of the running average of the weights."""
    import torch

    for group in run.optimiser.param_groups:
        group["lr"] = rate
    batch = torch.from_numpy(x).to(memory_format=torch.channels_last_3d)
    with torch.autocast("cpu", torch.bfloat16):
        logits = run.net(batch)
    loss = loss_of(logits, torch.from_numpy(y.astype(np.int64)))
    run.optimiser.zero_grad()
    loss.backward()
    norm = float(torch.nn.utils.clip_grad_norm_(run.net.parameters(), 2.0))
    if math.isfinite(norm) and norm < 10 * np.median(run.norms[-50:] or [1e9]):
        run.optimiser.step()  # bfloat16 kernels were seen to return rare wild gradients
    else:
        run.skipped += 1
    run.norms.append(norm if math.isfinite(norm) else 1e9)
    decay = min(0.995, run.iteration / (run.iteration + 20))
    with torch.no_grad():
        for key, value in run.net.state_dict().items():
            if value.dtype.is_floating_point:
                run.averaged[key].lerp_(value, 1 - decay)
    run.losses.append(float(loss.detach()))
    run.iteration += 1


def train(pool: Path, out: Path, minutes: float, threads: int, start: Path | None) -> None:
    """Train for ``minutes`` with a rate that warms up and falls along a cosine to zero.

    ``checkpoint.pt`` is written every 200 iterations; an existing one is continued with the
    time that was left.
    """
    import torch

    torch.set_num_threads(threads)
    run = begin(out, start)
    rng = np.random.default_rng((11, run.iteration))
    before, begun = run.seconds, time.monotonic()
    paths: list[Path] = []
    share = 0.0
    while share < 1.0:
        run.seconds = before + time.monotonic() - begun
        share = min(1.0, run.seconds / (60 * minutes))
        if run.iteration % 50 == 0 or not paths:
            paths = sorted(pool.glob("*.npz"))
        warm = min(1.0, (run.iteration + 1) / 100)
        step(run, *draw_batch(paths, rng), _RATE * warm * (0.5 + 0.5 * math.cos(math.pi * share)))
        if run.iteration % 50 == 0:
            mean = float(np.mean(run.losses[-50:]))
            say(f"{run.iteration} {run.seconds / 60:.1f} min loss {mean:.3f} of {len(paths)}")
        if run.iteration % 200 == 0 or share >= 1.0:
            run.save(out / "checkpoint.pt")
