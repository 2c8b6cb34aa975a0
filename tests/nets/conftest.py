"""Small networks as a user might bring them: files that an engine runs, and their cards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

CARD: dict[str, Any] = {
    "name": "mine",
    "version": "7",
    "dims": 2,
    "in_channels": 3,
    "pixel_mm": 1.5,
    "licence": "mine",
    "intended_use": "Research use only.",
}


@pytest.fixture(scope="session")
def write_network() -> Callable[..., Path]:
    """``write_network(folder, heads, rows)``: one number per channel from the middle plane.

    ``rows`` are, for each channel, (factor, offset) of its logit.
    """
    onnx = pytest.importorskip("onnx", reason="making a network needs the [train] extra")

    def write(
        folder: Path,
        heads: dict[str, Sequence[str]],
        rows: Sequence[tuple[float, float]],
        **card: object,
    ) -> Path:
        weights = np.zeros((len(rows), 3, 1, 1), np.float32)
        weights[:, 1, 0, 0] = [factor for factor, _ in rows]
        offsets = np.array([offset for _, offset in rows], np.float32)
        helper, single = onnx.helper, onnx.TensorProto.FLOAT
        graph = helper.make_graph(
            [helper.make_node("Conv", ["ct", "w", "b"], ["logits"])],
            "mine",
            [helper.make_tensor_value_info("ct", single, ["n", 3, "j", "i"])],
            [helper.make_tensor_value_info("logits", single, ["n", len(rows), "j", "i"])],
            [onnx.numpy_helper.from_array(a, n) for a, n in ((weights, "w"), (offsets, "b"))],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
        model.ir_version = 9
        content = model.SerializeToString()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "own.onnx").write_bytes(content)
        facts = {**CARD, "heads": heads, "sha256": hashlib.sha256(content).hexdigest(), **card}
        (folder / "own.json").write_text(json.dumps(facts), encoding="utf-8")
        return folder / "own.onnx"

    return write
