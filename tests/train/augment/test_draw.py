"""Drawn is not applied: equal draws give equal samples, and labels move with the image."""

from dataclasses import asdict, replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the [train] extra")

from myotome.train.augment.deform import Geometry, draw_geometry  # noqa: E402
from myotome.train.augment.draw import OUT_JI, Draw, apply, draw  # noqa: E402
from myotome.train.augment.scanner import Scanner, draw_scanner  # noqa: E402
from myotome.train.augment.tissue import Tissue, draw_tissue  # noqa: E402

SHAPE = Geometry(
    mirror=False, zoom_ji=(1, 1), rotation_deg=0, shear=0, shift_ji=(0, 0), elastic_px=0,
    fat_factor=1, belly=1, sides=(1, 1), bulge=(0, 0, 20), muscle_growth_px=(0,) * 13,
    tilt_ji=(0, 0), reach_mm=4,
)  # fmt: skip
FLESH = Tissue(
    muscle_shift_hu=0, each_muscle_sd_hu=0, infiltration=0, streaks=0, fat_shift_hu=0,
    stranding=0, organ_field_hu=0, enhancement_hu=0, gas=0, bone_factor=1, phase_hu=(),
)  # fmt: skip
MACHINE = Scanner(
    scale=1, offset_hu=0, thick=0, blur_px=0, sharpen=0, noise_hu=0, noise_blur_px=0,
    streak_hu=0, metal_hu=0, table=False, arms=0, fov_radius=9,
)  # fmt: skip
PLAIN = Draw(geometry=SHAPE, tissue=FLESH, scanner=MACHINE, seed=0)


def shaped(**changes: object) -> Draw:
    return replace(PLAIN, geometry=replace(SHAPE, **changes))


def fleshed(**changes: object) -> Draw:
    return replace(PLAIN, tissue=replace(FLESH, **changes))


def scanned(**changes: object) -> Draw:
    return replace(PLAIN, scanner=replace(MACHINE, **changes))


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


def test_every_parameter_has_an_effect() -> None:
    """Nothing is drawn in vain: each parameter, drawn strongly, changes the sample."""
    strong = {
        "mirror": True, "zoom_ji": (0.8, 1.1), "rotation_deg": 10, "shear": 0.1,
        "shift_ji": (5, 5), "elastic_px": 4, "fat_factor": 0.5, "belly": 1.3, "sides": (0.9, 1.1),
        "bulge": (200, 10, 20), "muscle_growth_px": (0, *(-2.0,) * 12), "tilt_ji": (1, 2),
        "muscle_shift_hu": 20, "each_muscle_sd_hu": 10, "infiltration": 0.7, "streaks": 0.8,
        "fat_shift_hu": 10, "stranding": 0.6, "organ_field_hu": 60, "enhancement_hu": 100,
        "gas": 1.9, "bone_factor": 0.6, "phase_hu": (200.0,) * 256, "scale": 1.05, "offset_hu": 9,
        "thick": 0.3, "blur_px": 1, "sharpen": 1, "noise_hu": 20, "metal_hu": 300, "table": True,
        "arms": 3, "fov_radius": 0.5,
    }  # fmt: skip
    hu, muscles, compartments = body()
    hu[:, 100:110, 130:150] = 700  # a bone
    hu[0] = torch.where(hu[0] > -500, hu[0] + 30, hu[0])
    organs = torch.zeros_like(muscles)
    organs[60:70, 100:120] = 5
    medians = torch.full((256,), float("nan"))
    medians[5] = -100
    context = (hu, muscles, compartments, organs, medians)
    start = replace(PLAIN, seed=1)  # a seed that chooses at least one of the muscles
    plain = apply(start, *context)
    for part, name in ((SHAPE, "geometry"), (FLESH, "tissue"), (MACHINE, "scanner")):
        # reach is used when the planes are picked; the last two shape the noise alone
        for key in asdict(part).keys() - {"reach_mm", "noise_blur_px", "streak_hu"}:
            d = replace(start, **{name: replace(part, **{key: strong[key]})})
            changed = apply(d, *context)
            assert not bool((changed[0] == plain[0]).all()), key


def test_a_mirror_swaps_left_and_right_labels() -> None:
    _, muscles, _ = apply(shaped(mirror=True), *body())
    columns = torch.arange(OUT_JI[1]).float()
    left = columns[(muscles == 1).any(dim=0)].mean()
    right = columns[(muscles == 2).any(dim=0)].mean()
    assert left > right  # the patient's left stays at high i


def test_muscle_stays_where_its_label_goes() -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        d = Draw(geometry=draw_geometry(rng), tissue=FLESH, scanner=MACHINE, seed=seed)
        hu, muscles, _ = apply(d, *body())
        inside = hu[1][(muscles == 1) | (muscles == 2)]
        assert float((inside > -20).float().mean()) > 0.9


def test_fat_factor_changes_the_body_but_not_the_muscle() -> None:
    thin = apply(shaped(fat_factor=0.3), *body())
    thick = apply(shaped(fat_factor=1.6), *body())
    assert int((thick[0][1] > -300).sum()) > 1.3 * int((thin[0][1] > -300).sum())
    assert int((thick[1] > 0).sum()) == pytest.approx(int((thin[1] > 0).sum()), rel=0.02)


def test_a_muscle_grows_and_shrinks_by_what_was_drawn() -> None:
    """A disc of radius 15 whose outline moves by 1.5 pixels: area (16.5 / 15)^2."""
    _, muscles, _ = body()
    before = int((muscles == 1).sum())
    for amount in (1.5, -1.5):
        growth = tuple(amount if value == 1 else 0.0 for value in range(13))
        _, after, _ = apply(shaped(muscle_growth_px=growth), *body())
        wanted = ((15 + amount) / 15) ** 2
        assert int((after == 1).sum()) / before == pytest.approx(wanted, rel=0.06)
        assert int((after == 2).sum()) == pytest.approx(int((muscles == 2).sum()), rel=0.02)


def test_muscle_turned_to_fat_loses_its_label() -> None:
    """The reference labels end where HU fall below -29."""
    for seed in range(6):
        d = replace(fleshed(infiltration=0.95, streaks=1.0), seed=seed)
        hu, muscles, _ = apply(d, *body())
        inside = hu[1][(muscles == 1) | (muscles == 2)]
        assert float((inside < -35).float().mean()) < 0.03


def test_beyond_the_field_of_view_there_is_neither_muscle_nor_fat() -> None:
    hu, muscles, compartments = apply(scanned(fov_radius=0.25), *body())
    outside = hu[1] < -1000
    assert bool(outside.any())
    assert not bool(muscles[outside].any())
    assert not bool(compartments[outside].any())
    assert 0 < int((muscles > 0).sum()) < int((body()[1] > 0).sum())


def test_a_contrast_phase_moves_an_organ_to_what_was_drawn() -> None:
    hu, muscles, compartments = body()
    organs = torch.zeros_like(muscles)
    organs[60:80, 100:130] = 52
    hu[:, organs == 52] = 40
    medians = torch.full((256,), float("nan"))
    medians[52] = 40
    d = fleshed(phase_hu=(250.0,) * 256)
    out, *_ = apply(d, hu, muscles, compartments, organs, medians)
    assert float(out[1].max()) == pytest.approx(250, abs=2)


def test_the_drawn_ranges_cover_small_and_large_lean_and_fat() -> None:
    rng = np.random.default_rng(0)
    shapes = [draw_geometry(rng) for _ in range(400)]
    assert min(s.fat_factor for s in shapes) < 0.3
    assert max(s.fat_factor for s in shapes) > 2
    assert {s.mirror for s in shapes} == {True, False}
    assert any(draw_scanner(rng).arms for _ in range(100))
    assert any(draw_tissue(rng).phase_hu for _ in range(20))
