"""A training that begins with a deployed network answers as that network does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the [train] extra")
pytest.importorskip("onnx", reason="training needs the [train] extra")

from myotome.errors import InputError  # noqa: E402
from myotome.nets.architecture import build  # noqa: E402
from myotome.nets.model import WEIGHTS_FOLDER  # noqa: E402
from myotome.tables.architectures import architecture  # noqa: E402
from myotome.train.export.onnx import export_onnx  # noqa: E402
from myotome.train.fit import checkpoint  # noqa: E402
from myotome.train.fit.loop import Watch, train  # noqa: E402
from myotome.train.fit.presets import preset  # noqa: E402
from myotome.train.fit.start import begin_with, digest  # noqa: E402
from myotome.train.tasks.known import task_of  # noqa: E402

QUICK = preset("tiny", iterations=2, epoch=2, batch=2, warmup=2, plane_ji=(64, 96))
SILENT = Watch(write=lambda _words: None)


def lived(key: str, seed: int) -> torch.nn.Module:
    """A network whose norms and slopes are none of those that a new one has."""
    net = build(architecture(key), seed)
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in [*net.named_parameters(), *net.named_buffers()]:
            if value.dim() == 1 and value.dtype.is_floating_point and "head" not in name:
                value.copy_(0.3 + torch.rand(value.shape, generator=g))
    return net.eval()


def begun(path: Path, config, cases):
    state = checkpoint.begin(config, torch.device("cpu"), task_of(config.task).classes)
    begin_with(path, state, cases, config)
    return state


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_answers_as_the_deployed_one(seed: int, box_case, tmp_path: Path) -> None:
    net = lived("tiny", seed)
    export_onnx(net, tmp_path / "net.onnx", halve=False)
    state = begun(tmp_path / "net.onnx", QUICK, [box_case()])
    looked_at = torch.rand(2, 3, 64, 96)
    with torch.no_grad():
        wanted = net(looked_at)
        for own in (state.net, state.average):
            torch.testing.assert_close(own.eval()(looked_at), wanted, rtol=1e-3, atol=1e-3)


def test_its_norms_are_those_of_the_new_samples(box_case, tmp_path: Path) -> None:
    """While it trains, a norm uses its batch's own mean and variance: nearly the kept ones."""
    export_onnx(lived("tiny", 3), tmp_path / "net.onnx", halve=False)
    config = replace(QUICK, batch=8)
    state = begun(tmp_path / "net.onnx", config, [box_case()])
    batch = task_of("muscles").sampler([box_case()], config).batch(500)[0]
    with torch.no_grad():
        kept, own = state.net.eval()(batch), state.net.train()(batch)
    assert float((kept - own).std()) < 0.2 * float(kept.std())


def test_the_bundled_network_can_be_begun_with(box_case) -> None:
    config = preset("modern", batch=2, plane_ji=(64, 96))
    path = WEIGHTS_FOLDER / "muscles.onnx"
    state = begun(path, config, [box_case()])
    import onnxruntime

    looked_at = torch.rand(1, 3, 64, 96)
    wanted = onnxruntime.InferenceSession(path).run(None, {"ct": looked_at.numpy()})[0]
    with torch.no_grad():
        found = state.net.eval()(looked_at).numpy()
    assert np.abs(found - wanted).max() < 1e-3 * np.abs(wanted).max()


def test_a_training_begins_with_it_once(box_case, tmp_path: Path) -> None:
    net = lived("tiny", 4)
    path = tmp_path / "net.onnx"
    export_onnx(net, path, halve=False)
    config = replace(QUICK, start=digest(path), learning_rate=0.0, weight_decay=0.0)
    found = train([box_case()], config, tmp_path / "run", watch=SILENT, start=path)
    head = found.state_dict()["head.weight"]
    torch.testing.assert_close(head, net.state_dict()["head.weight"], rtol=1e-3, atol=1e-3)
    path.unlink()  # a run that goes on does not need it any more
    train([box_case()], config, tmp_path / "run", watch=SILENT, start=path)
    with pytest.raises(InputError, match="another configuration"):
        train([box_case()], QUICK, tmp_path / "run", watch=SILENT)


def test_what_it_cannot_begin_with_is_refused(box_case, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        begun(tmp_path / "none.onnx", QUICK, [box_case()])
    (tmp_path / "text.onnx").write_text("no network")
    with pytest.raises(InputError, match="no ONNX file"):
        begun(tmp_path / "text.onnx", QUICK, [box_case()])
    with pytest.raises(InputError, match="another architecture"):
        begun(WEIGHTS_FOLDER / "muscles.onnx", QUICK, [box_case()])
    export_onnx(lived("tiny", 5), tmp_path / "tiny.onnx")
    with pytest.raises(InputError, match="another architecture"):
        begun(tmp_path / "tiny.onnx", preset("modern", plane_ji=(64, 96)), [box_case()])
    with pytest.raises(InputError, match="only begin with chance"):
        begun(tmp_path / "tiny.onnx", preset("paper", epochs=1), [box_case()])
