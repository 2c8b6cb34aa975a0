"""The presets say what they promise: the paper's protocol to the letter, ours as it was used."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the [train] extra")

from myotome.errors import InputError  # noqa: E402
from myotome.tables.architectures import ARCHITECTURE  # noqa: E402
from myotome.train.augment.draw import OUT_JI, apply  # noqa: E402
from myotome.train.fit.checkpoint import config_of  # noqa: E402
from myotome.train.fit.loop import rate  # noqa: E402
from myotome.train.fit.presets import AUGMENTATIONS, PRESETS, neutral, paper_draw, preset  # noqa: E402
from myotome.train.fit.recipe import Config, resolved  # noqa: E402


@pytest.mark.parametrize("key", PRESETS)
def test_every_preset_is_whole(key: str, box_case) -> None:
    row = PRESETS[key]
    assert row.config.preset == key
    assert row.config.architecture in ARCHITECTURE
    assert row.config.augmentation in AUGMENTATIONS
    assert row.words
    assert row.notes
    ready = resolved(row.config, [box_case()])
    assert ready.total > 0
    assert config_of(ready.identity()).identity() == ready.identity()


def test_the_papers_learning_rates(box_case) -> None:
    """Vu et al. 2024: Adam, 1e-4 for 100 epochs, then 1e-5 for 100, then 1e-6 for 100."""
    config = resolved(preset("paper"), [box_case()])
    assert config.optimiser == "adam"
    assert config.total == 300 * config.epoch_length
    each = [config.learning_rate * rate(step, config) for step in range(config.total)]
    third = config.total // 3
    for part, expected in enumerate((1e-4, 1e-5, 1e-6)):
        assert each[part * third : (part + 1) * third] == pytest.approx([expected] * third)
    assert config.validation_slices == 128
    assert config.architecture == "resunet4"


def test_an_epoch_of_the_paper_is_one_pass_over_the_slices(box_case) -> None:
    assert resolved(preset("paper", batch=2), [box_case()]).epoch_length == 2  # 3 slices
    many = [box_case(f"b{n}") for n in range(7)]
    assert resolved(preset("paper"), many).epoch_length == 2  # 21 slices of batch 16


def test_the_papers_augmentation() -> None:
    """Vu et al. 2024: zoom in +-0.2, rotation in +-20 degrees, probability 0.8; nothing else."""
    rng = np.random.default_rng(0)
    drawn = [paper_draw(rng) for _ in range(4000)]
    zooms = np.array([d.geometry.zoom_ji for d in drawn])
    angles = np.array([d.geometry.rotation_deg for d in drawn])
    assert (zooms[:, 0] == zooms[:, 1]).all()
    assert 0.8 <= zooms.min() < 0.81
    assert 1.19 < zooms.max() <= 1.2
    assert -20 <= angles.min() < -19.5
    assert 19.5 < angles.max() <= 20
    for share in ((zooms[:, 0] != 1).mean(), (angles != 0).mean()):
        assert share == pytest.approx(0.8, abs=0.03)  # 4 standard errors of 4000 draws
    for d in drawn[:20]:
        same = neutral(zoom=d.geometry.zoom_ji[0], rotation_deg=d.geometry.rotation_deg)
        assert d == same


@pytest.mark.parametrize("seed", [0, 1])
def test_the_neutral_draw_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    hu = torch.from_numpy(rng.normal(0, 200, (3, *OUT_JI)).astype(np.float32))
    hu[:, :4] = hu[:, -4:] = hu[..., :4] = hu[..., -4:] = 40  # the body fills the plane
    labels = torch.from_numpy(rng.integers(0, 13, OUT_JI).astype(np.uint8))
    rooms = torch.from_numpy(rng.integers(0, 6, OUT_JI).astype(np.uint8))
    out = apply(neutral(), hu, labels, rooms)
    torch.testing.assert_close(out[0], hu, atol=0.5, rtol=0)
    assert torch.equal(out[1], labels)
    assert torch.equal(out[2], rooms)


def test_the_cosine_of_modern_begins_warm_and_ends_at_nothing() -> None:
    config = preset("modern")
    assert (config.iterations, config.batch, config.learning_rate) == (8000, 8, 3e-3)
    assert rate(0, config) == pytest.approx(0.01)
    assert rate(99, config) == rate(100, config) == 1.0
    assert rate(4050, config) == pytest.approx(0.5)
    assert rate(7999, config) < 1e-6


def test_changes_override_and_none_does_not() -> None:
    config = preset("paper", iterations=30, architecture="unet", batch=None)
    assert (config.iterations, config.architecture, config.batch) == (30, "unet", 16)
    assert [rate(step, config) for step in (9, 10, 20)] == [1.0, 0.1, 0.01]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"architecture": "vgg"}, "no architecture"),
        ({"augmentation": "wild"}, "no augmentation"),
        ({"batch": 0}, "batch"),
        ({"iterations": -1}, "iterations"),
        ({"loaders": -1}, "loaders"),
        ({"plane_ji": (100, 96)}, "multiples of 16"),
    ],
)
def test_nonsense_is_refused(changes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        preset("modern", **changes)


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="modern, paper, tiny"):
        preset("fast")


def test_threads_and_saving_are_not_part_of_what_a_run_is() -> None:
    one, other = Config(threads=1, checkpoint_every=7), Config(threads=9, loaders=3)
    assert one.identity() == other.identity()
    assert Config(seed=2).identity() != one.identity()
