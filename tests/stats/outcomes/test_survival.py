"""Kaplan-Meier, log-rank, Cox and the best cut-off, against R's survival package.

R 4.2.2, survival 3.5-3, data lung (228 people, time in days, status 1 or 2)::

    f <- coxph(Surv(time, status) ~ age + sex, data = lung)
    survdiff(Surv(time, status) ~ sex, data = lung)$chisq
    k <- survfit(Surv(time, status) ~ sex, data = lung, conf.type = "log-log")
    summary(k, times = c(100, 365, 730)); cox.zph(f)
    a <- residuals(coxph(Surv(time, status) ~ 1, data = lung, ties = "breslow"), "martingale")
    # over every cut of age: S <- sum(a[age <= c]); V <- m * (n - m) / (n * (n - 1)) * sum(a^2)
    # the older test of proportional hazards: r <- resid(f, "schoenfeld"), x <- 1 - KM before,
    # colSums((x - mean(x)) * (r %*% f$var * nrow(r)))^2 / (diag(f$var) * nrow(r) * sum(...))
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_lung
from scipy.special import ndtri

from myotome.errors import InputError
from myotome.stats.outcomes.events import OutcomeColumns, time_words, with_outcome
from myotome.stats.outcomes.sheets import Cuts, cox_sheet, curve_sheet, grouped, outcome_cutoffs
from myotome.stats.outcomes.stratify import event_scores, lausen_schumacher, stratify
from myotome.stats.outcomes.survival import cox, curves, log_rank
from myotome.stats.outcomes.young import Draws, young_cutoffs

FEW = Draws(times=200)


@pytest.fixture(scope="module")
def lung() -> pd.DataFrame:
    rows = load_lung()[["time", "status", "age", "sex"]].rename(
        columns={"status": "event", "age": "age_years"}
    )
    return rows.astype(float).assign(value=rows["age_years"].astype(float))


def test_cox_is_that_of_r(lung) -> None:
    age, sex = cox(lung, {"age_years": "age", "sex": "sex"}, "both")
    assert (age["coefficient"], age["standard_error"]) == pytest.approx(
        (0.017045332, 0.0092232735), rel=1e-5
    )
    assert (sex["coefficient"], sex["standard_error"]) == pytest.approx(
        (-0.513218517, 0.1674579624), rel=1e-5
    )
    assert (sex["hazard_ratio"], sex["low"], sex["high"]) == pytest.approx(
        (0.598566, 0.4310936, 0.8310985), rel=1e-5
    )
    assert sex["p"] == pytest.approx(0.002178445, rel=1e-4)
    assert (sex["n"], sex["events"]) == (228, 165)
    # by the older test in R 0.719 and 0.117; cox.zph of survival 3, a score test: 0.65 and 0.11
    assert age["p_proportional"] == pytest.approx(0.719, abs=0.005)
    assert sex["p_proportional"] == pytest.approx(0.117, abs=0.005)


def test_log_rank_and_kaplan_meier_are_those_of_r(lung) -> None:
    statistic, df, p = log_rank(lung, "sex")
    assert (statistic, df) == (pytest.approx(10.326742, rel=1e-6), 1)
    assert p == pytest.approx(0.0013112, rel=1e-4)
    men, women = curves(lung, "sex")
    assert (men.n, men.events, men.median) == (138, 112, 270)
    assert (women.n, women.events, women.median) == (90, 53, 426)
    wanted = {
        100: ((0.82608696, 0.751852, 0.879871), (0.92208835, 0.843505, 0.962078)),
        365: ((0.33608783, 0.252729, 0.421302), (0.52646303, 0.403580, 0.635316)),
        730: ((0.07812409, 0.035204, 0.143390), (0.18723250, 0.084660, 0.320833)),
    }
    for time, (of_men, of_women) in wanted.items():
        assert men.at(time) == pytest.approx(of_men, abs=1e-5)
        assert women.at(time) == pytest.approx(of_women, abs=1e-5)
    assert men.at_risk(np.array([100, 365, 730])) == [114, 35, 7]
    assert women.at_risk(np.array([100, 365, 730])) == [82, 30, 6]


def test_the_greatest_statistic_is_that_of_r(lung) -> None:
    """Over cuts of age from the 10 % to the 90 % share, martingale scores: 2.0138152 at 70."""
    found = stratify(lung, FEW)
    assert (found.statistic, found.cutoff) == (pytest.approx(2.0138152, rel=1e-6), 70)
    assert found.p_naive == pytest.approx(0.04403, abs=1e-4)
    assert found.p_corrected > 0.25
    assert 0.15 < found.p_permutation < found.p_corrected + 0.05  # ages are whole: fewer looks
    assert found.low < 70 < found.high + 1
    assert not found.worse_below


def test_the_correction_is_the_published_formula() -> None:
    """4 phi(b) / b + phi(b) (b - 1 / b) log(0.9 * 0.9 / (0.1 * 0.1)), b = 3: by hand 0.0578."""
    density = np.exp(-4.5) / np.sqrt(2 * np.pi)
    by_hand = 4 * density / 3 + density * (3 - 1 / 3) * np.log(81)
    assert lausen_schumacher(3.0, 0.1, 0.9) == pytest.approx(by_hand)
    assert by_hand == pytest.approx(0.0578, abs=2e-4)
    assert lausen_schumacher(0.5, 0.1, 0.9) == 1


def chance(seed: int, effect: float = 0.0, n: int = 120) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    value, age = rng.normal(100, 15, n), rng.uniform(40, 80, n)
    time = rng.exponential(np.exp(effect * (value < 90) * -1), n)
    seen = rng.exponential(2.0, n)
    return pd.DataFrame({
        "value": value, "age_years": age, "time": np.minimum(time, seen) + 1e-6,
        "event": (time <= seen).astype(float), "sex": "F",
    })  # fmt: skip


def test_looking_often_is_corrected_for() -> None:
    """Of cohorts without any effect about 5 % are called so by P corrected, far more without."""
    draws = Draws(times=100)
    found = [stratify(chance(seed), draws) for seed in range(60)]
    naive = np.mean([f.p_naive < 0.05 for f in found])
    corrected = np.mean([f.p_corrected < 0.05 for f in found])
    shuffled = np.mean([f.p_permutation <= 0.05 for f in found])
    assert naive > 0.25
    assert corrected < 0.14
    assert shuffled < 0.14


def test_a_true_cut_off_is_found() -> None:
    found = stratify(chance(3, effect=1.5, n=500), FEW, adjust=("age_years",))
    assert found.cutoff == pytest.approx(90, abs=4)
    assert found.low <= 90 <= found.high + 1
    assert found.p_corrected < 0.001
    assert found.worse_below


def test_yes_or_no_without_a_time(lung) -> None:
    """The standardised statistic squared times n / (n - 1) is Pearson's chi-squared."""
    from scipy.stats import chi2_contingency

    plain = lung.drop(columns="time")
    found = stratify(plain, FEW)
    table = pd.crosstab(plain["value"] <= found.cutoff, plain["event"])
    chi2 = chi2_contingency(table, correction=False).statistic
    assert found.statistic**2 * 228 / 227 == pytest.approx(chi2)
    adjusted = event_scores(plain, ("age_years", "sex"))
    assert adjusted.sum() == pytest.approx(0, abs=1e-6)
    # R: glm(I(status == 2) ~ age + sex, binomial): 0.51506808 0.03188836 -1.04838785
    linear = 0.51506808 + 0.03188836 * plain["age_years"] - 1.04838785 * plain["sex"]
    assert adjusted == pytest.approx(plain["event"] - 1 / (1 + np.exp(-linear)), abs=1e-5)


def test_the_young() -> None:
    """Rules by hand, and the bootstrap interval of the 5th percentile holds the true one."""
    z = ndtri((np.arange(200) + 0.5) / 200)
    values = np.exp(5.5 + 0.3 * z)
    rows = pd.DataFrame({
        "sex": "F", "age_years": 30.0, "psoas_slab_gross_mass_g": values,
    })  # fmt: skip
    rows.loc[200] = ["F", 60.0, 1.0]  # no longer young
    rows.loc[201] = ["M", 30.0, 500.0]
    done = young_cutoffs(rows, "psoas_slab_gross_mass_g", (20.0, 40.0), FEW)
    by_rule = {row["rule"]: row for row in done.rows}
    by_hand = values.mean() - 2 * values.std(ddof=1)
    assert by_rule["mean - 2 SD"]["cutoff_g"] == pytest.approx(by_hand)
    logs = np.log(values)
    assert by_rule["mean - 2 SD of logarithms"]["cutoff_g"] == pytest.approx(
        np.exp(logs.mean() - 2 * logs.std(ddof=1))
    )
    p5 = by_rule["5th percentile"]
    assert p5["low_g"] < np.exp(5.5 - 0.3 * 1.645) < p5["high_g"]
    assert {row["n"] for row in done.rows} == {200}
    assert any("M: 1 people, 30 are needed" in note for note in done.notes)
    with pytest.raises(InputError, match="Too few people of 70"):
        young_cutoffs(rows, "psoas_slab_gross_mass_g", (70.0, 80.0), FEW)


def test_groups_and_sheets(lung) -> None:
    people = lung.assign(sex=lung["sex"].map({1.0: "M", 2.0: "F"}))
    thirds = grouped(people, None)
    assert set(thirds["group"]) == {"1 lowest third", "2 middle third", "3 highest third"}
    assert thirds.groupby("sex")["sd_less"].std().round(6).tolist() == [1, 1]
    low = grouped(people, Cuts(female=60, male=62))
    assert (low["group"] == "1 low").sum() == (
        ((people.sex == "F") & (people.value < 60)) | ((people.sex == "M") & (people.value < 62))
    ).sum()
    sheet = cox_sheet(low.assign(age_years=low["age_years"] + low.index % 7), "age", None)
    assert [row["model"] for row in sheet.rows] == ["alone", *["with age and sex"] * 3]
    rows = curve_sheet(thirds, curves(thirds, "group"), "days").rows
    assert len(rows) == 9
    both = outcome_cutoffs(people, "l3_sma_cm2", Draws(times=100))
    assert [row["sex"] for row in both.rows] == ["F", "M"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"died": ["maybe"] * 40}, "true and false"),
        ({"years": [0.0] * 40}, "0 or less"),
        ({"years": ["soon"] * 40}, "no numbers"),
        ({"died": ["true"] * 3 + ["false"] * 37}, "3 of 40 people"),
        ({"died": ["true"] * 40}, "40 of 40 people"),
    ],
)
def test_outcomes_that_cannot_be_are_refused(change, said) -> None:
    columns = {"sex": "F", "age_years": 50.0, "mass": np.arange(40.0), "years": 1.0,
               "died": ["true", "false"] * 20}  # fmt: skip
    rows = pd.DataFrame({**columns, **change}, index=range(40))
    with pytest.raises(InputError, match=said):
        with_outcome(rows, "mass", OutcomeColumns(event="died", time="years"))
    with pytest.raises(InputError, match="no column"):
        with_outcome(rows, "mass", OutcomeColumns(event="dead"))


def test_a_time_in_words() -> None:
    assert time_words("follow_up_years") == "Follow up (years)"
    assert time_words("t") == "T"


def test_a_model_that_cannot_settle_is_refused(lung) -> None:
    with pytest.raises(InputError, match="does not settle"):
        list(cox(lung.assign(again=1.0), {"again": "again"}, "constant"))
