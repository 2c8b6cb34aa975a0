"""From slices to one volume: the same values at the same place, or a refusal by name."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import jpeg_ls
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import Dataset, config, dcmread
from pydicom.dataelem import RawDataElement
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    EnhancedCTImageStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from myotome.errors import GeometryError, InputError, NotHounsfieldError
from myotome.nouns.space.grid import Grid
from myotome.nouns.space.volume import AIR_HU, Volume
from myotome.phantom.dicom.lossless import encode_jpeg_lossless
from myotome.read.assemble import assemble, thicken
from myotome.read.field import field_of_view
from myotome.tables.series.header import HEADER_FIELDS, About

PERSONAL = [row.key for row in HEADER_FIELDS if row.about is About.PERSON]

PIXEL_MM = 12.0
STEP_MM = 5.0


def _jpeg_ls(plane: np.ndarray, bits: int) -> bytes:
    assert bits <= 16
    return bytes(jpeg_ls.encode_array(plane))


def codes(volume: Volume) -> set[str]:
    return {flag.code for flag in volume.flags}


def test_sound_series_is_exact(maker, planes, volume_of) -> None:  # type: ignore[no-untyped-def]
    maker.series(12)
    volume = volume_of(maker.folder)
    assert np.array_equal(volume.hu, planes(12))
    assert volume.grid.spacing_mm == pytest.approx((5.0, PIXEL_MM, PIXEL_MM))
    assert volume.grid.to_lps_mm((0, 0, 0)) == pytest.approx([-186, -174, -100])
    assert volume.source_grid.matches(volume.grid)
    assert volume.flags == ()
    assert volume.acquisition.kernel == "B31f"
    person = {k: v for k, v in asdict(volume.acquisition).items() if k in PERSONAL}
    assert person == dict.fromkeys(PERSONAL)


@pytest.mark.parametrize(
    ("cosines", "turn"),
    [
        ([1, 0, 0, 0, 1, 0], lambda p: p),
        ([-1, 0, 0, 0, 1, 0], lambda p: p[:, :, ::-1]),
        ([-1, 0, 0, 0, -1, 0], lambda p: p[:, ::-1, ::-1]),
        ([0, 1, 0, 1, 0, 0], lambda p: p.transpose(0, 2, 1)),
    ],
)
@pytest.mark.parametrize("downwards", [False, True])
def test_any_axis_order_gives_the_same_body(  # type: ignore[no-untyped-def]
    maker, planes, volume_of, cosines, turn, downwards
) -> None:
    """Feet first, prone and transposed images: the same anatomy in canonical order."""
    stored = turn(planes(8))
    row, column = np.array(cosines[:3]), np.array(cosines[3:])
    corner = np.array([-186.0, -174.0, 0.0])
    corner += np.where(row + column < 0, 31 * PIXEL_MM, 0) * np.array([1, 1, 0])
    order = range(7, -1, -1) if downwards else range(8)
    for k in order:
        place = [float(corner[0]), float(corner[1]), -100.0 + 5.0 * k]
        maker.write(
            maker.dataset(
                stored[k], 0.0, ImageOrientationPatient=cosines, ImagePositionPatient=place
            )
        )
    volume = volume_of(maker.folder)
    assert np.array_equal(volume.hu, planes(8))
    assert volume.grid.to_lps_mm((0, 0, 0)) == pytest.approx([-186, -174, -100])


class TestGapsAndRepeats:
    def test_gap_is_refused_with_place_and_mend(self, maker, volume_of) -> None:  # type: ignore[no-untyped-def]
        maker.series(12, skip=(5, 6, 7))
        with pytest.raises(GeometryError) as caught:
            volume_of(maker.folder)
        said = str(caught.value)
        assert 'series 4 "ABD 5.0 B31f": 3 slice(s) missing between z=-80.0 and -60.0' in said
        assert "--allow-gaps" in said
        assert "Doe" not in said
        assert str(maker.folder) not in said

    def test_gap_is_filled_on_request_and_flagged(self, maker, planes, volume_of) -> None:  # type: ignore[no-untyped-def]
        maker.series(12, skip=(5, 6, 7))
        volume = volume_of(maker.folder, allow_gaps=True)
        whole = planes(12)
        kept = [k for k in range(12) if k not in (5, 6, 7)]
        assert volume.hu.shape == whole.shape
        assert np.array_equal(volume.hu[kept], whole[kept])
        # the only thing that varies with z is linear in it, so interpolation is exact
        assert np.abs(volume.hu.astype(int) - whole).max() <= 1
        assert "gaps_interpolated" in codes(volume)

    def test_identical_repeats_are_dropped(self, maker, planes, volume_of) -> None:  # type: ignore[no-untyped-def]
        maker.series(12)
        maker.write(maker.dataset(planes(12)[3], -85.0))
        volume = volume_of(maker.folder)
        assert np.array_equal(volume.hu, planes(12))
        assert codes(volume) == {"duplicates_dropped"}

    def test_conflicting_repeats_are_refused(self, maker, planes, volume_of) -> None:  # type: ignore[no-untyped-def]
        maker.series(12)
        maker.write(maker.dataset(planes(12)[9], -85.0))
        with pytest.raises(GeometryError, match=r"two different slices lie at z=-85\.0"):
            volume_of(maker.folder)

    def test_varying_steps_are_resampled(self, maker, volume_of) -> None:  # type: ignore[no-untyped-def]
        places = [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 65, 75, 85, 95, 105, 115]
        maker.series(18, places=[float(p) for p in places])
        volume = volume_of(maker.folder)
        assert codes(volume) == {"spacing_resampled"}
        assert volume.hu.shape[0] == 24
        assert volume.grid.spacing_mm[0] == pytest.approx(5.0)
        # slice 12 lies at 65 mm: 65 / 5 = 13 of the result; slice 11.5 in between at 60 mm
        assert volume.hu[13, 14, 22] == 60 + 3 * 12
        assert volume.hu[12, 14, 22] == pytest.approx(60 + 3 * 11.5, abs=1)

    def test_single_slice_is_refused(self, maker, volume_of) -> None:  # type: ignore[no-untyped-def]
        maker.series(1)
        with pytest.raises(GeometryError, match="one place"):
            volume_of(maker.folder)

    def test_shifted_slices_are_refused(self, maker, planes, volume_of) -> None:  # type: ignore[no-untyped-def]
        for k, plane in enumerate(planes(8)):
            place = [-186.0 + (20.0 if k == 4 else 0.0), -174.0, 5.0 * k]
            maker.write(maker.dataset(plane, 0.0, ImagePositionPatient=place))
        with pytest.raises(GeometryError, match="shifted against each other by up to"):
            volume_of(maker.folder)

    def test_mixed_orientations_are_refused(self, maker, only_series) -> None:  # type: ignore[no-untyped-def]
        maker.series(8)
        series = only_series(maker.folder)
        turned = tuple(
            i if n else type(i)(**{**_fields(i), "orientation": (1, 0, 0, 0, 0, -1)})
            for n, i in enumerate(series.instances)
        )
        mixed = type(series)(**{**_fields(series), "instances": turned})
        with pytest.raises(GeometryError, match="different orientations"):
            assemble(mixed)


def _fields(noun: object) -> dict[str, object]:
    return {name: getattr(noun, name) for name in noun.__slots__}  # type: ignore[attr-defined]


class TestLostSlices:
    def test_one_corrupt_among_300(self, maker, only_series) -> None:  # type: ignore[no-untyped-def]
        hu = np.full((8, 8), -1000)
        hu[2:6, 2:6], hu[3, 3] = 40, -100
        for k in range(300):
            ds = maker.dataset(hu, 2.5 * k, SliceThickness=2.5, PixelSpacing=[48, 48])
            if k == 150:  # a code stream that no decoder accepts, in a sound container
                ds.PixelData = encapsulate([b"\xff\x4f\xff\x51" + bytes(60)])
                ds["PixelData"].is_undefined_length = True
                ds.file_meta.TransferSyntaxUID = JPEG2000Lossless
                ds.save_as(maker.folder / "IM0150", enforce_file_format=True)
                continue
            maker.write(ds, f"IM{k:04d}")
        series = only_series(maker.folder)
        with pytest.raises(GeometryError, match=r"1 slice\(s\) cannot be read \(z=375\.0 mm\)"):
            assemble(series)
        volume = assemble(series, allow_gaps=True)
        assert volume.hu.shape[0] == 300
        assert np.array_equal(volume.hu[150], hu)
        assert codes(volume) == {"slices_unreadable", "gaps_interpolated"}

    @pytest.mark.parametrize("damage", ["truncated", "short", "long", "no_pixels"])
    def test_damaged_files_leave_a_named_gap(self, maker, planes, volume_of, damage: str) -> None:  # type: ignore[no-untyped-def]
        maker.series(12, skip=(6,))
        ds = maker.dataset(planes(12)[6], -70.0)
        if damage == "short":
            ds.PixelData = ds.PixelData[:-64]
        if damage == "long":
            ds.PixelData += bytes(64)
        if damage == "no_pixels":
            del ds.PixelData
        path = maker.write(ds)
        if damage == "truncated":
            path.write_bytes(path.read_bytes()[:-64])
        with pytest.raises(GeometryError, match=r"1 slice\(s\) missing between z=-75\.0 and -65"):
            volume_of(maker.folder)
        volume = volume_of(maker.folder, allow_gaps=True)
        assert volume.hu.shape[0] == 12
        assert {"gaps_interpolated", "files_lost"} <= codes(volume)

    def test_damaged_end_slice_is_flagged(self, maker, volume_of) -> None:  # type: ignore[no-untyped-def]
        paths = maker.series(12)
        paths[0].write_bytes(paths[0].read_bytes()[:-64])
        volume = volume_of(maker.folder)
        assert volume.hu.shape[0] == 11
        assert codes(volume) == {"files_lost"}

    def test_nothing_decodable(self, maker, volume_of) -> None:  # type: ignore[no-untyped-def]
        for k in range(6):
            ds = maker.dataset(np.zeros((8, 8)), 5.0 * k)
            ds.PixelData = encapsulate([b"\xff\x4f\xff\x51" + bytes(60)])
            ds["PixelData"].is_undefined_length = True
            ds.file_meta.TransferSyntaxUID = JPEG2000Lossless
            ds.save_as(maker.folder / f"{k}", enforce_file_format=True)
        with pytest.raises(InputError, match="of 6 slices 0 can be decoded"):
            volume_of(maker.folder, allow_gaps=True)


class TestTilt:
    def write(self, maker, hu: NDArray[np.int16], degrees: float, n: int) -> None:  # type: ignore[no-untyped-def]
        """A body that is the same at every z, scanned by a gantry tilted about left-right."""
        angle = np.radians(degrees)
        cosine, sine = float(np.cos(angle)), float(np.sin(angle))
        y = np.arange(32) * PIXEL_MM * cosine / PIXEL_MM  # rows of the tilted image, in pixels
        rows = np.clip(np.round(y - (cosine - 1) * 15.5).astype(int), 0, 31)
        for k in range(n):
            cosines = [1, 0, 0, 0, cosine, sine]
            start = -174.0 * cosine
            place = [-186.0, start, 5.0 * k - 174.0 * sine]
            ds = maker.dataset(
                hu[rows], 0.0, ImageOrientationPatient=cosines, ImagePositionPatient=place
            )
            maker.write(ds)

    @pytest.mark.parametrize("degrees", [-20.0, 7.0, 15.0])
    def test_tilt_becomes_a_rectangular_axial_grid(  # type: ignore[no-untyped-def]
        self, maker, planes, volume_of, degrees: float
    ) -> None:
        self.write(maker, planes(1)[0], degrees, 60)
        volume = volume_of(maker.folder)
        assert codes(volume) == {"tilt_corrected"}
        d = volume.grid.direction
        assert np.allclose(d, np.eye(3), atol=1e-9)
        assert volume.grid.spacing_mm == pytest.approx(
            (5.0, PIXEL_MM * np.cos(np.radians(degrees)), PIXEL_MM)
        )
        assert volume.source_grid.matches(volume.grid)
        # every slice of a z-invariant body is the same; outside the scan is -1024, not -1000
        assert np.ptp(np.maximum(volume.hu, -1000), axis=0).max() == 0

    def test_a_plane_across_the_body_comes_out_level(self, maker, volume_of) -> None:  # type: ignore[no-untyped-def]
        """Bone above z = 100, soft tissue below: after correction the face is one z."""
        angle = np.radians(12.0)
        cosine, sine = float(np.cos(angle)), float(np.sin(angle))
        for k in range(60):
            place = np.array([-186.0, -174.0 * cosine, 5.0 * k - 174.0 * sine])
            z = place[2] + np.arange(32) * PIXEL_MM * sine
            hu = np.where(z[:, None] > 100, 300, 40) * np.ones((1, 32))
            hu[:, :4] = -1000
            maker.write(
                maker.dataset(
                    hu,
                    0.0,
                    ImageOrientationPatient=[1, 0, 0, 0, cosine, sine],
                    ImagePositionPatient=list(place),
                )
            )
        volume = volume_of(maker.folder)
        inside = volume.hu[:, :, 10].astype(float)
        k, j = np.nonzero((inside[:-1] < 170) & (inside[1:] >= 170))
        assert len(np.unique(j)) == 32
        share = (170 - inside[k, j]) / (inside[k + 1, j] - inside[k, j])
        z = np.asarray(volume.grid.slice_z_mm(k + share))
        assert np.abs(z - 100).max() <= 2.5 + 1e-6  # half a slice: the edge lies between two

    def test_oblique_stack_without_tilt_is_left_alone(self, maker, planes, volume_of) -> None:  # type: ignore[no-untyped-def]
        angle = np.radians(8.0)
        cosine, sine = float(np.cos(angle)), float(np.sin(angle))
        normal = np.array([0.0, -sine, cosine])
        for k, plane in enumerate(planes(8)):
            place = [float(v) for v in np.array([-186.0, -174.0, 0.0]) + 5.0 * k * normal]
            cosines = [1, 0, 0, 0, cosine, sine]
            maker.write(
                maker.dataset(
                    plane, 0.0, ImageOrientationPatient=cosines, ImagePositionPatient=place
                )
            )
        volume = volume_of(maker.folder)
        assert np.array_equal(volume.hu, planes(8))
        assert volume.flags == ()

    def test_sideways_drift_is_sheared_in_plane(self, maker, volume_of) -> None:  # type: ignore[no-untyped-def]
        for k in range(9):
            plane = np.full((32, 32), -1000)
            plane[8:24, 8 + k : 20 + k] = 40  # moves one pixel to the left per slice ...
            plane[20, 10 + k : 18 + k] = -100
            place = [-186.0 - 3.0 * k, -174.0, 5.0 * k]  # ... in images that move against it
            maker.write(maker.dataset(plane, 0.0, ImagePositionPatient=place, PixelSpacing=[3, 3]))
        volume = volume_of(maker.folder)
        assert "tilt_corrected" in codes(volume)
        assert np.allclose(volume.grid.direction, np.eye(3), atol=1e-9)
        moved = volume.hu[:, 8:24, 12:24]  # the middle slice stays where it was: 8 + 4
        assert np.ptp(moved, axis=0).max() == 0


class TestPixelValues:
    def test_rescale_per_slice(self, maker, planes, volume_of) -> None:  # type: ignore[no-untyped-def]
        for k, plane in enumerate(planes(8)):
            slope, intercept = 1.0 + 0.5 * (k % 2), -1000.0 - k
            stored = np.rint((plane - intercept) / slope).astype("<i2")
            ds = maker.dataset(plane, 5.0 * k, RescaleSlope=slope, RescaleIntercept=intercept)
            ds.PixelData = stored.tobytes()
            maker.write(ds)
        assert np.abs(volume_of(maker.folder).hu.astype(int) - planes(8)).max() <= 1

    @pytest.mark.parametrize("slope", ["2,5", [1, 2]])
    def test_an_unreadable_rescale_is_no_slope_of_one(self, maker, volume_of, slope) -> None:  # type: ignore[no-untyped-def]
        with config.disable_value_validation():
            maker.series(6, RescaleSlope=None)
            for path in maker.folder.iterdir():
                ds = dcmread(path)
                said = slope if isinstance(slope, str) else "\\".join(map(str, slope))
                raw = said.encode().ljust(4)
                tag = Tag("RescaleSlope")
                ds._dict[tag] = RawDataElement(tag, "DS", len(raw), raw, 0, False, True)
                ds.save_as(path)
        with pytest.raises(InputError, match="rescale is not a number"):
            volume_of(maker.folder)

    def test_unsigned_and_12_bits_stored(self, maker, planes, volume_of) -> None:  # type: ignore[no-untyped-def]
        for k, plane in enumerate(planes(8)):
            stored = (plane.astype(int) + 1024).astype("<u2")
            maker.write(
                maker.dataset(
                    plane,
                    5.0 * k,
                    PixelRepresentation=0,
                    BitsStored=12,
                    HighBit=11,
                    PixelData=stored.tobytes(),
                )
            )
        assert np.array_equal(volume_of(maker.folder).hu, planes(8))

    @pytest.mark.parametrize("how", ["tag", "unsigned_tag", "range", "value_only"])
    def test_padding_becomes_air_outside_the_field(self, maker, planes, volume_of, how) -> None:  # type: ignore[no-untyped-def]
        y, x = np.mgrid[:32, :32]
        outside = np.hypot(x - 15.5, y - 15.5) > 15.5
        for k, plane in enumerate(planes(8)):
            ds = maker.dataset(plane, 5.0 * k)
            stored = plane.astype(int) + 1024
            stored[outside] = -2000
            ds.PixelData = stored.astype("<i2").tobytes()
            if how == "tag":
                ds.add_new("PixelPaddingValue", "SS", -2000)
            if how == "unsigned_tag":
                ds.add_new("PixelPaddingValue", "US", 63536)
            if how == "range":
                ds.add_new("PixelPaddingValue", "SS", -2000)
                ds.add_new("PixelPaddingRangeLimit", "SS", -1900)
            maker.write(ds)
        volume = volume_of(maker.folder)
        assert volume.fov is not None
        assert np.array_equal(volume.fov, ~outside)
        assert (volume.hu[:, outside] == AIR_HU).all()
        assert np.array_equal(volume.hu[:, ~outside], planes(8)[:, ~outside])

    @pytest.mark.parametrize("middle", [(80, 68), (92, 85), (80, 20)])
    @pytest.mark.parametrize("pixel_mm", [(1.0, 1.0), (2.5, 3.0)])
    def test_a_circle_of_air_is_the_field_wherever_it_lies(self, middle, pixel_mm) -> None:  # type: ignore[no-untyped-def]
        noise = np.random.default_rng(0).normal(0, 10, (5, 160, 140))
        y, x = np.mgrid[:160, :140] - np.asarray(middle)[:, None, None]
        inside = np.hypot(y * pixel_mm[0], x * pixel_mm[1]) < 55 * min(pixel_mm)
        hu = np.where(inside, noise, -1024).astype(np.int16)
        found = field_of_view(hu, pixel_mm)
        assert found is not None
        assert np.array_equal(found, inside)

    def test_a_body_in_clipped_air_is_no_field(self) -> None:
        y, x = np.mgrid[-80:80, -70:70]
        hu = np.full((5, 160, 140), -1024, dtype=np.int16)
        hu[:, (x / 60) ** 2 + (y / 50) ** 2 < 1] = 40
        assert field_of_view(hu) is None

    def test_no_padding_means_everything_was_seen(self, maker, volume_of) -> None:  # type: ignore[no-untyped-def]
        maker.series(8)
        assert volume_of(maker.folder).fov is None

    @pytest.mark.parametrize(
        ("values", "hint"),
        [
            (lambda p: np.clip((p + 160) // 2, 0, 200), "8-bit picture|label map"),
            (lambda p: (p > 0) * 3, "label map"),
            (lambda p: p + 1024, "offset of 1000 or 1024"),
            (lambda p: np.abs(p) * 7, "MR"),
            (lambda p: np.maximum(p, 30) - 60, "no value below"),
            (lambda p: np.where(p > -500, 3000, -1000), "soft tissue"),
        ],
    )
    def test_values_that_are_no_hu(self, maker, planes, volume_of, values, hint: str) -> None:  # type: ignore[no-untyped-def]
        for k, plane in enumerate(planes(8)):
            maker.write(maker.dataset(values(plane.astype(int)), 5.0 * k))
        with pytest.raises(NotHounsfieldError, match=hint):
            volume_of(maker.folder)

    def test_windowed_values_are_flagged(self, maker, planes, volume_of) -> None:  # type: ignore[no-untyped-def]
        for k, plane in enumerate(planes(8)):
            maker.write(maker.dataset(np.clip(plane, -160, 240), 5.0 * k))
        assert codes(volume_of(maker.folder)) == {"values_windowed"}


class TestTransferSyntaxes:
    @pytest.mark.parametrize(
        "syntax",
        [
            ExplicitVRLittleEndian,
            ImplicitVRLittleEndian,
            DeflatedExplicitVRLittleEndian,
            RLELossless,
            JPEG2000Lossless,
        ],
    )
    def test_same_values(self, maker, planes, volume_of, syntax: str) -> None:  # type: ignore[no-untyped-def]
        for k, plane in enumerate(planes(6)):
            maker.write(maker.dataset(plane, 5.0 * k), syntax=syntax)
        assert np.array_equal(volume_of(maker.folder).hu, planes(6))

    @pytest.mark.parametrize(
        ("syntax", "encode"),
        [(JPEGLSLossless, _jpeg_ls), (JPEGLosslessSV1, encode_jpeg_lossless)],
    )
    def test_same_values_jpeg(self, maker, planes, volume_of, syntax, encode) -> None:  # type: ignore[no-untyped-def]
        for k, plane in enumerate(planes(4)):
            ds = maker.dataset(plane, 5.0 * k, PixelRepresentation=0, BitsStored=12, HighBit=11)
            stored = (plane.astype(int) + 1024).astype(np.uint16)
            ds.PixelData = encapsulate([encode(stored, 12)])
            ds["PixelData"].is_undefined_length = True
            ds.file_meta.TransferSyntaxUID = syntax
            ds.save_as(maker.folder / f"{k}", enforce_file_format=True)
        assert np.array_equal(volume_of(maker.folder).hu, planes(4))

    def test_threads_give_the_same(self, maker, planes, volume_of) -> None:  # type: ignore[no-untyped-def]
        maker.series(20)
        assert np.array_equal(volume_of(maker.folder, threads=3).hu, planes(20))


def enhanced(maker, planes: NDArray[np.int16], order: list[int]) -> Dataset:  # type: ignore[no-untyped-def]
    """One Enhanced CT with frames in ``order`` and a rescale that differs per frame."""
    ds: Dataset = maker.dataset(planes[0], 0.0)
    for word in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing",
                 "RescaleSlope", "RescaleIntercept", "RescaleType", "SliceThickness"):  # fmt: skip
        delattr(ds, word)
    ds.SOPClassUID, ds.NumberOfFrames = EnhancedCTImageStorage, len(order)
    shared, orientation, measures = Dataset(), Dataset(), Dataset()
    orientation.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    measures.PixelSpacing, measures.SliceThickness = [PIXEL_MM, PIXEL_MM], STEP_MM
    shared.PlaneOrientationSequence = Sequence([orientation])
    shared.PixelMeasuresSequence = Sequence([measures])
    ds.SharedFunctionalGroupsSequence = Sequence([shared])
    groups, frames = [], []
    for k in order:
        place, values = Dataset(), Dataset()
        place.ImagePositionPatient = [-186.0, -174.0, -100 + STEP_MM * k]
        values.RescaleSlope, values.RescaleIntercept = 1, -1000 - k
        values.RescaleType = "HU"
        group = Dataset()
        group.PlanePositionSequence = Sequence([place])
        group.PixelValueTransformationSequence = Sequence([values])
        groups.append(group)
        frames.append((planes[k].astype(int) + 1000 + k).astype("<i2").tobytes())
    ds.PerFrameFunctionalGroupsSequence = Sequence(groups)
    ds.PixelData = b"".join(frames)
    return ds


def test_enhanced_multiframe_with_nonsense_in_its_groups(maker, planes, volume_of) -> None:  # type: ignore[no-untyped-def]
    ds = enhanced(maker, planes(8), list(range(8)))
    measures = ds.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    raw, tag = b"5,0 ", Tag("SliceThickness")
    measures._dict[tag] = RawDataElement(tag, "DS", len(raw), raw, 0, False, True)
    with config.disable_value_validation():
        maker.write(ds)
    assert np.array_equal(volume_of(maker.folder).hu, planes(8))


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless])
def test_enhanced_multiframe(maker, planes, volume_of, syntax: str) -> None:  # type: ignore[no-untyped-def]
    order = [3, 0, 5, 1, 4, 2, 6, 7]
    maker.write(enhanced(maker, planes(8), order), syntax=syntax)
    volume = volume_of(maker.folder)
    assert np.array_equal(volume.hu, planes(8))
    assert volume.grid.spacing_mm == pytest.approx((5.0, PIXEL_MM, PIXEL_MM))


class TestThin:
    def test_averaged_to_two_mm_from_below(self, maker, volume_of) -> None:  # type: ignore[no-untyped-def]
        places = [0.8 * k for k in range(20)]
        maker.series(20, places=places, SliceThickness=0.8)
        volume = volume_of(maker.folder)
        assert volume.grid.spacing_mm[0] == pytest.approx(2.4)  # 3 x 0.8 mm
        assert volume.hu.shape[0] == 6
        assert volume.source_grid.shape[0] == 20
        assert volume.source_grid.spacing_mm[0] == pytest.approx(0.8)
        assert volume.grid.slice_z_mm(0) == pytest.approx(0.8)  # the middle of 0, 0.8 and 1.6
        assert volume.hu[1, 14, 22] == 60 + 3 * 4  # the mean of slices 3, 4 and 5
        assert codes(volume) == {"thin_averaged"}

    def test_overlapping_thick_slices_are_not_averaged(self, maker, volume_of) -> None:  # type: ignore[no-untyped-def]
        maker.series(20, places=[1.0 * k for k in range(20)], SliceThickness=3.0)
        assert volume_of(maker.folder).hu.shape[0] == 20

    def test_thin_and_far_apart_is_only_flagged(self, maker, volume_of) -> None:  # type: ignore[no-untyped-def]
        maker.series(8, SliceThickness=1.0)
        volume = volume_of(maker.folder)
        assert volume.hu.shape[0] == 8
        assert codes(volume) == {"thin_slices"}

    def test_a_negative_thickness_is_an_unknown_one(self, maker, volume_of) -> None:  # type: ignore[no-untyped-def]
        maker.series(8, SliceThickness=-5.0)
        assert not codes(volume_of(maker.folder))

    def test_mean_is_rounded_not_cut(self) -> None:
        hu = np.array([[[-1]], [[-2]], [[1]], [[2]]], dtype=np.int16)
        out, grid, _ = thicken(hu, Grid.axial((4, 1, 1), (1.0, 1.0, 1.0)), 1.0, 2.0)
        assert out.ravel().tolist() == [-2, 2]  # -1.5 and 1.5, to even
        assert grid.spacing_mm[0] == pytest.approx(2.0)


def test_real_stripped_series(shared_data: Path, volume_of) -> None:  # type: ignore[no-untyped-def]
    volume = volume_of(shared_data / "fixtures" / "stripped_dicom_20_slices")
    assert volume.hu.shape == (20, 512, 512)
    assert volume.grid.spacing_mm == pytest.approx((2.0, 0.9765625, 0.9765625))
    # ImagePositionPatient z of the lowest and highest file
    assert volume.grid.slice_z_mm(0) == pytest.approx(-804.5)
    assert volume.grid.slice_z_mm(19) == pytest.approx(-766.5)
    assert "uids_missing" in codes(volume)
