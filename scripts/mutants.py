#!/usr/bin/env python3
"""Put faults into a copy of the source, one at a time: the tests have to see each.

``python scripts/mutants.py [WORD ...]`` runs every row of ``MUTANTS``, or those whose file holds
one of the words. Exit code 1 if one survives, if a row's text is no longer in its file exactly
once, or if the tests fail without any fault. The working tree is never touched.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "myotome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """In ``file`` (of the package) ``text`` becomes ``fault``; ``tests`` must then fail."""

    file: str
    text: str
    fault: str
    tests: tuple[str, ...]


BOUNDS = ("tests/measure/test_bounds.py",)
SLICES = ("tests/locate/test_level_slices.py",)
ONE = ("tests/paths/test_one_level.py",)
CONTRAST = ("tests/locate/test_contrast.py",)
CUTOFFS = ("tests/assess/rules/test_cutoffs.py",)
PEOPLE = ("tests/assess/rules/test_population.py",)
CHOICE = ("tests/read/test_choose.py",)
BODY = ("tests/measure/composition/test_measure.py",)

INTERVALS = ("tests/evaluate/calibration/test_intervals.py",)
RANGES = ("tests/nouns/numbers/test_interval.py",)

GRID = "nouns/space/grid.py"
NEAREST = "np.ceil(k - 0.5 - _TIE)"


def mutant(file: str, text: str, fault: str, tests: tuple[str, ...]) -> Mutant:
    """One row."""
    return Mutant(file=file, text=text, fault=fault, tests=tests)


MUTANTS: tuple[Mutant, ...] = (
    # intervals: subjects count, not numbers, and one more than were seen
    mutant(
        "evaluate/calibration/intervals.py",
        "share * (len(of) + 1)",
        "share * len(of)",
        INTERVALS,
    ),
    mutant(
        "evaluate/calibration/intervals.py",
        "np.full(len(own), 1 / len(own))",
        "np.full(len(own), 1.0)",
        INTERVALS,
    ),
    mutant("nouns/numbers/confidence.py", "not known or None in raws", "not known", RANGES),
    # measure: what is counted and what is said of it
    mutant("measure/muscles/values.py", "(hu >= row.low_hu)", "(hu > row.low_hu)", BOUNDS),
    mutant("measure/muscles/values.py", "(hu <= row.high_hu)", "(hu < row.high_hu)", BOUNDS),
    mutant("measure/threshold.py", "(hu >= window.low_hu)", "(hu > window.low_hu)", BOUNDS),
    mutant("measure/threshold.py", "(hu <= window.high_hu)", "(hu < window.high_hu)", BOUNDS),
    mutant(
        "measure/composition/counts.py",
        "_EDGES.index(window.high_hu + 1) + 1)",
        "_EDGES.index(window.high_hu + 1))",
        BODY,
    ),
    mutant("measure/composition/validity.py", "USUAL_KVP[0] <= kvp", "USUAL_KVP[0] < kvp", BOUNDS),
    mutant("measure/composition/validity.py", "kvp <= USUAL_KVP[1]", "kvp < USUAL_KVP[1]", BOUNDS),
    mutant(
        "measure/composition/validity.py",
        "mm <= USUAL_SLICE_MM[1]",
        "mm < USUAL_SLICE_MM[1]",
        BOUNDS,
    ),
    mutant("measure/muscles/quality.py", "rule.low <= row.value", "rule.low < row.value", BOUNDS),
    mutant("measure/muscles/quality.py", "row.value <= rule.high", "row.value < rule.high", BOUNDS),
    mutant("measure/muscles/quality.py", "symmetry.low <= ratio", "symmetry.low < ratio", BOUNDS),
    mutant(
        "measure/muscles/levels.py", "level.k - tally.k.start)", "level.k - tally.k.start - 1)", ONE
    ),
    mutant("measure/composition/places.py", "        k=level.k,", "        k=level.k - 1,", ONE),
    mutant(
        "voxels/slab_shares.py",
        "np.clip((top - bottom) / dz, 0.0, 1.0)",
        "np.clip(np.round((top - bottom) / dz), 0.0, 1.0)",
        ("tests/measure/muscles/test_values.py::test_weights_add_up_to_the_height_in_the_scan",),
    ),
    # locate: which slice a level has
    mutant(GRID, NEAREST, "np.ceil(k - _TIE)", SLICES),
    mutant(GRID, NEAREST, "np.floor(k + _TIE)", SLICES),
    mutant(GRID, NEAREST, "np.floor(k + 0.5 + _TIE)", SLICES),
    mutant(GRID, NEAREST, "round(k)", SLICES),
    mutant(GRID, NEAREST, "np.ceil(k - 0.5)", SLICES),
    mutant("locate/level_slices.py", "sum(mids) / len(mids)", "mids[0]", SLICES),
    mutant("locate/level_slices.py", "< CONFIDENT_LEVEL", "<= CONFIDENT_LEVEL", SLICES),
    mutant("locate/level_slices.py", "k + reach + 1", "k + reach", SLICES),
    mutant(
        "locate/contrast.py",
        "any(hu >= rule.enhanced_hu",
        "any(hu > rule.enhanced_hu",
        CONTRAST,
    ),
    mutant("locate/contrast.py", "hu <= rule.plain_hu", "hu < rule.plain_hu", CONTRAST),
    # assess: what cut-offs say
    mutant("assess/rules/cutoffs.py", '"<": operator.lt', '"<": operator.le', CUTOFFS),
    mutant("assess/rules/cutoffs.py", '">=": operator.ge', '">=": operator.gt', CUTOFFS),
    mutant("assess/rules/cutoffs.py", "elif not low <= kvp", "elif not low < kvp", CUTOFFS),
    mutant("assess/rules/cutoffs.py", "<= kvp <= high:", "<= kvp < high:", CUTOFFS),
    mutant("assess/rules/population.py", "age >= ADULT", "age > ADULT", CUTOFFS),
    mutant("assess/rules/population.py", "age < ages.from", "age <= ages.from", PEOPLE),
    mutant("tables/citable/cutoff.py", "value >= self.low if", "value > self.low if", CUTOFFS),
    mutant(
        "assess/rules/verdict.py",
        "len(yes) >= n",
        "len(yes) > n",
        ("tests/assess/rules/test_terms.py",),
    ),
    # read: which series is measured
    mutant("read/choose.py", "_number(a) < b", "_number(a) <= b", CHOICE),
    mutant("read/choose.py", "_number(a) > b", "_number(a) >= b", CHOICE),
    mutant("read/choose.py", "not b[0] <= a <= b[1]", "not b[0] < a <= b[1]", CHOICE),
    mutant("read/choose.py", "b[0] <= a <= b[1]", "b[0] <= a < b[1]", CHOICE),
    mutant("read/choose.py", "low <= number < high", "low < number < high", CHOICE),
    # segment and write: everybody shows the slice that was measured
    mutant(
        "segment/bundled/compartments.py",
        "range(max(0, k - LEVEL_SLICES)",
        "range(max(0, k)",
        ("tests/segment/bundled/test_compartments.py",),
    ),
    mutant(
        "write/pictures/muscles.py",
        "k=level.k, z_mm=level.z_mm",
        "k=level.k + 1, z_mm=level.z_mm",
        ONE,
    ),
    mutant("write/pictures/muscles.py", "z_mm=level.z_mm)", "z_mm=level.middle_z_mm or 0.0)", ONE),
    mutant(
        "write/pictures/composition.py",
        "places_at(result, LEVELS)",
        "places_at(result, LEVELS[:-1])",
        ONE,
    ),
    mutant("write/pictures/sagittal.py", "else level.z_mm", "else level.middle_z_mm", ONE),
    mutant(
        "write/pictures/sagittal.py",
        "measured.k is None else measured.k",
        "measured.k is None else body.k",
        ("tests/write/pictures/test_composition.py",),
    ),
    mutant("write/dicom/seg.py", "{name: level.k for", "{name: level.k and level.k + 1 for", ONE),
    mutant("write/dicom/sr/segments.py", "- wanted_mm), 3), z_mm", "- wanted_mm), 3), -z_mm", ONE),
    mutant("write/dicom/source.py", "else self.images[k]", "else self.images[k - 1]", ONE),
    mutant(
        "write/report/page.py",
        "slice_.k is not None",
        "slice_.k is None",
        ("tests/write/report/test_page.py",),
    ),
)


def main(words: list[str]) -> int:
    """Run the rows and tell of each; 0 if all were seen."""
    rows = [row for row in MUTANTS if not words or any(word in row.file for word in words)]
    if not rows:
        print(f"no row's file holds one of {', '.join(words)}")
        return 1
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        source = Path(folder) / "src"
        _copy(source / "myotome")
        tests = sorted({test for row in rows for test in row.tests})
        if _pytest(source, tests, show=True) != 0:
            print("the tests fail without any fault: mend that first")
            return 1
        bad = [row for row in rows if _told(row, source) != "seen"]
    print(f"{len(rows) - len(bad)} of {len(rows)} faults were seen")
    return 1 if bad else 0


def _copy(package: Path) -> None:
    """The package without its weights, which are linked."""
    weights = PACKAGE / "weights"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("weights", "__pycache__"))
    (package / "weights").symlink_to(weights, target_is_directory=True)


def _told(row: Mutant, source: Path) -> str:
    start = time.perf_counter()
    became = _outcome(row, source)
    line = f"{became:9} {row.file}: {row.text.strip()} -> {row.fault.strip()}"
    print(f"{line}  ({time.perf_counter() - start:.0f} s)", flush=True)
    return became


def _outcome(row: Mutant, source: Path) -> str:
    """What became of it: seen, survived, no text, or broken (the tests could not run)."""
    path = source / "myotome" / row.file
    sound = path.read_text(encoding="utf-8") if path.exists() else ""
    if sound.count(row.text) != 1:
        return "no text"
    path.write_text(sound.replace(row.text, row.fault), encoding="utf-8")
    try:
        return {0: "survived", 1: "seen"}.get(_pytest(source, row.tests), "broken")
    finally:
        path.write_text(sound, encoding="utf-8")


def _pytest(source: Path, tests: tuple[str, ...] | list[str], *, show: bool = False) -> int:
    """The exit code of pytest on the copy, stopped at the first failure."""
    where = None if show else subprocess.DEVNULL
    quiet = ("-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", "--no-header")
    return subprocess.run(
        [sys.executable, "-B", "-m", "pytest", *quiet, *tests],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(source)},
        stdout=where,
        stderr=where,
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
