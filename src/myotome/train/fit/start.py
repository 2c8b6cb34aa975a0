"""A training that begins with what a network already knows, instead of with chance.

A deployed network has its batch norms folded into the convolutions. They are taken apart again
on samples of the new cases: each norm gets the mean and the variance that its convolution has
there, and a gain and an offset that undo both. So before the first iteration the network answers
as the deployed one does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from myotome.errors import InputError
from myotome.nets.architecture import ResidualUNet
from myotome.train.cases.learnt import Case
from myotome.train.fit.batches import batches
from myotome.train.fit.checkpoint import State
from myotome.train.fit.recipe import Config

_BATCHES = 8
"""Of samples that the norms are measured on."""

_LEAST_VARIANCE = 1e-6
_HALF = "_half"

Arrays = Mapping[str, NDArray[np.float32]]


def digest(path: Path) -> str:
    """SHA-256 of the network at ``path``. Refuses (InputError) what cannot be read."""
    return hashlib.sha256(_content(path)).hexdigest()


@torch.no_grad()
def begin_with(path: Path, state: State, cases: Sequence[Case], config: Config) -> None:
    """Give ``state`` the weights of the deployed network at ``path``.

    Refuses (InputError) what is no ONNX file, and a network of another architecture.
    """
    net = state.net
    if not isinstance(net, ResidualUNet):
        raise InputError(f'a training of "{config.architecture}" can only begin with chance.')
    known = _arrays(path, net)
    for name, parameter in _filled(net):
        found = known.get(name)
        if found is None or found.size != parameter.numel():
            raise InputError(
                "the network to begin with is of another architecture than "
                f'"{config.architecture}" ({name}).',
                mend="Name its own with --architecture.",
            )
        parameter.copy_(torch.from_numpy(found.reshape(tuple(parameter.shape))))
    norms = dict(_normed(net))
    for norm in norms.values():
        _reset(norm, mean=torch.zeros_like(norm.bias), variance=torch.ones_like(norm.bias))
    device = next(net.parameters()).device
    samples = (batch[0].to(device) for batch in batches(cases, config, 0, _BATCHES))
    for conv, (mean, variance) in _statistics(net, tuple(norms), samples).items():
        _reset(norms[conv], mean=mean, variance=variance)
        norms[conv].bias += mean
    state.average.load_state_dict(net.state_dict())


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            "the network to begin with cannot be read.", mend="Check the path."
        ) from error


def _arrays(path: Path, net: ResidualUNet) -> Arrays:
    """The values in an ONNX file, by the names of the parameters of ``net`` they belong to."""
    try:
        graph = onnx.load_from_string(_content(path)).graph
    except DecodeError as error:
        raise InputError("the network to begin with is no ONNX file.") from error
    arrays = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    slopes = [arrays[node.input[1]] for node in graph.node if node.op_type == "PRelu"]
    found = {name.removesuffix(_HALF): array for name, array in arrays.items()}
    for conv, norm in _names(net):
        found[f"{norm}.bias"] = arrays.get(f"{conv}.weight_bias", np.zeros(0))
    found |= dict(zip(_rectifiers(net), slopes, strict=False))
    return {name: np.array(array, np.float32) for name, array in found.items()}


def _filled(net: ResidualUNet) -> Iterator[tuple[str, nn.Parameter]]:
    """Every parameter that a deployed network has: all but the gains of norms."""
    gains = {f"{norm}.weight" for _, norm in _names(net)}
    return ((name, value) for name, value in net.named_parameters() if name not in gains)


def _units(net: ResidualUNet) -> list[tuple[str, nn.Module]]:
    """The residual units, in the order in which they are computed."""
    encoder = [(f"encoder.{n}", unit) for n, unit in enumerate(net.encoder)]
    decoder = [(f"decoder.{n}", unit) for n, unit in enumerate(net.decoder)]
    return [*encoder, *reversed(decoder)]


def _names(net: ResidualUNet) -> list[tuple[str, str]]:
    """The names of each convolution and of the norm that follows it."""
    return [(f"{unit}.body.{n}", f"{unit}.body.{n + 1}") for unit, _ in _units(net) for n in (0, 3)]


def _rectifiers(net: ResidualUNet) -> list[str]:
    """The names of their slopes, in the order in which they are computed."""
    return [f"{unit}.{part}.weight" for unit, _ in _units(net) for part in ("body.2", "act")]


def _normed(net: ResidualUNet) -> Iterator[tuple[nn.Module, _BatchNorm]]:
    """Each convolution with the norm that follows it."""
    return (
        (net.get_submodule(conv), cast("_BatchNorm", net.get_submodule(norm)))
        for conv, norm in _names(net)
    )


def _reset(norm: _BatchNorm, *, mean: Tensor, variance: Tensor) -> None:
    """Give ``norm`` these statistics, and the gain that undoes the variance."""
    cast("Tensor", norm.running_mean).copy_(mean)
    cast("Tensor", norm.running_var).copy_(variance)
    norm.weight.copy_((variance + norm.eps).sqrt())


def _statistics(
    net: nn.Module, convs: Sequence[nn.Module], samples: Iterator[Tensor]
) -> dict[nn.Module, tuple[Tensor, Tensor]]:
    """Mean and variance per channel of what each of ``convs`` gives on all ``samples``."""
    seen: dict[nn.Module, list[Tensor]] = {conv: [] for conv in convs}

    def note(conv: nn.Module, _: object, out: Tensor) -> None:
        values = out.float().transpose(0, 1).flatten(1)
        seen[conv].append(torch.stack([values.mean(1), (values**2).mean(1)]))

    hooks = [conv.register_forward_hook(note) for conv in convs]
    net.eval()
    for sample in samples:
        net(sample)
    net.train()
    for hook in hooks:
        hook.remove()
    means = {conv: torch.stack(rows).mean(0) for conv, rows in seen.items()}
    return {c: (m, (s - m**2).clamp(min=_LEAST_VARIANCE)) for c, (m, s) in means.items()}
