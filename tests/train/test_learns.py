"""A whole training in miniature: phantoms in, a deployed network out, that finds their muscles."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the [train] extra")

from myotome.nets.infer import Engine  # noqa: E402
from myotome.nets.model import load  # noqa: E402
from myotome.phantom import Anatomy, Recipe, render_recipe  # noqa: E402
from myotome.segment.bundled.predict import predict  # noqa: E402
from myotome.tables.anatomy.muscles import MUSCLES  # noqa: E402
from myotome.train.export.deploy import ExportRequest, export  # noqa: E402
from myotome.train.fit.loop import Watch, train  # noqa: E402
from myotome.train.fit.presets import preset  # noqa: E402
from myotome.train.synthesis.phantoms import phantom_case  # noqa: E402

TRAINED, UNSEEN = range(12), (101, 102)
K_MM = 12.0


@pytest.fixture(scope="module")
def network(tmp_path_factory) -> Path:
    """The folder with the exported network of a tiny training on the phantoms ``TRAINED``."""
    folder = tmp_path_factory.mktemp("learns")
    cases = [phantom_case(seed, spacing_k_mm=K_MM) for seed in TRAINED]
    seen = [phantom_case(50, spacing_k_mm=K_MM)]
    quiet = Watch(write=lambda _words: None)
    train(cases, preset("tiny"), folder, validation=seen, watch=quiet)
    out = folder / "muscles.onnx"
    export(ExportRequest(checkpoint=folder / "checkpoint.pt", out=out, threads=1))
    return folder


def test_unseen_phantoms_are_found_by_the_exported_network(network: Path) -> None:
    """All 12 muscles, on the CT's own pixels, by the path of ``myotome run``: Dice above 0.9."""
    engine = Engine(load("muscles", network), threads=1)
    overlap, total = np.zeros((2, len(MUSCLES)))
    for seed in UNSEEN:
        anatomy = Anatomy.draw(seed)
        recipe = Recipe(spacing_mm=(K_MM, 1.2, 1.2), noise_hu=12.0, seed=seed, oversample=1)
        made = render_recipe(anatomy, recipe)
        found = predict(made.volume, made.truth.slab, engine).labels
        low, high = (made.volume.grid.z_to_k(z) for z in made.truth.slab_z_mm[::-1])
        middle = slice(round(low), round(high) + 1)
        for n, muscle in enumerate(MUSCLES):
            a = found[middle] == muscle.value
            b = made.segmentation.labels[middle] == muscle.value
            overlap[n] += (a & b).sum()
            total[n] += a.sum() + b.sum()
    dice = 2 * overlap / total
    assert dice.mean() > 0.9
    assert dice.min() > 0.75


def test_what_it_learned_shows_in_the_curve(network: Path) -> None:
    lines = (network / "curve.csv").read_text("utf-8").splitlines()
    rows = [[float(cell) for cell in line.split(",")] for line in lines[1:]]
    assert rows[-1][3] > 0.85 > rows[0][3]  # Dice of training samples
    assert rows[-1][4] > 0.85 > rows[0][4]  # Dice of the validation phantom
    assert rows[-1][2] < rows[0][2] / 4  # cross-entropy


def test_the_deployed_file_answers_as_the_trained_network(network: Path) -> None:
    parity = json.loads((network / "muscles.parity.json").read_text())
    for row in parity["rows"]:
        assert row["equal_labels"] > (0.999 if row["precision"] == "fp32" else 0.99)
        assert row["dice"] == pytest.approx(parity["rows"][0]["dice"], abs=0.01)
