"""Trains the network that counts vertebrae: python scripts/train_vertebrae.py DATA WORK [...].

DATA holds vertebrae/NAME.json with points and the CTs they name; WORK keeps the straightened
cases and the checkpoint. With --weights the network and its card are written there.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from myotome.nets.infer import Engine
from myotome.nets.model import load
from myotome.train.vertebrae.cases import cases_in, phantom_case
from myotome.train.vertebrae.deploy import deploy
from myotome.train.vertebrae.fit import Plan, fit
from myotome.train.vertebrae.points import SpineCase, Vertebra

PHANTOMS = (0, 1, 2, 3)
OFTEN = 3
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
    real, made = _cases(told.data, told.work, told.threads)
    real = [case for case in real if case.name not in told.without]
    plan = Plan(iterations=told.iterations)
    checkpoint = told.work / f"{'-'.join(['without', *sorted(told.without)])}.pt"
    net = fit([*real * OFTEN, *made], plan, checkpoint)
    if told.weights is not None:
        facts = {} if told.card is None else json.loads(told.card.read_text(encoding="utf-8"))
        training = f"{plan.iterations} iterations of batch {plan.batch}, {len(real)} scans"
        print(deploy(net, told.weights, {"training": training, **facts}))


def _cases(data: Path, work: Path, threads: int) -> tuple[list[SpineCase], list[SpineCase]]:
    """The straightened cases, kept in WORK since making them takes a minute."""
    coarse = Engine(load("landmarks"), threads=threads)
    kept = work / "cases"
    kept.mkdir(exist_ok=True)
    if not (kept / "done").is_file():
        for case in (*cases_in(data, coarse), *(phantom_case(seed, coarse) for seed in PHANTOMS)):
            _keep(case, kept)
        (kept / "done").touch()
    found = [_kept(path) for path in sorted(kept.glob("*.npz"))]
    real = [case for case in found if not case.name.startswith("phantom")]
    return real, [case for case in found if case.name.startswith("phantom")]


def _keep(case: SpineCase, folder: Path) -> None:
    words = json.dumps([_row(v) for v in case.vertebrae])
    np.savez_compressed(
        folder / f"{case.name}.npz", *case.straight, z=case.z_mm, words=np.array(words)
    )


def _row(vertebra: Vertebra) -> dict[str, object]:
    return {name: getattr(vertebra, name) for name in Vertebra.__slots__}


def _kept(path: Path) -> SpineCase:
    with np.load(path, allow_pickle=False) as held:
        rows = json.loads(str(held["words"]))
        lines = sorted(name for name in held.files if name.startswith("arr_"))
        return SpineCase(
            name=path.stem,
            z_mm=held["z"],
            straight=tuple(held[name] for name in lines),
            vertebrae=tuple(
                Vertebra(
                    **{**row, "centre_mm": tuple(row["centre_mm"]), "ribs": tuple(row["ribs"])}
                )
                for row in rows
            ),
        )


if __name__ == "__main__":
    main()
