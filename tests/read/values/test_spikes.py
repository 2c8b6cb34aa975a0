"""Bytes changed, lost and zeroed in the pixels: told or refused by the place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray

from myotome.errors import GeometryError
from myotome.phantom import Anatomy, render, write_dicom
from myotome.read.assemble import assemble
from myotome.read.listing import list_series
from myotome.read.raw import PADDING
from myotome.read.values.hounsfield import check
from myotome.read.values.spikes import spikes
from myotome.read.values.stripes import LEAST_RUN, striped

Values = NDArray[np.int16]


@pytest.fixture(scope="module", params=[0, 3], ids=lambda seed: f"body {seed}")
def hu(request: pytest.FixtureRequest) -> Values:
    body = Anatomy.draw(request.param)
    made = render(body, spacing_mm=(6.0, 2.5, 2.5), oversample=1, noise_hu=12.0, seed=3)
    return made.volume.hu


def middle(hu: Values) -> tuple[int, int]:
    return hu.shape[1] // 2, hu.shape[2] // 2


def test_sound_scans_have_none(hu: Values) -> None:
    for found in (hu, hu[::2], np.where(hu < -1010, PADDING, hu).astype(np.int16)):
        assert spikes(found).lone == {}
        assert spikes(found).spoiled == ()
        assert striped(found) == ()
        assert check(found, "it") == ()


@pytest.mark.parametrize("bit", [11, 12, 13, 14, 15])
def test_one_bit_of_one_voxel(hu: Values, bit: int) -> None:
    made = hu.copy()
    j, i = middle(hu)
    flipped = np.uint16(made[14, j - 8, i + 3] + 1024) ^ np.uint16(1 << bit)
    made[14, j - 8, i + 3] = np.int16(np.int32(flipped.astype(np.int16)) - 1024)
    assert spikes(made).lone == {14: 1}
    assert spikes(made).spoiled == ()


def test_metal_and_gas_are_not_lone(hu: Values) -> None:
    made = hu.copy()
    j, i = middle(hu)
    for k, value in ((10, 3071), (12, -1000)):
        made[k, j, i] = value
        made[k, j - 1 : j + 2, i - 1 : i + 2] += np.int16(0.2 * value)  # a scanner blurs
        made[k, j, i + 1] += np.int16(0.5 * value)
    assert spikes(made).lone == {}


@pytest.mark.parametrize("count", [300, 3000])
def test_a_run_of_noise_spoils_its_slice(hu: Values, count: int) -> None:
    made = hu.copy()
    flat = made[9].reshape(-1)
    flat[4000 : 4000 + count] = np.random.default_rng(0).integers(-32768, 32767, count)
    assert spikes(made).spoiled == (9,)


@pytest.mark.parametrize("value", [-1024, -500, 1500])
def test_a_run_of_one_value_in_the_body(hu: Values, value: int) -> None:
    made = hu.copy()
    j, i = middle(hu)
    made[9, j, i - 20 : i + 20] = value
    assert striped(made) == (9,)
    assert striped(made[:, :, ::-1]) == (9,)
    made[9, j, i - 20 : i + 20 : LEAST_RUN // 2] -= 1  # nowhere so long a run
    assert striped(made) == ()


def test_a_run_of_one_value_in_the_air_is_a_caption(hu: Values) -> None:
    made = hu.copy()
    made[9, 2:6, 10:60] = 0
    assert striped(made) == ()


@pytest.mark.parametrize("step", [4, 16, 64])
def test_values_in_steps(hu: Values, step: int) -> None:
    coarse = (hu // step * step).astype(np.int16)
    assert [flag.code for flag in check(coarse, "it")] == ["values_coarse"]
    coarse[:20], coarse[24:] = hu[:20], hu[24:]
    (flag,) = check(coarse, "it")
    assert f"4 of {len(hu)} slices" in flag.message


@pytest.mark.parametrize("case", ["cptac_c3l_00189", "ts_example", "ct_colonography_0518"])
def test_real_scans_have_none(shared_data: Path, case: str) -> None:
    volume = assemble(list_series(shared_data / "cases" / case / "ct.nii.gz")[1][0].series)
    codes = {flag.code for flag in volume.flags}
    assert not codes & {"voxels_lone", "slices_strange", "values_coarse"}


@pytest.mark.parametrize(
    ("start", "what"),
    [(None, "voxels_lone"), (-6000, "one value where its neighbours"), (6000, "noise")],
    ids=["a bit", "zeros", "noise"],
)
def test_a_dicom_file_with_changed_bytes(tmp_path: Path, start: int | None, what: str) -> None:
    phantom = render(spacing_mm=(10.0, 4.0, 4.0), oversample=1, noise_hu=8.0)
    written = write_dicom(phantom, tmp_path / "ct")
    path = tmp_path / "ct" / written.files[12]
    pixels = bytearray(pydicom.dcmread(path).PixelData)
    content = path.read_bytes()
    if start is None:
        pixels[len(pixels) // 2 + 101] ^= 0x20  # the high byte of a pixel at mid-body
    elif start < 0:
        pixels[len(pixels) // 2 : len(pixels) // 2 + 400] = bytes(400)
    else:
        pixels[start : start + 2000] = np.random.default_rng(0).bytes(2000)
    path.write_bytes(content[: len(content) - len(pixels)] + bytes(pixels))
    series = list_series(tmp_path / "ct")[1][0].series
    if start is None:
        assert what in {flag.code for flag in assemble(series).flags}
        return
    with pytest.raises(GeometryError, match=rf"z=.*{what}"):
        assemble(series)
