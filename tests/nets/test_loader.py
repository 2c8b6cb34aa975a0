"""A user's own network in the place of the bundled one: verified, tried, refused by name."""

import json
from pathlib import Path

import numpy as np
import pytest

from myotome.errors import WeightsError
from myotome.nets.loader import Nets

HEADS = {"muscles": ("background", "psoas_left", "psoas_right")}
ROWS = ((0.0, 0.5), (1.0, 0.0), (-1.0, 0.0))


@pytest.fixture
def own(tmp_path: Path, write_network) -> Path:
    return write_network(tmp_path, HEADS, ROWS)


def change(own: Path, **facts: object) -> None:
    card = own.with_suffix(".json")
    card.write_text(json.dumps({**json.loads(card.read_text()), **facts}))


def refused(own: Path, match: str) -> None:
    with pytest.raises(WeightsError, match=match) as said:
        Nets(1, own)("muscles")
    assert said.value.exit_code == 9
    assert said.value.mend
    assert str(own.parent) not in str(said.value)


def test_it_answers_and_is_remembered_with_its_digest(own: Path) -> None:
    nets = Nets(1, own)
    found = nets("muscles")(np.ones((1, 3, 4, 4), np.float32))
    np.testing.assert_allclose(found[0, :, 0, 0], [0.5, 1.0, -1.0], atol=0.01)
    digest = json.loads(own.with_suffix(".json").read_text())["sha256"]
    assert nets.weights == {"mine 7": digest}
    assert nets("landmarks").model.name == "landmarks"


def test_a_changed_file_is_refused_before_any_work(own: Path) -> None:
    own.write_bytes(own.read_bytes() + b"\0")
    with pytest.raises(WeightsError, match=r'"mine" are not those on its card'):
        Nets(1, own)


def test_what_is_no_network_of_the_muscles_is_refused(own: Path, tmp_path: Path) -> None:
    refused(own.with_suffix(".json"), r"does not end in \.onnx")
    refused(tmp_path / "none.onnx", "card of your network: the file is missing")
    own.rename(tmp_path / "x")
    refused(own, 'weights of network "mine": the file is missing')
    (tmp_path / "x").rename(own)
    with own.open("ab") as stream:
        stream.truncate(65 * 2**20)
    refused(own, "65 MiB, more than 64")


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"pixel_mm": 1.0}, "pixel_mm is not 1.5"),
        ({"in_channels": 1}, "in_channels is not 3"),
        ({"dims": 3}, "dims is not 2"),
        ({"window_level_hu": 50}, "window_level_hu is not 40"),
        ({"name": ""}, "does not name it"),
        ({"name": "x" * 80}, "does not name it"),
        ({"version": "\n"}, "version"),
        ({"heads": 3}, "heads"),
        ({"heads": {"muscles": ["background", "biceps"]}}, "biceps"),
    ],
)
def test_a_card_that_does_not_fit_is_refused_by_name(own: Path, facts, told: str) -> None:
    change(own, **facts)
    refused(own, told)


def test_a_card_without_the_size_of_its_pixels_is_refused(own: Path) -> None:
    card = own.with_suffix(".json")
    facts = json.loads(card.read_text())
    del facts["pixel_mm"]
    card.write_text(json.dumps(facts))
    refused(own, "pixel_mm is not 1.5")


def test_more_channels_than_on_the_card_are_refused(own: Path) -> None:
    change(own, heads={"muscles": ["background", "psoas_left"]})
    refused(own, "does not answer as its card says")


def test_no_numbers_are_refused(tmp_path: Path, write_network) -> None:
    rows = (*ROWS[:2], (0.0, float("nan")))
    refused(write_network(tmp_path, HEADS, rows), "does not answer")


def test_a_file_that_no_engine_reads_is_refused(tmp_path: Path, own: Path) -> None:
    import hashlib

    own.write_bytes(b"no network at all")
    change(own, sha256=hashlib.sha256(own.read_bytes()).hexdigest())
    refused(own, r'"mine" cannot be run\.')
