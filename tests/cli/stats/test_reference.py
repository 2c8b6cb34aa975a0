"""`myotome stats reference | cutoff | survival | prevalence`, and `assess` with what came out."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from myotome.cli.app import app
from myotome.stats.simulate.cohort import simulate_cohort, write_cohort
from myotome.stats.simulate.request import CohortRequest

SMI = "skeletal_muscle_index_l3_cm2_per_m2"
OUTCOME = ("--event", "died", "--time", "follow_up_years")


def said(*words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        CliRunner().invoke(app, list(map(str, words))).stdout.splitlines()[-1]
    )
    return found


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cohort") / "c.csv"
    write_cohort(simulate_cohort(CohortRequest(people=600, training_share=0.05)), path)
    return path


@pytest.fixture(scope="module")
def built(cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reference") / "out"
    answer = said(
        "stats", "reference", cohort, "--quantity", SMI, "--population", "drawn people", "--name",
        "drawn", "-o", out,
    )  # fmt: skip
    assert answer["status"] == "ok", answer
    assert answer["excluded"]["training"] > 0
    return out


def test_a_reference_has_tables_figures_and_its_file(built: Path) -> None:
    names = {path.name for path in built.iterdir()}
    assert {
        "centiles.csv",
        "centiles.html",
        "centiles.tex",
        "centiles.svg",
        "centiles.png",
    } <= names
    assert {"worm_plots.png", "worm_plots.svg", "shapes.csv", "checks.csv"} <= names
    centiles = rows_of(built / "centiles.csv")
    assert {row["method"] for row in centiles} == {"LMS", "quantile regression"}
    for row in centiles:
        assert float(row["low_cm2_per_m2"]) < float(row["value_cm2_per_m2"])
    document = json.loads((built / "reference.json").read_text(encoding="utf-8"))
    assert document["quantities"][0]["target"] == "l3_smi_cm2_m2"
    assert "Research" in document["research_use"] or "research" in document["research_use"]


def test_a_person_is_placed_among_them(built: Path, tmp_path: Path) -> None:
    person = ("--sex", "F", "--age", "60", "--l3-smi-cm2-m2", "38")
    answer = said("assess", *person, "--reference", built / "reference.json")
    (own,) = [r for r in answer["references"] if r["reference"].startswith("own_")]
    assert own["name"] == "own reference: drawn"
    assert own["z_low"] < own["z"] < own["z_high"]
    assert own["statistic"].startswith("LMS curve")
    far = said("assess", "--sex", "F", "--age", "99", "--l3-smi-cm2-m2", "38", "--reference",
               built / "reference.json")  # fmt: skip
    (none,) = [r for r in far["references"] if r["reference"].startswith("own_")]
    assert (none["z"], "years old" in none["reason"]) == (None, True)
    table, places = tmp_path / "p.csv", tmp_path / "r.csv"
    table.write_text("id,sex,age_years,l3_smi_cm2_m2\na,F,60,38\n", encoding="utf-8")
    many = said("assess", table, "--references-out", places, "--reference",
                built / "reference.json")  # fmt: skip
    assert many["status"] == "ok"
    found = [r for r in rows_of(places) if r["reference"].startswith("own_")]
    assert float(found[0]["z"]) == pytest.approx(own["z"], rel=1e-4)


def test_a_malformed_reference_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "reference.json"
    broken.write_text('{"kind": "other"}', encoding="utf-8")
    answer = said("assess", "--sex", "F", "--age", "60", "--reference", broken)
    assert (answer["status"], answer["code"]) == ("error", 3)
    assert "does not fit its schema" in answer["error"]
    ran = said("run", tmp_path, "-o", tmp_path / "out", "--reference", broken)
    assert (ran["code"], "does not fit its schema" in ran["error"]) == (3, True)


def test_cut_offs_and_survival(cohort: Path, tmp_path: Path) -> None:
    cut = said("stats", "cutoff", cohort, "--quantity", SMI, "--young-to", "45", *OUTCOME,
               "--adjust", "--draws", "100", "-o", tmp_path / "cut")  # fmt: skip
    assert "outcome_cutoffs" in cut["tables"], cut
    survival = said("stats", "survival", cohort, "--quantity", SMI, *OUTCOME, "--cut-f", "39",
                    "--cut-m", "50", "-o", tmp_path / "survival")  # fmt: skip
    assert (survival["tables"], survival["figures"]) == (["survival", "cox"], ["kaplan_meier"])
    one = said("stats", "survival", cohort, "--quantity", SMI, *OUTCOME, "--cut-f", "39")
    assert "both sexes" in one["error"]
    alone = said("stats", "cutoff", cohort, "--quantity", SMI, "--time", "follow_up_years")
    assert "belong to an outcome" in alone["error"]


def test_prevalence(cohort: Path, tmp_path: Path) -> None:
    answer = said("stats", "prevalence", cohort, "-o", tmp_path / "out")
    assert answer["figures"] == ["prevalence", "sets"]
    assert {row["topic"] for row in rows_of(tmp_path / "out" / "prevalence.csv")} == {
        "ct_muscle_quantity"
    }


def test_too_few_people_are_refused_with_the_reason(cohort: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.csv"
    lines = cohort.read_text(encoding="utf-8").splitlines(keepends=True)
    few.write_text("".join(lines[:60]), encoding="utf-8")
    answer = said("stats", "reference", few, "--quantity", SMI, "--population", "x")
    assert "100 are needed" in answer["error"]
    absent = said("stats", "reference", cohort, "--quantity", "nothing_g", "--population", "x")
    assert "lacks the column nothing_g" in absent["error"]
