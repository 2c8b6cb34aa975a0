"""What a reference calls disputed is on neither side of a score."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from myotome.errors import InputError
from myotome.evaluate.pairs import find_pairs
from myotome.evaluate.scores.case import load
from myotome.evaluate.scores.options import Options
from myotome.evaluate.scores.regions import IGNORED, MUSCLE_SET
from myotome.evaluate.scores.rows import VolumeScore, score_case
from myotome.nouns.space.grid import Grid
from myotome.voxels.borders import UNKNOWN

Save = Callable[..., Path]
Labels = NDArray[np.uint8]
END = {"zone": "upper_end", "slices": [9, 11], "muscles": ["psoas_left"]}
PSOAS = 1


@pytest.fixture
def folders(tmp_path: Path, body: Labels, grid: Grid, save: Save) -> tuple[Path, Path]:
    """A prediction that lacks the upper two slices of the left psoas, and its reference."""
    guess = body.copy()
    guess[9:][guess[9:] == PSOAS] = 0
    save(tmp_path / "p" / "anna" / "muscles.nii.gz", guess, grid)
    save(tmp_path / "r" / "anna" / "muscles.nii.gz", body, grid)
    return tmp_path / "p", tmp_path / "r"


def psoas(predicted: Path, reference: Path) -> VolumeScore:
    (pair,) = find_pairs(predicted, reference, MUSCLE_SET).pairs
    found = score_case(load(pair, MUSCLE_SET), Options()).volumes
    return next(v for v in found if (v.structure, v.side) == ("psoas", "left"))


def tell(folder: Path, **content: object) -> None:
    (folder / "anna" / "borders.json").write_text(json.dumps(content))


def test_both_mean_the_same_by_unknown() -> None:
    assert UNKNOWN == IGNORED


def test_a_disputed_end_is_not_scored(folders: tuple[Path, Path]) -> None:
    predicted, reference = folders
    plain = psoas(predicted, reference)
    assert plain.dice is not None
    assert plain.dice < 0.95
    tell(reference, disputed=[END])
    left = psoas(predicted, reference)
    assert left.dice == 1.0
    assert left.error_ml == 0.0
    assert left.surface is not None
    assert left.surface.hd95_mm == 0.0
    assert left.reference_ml is not None
    assert plain.reference_ml is not None
    assert left.reference_ml == pytest.approx(plain.reference_ml * 8 / 10)


def test_slices_follow_the_files_own_axis(
    folders: tuple[Path, Path], body: Labels, grid: Grid, save: Save
) -> None:
    predicted, reference = folders
    save(reference / "anna" / "muscles.nii.gz", body, grid, axes="LPI")
    tell(reference, disputed=[{**END, "slices": [0, 2]}])
    assert psoas(predicted, reference).dice == 1.0


def test_a_map_may_hold_its_unknown_voxels_itself(
    folders: tuple[Path, Path], body: Labels, grid: Grid, save: Save
) -> None:
    predicted, reference = folders
    body[9:][body[9:] == PSOAS] = UNKNOWN
    save(reference / "anna" / "muscles.nii.gz", body, grid)
    assert psoas(predicted, reference).dice == 1.0
    save(predicted / "anna" / "muscles.nii.gz", body, grid)
    with pytest.raises(InputError, match="none of the 12 muscles: 255"):
        psoas(predicted, reference)


def test_a_gate_needs_the_ct(
    folders: tuple[Path, Path], body: Labels, grid: Grid, save: Save
) -> None:
    predicted, reference = folders
    tell(reference, gate={"muscles": ["psoas_left"]})
    with pytest.raises(InputError, match="Give the CT"):
        psoas(predicted, reference)
    hu = np.full(body.shape, 40, np.int16)
    hu[9:] = -100
    save(reference / "anna" / "ct.nii.gz", hu, grid)
    assert psoas(predicted, reference).dice == 1.0


def test_a_manifest_may_name_borders(folders: tuple[Path, Path]) -> None:
    predicted, _reference = folders
    root = predicted.parent
    (root / "said.json").write_text(json.dumps({"disputed": [END]}))
    files = "p/anna/muscles.nii.gz,r/anna/muscles.nii.gz,said.json"
    (root / "pairs.csv").write_text(f"subject,predicted,reference,borders\nanna,{files}\n")
    (pair,) = find_pairs(root / "pairs.csv", None, MUSCLE_SET).pairs
    found = score_case(load(pair, MUSCLE_SET), Options()).volumes
    assert next(v for v in found if (v.structure, v.side) == ("psoas", "left")).dice == 1.0
