"""Lines, correlations, models and corrected P values against R 4.2.2 (2022-11-10 r83330).

d <- data.frame(sex=rep(c("F","M"),each=6), age=c(34,45,52,61,70,83,29,41,55,63,72,80),
 height=c(158,166,171,160,163,155,181,176,169,184,174,172),
 bmi=c(22.1,31.4,27.0,24.9,35.2,21.0,26.3,29.8,24.4,33.1,27.7,22.8),
 mass=c(2310,2255,2190,1980,2105,1500,3420,3350,2890,3275,2760,2440)); f <- d[d$sex=="F",]
m <- lm(mass~age,f); coef(summary(m)); confint(m); summary(m)$r.squared; summary(m)$sigma
cor.test(f$mass,f$age)
d$y <- d$mass/(d$height/100)^2; d$man <- as.numeric(d$sex=="M")
i <- lm(y~bmi*man,d); coef(summary(i)); confint(i); summary(i)$r.squared
l <- lm(log(mass)~log(height),f); coef(l); confint(l)
for (s in c("F","M")) { g <- d[d$sex==s,]; n <- lm(y~bmi,g); print(resid(n)/summary(n)$sigma) }
p.adjust(c(.001,.04,.03,.2),"holm"); p.adjust(c(.001,.04,.03,.2),"BH")
"""

from __future__ import annotations

import pytest

from myotome.errors import InputError
from myotome.stats.describe.adjust import bmi_z, over_height
from myotome.stats.describe.fits import correlation, line
from myotome.stats.describe.models import bmi_by_sex, height_exponent
from myotome.stats.describe.multiplicity import with_corrected

pd = pytest.importorskip("pandas")


@pytest.fixture
def people():
    return pd.DataFrame(
        {
            "sex": ["F"] * 6 + ["M"] * 6,
            "age_years": [34.0, 45, 52, 61, 70, 83, 29, 41, 55, 63, 72, 80],
            "height_cm": [158.0, 166, 171, 160, 163, 155, 181, 176, 169, 184, 174, 172],
            "bmi_kg_m2": [22.1, 31.4, 27.0, 24.9, 35.2, 21.0, 26.3, 29.8, 24.4, 33.1, 27.7, 22.8],
            "total_slab_gross_mass_g": [
                *(2310.0, 2255, 2190, 1980, 2105, 1500, 3420, 3350, 2890, 3275, 2760, 2440)
            ],
        }
    )


def test_a_line(people) -> None:
    f = people[people["sex"] == "F"]
    found = line(f["age_years"], f["total_slab_gross_mass_g"])
    assert found is not None
    assert (found.intercept, found.slope) == pytest.approx((2906.7067950776, -14.7833065811))
    assert (found.low, found.high) == pytest.approx((-25.8510126987, -3.71560046339))
    assert found.p == pytest.approx(0.020680387036509)
    assert (found.r_squared, found.residual_sd) == pytest.approx((0.7746895, 157.3195), rel=1e-6)


def test_a_correlation(people) -> None:
    f = people[people["sex"] == "F"]
    found = correlation(f["age_years"], f["total_slab_gross_mass_g"])
    assert found is not None
    assert (found.r, found.low, found.high, found.p) == pytest.approx(
        (-0.8801644464006, -0.9868275323738, -0.2401292994983, 0.0206803870365)
    )


def test_bmi_by_sex(people) -> None:
    found = bmi_by_sex(people, k=2).rows
    assert [row["estimate"] for row in found] == pytest.approx(
        [690.35493162563, 3.34497962820, 9.61703363038, 6.65599351325]
    )
    assert [row["se"] for row in found] == pytest.approx(
        [227.63652486608, 8.30895383597, 406.74147893815, 14.78547299073]
    )
    assert [row["p"] for row in found] == pytest.approx(
        [0.0162423984265, 0.6978036142339, 0.9817156208065, 0.6645357749622]
    )
    assert found[3]["low_95"] == pytest.approx(-27.4393683443)
    assert found[3]["high_95"] == pytest.approx(40.7513553708)
    assert "R squared 0.591" in bmi_by_sex(people).notes[0]


def test_z_for_sex_and_bmi(people) -> None:
    y = over_height(people, people["total_slab_gross_mass_g"], 2)
    assert bmi_z(people, y).tolist() == pytest.approx(
        [
            *(1.497194693981, 0.213314545707, -0.294886447770, -0.001928270221),
            *(-0.147080739313, -1.266613782383, 0.8401901712, 0.8667149802),
            *(0.7046723432, -0.6610500151, -0.6788430723, -1.0716844072),
        ],
        rel=1e-6,
    )


def test_z_is_missing_where_bmi_is_and_does_not_mind_the_order(people) -> None:
    some = people.copy()
    some.loc[2, "bmi_kg_m2"] = float("nan")
    found = bmi_z(some, some["total_slab_gross_mass_g"])
    assert found.isna().tolist() == [at == 2 for at in range(12)]
    turned = some.iloc[::-1]
    again = bmi_z(turned, turned["total_slab_gross_mass_g"])
    assert again.loc[some.index].dropna().tolist() == pytest.approx(found.dropna().tolist())


def test_the_exponent_of_height(people) -> None:
    row = height_exponent(people).rows[0]
    assert (row["exponent"], row["low_95"], row["high_95"]) == pytest.approx(
        (2.75634193204, -2.17092140670, 7.68360527077)
    )
    assert row["k1_in_interval"] is True


def test_p_values_of_many_questions() -> None:
    rows = [{"p": 0.001}, {"p": None}, {"p": 0.04}, {"p": 0.03}, {"p": 0.2}]
    found = with_corrected(rows)
    assert [row["p_holm"] for row in found if row["p"]] == pytest.approx([0.004, 0.09, 0.09, 0.2])
    assert [row["p_bh"] for row in found if row["p"]] == pytest.approx(
        [0.004, 0.0533333333, 0.0533333333, 0.2]
    )
    assert found[1] == {"p": None, "p_holm": None, "p_bh": None}


def test_what_cannot_be_fitted_is_none() -> None:
    assert line([1, 2, 3], [1, 2, 3]) is None
    assert line([1, 1, 1, 1], [1, 2, 3, 4]) is None
    assert correlation([1, 2, 3, 4], [5, 5, 5, 5]) is None
    assert line([1, 2, None, 3, 4], [2.0, 3, 4, 5, 7]) is not None


def test_one_sex_alone_has_no_model_of_sexes(people) -> None:
    with pytest.raises(InputError, match="both sexes"):
        bmi_by_sex(people[people["sex"] == "F"])
