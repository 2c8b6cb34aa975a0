"""From the trained counting network to its ONNX file and card."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import torch

from myotome.locate.bodies.straight import WIDE
from myotome.nets.spine import CORONAL, SAGITTAL, SpineNet
from myotome.tables.anatomy.vertebrae import COUNTED, ENDPLATES, RIBS
from myotome.train.export.onnx import halve_weights, without_traces, write_card, write_onnx

NAME = "vertebrae"
_EXAMPLE_ROWS = (96, 132)
_INPUT = (
    "the spine pulled straight at 2 mm (locate.bodies.straight): 4 sagittal images of 120 mm, "
    "filled up with air to 168 mm, and 10 coronal ones of 168 mm (5 means, 5 maxima); rows along "
    "z from below; HU clipped to -300..900, divided by 300"
)


def deploy(net: SpineNet, folder: Path, facts: Mapping[str, Any]) -> str:
    """Write ``vertebrae.onnx`` and its card into ``folder``; returns the SHA-256.

    ``facts`` are the words of the card. Weights are kept in half precision.
    """
    content = _to_onnx(net)
    digest = write_onnx(content, folder / f"{NAME}.onnx")
    write_card(
        folder / f"{NAME}.json",
        sha256=digest,
        heads={"endplates": ENDPLATES, "ribs": RIBS, "vertebrae": COUNTED},
        facts={
            "name": NAME,
            "version": "1",
            "dims": 2,
            "in_channels": SAGITTAL + CORONAL,
            "input": _INPUT,
            **facts,
        },
    )
    return digest


def _to_onnx(net: SpineNet) -> onnx.ModelProto:
    example = torch.zeros(1, SAGITTAL + CORONAL, _EXAMPLE_ROWS[0], WIDE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's own internals, which nobody here can mend
        program = torch.onnx.export(
            net.eval().float().cpu(), (example,), input_names=["spine"], output_names=["logits"],
            dynamic_shapes=({2: torch.export.Dim("z", min=16, max=2048)},), opset_version=18,
            dynamo=True, external_data=False, verbose=False,
        )  # fmt: skip
    model = without_traces(halve_weights(program.model_proto))
    onnx.checker.check_model(model)
    return model
