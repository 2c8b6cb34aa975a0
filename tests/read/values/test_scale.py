"""The HU scale by air and fat: sound scans stay unflagged, wrong ones never pass in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from numpy.typing import NDArray

from myotome.errors import NotHounsfieldError
from myotome.nouns.space.hu_scale import HuScale
from myotome.phantom import Anatomy, render
from myotome.read.assemble import assemble
from myotome.read.listing import list_series
from myotome.read.values.scale import judged, scale_of

SPACING = (10.0, 3.0, 3.0)
Values = NDArray[np.int16]


@pytest.fixture(scope="module", params=[0, 3, 11], ids=lambda seed: f"body {seed}")
def hu(request: pytest.FixtureRequest) -> Values:
    body = Anatomy.draw(request.param)
    made = render(body, spacing_mm=SPACING, oversample=1, noise_hu=12.0, seed=request.param)
    return made.volume.hu


def on(scale: float, offset: float, hu: Values) -> Values:
    return np.clip(np.rint(hu * scale + offset), -1024, 3071).astype(np.int16)


def told(hu: Values, kvp: float | None = 120.0) -> set[str]:
    return {flag.code for flag in judged(scale_of(hu, SPACING[1:], kvp), "the CT")}


def test_sound_scans_are_not_flagged(hu: Values) -> None:
    found = scale_of(hu, SPACING[1:], 120.0)
    assert found.air_hu == pytest.approx(-1000, abs=2)
    assert found.fat_hu == pytest.approx(-102, abs=4)
    assert told(hu) == told(hu, None) == set()


def test_noise_cut_off_at_the_lowest_value_is_not_the_peak_of_air(hu: Values) -> None:
    """As on LIDC-IDRI-0001, whose air of -1013 HU has a tenth of its noise written as -1024."""
    rng = np.random.default_rng(2)
    noisy = np.where(hu < -900, np.rint(rng.normal(-1010, 12, hu.shape)), hu)
    found = scale_of(on(1, 0, noisy.astype(np.int16)), SPACING[1:], 120.0)
    assert found.air_hu == pytest.approx(-1010, abs=4)


GROSS = [(0.5, 0), (2.0, 0), (0.8, 0), (0.9, 0), (1.5, 0), (1.0, 100), (1.0, -60), (0.25, 0)]


@pytest.mark.parametrize(("scale", "offset"), GROSS)
def test_gross_errors_are_refused(hu: Values, scale: float, offset: float) -> None:
    with pytest.raises(NotHounsfieldError, match="wrong scale"):
        told(on(scale, offset, hu))


@pytest.mark.parametrize(("scale", "offset"), [(1, 24), (1, -24), (1, 16), (0.96, 0), (1.15, 0)])
def test_small_errors_are_flagged(hu: Values, scale: float, offset: float) -> None:
    assert told(on(scale, offset, hu)) == {"hu_scale"}


@pytest.mark.parametrize("written", [-1024, -1000, 0, -2000])
def test_air_that_a_program_wrote_proves_nothing(hu: Values, written: int) -> None:
    masked = np.where(hu < -300, written, hu).astype(np.int16)
    assert told(masked) == set()
    assert told(on(1, 24, np.where(hu < -300, -1024, hu))) == {"hu_scale"}  # fat alone shows it


def test_what_was_written_before_the_scale_was_lost_shows_it(hu: Values) -> None:
    masked = np.where(hu < -300, -1024, hu).astype(np.int16)
    with pytest.raises(NotHounsfieldError):
        told(on(0.5, 0, masked))


@pytest.mark.parametrize(("kvp", "fat"), [(80.0, -115), (100.0, -106), (140.0, -97)])
def test_fat_depends_on_the_voltage(kvp: float, fat: float) -> None:
    found = HuScale(air_hu=None, fat_hu=fat, fat_expected_hu=scale_of_nothing(kvp))
    assert judged(found, "the CT") == ()


def scale_of_nothing(kvp: float | None) -> float:
    empty = np.zeros((3, 20, 20), dtype=np.int16)
    found = scale_of(empty, (3.0, 3.0), kvp)
    assert (found.air_hu, found.fat_hu) == (None, None)
    assert judged(found, "the CT") == ()
    return found.fat_expected_hu


def test_low_voltage_fat_in_a_scan_of_unknown_voltage_is_told() -> None:
    found = HuScale(air_hu=None, fat_hu=-113.0, fat_expected_hu=scale_of_nothing(None))
    assert [flag.code for flag in judged(found, "the CT")] == ["hu_scale"]


@pytest.mark.parametrize(
    ("air", "fat"), [(-1013, -108), (-990, -99), (-988, -100), (-997, -85), (-991, -93)]
)
def test_real_scanners_are_not_flagged(air: float, fat: float) -> None:
    """As measured in real scans."""
    assert judged(HuScale(air_hu=air, fat_hu=fat, fat_expected_hu=-100.0), "the CT") == ()


def test_the_peaks_and_the_refusal_reach_the_volume(tmp_path: Path, hu: Values) -> None:
    def volume(values: Values) -> Any:
        affine = np.diag([-3.0, -3.0, 10.0, 1.0])
        nib.save(nib.Nifti1Image(values.transpose(2, 1, 0), affine), tmp_path / "ct.nii")
        return assemble(list_series(tmp_path / "ct.nii")[1][0].series)

    assert volume(hu).hu_scale == scale_of(hu, SPACING[1:])
    assert "hu_scale" in {flag.code for flag in volume(on(1, 24, hu)).flags}
    with pytest.raises(NotHounsfieldError):
        volume(on(0.5, 0, hu))
