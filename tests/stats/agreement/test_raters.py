"""Three raters of phantoms whose differences are known."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

from myotome.errors import GridMismatchError, InputError
from myotome.stats.agreement.raters import dice_sheet, icc_sheet, rate, read_raters, staple_sheet

NAMES = ("anna", "ben", "chris")


def _write(folder: Path, name: str, labels: np.ndarray, mm: float = 2.0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    image = nibabel.Nifti1Image(labels.astype(np.uint8), np.diag([mm, mm, 5.0, 1.0]))
    nibabel.save(image, folder / f"{name}.nii.gz")


def _square(size: int, shift: int = 0) -> np.ndarray:
    labels = np.zeros((40, 40, 6), np.uint8)
    for z in range(2, 5):
        labels[10 + shift : 10 + shift + size + z, 10 : 20 + z, z] = 1
    return labels


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    for name, size, shift in (("anna", 8, 0), ("ben", 8, 0), ("chris", 8, 2)):
        for subject in ("s1", "s2"):
            _write(tmp_path / name, subject, _square(size, shift))
    _write(tmp_path / "anna", "only_anna", _square(8))
    return [tmp_path / name for name in NAMES]


def test_pairs_forms_and_consensus(folders: list[Path]) -> None:
    studies = read_raters(folders)
    assert [s.subject for s in studies] == ["s1", "s2"]
    assert studies[0].labels.shape[:2] == (3, 3)
    rated = rate(studies)
    rows = {r["raters"]: r for r in dice_sheet(rated, NAMES).rows if r["muscle"] == "left psoas"}
    assert rows["anna and ben"]["mean"] == 1.0
    # slices of 10, 11 and 12 rows, two of them shifted off: Dice 8/10, 9/11, 10/12
    assert rows["anna and chris"]["mean"] == pytest.approx((8 / 10 + 9 / 11 + 10 / 12) / 3)
    assert rows["all pairs"]["slices"] == 18
    area = rated[0].areas_cm2
    assert area.shape == (6, 3)
    assert area[0] == pytest.approx([10 * 12 * 0.04] * 3)
    icc = {r["form"]: r for r in icc_sheet(rated).rows if r["muscle"] == "left psoas"}
    assert len(icc) == 6
    assert icc["ICC(2,1)"]["icc"] == pytest.approx(1.0)  # shifted, of the same size
    found = [r for r in staple_sheet(rated, NAMES).rows if r["muscle"] == "left psoas"]
    assert found[0]["dice"] == found[1]["dice"] == pytest.approx(1.0)
    assert found[2]["dice"] < 0.9


def test_a_muscle_that_nobody_drew_has_no_numbers(folders: list[Path]) -> None:
    rated = rate(read_raters(folders))
    last = [r for r in dice_sheet(rated, NAMES).rows if r["muscle"] == rated[-1].muscle.words]
    assert all(r["slices"] == 0 and r["mean"] is None for r in last)
    assert all(r.get("icc") is None for r in icc_sheet(rated).rows[-6:])
    assert all(r.get("dice") is None for r in staple_sheet(rated, NAMES).rows[-3:])


def test_what_is_refused(folders: list[Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two or more raters"):
        read_raters(folders[:1])
    with pytest.raises(InputError, match="does not exist"):
        read_raters([folders[0], tmp_path / "nobody"])
    _write(tmp_path / "other", "else", _square(8))
    with pytest.raises(InputError, match="No study is in the folders"):
        read_raters([folders[0], tmp_path / "other"])
    _write(tmp_path / "coarse", "s1", _square(8), mm=3.0)
    with pytest.raises(GridMismatchError, match="different grids"):
        read_raters([folders[0], tmp_path / "coarse"])
