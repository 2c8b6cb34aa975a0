"""Slices whose values fit no neighbour, whatever their headers say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from myotome.errors import GeometryError
from myotome.phantom import Anatomy, Faults, render, write_dicom
from myotome.read.assemble import assemble
from myotome.read.listing import list_series
from myotome.read.raw import PADDING
from myotome.read.values.planes import odd_slices

Values = NDArray[np.int16]


@pytest.fixture(scope="module", params=[0, 3], ids=lambda seed: f"body {seed}")
def hu(request: pytest.FixtureRequest) -> Values:
    body = Anatomy.draw(request.param)
    made = render(body, spacing_mm=(6.0, 3.0, 3.0), oversample=1, noise_hu=12.0, seed=3)
    return made.volume.hu


WRONG: dict[str, Callable[[Values], Any]] = {
    "1024 too high": lambda p: p + 1024,
    "30 too high": lambda p: p + 30,
    "halved": lambda p: p * 0.5,
    "0.9": lambda p: p * 0.9,
    "blank": lambda p: np.full_like(p, -1024),
    "all water": np.zeros_like,
    "padding": lambda p: np.full_like(p, PADDING),
    "noise": lambda p: np.random.default_rng(0).normal(0, 200, p.shape),
}
STRANGE: dict[str, Callable[[Values], Any]] = {
    "30 mm aside": lambda p: np.roll(p, 10, axis=1),
    "60 mm forward": lambda p: np.roll(p, -20, axis=0),
    "smaller": lambda p: np.pad(p[::2, ::2], 40, constant_values=-1000)[: p.shape[0], : p.shape[1]],
}


def changed(hu: Values, k: int, how: Callable[[Values], Any]) -> Values:
    out = hu.copy()
    out[k] = np.rint(how(hu[k])).astype(np.int16)
    return out


def test_sound_scans_have_no_odd_slices(hu: Values) -> None:
    for found in (odd_slices(hu), odd_slices(hu[::2]), odd_slices(hu[:, ::2, ::2])):
        assert (found.wrong, found.strange) == ({}, {})


@pytest.mark.parametrize("k", [9, 20, -5])
@pytest.mark.parametrize("what", WRONG)
def test_wrong_values_in_one_slice(hu: Values, what: str, k: int) -> None:
    assert set(odd_slices(changed(hu, k, WRONG[what])).wrong) == {k % len(hu)}


@pytest.mark.parametrize("factor", [0.5, 0.8, 0.9, 1.2])
def test_a_third_of_the_slices_on_another_scale(hu: Values, factor: float) -> None:
    first, last = len(hu) // 3, 2 * len(hu) // 3
    part = hu.copy()
    part[first:last] = np.clip(np.rint(hu[first:last] * factor), -2000, 3071)
    assert set(odd_slices(part).wrong) == set(range(first, last))


@pytest.mark.parametrize(
    ("k", "sd"),
    [(slice(9, 10), 30), (slice(9, 10), 60), (slice(20, 22), 30), (slice(12, 24), 60)],
)
def test_slices_noisier_than_the_others(hu: Values, k: slice, sd: float) -> None:
    made = hu.copy()
    noise = np.random.default_rng(1).normal(0, sd, hu[k].shape)
    made[k] = np.rint(hu[k] + noise)
    found = odd_slices(made)
    assert not found.wrong
    assert set(range(k.start, k.stop)) <= set(found.strange)


@pytest.mark.parametrize("k", [9, 20, -5])
@pytest.mark.parametrize("what", STRANGE)
def test_strange_contents_of_one_slice(hu: Values, what: str, k: int) -> None:
    found = odd_slices(changed(hu, k, STRANGE[what]))
    assert set(found.wrong) | set(found.strange) == {k % len(hu)}


def test_a_slice_from_elsewhere_in_the_body(hu: Values) -> None:
    found = odd_slices(changed(hu, 12, lambda _: hu[38]))
    assert set(found.wrong) | set(found.strange) == {12}


def test_two_odd_slices_in_a_row(hu: Values) -> None:
    two = changed(changed(hu, 15, lambda _: hu[40]), 16, lambda _: hu[41])
    found = odd_slices(two)
    assert set(found.wrong) | set(found.strange) == {15, 16}


@pytest.mark.parametrize("k", [0, -1])
def test_the_first_and_the_last(hu: Values, k: int) -> None:
    assert set(odd_slices(changed(hu, k, WRONG["blank"])).wrong) == {k % len(hu)}
    assert set(odd_slices(changed(hu, k, WRONG["1024 too high"])).wrong) == {k % len(hu)}


@pytest.mark.parametrize("case", ["hcc_006", "lidc_idri_0001", "ts_example", "waw_2144"])
def test_real_scans_are_sound_and_a_turned_slice_is_strange(shared_data: Path, case: str) -> None:
    hu = assemble(list_series(shared_data / "cases" / case / "ct.nii.gz")[1][0].series).hu
    found = odd_slices(hu)
    assert (found.wrong, found.strange) == ({}, {})
    k = len(hu) // 3
    for how in (lambda p: p[:, ::-1], lambda p: p[::-1]):
        found = odd_slices(changed(hu, k, how))
        assert set(found.wrong) | set(found.strange) == {k}


def test_few_slices_are_not_judged(hu: Values) -> None:
    found = odd_slices(changed(hu[:6], 3, WRONG["blank"]))
    assert (found.wrong, found.strange) == ({}, {})


def test_a_dicom_series_is_refused_by_the_place_or_mended(tmp_path: Path) -> None:
    phantom = render(spacing_mm=(10.0, 8.0, 8.0), oversample=1)
    write_dicom(phantom, tmp_path / "ct", faults=Faults(foreign_slice="brighter"))
    series = list_series(tmp_path / "ct")[1][0].series
    middle = len(phantom.volume.hu) - 1 - len(phantom.volume.hu) // 2
    z = phantom.volume.grid.slice_z_mm(middle)
    with pytest.raises(GeometryError, match=rf"z={z:.1f} mm.*\+100 HU"):
        assemble(series)
    mended = assemble(series, allow_gaps=True)
    codes = {flag.code for flag in mended.flags}
    assert {"slices_unreadable", "gaps_interpolated"} <= codes
    others = np.arange(len(mended.hu)) != middle
    assert np.array_equal(mended.hu[others], phantom.volume.hu[others])
