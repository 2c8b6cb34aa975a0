"""Bodies that lie otherwise than their header says: phantoms, and real scans where they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from myotome.errors import GeometryError
from myotome.locate import locate
from myotome.locate.coarse import coarse_view, probabilities
from myotome.locate.upright.direction import certainty, judge_direction, ordered, reversed_view
from myotome.nets.infer import Engine
from myotome.nets.model import load
from myotome.nouns.space.given import Given
from myotome.nouns.space.volume import Volume
from myotome.phantom import Anatomy, render
from myotome.tables.anatomy.turns import TURN, TURNS
from myotome.tables.flags.every import FLAG

GROSS = [turn.key for turn in TURNS if any(turn.reversed[:2])]


@pytest.fixture(scope="module")
def engines() -> list[Engine]:
    return [Engine(load(name), threads=2) for name in ("landmarks", "vertebrae", "upright")]


@pytest.fixture(scope="module")
def phantom() -> Volume:
    return render(Anatomy.draw(11), spacing_mm=(5.0, 2.0, 2.0), noise_hu=8.0).volume


def _turned(volume: Volume, key: str) -> Volume:
    """The voxels reversed, the header kept: as converters and wrong positions do it."""
    axes = [axis for axis, wrong in enumerate(TURN[key].reversed) if wrong]
    return replace(volume, hu=np.ascontiguousarray(np.flip(volume.hu, axes)))


def _judged(volume: Volume, engines: list[Engine], upright):
    view = coarse_view(volume)
    seen = probabilities(view, engines[0])
    return judge_direction(volume, (view, seen), engines[0], upright)


def _codes(volume: Volume, engines: list[Engine]) -> set[str]:
    return {flag.code for flag in locate(volume, *engines).flags}


def test_a_phantom_that_lies_as_its_header_says_is_not_accused(phantom, engines) -> None:
    assert not {"body_mirrored", "body_direction_doubtful"} & _codes(phantom, engines)


@pytest.mark.parametrize("key", GROSS)
def test_a_phantom_upside_down_or_front_to_back_is_refused_by_name(phantom, engines, key) -> None:
    with pytest.raises(GeometryError) as refused:
        locate(_turned(phantom, key), *engines)
    assert refused.value.mend
    up, front, _ = TURN[key].reversed
    assert ("upside down" in refused.value.what) is up
    assert ("front to back" in refused.value.what) is front


def test_a_mirrored_phantom_is_flagged(phantom, engines) -> None:
    assert "body_mirrored" in _codes(_turned(phantom, "mirrored"), engines)


def test_a_prone_patient_whose_header_says_so_is_upright(phantom, engines) -> None:
    """Only a table that lies in front tells: the body is where LPS says."""
    hu = phantom.hu.copy()
    front = int(np.flatnonzero((hu > -300).any(axis=(0, 2)))[0])
    hu[:, max(0, front - 4) : max(1, front - 2), 20:-20] = 60
    assert not {"body_mirrored", "body_direction_doubtful"} & _codes(
        replace(phantom, hu=hu), engines
    )


def test_without_the_network_nobody_judges(phantom, engines) -> None:
    assert locate(_turned(phantom, "mirrored"), *engines[:2]).levels


def test_a_person_who_set_a_level_has_looked_at_the_scan(phantom, engines) -> None:
    over = _turned(phantom, "upside_down")
    middle = float(over.grid.slice_z_mm(over.grid.shape[0] // 2))
    found = locate(over, *engines, given=Given(z_mm={"L3": middle}))
    assert "body_direction_doubtful" in {flag.code for flag in found.flags}
    assert found.levels["L3"].mid_z_mm == pytest.approx(middle, abs=0.1)


class _Says:
    """An upright network that is sure of one turn."""

    def __init__(self, key: str, logit: float = 9.0) -> None:
        self.key, self.logit = key, logit

    def __call__(self, shown: np.ndarray) -> np.ndarray:
        wanted = np.array([turn.key == self.key for turn in TURNS])[: len(shown)]
        return np.where(wanted, self.logit, 0.0)[:, None].astype(np.float32)


def test_one_network_alone_refuses_nothing(phantom, engines) -> None:
    """The direction network accuses, but the turned scan is explained worse."""
    assert _judged(phantom, engines, _Says("upside_down")) == ()


def test_an_accusation_that_is_not_sure_is_a_flag(phantom, engines) -> None:
    over = _turned(phantom, "upside_down")
    flags = _judged(over, engines, _Says("upside_down", logit=2.6))
    assert [flag.code for flag in flags] == [FLAG["body_direction_doubtful"].key]


def test_an_upright_scan_is_explained_best(phantom, engines) -> None:
    view = coarse_view(phantom)
    seen = probabilities(view, engines[0])
    over = coarse_view(_turned(phantom, "upside_down"))
    other = probabilities(over, engines[0])
    assert ordered(view, seen) > ordered(over, other) + 0.1
    assert 0 < certainty(seen) <= 1


@pytest.mark.shared
@pytest.mark.parametrize("key", TURN)
@pytest.mark.parametrize("scan", ["cases/hcc_007", "cases/ct_colonography_0518", "cases/waw_2144"])
def test_real_scans_turned(shared_data, read_nifti, engines, scan, key) -> None:
    volume = _turned(read_nifti(shared_data / scan / "ct.nii.gz"), key)
    if key in GROSS:
        with pytest.raises(GeometryError):
            _judged(volume, engines, engines[2])
        return
    codes = [flag.code for flag in _judged(volume, engines, engines[2])]
    liver_in_view = scan != "cases/ct_colonography_0518"
    assert codes == (["body_mirrored"] if key == "mirrored" and liver_in_view else [])


def test_a_deep_body_is_reversed_with_its_front_in_view() -> None:
    """Flipping the window alone would keep what it has cut off in front out of sight."""
    volume = render(Anatomy(body_scale=1.3, fat_scale=2.2), spacing_mm=(5.0, 2.0, 2.0)).volume
    view = coarse_view(volume)
    wanted = coarse_view(_turned(volume, "front_to_back")).hu
    got, flipped = reversed_view(volume, view), view.hu[:, ::-1]
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).mean() < np.abs(flipped - wanted).mean() / 3


def test_a_body_within_the_window_is_flipped_with_it() -> None:
    volume = render(Anatomy(body_scale=0.8), spacing_mm=(5.0, 2.0, 2.0)).volume
    view = coarse_view(volume)
    assert np.array_equal(reversed_view(volume, view), view.hu[:, ::-1])
