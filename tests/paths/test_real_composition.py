"""Real CTs with reference labels at L3: what a user gets, beside the reference.

The references are one careful semi-automatic reading each (see their own README), and the
bundled network has learnt from these CTs: this guards the path, it is no proof of accuracy.
"""

from __future__ import annotations

import importlib
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import pytest

from myotome.nouns.study.person import Person
from myotome.nouns.study.result import StudyResult
from myotome.study import run

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

CASES = ("ts_example", "spl_atlas", "lidc_idri_0001", "ct_colonography_0518")
WITHIN_PERCENT = 5.0
LEVEL_WITHIN_MM = 5.0
HU_WITHIN = 2.0
PERSON = Person(sex="M", age_years=60.0, height_cm=175.0, weight_kg=80.0)

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def areas() -> ModuleType:
    return importlib.import_module("benchmarks.composition.areas")


@lru_cache(maxsize=len(CASES))
def result_of(case: Path) -> StudyResult:
    return run(case / "ct.nii.gz", person=PERSON, threads=1)


@pytest.mark.parametrize("name", CASES)
def test_muscle_and_fat_at_l3_are_within_five_percent_of_the_reference(
    name: str, shared_data: Path, areas: ModuleType
) -> None:
    case = shared_data / "cases" / name
    rows = [r for r in areas.rows(case, result_of(case), unseen=False) if r.level == "L3"]
    assert {r.structure for r in rows} >= {"skeletal_muscle", "subcutaneous_fat", "visceral_fat"}
    for row in rows:
        assert row.found is not None, row
        assert abs(row.level_error_mm) <= LEVEL_WITHIN_MM
        if row.quantity == "mean_hu":
            assert row.found == pytest.approx(row.reference, abs=HU_WITHIN), row.structure
        elif row.structure in ("skeletal_muscle", "subcutaneous_fat", "visceral_fat"):
            assert 100 * abs(row.found / row.reference - 1) <= WITHIN_PERCENT, row.structure
        elif "noisy_image" not in row.caveats:  # noise turns muscle into "fat"
            assert 100 * abs(row.found / row.reference - 1) <= 20.0, row.structure
    values = {m.structure: m.value for m in result_of(case).measurements if m.level == "L3"
              and m.side == "both" and m.quantity == "index"}  # fmt: skip
    (area,) = [r.found for r in rows if (r.quantity, r.structure) == ("area", "skeletal_muscle")]
    assert values["skeletal_muscle_index"] == pytest.approx(area / 1.75**2)


def test_what_is_wrong_with_the_noisy_scan_is_told(shared_data: Path) -> None:
    result = result_of(shared_data / "cases" / "ct_colonography_0518")
    rows = {(m.quantity, m.structure, m.level): m for m in result.measurements if m.side == "both"}
    assert "noisy_image" in rows["area", "intermuscular_fat", "L3"].caveats
    assert "noisy_image" in {flag.code for flag in result.flags}
    assert rows["area", "skeletal_muscle", "L1"].value is None  # above the scan
    assert "above the scan" in rows["area", "skeletal_muscle", "L1"].reason
