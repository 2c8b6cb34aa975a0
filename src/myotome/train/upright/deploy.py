"""From the trained upright network to its ONNX file and card."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import torch

from myotome.locate.coarse import WINDOW_JI
from myotome.locate.upright.turns import MULTIPLE_K, SHRINK
from myotome.nets.upright import CHANNELS, UprightNet
from myotome.tables.anatomy.turns import TURNS
from myotome.train.export.onnx import halve_weights, without_traces, write_card, write_onnx

NAME = "upright"
_PLANES = MULTIPLE_K // SHRINK
_EXAMPLE = 5
_INPUT = (
    "the coarse view at 12 mm (locate.upright.turns), turned in eight ways: HU/500 within "
    "-1000..1000, and (HU-50)/200 within -150..250"
)


def deploy(net: UprightNet, folder: Path, facts: Mapping[str, Any]) -> str:
    """Write ``upright.onnx`` and its card into ``folder``; returns the SHA-256.

    ``facts`` are the words of the card. Weights are kept in half precision.
    """
    digest = write_onnx(_to_onnx(net), folder / f"{NAME}.onnx")
    write_card(
        folder / f"{NAME}.json",
        sha256=digest,
        heads={"upright": ("upright",)},
        facts={
            "name": NAME,
            "version": "1",
            "dims": 3,
            "in_channels": CHANNELS,
            "input": _INPUT,
            **facts,
        },
    )
    return digest


def _to_onnx(net: UprightNet) -> onnx.ModelProto:
    j, i = (side // SHRINK for side in WINDOW_JI)
    example = torch.zeros(len(TURNS), CHANNELS, _EXAMPLE * _PLANES, j, i)
    planes = _PLANES * torch.export.Dim("some", min=1, max=256)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch's own internals, which nobody here can mend
        program = torch.onnx.export(
            net.eval().float().cpu(), (example,), input_names=["turns"], output_names=["logits"],
            dynamic_shapes=({2: planes},), opset_version=18,
            dynamo=True, external_data=False, verbose=False,
        )  # fmt: skip
    model = without_traces(halve_weights(program.model_proto))
    onnx.checker.check_model(model)
    return model
