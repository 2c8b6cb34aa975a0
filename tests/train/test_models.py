"""`make models` from nothing is one command, and goes on where it was stopped."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs the [train] extra")

from myotome.nets.model import load
from myotome.phantom import Anatomy, Recipe, render_recipe
from myotome.train.levels.phantoms import phantom_ids

ROOT = Path(__file__).resolve().parents[2]
SIZES = {"ITERATIONS": 2, "VARIANTS": 1, "LEVEL_ITERATIONS": 2, "LEVEL_VARIANTS": 2, "THREADS": 1}
_COMMAND = """#!/bin/sh
echo "$1" >> "{calls}"
if [ "$1" = train ] && [ -e "{stop}" ]; then rm "{stop}"; exit 130; fi
exec "{python}" -m myotome.cli "$@"
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One phantom, its muscles and its spine labelled."""
    made = render_recipe(Anatomy.draw(1), Recipe(spacing_mm=(10.0, 3.0, 3.0), oversample=1))
    folder = tmp_path / "data" / "cases" / "phantom1"
    folder.mkdir(parents=True)
    for name, array in (
        ("ct", made.volume.hu),
        ("muscles", made.segmentation.labels),
        ("totalsegmentator_labels", phantom_ids(made)),
    ):
        affine = np.diag([-3.0, -3.0, 10.0, 1.0])
        image = nibabel.Nifti1Image(np.ascontiguousarray(array.transpose(2, 1, 0)), affine)
        nibabel.save(image, folder / f"{name}.nii.gz")
    return tmp_path / "data"


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_make_models_from_nothing(data: Path, tmp_path: Path) -> None:
    calls, stop, myotome = tmp_path / "calls", tmp_path / "stop", tmp_path / "bin" / "myotome"
    myotome.parent.mkdir()
    myotome.write_text(_COMMAND.format(calls=calls, stop=stop, python=sys.executable))
    myotome.chmod(0o755)
    stop.touch()
    paths = {
        "BIN": myotome.parent,
        "DATA": data,
        "WORK": tmp_path / "work",
        "WEIGHTS": tmp_path / "weights",
    }
    words = [f"{key}={value}" for key, value in {**paths, **SIZES}.items()]

    def make() -> subprocess.CompletedProcess[str]:
        # -o: what is installed stays as it is
        return subprocess.run(
            ["make", "-C", str(ROOT), "-o", ".venv/test", "models", *words],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )

    assert make().returncode != 0
    assert calls.read_text().split() == ["render", "train"]
    rendered = tmp_path / "work" / "pool" / "phantom1~render0.npz"
    before = rendered.stat().st_mtime_ns
    again = make()
    assert again.returncode == 0, again.stderr[-3000:]
    assert rendered.stat().st_mtime_ns == before
    for name, words_of in (("muscles", "muscles_card"), ("landmarks", "landmarks_card")):
        model = load(name, tmp_path / "weights")
        said = json.loads((ROOT / "scripts" / f"{words_of}.json").read_text("utf-8"))
        assert model.card["data"] == said["data"]
        assert model.card["iterations"] == 2
