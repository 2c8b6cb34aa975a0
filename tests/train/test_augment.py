"""Drawn is not applied: equal draws give equal samples, and labels move with the image."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the [train] extra")

from myotome.train.augment import OUT_JI, Draw, apply, draw  # noqa: E402

PLAIN = Draw(
    mirror=False, zoom_ji=(1, 1), rotation_deg=0, shear=0, shift_ji=(0, 0), elastic_px=0,
    fat_factor=1, reach_mm=4, thick=0, muscle_shift_hu=0, each_muscle_sd_hu=0, infiltration=0,
    organ_field_hu=0, enhancement_hu=0, scale=1, offset_hu=0, blur_px=0, sharpen=0, noise_hu=0,
    noise_blur_px=0, streak_hu=0, fov_radius=9, arms=False, seed=0,
)  # fmt: skip


def body() -> tuple["torch.Tensor", "torch.Tensor", "torch.Tensor"]:
    """An oval body with a bright left psoas (1) on the patient's left: high i."""
    y, x = np.mgrid[-110:110, -140:140].astype(np.float32)
    hu = np.full(y.shape, -1000, np.float32)
    hu[(x / 120) ** 2 + (y / 90) ** 2 < 1] = -100
    left = (x - 30) ** 2 + y**2 < 15**2
    right = (x + 30) ** 2 + y**2 < 15**2
    hu[left | right] = 60
    muscles = (left + 2 * right).astype(np.uint8)
    inner = (x / 80) ** 2 + (y / 60) ** 2 < 1
    compartments = np.where(inner, 1, 0).astype(np.uint8)
    stack = torch.from_numpy(np.stack([hu, hu, hu]))
    return stack, torch.from_numpy(muscles), torch.from_numpy(compartments)


def test_the_plain_draw_changes_nothing() -> None:
    hu, muscles, compartments = body()
    out = apply(PLAIN, hu, muscles, compartments)
    assert out[0].shape == (3, *OUT_JI)
    assert int((out[1] == 1).sum()) == pytest.approx(int((muscles == 1).sum()), rel=0.02)
    assert float(out[0][1][out[1] == 1].median()) == pytest.approx(60, abs=1)


def test_equal_draws_give_equal_samples_and_others_differ() -> None:
    d = draw(np.random.default_rng(5))
    first, again = apply(d, *body()), apply(d, *body())
    other = apply(draw(np.random.default_rng(6)), *body())
    assert all(bool((a == b).all()) for a, b in zip(first, again, strict=True))
    assert not bool((first[0] == other[0]).all())


def test_a_mirror_swaps_left_and_right_labels() -> None:
    _, muscles, _ = apply(replace(PLAIN, mirror=True), *body())
    columns = torch.arange(OUT_JI[1]).float()
    left = columns[(muscles == 1).any(dim=0)].mean()
    right = columns[(muscles == 2).any(dim=0)].mean()
    assert left > right  # the patient's left stays at high i


def test_muscle_stays_where_its_label_goes() -> None:
    for seed in range(8):
        d = replace(
            draw(np.random.default_rng(seed)), infiltration=0, fov_radius=9, noise_hu=0,
            streak_hu=0, arms=False, organ_field_hu=0, enhancement_hu=0, blur_px=0, sharpen=0,
        )  # fmt: skip
        hu, muscles, _ = apply(d, *body())
        inside = hu[1][(muscles == 1) | (muscles == 2)]
        assert float((inside > -20).float().mean()) > 0.9


def test_fat_factor_changes_the_body_but_not_the_muscle() -> None:
    thin = apply(replace(PLAIN, fat_factor=0.3), *body())
    thick = apply(replace(PLAIN, fat_factor=1.6), *body())
    assert int((thick[0][1] > -300).sum()) > 1.3 * int((thin[0][1] > -300).sum())
    assert int((thick[1] > 0).sum()) == pytest.approx(int((thin[1] > 0).sum()), rel=0.02)
