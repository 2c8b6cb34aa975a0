"""The benchmarks of the training run, for a few steps."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the [train] extra")

ROOT = Path(__file__).resolve().parents[2]


def module(name: str):
    spec = importlib.util.spec_from_file_location(
        f"bench_{name}", ROOT / "benchmarks" / f"{name}.py"
    )
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = made
    spec.loader.exec_module(made)
    return made


def test_partial_labels_compares_its_arms(tmp_path: Path, monkeypatch) -> None:
    bench = module("partial_labels")
    small = bench.phantom_case(1, spacing_k_mm=60.0, pixel_mm=2.0)
    monkeypatch.setattr(
        bench, "phantom_case", lambda seed, **_: bench.replace(small, name=f"p{seed}")
    )
    monkeypatch.setattr(bench, "PLANE_JI", (64, 96))
    words = ["-o", str(tmp_path), "--seeds", "1", "--iterations", "1", "--batch", "1"]
    bench.main([*words, "--partial", "2", "--held-out", "1", "--arms", "drop", "marginal"])
    found = json.loads((tmp_path / "partial_labels.json").read_text())
    assert set(found["arms"]) == {"drop", "marginal"}
    assert [len(run["dice"]) for run in found["runs"]] == [12, 12]


def test_partial_cases_show_two_groups_and_say_so() -> None:
    bench = module("partial_labels")
    case = bench.phantom_case(1, spacing_k_mm=60.0, pixel_mm=2.0)
    shown = bench.partial(case, (0, 3))
    assert set(np.unique(shown.muscles)) <= {0, 1, 2, 7, 8}
    assert shown.annotated.all(axis=0).tolist() == [True, False, False, True, False, False]
    assert (shown.compartments == 255).all()
    assert bench.as_background(shown).annotated.all()
    seen = [group for number in range(6) for group in bench.two_groups(number)]
    assert sorted(seen) == sorted([*range(6), *range(6)])
    assert all(len(set(bench.two_groups(number))) == 2 for number in range(40))


def test_architectures_are_trained_alike(tmp_path: Path, monkeypatch) -> None:
    bench = module("architectures")
    small = module("partial_labels").phantom_case(1, spacing_k_mm=60.0, pixel_mm=2.0)
    cases = [bench.replace(small, name=name) for name in ("a", "b")]
    monkeypatch.setattr(bench, "load_cases", lambda *_, **__: cases)
    monkeypatch.setattr(bench, "PLANE_JI", (64, 96))
    words = ["cases", str(tmp_path), "--validate", "b", "--iterations", "2", "--every", "1"]
    names = ["unet", "myotome"]
    bench.main([*words, "--batch", "1", "--validation-slices", "1", "--architecture", *names])
    rows = json.loads((tmp_path / "summary.json").read_text())["results"]
    assert [row["architecture"] for row in rows] == names
    for name in names:
        lines = (tmp_path / name / "curve.csv").read_text().splitlines()
        assert len(lines) == 3
    options = bench.parsed(words)
    one, other = (bench.config_for(name, options) for name in names)
    assert bench.replace(one, architecture="myotome") == other
