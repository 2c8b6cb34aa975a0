"""Does the deployed file give the masks of the trained network? Measured, engine by engine."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from myotome.errors import BackendError
from myotome.nets.infer import Engine, cpu_has_bf16
from myotome.nets.model import Model
from myotome.train.fit.dice import Counts, Sight

_ENGINES = ("openvino", "onnxruntime")
_LEAST_EQUAL = 0.99
_DIGITS = 5

Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """One engine beside the trained network in single precision, on the same slices.

    ``equal_labels`` is the share of pixels with the same label, ``dice`` the mean over classes
    of pooled voxels against the truth (None: no class there). Of a network in three dimensions
    the slice is a whole volume.
    """

    engine: str
    precision: str
    equal_labels: float
    max_logit_difference: float
    dice: float | None
    seconds_per_slice: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            name: round(value, _DIGITS) if isinstance(value, float) else value
            for name, value in ((n, getattr(self, n)) for n in self.__slots__)
        }


def compare(
    net: nn.Module, model: Model, sights: Sequence[Sight], threads: int = 1
) -> tuple[Parity, ...]:
    """The network in torch, then the exported ``model`` in every engine that is installed.

    ``sights`` must have a known truth. bf16 is tried where the CPU computes in it.
    """
    torch.set_num_threads(threads)
    net = net.eval().float().cpu()

    @torch.no_grad()
    def as_trained(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        answer: NDArray[np.float32] = net(torch.from_numpy(batch)).numpy()
        return answer

    wanted = [as_trained(sight.planes[None]) for sight in sights]
    rows = [_row("torch", "fp32", as_trained, sights, wanted)]
    for kind in _ENGINES:
        if importlib.util.find_spec(kind) is None:
            continue
        bf16 = kind == "openvino" and cpu_has_bf16()
        for precision in ("fp32", "bf16") if bf16 else ("fp32",):
            engine = Engine(model, threads=threads, kind=kind, precision=precision)
            rows.append(_row(kind, precision, engine, sights, wanted))
    return tuple(rows)


def require(rows: Sequence[Parity]) -> None:
    """Refuse (BackendError) an export whose single-precision masks are not the network's."""
    for row in rows:
        if row.precision == "fp32" and row.equal_labels < _LEAST_EQUAL:
            raise BackendError(
                f"the exported network gives other masks in {row.engine} than in torch: only "
                f"{row.equal_labels:.1%} of the labels are equal.",
                why="Its results would not be those that were measured.",
                mend="Report it with the versions of torch, onnx and the engine.",
            )


def _row(
    kind: str,
    precision: str,
    network: Network,
    sights: Sequence[Sight],
    wanted: Sequence[NDArray[np.float32]],
) -> Parity:
    network(sights[0].planes[None])  # the first call compiles
    classes = len(sights[0].known)
    counts, equal, pixels, largest, seconds = Counts.none(classes), 0, 0, 0.0, 0.0
    for sight, right in zip(sights, wanted, strict=True):
        began = time.perf_counter()
        logits = network(sight.planes[None])
        seconds += time.perf_counter() - began
        answer = sight.answer(_tensor(logits))
        same = answer == sight.answer(_tensor(right))
        equal, pixels = equal + int(same.sum()), pixels + same.numel()
        gap = np.abs(logits[:, :classes] - right[:, :classes]).max()
        largest = max(largest, float(gap))
        counts.add(answer[None], sight.truth[None], sight.known[None])
    return Parity(
        engine=kind,
        precision=precision,
        equal_labels=equal / pixels,
        max_logit_difference=largest,
        dice=counts.mean(),
        seconds_per_slice=seconds / len(sights),
    )


def _tensor(logits: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(np.asarray(logits))
