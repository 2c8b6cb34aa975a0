"""Bodies from a manifest: which map names what, and which parts are not known."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs the [train] extra")

from myotome.errors import GridMismatchError, InputError
from myotome.tables.anatomy.landmark_classes import COARSE, LANDMARK_CLASS
from myotome.train.cases.entry import MAPPED, CaseEntry, entry_of_folder
from myotome.train.cases.manifest import read_manifest
from myotome.train.levels.draw import draw_sample, plain_sample
from myotome.train.levels.losses import level_losses
from myotome.train.levels.subject import (
    ANY_RIB,
    ANYTHING,
    SACRUM_WITH_S1,
    load_subject,
    surface_of,
    target_table,
)
from myotome.train.levels.windows import LevelSampler, sights_of

SHAPE = (12, 50, 60)
"""Planes, rows, columns of 6, 4 and 4 mm."""


def save(path: Path, array: np.ndarray, slice_mm: float = 6.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    affine = np.diag([-4.0, -4.0, slice_mm, 1.0])
    image = nibabel.Nifti1Image(np.ascontiguousarray(array.transpose(2, 1, 0)), affine)
    nibabel.save(image, path)
    return path


def body() -> np.ndarray:
    hu = np.full(SHAPE, -1000, np.int16)
    hu[:, 6:44, 6:54] = 30
    return hu


def spine(**spans: int) -> np.ndarray:
    """A column of two planes per value from the third plane up; first and last are empty."""
    out = np.zeros(SHAPE, np.uint8)
    for n, value in enumerate(spans.values()):
        out[2 + 2 * n : 4 + 2 * n, 28:38, 26:34] = value
    return out


def codes_along(subject) -> list[int]:
    """Target codes in the middle of the column, once each, from below."""
    j, i = (round(33.0 * 4 / 2), round(30.0 * 4 / 2))
    column = subject.target[:, j, i].tolist()
    return [code for n, code in enumerate(column) if n == 0 or code != column[n - 1]]


def test_totalsegmentators_ids_are_classes_and_others_are_unknown(tmp_path: Path) -> None:
    save(tmp_path / "p" / "ct.nii.gz", body())
    save(tmp_path / "p" / "totalsegmentator_labels.nii.gz", spine(s=25, s1=26, l5=27, new=118))
    subject = load_subject(entry_of_folder(tmp_path / "p"))
    keys = [c.key for c in COARSE]
    told = [ANYTHING, keys.index("sacrum"), keys.index("S1"), keys.index("L5"), ANYTHING]
    assert codes_along(subject)[:5] == told
    assert subject.hu is not None
    assert subject.fine.max() == 27
    assert surface_of(subject).depth_mm is None


def test_a_map_of_vertebrae_counts_from_the_sacrum(tmp_path: Path) -> None:
    save(tmp_path / "ct.nii.gz", body())
    save(tmp_path / "v.nii.gz", spine(sacrum=1, l5=2, l4=3, t8=11))
    (tmp_path / "manifest.csv").write_text("case,ct,vertebrae,split\np,ct.nii.gz,v.nii.gz,val\n")
    (entry,) = read_manifest(tmp_path, MAPPED).entries
    subject = load_subject(entry)
    values = [LANDMARK_CLASS[key].value for key in ("L5", "L4", "upper_spine")]
    assert codes_along(subject)[1:5] == [SACRUM_WITH_S1, *values]
    assert subject.split == "validation"


def test_an_atlas_has_ribs_and_a_vertebra_without_number(tmp_path: Path) -> None:
    save(tmp_path / "spl" / "ct.nii.gz", body())
    save(tmp_path / "spl" / "organs.nii.gz", spine(liver=1, rib=24, nameless=27))
    subject = load_subject(entry_of_folder(tmp_path / "spl"))
    assert codes_along(subject)[1:4] == [LANDMARK_CLASS["liver"].value, ANY_RIB, ANYTHING]
    assert 95 in subject.fine


def test_a_label_map_alone_is_wrapped_in_a_body(tmp_path: Path) -> None:
    save(tmp_path / "labels" / "m" / "labels.nii.gz", spine(s1=26, l5=27, l4=28))
    (entry,) = read_manifest(tmp_path / "labels", MAPPED).entries
    subject = load_subject(entry)
    assert subject.hu is None
    depth = surface_of(subject).depth_mm
    assert depth is not None
    assert (depth[subject.fine > 0] > 0).all()
    rng = np.random.default_rng(0)
    hu, target = draw_sample(subject, rng)
    assert hu.shape == target.shape == (len(hu), 48, 64)
    again, _ = plain_sample(subject), plain_sample(subject)
    np.testing.assert_array_equal(again[0], plain_sample(subject)[0])


def test_maps_and_cases_that_cannot_be_used_are_refused_by_name(tmp_path: Path) -> None:
    ct, empty = save(tmp_path / "ct.nii.gz", body()), save(tmp_path / "e.nii.gz", spine())
    with pytest.raises(InputError, match=r'case "p": .*map of organs and vertebrae is empty'):
        load_subject(CaseEntry(name="p", subject="p", ct=ct, organs=empty))
    other = save(tmp_path / "o.nii.gz", spine(l3=29), slice_mm=5.0)
    with pytest.raises(GridMismatchError, match='case "p"'):
        load_subject(CaseEntry(name="p", subject="p", ct=ct, organs=other))
    with pytest.raises(InputError, match='case "p": there is no map'):
        load_subject(CaseEntry(name="p", subject="p", ct=None))


def test_one_folder_of_data_serves_both_tasks(tmp_path: Path) -> None:
    """``cases/`` with CTs and ``labels/`` without; each task takes what it can use."""
    save(tmp_path / "cases" / "both" / "ct.nii.gz", body())
    save(tmp_path / "cases" / "both" / "muscles.nii.gz", spine(a=5))
    save(tmp_path / "cases" / "both" / "totalsegmentator_labels.nii.gz", spine(l3=29))
    save(tmp_path / "cases" / "muscles" / "ct.nii.gz", body())
    save(tmp_path / "cases" / "muscles" / "muscles.nii.gz", spine(a=5))
    save(tmp_path / "labels" / "map" / "labels.nii.gz", spine(l3=29))
    assert [e.name for e in read_manifest(tmp_path).entries] == ["both", "muscles"]
    found = read_manifest(tmp_path, MAPPED)
    assert [e.name for e in found.entries] == ["both", "map"]
    assert "organs or vertebrae" in found.left_out["muscles"]


def test_targets_of_a_phantom_are_where_the_formula_puts_them(bodies) -> None:
    """On the plain sample each vertebra's middle is that of the anatomy, within a coarse voxel."""
    from myotome.phantom import Anatomy

    hu, target = plain_sample(bodies[0])
    assert hu.dtype == np.int16
    anatomy = Anatomy.draw(1)
    inferior = anatomy.scan_z_mm[1]
    for key in ("T12", "L1", "L3", "L5"):
        planes = np.flatnonzero((target == LANDMARK_CLASS[key].value).any(axis=(1, 2)))
        middle_mm = inferior + 6.0 * ((planes[0] + planes[-1]) / 2 + 0.5)
        assert middle_mm == pytest.approx(anatomy.level_z_mm(key), abs=6.0)
    (sight,) = sights_of(bodies[:1], 5)
    assert sight.planes.shape[0] == 2
    assert sight.planes.shape[1] % 16 == 0
    assert sight.truth.shape == target.shape


def test_batches_depend_on_seed_and_step_alone(level_pool: Path) -> None:
    import torch

    from myotome.train.levels.pool import load_drawn

    cases = load_drawn(level_pool)
    one, same, other = (
        LevelSampler(cases, seed=seed, size=3, synthetic_share=1.0) for seed in (1, 1, 2)
    )
    shapes = set()
    for step in (3, 0, 1, 2):
        (inputs, target), (again, _) = one.batch(step), same.batch(step)
        assert torch.equal(inputs, again)
        assert inputs.shape == (len(target), 2, *target.shape[1:])
        shapes.add(tuple(target.shape))
    assert all(n == max(1, 96 // k) for n, k, _, _ in shapes)
    assert not torch.equal(one.batch(0)[0], other.batch(0)[0])


def test_a_set_of_classes_asks_for_their_sum_and_anything_for_nothing() -> None:
    import torch

    logits = torch.zeros(1, len(COARSE), 1, 1, 2)
    logits[0, LANDMARK_CLASS["S1"].value, ..., 0] = 20  # sure of S1
    for code, low, high in (
        (LANDMARK_CLASS["S1"].value, 0, 0.01),
        (SACRUM_WITH_S1, 0, 0.01),
        (LANDMARK_CLASS["sacrum"].value, 5, 30),
        (ANY_RIB, 5, 30),
    ):
        target = torch.tensor([[[[code, ANYTHING]]]])
        cross, _ = level_losses(logits, target)
        assert low <= float(cross) <= high


def test_every_class_has_an_id() -> None:
    codes = set(target_table().tolist())
    assert {c.value for c in COARSE} <= codes
