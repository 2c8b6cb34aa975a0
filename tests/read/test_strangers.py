"""One image unlike its stack, and what may share a stack: no volume is wrong, none is torn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.uid import generate_uid

from myotome.errors import GeometryError, InputError, NoUsableSeriesError
from myotome.nouns.study.series import Judged, Verdict
from myotome.read.assemble import assemble
from myotome.read.choose import pick
from myotome.read.listing import list_series
from myotome.runtime.notices import on_reasons

N = 20


def written(maker: Any, which: set[int], n: int = N, **changes: Any) -> Path:
    """``n`` slices, those of ``which`` with other headers (None: without the attribute)."""
    planes, first = maker.planes(n), maker.made
    for k in range(n):
        ds = maker.dataset(planes[k], -100.0 + 5 * k, InstanceNumber=first + k + 1)
        for key, value in changes.items() if k in which else ():
            if value is None:
                delattr(ds, key)
            else:
                setattr(ds, key, value)
        maker.write(ds)
    folder: Path = maker.folder
    return folder


@pytest.fixture
def maker(maker: Any, planes: Any) -> Any:
    maker.planes = planes
    return maker


def judged(folder: Path, **options: Any) -> tuple[Judged, ...]:
    return list_series(folder, **options)[1]


def rules(one: Judged) -> set[str]:
    return {reason.rule for reason in one.reasons}


STRANGERS: dict[str, dict[str, Any]] = {
    "no intercept": {"RescaleIntercept": None},
    "empty intercept": {"RescaleIntercept": ""},
    "intercept 0": {"RescaleIntercept": 0},
    "intercept of another maker": {"RescaleIntercept": -1000},
    "no slope": {"RescaleSlope": None},
    "slope 2": {"RescaleSlope": 2},
    "slope 0.9": {"RescaleSlope": 0.9},
    "unit": {"RescaleType": "US"},
    "inverted": {"PhotometricInterpretation": "MONOCHROME1"},
    "unsigned": {"PixelRepresentation": 0},
    "80 kV": {"KVP": 80},
    "kernel": {"ConvolutionKernel": "B70f"},
    "patient": {"PatientID": "MRN4711"},
    "issuer": {"IssuerOfPatientID": "elsewhere"},
    "birth date": {"PatientBirthDate": "19790911"},
    "sex": {"PatientSex": "M"},
    "pixels": {"PixelSpacing": [10.0, 10.0]},
    "thickness": {"SliceThickness": 1.25},
    "derived": {"ImageType": ["DERIVED", "SECONDARY", "MPR"]},
    "model": {"ManufacturerModelName": "Other"},
    "feet first": {"PatientPosition": "FFS"},
    "table": {"TableHeight": 171.0},
    "tilt": {"GantryDetectorTilt": 12},
    "zoom": {"ReconstructionDiameter": 250},
    "turned": {"ImageOrientationPatient": [-1, 0, 0, 0, -1, 0]},
    "leaning": {"ImageOrientationPatient": [1, 0, 0, 0, 0.99619, 0.08716]},
}
REST = {
    "ManufacturerModelName": "One",
    "PatientPosition": "HFS",
    "TableHeight": 150.0,
    "GantryDetectorTilt": 0,
    "ReconstructionDiameter": 384,
}


@pytest.mark.parametrize("place", [9, 0, 19], ids=["middle", "lowest", "topmost"])
@pytest.mark.parametrize("what", STRANGERS)
def test_one_image_unlike_its_stack_is_refused_by_its_place(
    maker: Any, what: str, place: int
) -> None:
    rest = {key: REST[key] for key in STRANGERS[what] if key in REST}
    if rest:
        written(maker, set(range(N)), **rest)
        for path in maker.folder.glob("*"):
            path.unlink()
        maker.made = 0
    changed = {k: {**rest, **(STRANGERS[what] if k == place else {})} for k in range(N)}
    planes = maker.planes(N)
    for k in range(N):
        maker.write(maker.dataset(planes[k], -100.0 + 5 * k, **changed[k]))
    (one, *others) = judged(maker.folder)
    assert not others
    assert "unlike" in rules(one)
    assert one.verdict is Verdict.RESERVE
    with pytest.raises(GeometryError, match="do not belong to the rest") as caught:
        assemble(one.series)
    assert f"z={-100 + 5 * place:.1f}" in str(caught.value)
    for secret in ("MRN", "1979", "Doe"):
        assert secret not in str(caught.value)
    catalogue, _ = list_series(maker.folder)
    assert [e.status for e in catalogue.files].count("unlike") == 1
    volume = assemble(one.series, allow_gaps=True)
    assert "images_unlike" in {flag.code for flag in volume.flags}
    if place == 9:
        assert np.array_equal(np.delete(volume.hu, 9, 0), np.delete(planes, 9, 0))


def test_two_neighbours_are_no_less_strange(maker: Any) -> None:
    (one,) = judged(written(maker, {7, 8}, RescaleIntercept=0))
    with pytest.raises(GeometryError, match="2 image"):
        assemble(one.series)


def test_many_images_without_intercept_are_refused_too(maker: Any) -> None:
    (one,) = judged(written(maker, set(range(0, 18, 3)), RescaleIntercept=None))
    assert one.series.header.unlike_images == 6


@pytest.mark.parametrize(
    "changes",
    [
        {"RescaleIntercept": -1024.004},
        {"KVP": 120.4},
        {"PatientSex": None},
        {"ConvolutionKernel": "b31F"},
        {"Manufacturer": "Siemens"},
        {"ReconstructionDiameter": 383},
        {"ImageOrientationPatient": [1, 1e-4, 0, -1e-4, 1, 0]},
        {"ContentTime": "121212"},
    ],
)
def test_what_varies_in_sound_stacks_is_no_stranger(maker: Any, changes: dict[str, Any]) -> None:
    (one,) = judged(written(maker, {3}, **changes))
    assert rules(one) == {"axial_ct"}


def test_a_rescale_of_its_own_on_every_image_is_sound(maker: Any) -> None:
    planes = maker.planes(N)
    for k in range(N):
        slope, intercept = (1.0, 0.5, 0.25)[k % 3], -1024 - k
        stored = np.rint((planes[k] - intercept) / slope).astype("<i2")
        ds = maker.dataset(planes[k], 5.0 * k, RescaleSlope=slope, RescaleIntercept=intercept)
        ds.PixelData = stored.tobytes()
        maker.write(ds)
    (one,) = judged(maker.folder)
    assert rules(one) == {"axial_ct"}
    assert np.abs(assemble(one.series).hu - planes).max() <= 1


MIXED = {"KVP": 100, "PatientPosition": "FFS", "PhotometricInterpretation": "MONOCHROME1"}


@pytest.mark.parametrize("key", MIXED)
def test_a_mixed_stack_is_told(maker: Any, key: str) -> None:
    rest = {"PatientPosition": "HFS"} if key == "PatientPosition" else {}
    planes = maker.planes(N)
    for k in range(N):
        own = {key: MIXED[key]} if k < 8 else {}
        maker.write(maker.dataset(planes[k], 5.0 * k, **{**rest, **own}))
    (one,) = judged(maker.folder)
    assert "mixed" in rules(one)
    assert {flag.code for flag in on_reasons(one)} == {"images_mixed"}


JITTERS: dict[str, dict[str, Any]] = {
    "thickness": {"SliceThickness": 5.06},
    "thickness in percent": {"SliceThickness": 4.8},
    "spacing": {"PixelSpacing": [12.00051, 12.00051]},
    "spacing of two digits": {"PixelSpacing": [12.04, 12.04]},
    "kernel": {"ConvolutionKernel": "B31F"},
    "kernel with a space": {"ConvolutionKernel": "B 31f"},
    "kernel with strength": {"ConvolutionKernel": ["B31f", "3"]},
    "kernel unsaid": {"ConvolutionKernel": None},
    "more of a type": {"ImageType": ["ORIGINAL", "PRIMARY", "AXIAL", "CT_SOM5 SPI"]},
    "less of a type": {"ImageType": ["ORIGINAL", "PRIMARY"]},
    "derived": {"ImageType": ["DERIVED", "PRIMARY", "AXIAL"]},
    "thickness as another": {"SliceThickness": 6.0},
    "description": {"SeriesDescription": "Abd 5,0 B31f"},
}


@pytest.mark.parametrize("step", [2, 3], ids=["every second", "every third"])
@pytest.mark.parametrize("what", JITTERS)
def test_headers_that_differ_in_what_does_not_matter_tear_nothing(
    maker: Any, what: str, step: int
) -> None:
    (one,) = judged(written(maker, set(range(0, N, step)), **JITTERS[what]))
    assert len(one.series.instances) == N
    assert one.verdict is Verdict.USABLE
    assert on_reasons(one) == ()
    assert np.array_equal(assemble(one.series).hu, maker.planes(N))


def test_made_up_frames_of_reference_tear_nothing(maker: Any) -> None:
    planes = maker.planes(N)
    for k in range(N):
        maker.write(maker.dataset(planes[k], 5.0 * k, FrameOfReferenceUID=generate_uid()))
    (one,) = judged(maker.folder)
    assert rules(one) == {"axial_ct"}


HALVES: dict[str, dict[str, Any]] = {
    "frame of reference": {"FrameOfReferenceUID": "1.2.3"},
    "kernel": {"ConvolutionKernel": "B70f"},
    "pixel spacing": {"PixelSpacing": [11.0, 11.0]},
    "direction": {"ImageOrientationPatient": [-1, 0, 0, 0, -1, 0]},
}


@pytest.mark.parametrize("what", HALVES)
def test_half_a_series_says_what_it_leaves_out(maker: Any, what: str) -> None:
    frames = {"FrameOfReferenceUID": "1.2.4"}
    planes = maker.planes(N)
    for k in range(N):
        own = {**frames, **(HALVES[what] if k < 9 else {})}
        maker.write(maker.dataset(planes[k], 5.0 * k, **own))
    first, second = judged(maker.folder)
    assert (len(first.series.instances), len(second.series.instances)) == (11, 9)
    (flag,) = (f for f in on_reasons(first) if f.code == "series_torn")
    assert "9 image" in flag.message


@pytest.mark.parametrize("what", ["frame of reference", "kernel"])
def test_interleaved_scans_are_told_and_never_preferred(maker: Any, what: str) -> None:
    """Every third slice is of another scan: neither part is whole."""
    frames = {"FrameOfReferenceUID": "1.2.4"}
    planes = maker.planes(42)
    for k in range(42):
        own = {**frames, **(HALVES[what] if k % 3 == 0 else {})}
        maker.write(maker.dataset(planes[k], 5.0 * k, **own))
    for one in judged(maker.folder):
        assert one.verdict is not Verdict.USABLE
        assert "torn" in rules(one)
    maker.series_uid = generate_uid()
    maker.series(12, SeriesNumber=9)
    assert [j.series.key for j in judged(maker.folder) if j.rank == 1] == ["9"]


def test_half_a_series_of_another_patient_is_refused(maker: Any) -> None:
    found = judged(written(maker, set(range(10)), PatientID="MRN4711"))
    assert len(found) == 2
    with pytest.raises(InputError, match="2 patients"):
        pick(found)


def test_phases_and_bolus_images_are_not_left_out(maker: Any) -> None:
    written(maker, set(), AcquisitionNumber=2)
    written(maker, set(range(N)), AcquisitionNumber=3)
    for _ in range(6):
        maker.write(maker.dataset(np.zeros((32, 32)), -78.0, AcquisitionNumber=1))
    found = judged(maker.folder)
    assert [len(j.series.instances) for j in found] == [20, 20, 6]
    assert not any("torn" in rules(j) for j in found)


class TestOneScanInSeveralSeries:
    def halves(self, maker: Any, first: set[int]) -> None:
        planes = maker.planes(N)
        uids = generate_uid(), generate_uid()
        for k in range(N):
            uid = uids[k not in first]
            ds = maker.dataset(planes[k], -100.0 + 5 * k, SeriesInstanceUID=uid)
            ds.SeriesNumber = 4 + (k not in first)
            maker.write(ds)

    @pytest.mark.parametrize(
        "first",
        [set(range(0, N, 2)), set(range(8)), {0, 1, 2, 5, 6, 7, 12, 13, 19}],
        ids=["every second", "lower part", "mixed up"],
    )
    def test_two_series(self, maker: Any, first: set[int]) -> None:
        self.halves(maker, first)
        for one in judged(maker.folder):
            assert "elsewhere" in rules(one)
            assert "scan_in_parts" in {flag.code for flag in on_reasons(one)}
        (one,) = judged(maker.folder, join=True)
        assert on_reasons(one) == ()
        assert np.array_equal(assemble(one.series).hu, maker.planes(N))

    def test_every_image_its_own(self, maker: Any) -> None:
        planes = maker.planes(N)
        for k in range(N):
            maker.write(maker.dataset(planes[k], -100.0 + 5 * k, SeriesInstanceUID=generate_uid()))
        with pytest.raises(NoUsableSeriesError, match="--join"):
            pick(judged(maker.folder))
        (one,) = judged(maker.folder, join=True)
        assert np.array_equal(assemble(one.series).hu, planes)

    def test_whole_series_are_not_joined(self, maker: Any) -> None:
        """Another kernel, another phase, a thin copy, and one half a step further."""
        for number, changes in enumerate(
            (
                {},
                {"ConvolutionKernel": "B70f"},
                {"AcquisitionNumber": 7},
                {"SliceThickness": 1.0, "places": [float(k) for k in range(12)]},
                {"places": [-97.5 + 5.0 * k for k in range(12)]},
            ),
            start=1,
        ):
            maker.series_uid = generate_uid()
            maker.series(12, SeriesNumber=number, **changes)
        found = judged(maker.folder)
        assert not any("elsewhere" in rules(j) for j in found)
        assert len(judged(maker.folder, join=True)) == 5
