"""Prevalence by published cut-offs: by assess' own rules, with intervals and kappa by oracles."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from myotome.assess.person.facts import Facts
from myotome.assess.rules.cutoffs import judge
from myotome.errors import InputError
from myotome.stats.prevalence.agreement import cohen, combinations, pair, wilson
from myotome.stats.prevalence.figures import prevalence_picture, sets_picture
from myotome.stats.prevalence.judged import NO, UNKNOWN, YES, fact_columns, judge_people
from myotome.stats.prevalence.sheets import agreement_sheet, prevalence_sheet, sets_sheet
from myotome.tables.citable.cutoffs import CUTOFF

SMI = "skeletal_muscle_index_l3_cm2_per_m2"
HU = "skeletal_muscle_l3_mean_hu_hu"


def people(**more) -> pd.DataFrame:
    """Six people around the cut-offs of Martin 2013 and Derstine 2018."""
    columns = {
        "sex": ["F", "F", "F", "M", "M", "M"],
        "age_years": [50.0, 60.0, 70.0, 50.0, 60.0, 70.0],
        "bmi_kg_m2": [22.0, 27.0, 31.0, 22.0, 27.0, np.nan],
        SMI: [30.0, 38.0, 50.0, 44.0, 60.0, np.nan],
    }
    return pd.DataFrame({**columns, **more})


def test_the_answers_are_those_of_assess() -> None:
    rows = people()
    judged = {one.cutoff.key: one for one in judge_people(rows, ("ct_muscle_quantity",))}
    code = {"yes": YES, "no": NO, "unknown": UNKNOWN}
    for key, one in judged.items():
        for person, row in enumerate(rows.to_dict("records")):
            known = {k: v for k, v in row.items() if k != SMI and not pd.isna(v)}
            if not pd.isna(row[SMI]):
                known["l3_smi_cm2_m2"] = row[SMI]
            truth = judge(CUTOFF[key], Facts.of(**known)).truth
            assert one.answers[person] == code[str(truth)]
    martin = judged["martin2013_l3_smi"]
    assert martin.reasons == (("skeletal muscle index at L3 (area / height squared) not given", 1),)
    assert judged["prado2008_l3_smi"].reasons[0] == (
        "no published number for this age, BMI or method", 4
    )  # fmt: skip


def test_attenuation_without_its_phase_is_not_judged() -> None:
    bare = judge_people(people(**{HU: 30.0}), ("ct_muscle_quality",))
    assert not any(one.applicable.any() for one in bare)
    assert bare[0].reasons[0][0].startswith("contrast phase")
    known = people(**{HU: 30.0, "contrast_phase": "unenhanced", "kvp": 120.0})
    derstine = {o.cutoff.key: o for o in judge_people(known, ("ct_muscle_quality",))}
    assert derstine["derstine2018_l3_hu"].applicable.all()


def test_a_scan_s_own_column_goes_before_a_fact_of_the_same_key() -> None:
    rows = people(l3_smi_cm2_m2=1.0)
    assert fact_columns(rows)[SMI] == "l3_smi_cm2_m2"
    assert "l3_smi_cm2_m2" not in fact_columns(rows)


@pytest.mark.parametrize(
    ("topics", "said"), [(("nothing",), "no topic"), (("screening",), "No pu")]
)
def test_nothing_to_judge_is_refused(topics, said) -> None:
    with pytest.raises(InputError, match=said):
        judge_people(people(), topics)


def test_wilson_is_that_of_r() -> None:
    """R 4.2.2: prop.test(x, n, correct = FALSE)$conf.int."""
    assert wilson(7, 40) == pytest.approx((0.0874541375, 0.3194999033), abs=1e-8)
    assert wilson(0, 25) == pytest.approx((0.0, 0.133192251), abs=1e-8)
    assert np.isnan(wilson(0, 0)).all()


@pytest.mark.parametrize(
    "counts", [[[40, 9], [6, 45]], [[1762, 285], [168, 1785]], [[3, 0], [1, 9]]]
)
def test_kappa_is_that_of_statsmodels(counts) -> None:
    found = cohens_kappa(np.array(counts))
    kappa, error = cohen(np.array(counts))
    assert (kappa, error) == pytest.approx((found.kappa, found.std_kappa))


def test_kappa_of_one_answer_is_not_given() -> None:
    assert cohen(np.array([[10, 0], [0, 0]])) == (None, None)
    assert cohen(np.zeros((2, 2))) == (None, None)


def test_sheets_add_up(tmp_path) -> None:
    rng = np.random.default_rng(1)
    n = 400
    rows = pd.DataFrame({
        "sex": np.where(rng.random(n) < 0.5, "F", "M"), "age_years": rng.uniform(25, 80, n),
        "bmi_kg_m2": rng.normal(27, 4, n), SMI: rng.normal(45, 8, n),
        "skeletal_muscle_l3_area_cm2": rng.normal(130, 25, n),
    })  # fmt: skip
    judged = judge_people(rows, ("ct_muscle_quantity",))
    table = prevalence_sheet(judged, rows).rows
    by_group = {(r["cutoff"], r["group"]): r for r in table}
    for one in judged:
        key = one.cutoff.key
        for count in ("n", "n_applicable", "n_low"):
            parts = by_group[key, "women"][count] + by_group[key, "men"][count]
            assert by_group[key, "all"][count] == parts
    first, second = judged[0], judged[1]
    found = pair(first, second)
    row = agreement_sheet(judged).rows[0]
    assert (row["n"], row["both_low"], row["kappa"]) == (found.n, found.both, found.kappa)
    assert found.low < found.kappa < found.high
    sets = sets_sheet(judged).rows
    assert sum(r["share_percent"] for r in sets) == pytest.approx(100)
    assert (
        sum(r["n"] for r in sets)
        == combinations([one for one in judged if one.applicable.mean() >= 0.5])[1]
    )
    prevalence_picture(judged, rows["sex"].to_numpy(), tmp_path)
    assert sets_picture(judged, tmp_path) is not None
    assert {p.name for p in tmp_path.iterdir()} == {
        "prevalence.png", "prevalence.svg", "sets.png", "sets.svg"
    }  # fmt: skip
    assert sets_picture(judged[:1], tmp_path) is None
