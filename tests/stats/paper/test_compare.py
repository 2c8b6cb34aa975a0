"""Printed beside found numbers, and the page with all of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from myotome.errors import InputError
from myotome.stats.paper import compare
from myotome.stats.paper.reenact import Sources, is_drawn, reenact
from myotome.stats.simulate.cohort import simulate_cohort, write_cohort
from myotome.stats.simulate.request import CohortRequest
from myotome.stats.table.read import from_frame
from myotome.tables.vu2024.contradictions import CONTRADICTION, CONTRADICTIONS

pd = pytest.importorskip("pandas")


@pytest.fixture(scope="module")
def people():
    return from_frame(simulate_cohort(CohortRequest(people=4000, seed=6)).frame()).rows


def test_what_was_drawn_comes_back(people) -> None:
    rows = compare.masses(people, drawn=True).rows
    assert len(rows) == 98
    gaps = np.array([row["errors"] for row in rows])
    assert np.abs(gaps).max() < 5
    assert np.mean(np.abs(gaps) < 1.96) > 0.85
    z = np.array([row["errors"] for row in compare.correlations(people, drawn=True).rows])
    assert np.abs(z).max() < 4
    assert "by construction" in compare.masses(people, drawn=True).notes[0]


def test_other_people_are_compared_with_both_standard_errors(people) -> None:
    own = compare.masses(people, drawn=True).rows[0]
    both = compare.masses(people, drawn=False).rows[0]
    assert abs(both["errors"]) < abs(own["errors"])
    # (mean - 2041) / sqrt(sd^2/n + 560.7^2/190)
    wanted = (both["mean_g"] - 2041) / np.sqrt(both["sd_g"] ** 2 / both["n"] + 560.7**2 / 190)
    assert both["errors"] == pytest.approx(wanted)
    assert "construction" not in compare.masses(people, drawn=False).notes[0]


def test_another_population_is_told_apart(people) -> None:
    heavier = people.assign(total_slab_gross_mass_g=people["total_slab_gross_mass_g"] * 1.2)
    assert compare.masses(heavier, drawn=True).rows[0]["errors"] > 20


def test_three_slopes_are_printed_and_one_is_found(people) -> None:
    women, men = compare.slopes(people).rows
    assert (women["abstract_g_per_year"], women["discussion_g_per_year"]) == (-0.96, -9.6)
    # R 4.2.2, women; men alike with their means and n:
    # coef(lm(c(2212,2256,2135,1926,1860,1579) ~ c(29,45.5,55.5,65.5,75.5,88),
    #   weights=c(32,19,54,47,30,8)))
    assert women["table3_g_per_year"] == pytest.approx(-9.552757018)
    assert men["table3_g_per_year"] == pytest.approx(-18.33446358)
    assert women["low_95_g_per_year"] < women["slope_g_per_year"] < women["high_95_g_per_year"]


def test_contradictions_are_kept_by_place() -> None:
    assert len(compare.contradictions().rows) == len(CONTRADICTIONS) == 18
    told = compare.contradictions(["figure 6"]).rows
    assert 0 < len(told) < 18
    assert CONTRADICTION["slope"].used == "-9.6 and -17.3 g per year"


def test_the_page_has_every_section_and_says_what_is_synthetic(tmp_path: Path) -> None:
    table = tmp_path / "c.csv"
    write_cohort(simulate_cohort(CohortRequest(people=400, training_share=0.3)), table)
    assert is_drawn(table)
    curve = tmp_path / "curve.csv"
    curve.write_text("epoch,train_dice,val_dice\n1,0.2,0.1\n2,0.6,0.5\n", encoding="utf-8")
    said = reenact(Sources(table=table, drawn=True, curves=(curve,)), tmp_path / "out")
    page = (tmp_path / "out" / "comparison.html").read_text(encoding="utf-8")
    for title in ("Figure 2A", "Table 1", "Table 2", "Figure 4", "Figure 5", "Table 3", "Figure 6",
                  "Table 4", "Supplement S2"):  # fmt: skip
        assert title in page
    assert "by construction" in page
    assert page.count("Not re-enacted here") == 4  # tables 1 and 2, figure 4, supplement
    assert "the subject trained the network" in page
    for row in CONTRADICTIONS:
        assert row.used.split(";")[0] in page
    for figure in said["figures"]:
        assert (tmp_path / "out" / f"{figure['name']}.svg").is_file()
        assert f"{figure['name']}.svg" in page
    assert said["drawn_from_the_paper"] is True


def test_a_real_table_is_not_called_synthetic(tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    write_cohort(simulate_cohort(CohortRequest(people=100)), table)
    (tmp_path / "mine.truth.json").unlink()
    assert not is_drawn(table)
    reenact(Sources(table=table), tmp_path / "out")
    page = (tmp_path / "out" / "comparison.html").read_text(encoding="utf-8")
    assert "by construction" not in page
    assert "synthetic" not in page


def test_one_sex_is_refused(tmp_path: Path) -> None:
    columns = simulate_cohort(CohortRequest(people=50)).frame()
    columns[columns["sex"] == "F"].to_csv(tmp_path / "f.csv", index=False)
    with pytest.raises(InputError, match="one sex alone"):
        reenact(Sources(table=tmp_path / "f.csv"), tmp_path / "out")
    assert not (tmp_path / "out").exists()
