"""The training loop of every task: short, deterministic, resumable.

Every sample is drawn from ``(seed, iteration, position)``, so a resumed run sees exactly the
samples an uninterrupted one would have seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import torch
from torch import nn

from myotome.errors import InputError
from myotome.nets.infer import cpu_has_bf16
from myotome.tables.architectures import architecture
from myotome.train.cases.learnt import Case
from myotome.train.fit import checkpoint
from myotome.train.fit.batches import batches
from myotome.train.fit.checkpoint import State
from myotome.train.fit.dice import Counts, Sight, measure
from myotome.train.fit.progress import Epoch, LiveLine, add_to_curve, cut_curve
from myotome.train.fit.recipe import Config, resolved
from myotome.train.fit.start import begin_with
from myotome.train.tasks.known import task_of
from myotome.train.tasks.task import Batch, Task

__all__ = ["Config", "Watch", "device_of", "require_apart", "train"]


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who follows a training.

    ``write`` gets the live line (None: stderr), ``stop`` is asked after each iteration whether
    to save and stop there.
    """

    write: Callable[[str], object] | None = None
    stop: Callable[[], bool] = _never


def train(
    cases: Sequence[Case],
    config: Config,
    folder: Path,
    *,
    validation: Sequence[Case] = (),
    until: int | None = None,
    watch: Watch | None = None,
    start: Path | None = None,
) -> nn.Module:
    """Train on ``cases``, keeping ``checkpoint.pt`` and ``curve.csv`` in ``folder``.

    They are cases of the configuration's task. Begins with the deployed network ``start``, whose
    digest the configuration has (None: with chance). Goes on from the checkpoint if there is one,
    bit for bit as if it had not been stopped. Stops early after iteration ``until``, or when
    ``watch.stop`` says so (KeyboardInterrupt, after saving). Returns the network with averaged
    weights. Refuses (InputError) a checkpoint of another architecture, configuration or cases,
    and a subject in ``cases`` and ``validation``; (OutputError) what the disk refuses.
    """
    require_apart(cases, validation)
    watch = watch or Watch()
    task, config = task_of(config.task), resolved(config, cases)
    torch.set_num_threads(config.threads)
    checkpoint.make_folder(folder)
    device = device_of()
    state, digest = checkpoint.begin(config, device, task.classes), checkpoint.digest_of(cases)
    path = folder / checkpoint.NAME
    if not checkpoint.resume(path, state, config, digest) and start is not None:
        begin_with(start, state, cases, config)
    cut_curve(folder, state.done)
    last = min(until or config.total, config.total)
    line = LiveLine(config, state.done, watch.write)
    seen = task.sights(validation, config.validation_slices) if validation else []
    samples = batches(cases, config, state.done, last)
    for batch in islice(samples, max(0, last - state.done)):
        cross = _step(state, _on(batch, device), config, task)
        if state.done == config.total:
            _refresh(state.average, cases, config, device)
        line.say(state.done, cross, state.counts.mean())
        if state.done % config.epoch_length == 0 or state.done == config.total:
            line.validated(_close_epoch(state, config, folder, seen))
        stop = watch.stop()
        if stop or state.done % config.checkpoint_every == 0 or state.done == config.total:
            checkpoint.save(path, state, config, digest)
        if stop and state.done < last:
            raise KeyboardInterrupt
    return state.average.eval()


def require_apart(cases: Sequence[Case], validation: Sequence[Case]) -> None:
    """Refuse an empty training, and a subject that is trained on and validated on."""
    if not cases:
        raise InputError("there is no case to train on.")
    both = sorted({c.subject for c in cases} & {c.subject for c in validation})
    if both:
        raise InputError(
            f'the subject "{both[0]}" is in training and in validation.',
            why="What is learned from a person would be tested on the same person.",
            mend="Split by subject.",
        )


def device_of() -> torch.device:
    """Where the network is computed: CUDA where there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def rate(step: int, config: Config) -> float:
    """The factor of the learning rate at iteration ``step`` (from 0)."""
    if step < config.warmup:
        return (step + 1) / config.warmup
    if config.rates:
        return config.rates[step * len(config.rates) // config.total]
    done = (step - config.warmup) / max(1, config.total - config.warmup)
    return 0.5 * (1 + math.cos(math.pi * done))


def _on(batch: Batch, device: torch.device) -> Batch:
    if device.type == "cpu":
        return batch
    return tuple(part.to(device, non_blocking=True) for part in batch)


def _in_bf16(config: Config, device: torch.device) -> bool:
    if "fp32" in (config.precision, architecture(config.architecture).precision):
        return False
    return cpu_has_bf16() if device.type == "cpu" else torch.cuda.is_bf16_supported()


def _step(state: State, batch: Batch, config: Config, task: Task) -> float:
    """One iteration; returns its cross-entropy."""
    inputs = batch[0]
    for group in state.optimiser.param_groups:
        group["lr"] = config.learning_rate * rate(state.done, config)
    state.net.train()
    device = inputs.device
    with torch.autocast(device.type, torch.bfloat16, enabled=_in_bf16(config, device)):
        logits = state.net(inputs)
    losses = task.losses(logits.float(), batch, config)
    state.optimiser.zero_grad(set_to_none=True)
    losses.total.backward()
    if config.clip:
        torch.nn.utils.clip_grad_norm_(state.net.parameters(), config.clip)
    state.optimiser.step()
    keep = min(config.ema, (1 + state.done) / (10 + state.done))
    checkpoint.follow(state.average, state.net, keep)
    answer = logits.detach()[:, : task.classes].argmax(dim=1)
    state.counts.add(answer, losses.truth, losses.known)
    cross = float(losses.cross.detach())
    state.cross = [state.cross[0] + cross, state.cross[1] + 1]
    state.done += 1
    return cross


@torch.no_grad()
def _refresh(
    average: nn.Module, cases: Sequence[Case], config: Config, device: torch.device
) -> None:
    """Measure the batch statistics again, as plain means over ``config.refresh`` batches."""
    if not config.refresh:
        return
    for module in average.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.reset_running_stats()
            module.momentum = None  # a plain mean
    average.train()
    for batch in batches(cases, config, config.total, config.total + config.refresh):
        average(_on(batch, device)[0])
    average.eval()


def _close_epoch(state: State, config: Config, folder: Path, seen: Sequence[Sight]) -> float | None:
    """Validate, write the epoch's line and begin the next; returns the validation Dice."""
    device = next(state.average.parameters()).device
    validation = measure(state.average, seen, device).mean() if seen else None
    row = Epoch(
        iteration=state.done,
        epoch=round(state.done / config.epoch_length, 3),
        cross_entropy=state.cross[0] / max(1.0, state.cross[1]),
        train_dice=state.counts.mean(),
        val_dice=validation,
        learning_rate=config.learning_rate * rate(state.done - 1, config),
    )
    add_to_curve(folder, row)
    state.counts, state.cross = Counts.none(len(state.counts.total)), [0.0, 0.0]
    return validation
