"""Splits are by subject, every case is predicted unseen, and a stopped run goes on."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="training needs the [train] extra")

from myotome.errors import InputError  # noqa: E402
from myotome.train import crossval as module  # noqa: E402
from myotome.train import session  # noqa: E402
from myotome.train.cases.entry import entry_of_folder  # noqa: E402
from myotome.train.crossval import CrossvalRequest, Split, crossval, make_splits  # noqa: E402
from myotome.train.export import held_out  # noqa: E402
from myotome.train.fit.loop import Watch  # noqa: E402
from myotome.train.synthesis.pool import save_rendered  # noqa: E402
from myotome.train.tasks.muscles import MUSCLE_TASK  # noqa: E402
from myotome.train.tasks.read import read_pool  # noqa: E402

TINY = {"iterations": 2, "epoch": 1, "batch": 2, "plane_ji": (64, 96), "threads": 1}
QUIET = Watch(write=lambda _words: None)


@settings(deadline=None, max_examples=30)
@given(
    n=st.integers(2, 40), folds=st.integers(2, 6), repeats=st.integers(1, 4), seed=st.integers(0, 9)
)
def test_each_repeat_holds_every_subject_out_once(n, folds, repeats, seed) -> None:
    names = [f"s{i}" for i in range(n)]
    if n < folds:
        with pytest.raises(InputError, match="--leave-one-out"):
            make_splits(names, folds=folds, repeats=repeats, seed=seed)
        return
    splits = make_splits([*names, *names], folds=folds, repeats=repeats, seed=seed)
    assert splits == make_splits(names[::-1], folds=folds, repeats=repeats, seed=seed)
    assert len({split.name for split in splits}) == len(splits) == folds * repeats
    for repeat in range(1, repeats + 1):
        held = [s for split in splits if split.repeat == repeat for s in split.held_out]
        assert sorted(held) == sorted(names)
        sizes = [len(split.held_out) for split in splits if split.repeat == repeat]
        assert max(sizes) - min(sizes) <= 1


def test_repeats_and_seeds_deal_differently() -> None:
    names = [f"s{i}" for i in range(20)]
    splits = make_splits(names, folds=5, repeats=2, seed=1)
    assert [s.held_out for s in splits[:5]] != [s.held_out for s in splits[5:]]
    assert splits != make_splits(names, folds=5, repeats=2, seed=2)


def test_leave_one_out_is_a_fold_per_subject() -> None:
    splits = make_splits("bca", folds=5, repeats=5, seed=1, leave_one_out=True)
    assert [split.held_out for split in splits] == [("a",), ("b",), ("c",)]
    with pytest.raises(InputError, match="two folds"):
        make_splits("a", folds=5, repeats=5, seed=1, leave_one_out=True)


@pytest.fixture
def cases(tmp_path: Path, write_box) -> Path:
    for seed, name in enumerate(("p1", "p2", "p3")):
        write_box(tmp_path / "cases" / name, seed)
    return tmp_path / "cases"


def request(cases: Path, **changes) -> CrossvalRequest:
    rows = {"preset": "tiny", "changes": TINY, "folds": 2, "repeats": 1, **changes}
    return CrossvalRequest(cases=cases, out=cases.parent / "out", **rows)


def test_cases_are_predicted_by_networks_that_have_not_seen_them(
    cases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[set[str], set[str]]] = []
    real = module.train

    def spy(learnt, config, folder, *, validation, watch):
        seen.append(({c.subject for c in learnt}, {c.subject for c in validation}))
        return real(learnt, config, folder, validation=validation, watch=watch)

    monkeypatch.setattr(module, "train", spy)
    summary = crossval(request(cases), watch=QUIET)
    assert all(not (learnt & tested) for learnt, tested in seen)
    assert sorted(name for _, tested in seen for name in tested) == ["p1", "p2", "p3"]
    out = cases.parent / "out"
    ct = nibabel.load(cases / "p1" / "ct.nii.gz")
    for row in summary["folds"]:
        for name in row["held_out"]:
            made = nibabel.load(out / row["name"] / "predictions" / f"{name}.nii.gz")
            assert made.shape == ct.shape
            np.testing.assert_allclose(made.affine, ct.affine)
    assert json.loads((out / "summary.json").read_text()) == json.loads(json.dumps(summary))
    assert summary["dice"]["psoas_left"]["folds"] == 2
    rows = list(csv.DictReader((out / "repeat1.csv").read_text("utf-8").splitlines()))
    assert sorted(row["subject"] for row in rows) == ["p1", "p2", "p3"]
    assert all((out / row[key]).is_file() for row in rows for key in row if key != "subject")

    monkeypatch.setattr(module, "train", lambda *_, **__: pytest.fail("it was done already"))
    assert crossval(request(cases), watch=QUIET)["dice"] == summary["dice"]
    with pytest.raises(InputError, match="other splits"):
        crossval(request(cases, folds=3), watch=QUIET)


def test_too_few_subjects_are_told_what_to_do(cases: Path) -> None:
    with pytest.raises(InputError, match=r"3 subjects cannot .* 5 folds.*leave-one-out"):
        crossval(request(cases, folds=5), watch=QUIET)
    assert not (cases.parent / "out").exists()


def test_scores_are_over_annotated_slices_and_both_empty_does_not_count(cases: Path) -> None:
    reference = held_out.reference_of(entry_of_folder(cases / "p1"))
    assert reference is not None
    answer = reference.muscles.copy()
    answer[2] = 0
    scores = held_out.slice_dice(reference, answer)
    assert scores["psoas_left"] == [1.0, 1.0, 0.0]
    assert scores["gluteus_medius_left"] == []


def test_the_reference_is_written_as_evaluate_reads_it(cases: Path, tmp_path: Path) -> None:
    reference = held_out.reference_of(entry_of_folder(cases / "p1"))
    assert held_out.write_reference(tmp_path / "ref", reference)
    again = held_out.reference_of(entry_of_folder(cases / "p1"))
    made = nibabel.load(tmp_path / "ref" / "muscles.nii.gz")
    truth = nibabel.load(cases / "p1" / "muscles.nii.gz")
    np.testing.assert_array_equal(np.asarray(made.dataobj), np.asarray(truth.dataobj))
    ranges = json.loads((tmp_path / "ref" / "slices.json").read_text())["complete_z"]
    assert ranges["psoas"] == [0, 2]
    again.annotated[:, 3] = False
    assert not held_out.write_reference(tmp_path / "none", again)
    assert not (tmp_path / "none").exists()


def test_folds_without_a_muscle_do_not_count_for_its_mean(tmp_path: Path) -> None:
    keys = list(module._KEYS)
    for fold, value in ((1, [0.5, 0.7]), (2, [])):
        folder = tmp_path / f"repeat1_fold{fold}"
        folder.mkdir()
        scores = {"case": {key: value if key == keys[0] else [1.0] for key in keys}}
        (folder / "scores.json").write_text(json.dumps(scores))
    splits = [Split(repeat=1, fold=fold, held_out=("case",)) for fold in (1, 2)]
    dice = module.summarise(tmp_path, splits)["dice"]
    assert dice[keys[0]] == {"mean": 0.6, "sd": None, "folds": 1}
    assert dice[keys[1]] == {"mean": 1.0, "sd": 0.0, "folds": 2}
    assert dice["mean"]["mean"] == pytest.approx(((0.6 + 11) / 12 + 1) / 2, abs=1e-4)


@pytest.fixture
def pool(box_case, tmp_path: Path) -> Path:
    for name in ("p1", "p2", "p3", "atlas"):
        save_rendered(box_case(f"{name}~render0"), "{}", tmp_path / "pool")
    return tmp_path / "pool"


def test_synthetic_cases_follow_their_subject(pool: Path, tmp_path: Path) -> None:
    found = read_pool(MUSCLE_TASK, pool, {"p1", "p3"})
    assert [case.subject for case in found] == ["atlas", "p2"]
    assert not read_pool(MUSCLE_TASK, None, set())
    with pytest.raises(InputError, match="no synthetic cases"):
        read_pool(MUSCLE_TASK, tmp_path, set())


def test_the_parts_of_a_training(cases: Path, pool: Path) -> None:
    def parts(**words):
        made = session.TrainRequest(cases=cases, out=cases, synthetic=pool, **words)
        return session.parts_of(made)

    found = parts(leave_out=("p1",), validate=("p2",))
    assert [case.name for case in found.training] == ["p3", "atlas~render0", "p3~render0"]
    assert [case.name for case in found.validation] == ["p2"]
    with pytest.raises(InputError, match='"p1" is to be left out and to be validated on'):
        parts(leave_out=("p1",), validate=("p1",))
    with pytest.raises(InputError, match="no subject p9"):
        parts(validate=("p9",))
    assert [c.name for c in parts(validate=("p1", "p2", "p3")).training] == ["atlas~render0"]
