"""From a trained network to the deployed file: one ONNX, half-precision weights, same masks."""

from __future__ import annotations

import hashlib
import json
import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from myotome.nets.architecture import input_of
from myotome.train.fit.checkpoint import write_whole

_SMALL = 256
"""Initializers below this many values (biases, slopes) stay in single precision."""


def export_onnx(net: nn.Module, path: Path, side: int = 64, *, halve: bool = True) -> str:
    """Write ``net`` as ONNX with free batch and plane sizes; returns its SHA-256.

    With ``halve`` the convolution weights are stored in half precision and widened on loading,
    which halves the file; computation stays in the engine's own precision.
    """
    return write_onnx(to_onnx(net, side, halve=halve), path)


def to_onnx(net: nn.Module, side: int = 64, *, halve: bool = True) -> onnx.ModelProto:
    """``net`` as a checked ONNX model without notes of this machine."""
    net = net.eval().float().cpu().to(memory_format=torch.contiguous_format)
    dims, channels, multiple = input_of(net)
    example = torch.zeros(2, channels, *[side, side + multiple, side][:dims])
    sizes = {
        2 + axis: multiple * torch.export.Dim(f"{name}{multiple}", min=1, max=512)
        for axis, name in enumerate("kji"[3 - dims :])
    }
    log = logging.getLogger("torch.onnx")
    before = log.level
    with warnings.catch_warnings():
        # torch's exporter warns about its own internals, which nobody here can mend
        warnings.simplefilter("ignore")
        log.setLevel(logging.ERROR)
        program = torch.onnx.export(
            net, (example,), input_names=["ct"], output_names=["logits"],
            dynamic_shapes=({0: torch.export.Dim("n"), **sizes},), opset_version=18,
            dynamo=True, external_data=False, verbose=False,
        )  # fmt: skip
    log.setLevel(before)
    model = program.model_proto
    model = without_traces(halve_weights(model) if halve else model)
    onnx.checker.check_model(model)
    return model


def write_onnx(model: onnx.ModelProto, path: Path) -> str:
    """Write ``model`` whole or not at all; returns its SHA-256."""
    content = model.SerializeToString()
    write_whole(path, content)
    return hashlib.sha256(content).hexdigest()


def halve_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Large float32 initializers become float16 plus a Cast back to float32."""
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < _SMALL:
            continue
        name = tensor.name
        half = numpy_helper.from_array(
            numpy_helper.to_array(tensor).astype(np.float16), f"{name}_half"
        )
        tensor.CopyFrom(half)
        casts.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model without the exporter's notes: they hold source lines and paths of this machine."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.initializer, *graph.value_info, *graph.input,
                 *graph.output):  # fmt: skip
        del part.metadata_props[:]
        part.doc_string = ""
    return model


def write_card(
    path: Path, *, sha256: str, heads: Mapping[str, Sequence[str]], facts: Mapping[str, Any]
) -> None:
    """Write the card ``path`` of a network: digest and heads beside the given ``facts``."""
    card = {**facts, "sha256": sha256, "heads": {k: list(v) for k, v in heads.items()}}
    write_whole(path, (json.dumps(card, indent=1, ensure_ascii=False) + "\n").encode())
