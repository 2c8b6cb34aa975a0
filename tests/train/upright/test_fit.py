"""The direction network learns from scans alone: drawn samples, resuming, deploying."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the [train] extra")
pytest.importorskip("onnx", reason="training needs the [train] extra")

from myotome.errors import InputError  # noqa: E402
from myotome.locate.upright.turns import directions, network_input  # noqa: E402
from myotome.nets.infer import Engine  # noqa: E402
from myotome.nets.model import load  # noqa: E402
from myotome.train.upright.deploy import deploy  # noqa: E402
from myotome.train.upright.draw import draw  # noqa: E402
from myotome.train.upright.fit import Plan, fit  # noqa: E402

PLAN = Plan(iterations=40, batch=2, learning_rate=1e-2, checkpoint_every=10)


@pytest.fixture(scope="module")
def view() -> np.ndarray:
    """A block of tissue with bone behind, air above and an organ on its right."""
    hu = np.full((24, 48, 64), -1000, np.int16)
    hu[:, 8:40, 8:56] = 20
    hu[:, 32:38, 26:38] = 500
    hu[12:, 12:30, 14:50] = -800
    hu[4:16, 12:30, 10:26] = 150
    return hu


def test_the_same_draw_gives_the_same_sample_and_another_another(view) -> None:
    one, same, other = (draw(view, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(one, same)
    assert one.shape != other.shape or not np.array_equal(one, other)
    for sample in (one, other):
        assert 10 <= len(sample) <= len(view)
        assert sample.shape[1:] == view.shape[1:]
        assert sample.dtype == np.float32
        assert sample.min() >= -1024


def test_a_scan_of_few_planes_is_drawn_whole(view) -> None:
    assert len(draw(view[:4], np.random.default_rng(1))) == 4


def test_it_learns_and_its_file_says_how_a_body_lies(view, tmp_path: Path) -> None:
    said: list[str] = []
    torch.set_num_threads(1)
    net = fit([view], PLAN, tmp_path / "net.pt", said.append)
    losses = [float(words.rsplit(" ", 1)[1]) for words in said]
    assert losses[-1] < 0.5 * np.log(8)
    deploy(net, tmp_path, {"licence": "CC BY 4.0", "intended_use": "research use only"})
    assert json.loads((tmp_path / "upright.json").read_text())["in_channels"] == 2
    engine = Engine(load("upright", tmp_path), threads=1, precision="fp32")
    hu = view.astype(np.float32)
    shown = network_input(hu, hu[:, ::-1])
    with torch.no_grad():
        wanted = net(torch.from_numpy(shown)).numpy()
    assert np.abs(engine(shown) - wanted).max() < 0.05  # weights are kept in half precision
    assert directions(hu, hu[:, ::-1], engine).best.key == "upright"
    over = hu[::-1]
    assert directions(over, over[:, ::-1], engine).best.key == "upside_down"


def test_a_stopped_training_goes_on_bit_for_bit(view, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    plan = Plan(iterations=6, batch=1, checkpoint_every=2)
    whole = fit([view], plan, tmp_path / "whole.pt", list)

    def stop(words: str) -> None:
        if words.startswith("4/"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit([view], plan, tmp_path / "part.pt", stop)
    again = fit([view], plan, tmp_path / "part.pt", list)
    for one, other in zip(whole.state_dict().values(), again.state_dict().values(), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(InputError, match="another plan"):
        fit([view], Plan(iterations=7), tmp_path / "part.pt", list)


def test_without_scans_there_is_nothing_to_learn(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no scan"):
        fit([], PLAN, tmp_path / "net.pt", list)
