"""A case that says where it is disputed is unknown there; any other is as drawn."""

from __future__ import annotations

import importlib.util
import json
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from myotome.errors import InputError
from myotome.tables.anatomy.muscles import MUSCLE
from myotome.train.cases.case import load_case, load_entry
from myotome.train.cases.entry import entry_of_folder
from myotome.train.cases.manifest import read_manifest
from myotome.train.export.held_out import reference_of, slice_dice, write_reference
from myotome.train.fit.losses import IGNORE, marginal_cross_entropy, soft_dice_loss
from myotome.voxels.borders import UNKNOWN

_case = runpy.run_path(str(Path(__file__).with_name("test_case.py")))
body, muscles, save, ranges = (_case[n] for n in ("body", "muscles", "save", "ranges"))
SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"
PIXEL_MM = 6.0
PSOAS = MUSCLE["psoas_left"].value
END = {"zone": "upper_end", "slices": [6, 8], "muscles": ["psoas_left"]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "anna"
    place.mkdir()
    save(place / "ct.nii.gz", body())
    save(place / "muscles.nii.gz", muscles())
    ranges(place, default=[0, 9])
    return place


def tell(folder: Path, *rows: dict[str, object], **more: object) -> None:
    (folder / "borders.json").write_text(json.dumps({"disputed": rows, **more}))


def test_both_mean_the_same_by_unknown() -> None:
    assert UNKNOWN == IGNORE


def test_nothing_is_applied_unless_the_case_says_so(folder: Path) -> None:
    plain = load_case(folder, PIXEL_MM)
    assert np.array_equal(plain.muscles, muscles())
    tell(folder)
    assert np.array_equal(load_case(folder, PIXEL_MM).muscles, plain.muscles)


def test_a_zone_is_unknown_on_its_slices_alone(folder: Path) -> None:
    tell(folder, END)
    case, drawn = load_case(folder, PIXEL_MM), muscles()
    assert (case.muscles[6:8][drawn[6:8] == PSOAS] == IGNORE).all()
    assert (case.muscles[8] == IGNORE).any()  # above its last slice
    assert np.array_equal(case.muscles[:6], drawn[:6])
    assert not case.muscles[9].any()
    assert case.annotated.all()


def test_slices_count_along_the_files_own_axis(folder: Path) -> None:
    save(folder / "ct.nii.gz", body(), up=False)
    save(folder / "muscles.nii.gz", muscles(), up=False)
    tell(folder, {**END, "slices": [1, 3]})
    down = load_case(folder, PIXEL_MM)
    assert set(np.flatnonzero((down.muscles == IGNORE).any(axis=(1, 2)))) == {6, 7, 8}


def test_a_gate_takes_voxels_away(folder: Path) -> None:
    hu = body()
    hu[muscles() == PSOAS] = -90
    save(folder / "ct.nii.gz", hu)
    tell(folder, gate={"muscles": ["psoas"]})
    case = load_case(folder, PIXEL_MM)
    assert (case.muscles == PSOAS).sum() < (muscles() == PSOAS).sum() / 2
    assert (case.muscles == MUSCLE["psoas_right"].value).any()
    assert not (case.muscles == IGNORE).any()


def test_a_wrong_file_is_told_with_the_case(folder: Path) -> None:
    tell(folder, {**END, "slices": [6, 20]})
    with pytest.raises(InputError, match=r'case "anna".*outside the 10 slices'):
        load_case(folder)


def test_a_manifest_names_borders_that_lie_elsewhere(folder: Path) -> None:
    tell(folder, END)
    (folder / "borders.json").rename(folder.parent / "said.json")
    line = "anna,anna/ct.nii.gz,anna/muscles.nii.gz,0-9,said.json"
    path = folder.parent / "manifest.csv"
    path.write_text(f"case,ct,labels,slices,borders\n{line}\n")
    (entry,) = read_manifest(path).entries
    assert (load_entry(entry, PIXEL_MM).muscles == IGNORE).any()
    (folder.parent / "said.json").write_text("{")
    with pytest.raises(InputError, match=r'line 1.*"said.json" holds no borders'):
        read_manifest(path)


def test_the_loss_does_not_see_what_is_unknown() -> None:
    target = torch.zeros(1, 4, 4, dtype=torch.uint8)
    target[0, 0, 0], target[0, 2] = 1, IGNORE
    logits = torch.zeros(1, 3, 4, 4)
    other = logits.clone()
    other[0, 1, 2] = 9.0
    known = torch.ones(1, 3, dtype=torch.bool)
    for loss in (marginal_cross_entropy, soft_dice_loss):
        assert loss(logits, target, known) == loss(other, target, known)


def test_neither_do_the_scores_of_a_fold(folder: Path) -> None:
    tell(folder, END)
    reference = reference_of(entry_of_folder(folder))
    assert reference is not None
    answer = muscles()
    answer[6:][answer[6:] == PSOAS] = 0
    assert set(slice_dice(reference, answer)["psoas_left"]) == {1.0}
    assert write_reference(folder.parent / "out", reference)
    plain = replace(entry_of_folder(folder), borders=None)
    reference = reference_of(plain)
    assert reference is not None
    assert 0.0 in slice_dice(reference, answer)["psoas_left"]


@pytest.mark.shared
def test_a_real_case_with_what_its_reader_says(shared_data: Path, tmp_path: Path) -> None:
    """The second reader agrees better with the first on what is left."""
    script = SCRIPTS / "borders_cases.py"
    spec = importlib.util.spec_from_file_location(script.stem, script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    facts = json.loads(script.with_suffix(".json").read_text(encoding="utf-8"))["cases"]
    source = shared_data / "cases" / "cort_liver"
    told = module.rows_of(shared_data, source.name, facts[source.name])
    (tmp_path / "borders.json").write_text(json.dumps(told))
    plain = entry_of_folder(source)
    said = replace(plain, borders=tmp_path / "borders.json")
    second = replace(plain, labels=source / "muscles_raterB.nii.gz")
    first, left, other = (reference_of(e) for e in (plain, said, second))
    assert first is not None
    assert left is not None
    assert other is not None
    unknown = (left.muscles == UNKNOWN) & (first.muscles > 0)
    ml = first.scan.grid.voxel_ml * unknown.sum()
    assert 120 < ml < 150  # of 3379 ml
    below = first.scan.grid.slice_z_mm(np.arange(len(unknown))) < -156.0  # slice 58
    assert not unknown[below].any()
    before, after = (slice_dice(r, other.muscles) for r in (first, left))
    for muscle in ("erector_spinae_left", "lateral_abdominals_left"):
        assert np.mean(after[muscle]) > np.mean(before[muscle]) + 0.015
    muscle = "rectus_abdominis_left"  # no zone of it
    assert after[muscle] == pytest.approx(before[muscle], abs=0.05)
