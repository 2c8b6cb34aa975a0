"""Cohorts drawn from the population: recovered within what sampling explains."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from typer.testing import CliRunner

from myotome.cli.app import app
from myotome.errors import InputError
from myotome.stats.simulate.cohort import simulate_cohort, write_cohort
from myotome.stats.simulate.request import CohortRequest
from myotome.stats.table.columns import STRUCTURES, mass_column
from myotome.stats.table.read import read_table
from myotome.tables.vu2024.ageing import CORRELATIONS
from myotome.tables.vu2024.masses import BY_AGE

PEOPLE = 6000
SURE = 4.0
"""Standard errors: 168 means and SDs all lie within, but for 1 in 100 seeds."""


@pytest.fixture(scope="module")
def cohort():
    return simulate_cohort(CohortRequest(people=PEOPLE, seed=7))


def test_means_and_sds_of_table_3_come_back_within_their_standard_errors(cohort) -> None:
    c = cohort.columns
    worst = []
    for row in BY_AGE:
        inside = (c["sex"] == row.sex) & (c["age_years"] >= row.age_from)
        x = c[mass_column(row.structure)][inside & (c["age_years"] <= row.age_to)]
        assert len(x) > 100
        mean_error = x.std(ddof=1) / np.sqrt(len(x))
        # of an SD: sd x sqrt((kurtosis - 1) / 4 n), with the kurtosis of the draws
        sd_error = x.std(ddof=1) * np.sqrt((stats.kurtosis(x, fisher=False) - 1) / (4 * len(x)))
        slack = 1.0 if row.structure == "total" else 0.0  # printed sums are rounded
        worst.append((abs(x.mean() - row.mean_g) - slack) / mean_error)
        worst.append(abs(x.std(ddof=1) - row.sd_g) / sd_error)
    assert max(worst) < SURE
    assert np.mean(np.array(worst) < 1.96) > 0.85  # the muscles of a person err together


def test_correlations_of_table_4_come_back_within_their_standard_errors(cohort) -> None:
    c = cohort.columns
    for row in CORRELATIONS:
        own = c["sex"] == row.sex
        found = np.corrcoef(c["age_years"][own], c[mass_column(row.structure)][own])[0, 1]
        gap = abs(np.arctanh(found) - np.arctanh(row.r)) * np.sqrt(own.sum() - 3)
        assert gap < SURE


@pytest.mark.parametrize("shape", ["groups", "linear"])
def test_slopes_come_back_within_their_standard_errors(shape: str) -> None:
    drawn = simulate_cohort(CohortRequest(people=PEOPLE, seed=11, shape=shape))
    c = drawn.columns
    for sex, printed in (("F", -9.6), ("M", -17.3)):
        own = c["sex"] == sex
        fit = stats.linregress(c["age_years"][own], c["total_slab_gross_mass_g"][own])
        true = drawn.truth["sexes"][sex]["masses_g"]["total"]["slope_g_per_year"]
        assert abs(fit.slope - true) < SURE * fit.stderr
        if shape == "linear":
            assert true == pytest.approx(printed)


def test_what_is_known_of_bodies_and_sides_holds(cohort) -> None:
    c = cohort.columns
    for sex in "FM":
        own = c["sex"] == sex
        total = c["total_slab_gross_mass_g"][own]
        # the paper's r of 0.22 and 0.18; 3 standard errors, and the bend of exp() for BMI
        assert np.corrcoef(total, c["height_cm"][own])[0, 1] == pytest.approx(0.22, abs=0.06)
        assert np.corrcoef(total, c["bmi_kg_m2"][own])[0, 1] == pytest.approx(0.18, abs=0.07)
    for muscle in STRUCTURES[1:]:
        sides = c[mass_column(muscle, "left")] + c[mass_column(muscle, "right")]
        assert sides == pytest.approx(c[mass_column(muscle)], abs=2e-3)
        assert c[mass_column(muscle)].min() > 0
    bmi = c["weight_kg"] / (c["height_cm"] / 100) ** 2
    assert bmi == pytest.approx(c["bmi_kg_m2"], abs=0.01)


def test_deaths_follow_the_hazard_ratio() -> None:
    # the maximum of the likelihood of proportional hazards with the true other terms: for
    # exponential times, the derivative by log(HR) is sum(-z (died - hazard x time)) = 0 there
    drawn = simulate_cohort(CohortRequest(people=PEOPLE, seed=3, hazard_ratio=1.5))
    c = drawn.columns
    z, time, died = -c["true_total_z"], c["follow_up_years"], c["died"].astype(float)
    others = 0.02 * 1.8 ** ((c["age_years"] - 60) / 10) * np.where(c["sex"] == "M", 1.3, 1.0)
    hazard = others * 1.5**z
    score = (z * (died - hazard * time)).sum()
    information = (z**2 * hazard * time).sum()
    assert abs(score) < SURE * np.sqrt(information)
    assert died.sum() > 500


def test_the_same_request_gives_the_same_and_another_seed_another() -> None:
    one, two, other = (simulate_cohort(CohortRequest(people=50, seed=s)) for s in (1, 1, 2))
    assert all((one.columns[k] == two.columns[k]).all() for k in one.columns)
    assert (
        one.columns["total_slab_gross_mass_g"] != other.columns["total_slab_gross_mass_g"]
    ).any()


def test_flags_of_use_are_counted_by_the_reader(tmp_path: Path) -> None:
    request = CohortRequest(
        people=800, training_share=0.3, rejected_share=0.05, repeated_share=0.2, seed=5
    )
    write_cohort(simulate_cohort(request), tmp_path / "c.csv")
    found = read_table(tmp_path / "c.csv")
    counts = {e.rule: e.rows for e in found.excluded}
    assert found.studies == len(found.rows) + sum(counts.values())
    assert 0.2 < counts["training"] / found.studies < 0.4
    assert counts["not_accepted"] > 0
    assert counts["repeated_subject"] > 0
    assert found.rows["subject"].is_unique


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_command_writes_a_table_and_its_truth(ending: str, tmp_path: Path) -> None:
    out = tmp_path / f"cohort.{ending}"
    said = CliRunner().invoke(app, ["simulate", "cohort", "-n", "40", "-o", str(out)])
    answer = json.loads(said.stdout.splitlines()[-1])
    assert answer["studies"] == 40
    truth = json.loads((tmp_path / "cohort.truth.json").read_text(encoding="utf-8"))
    assert "nobody was measured" in truth["synthetic"]
    assert truth["request"]["people"] == 40
    found = read_table(out)
    assert len(found.rows) == 40
    assert found.rows["total_slab_gross_mass_g"].notna().all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"people": 0},
        {"people": 5, "shape": "spiral"},
        {"people": 5, "hazard_ratio": 0.0},
        {"people": 5, "training_share": 1.0},
    ],
)
def test_what_is_refused(wrong) -> None:
    with pytest.raises(InputError):
        CohortRequest(**wrong)


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"csv or \.parquet"):
        write_cohort(simulate_cohort(CohortRequest(people=2)), tmp_path / "c.xlsx")
