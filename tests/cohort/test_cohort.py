"""`myotome cohort` from a manifest to tables, with real studies and the real measuring process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from myotome import open_cohort, run
from myotome.phantom import cli_phantom


def asked(*words: str, expected: int = 0) -> dict[str, Any]:
    """The answer of a command; its last line on stdout."""
    ran = subprocess.run(
        [sys.executable, "-m", "myotome.cli", *words], capture_output=True, text=True, check=False
    )
    assert ran.returncode == expected, ran.stderr
    answer: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return answer


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four rows: two sound studies, one that is no CT, one that is not there; measured once."""
    root = tmp_path_factory.mktemp("cohort")
    for seed in (1, 2):
        cli_phantom(
            root / f"Doe_John_{seed}",
            format="dicom",
            spacing_mm=(10.0, 4.0, 4.0),
            seed=seed,
            contrast="unenhanced",
            noise_hu=10.0,
            faults=(),
            axes="RAS",
        )
    (root / "Roe_Richard").mkdir()
    (root / "Roe_Richard" / "readme.txt").write_text("nothing")
    (root / "m.csv").write_text(
        "path,labels,sex,age_years,height_cm,site\n"
        "Doe_John_1/dicom,Doe_John_1/labels/muscles.nii.gz,F,61,168,north\n"
        "Doe_John_2/dicom,Doe_John_2/labels/muscles.nii.gz,M,,,south\n"
        "Roe_Richard,,F,,,north\nMoe_Gone,,F,,,\n"
    )
    answer = asked(
        "cohort", "run", str(root / "m.csv"), "-o", str(root / "C"), "--workers", "2",
        "--keep", "site",
    )  # fmt: skip
    assert (answer["done"], answer["failed"], answer["planned"]) == (2, 2, 4)
    return root


def test_numbers_are_those_of_single_runs(cohort: Path) -> None:
    single = run(
        cohort / "Doe_John_1" / "dicom",
        backend=f"labels:{cohort}/Doe_John_1/labels/muscles.nii.gz",
        threads=1,
        person=_person(),
    )
    with open_cohort(cohort / "C") as found:
        rows = found.sql(
            "SELECT quantity, structure, side, level, value, unit, m.status FROM measurements m "
            "JOIN studies s USING (study) WHERE s.sex = 'F'"
        ).fetchall()
    assert rows == [
        (m.quantity, m.structure, m.side, m.level, m.value, m.unit, str(m.status))
        for m in single.measurements
    ]


def _person() -> Any:
    from myotome import Person

    return Person(sex="F", age_years=61, height_cm=168)


def test_every_study_has_a_row_with_its_reason(cohort: Path) -> None:
    with open_cohort(cohort / "C") as found:
        rows = found.sql(
            "SELECT state, reason, sex, age_years, given FROM studies ORDER BY ALL"
        ).fetchall()
    assert [row[:2] for row in rows] == [
        ("done", None),
        ("done", None),
        ("failed", "input"),
        ("failed", "no_usable_series"),
    ]
    assert [json.loads(row[4])["site"] for row in rows[:2]] == ["north", "south"]


def test_status_and_failures_say_what_to_do(cohort: Path) -> None:
    assert asked("cohort", "status", str(cohort / "C"))["left"] == 0
    found = asked("cohort", "failures", str(cohort / "C"))["failures"]
    assert {reason: row["count"] for reason, row in found.items()} == {
        "input": 1,
        "no_usable_series": 1,
    }


def test_a_retry_keeps_the_configuration_and_the_finished(cohort: Path) -> None:
    answer = asked("cohort", "retry", str(cohort / "C"), "--reason", "input")
    assert (answer["this_run"], answer["done"]) == (1, 2)
    asked("cohort", "retry", str(cohort / "C"), "--reason", "boredom", expected=3)


def test_results_folders_are_whole_and_the_tables_name_nobody(cohort: Path) -> None:
    import myotome

    folders = list((cohort / "C" / "results").glob("*/*/measurements.json"))
    assert len(folders) == 2
    myotome.load(folders[0].parent)
    for path in (cohort / "C").rglob("*"):
        if path.is_file() and "private" not in path.parts:
            content = path.read_bytes()
            assert all(name not in content for name in (b"Doe_John", b"Roe_Richard", b"Moe_Gone"))


def test_what_is_no_cohort_is_refused(tmp_path: Path) -> None:
    asked("cohort", "status", str(tmp_path), expected=3)
    asked("cohort", "run", str(tmp_path / "gone"), "-o", str(tmp_path / "C"), expected=3)
