"""The counting network learns from points: targets, drawn samples, resuming, deploying."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the [train] extra")
pytest.importorskip("onnx", reason="training needs the [train] extra")

from myotome.errors import InputError  # noqa: E402
from myotome.locate.bodies.count import count_bodies  # noqa: E402
from myotome.locate.bodies.find import network_input  # noqa: E402
from myotome.locate.bodies.straight import DEEP, WIDE  # noqa: E402
from myotome.nets.infer import Engine  # noqa: E402
from myotome.nets.model import load  # noqa: E402
from myotome.phantom import Anatomy, render  # noqa: E402
from myotome.tables.anatomy.vertebrae import COUNTED  # noqa: E402
from myotome.train.vertebrae.cases import cases_in, phantom_case, vertebrae_of  # noqa: E402
from myotome.train.vertebrae.deploy import deploy  # noqa: E402
from myotome.train.vertebrae.draw import draw  # noqa: E402
from myotome.train.vertebrae.fit import Plan, fit  # noqa: E402
from myotome.train.vertebrae.points import SpineCase, Vertebra, read_points  # noqa: E402
from myotome.train.vertebrae.targets import targets_of  # noqa: E402

NAMES = ("L4", "L3", "L2", "L1", "T12")
BASE, PITCH, HEIGHT = 30.0, 32.0, 24.0


@pytest.fixture(scope="module")
def case() -> SpineCase:
    """Five plain bodies with bright endplates between dark discs."""
    z = np.arange(1.0, 220.0, 2.0)
    hu = np.full((len(z), DEEP, WIDE), 40.0)
    vertebrae = []
    for n, name in enumerate(NAMES):
        low = BASE + n * PITCH
        inside = (z > low) & (z < low + HEIGHT)
        hu[inside, 16:36, 32:52] = 180.0
        for end in (low, low + HEIGHT):
            hu[np.abs(z - end) < 2, 16:36, 32:52] = 500.0
        if name.startswith("T"):
            hu[inside, 40:50, 5:30] = 400.0
        vertebrae.append(_vertebra(name, low))
    noisy = hu + np.random.default_rng(3).normal(0, 10, hu.shape)
    return SpineCase(
        name="plain",
        z_mm=z,
        straight=(noisy.astype(np.int16),),
        vertebrae=tuple(vertebrae),
    )


def _vertebra(name: str, low: float, **changes) -> Vertebra:
    rib = name.startswith("T")
    told = {
        "name": name,
        "centre_mm": (0.0, 0.0, low + HEIGHT / 2),
        "superior_z_mm": low + HEIGHT,
        "inferior_z_mm": low,
        "ribs": (rib, rib),
    }
    return Vertebra(**(told | changes))


def test_targets_peak_at_endplates_and_name_the_rows_between(case) -> None:
    told = targets_of(case.z_mm, case.vertebrae)
    l3 = BASE + PITCH
    assert case.z_mm[told.heat[1].argmax()] % PITCH == pytest.approx(BASE % PITCH, abs=2)
    inside = (case.z_mm > l3) & (case.z_mm < l3 + HEIGHT)
    assert set(told.names[inside]) == {COUNTED.index("L3")}
    assert set(told.ribs[0][told.names == COUNTED.index("T12")]) == {1.0}
    assert set(told.ribs[0][inside]) == {0.0}
    assert set(told.names[case.z_mm < BASE - 1]) == {-1}


def test_nothing_is_asked_beyond_a_cut_vertebra_and_below_s1_all_is_sacrum(case) -> None:
    cut = _vertebra("L4", BASE, inferior_z_mm=None, whole=False)
    told = targets_of(case.z_mm, [cut, *case.vertebrae[1:]])
    assert (told.heat_weight[:, case.z_mm < BASE + HEIGHT / 2] == 0).all()
    sacrum = _vertebra("S1", BASE, inferior_z_mm=None, whole=False)
    told = targets_of(case.z_mm, [sacrum, *case.vertebrae[1:]])
    below = case.z_mm < BASE
    assert set(told.names[below]) == {COUNTED.index("S1")}
    assert (told.name_weight[below] > 0).all()


def test_the_same_draw_gives_the_same_sample_and_another_another(case) -> None:
    one, same, other = (draw(case, np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(one[0], same[0])
    assert np.array_equal(one[2].heat, same[2].heat)
    assert one[0].shape != other[0].shape or not np.array_equal(one[0], other[0])
    for _, coronal, told in (one, other):
        assert coronal.shape[1] == told.heat.shape[1] == len(told.names)


PLAN = Plan(iterations=40, batch=2, checkpoint_every=10)


def test_it_learns_and_its_file_counts_the_bodies(case, tmp_path: Path) -> None:
    said: list[str] = []
    torch.set_num_threads(1)
    net = fit([case], PLAN, tmp_path / "net.pt", said.append)
    losses = [float(words.rsplit(" ", 1)[1]) for words in said]
    assert losses[-1] < 0.6 * losses[0]
    deploy(net, tmp_path, {"licence": "CC BY 4.0", "intended_use": "research use only"})
    model = load("vertebrae", tmp_path)
    assert json.loads((tmp_path / "vertebrae.json").read_text())["in_channels"] == 14
    shown = network_input(case.straight[0].astype(np.float32))
    with torch.no_grad():
        wanted = net(torch.from_numpy(shown)).numpy()
    got = Engine(model, threads=1, precision="fp32")(shown)
    assert np.abs(got - wanted).max() < 0.05  # weights are kept in half precision
    found = count_bodies(case.z_mm, got[0, :3, : len(case.z_mm)])
    assert all(body.height_mm < 45 for body in found)


def test_a_stopped_training_goes_on_bit_for_bit(case, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    plan = Plan(iterations=6, batch=1, checkpoint_every=2)
    whole = fit([case], plan, tmp_path / "whole.pt", list)

    def stop(words: str) -> None:
        if words.startswith("4/"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit([case], plan, tmp_path / "part.pt", stop)
    again = fit([case], plan, tmp_path / "part.pt", list)
    for one, other in zip(whole.state_dict().values(), again.state_dict().values(), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(InputError, match="another plan"):
        fit([case], Plan(iterations=7), tmp_path / "part.pt", list)


def test_a_phantoms_vertebrae_are_those_of_its_formula() -> None:
    made = render(Anatomy.draw(2), spacing_mm=(5.0, 3.0, 3.0))
    found = {v.name: v for v in vertebrae_of(made.truth)}
    for name, level in made.truth.landmarks.levels.items():
        assert found[name].centre_mm[2] == pytest.approx(level.mid_z_mm, abs=0.5)
    assert found["S1"].inferior_z_mm is None


def test_a_phantom_is_straightened_along_three_lines() -> None:
    made = phantom_case(1, Engine(load("landmarks"), threads=1))
    assert len(made.straight) == 3
    assert {one.shape for one in made.straight} == {(len(made.z_mm), DEEP, WIDE)}
    assert {"L1", "L3", "L5"} <= {v.name for v in made.vertebrae}


def test_what_are_no_points_is_refused(tmp_path: Path) -> None:
    for text in ("{", "{}", '{"vertebrae": [{"name": "L3"}]}', '{"vertebrae": 3}'):
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(InputError, match="no points"):
            read_points(tmp_path / "x.json")
    with pytest.raises(InputError, match="no points"):
        list(cases_in(tmp_path, lambda x: x))


def test_a_ct_outside_the_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vertebrae").mkdir()
    (tmp_path / "vertebrae" / "x.json").write_text('{"ct": "../../etc/x.nii.gz", "vertebrae": []}')
    with pytest.raises(InputError, match="outside"):
        list(cases_in(tmp_path, lambda x: x))
