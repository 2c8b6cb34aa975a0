"""Trains the network that tells how a body lies: python scripts/train_upright.py DATA WORK [...].

DATA holds vertebrae/NAME.json, of which only the CTs that they name are used; WORK keeps their
coarse views and the checkpoint. With --weights the network and its card are written there.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from myotome.locate.coarse import coarse_view
from myotome.phantom import Anatomy, render
from myotome.train.upright.deploy import deploy
from myotome.train.upright.fit import Plan, fit
from myotome.train.vertebrae.cases import read_ct

PHANTOMS = (0, 1, 2, 3)
OFTEN = 2
"""A real scan is drawn this many times as often as a phantom."""


def main() -> None:
    """Train, and write the network where it is wanted."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("data", type=Path)
    asked.add_argument("work", type=Path)
    asked.add_argument("--without", nargs="*", default=[], help="scans to leave out")
    asked.add_argument("--iterations", type=int, default=Plan().iterations)
    asked.add_argument("--threads", type=int, default=1)
    asked.add_argument("--weights", type=Path, help="folder for the network and its card")
    asked.add_argument("--card", type=Path, help="JSON with the words of the card")
    told = asked.parse_args()
    torch.set_num_threads(told.threads)
    told.work.mkdir(parents=True, exist_ok=True)
    real, made = _views(told.data, told.work)
    kept = [view for name, view in real.items() if name not in told.without]
    plan = Plan(iterations=told.iterations)
    checkpoint = told.work / f"{'-'.join(['upright-without', *sorted(told.without)])}.pt"
    net = fit([*kept * OFTEN, *made], plan, checkpoint)
    if told.weights is not None:
        told.weights.mkdir(parents=True, exist_ok=True)
        facts = {} if told.card is None else json.loads(told.card.read_text(encoding="utf-8"))
        training = f"{plan.iterations} iterations of batch {plan.batch}, {len(kept)} scans"
        print(deploy(net, told.weights, {"training": training, **facts}))


def _views(data: Path, work: Path) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    """The coarse views of the scans, kept in WORK, and of some phantoms."""
    kept = work / "views.npz"
    if not kept.is_file():
        found = {
            points.stem: coarse_view(read_ct(data, points)).hu
            for points in sorted((data / "vertebrae").glob("*.json"))
        }
        np.savez_compressed(kept, **{name: hu.astype(np.int16) for name, hu in found.items()})
    with np.load(kept, allow_pickle=False) as held:
        real = {name: held[name] for name in held.files}
    made = [coarse_view(render(Anatomy.draw(seed)).volume).hu for seed in PHANTOMS]
    return real, made


if __name__ == "__main__":
    main()
