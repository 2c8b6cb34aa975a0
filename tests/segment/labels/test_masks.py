"""Label maps from elsewhere: brought onto the CT's grid, or refused with the mend."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myotome.errors import BackendError, GridMismatchError, InputError
from myotome.nouns.space.grid import Grid, restore
from myotome.nouns.space.label_map import LabelMap
from myotome.nouns.space.landmarks import Slab
from myotome.nouns.space.volume import Volume
from myotome.read.labels.door import read_labels
from myotome.segment.backends import backend
from myotome.segment.labels.label_table import read_table
from myotome.segment.labels.mapping import parse
from myotome.segment.labels.masks import NOT_GIVEN, labelled, masks
from myotome.segment.labels.understood import understand
from myotome.tables.anatomy.mappings import BY_NAME, MAPPINGS
from myotome.tables.anatomy.muscles import GROUPS, MUSCLE, MUSCLES

SHAPE = (10, 24, 30)
ORIGIN = (-40.0, -30.0, 100.0)
SPACING = (4.0, 2.0, 2.5)
SLAB = Slab(superior_z_mm=130, inferior_z_mm=105, superior_found=True, inferior_found=True)
FROM_THE_FRONT = (4, 5, 0, 1, 2, 3)  # as muscles lie: those of the wall before psoas and back
TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def volume(grid: Grid | None = None, source: Grid | None = None) -> Volume:
    grid = grid or Grid.axial(SHAPE, SPACING, ORIGIN)
    return Volume(hu=np.zeros(grid.shape, np.int16), grid=grid, source_grid=source or grid)


def muscles(shape=SHAPE) -> np.ndarray:
    labels = np.zeros(shape, np.uint8)
    for m in MUSCLES:
        row = 2 * FROM_THE_FRONT.index((m.value - 1) // 2) * shape[1] // 24
        column = 20 if m.side == "left" else 5
        labels[2:8, row : row + 2, column * shape[2] // 30 :][:, :, : shape[2] // 6] = m.value
    return labels


def save(path: Path, array: np.ndarray, grid: Grid, dtype=np.uint8) -> Path:
    """``array`` (canonical, on a canonical ``grid``) as NIfTI."""
    nib.save(nib.Nifti1Image(array.transpose().astype(dtype), TO_RAS @ grid.matrix), path)
    return path


def drawn(path: Path, mapping: str | None = None):
    return labelled(path, mapping, read_labels)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return save(tmp_path / "labels.nii.gz", muscles(), volume().grid)


@pytest.mark.parametrize("codes", ["RAS", "LPS", "SRA", "PIR", "ASL", "LAI"])
def test_any_axis_order_gives_the_same_labels(tmp_path: Path, codes: str) -> None:
    straight = nib.Nifti1Image(muscles().transpose(), TO_RAS @ volume().grid.matrix)
    orient = nib.orientations.axcodes2ornt
    turn = nib.orientations.ornt_transform(
        nib.io_orientation(straight.affine), orient(tuple(codes))
    )
    nib.save(straight.as_reoriented(turn), tmp_path / "turned.nii")
    got = drawn(tmp_path / "turned.nii")(volume(), SLAB)
    assert np.array_equal(got.labels, muscles())
    assert got.k_range == (2, 8)
    assert got.backend == "labels"
    assert not got.flags


@settings(max_examples=20, deadline=None)
@given(
    factor=st.tuples(st.sampled_from([1, 2, 3]), st.sampled_from([1, 2]), st.sampled_from([1, 2])),
    k_shift=st.integers(-2, 2),
)
def test_finer_maps_of_the_same_axes_are_resampled_without_a_shift(factor, k_shift) -> None:
    ct = volume()
    fine = muscles().repeat(factor[0], 0).repeat(factor[1], 1).repeat(factor[2], 2)
    fine = np.roll(fine, k_shift * factor[0], axis=0)
    spacing = tuple(s / f for s, f in zip(SPACING, factor, strict=True))
    # Fine voxels share their outer faces with the CT's; the roll is undone by the origin.
    origin = [
        o - s / 2 + d / 2 for o, s, d in zip(ORIGIN, SPACING[::-1], spacing[::-1], strict=True)
    ]
    origin[2] -= k_shift * SPACING[0]
    grid = Grid.axial(fine.shape, spacing, tuple(origin))
    found = LabelMap(labels=fine, grid=grid)
    got = masks(understand(Path(), ct.grid, read_table(), lambda *_, **__: found), ct)
    expected = muscles()
    seen = ct.grid.shape[0] - abs(k_shift)
    part = slice(0, seen) if k_shift > 0 else slice(-seen, None)
    if k_shift == 0:
        part = slice(None)
    assert np.array_equal(got.labels[part], expected[part])
    resampled = [f.code for f in got.flags if f.code == "labels_resampled"]
    assert resampled == [] if factor == (1, 1, 1) else ["labels_resampled"]


def test_a_map_of_fewer_slices_keeps_its_place(tmp_path: Path) -> None:
    part = Grid.axial((5, *SHAPE[1:]), SPACING, (*ORIGIN[:2], ORIGIN[2] + 3 * SPACING[0]))
    file = save(tmp_path / "part.nii", muscles()[3:8], part)
    got = drawn(file)(volume(), SLAB)
    assert np.array_equal(got.labels[3:8], muscles()[3:8])
    assert not got.labels[:3].any()
    assert got.k_range == (3, 8)


def test_a_map_on_the_tilted_source_grid_is_found_again(tmp_path: Path) -> None:
    tan = np.tan(np.radians(15))
    matrix = [[2.5, 0, 0, -40], [0, 2, 4 * tan, -30], [0, 0, 4, 100], [0, 0, 0, 1]]
    tilted = Grid.from_matrix(SHAPE, matrix)
    ct = volume(source=tilted)
    labels = muscles()
    nib.save(nib.Nifti1Image(labels.transpose(), TO_RAS @ tilted.matrix), tmp_path / "t.nii.gz")
    got = drawn(tmp_path / "t.nii.gz")(ct, SLAB).labels
    for k in range(2, 8):
        shift = round(k * 4 * tan / 2)
        assert np.array_equal(got[k, shift:], labels[k, : SHAPE[1] - shift])
    with pytest.raises(GridMismatchError, match="other directions"):
        drawn(tmp_path / "t.nii.gz")(volume(), SLAB)


@pytest.mark.parametrize(
    ("origin", "shape", "words"),
    [
        ((-40.0, -30.0, 400.0), SHAPE, "wholly outside"),
        ((40.0, -30.0, 100.0), SHAPE, "wholly outside"),
        ((-40.0, -30.0, 401.0), SHAPE, "head-foot"),
        ((41.0, -30.0, 100.0), SHAPE, "left-right"),
        ((-40.0, -29.0, 100.0), (10, 12, 30), "front-back"),
    ],
)
def test_a_map_of_another_place_is_refused(tmp_path: Path, origin, shape, words: str) -> None:
    file = save(
        tmp_path / "other.nii", muscles()[:, : shape[1]], Grid.axial(shape, SPACING, origin)
    )
    with pytest.raises(GridMismatchError, match=words) as refusal:
        drawn(file)(volume(), SLAB)
    assert refusal.value.mend


def test_oblique_axes_are_refused(tmp_path: Path) -> None:
    cos, sin = np.cos(0.2), np.sin(0.2)
    turn = np.array([[cos, -sin, 0, 0], [sin, cos, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    affine = TO_RAS @ turn @ volume().grid.matrix
    nib.save(nib.Nifti1Image(muscles().transpose(), affine), tmp_path / "turned.nii")
    with pytest.raises(GridMismatchError, match="other directions"):
        drawn(tmp_path / "turned.nii")(volume(), SLAB)


def test_a_map_without_orientation_is_refused(tmp_path: Path) -> None:
    # nibabel would then make one up from the voxel sizes, centred and mirrored
    image = nib.Nifti1Image(muscles().transpose(), TO_RAS @ volume().grid.matrix)
    image.set_sform(None, 0)
    image.set_qform(None, 0)
    nib.save(image, tmp_path / "bare.nii")
    with pytest.raises(InputError, match="neither sform nor qform"):
        drawn(tmp_path / "bare.nii")(volume(), SLAB)


def test_unknown_values_are_named(tmp_path: Path) -> None:
    labels = muscles()
    labels[0, 0, :3] = (13, 77, 200)
    file = save(tmp_path / "wild.nii", labels, volume().grid)
    with pytest.raises(BackendError, match="13, 77, 200"):
        drawn(file)(volume(), SLAB)


def test_swapped_sides_are_said(tmp_path: Path) -> None:
    file = save(tmp_path / "swapped.nii", muscles()[:, :, ::-1], volume().grid)
    with pytest.raises(BackendError, match="left and right are swapped"):
        drawn(file)(volume(), SLAB)


@pytest.mark.parametrize("what", ["empty", "fraction", "nan", "negative", "four axes"])
def test_what_is_no_label_map_is_refused(tmp_path: Path, what: str) -> None:
    labels = muscles().astype(np.float32)
    if what == "empty":
        labels[:] = 0
    elif what == "fraction":
        labels[3, 0, 20] = 0.5
    elif what == "nan":
        labels[3, 0, 20] = np.nan
    elif what == "negative":
        labels[3, 0, 20] = -1
    else:
        labels = np.stack([labels, labels])
    file = save(tmp_path / "bad.nii.gz", labels, volume().grid, np.float32)
    with pytest.raises(InputError):
        drawn(file)(volume(), SLAB)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16, np.uint16, np.int32])
def test_whole_numbers_of_any_type_are_read(tmp_path: Path, dtype) -> None:
    file = save(tmp_path / "x.nii.gz", muscles(), volume().grid, dtype)
    assert np.array_equal(drawn(file)(volume(), SLAB).labels, muscles())


def test_damaged_missing_and_foreign_files_are_refused(tmp_path: Path, path: Path) -> None:
    cut = tmp_path / "cut.nii.gz"
    cut.write_bytes(path.read_bytes()[:-30])
    text = tmp_path / "text.nii"
    text.write_text("no image")
    for file in (cut, text, tmp_path / "gone.nii.gz", tmp_path):
        with pytest.raises(InputError) as refusal:
            drawn(file)(volume(), SLAB)
        assert str(tmp_path) not in str(refusal.value)


@pytest.mark.parametrize("row", MAPPINGS, ids=lambda row: row.name)
def test_every_mapping_is_sound_and_accounts_for_every_muscle(row) -> None:
    assert set(row.muscles.values()) <= set(MUSCLE)
    assert row.source
    given = {MUSCLE[key].group for key in row.muscles.values()}
    for group in GROUPS:
        assert group.key in given or group.key in row.gaps
    sides = [key.rpartition("_")[2] for key in row.muscles.values()]
    assert sides.count("left") == sides.count("right")


def test_totalsegmentator_ids_are_those_of_its_class_map(shared_data: Path) -> None:
    lines = (shared_data / "totalsegmentator_ids.csv").read_text().splitlines()[1:]
    names = {int(value): name for value, name in (line.split(",") for line in lines)}
    words = {
        "autochthon": "erector_spinae",
        "iliopsoas": "psoas",
        "gluteus_medius": "gluteus_medius",
    }
    expected = {
        value: f"{words[stem]}_{side}"
        for value, name in names.items()
        for stem, _, side in [name.rpartition("_")]
        if stem in words
    }
    row = BY_NAME["totalsegmentator"]
    assert dict(row.muscles) == expected
    assert row.others == {*names, 118}


@pytest.mark.shared
def test_real_totalsegmentator_labels_come_in_with_their_gaps(shared_data: Path) -> None:
    case = shared_data / "cases" / "ts_example"
    image = nib.load(case / "totalsegmentator_labels.nii.gz")
    grid = Grid.from_matrix(image.shape[::-1], TO_RAS @ image.affine).canonical()
    got = drawn(case / "totalsegmentator_labels.nii.gz", "totalsegmentator")(volume(grid), SLAB)
    values = set(np.unique(got.labels)) - {0}
    assert values == {1, 2, 5, 6, 7, 8}
    # erector spinae is there, as autochthonous muscle of the back
    assert set(got.gaps) == {group.key for group in GROUPS} - {"gluteus_medius"}


@pytest.mark.parametrize("suffix", [".json", ".toml"])
def test_a_mapping_file_merges_values_and_states_gaps(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"mine{suffix}"
    if suffix == ".json":
        content = {
            "labels": {"psoas_left": [30, 31], "psoas_right": 40},
            "others": [99],
            "gaps": {"rectus_abdominis": "not drawn"},
        }
        file.write_text(json.dumps(content))
    else:
        file.write_text(
            "others = [99]\n[labels]\npsoas_left = [30, 31]\npsoas_right = 40\n"
            '[gaps]\nrectus_abdominis = "not drawn"\n'
        )
    labels = np.zeros(SHAPE, np.uint8)
    labels[2:8, 4:6, 20:24], labels[2:8, 6:8, 20:24], labels[2:8, 4:8, 5:9] = 30, 31, 40
    labels[0, 0, 0] = 99
    map_file = save(tmp_path / "labels.nii", labels, volume().grid)
    got = backend(f"labels:{map_file}", mapping=str(file), read=read_labels)(volume(), SLAB)
    assert (got.labels[2:8, 4:8, 20:24] == 1).all()
    assert (got.labels == 2).sum() == (labels == 40).sum()
    assert got.labels[0, 0, 0] == 0
    assert got.gaps["rectus_abdominis"] == "not drawn"
    assert got.gaps["quadratus_lumborum_left"] == NOT_GIVEN
    assert not got.gaps.keys() & {"psoas", "psoas_left", "psoas_right", "rectus_abdominis_left"}


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"labels": {}},
        {"labels": {"biceps": 1}},
        {"labels": {"psoas_left": 1, "psoas_right": 1}},
        {"labels": {"psoas_left": 0}},
        {"labels": {"psoas_left": 1.5}},
        {"labels": {"psoas_left": True}},
        {"labels": {"psoas_left": 1}, "others": "all"},
        {"labels": {"psoas_left": 1}, "gaps": {"biceps": "x"}},
        {"labels": {"psoas_left": 1}, "gaps": {"psoas": 1}},
        {"labels": {"psoas_left": 1}, "ignored": [3]},
    ],
)
def test_a_wrong_mapping_is_refused(content) -> None:
    with pytest.raises(InputError):
        parse(content)


def test_mapping_names_and_files_that_do_not_exist_are_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[labels")
    for name in ("nonsense", tmp_path / "gone.json", broken):
        with pytest.raises(InputError) as refusal:
            read_table(name)
        assert str(tmp_path) not in str(refusal.value)
    assert dict(read_table(None).values) == dict(BY_NAME["myotome"].muscles)
    assert parse({"labels": {"psoas_left": 1}, "others": "any"}).others is None


def test_labels_written_back_in_their_own_axes_read_the_same(tmp_path: Path) -> None:
    """What Myotome writes on the input's own grid comes back through the import."""
    own = Grid.from_matrix(
        (24, 30, 10), [[0, -2.5, 0, 32.5], [0, 0, -2, 16.0], [-4, 0, 0, 136.0], [0, 0, 0, 1]]
    )
    canonical = own.canonical()
    labels = muscles(canonical.shape)
    array = restore(labels, own).transpose()
    nib.save(nib.Nifti1Image(np.ascontiguousarray(array), TO_RAS @ own.matrix), tmp_path / "o.nii")
    got = drawn(tmp_path / "o.nii")(volume(canonical, own), SLAB)
    assert np.array_equal(got.labels, labels)
