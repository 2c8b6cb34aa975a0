"""The example runs from nothing, on few people and coarse phantoms."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "vu2024"


@pytest.fixture
def readers():
    spec = importlib.util.spec_from_file_location("readers", EXAMPLE / "readers.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["readers"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["readers"]


def test_readers_draw_what_their_rule_says(readers, tmp_path: Path) -> None:
    import nibabel

    truth = np.zeros((60, 60, 4), np.uint8)
    truth[20:40, 20:40] = 1
    nibabel.save(nibabel.Nifti1Image(truth, np.diag([1.0, 1.0, 5.0, 1.0])), tmp_path / "t.nii.gz")

    def drawn(**rule: float) -> np.ndarray:
        reader = readers.Reader(name="x", **rule)
        readers.draw(tmp_path / "t.nii.gz", tmp_path / "o.nii.gz", reader, seed=1)
        return np.asarray(nibabel.load(tmp_path / "o.nii.gz").dataobj)

    assert (drawn(bias_mm=0.0, sd_mm=0.0) == truth).all()
    # 1 mm out on every side of 20 x 20 pixels of 1 mm; corners lie 1.41 - 0.5 mm outside
    assert (drawn(bias_mm=1.0, sd_mm=0.0)[..., 0] > 0).sum() == 22 * 22
    assert (drawn(bias_mm=-1.0, sd_mm=0.0)[..., 0] > 0).sum() == 18 * 18
    assert not drawn(bias_mm=0.0, sd_mm=0.0, forgets=1.0).any()
    assert 0 < (drawn(bias_mm=0.0, sd_mm=1.0) != truth).sum() < 600


def test_one_command_writes_the_page(tmp_path: Path) -> None:
    words = ["--people", "300", "--phantoms", "2", "--out", str(tmp_path / "out")]
    command = [sys.executable, str(EXAMPLE / "run.py"), *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "paper" / "comparison.html").read_text(encoding="utf-8")
    assert "Not re-enacted" not in page
    assert "No network was run" in page
    assert "readers of 2 phantoms who do not exist" in page
    assert "Only the order is worth comparing" in page
    assert "300 synthetic people" in page
