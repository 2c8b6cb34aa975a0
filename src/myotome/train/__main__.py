"""``python -m myotome.train CASES OUT``: train the muscle network and export it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from myotome.train.cases import load_case
from myotome.train.export import export_onnx, write_card
from myotome.train.loop import CLASSES, Config, train


def main() -> None:
    """Train on every case folder under CASES (minus ``--leave-out``)."""
    parser = argparse.ArgumentParser(prog="python -m myotome.train", description=__doc__)
    parser.add_argument("cases", type=Path, help="folder with one folder per labelled CT")
    parser.add_argument("out", type=Path, help="folder for checkpoint, curve and network")
    parser.add_argument("--iterations", type=int, default=Config().iterations)
    parser.add_argument("--leave-out", action="append", default=[], help="a case's folder name")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--card", type=Path, help="JSON with the words of the model card")
    options = parser.parse_args()
    folders = [
        folder
        for folder in sorted(options.cases.iterdir())
        if (folder / "muscles.nii.gz").is_file() and folder.name not in options.leave_out
    ]
    config = Config(iterations=options.iterations, seed=options.seed, threads=options.threads)
    net = train([load_case(folder) for folder in folders], config, options.out)

    digest = export_onnx(net, options.out / "muscles.onnx")
    if options.card:
        facts = json.loads(options.card.read_text(encoding="utf-8"))
        write_card(options.out / "muscles.json", sha256=digest, heads=CLASSES, facts=facts)


if __name__ == "__main__":
    main()
