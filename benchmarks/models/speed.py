"""How long the networks take on a study of 150 slices, and how large they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.cases import REPEAT, SLICES, big_study
from benchmarks.models.scans import write_json
from benchmarks.process import machine, myotome
from myotome.nets.model import available, load


def measure(out: Path) -> dict[str, Any]:
    """Seconds of each stage of `myotome run` on the phantom study, the fastest of three."""
    out.mkdir(parents=True, exist_ok=True)
    study = big_study(out)
    ran = myotome("run", str(study), "-o", str(out / "result"), "--overwrite", repeat=REPEAT)
    document = {
        "machine": machine(),
        "networks": [{"name": n, "sha256": load(n).sha256} for n in available()],
        "slices": SLICES,
        "whole_command_s": ran.seconds,
        "stages_s": ran.answer["seconds"],
    }
    write_json(document, out / "result.json")
    return document


def networks(out: Path) -> dict[str, Any]:
    """Parameters and bytes of each shipped network, counted in its file."""
    import onnx
    from onnx import TensorProto, numpy_helper

    rows = []
    for name in available():
        model = load(name)
        graph = onnx.load_from_string(model.onnx).graph
        kinds = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.INT8)
        count = sum(
            numpy_helper.to_array(t).size for t in graph.initializer if t.data_type in kinds
        )
        rows.append(
            {
                "name": name,
                "sha256": model.sha256,
                "parameters": int(count),
                "bytes": len(model.onnx),
            }
        )
    document = {"networks": rows}
    write_json(document, out / "result.json")
    return document
