"""NIfTI in every state it comes in: the same body, or a refusal by name."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from myotome.errors import (
    GeometryError,
    InputError,
    NotHounsfieldError,
    NoUsableSeriesError,
    TooLargeError,
)
from myotome.nouns.space.grid import restore
from myotome.nouns.space.volume import Volume
from myotome.phantom import NiftiForm, render, write_nifti
from myotome.read import nifti
from myotome.read.assemble import assemble
from myotome.read.catalogue import catalogue
from myotome.read.choose import judge, pick
from myotome.read.input.files import opened
from myotome.read.labels.door import read_labels

SPACING = (12.0, 12.0, 5.0)  # i, j, k


def ras_affine(spacing: tuple[float, ...] = SPACING) -> NDArray[np.float64]:
    """Array axes towards left, posterior, superior: canonical, written in NIfTI's RAS."""
    affine = np.diag([-spacing[0], -spacing[1], spacing[2], 1.0])
    affine[:3, 3] = (186, 174, -100)
    return affine


def save(path: Path, kji: NDArray[Any], affine: NDArray[Any] | None = None, **head: Any) -> Path:
    matrix = ras_affine() if affine is None else affine
    image = nib.Nifti1Image(np.ascontiguousarray(kji.T), matrix)
    image.header.set_xyzt_units(head.get("unit", "mm"))
    image.set_sform(matrix if head.get("sform", 2) else None, head.get("sform", 2))
    qform = head.get("qform_matrix", matrix)
    image.set_qform(qform if head.get("qform", 1) else None, head.get("qform", 1))
    nib.save(image, path)
    return path


def load(path: Path, **options: Any) -> Volume:
    with opened(path) as source:
        (series,) = catalogue(source).series
        return assemble(series, **options)


def refused(path: Path) -> str:
    with opened(path) as source, pytest.raises(NoUsableSeriesError) as caught:
        pick(judge(catalogue(source)))
    return str(caught.value)


@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz"])
def test_exact(tmp_path: Path, planes, name: str) -> None:  # type: ignore[no-untyped-def]
    volume = load(save(tmp_path / name, planes(12)))
    assert np.array_equal(volume.hu, planes(12))
    assert volume.grid.spacing_mm == pytest.approx((5.0, 12.0, 12.0))
    assert volume.grid.to_lps_mm((0, 0, 0)) == pytest.approx([-186, -174, -100])


@given(
    axes=st.permutations([0, 1, 2]),
    flips=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    n=st.integers(3, 7),
)
@settings(max_examples=25, deadline=None)
def test_any_axis_order_is_the_same_body(tmp_path_factory, axes, flips, n) -> None:  # type: ignore[no-untyped-def]
    body = np.full((n, 10, 12), -1000, dtype=np.int16)
    body[:, 2:8, 3:9] = 40
    body[1, 3, 4], body[:, 6, 7] = 250, -100
    image = nib.Nifti1Image(body.T, ras_affine())
    turn = np.array([[axis, -1 if flip else 1] for axis, flip in zip(axes, flips, strict=True)])
    path = tmp_path_factory.mktemp("n") / "x.nii"
    turned = image.as_reoriented(turn)
    turned.set_sform(turned.affine, 1)
    nib.save(turned, path)
    volume = load(path)
    assert np.array_equal(volume.hu, body)
    assert volume.grid.to_lps_mm((0, 0, 0)) == pytest.approx([-186, -174, -100])
    stored = np.asarray(nib.load(path).dataobj)
    own = restore(volume.hu, volume.source_grid)
    assert np.array_equal(own.T, stored)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32, np.float64, np.uint16])
def test_data_types_and_scaling(tmp_path: Path, planes, dtype) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "x.nii.gz"
    stored = planes(6).astype(np.float64)
    if dtype is np.uint16:
        stored = (stored + 1024) * 2
    image = nib.Nifti1Image(stored.T.astype(dtype), ras_affine())
    if dtype is np.uint16:
        image.header.set_slope_inter(0.5, -1024)
    nib.save(image, path)
    assert np.abs(load(path).hu.astype(int) - planes(6)).max() <= 1


def test_big_endian_and_nifti2(tmp_path: Path, planes) -> None:  # type: ignore[no-untyped-def]
    big = nib.Nifti1Image(planes(6).T, ras_affine(), nib.Nifti1Header(endianness=">"))
    nib.save(big, tmp_path / "big.nii")
    nib.save(nib.Nifti2Image(planes(6).T, ras_affine()), tmp_path / "two.nii.gz")
    for name in ("big.nii", "two.nii.gz"):
        assert np.array_equal(load(tmp_path / name).hu, planes(6))


class TestForms:
    def test_only_one_form_is_enough(self, tmp_path: Path, planes) -> None:  # type: ignore[no-untyped-def]
        for n, codes in enumerate(({"sform": 0, "qform": 1}, {"sform": 1, "qform": 0})):
            volume = load(save(tmp_path / f"{n}.nii", planes(6), **codes))
            assert np.array_equal(volume.hu, planes(6))

    def test_neither_form_is_refused(self, tmp_path: Path, planes) -> None:  # type: ignore[no-untyped-def]
        path = save(tmp_path / "x.nii", planes(6), sform=0, qform=0)
        assert "neither sform nor qform" in refused(path)
        with pytest.raises(GeometryError, match="neither sform nor qform"):
            load(path)

    def test_disagreeing_sides_are_refused(self, tmp_path: Path, planes) -> None:  # type: ignore[no-untyped-def]
        mirrored = ras_affine() @ np.diag([-1, 1, 1, 1])
        path = save(tmp_path / "x.nii", planes(6), qform_matrix=mirrored)
        with pytest.raises(GeometryError, match="sform and qform disagree"):
            load(path)

    def test_other_origin_is_flagged(self, tmp_path: Path, planes) -> None:  # type: ignore[no-untyped-def]
        moved = ras_affine()
        moved[2, 3] += 50
        volume = load(save(tmp_path / "x.nii", planes(6), qform_matrix=moved))
        assert [f.code for f in volume.flags] == ["nifti_forms"]
        assert volume.grid.slice_z_mm(0) == pytest.approx(-100)

    @pytest.mark.parametrize("forms", [(1, 0), (0, 1), (1, 1)])
    @pytest.mark.parametrize("factor", [0.977, 1.6, 1.02, 0.5])
    @pytest.mark.parametrize("axis", [0, 1, 2])
    def test_sizes_that_disagree_are_refused(  # type: ignore[no-untyped-def]
        self, tmp_path: Path, planes, forms, factor: float, axis: int
    ) -> None:
        """Whichever form is set: a qform takes its sizes from pixdim, the sform has its own."""
        path = save(tmp_path / "x.nii", planes(6), sform=forms[0], qform=forms[1])
        raw = bytearray(path.read_bytes())
        at = 80 + 4 * axis  # pixdim[1..3]
        size = np.frombuffer(raw[at : at + 4], "<f4") * np.float32(factor)
        raw[at : at + 4] = size.astype("<f4").tobytes()
        path.write_bytes(bytes(raw))
        if forms[0]:
            with pytest.raises(GeometryError, match=r"different voxel sizes|disagree"):
                load(path)
        else:
            assert load(path).grid.spacing_mm[2 - axis] == pytest.approx(size[0], rel=1e-6)

    @pytest.mark.parametrize("size", [np.nan, np.inf])
    @pytest.mark.parametrize("axis", [0, 1, 2])
    def test_a_pixdim_that_is_no_number_is_told_and_warns_of_nothing_else(  # type: ignore[no-untyped-def]
        self, tmp_path: Path, planes, size: float, axis: int
    ) -> None:
        path = save(tmp_path / "x.nii", planes(6))
        raw = bytearray(path.read_bytes())
        raw[80 + 4 * axis : 84 + 4 * axis] = np.array([size], "<f4").tobytes()
        path.write_bytes(bytes(raw))
        assert {flag.code for flag in load(path).flags} == {"nifti_pixdim"}

    @pytest.mark.parametrize(("factor", "codes"), [(1.0003, set()), (0.0, {"nifti_pixdim"})])
    def test_rounded_sizes_are_the_same_and_missing_ones_told(  # type: ignore[no-untyped-def]
        self, tmp_path: Path, planes, factor: float, codes: set[str]
    ) -> None:
        path = save(tmp_path / "x.nii", planes(6), qform=0)
        raw = bytearray(path.read_bytes())
        sizes = np.frombuffer(raw[80:92], "<f4") * np.float32(factor)
        raw[80:92] = sizes.astype("<f4").tobytes()
        path.write_bytes(bytes(raw))
        assert {f.code for f in load(path).flags} == codes

    def test_sheared_sform_is_straightened(self, tmp_path: Path) -> None:
        sheared = ras_affine()
        sheared[2, 1] = 2.0  # rows climb: a tilt that a converter left in the matrix
        body = np.full((40, 32, 32), -1000, dtype=np.int16)
        body[:, 6:26, 4:28] = 40
        body[:, 10, 10:20] = -100
        volume = load(save(tmp_path / "x.nii", body, sheared, qform=0))
        assert "tilt_corrected" in {f.code for f in volume.flags}
        assert np.allclose(volume.grid.direction, np.eye(3), atol=1e-6)
        # outside the scan is -1024, the air of this body -1000
        assert np.ptp(np.maximum(volume.hu, -1000), axis=0).max() == 0

    def test_oblique_volumes_are_refused_like_oblique_series(self, tmp_path: Path, planes) -> None:  # type: ignore[no-untyped-def]
        # on slices 30 degrees off, areas are 15 % too large (1 / cos 30)
        for name, degrees in (("a", 5), ("b", 30)):
            turn = np.radians(degrees)
            about_x = np.eye(4)
            about_x[1:3, 1:3] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
            save(tmp_path / f"{name}.nii", planes(12), about_x @ ras_affine())
        with opened(tmp_path / "a.nii") as source:
            assert judge(catalogue(source))[0].rank == 1
        assert "30 degrees off the body axis" in refused(tmp_path / "b.nii")

    def test_metres_and_microns(self, tmp_path: Path, planes) -> None:  # type: ignore[no-untyped-def]
        for unit, factor in (("meter", 1e-3), ("micron", 1e3)):
            affine = np.diag([factor, factor, factor, 1.0]) @ ras_affine()
            volume = load(save(tmp_path / f"{unit}.nii", planes(6), affine, unit=unit))
            assert volume.grid.spacing_mm == pytest.approx((5.0, 12.0, 12.0), rel=1e-4)
            assert [f.code for f in volume.flags] == ["nifti_unit"]

    def test_metres_called_millimetres_are_refused(self, tmp_path: Path, planes) -> None:  # type: ignore[no-untyped-def]
        affine = np.diag([1e-3, 1e-3, 1e-3, 1.0]) @ ras_affine()
        with pytest.raises(GeometryError, match="voxel sides"):
            load(save(tmp_path / "x.nii", planes(6), affine))


class TestBadValues:
    def test_mask(self, tmp_path: Path, planes) -> None:  # type: ignore[no-untyped-def]
        path = save(tmp_path / "mask.nii.gz", (planes(6) > 0).astype(np.uint8))
        assert "label map" in refused(path)
        with pytest.raises(NotHounsfieldError, match="label map"):
            load(path)

    @pytest.mark.parametrize(
        ("values", "hint"),
        [
            (lambda p: np.where(p == 300, np.nan, p), "NaN or infinite"),
            (lambda p: np.where(p == 300, np.inf, p), "NaN or infinite"),
            (lambda p: (p + 1000) / 1300, "normalised"),
            (lambda p: (p + 1000) * 2.5, "MR"),
            (lambda p: p + 1024.0, "offset"),
        ],
    )
    def test_float_values(self, tmp_path: Path, planes, values, hint: str) -> None:  # type: ignore[no-untyped-def]
        path = save(tmp_path / "x.nii.gz", values(planes(6).astype(np.float32)))
        with pytest.raises(NotHounsfieldError, match=hint):
            load(path)

    def test_4d_and_2d(self, tmp_path: Path, planes) -> None:  # type: ignore[no-untyped-def]
        series = np.stack([planes(6)] * 3)
        path = save(tmp_path / "x.nii", series)
        assert "dimensions" in refused(path)
        with pytest.raises(InputError, match="4 dimensions"):
            load(path)
        flat = save(tmp_path / "flat.nii", planes(1)[0])
        assert refused(flat)

    def test_4d_with_one_volume_is_read(self, tmp_path: Path, planes) -> None:  # type: ignore[no-untyped-def]
        volume = load(save(tmp_path / "x.nii", planes(6)[None]))
        assert np.array_equal(volume.hu, planes(6))

    def test_one_slice(self, tmp_path: Path, planes) -> None:  # type: ignore[no-untyped-def]
        path = save(tmp_path / "x.nii", planes(1))
        assert "single slice" in refused(path)
        with pytest.raises(GeometryError, match="single slice"):
            load(path)


class TestDamage:
    def test_cut_off(self, tmp_path: Path, planes) -> None:  # type: ignore[no-untyped-def]
        path = save(tmp_path / "x.nii", planes(6))
        path.write_bytes(path.read_bytes()[:-100])
        with pytest.raises(InputError, match="ends before its values"):
            load(path)
        zipped = save(tmp_path / "y.nii.gz", planes(6))
        zipped.write_bytes(zipped.read_bytes()[:-100])
        with pytest.raises(InputError, match="ends before its values"):
            load(zipped)

    def test_gzip_bomb_is_read_only_a_slice_further_than_announced(  # type: ignore[no-untyped-def]
        self, tmp_path: Path, planes
    ) -> None:
        plain = save(tmp_path / "x.nii", planes(6)).read_bytes()
        bomb = tmp_path / "bomb.nii.gz"
        bomb.write_bytes(gzip.compress(plain + bytes(50 << 20)))
        with pytest.raises(InputError, match="more values than its header"):
            load(bomb)

    @pytest.mark.parametrize("name", ["x.nii", "x.nii.gz"])
    def test_more_values_than_announced(self, tmp_path: Path, planes, name: str) -> None:  # type: ignore[no-untyped-def]
        """A slice more, or another type of values; a few bytes of padding do no harm."""
        raw = save(tmp_path / "whole.nii", planes(6)).read_bytes()
        pack = gzip.compress if name.endswith("gz") else bytes
        (tmp_path / name).write_bytes(pack(raw + bytes(32 * 32 * 2)))
        with pytest.raises(InputError, match="more values"):
            load(tmp_path / name)
        (tmp_path / name).write_bytes(pack(raw + bytes(100)))
        assert np.array_equal(load(tmp_path / name).hu, planes(6))

    @pytest.mark.parametrize("where", [0.3, 0.5, 0.9, "crc", "length"])
    @pytest.mark.parametrize("kind", ["ct", "labels"])
    def test_a_wrong_checksum_is_damage(self, tmp_path: Path, planes, where, kind) -> None:  # type: ignore[no-untyped-def]
        noise = np.random.default_rng(0).normal(0, 20, (6, 32, 32)).astype(np.int16)
        values = planes(6) + noise if kind == "ct" else (planes(6) > 0).astype(np.uint8)
        path = save(tmp_path / "x.nii.gz", values)
        raw = bytearray(path.read_bytes())
        place = {"crc": len(raw) - 8, "length": len(raw) - 4}.get(where)
        start = int(len(raw) * where) if place is None else place
        raw[start : start + 3] = bytes(255 - b for b in raw[start : start + 3])
        path.write_bytes(bytes(raw))
        with pytest.raises(InputError):
            load(path) if kind == "ct" else read_labels(path)

    def test_announced_size_is_limited(self, tmp_path: Path, planes) -> None:  # type: ignore[no-untyped-def]
        path = save(tmp_path / "x.nii", planes(6))
        raw = bytearray(path.read_bytes())
        raw[42:48] = np.array([32000, 32000, 32000], dtype="<i2").tobytes()  # dim[1..3]
        path.write_bytes(bytes(raw))
        with pytest.raises(TooLargeError, match=r"32000 x 32000 x 32000 voxels \(65.5 TB\)"):
            nifti.read_head(path)
        with opened(path) as source:
            assert [e.status for e in catalogue(source).files] == ["too_large"]

    def test_garbage_named_nifti(self, tmp_path: Path) -> None:
        (tmp_path / "a.nii").write_bytes(b"garbage" * 100)
        (tmp_path / "b.nii.gz").write_bytes(b"\x1f\x8bgarbage")
        with opened(tmp_path) as source:
            found = catalogue(source)
        assert found.series == ()
        assert [e.status for e in found.files] == ["corrupt_header", "corrupt_header"]


def test_thin_volume_is_reserve_and_averaged(tmp_path: Path, planes) -> None:  # type: ignore[no-untyped-def]
    path = save(tmp_path / "x.nii", planes(40), ras_affine((12, 12, 1.5)))
    with opened(path) as source:
        (chosen,) = pick(judge(catalogue(source)))
        volume = assemble(chosen.series)
    assert chosen.verdict == "reserve"
    assert volume.grid.spacing_mm[0] == pytest.approx(3.0)
    assert volume.source_grid.shape == (40, 32, 32)


def test_several_volumes_need_a_name(tmp_path: Path, planes) -> None:  # type: ignore[no-untyped-def]
    for name in ("a.nii", "b.nii"):
        save(tmp_path / name, planes(12))
    save(tmp_path / "mask.nii", (planes(12) > 0).astype(np.uint8))
    with opened(tmp_path) as source:
        found = judge(catalogue(source))
    with pytest.raises(InputError, match="2 NIfTI volumes"):
        pick(found)
    assert [j.series.key for j in pick(found, series="n2")] == ["n2"]
    assert len(pick(found, all_series=True)) == 2


@pytest.mark.parametrize(
    "case", ["spl_atlas", "ts_example", "ct_colonography_0518", "lidc_idri_0001"]
)
def test_real_cases_keep_every_voxel_at_its_place(shared_data: Path, case: str) -> None:
    """Against nibabel's own reading of the same file, at points all over the volume."""
    path = shared_data / "cases" / case / "ct.nii.gz"
    volume = load(path)
    image = nib.load(path)
    values = np.asanyarray(image.dataobj)
    assert volume.grid.is_canonical
    rng = np.random.default_rng(0)
    kji = np.stack([rng.integers(0, n, 200) for n in volume.hu.shape], axis=-1)
    lps = volume.grid.to_lps_mm(kji)
    ijk = nib.affines.apply_affine(np.linalg.inv(image.affine), lps * [-1, -1, 1])
    assert np.abs(ijk - np.rint(ijk)).max() < 1e-3
    expected = values[tuple(np.rint(ijk).astype(int).T)]
    assert np.array_equal(volume.hu[tuple(kji.T)], np.maximum(expected, -1024))


@pytest.mark.parametrize(
    ("form", "error", "words"),
    [
        (NiftiForm(pixdim_factor=0.977), GeometryError, "different voxel sizes"),
        (NiftiForm(pixdim_factor=1.6, axes="LPS"), GeometryError, "different voxel sizes"),
        (NiftiForm(damaged=True), InputError, "damaged|ends before"),
    ],
)
def test_faults_of_the_phantom(tmp_path: Path, form: NiftiForm, error: type, words: str) -> None:
    write_nifti(render(spacing_mm=(10.0, 8.0, 8.0), oversample=1), tmp_path, form=form)
    with pytest.raises(error, match=words):
        load(tmp_path / "ct.nii.gz")
