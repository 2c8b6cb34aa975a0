"""Export a checkpoint of the landmark network: ONNX and its card."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from myotome.locate.coarse import COARSE_MM, WINDOW_JI
from myotome.nets.architecture import ResidualUNet
from myotome.tables.anatomy.landmark_classes import COARSE, KEYS
from myotome.train.export.onnx import export_onnx, write_card
from myotome.train.landmarks.loop import CHANNELS, draw_batch

DATA: tuple[dict[str, str], ...] = (
    {
        "name": "TotalSegmentator example CT with its model's labels",
        "licence": "Apache-2.0",
        "attribution": "TotalSegmentator, Wasserthal et al. 2023, doi 10.1148/ryai.230024",
    },
    {
        "name": "TotalSegmentator dataset v2, label maps s0327 and s0328 (CT synthesised)",
        "licence": "CC BY 4.0",
        "attribution": "Wasserthal et al. 2023, doi 10.1148/ryai.230024",
    },
    {
        "name": "LIDC-IDRI-0001 with TotalSegmentator's labels",
        "licence": "CC BY 3.0",
        "attribution": "Armato et al., The Cancer Imaging Archive, LIDC-IDRI",
    },
    {
        "name": "SPL Abdominal Atlas",
        "licence": "3D Slicer License",
        "attribution": "Surgical Planning Laboratory, Brigham and Women's Hospital",
    },
)


def export(checkpoint: Path, pool: Path, out: Path, facts: dict[str, Any]) -> str:
    """Write ``landmarks.onnx`` and ``landmarks.json`` to ``out``; returns the SHA-256."""
    net = averaged_network(checkpoint, pool)
    out.mkdir(parents=True, exist_ok=True)
    sha256 = export_onnx(net, out / "landmarks.onnx", side=48)
    card = {
        "name": "landmarks",
        "version": "1",
        "dims": 3,
        "in_channels": 2,
        "channels": list(CHANNELS),
        "spacing_mm": [COARSE_MM] * 3,
        "window_ji": list(WINDOW_JI),
        "input": "HU averaged to 6 mm voxels; channel 0: clip(HU,-1000,1000)/500, "
        "channel 1: (clip(HU,-150,250)-50)/200; k up, j to posterior, i to the left; "
        "k padded with air to a multiple of 16",
        "data": list(DATA),
        "licence": "CC BY 4.0",
        "intended_use": "research use only: finding vertebral levels, lung base and contrast "
        "phase in abdominal CT; not for diagnosis",
        **facts,
    }
    write_card(out / "landmarks.json", sha256=sha256, heads={"coarse": KEYS}, facts=card)
    return sha256


def averaged_network(checkpoint: Path, pool: Path) -> ResidualUNet:
    """The averaged weights, with the batch statistics measured again for them."""
    state = torch.load(checkpoint, weights_only=True)
    net = ResidualUNet(dims=3, in_channels=2, channels=CHANNELS, heads=(len(COARSE),))
    net.load_state_dict(state["averaged"])
    refresh_statistics(net, sorted(pool.glob("*.npz")))
    return net.eval()


def refresh_statistics(net: ResidualUNet, paths: Sequence[Path], batches: int = 16) -> None:
    """Plain means of the batch statistics over some batches of the pool."""
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm3d):
            module.reset_running_stats()
            module.momentum = None
    net.train()
    rng = np.random.default_rng(5)
    with torch.no_grad():
        for _ in range(batches):
            net(torch.from_numpy(draw_batch(paths, rng)[0]))


def main() -> None:
    """``python -m myotome.train.landmarks.export CHECKPOINT POOL OUT [FACTS.json]``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("pool", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("facts", type=Path, nargs="?")
    options = parser.parse_args()
    facts = json.loads(options.facts.read_text()) if options.facts else {"metrics": {}}
    export(options.checkpoint, options.pool, options.out, facts)


if __name__ == "__main__":
    main()
