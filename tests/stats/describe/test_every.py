"""All tables of a simulated cohort, against its truth and the paper."""

from __future__ import annotations

import numpy as np
import pytest

from myotome.errors import InputError
from myotome.stats.describe.every import describe
from myotome.stats.describe.people import GROUPS
from myotome.stats.simulate.cohort import simulate_cohort
from myotome.stats.simulate.request import CohortRequest
from myotome.stats.table.columns import LEAN
from myotome.stats.table.read import from_frame
from myotome.tables.vu2024.ageing import CORRELATIONS
from myotome.tables.vu2024.masses import BY_AGE

pd = pytest.importorskip("pandas")


@pytest.fixture(scope="module")
def cohort():
    return simulate_cohort(CohortRequest(people=3000, seed=2, training_share=0.2))


@pytest.fixture(scope="module")
def sheets(cohort):
    return {s.key: s for s in describe(from_frame(cohort.frame()))}


WORDS = {"F": "women", "M": "men"}
MUSCLE = {
    "total": "all twelve muscles",
    **{k: k.replace("_", " ") for k in ("psoas", "quadratus_lumborum", "erector_spinae")},
    **{k: k.replace("_", " ") for k in ("gluteus_medius", "rectus_abdominis")},
    "lateral_abdominals": "lateral abdominals",
}


def test_table_3_is_recovered(sheets) -> None:
    found = {
        (r["sex"], r["age_group_years"], r["muscle"]): r for r in sheets["gross_mass_by_age"].rows
    }
    gaps = []
    for row in BY_AGE:
        mine = found[WORDS[row.sex], f"{row.age_from} to {row.age_to}", MUSCLE[row.structure]]
        gaps.append((mine["mean_g"] - row.mean_g) / (row.sd_g / np.sqrt(mine["n"])))
    assert max(map(abs, gaps)) < 4.5


def test_table_4_is_recovered(sheets) -> None:
    found = {
        (r["sex"], r["muscle"]): r
        for r in sheets["gross_mass_with_age"].rows
        if r["adjustment"] == "mass"
    }
    for row in CORRELATIONS:
        mine = found[WORDS[row.sex], MUSCLE[row.structure]]
        assert abs(np.arctanh(mine["r"]) - np.arctanh(row.r)) * np.sqrt(mine["n"] - 3) < 4


def test_slopes_hold_the_true_ones_in_their_intervals_mostly(sheets, cohort) -> None:
    hits = []
    for row in sheets["gross_mass_slopes"].rows:
        sex = "F" if row["sex"] == "women" else "M"
        key = next(k for k, words in MUSCLE.items() if words == row["muscle"])
        true = cohort.truth["sexes"][sex]["masses_g"][key]["slope_g_per_year"]
        hits.append(row["low_95_g_per_year"] <= true <= row["high_95_g_per_year"])
    assert sum(hits) >= 11  # of 14 intervals of 95 %, six of a sex err together


def test_training_subjects_are_left_out_and_counted(sheets, cohort) -> None:
    rows = {r["rule"]: r["studies"] for r in sheets["exclusions"].rows}
    assert rows["training"] == int(cohort.columns["training"].sum()) > 300
    assert rows["kept"] + rows["training"] == 3000
    assert (
        sum(r["n"] for r in sheets["gross_mass_by_sex"].rows if "twelve" in r["muscle"])
        == (rows["kept"])
    )


def test_every_table_of_p_values_says_that_many_questions_were_asked(sheets) -> None:
    for sheet in sheets.values():
        if any(c.key == "p" for c in sheet.columns):
            assert any("corrected" in note or "questions" in note for note in sheet.notes) or (
                any(c.key == "p_holm" for c in sheet.columns)
            )


def test_z_is_free_of_bmi_and_division_by_bmi_is_not(sheets) -> None:
    rows = [r for r in sheets["gross_mass_with_body"].rows if r["with"] == "BMI"]
    for r in rows:
        if "z of" in r["adjustment"]:
            assert abs(r["r"]) < 1e-9
        if r["adjustment"] == "mass / BMI":
            assert r["r"] < -0.3


def test_the_sensitivity_analysis_is_of_people_over_40(sheets) -> None:
    whole = sheets["gross_mass_with_age"].rows[0]["n"]
    assert 0 < sheets["gross_mass_with_age_over_40"].rows[0]["n"] < whole


def test_ages_between_two_groups_fall_into_completed_years() -> None:
    rows = pd.DataFrame({"age_years": [40.0, 40.9, 41.0, 17.9, 100.5, 101.0]})
    inside = [[bool(len(g.of(rows.iloc[[at]]))) for g in GROUPS] for at in range(len(rows))]
    assert [row.index(True) if any(row) else None for row in inside] == [0, 0, 1, None, 5, None]


def test_without_bodies_there_are_fewer_tables() -> None:
    columns = dict(simulate_cohort(CohortRequest(people=60)).columns)
    for name in ("height_cm", "weight_kg", "bmi_kg_m2"):
        del columns[name]
    keys = {s.key for s in describe(from_frame(pd.DataFrame(columns)), LEAN)}
    assert "lean_mass_by_age" in keys
    assert not {k for k in keys if "body" in k or "height" in k or "bmi" in k}


def test_a_handful_of_people_is_described_without_inventing_numbers() -> None:
    found = describe(from_frame(simulate_cohort(CohortRequest(people=3, seed=1)).frame()))
    by_key = {s.key: s for s in found}
    assert all(r.get("slope_g_per_year") is None for r in by_key["gross_mass_slopes"].rows)
    assert "unstable" in " ".join(by_key["gross_mass_by_age"].notes)


def test_a_table_without_masses_is_refused() -> None:
    with pytest.raises(InputError, match="total_slab_gross_mass_g"):
        describe(from_frame(pd.DataFrame({"sex": ["F"], "age_years": [50.0]})))


@pytest.mark.parametrize(
    "spoil",
    [
        {"psoas_slab_gross_mass_g": float("nan")},
        {"total_slab_gross_mass_g": 0.0},
        {"total_slab_gross_mass_g": 500.0, "bmi_kg_m2": 25.0},
        {"age_years": 50.0},
        {"height_cm": float("nan")},
    ],
)
def test_columns_without_spread_or_values_leave_cells_empty(spoil: dict[str, float]) -> None:
    rows = simulate_cohort(CohortRequest(people=40, seed=1)).frame().assign(**spoil)
    found = {s.key: s for s in describe(from_frame(rows))}
    total = found["gross_mass_slopes"].rows[0]
    assert (total.get("slope_g_per_year") is None) == ("age_years" in spoil)
    if "psoas_slab_gross_mass_g" in spoil:
        assert found["gross_mass_by_sex"].rows[1]["n"] == 0
    flat = {"height_cm", "bmi_kg_m2", "total_slab_gross_mass_g"} & set(spoil)
    assert ("gross_mass_bmi_by_sex_k1" in found) == (not flat)


def test_masses_below_zero_are_taken_as_not_given_and_said() -> None:
    rows = simulate_cohort(CohortRequest(people=40, seed=1)).frame()
    rows.loc[:2, "total_slab_gross_mass_g"] = -1.0
    table = from_frame(rows)
    assert any("3 values of total_slab_gross_mass_g below 0" in note for note in table.notes)
    assert sum(r["n"] for r in describe(table)[1].rows if "twelve" in r["muscle"]) == 37
