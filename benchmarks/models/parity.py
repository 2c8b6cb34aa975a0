"""The same network in other engines and precisions: do the masks stay the same?"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.models.robustness import within
from benchmarks.models.scans import WholePath, write_json
from benchmarks.process import machine
from myotome.evaluate.calibration.rows import network as lone_network
from myotome.evaluate.run import score_pairs
from myotome.evaluate.scores.case import Pair
from myotome.evaluate.scores.options import Options
from myotome.nets.infer import Engine, cpu_has_bf16
from myotome.nets.model import load
from myotome.nouns.space.segmentation import Segmentation
from myotome.nouns.study.result import StudyResult
from myotome.segment.bundled.predict import predict
from myotome.segment.cleanup import clean
from myotome.tables.anatomy.muscles import MUSCLES


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to run the network; ``exists`` is False where this machine lacks it."""

    words: str
    kind: str
    precision: str
    exists: bool


def ways() -> tuple[Way, ...]:
    has = {name: importlib.util.find_spec(name) is not None for name in ("onnxruntime", "openvino")}
    return (
        Way(words="ONNX Runtime fp32", kind="onnxruntime", precision="fp32",
            exists=has["onnxruntime"]),
        Way(words="OpenVINO fp32", kind="openvino", precision="fp32", exists=has["openvino"]),
        Way(words="OpenVINO bf16", kind="openvino", precision="bf16",
            exists=has["openvino"] and cpu_has_bf16()),
    )  # fmt: skip


def measure(
    cases: Sequence[Path], out: Path, threads: int, int8: Path | None = None
) -> dict[str, Any]:
    """The shipped network on ``cases`` in every way; ``int8`` is a quantised ONNX of it."""
    model = load("muscles")
    engines = {
        w.words: partial(Engine, model, threads=threads, kind=w.kind, precision=w.precision)
        for w in ways()
        if w.exists
    }
    if int8 is not None:
        engines["int8"] = partial(lone_network, int8, threads=threads)
    path, rows = WholePath(threads), []
    for case in cases:
        print(f"... {case.name}: engines", file=sys.stderr, flush=True)
        first: StudyResult | None = None
        for words, engine_of in engines.items():
            engine = engine_of()
            if first is None:
                first = path(case / "ct.nii.gz", engine)
            rows.append({"subject": case.name, "way": words, **_row(case, first, engine)})
    document = {
        "machine": machine(),
        "networks": [{"sha256": model.sha256, "bytes": len(model.onnx)}],
        "int8": None if int8 is None else {"bytes": int8.stat().st_size},
        "reference_way": next(iter(engines)),
        "not_here": [w.words for w in ways() if not w.exists],
        "rows": rows,
    }
    write_json(document, out / "result.json")
    return document


def _row(case: Path, first: StudyResult, engine: Engine) -> dict[str, Any]:
    """Against the masks of the first way, and against the reference, in the same slab."""
    start = time.perf_counter()
    raw = predict(first.volume, first.slab, engine)
    seconds = time.perf_counter() - start
    made = clean(raw)
    old = first.segmentation
    return {
        "engine": engine.description,
        "segment_s": seconds,
        "differing_per_thousand": _differing(made.labels, old.labels),
        "largest_mass_change_percent": _mass_change(first, made),
        "dice": _dice(case, made),
    }


def _differing(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """Voxels labelled otherwise, per thousand labelled in either."""
    either = int(((a > 0) | (b > 0)).sum())
    return 1000 * float((a != b).sum()) / max(1, either)


def _mass_change(first: StudyResult, made: Segmentation) -> float | None:
    """The largest change of one muscle's mass in the slab, in %."""
    from dataclasses import replace

    old = within(first, first.slab)
    new = within(replace(first, segmentation=made), first.slab)
    changes = [
        100 * (new[m.key] - old[m.key]) / old[m.key]  # type: ignore[operator]
        for m in MUSCLES
        if (old[m.key] or 0) > 2
    ]
    return max(changes, key=abs, default=None)


def _dice(case: Path, made: Segmentation) -> float | None:
    """Mean Dice over the muscles in view."""
    pair = Pair(
        subject=case.name,
        predicted=made,
        reference=case / "muscles.nii.gz",
        slices=case / "slices.json",
    )
    scores = score_pairs([pair], Options(figures=False))
    found = [v.dice for v in scores.volumes if v.side in ("left", "right") and v.dice is not None]
    return float(np.mean(found)) if found else None
