"""From files to a folder of tables and figures."""

from __future__ import annotations

import builtins
import csv
import errno
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from myotome.errors import InputError, OutputError
from myotome.evaluate import run as run_module
from myotome.evaluate.pairs import find_pairs
from myotome.evaluate.pictures.curves import read_curve
from myotome.evaluate.pictures.overlays import worst_slices
from myotome.evaluate.run import evaluate_cli, score_pairs
from myotome.evaluate.scores.options import Options
from myotome.evaluate.scores.regions import COMPARTMENT_SET, MUSCLE_SET
from myotome.nouns.space.grid import Grid

Save = Callable[..., Path]
Labels = NDArray[np.uint8]
PLAIN = Options(figures=False)
FIGURES = (
    "dice_by_muscle",
    "agreement_area",
    "bland_altman_area",
    "agreement_mass",
    "bland_altman_mass",
    "worst_slices",
    "learning_curves",
)


@pytest.fixture
def folders(body: Labels, grid: Grid, save: Save, tmp_path: Path) -> tuple[Path, Path]:
    """Three subjects as result and case folders; in "b" the left psoas is one voxel too narrow."""
    for number, name in enumerate(("a", "b", "c")):
        reference, predicted = body.copy(), body.copy()
        reference[6 + number :] = predicted[6 + number :] = 0
        if name == "b":
            predicted[:, :, 37][predicted[:, :, 37] == 1] = 0
        save(tmp_path / "truth" / name / "muscles.nii.gz", reference, grid)
        save(tmp_path / "guess" / name / "segmentation.nii.gz", predicted, grid)
        ct = np.where(reference > 0, 50, -100).astype(np.int16)
        save(tmp_path / "truth" / name / "ct.nii.gz", ct, grid, "RAI")
        ranges = {"complete_z": {"default": [0, 10]}}
        (tmp_path / "truth" / name / "slices.json").write_text(json.dumps(ranges))
    return tmp_path / "guess", tmp_path / "truth"


def test_tables_say_the_same_as_the_summary(folders: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = evaluate_cli(*folders, out, options=PLAIN)
    assert said["subjects"] == 3
    assert sorted(p.name for p in out.iterdir()) == [
        "slices.csv",
        "summary.csv",
        "summary.json",
        "volumes.csv",
    ]
    document = json.loads((out / "summary.json").read_text())
    assert document["subjects"] == ["a", "b", "c"]
    assert document["options"] == {"rule": "skip", "tolerance_mm": 2.0, "labels": "muscles"}
    rows = {(r["structure"], r["side"]): r for r in document["structures"]}
    with (out / "volumes.csv").open() as stream:
        volumes = list(csv.DictReader(stream))
    dice = [float(v["dice"]) for v in volumes if (v["structure"], v["side"]) == ("psoas", "left")]
    assert dice == pytest.approx([1, 12 / 13, 1], abs=1e-5)  # 6 of 7 columns: 2 x 6 / 13
    spread = rows["psoas", "left"]["dice_volumes"]
    assert spread["mean"] == pytest.approx(np.mean(dice), abs=1e-5)
    assert spread["sd"] == pytest.approx(np.std(dice, ddof=1), abs=1e-5)
    assert (spread["worst_subject"], spread["n"]) == ("b", 3)
    assert rows["psoas", "left"]["error_percent"]["worst"] == pytest.approx(-100 / 7, abs=1e-3)
    with (out / "slices.csv").open() as stream:
        slices = list(csv.DictReader(stream))
    assert {int(s["k"]) for s in slices} == set(range(11))
    mine = [s for s in slices if (s["structure"], s["side"]) == ("psoas", "left")]
    found = [float(s["dice"]) for s in mine if s["dice"]]
    assert len(found) == rows["psoas", "left"]["dice_slices"]["n"] == 5 + 6 + 7
    assert rows["psoas", "each"]["dice_slices"]["n"] == 36
    with (out / "summary.csv").open() as stream:
        summary = {(r["structure"], r["side"]): r for r in csv.DictReader(stream)}
    assert float(summary["psoas", "left"]["dice_volumes_mean"]) == pytest.approx(spread["mean"])
    assert summary["psoas", "left"]["mass_icc_a1_value"]
    assert summary["all", "each"]["area_n"] == ""
    assert float(summary["all", "each"]["dice_slices_worst"]) == pytest.approx(12 / 13, abs=1e-5)


def test_figures(folders: tuple[Path, Path], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    curve = tmp_path / "unet" / "curve.csv"
    curve.parent.mkdir()
    curve.write_text("epoch,loss,train_dice,val_dice\n1,2.0,0.1,\n2,1.0,0.5,0.4\n3,0.5,0.7,0.6\n")
    out = tmp_path / "out"
    evaluate_cli(*folders, out, options=Options(curves=(curve,), worst=2))
    document = json.loads((out / "summary.json").read_text())
    assert {f["name"] for f in document["figures"]} == set(FIGURES)
    assert all(f["caption"].endswith(".") for f in document["figures"])
    for name in FIGURES:
        with Image.open(out / f"{name}.png") as picture:
            assert picture.width >= 600
            assert len(set(picture.convert("L").resize((64, 64)).tobytes())) > 8  # not blank
        assert (out / f"{name}.svg").read_text().startswith("<?xml")


def test_the_worst_slices_come_from_the_worst_subject(folders: tuple[Path, Path]) -> None:
    pairs = find_pairs(*folders, MUSCLE_SET).pairs
    scores = score_pairs(pairs, PLAIN)
    first, *others = worst_slices(scores.slices, PLAIN)
    assert (first.subject, first.structure, first.side) == ("b", "psoas", "left")
    assert len(others) == 5
    assert {s.dice for s in others} == {1.0}
    slivers = [replace(s, predicted_cm2=0.9, reference_cm2=0.9) for s in scores.slices]
    assert not worst_slices(slivers, PLAIN)


def test_levels(folders: tuple[Path, Path], tmp_path: Path) -> None:
    manifest = tmp_path / "list.csv"
    manifest.write_text(
        "subject,predicted,reference,slices,ct,l3_z_mm\n"
        "b,guess/b/segmentation.nii.gz,truth/b/muscles.nii.gz,truth/b/slices.json,,114\n"
        "c,guess/c/segmentation.nii.gz,truth/c/muscles.nii.gz,,,\n"
    )
    out = tmp_path / "out"
    evaluate_cli(manifest, None, out, options=PLAIN)
    with (out / "levels.csv").open() as stream:
        rows = {(r["structure"], r["side"]): r for r in csv.DictReader(stream)}
    assert {r["subject"] for r in rows.values()} == {"b"}
    assert float(rows["psoas", "left"]["z_mm"]) == 115.0
    assert float(rows["psoas", "left"]["error_percent"]) == pytest.approx(-100 / 7, abs=1e-3)
    levels = json.loads((out / "summary.json").read_text())["levels"]
    total = next(r for r in levels if r["structure"] == "total")
    assert total["area"]["mean_percent"] == pytest.approx(-100 * 4 / (12 * 28), abs=1e-3)


def test_a_pair_of_files(folders: tuple[Path, Path], tmp_path: Path) -> None:
    guess, truth = folders
    found = find_pairs(
        guess / "a" / "segmentation.nii.gz", truth / "a" / "muscles.nii.gz", MUSCLE_SET
    )
    (pair,) = found.pairs
    assert pair.subject == "a"
    assert pair.slices == truth / "a" / "slices.json"
    assert pair.ct == truth / "a" / "ct.nii.gz"


def test_files_of_the_same_name(body: Labels, grid: Grid, save: Save, tmp_path: Path) -> None:
    for folder, names in (("p", ("x", "y")), ("r", ("y", "z"))):
        for name in names:
            save(tmp_path / folder / f"{name}.nii.gz", body, grid)
    found = find_pairs(tmp_path / "p", tmp_path / "r", MUSCLE_SET)
    assert [p.subject for p in found.pairs] == ["y"]
    assert found.warnings == ("no reference for x", "no prediction for z")
    said = evaluate_cli(tmp_path / "p", tmp_path / "r", tmp_path / "out", options=PLAIN)
    assert said["warnings"] == ["no reference for x", "no prediction for z"]
    assert said["mean_dice_slices"] == 1.0
    assert said["dice_volumes"]["psoas"] == 1.0


def test_muscle_ranges_are_not_used_for_compartments(folders: tuple[Path, Path]) -> None:
    guess, truth = folders
    for name in ("a", "b"):
        for folder in (guess, truth):
            source = next((folder / name).glob("[ms]*.nii.gz"))
            (folder / name / "compartments.nii.gz").write_bytes(source.read_bytes())
    found = find_pairs(guess, truth, COMPARTMENT_SET)
    assert [p.subject for p in found.pairs] == ["a", "b"]
    assert all(p.slices is None for p in found.pairs)


def test_pairs_that_cannot_be_found(folders: tuple[Path, Path], tmp_path: Path) -> None:
    guess, truth = folders
    (tmp_path / "empty").mkdir()

    def refused(said: str, *paths: Path | None, **more: Any) -> None:
        with pytest.raises(InputError, match=said):
            find_pairs(*paths, MUSCLE_SET, **more)  # type: ignore[arg-type]

    refused("no name is in both folders", guess, tmp_path / "empty")
    refused("one is a file", guess, truth / "a" / "muscles.nii.gz")
    refused("the reference does not exist", guess, tmp_path / "none")
    refused("there is no reference", guess, None)
    refused("one slices file for 3", guess, truth, slices=truth / "a" / "slices.json")
    refused("no CT file for a", guess, truth, ct=tmp_path / "empty")
    bad = tmp_path / "bad.csv"
    for text, said in (
        ("subject,predicted\n", "lacks"),
        ("subject,predicted,reference,colour\n", "unknown columns"),
        ("subject,predicted,reference\n", "empty"),
        ("subject,predicted,reference\na,bad.csv,none.nii\n", "line 2.*reference does not exist"),
        ("subject,predicted,reference\na,bad.csv,bad.csv\na,bad.csv,bad.csv\n", "a twice"),
        ("subject,predicted,reference,l3_z_mm\na,bad.csv,bad.csv,L3\n", "no number"),
    ):
        bad.write_text(text)
        refused(said, bad, None)
    refused("names the references", bad, truth)


def test_options_in_words() -> None:
    assert Options.of_words(rule="one", tolerance_mm=3, labels="tissues").kind.key == "tissues"
    for words in ({"rule": "zero"}, {"tolerance_mm": -1.0}, {"labels": "organs"}):
        with pytest.raises(InputError):
            Options.of_words(**words)  # type: ignore[arg-type]


def test_results_are_whole_or_absent(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "results" / "out"

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(run_module, "write_json", full)
        with pytest.raises(OutputError, match="disk is full"):
            evaluate_cli(*folders, out, options=PLAIN)
    assert not list(out.parent.iterdir())
    evaluate_cli(*folders, out, options=PLAIN)
    with pytest.raises(OutputError, match="earlier evaluation"):
        evaluate_cli(*folders, out, options=PLAIN)
    (out / "stale.png").write_bytes(b"")
    evaluate_cli(*folders, out, options=PLAIN, overwrite=True)
    assert not (out / "stale.png").exists()
    (out / "thesis.docx").write_bytes(b"")
    with pytest.raises(OutputError, match="no evaluation"):
        evaluate_cli(*folders, out, options=PLAIN, overwrite=True)
    assert (out / "thesis.docx").exists()


def test_without_matplotlib_the_mend_is_said(
    folders: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(InputError, match=r"myotome\[evaluate\]"):
        evaluate_cli(*folders, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_curves(tmp_path: Path) -> None:
    path = tmp_path / "resunet4.csv"
    path.write_text("iteration,train_dice,loss,val_dice\n10,0.5,1,\n20,0.6,0.5,0.55\n")
    curve = read_curve(path)
    assert (curve.name, curve.x_name) == ("resunet4", "iteration")
    assert curve.columns == {"train_dice": ((10, 0.5), (20, 0.6)), "val_dice": ((20, 0.55),)}
    for text, said in (
        ("20,2.4,0.01\n40,1.9,0.02\n", "no column"),
        ("epoch,dice\n1,high\n", "no numbers"),
        ("epoch,dice\n", "is empty"),
    ):
        path.write_text(text)
        with pytest.raises(InputError, match=said):
            read_curve(path)
    with pytest.raises(InputError, match="does not exist"):
        read_curve(tmp_path / "none.csv")


@pytest.mark.shared
def test_real_reference_against_itself(shared_data: Path, tmp_path: Path) -> None:
    reference = shared_data / "cases" / "ts_example" / "muscles.nii.gz"
    said = evaluate_cli(reference, reference, tmp_path / "out", options=PLAIN)
    assert said["mean_dice_slices"] == said["mean_dice_volumes"] == 1.0
    rows = json.loads((tmp_path / "out" / "summary.json").read_text())["structures"]
    total = next(r for r in rows if r["structure"] == "total")
    assert total["mass"]["mean_absolute"] == 0.0
    psoas = next(r for r in rows if (r["structure"], r["side"]) == ("psoas", "both"))
    assert psoas["dice_slices"]["n"] <= 60  # slices 42 to 101 are annotated
