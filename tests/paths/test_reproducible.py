"""The same study measured twice leaves the same bytes, whatever the hash seed or the thread."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from myotome import run
from myotome.write.outputs import Extras

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TIMES = {"run_times.json"}
"""All that tells when a run was and how long it took."""
DATED = {"dicom", "fhir.json"}
"""What the standards want a date in; equal only if ``now`` is."""
ONCE = """
import sys
from datetime import datetime
from myotome import run
from myotome.write.outputs import Extras
now = datetime.fromisoformat(sys.argv[3]) if len(sys.argv) > 3 else None
run(sys.argv[1], out=sys.argv[2], now=now, extras=Extras(dicom=True, rtstruct=True, fhir="R4"))
"""


def in_a_process(study: Path, out: Path, *, seed: int, now: bool) -> Path:
    words = [sys.executable, "-c", ONCE, str(study), str(out), *([NOW.isoformat()] if now else [])]
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    subprocess.run(words, check=True, capture_output=True, env=environment)
    return out


@pytest.fixture(scope="module")
def seeded(dicom_study: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two runs at one (said) time, in processes that order their sets differently."""
    folder = tmp_path_factory.mktemp("twice")
    a, b = (in_a_process(dicom_study, folder / f"{n}", seed=n, now=True) for n in (1, 2))
    return a, b


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def differing(a: Path, b: Path) -> set[str]:
    ours, theirs = contents(a), contents(b)
    assert ours.keys() == theirs.keys()
    return {name for name, content in ours.items() if content != theirs[name]}


def test_two_hash_seeds_leave_equal_bytes(seeded: tuple[Path, Path]) -> None:
    assert (seeded[0] / "dicom" / "measurements_sr.dcm").is_file()
    assert differing(*seeded) <= TIMES


def test_times_stand_in_one_file_and_in_what_must_be_dated(
    seeded: tuple[Path, Path], dicom_study: Path, tmp_path: Path
) -> None:
    now = in_a_process(dicom_study, tmp_path / "now", seed=1, now=False)
    names = {Path(name).parts[0] for name in differing(seeded[0], now)}
    assert TIMES | DATED >= names >= DATED


def test_two_threads_of_one_process_leave_equal_bytes(
    seeded: tuple[Path, Path], dicom_study: Path, tmp_path: Path
) -> None:
    """Without the PDF, whose typesetter is a process of its own."""

    def once(name: str) -> Path:
        run(dicom_study, out=tmp_path / name, now=NOW, extras=Extras(fhir="R4"))
        return tmp_path / name

    with ThreadPoolExecutor(2) as pool:
        a, b = pool.map(once, ("a", "b"))
    assert differing(a, b) <= TIMES
    plain = {name: content for name, content in contents(seeded[0]).items() if "dicom" not in name}
    mine = contents(a)
    changed = {name for name, content in plain.items() if content != mine[name]}
    # the configuration says whether DICOM was asked for
    assert changed <= TIMES | {"provenance.json", "report.html"}
