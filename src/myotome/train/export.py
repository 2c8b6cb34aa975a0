"""From a trained network to the deployed file: one ONNX, half-precision weights, same masks."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from myotome.nets.architecture import ResidualUNet

_SMALL = 256
"""Initializers below this many values (biases, slopes) stay in single precision."""


def export_onnx(net: ResidualUNet, path: Path, side: int = 64) -> str:
    """Write ``net`` as ONNX with free batch and plane sizes; returns its SHA-256.

    Convolution weights are stored in half precision and widened on loading, which halves the
    file; computation stays in the engine's own precision.
    """
    net = net.eval().float().to(memory_format=torch.contiguous_format)
    channels = net.encoder[0].body[0].in_channels
    multiple = 2 ** len(net.decoder)
    dims = net.head.weight.dim() - 2
    example = torch.zeros(2, int(channels), *[side, side + multiple, side][:dims])
    sizes = {
        2 + axis: multiple * torch.export.Dim(f"{name}{multiple}", min=1, max=512)
        for axis, name in enumerate("kji"[3 - dims :])
    }
    temporary = path.with_suffix(".partial")
    with warnings.catch_warnings():
        # torch's exporter warns about its own internals, which nobody here can mend
        warnings.simplefilter("ignore")
        torch.onnx.export(
            net, (example,), str(temporary), input_names=["ct"], output_names=["logits"],
            dynamic_shapes=({0: torch.export.Dim("n"), **sizes},), opset_version=18,
            dynamo=True, external_data=False, verbose=False,
        )  # fmt: skip
    model = without_traces(halve_weights(onnx.load(temporary)))
    onnx.checker.check_model(model)
    content = model.SerializeToString()
    temporary.write_bytes(content)
    temporary.replace(path)
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
    temporary = path.with_suffix(".partial")
    temporary.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    temporary.replace(path)
