"""LMS curves: against R, against a simulated truth, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import check_grad
from scipy.special import ndtri

from myotome.assess.own.lms import value_of
from myotome.assess.own.place import own_places
from myotome.assess.person.facts import Facts
from myotome.errors import InputError
from myotome.stats.reference.build import ReferenceRequest, build
from myotome.stats.reference.centiles import LEVELS, by_bootstrap, by_curve, by_quantiles
from myotome.stats.reference.checks import q_statistics, shares_below, worms
from myotome.stats.reference.fit import People, Shape, _cost, _design, choose, fit, shapes
from myotome.stats.reference.splines import spline

COLUMN = "psoas_slab_gross_mass_g"
AGES = np.array([25.0, 40.0, 55.0, 70.0, 85.0])
R_PEOPLE = 400


def truth(age):
    """mu, sigma and nu of the people that ``drawn`` gives."""
    mu = np.exp(5.6 - 0.004 * (age - 40) - 0.00005 * (age - 40) ** 2)
    return mu, np.exp(-1.5 + 0.004 * (age - 50)), 0.4


def drawn(n: int, seed: int = 1, bmi: bool = False) -> People:
    rng = np.random.default_rng(seed)
    age, index = rng.uniform(18, 90, n), rng.normal(27, 4, n)
    mu, sigma, nu = truth(age)
    grown = mu * np.exp(0.015 * (index - 27)) if bmi else mu
    value = value_of(rng.standard_normal(n), grown, sigma, nu)
    return People(age_years=age, value=value, bmi_kg_m2=index if bmi else None)


def test_the_likelihood_and_its_errors_are_those_of_r() -> None:
    """R 4.2.2, optim(method = "BFGS", hessian = TRUE) on the same 400 people:

    n <- 400; i <- 1:n; age <- 20 + 60 * (i - 0.5) / n
    z <- qnorm(((i * 163) %% n + 0.5) / n)
    y <- exp(5.6 - 0.006 * (age - 50)) * (1 + 0.3 * 0.25 * z)^(1 / 0.3)
    nll <- function(p) { m <- exp(p[1] + p[2] * (age - 50)); s <- exp(p[3]); v <- p[4]
      zz <- ((y / m)^v - 1) / (v * s)
      -sum((v - 1) * log(y) - v * log(m) - log(s) + dnorm(zz, log = TRUE)
           - pnorm(1 / (s * abs(v)), log.p = TRUE)) }
    gives 5.60024228 -0.00533009 -1.38914973 0.30832413, -log likelihood 2249.33815, and standard
    errors 0.013493333 0.000717691 0.035706925 0.165828900.
    """
    i = np.arange(1, R_PEOPLE + 1)
    age = 20 + 60 * (i - 0.5) / R_PEOPLE
    z = ndtri(((i * 163) % R_PEOPLE + 0.5) / R_PEOPLE)
    people = People(age_years=age, value=value_of(z, np.exp(5.6 - 0.006 * (age - 50)), 0.25, 0.3))
    found = fit(people, Shape(mu=2, sigma=1, nu=1))
    mu, sigma, nu = found.at(np.array([50.0, 51.0]))
    assert found.log_likelihood == pytest.approx(-2249.33815, abs=1e-4)
    assert np.log(mu[0]) == pytest.approx(5.60024228, abs=1e-5)
    assert np.log(mu[1] / mu[0]) == pytest.approx(-0.00533009, abs=1e-6)
    assert (np.log(sigma[0]), nu[0]) == pytest.approx((-1.38914973, 0.30832413), abs=1e-4)
    errors = np.sqrt(np.diag(found.covariance_at(np.array([50.0]))[0]))
    assert errors == pytest.approx([0.013493333, 0.035706925, 0.165828900], rel=1e-3)


def test_a_simulated_truth_is_found_within_its_errors() -> None:
    """Over 5 cohorts and 5 ages, z of estimate minus truth has spread about 1."""
    away = []
    for seed in range(5):
        found = fit(drawn(1500, seed), Shape(mu=3, sigma=2, nu=1))
        mu, sigma, nu = found.at(AGES)
        errors = np.sqrt(found.covariance_at(AGES)[:, range(3), range(3)]).T
        true = truth(AGES)
        estimates = np.array([np.log(mu / true[0]), np.log(sigma / true[1]), nu - true[2]])
        away.append(estimates / errors)
    assert 0.6 < np.std(away) < 1.5
    assert np.abs(away).max() < 4.5


def test_the_chosen_shape_follows_the_truth() -> None:
    found, tried = choose(drawn(3000), shapes(positive=True))
    assert found.shape.nu == 1
    assert found.shape.sigma == 2
    assert found.shape.mu >= 3
    assert found.bic == pytest.approx(min(one.bic for one in tried), abs=1e-6)
    normal = People(
        age_years=drawn(2000).age_years, value=np.random.default_rng(2).normal(30, 9, 2000)
    )
    plain, _ = choose(normal, shapes(positive=False))
    assert (plain.shape.mu, plain.shape.sigma, plain.shape.nu) == (1, 1, 0)


@pytest.mark.parametrize("nu", [0, 1, 2])
def test_the_gradient_is_that_of_the_likelihood(nu) -> None:
    people = drawn(300, bmi=True)
    found = fit(people, Shape(mu=3, sigma=2, nu=nu), errors=False)
    design = _design(found.splines, found.bmi_middle, people.age_years, people.bmi_kg_m2)
    cost = _cost(people.value, design)
    beside = found.coefficients + 0.02
    assert check_grad(lambda x: cost(x)[0], lambda x: cost(x)[1], beside) < 1e-5
    assert np.abs(cost(found.coefficients)[1]).max() < 1e-4


def test_percentiles_cover_the_truth_and_the_bootstrap_agrees() -> None:
    people = drawn(1500, 7)
    found = fit(people, Shape(mu=3, sigma=2, nu=1))
    again = by_bootstrap(found, people, AGES, None, times=40, seed=1)
    for level in (5.0, 50.0, 95.0):
        _, low, high = by_curve(found, AGES, None, level)
        wanted = value_of(ndtri(level / 100), *truth(AGES))
        slack = 0.5 * (high - low)
        assert np.all((low - slack < wanted) & (wanted < high + slack))
        ratio = (again[level][1] - again[level][0]) / (high - low)
        assert np.all((ratio > 0.6) & (ratio < 1.6))


def test_quantile_regression_never_crosses_and_finds_the_truth() -> None:
    bands = by_quantiles(drawn(4000), 3, AGES, LEVELS)
    middles = np.array([middle for middle, _, _ in bands])
    assert np.all(np.diff(middles, axis=0) >= 0)
    wanted = value_of(ndtri(np.array(LEVELS)[:, None] / 100), *truth(AGES))
    assert middles == pytest.approx(wanted, rel=0.12)


def test_checks_tell_a_good_curve_from_a_bad_one() -> None:
    people = drawn(3000)
    good, flat = (fit(people, Shape(mu=mu, sigma=2, nu=1)) for mu in (3, 1))
    p = {c.key: c.p for c in q_statistics(good.z(people), people.age_years, good.shape)}
    assert min(p.values()) > 0.005
    bad = {c.key: c.p for c in q_statistics(flat.z(people), people.age_years, flat.shape)}
    assert bad["mean"] < 1e-10
    outside = [w.outside / len(w.z) for w in worms(good.z(people), people.age_years)]
    assert max(outside) < 0.35
    below = shares_below(good.z(people), LEVELS)
    assert below == pytest.approx(LEVELS, abs=1.5)


def test_a_spline_is_straight_beyond_its_knots() -> None:
    basis = spline(np.linspace(20, 80, 500), 4)
    outer = basis.columns(np.array([81.0, 86.0, 91.0]))
    assert outer[2] - outer[1] == pytest.approx(outer[1] - outer[0])
    with pytest.raises(ValueError, match="one age"):
        spline(np.array([30.0] * 50 + [31.0]), 4)


def frame(n: int = 600, **more) -> pd.DataFrame:
    people = drawn(n, bmi=True)
    sexes = np.where(np.arange(n) % 2, "F", "M")
    columns = {"sex": sexes, "age_years": people.age_years, "bmi_kg_m2": people.bmi_kg_m2}
    return pd.DataFrame({**columns, COLUMN: people.value, **more})


def request(**more) -> ReferenceRequest:
    return ReferenceRequest(**{"column": COLUMN, "name": "ours", "population": "drawn", **more})


@pytest.mark.parametrize("by_bmi", [False, True])
def test_a_person_has_the_same_z_in_the_file_as_in_the_fit(by_bmi) -> None:
    rows = frame()
    built = build(rows, request(by_bmi=by_bmi))
    women = next(found for found in built.fits if found.sex == "F")
    z = women.fit.z(women.people)
    for k in range(0, 60, 7):
        age = float(women.people.age_years[k])
        if not women.age_from <= age <= women.age_to:
            continue
        bmi = {"bmi_kg_m2": float(women.people.bmi_kg_m2[k])} if by_bmi else {}
        facts = Facts.of(sex="F", age_years=age, **bmi)
        (one,) = own_places([built.reference], facts, {COLUMN: float(women.people.value[k])})
        if not one.reason:
            assert one.z == pytest.approx(z[k], abs=2e-3)
            assert one.z_low < one.z < one.z_high
    slope = women.fit.bmi_slope
    assert slope == pytest.approx(0.015, abs=0.006) if by_bmi else slope == 0


def test_too_few_people_of_a_sex_are_refused_with_the_reason() -> None:
    rows = frame()
    few = pd.concat([rows[rows.sex == "F"], rows[rows.sex == "M"].head(99)])
    built = build(few, request())
    assert [found.sex for found in built.fits] == ["F"]
    assert built.refused[0].startswith("No curve of men: 99 people have a value, 100 are needed")
    with pytest.raises(InputError, match="No curve of women: 90 people"):
        build(rows.head(180), request())


def test_missing_values_are_counted_and_odd_ones_refused() -> None:
    rows = frame()
    rows.loc[:9, COLUMN] = np.nan
    assert build(rows, request()).without_value == 10
    with pytest.raises(InputError, match="nearly all the same"):
        build(frame(**{COLUMN: 5.0}), request())
    with pytest.raises(InputError, match="all 50 to 50 years old"):
        build(frame(age_years=50.0), request())


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"population": ""}, {"contrast": "venous"}, {"criterion": "p"},
              {"bootstrap": -1}],
)  # fmt: skip
def test_a_request_that_says_nothing_is_refused(wrong) -> None:
    with pytest.raises(InputError):
        request(**wrong)


def test_attenuation_of_any_sign_is_taken_as_normal() -> None:
    column = "skeletal_muscle_l3_mean_hu_hu"
    values = np.random.default_rng(3).normal(20, 15, 600)
    built = build(frame(**{column: values}), request(column=column))
    assert all(found.fit.shape.nu == 0 for found in built.fits)
    assert built.reference.quantities[0].unit == "HU"
    assert set(built.reference.quantities[0].curves[0].nu) == {1.0}
