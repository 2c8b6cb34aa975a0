"""The channels of a network are read by their names."""

import numpy as np
import pytest

from myotome.errors import WeightsError
from myotome.nets.channels import Channels
from myotome.nets.model import CLASSES, load

MUSCLES, ROOMS = CLASSES["muscles"], CLASSES["compartments"]


def test_the_bundled_network_is_read_as_it_is() -> None:
    channels = Channels.of(load("muscles").heads, "muscles")
    assert channels.usual
    assert channels.missing == ()

    def network(batch):
        return batch

    assert channels.reading(network) is network


def test_any_order_of_heads_and_classes_gives_the_same_classes() -> None:
    rng = np.random.default_rng(3)
    wanted = rng.normal(size=(2, 19, 4, 5)).astype(np.float32)
    muscles, rooms = rng.permutation(13), rng.permutation(6)
    theirs = np.concatenate([wanted[:, 13:][:, rooms], wanted[:, :13][:, muscles]], axis=1)
    heads = {
        "compartments": tuple(ROOMS[n] for n in rooms),
        "muscles": tuple(MUSCLES[n] for n in muscles),
    }
    channels = Channels.of(heads, "mine")
    assert not channels.usual
    np.testing.assert_array_equal(channels.reading(lambda batch: batch)(theirs), wanted)


def test_a_muscle_without_a_channel_is_missing_and_wins_nowhere() -> None:
    channels = Channels.of({"muscles": ("background", "psoas_right", "psoas_left")}, "mine")
    assert set(channels.missing) == set(MUSCLES[1:]) - {"psoas_left", "psoas_right"}
    logits = np.full((1, 3, 2, 2), -500, np.float32)
    logits[:, 1] = -400
    assert (channels.arranged(logits).argmax(1) == MUSCLES.index("psoas_right")).all()


def test_channels_of_one_name_are_added_up() -> None:
    """Two channels of 0.3 beside a muscle of 0.4: together they are the background."""
    shares = np.array([0.3, 0.4, 0.3], np.float32)
    logits = np.log(shares)[None, :, None, None]
    channels = Channels.of({"muscles": ("background", "psoas_left", "background")}, "mine")
    found = channels.arranged(logits)
    assert found.argmax(1).item() == 0
    assert np.exp(found[0, 0, 0, 0]) == pytest.approx(0.6)


def test_compartments_that_were_never_learnt_are_not_given() -> None:
    heads = {"muscles": MUSCLES, "compartments": ("outside",) * 6}
    channels = Channels.of(heads, "mine")
    assert (channels.count, len(channels.sources)) == (19, 13)
    assert channels.arranged(np.zeros((1, 19, 2, 2), np.float32)).shape == (1, 13, 2, 2)


@pytest.mark.parametrize(
    ("heads", "told"),
    [
        ({"compartments": ROOMS}, "muscles"),
        ({"muscles": MUSCLES, "organs": ("liver",)}, "organs"),
        ({"muscles": ("background", "biceps")}, "biceps"),
        ({"muscles": ("background",)}, "no muscle"),
        ({"muscles": ("psoas_left",)}, "no background"),
        ({"muscles": MUSCLES, "compartments": ROOMS[:-1]}, "only some"),
    ],
)
def test_heads_that_cannot_be_read_are_refused(heads, told: str) -> None:
    with pytest.raises(WeightsError, match=told) as refusal:
        Channels.of(heads, "mine")
    assert "mine" in str(refusal.value)
