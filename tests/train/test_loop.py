"""The loop learns, stops and goes on exactly where it was; partial labels are respected."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the [train] extra")

from myotome.errors import InputError  # noqa: E402
from myotome.nets.infer import Engine  # noqa: E402
from myotome.nets.model import Model  # noqa: E402
from myotome.train.cases import TrainingCase  # noqa: E402
from myotome.train.export import export_onnx  # noqa: E402
from myotome.train.loop import Config, build, train  # noqa: E402
from myotome.train.losses import marginal_cross_entropy, soft_dice_loss  # noqa: E402

TINY = Config(channels=(16, 32), iterations=6, batch=2, checkpoint_every=3, warmup=2, threads=1)


def case() -> TrainingCase:
    rng = np.random.default_rng(0)
    hu = rng.normal(0, 10, (3, 60, 80)).astype(np.float32)
    muscles = np.zeros((3, 60, 80), np.uint8)
    muscles[:, 20:40, 50:65] = 1
    muscles[:, 20:40, 15:30] = 2
    hu[muscles > 0] += 80
    compartments = np.where(muscles > 0, 2, 1).astype(np.uint8)
    annotated = np.ones((3, 6), bool)
    return TrainingCase(
        name="box", hu=hu, muscles=muscles, compartments=compartments, annotated=annotated, dz_mm=4
    )


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    whole = train([case()], TINY, tmp_path / "whole")
    train([case()], TINY, tmp_path / "half", until=3)
    resumed = train([case()], TINY, tmp_path / "half")
    for a, b in zip(whole.state_dict().values(), resumed.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b)


def test_a_checkpoint_of_another_configuration_is_refused(tmp_path: Path) -> None:
    train([case()], TINY, tmp_path, until=3)
    with pytest.raises(InputError, match="another configuration"):
        train([case()], replace(TINY, channels=(16, 48)), tmp_path)


def test_the_exported_network_is_the_trained_one(tmp_path: Path) -> None:
    net = build(TINY).eval()
    digest = export_onnx(net, tmp_path / "net.onnx")
    content = (tmp_path / "net.onnx").read_bytes()
    model = Model(name="net", version="0", sha256=digest, onnx=content, heads={}, card={})
    batch = np.random.default_rng(0).random((1, 3, 32, 48), dtype=np.float32)
    with torch.no_grad():
        wanted = net(torch.from_numpy(batch)).numpy()
    got = Engine(model, kind="onnxruntime")(batch)
    np.testing.assert_allclose(got, wanted, atol=5e-3)
    assert [p.name for p in tmp_path.iterdir()] == ["net.onnx"]
    assert b"architecture.py" not in content  # no source lines or paths travel along


def test_an_unknown_class_is_neither_foreground_nor_background() -> None:
    sure_of_two = torch.tensor([[[0.0], [0.0], [12.0]]])
    target = torch.zeros(1, 1, dtype=torch.uint8)
    all_known = torch.ones(1, 3, dtype=torch.bool)
    two_unknown = torch.tensor([[True, True, False]])
    assert float(marginal_cross_entropy(sure_of_two, target, all_known)) > 5
    assert float(marginal_cross_entropy(sure_of_two, target, two_unknown)) < 0.01


def test_dice_loss_of_a_perfect_and_of_an_empty_answer() -> None:
    target = torch.tensor([[0, 1, 1, 2]], dtype=torch.uint8)
    known = torch.ones(1, 3, dtype=torch.bool)
    perfect = torch.nn.functional.one_hot(target.long(), 3).movedim(-1, 1) * 50.0
    nothing = torch.zeros(1, 3, 4)
    nothing[:, 0] = 50
    assert float(soft_dice_loss(perfect, target, known)) < 1e-3
    assert float(soft_dice_loss(nothing, target, known)) > 0.5
