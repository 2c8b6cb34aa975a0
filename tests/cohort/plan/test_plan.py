"""Folders, archives, exports and manifests become studies, each once, under pseudonyms."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pydicom
import pytest

from myotome.cohort.plan.discover import discover
from myotome.cohort.plan.make import lines_of, read_plan, salt_of, save_plan, tasks_of
from myotome.cohort.plan.manifest import read_manifest
from myotome.cohort.store.layout import Layout
from myotome.errors import InputError
from myotome.phantom import render, write_dicom

SALT = "a secret of this test"


def study(folder: Path, *, patient: str, uid: str, date: str = "20200101") -> Path:
    write_dicom(render(spacing_mm=(40.0, 8.0, 8.0)), folder)
    for path in folder.rglob("*"):
        if path.is_file():
            dataset = pydicom.dcmread(path)
            dataset.PatientID, dataset.StudyInstanceUID, dataset.StudyDate = patient, uid, date
            dataset.save_as(path)
    return folder


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two studies of Ann, one of Bob, each in its folder."""
    root = tmp_path_factory.mktemp("three")
    study(root / "ann1", patient="ann", uid="1.2.1", date="20200110")
    study(root / "ann2", patient="ann", uid="1.2.2", date="20210109")
    study(root / "bob", patient="bob", uid="1.2.3")
    return root


def flat(three: Path, folder: Path) -> Path:
    folder.mkdir()
    for path in sorted(three.rglob("*")):
        if path.is_file():
            shutil.copy(path, folder / f"{path.parent.name}-{path.name}")
    return folder


def test_a_folder_of_folders_is_a_study_each(three: Path) -> None:
    found = discover(three)
    assert [(one.uid, one.path.name, one.files) for one in found] == [
        ("1.2.1", "ann1", ()),
        ("1.2.2", "ann2", ()),
        ("1.2.3", "bob", ()),
    ]


def test_studies_in_one_folder_are_told_apart_by_their_files(three: Path, tmp_path: Path) -> None:
    folder = flat(three, tmp_path / "export")
    found = discover(folder)
    assert [one.uid for one in found] == ["1.2.1", "1.2.2", "1.2.3"]
    names = [name for one in found for name in one.files]
    assert sorted(names) == sorted(path.name for path in folder.iterdir())
    assert all(name.startswith("bob-") for name in found[2].files)


def test_an_archive_is_a_study_or_several(three: Path, tmp_path: Path) -> None:
    for name, folders in (("one", ["bob"]), ("two", ["ann1", "bob"])):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as box:
            for folder in folders:
                for path in (three / folder).iterdir():
                    box.write(path, f"{folder}/{path.name}")
    found = discover(tmp_path)
    assert [(one.path.name, one.uid) for one in found] == [
        ("one.zip", "1.2.3"),
        ("two.zip", "1.2.1"),
        ("two.zip", "1.2.3"),
    ]


def test_every_nifti_is_a_study_and_hidden_files_are_none(tmp_path: Path) -> None:
    for name in ("a.nii.gz", "b.nii", ".hidden.nii"):
        (tmp_path / name).touch()
    assert [one.path.name for one in discover(tmp_path)] == ["a.nii.gz", "b.nii"]


def test_keys_are_those_of_the_study_wherever_it_lies(three: Path, tmp_path: Path) -> None:
    shutil.copytree(three / "bob", tmp_path / "moved")
    (here,) = tasks_of(lines_of(str(three / "bob")), SALT)
    (there,) = tasks_of(lines_of(str(tmp_path / "moved")), SALT)
    assert (here.study, here.subject) == (there.study, there.subject)
    (other,) = tasks_of(lines_of(str(three / "bob")), "another secret")
    assert {other.study, other.subject}.isdisjoint({here.study, here.subject})


def test_days_are_counted_from_the_first_study_of_a_person(three: Path) -> None:
    tasks = tasks_of(lines_of(str(three)), SALT)
    ann = [task for task in tasks if sum(t.subject == task.subject for t in tasks) == 2]
    assert sorted(task.days_since_first or 0 for task in ann) == [0.0, 365.0]
    assert len({task.subject for task in tasks}) == 2


def test_a_manifest_describes_the_person_and_keeps_what_is_asked_for(
    three: Path, tmp_path: Path
) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text(
        f"path;subject;sex;age_years;site;training;secret\n{three}/bob;b7;M;61,5;north;yes;x\n"
    )
    (task,) = tasks_of(read_manifest(manifest, keep=("Site",)), SALT)
    assert dict(task.person) == {"sex": "M", "age_years": "61,5"}
    assert (dict(task.given), task.training) == ({"site": "north"}, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("patth\nx\n", "Did you mean path"),
        ("path,weight_kg\nbob,7000\n", "Row 1: "),
        ("path,age_years\nbob,611\n", "Row 1: "),
        ("path,height_m\nbob,1.8\n", "Write height_cm"),
        ("path,path\nbob,bob\n", "path twice"),
        ("path,training\nbob,perhaps\n", "Row 1: training is neither yes nor no"),
        ("path\n", "no rows"),
        ("path,sex\n,F\n", "Row 1: no path"),
    ],
)
def test_a_bad_manifest_is_refused_with_its_rows(tmp_path: Path, text: str, words: str) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text(text)
    with pytest.raises(InputError, match=words):
        read_manifest(manifest)


def test_a_column_to_keep_that_is_not_there_is_refused(tmp_path: Path) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text("path\nx\n")
    with pytest.raises(InputError, match="Check --keep"):
        read_manifest(manifest, keep=("site",))


def test_one_person_cannot_have_the_studies_of_two(three: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text(f"path,age_years\n{three},61\n")
    tasks = tasks_of(read_manifest(manifest), SALT)
    assert {task.refused for task in tasks} == {"several_subjects"}
    manifest.write_text(f"path\n{three}\n")
    assert {task.refused for task in tasks_of(read_manifest(manifest), SALT)} == {""}


def test_a_study_told_of_twice_differently_is_refused(three: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text(f"path,age_years\n{three}/bob,61\n{three}/bob,16\n")
    with pytest.raises(InputError, match="several times, told of differently"):
        tasks_of(read_manifest(manifest), SALT)
    manifest.write_text(f"path,age_years\n{three}/bob,61\n{three}/bob,61\n")
    assert len(tasks_of(read_manifest(manifest), SALT)) == 1


def test_a_pattern_gives_what_it_matches(three: Path) -> None:
    assert len(tasks_of(lines_of(str(three / "ann*")), SALT)) == 2
    with pytest.raises(InputError, match="no path matches"):
        lines_of(str(three / "eve*"))


def test_what_is_not_there_stays_in_the_plan(tmp_path: Path) -> None:
    manifest = tmp_path / "m.csv"
    manifest.write_text("path\ngone/far\n")
    (task,) = tasks_of(read_manifest(manifest), SALT)
    assert task.path.endswith("gone/far")


def test_the_plan_comes_back_as_it_was_and_only_its_owner_reads_it(
    three: Path, tmp_path: Path
) -> None:
    layout = Layout(root=tmp_path / "cohort")
    tasks = tasks_of(lines_of(str(flat(three, tmp_path / "export"))), salt_of(layout))
    save_plan(tasks, layout)
    assert read_plan(layout) == tasks
    assert layout.plan.stat().st_mode & 0o777 == 0o600
    assert salt_of(layout) == salt_of(layout)
    assert "ann" not in repr(tasks)
