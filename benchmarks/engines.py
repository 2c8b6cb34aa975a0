"""The bundled networks on each engine that is installed, interleaved so that noise is shared."""

from __future__ import annotations

import importlib.util
import statistics
import time
from typing import NamedTuple

import numpy as np

from myotome.nets.infer import Engine, cpu_has_bf16
from myotome.nets.model import available, load

ROUNDS = 7
SHAPES = {"muscles": (4, 3, 192, 256), "landmarks": (1, 2, 64, 48, 64)}
"""What one call sees in a whole study: four slices at 1.5 mm; a trunk at 6 mm."""


class Timing(NamedTuple):
    network: str
    engine: str
    milliseconds: float
    ratio: float
    difference: float


def compare() -> list[Timing]:
    """Median ms per call, ratio to ONNX Runtime, and the share of voxels labelled otherwise."""
    kinds = [("onnxruntime", "fp32")]
    if importlib.util.find_spec("openvino"):
        kinds += [("openvino", "fp32")] + [("openvino", "bf16")] * cpu_has_bf16()
    timings = []
    for name in available():
        shape = SHAPES.get(name)
        if shape is None:
            continue
        model = load(name)
        batch = np.random.default_rng(0).random(shape, dtype=np.float32)
        engines = [Engine(model, kind=kind, precision=precision) for kind, precision in kinds]
        seconds: list[list[float]] = [[] for _ in engines]
        labels = [engine(batch).argmax(axis=1) for engine in engines]  # also warms up
        for _ in range(ROUNDS):
            for engine, taken in zip(engines, seconds, strict=True):
                start = time.perf_counter()
                engine(batch)
                taken.append(time.perf_counter() - start)
        medians = [statistics.median(taken) for taken in seconds]
        for engine, median, found in zip(engines, medians, labels, strict=True):
            timings.append(
                Timing(
                    network=name,
                    engine=engine.description,
                    milliseconds=1000 * median,
                    ratio=medians[0] / median,
                    difference=float((found != labels[0]).mean()),
                )
            )
    return timings
