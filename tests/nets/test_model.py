"""Cards and weights: every bundled network loads, tampering is refused."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from myotome.errors import BackendError, WeightsError
from myotome.nets.infer import Engine, cpu_has_bf16
from myotome.nets.model import WEIGHTS_FOLDER, available, load


@pytest.mark.parametrize("name", available())
def test_every_bundled_network_loads_and_has_a_full_card(name: str) -> None:
    model = load(name)
    assert model.card["licence"] == "CC BY 4.0"
    assert "research use only" in str(model.card["intended_use"]).lower()
    assert model.card["data"], "a card names its training data with licences"
    for source in model.card["data"]:
        assert source["name"]
        assert source["licence"]


def test_the_two_networks_of_the_main_job_are_bundled() -> None:
    assert {"landmarks", "muscles"} <= set(available())
    assert load("muscles").heads["muscles"][0] == "background"
    assert len(load("muscles").heads["muscles"]) == 13


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for suffix in (".onnx", ".json"):
        shutil.copy(WEIGHTS_FOLDER / f"muscles{suffix}", tmp_path)
    return tmp_path


def test_a_tampered_weight_file_is_refused(copied: Path) -> None:
    content = bytearray((copied / "muscles.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (copied / "muscles.onnx").write_bytes(content)
    with pytest.raises(WeightsError, match="changed or damaged"):
        load("muscles", copied)


def test_missing_weights_and_broken_cards_are_refused(copied: Path) -> None:
    (copied / "muscles.onnx").unlink()
    with pytest.raises(WeightsError, match="missing"):
        load("muscles", copied)
    card = json.loads((copied / "muscles.json").read_text())
    del card["sha256"]
    (copied / "muscles.json").write_text(json.dumps(card))
    with pytest.raises(WeightsError, match="sha256"):
        load("muscles", copied)
    (copied / "muscles.json").write_text("{")
    with pytest.raises(WeightsError, match="cannot be read"):
        load("muscles", copied)


def test_both_engines_give_the_same_masks() -> None:
    model = load("muscles")
    rng = np.random.default_rng(0)
    batch = rng.random((1, 3, 64, 80), dtype=np.float32)
    reference = Engine(model, kind="openvino", precision="fp32")(batch)
    other = Engine(model, kind="onnxruntime")(batch)
    np.testing.assert_allclose(reference, other, atol=2e-2, rtol=1e-3)
    same = (reference[:, :13].argmax(1) == other[:, :13].argmax(1)).mean()
    assert same > 0.999
    low = Engine(model, kind="openvino", precision="bf16")(batch)
    assert (reference[:, :13].argmax(1) == low[:, :13].argmax(1)).mean() > 0.97


def test_engines_that_do_not_exist_are_refused() -> None:
    with pytest.raises(BackendError, match="no engine"):
        Engine(load("muscles"), kind="abacus")


def test_bf16_is_read_from_the_cpu_flags(tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text("flags : sse2 avx512_bf16\n")
    assert cpu_has_bf16(info)
    info.write_text("flags : sse2 avx2\n")
    assert not cpu_has_bf16(info)
    assert not cpu_has_bf16(tmp_path / "none")
