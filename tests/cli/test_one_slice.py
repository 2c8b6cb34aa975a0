"""The commands for one slice and for region masks, and the page that tells of them."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import duckdb
import nibabel as nib
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from myotome.cli import one_slice as cli_slice
from myotome.phantom import Anatomy, Phantom, Recipe, render_recipe, write_dicom, write_nifti

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "single-slice.md"
BODY = Anatomy()
L3_MM = BODY.level_z_mm("L3")
WALL, SUBCUTANEOUS = 2, 3


@pytest.fixture(scope="module")
def scan() -> Phantom:
    recipe = Recipe(spacing_mm=(5.0, 1.5, 1.5), z_mm=(L3_MM + 7.5, L3_MM - 7.5))
    return render_recipe(BODY, recipe)


@pytest.fixture(scope="module")
def folder(scan: Phantom, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the page speaks of."""
    root = tmp_path_factory.mktemp("slices")
    write_nifti(scan, root / "nifti")
    write_dicom(scan, root / "study")
    shutil.copy(root / "study" / "ct_0002.dcm", root / "l3.dcm")
    shutil.copy(root / "nifti" / "ct.nii.gz", root / "ct.nii.gz")
    rooms = nib.load(root / "nifti" / "compartments.nii.gz")
    nib.save(nib.load(root / "ct.nii.gz").slicer[:, :, 1:2], root / "l3.nii.gz")
    nib.save(nib.load(root / "nifti" / "muscles.nii.gz").slicer[:, :, 1:2], root / "muscles.nii.gz")
    nib.save(rooms.slicer[:, :, 1:2], root / "compartments.nii.gz")
    values = np.asarray(rooms.dataobj)
    drawn = np.where(values == WALL, 1, np.where(values == SUBCUTANEOUS, 2, 0)).astype(np.uint8)
    drawn[:, :, [0, 2]] = 0
    nib.save(nib.Nifti1Image(drawn, rooms.affine), root / "regions.nii.gz")
    (root / "person.json").write_text('{"sex": "M", "height_cm": 175, "grip_right_kg": 25}')
    return root


def call(*words: str) -> tuple[int, dict[str, Any], str]:
    """(exit code, last line of stdout as JSON, stderr) of one command line."""
    app = typer.Typer(pretty_exceptions_enable=False)
    cli_slice.add_to(app)
    said = CliRunner().invoke(app, list(words))
    lines = said.stdout.strip().splitlines()
    return said.exit_code, json.loads(lines[-1]) if lines else {}, said.stderr


def areas(answer: dict[str, Any]) -> dict[tuple[str, str], float]:
    return {(r["region"], r["window"]): r["area_cm2"] for r in answer["rows"] if r["z_mm"]}


def counted(scan: Phantom, room: int, low: int, high: int, k: int = 1) -> float:
    rooms = scan.segmentation.compartments
    assert rooms is not None
    hu = scan.volume.hu[k]
    inside = (rooms[k] == room) & (hu >= low) & (hu <= high)
    return float(inside.sum() * scan.volume.grid.pixel_cm2)


# --- slice -----------------------------------------------------------------------------------


def test_a_slice_answers_with_its_level_and_areas(folder, scan, tmp_path) -> None:
    mask, out = str(folder / "compartments.nii.gz"), tmp_path / "out"
    options = ("--labels", mask, "--mapping", "compartments", "--person", f"{folder}/person.json")
    code, answer, said = call("slice", str(folder / "l3.dcm"), *options, "-o", str(out))
    assert (code, answer["status"], answer["level"]) == (0, "ok", "L3")
    assert answer["z_mm"] == pytest.approx(L3_MM)
    muscle = counted(scan, WALL, -29, 150)
    assert answer["area_cm2"]["skeletal_muscle"] == pytest.approx(muscle, abs=0.001)
    assert answer["area_cm2"]["total"] is None  # this mask has no single muscles
    assert "skeletal_muscle" in said
    with (out / "measurements.csv").open(encoding="utf-8") as stream:
        rows = {(r["quantity"], r["structure"], r["level"]): r for r in csv.DictReader(stream)}
    index = rows["index", "skeletal_muscle_index", "L3"]
    assert float(index["value"]) == pytest.approx(muscle / 1.75**2, rel=1e-4)
    assert rows["volume", "skeletal_muscle", "slab"]["value"] == ""


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("l3.dcm", "--level", "C4"), 3),
        (("nowhere.dcm",), 3),
        (("ct.nii.gz",), 3),
        (("ct.nii.gz", "--slice", "9"), 3),
        (("l3.dcm", "--height-cm", "1.75"), 3),
        (("l3.dcm", "--labels", "absent.nii.gz"), 3),
        (("l3.dcm", "--labels", "muscles.nii.gz", "--mapping", "nonsense"), 3),
        (("l3.dcm", "--series", "99"), 3),
        (("l3.dcm", "--bogus"), 2),
    ],
)
def test_what_cannot_be_has_its_exit_code(words, code, folder, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    got, answer, said = call("slice", *words, "-o", str(tmp_path / "out"))
    assert got == code
    assert answer.get("code", 2) == code
    assert str(folder) not in said
    assert "Traceback" not in said


# --- threshold -------------------------------------------------------------------------------


@pytest.mark.parametrize("ct", ["study", "ct.nii.gz", "l3.dcm"])
def test_windows_in_the_users_regions_are_the_plain_count(ct, folder, scan, tmp_path) -> None:
    out = tmp_path / "areas.csv"
    words = (str(folder / ct), str(folder / "regions.nii.gz"), "-o", str(out))
    code, answer, said = call("threshold", *words)
    assert code == 0
    found = areas(answer)
    assert found["1", "muscle"] == pytest.approx(counted(scan, WALL, -29, 150))
    fat = counted(scan, SUBCUTANEOUS, -190, -30)
    assert found["2", "subcutaneous_fat"] == pytest.approx(fat)
    assert {row["volume_ml"] for row in answer["rows"]} == {None}  # one slice was drawn on
    with out.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(answer["rows"]) == 8
    assert float(rows[0]["area_cm2"]) == pytest.approx(found["1", "muscle"], rel=1e-5)
    assert "cm2" in said
    assert not list(tmp_path.glob(".*partial*"))


def test_a_window_given_twice_counts_once(folder) -> None:
    words = (str(folder / "l3.dcm"), str(folder / "regions.nii.gz"))
    options = ("--window", "-29:150", "--window", "-29:150")
    _, answer, _ = call("threshold", *words, *options)
    assert len({(r["region"], r["window"]) for r in answer["rows"]}) == len(answer["rows"])
    assert {row["volume_ml"] for row in answer["rows"]} == {None}


def test_whole_regions_keep_the_areas_of_the_formulas(folder, scan) -> None:
    words = (str(folder / "l3.nii.gz"), str(folder / "compartments.nii.gz"))
    options = ("--mapping", "compartments", "--window", "-1024:3071")
    code, answer, _ = call("threshold", *words, *options)
    assert code == 0
    found = areas(answer)
    for room in ("muscle_wall", "abdominal_cavity"):
        truth = scan.truth.compartment_area_cm2(room, L3_MM)
        assert found[room, "-1024..3071"] == pytest.approx(truth, rel=0.01), room


def test_more_slices_have_a_volume_and_thin_ones_stay_thin(tmp_path) -> None:
    recipe = Recipe(spacing_mm=(1.0, 2.5, 2.5), z_mm=(L3_MM + 3, L3_MM - 3))
    thin = render_recipe(BODY, recipe)
    write_nifti(thin, tmp_path / "n")
    write_dicom(thin, tmp_path / "d")
    mask = str(tmp_path / "n" / "muscles.nii.gz")
    out = tmp_path / "areas.parquet"
    options = ("--mapping", "myotome", "--window", "muscle", "-o", str(out))
    code, answer, _ = call("threshold", str(tmp_path / "d"), mask, *options)
    assert code == 0
    psoas = [r for r in answer["rows"] if r["region"] == "psoas_left"]
    assert len([r for r in psoas if r["z_mm"] is not None]) == 6
    (total,) = [r for r in psoas if r["z_mm"] is None]
    inside = (thin.segmentation.labels == 1) & (thin.volume.hu >= -29) & (thin.volume.hu <= 150)
    assert total["volume_ml"] == pytest.approx(inside.sum() * thin.volume.grid.voxel_ml)
    assert len(duckdb.read_parquet(str(out)).fetchall()) == len(answer["rows"])


def test_an_old_workflow_stands_beside_myotome(folder, scan, tmp_path) -> None:
    results, ct = tmp_path / "results", str(folder / "l3.nii.gz")
    labels = ("--labels", str(folder / "compartments.nii.gz"), "--mapping", "compartments")
    assert call("slice", ct, *labels, "-o", str(results))[0] == 0
    named = ("--name", "1=skeletal_muscle", "--name", "2=subcutaneous_fat")
    words = (ct, str(folder / "regions.nii.gz"), *named, "--against", str(results))
    code, answer, said = call("threshold", *words)
    assert code == 0
    assert answer["same_input"] is True
    rows = {(r["region"], r["window"]): r for r in answer["rows"]}
    muscle = rows["skeletal_muscle", "muscle"]
    assert muscle["difference_cm2"] == pytest.approx(0, abs=1e-3)
    # Myotome leaves out fat beside air, that is the skin; classic software counts it.
    fat = rows["subcutaneous_fat", "subcutaneous_fat"]
    assert 0 < fat["difference_percent"] < 10
    assert "of air" in fat["myotome_definition"]
    assert rows["skeletal_muscle", "visceral_fat"]["myotome_area_cm2"] is None
    assert rows["skeletal_muscle", "visceral_fat"]["not_compared"]
    assert "beside Myotome" in said
    elsewhere = call("threshold", str(folder / "ct.nii.gz"), *words[1:])
    assert elsewhere[1]["same_input"] is False
    assert "other files" in elsewhere[2]
    unnamed = (*words[:2], "--against", str(results))
    _, answer, said = call("threshold", *unnamed)
    assert {row["myotome_area_cm2"] for row in answer["rows"]} == {None}
    assert "--name" in said


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--window", "lard"), 3, "no HU window"),
        (("--window", "150:-29"), 3, "ends below"),
        (("--name", "muscle"), 3, "VALUE=NAME"),
        (("--name", "1=a", "--name", "1=b"), 3, "twice"),
        (("--name", "9=a"), 3, "no value 9"),
        (("--mapping", "nonsense"), 3, "known label table"),
        (("--against", "study"), 3, "no results"),
        (("--series", "99"), 3, "no series"),
        (("-o", "areas.txt"), 10, "neither"),
        (("-o", "regions.nii.gz"), 10, "neither"),
        (("-o", "there.csv"), 10, "there already"),
    ],
)
def test_what_cannot_be_counted_is_refused(words, code, told, folder, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    (folder / "there.csv").write_text("mine")
    got, answer, said = call("threshold", "ct.nii.gz", "regions.nii.gz", *words)
    assert (got, answer["code"]) == (code, code)
    assert told in answer["error"]
    assert str(folder) not in said
    assert (folder / "there.csv").read_text() == "mine"


def test_a_mask_on_another_grid_is_refused(folder, tmp_path) -> None:
    image = nib.load(folder / "regions.nii.gz")
    affine = image.affine.copy()
    affine[0, 3] += 0.7
    nib.save(nib.Nifti1Image(np.asarray(image.dataobj), affine), tmp_path / "moved.nii.gz")
    empty = np.zeros(image.shape, np.uint8)
    nib.save(nib.Nifti1Image(empty, image.affine), tmp_path / "empty.nii.gz")
    code, answer, _ = call("threshold", str(folder / "ct.nii.gz"), str(tmp_path / "moved.nii.gz"))
    assert (code, answer["kind"]) == (11, "GridMismatchError")
    code, answer, _ = call("threshold", str(folder / "ct.nii.gz"), str(tmp_path / "empty.nii.gz"))
    assert code == 3
    assert "marks nothing" in answer["error"]


# --- the page --------------------------------------------------------------------------------

COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
    if line.startswith("myotome ")
]


def test_the_page_shows_every_kind_of_input() -> None:
    assert len(COMMANDS) >= 8
    assert {command.split()[1] for command in COMMANDS} == {"slice", "threshold"}


@pytest.mark.parametrize("at", range(len(COMMANDS)))
def test_a_command_of_the_page_works(at, folder, tmp_path, monkeypatch) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.chdir(tmp_path)
    command = COMMANDS[at]
    if "--against" in command:  # what an earlier command of the page has written
        mask = ("--labels", "compartments.nii.gz", "--mapping", "compartments")
        assert call("slice", "l3.nii.gz", *mask, "-o", "results-nifti")[0] == 0
    words = shlex.split(command, comments=True)
    code, answer, said = call(*words[1:])
    assert (code, answer.get("status")) == (0, "ok"), said
