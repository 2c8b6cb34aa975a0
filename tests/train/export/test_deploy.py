"""The exported file is the trained network: same masks, its card, and nothing of this machine."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the [train] extra")

from myotome.errors import BackendError, InputError  # noqa: E402
from myotome.nets.architecture import ResidualUNet, build  # noqa: E402
from myotome.nets.infer import Engine  # noqa: E402
from myotome.nets.model import load  # noqa: E402
from myotome.tables.architectures import architecture  # noqa: E402
from myotome.train.export import deploy  # noqa: E402
from myotome.train.export.deploy import PRECISIONS, ExportRequest, Precision, export  # noqa: E402
from myotome.train.export.onnx import to_onnx  # noqa: E402
from myotome.train.export.parity import Parity, compare, require  # noqa: E402
from myotome.train.fit.dice import sights_of  # noqa: E402
from myotome.train.fit.loop import Watch, train  # noqa: E402
from myotome.train.fit.presets import preset  # noqa: E402
from myotome.train.tasks import muscles  # noqa: E402
from myotome.train.tasks.known import TASK  # noqa: E402

CONFIG = preset("tiny", iterations=8, epoch=4, batch=2, plane_ji=(64, 96))


@pytest.fixture(scope="module")
def trained(box_case, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    train([box_case()], CONFIG, folder, watch=Watch(write=lambda _words: None))
    return folder / "checkpoint.pt"


@pytest.fixture(scope="module")
def single(trained: Path):
    """The network of the checkpoint, and it as ONNX in single precision (slow to make)."""
    net = deploy.trained(trained)[0]
    return net, to_onnx(net, halve=False)


@pytest.fixture
def ready(single, monkeypatch: pytest.MonkeyPatch, box_case):
    """Exports start from ``single``, and boxes stand in for phantoms."""
    net, model = single

    def made(_net, *, halve: bool):
        fresh = type(model).FromString(model.SerializeToString())
        return deploy.halve_weights(fresh) if halve else fresh

    monkeypatch.setattr(deploy, "to_onnx", made)
    boxes = replace(TASK["muscles"], examples=lambda: sights_of([box_case()], 2))
    monkeypatch.setattr(deploy, "task_of", lambda _key: boxes)
    return net


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_masks_are_the_same_and_the_card_fits(
    ready, trained: Path, tmp_path: Path, precision: str
) -> None:
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps({"licence": "CC BY 4.0", "channels": [1], "name": "wrong"}))
    out = tmp_path / "new" / "muscles.onnx"
    said = export(
        ExportRequest(checkpoint=trained, out=out, precision=precision, card=facts, threads=1)
    )
    assert sorted(p.name for p in out.parent.iterdir()) == [
        "muscles.json",
        "muscles.onnx",
        "muscles.parity.json",
    ]
    assert json.loads((out.parent / "muscles.parity.json").read_text()) == said
    assert said["size_bytes"] == out.stat().st_size
    rows = {(row["engine"], row["precision"]): row for row in said["rows"]}
    assert rows["torch", "fp32"]["equal_labels"] == 1
    for engine in ("openvino", "onnxruntime"):
        assert rows[engine, "fp32"]["equal_labels"] > 0.99
        assert rows[engine, "fp32"]["max_logit_difference"] < 0.05
    model = load("muscles", out.parent)
    assert model.sha256 == said["sha256"]
    assert model.card["licence"] == "CC BY 4.0"
    assert model.card["channels"] == list(architecture("tiny").channels)
    batch = np.random.default_rng(0).random((2, 3, 64, 96), dtype=np.float32)
    with torch.no_grad():
        wanted = ready(torch.from_numpy(batch)).numpy()
    got = Engine(model, kind="onnxruntime", threads=1)(batch)
    np.testing.assert_allclose(got, wanted, atol=0.02)
    for trace in (b"architecture.py", b"/home", str(Path.cwd()).encode(), b"site-packages"):
        assert trace not in model.onnx


def test_half_precision_halves_the_file(single) -> None:
    _, model = single
    half = deploy.halve_weights(type(model).FromString(model.SerializeToString()))
    assert half.ByteSize() < 0.55 * model.ByteSize()


def test_int8_is_smaller_and_says_what_it_costs(ready, single, trained, tmp_path: Path) -> None:
    pytest.importorskip("nncf", reason="int8 needs the [quantise] extra")
    out = tmp_path / "muscles.onnx"
    said = export(ExportRequest(checkpoint=trained, out=out, precision="int8", threads=1))
    assert said["size_bytes"] == out.stat().st_size < 0.35 * single[1].ByteSize()
    assert load("muscles", tmp_path).card["precision"] == "int8"
    assert all(row["dice"] is not None for row in said["rows"])
    assert b"site-packages" not in out.read_bytes()


def test_an_export_with_other_masks_is_refused_and_leaves_nothing(
    ready, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def negated(net, _sights):
        model = deploy.to_onnx(net, halve=False)
        for tensor in model.graph.initializer:
            if tensor.name.endswith("head.weight"):
                values = -np.frombuffer(tensor.raw_data, np.float32)
                tensor.raw_data = values.tobytes()
        return model

    row = Precision(key="fp32", words="", convert=negated, exact=True)
    monkeypatch.setattr(deploy, "PRECISIONS", {"fp32": row})
    with pytest.raises(BackendError, match="other masks"):
        export(
            ExportRequest(checkpoint=trained, out=tmp_path / "x.onnx", precision="fp32", threads=1)
        )
    assert not list(tmp_path.iterdir())


def test_bf16_may_differ_and_single_precision_may_not() -> None:
    row = Parity(
        engine="openvino",
        precision="fp32",
        equal_labels=0.98,
        max_logit_difference=9.0,
        dice=None,
        seconds_per_slice=1.0,
    )
    with pytest.raises(BackendError, match=r"98\.0%"):
        require([row])
    require([replace(row, precision="bf16"), replace(row, equal_labels=0.995)])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"out": Path("net.bin")}, "end in .onnx"),
        ({"precision": "fp8"}, "no precision"),
        ({"wanted_architecture": "wide"}, "another architecture"),
        ({"checkpoint": Path("nowhere.pt")}, "does not exist"),
        ({"card": Path("nowhere.json")}, "card cannot be read"),
    ],
)
def test_nonsense_is_refused(trained: Path, tmp_path: Path, changes, words: str) -> None:
    request = ExportRequest(checkpoint=trained, out=tmp_path / "x.onnx", threads=1)
    with pytest.raises(InputError, match=words):
        export(replace(request, **changes))
    assert not list(tmp_path.iterdir())


def test_without_nncf_int8_says_what_to_install(ready, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "nncf", None)
    with pytest.raises(BackendError, match="quantise"):
        PRECISIONS["int8"].convert(ready, [])


def test_a_network_of_one_plane_is_exported_with_three(tmp_path: Path, box_case) -> None:
    net = build(architecture("unet"), seed=1).eval()
    content = to_onnx(net).SerializeToString()
    rows = compare(net, deploy._as_model(content), sights_of([box_case()], 1))
    assert all(row.equal_labels > 0.99 for row in rows if row.precision == "fp32")


def test_networks_in_three_dimensions_are_exported_too() -> None:
    net = ResidualUNet(dims=3, in_channels=2, channels=(16, 16), heads=(3,)).eval()
    model = to_onnx(net, side=8)
    sides = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    assert sides == [0, 2, 0, 0, 0]  # 0: any


def test_phantom_slices_have_muscles() -> None:
    sights = muscles.phantom_sights(2)
    assert len(sights) == 2
    assert all(int((s.truth > 0).sum()) > 500 for s in sights)
