"""Cards and weights: every bundled network loads, tampering is refused."""

import json
import shutil
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from myotome.cli import app as cli
from myotome.errors import BackendError, WeightsError
from myotome.nets.infer import Engine, cpu_has_bf16
from myotome.nets.model import WEIGHTS_FOLDER, available, load
from myotome.runtime import provenance as origin


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


def refused(folder: Path, match: str, name: str = "muscles") -> None:
    with pytest.raises(WeightsError, match=match) as said:
        load(name, folder)
    assert said.value.exit_code == 9
    assert said.value.mend, "every refusal says what to do"
    assert str(folder) not in str(said.value)


def change_card(folder: Path, **changes: object) -> None:
    card = json.loads((folder / "muscles.json").read_text())
    (folder / "muscles.json").write_text(json.dumps({**card, **changes}))


def test_a_copy_of_both_files_is_accepted(copied: Path) -> None:
    assert load("muscles", copied).sha256 == load("muscles").sha256


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.999])
def test_a_tampered_weight_file_is_refused(copied: Path, share: float) -> None:
    content = bytearray((copied / "muscles.onnx").read_bytes())
    content[int(len(content) * share)] ^= 1
    (copied / "muscles.onnx").write_bytes(content)
    refused(copied, "changed or damaged")


@pytest.mark.parametrize("change", [lambda c: c[:-1], lambda _: b"", lambda c: c + b"\0"])
def test_truncated_and_lengthened_weights_are_refused(copied: Path, change) -> None:
    content = (copied / "muscles.onnx").read_bytes()
    (copied / "muscles.onnx").write_bytes(change(content))
    refused(copied, "changed or damaged")


def test_oversized_files_are_refused_before_they_are_read(copied: Path) -> None:
    with (copied / "muscles.onnx").open("ab") as stream:
        stream.truncate(65 * 2**20)  # sparse: no disk is used
    refused(copied, "65 MiB, more than 64")
    with (copied / "muscles.json").open("ab") as stream:
        stream.truncate(3 * 2**20)
    refused(copied, "3 MiB, more than 1")


def test_the_card_of_another_network_is_refused(copied: Path) -> None:
    shutil.copy(WEIGHTS_FOLDER / "landmarks.json", copied / "muscles.json")
    refused(copied, "that of another network")
    shutil.copy(WEIGHTS_FOLDER / "landmarks.onnx", copied / "muscles.onnx")
    refused(copied, "that of another network")


def test_the_weights_of_another_network_are_refused(copied: Path) -> None:
    shutil.copy(WEIGHTS_FOLDER / "landmarks.onnx", copied / "muscles.onnx")
    refused(copied, "not those on its card")


def test_a_swapped_class_list_is_refused(copied: Path) -> None:
    heads = {head: list(classes) for head, classes in load("muscles").heads.items()}
    muscles = heads["muscles"]
    muscles[1], muscles[2] = muscles[2], muscles[1]  # left psoas for right
    change_card(copied, heads=heads)
    refused(copied, "not in the order")
    change_card(copied, heads={"muscles": muscles[:-1]})
    refused(copied, "not in the order")
    change_card(copied, heads={"muscles": ["background", "background", *muscles[2:]]})
    refused(copied, "not in the order")


@pytest.mark.parametrize("heads", [None, [], "muscles", {"muscles": 13}])
def test_heads_that_are_no_class_lists_are_refused(copied: Path, heads: object) -> None:
    change_card(copied, heads=heads)
    refused(copied, "heads")


def test_missing_weights_and_broken_cards_are_refused(copied: Path) -> None:
    (copied / "muscles.onnx").unlink()
    refused(copied, "missing")
    card = json.loads((copied / "muscles.json").read_text())
    del card["sha256"]
    (copied / "muscles.json").write_text(json.dumps(card))
    refused(copied, "sha256")
    for text in ("{", "[" * 100_000, "[]", "7", "null", "\x00"):
        (copied / "muscles.json").write_text(text)
        refused(copied, "cannot be read|lacks")
    (copied / "muscles.json").write_bytes(b"\xff\xfe\xfd")
    refused(copied, "cannot be read")
    (copied / "muscles.json").unlink()
    refused(copied, "missing")


def test_a_folder_in_the_place_of_a_file_is_refused(copied: Path) -> None:
    (copied / "muscles.onnx").unlink()
    (copied / "muscles.onnx").mkdir()
    refused(copied, "cannot be read")


def test_a_digest_that_is_no_text_is_refused(copied: Path) -> None:
    change_card(copied, sha256=None)
    refused(copied, "not those on its card")


def test_the_command_line_ends_with_exit_code_9(
    copied: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    (copied / "muscles.onnx").write_bytes(b"not a network")
    for suffix in (".onnx", ".json"):
        shutil.copy(WEIGHTS_FOLDER / f"landmarks{suffix}", copied)
    monkeypatch.setattr(origin, "load", partial(load, folder=copied))
    monkeypatch.setattr(sys, "argv", ["myotome", "info"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 9
    assert "changed or damaged" in capsys.readouterr().err


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
