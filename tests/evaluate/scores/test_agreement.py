"""Agreement statistics against published worked examples."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from myotome.evaluate.scores.agreement import bland_altman, pearson
from myotome.evaluate.scores.icc import FORMS, icc, icc_agreement, icc_consistency
from myotome.evaluate.scores.summary import agreement

# Shrout and Fleiss 1979, Psychological Bulletin 86:420, table 2: 6 targets, 4 judges
JUDGES = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)


def test_shrout_and_fleiss() -> None:
    # Table 4 there: ICC(2,1) = .29, ICC(3,1) = .71. The intervals are those that the R package
    # psych prints for this table: 0.019 to 0.76 and 0.342 to 0.95.
    absolute, consistent = icc_agreement(JUDGES), icc_consistency(JUDGES)
    assert absolute is not None
    assert consistent is not None
    assert absolute.value == pytest.approx(0.29, abs=0.005)
    assert consistent.value == pytest.approx(0.71, abs=0.005)
    assert (absolute.low, absolute.high) == pytest.approx((0.019, 0.76), abs=0.005)
    assert (consistent.low, consistent.high) == pytest.approx((0.342, 0.95), abs=0.005)


@pytest.mark.parametrize(
    ("form", "printed", "value", "low", "high"),
    [
        ("1,1", 0.17, 0.1657418, -0.1329323, 0.7225601),
        ("2,1", 0.29, 0.2897638, 0.01878651, 0.7610844),
        ("3,1", 0.71, 0.7148407, 0.3424648, 0.9458583),
        ("1,k", 0.44, 0.4427971, -0.8844422, 0.9124154),
        ("2,k", 0.62, 0.6200505, 0.07113682, 0.927232),
        ("3,k", 0.91, 0.9093155, 0.6756747, 0.9858917),
    ],
)
def test_all_forms(form: str, printed: float, value: float, low: float, high: float) -> None:
    # printed: Shrout and Fleiss 1979, table 4. The others: R 4.2.2, mean squares by
    # anova(lm(y ~ target + judge)) and the formulas of their article with qf(.975, ...):
    #   x <- matrix(c(9,2,5,8,6,1,3,2,8,4,6,8,7,1,2,6,10,5,6,9,6,2,4,7), 6, byrow=TRUE)
    #   n<-6; k<-4; v <- data.frame(y=c(x), s=factor(rep(1:n,k)), r=factor(rep(1:k,each=n)))
    #   a <- anova(lm(y~s+r,v))$"Mean Sq"; MSB<-a[1]; MSJ<-a[2]; MSE<-a[3]
    found = icc(JUDGES, form)
    assert found is not None
    assert found.value == pytest.approx(printed, abs=0.005)
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high), rel=1e-5)


def test_the_mean_of_raters_agrees_better_than_one() -> None:
    for one, mean in zip(FORMS[:3], FORMS[3:], strict=True):
        single, many = icc(JUDGES, one.key), icc(JUDGES, mean.key)
        assert single is not None
        assert many is not None
        assert many.value > single.value


def test_an_offset_harms_agreement_but_not_consistency() -> None:
    truth = np.array([10.0, 20, 30, 40])
    pairs = np.stack([truth + 5, truth], axis=1)
    consistent, absolute = icc_consistency(pairs), icc_agreement(pairs)
    assert consistent is not None
    assert absolute is not None
    assert consistent.value == pytest.approx(1.0)
    # rows: 2 x 500/3 = 333.3; columns: 4 x 2 x 2.5^2 = 50; error 0 -> 333.3 / (333.3 + 2 x 50/4)
    assert absolute.value == pytest.approx(333.33 / 358.33, abs=1e-3)
    assert absolute.low < absolute.value <= absolute.high


def test_perfect_agreement() -> None:
    same = np.repeat(np.array([[1.0], [2.5], [7.1]]), 2, axis=1)
    for found in (icc_agreement(same), icc_consistency(same)):
        assert found is not None
        assert (found.value, found.low, found.high) == pytest.approx((1.0, 1.0, 1.0))


def test_bland_altman_by_hand() -> None:
    # differences 1, -1, 3: mean 1, SD 2
    found = bland_altman([11, 19, 33], [10, 20, 30])
    assert found is not None
    assert (found.bias, found.sd) == pytest.approx((1.0, 2.0))
    assert (found.low, found.high) == pytest.approx((1 - 3.92, 1 + 3.92))


def test_pearson_by_hand() -> None:
    # deviations (-1, 0, 1) and (-1, -1, 2): 3 / sqrt(2 x 6)
    assert pearson([1, 2, 3], [2, 2, 5]) == pytest.approx(3 / np.sqrt(12))


def test_what_cannot_be_computed_is_none() -> None:
    assert pearson([1, 2], [1, 2]) is None
    assert pearson([1, 1, 1], [1, 2, 3]) is None
    assert bland_altman([1, 2], [1, 2]) is None
    assert icc_agreement([[1, 1], [2, 2]]) is None
    assert icc_consistency([[3, 3], [3, 3], [3, 3]]) is None
    assert agreement([], [], "g") is None


def test_percent_errors_leave_out_absent_references() -> None:
    found = agreement([11.0, 18.0, 4.0], [10.0, 20.0, 0.0], "g")
    assert found is not None
    assert found.n == 3
    assert found.mean_percent == pytest.approx(0.0)
    assert found.mean_absolute_percent == pytest.approx(10.0)
    assert found.mean_absolute == pytest.approx((1 + 2 + 4) / 3)


@given(arrays(np.float64, (6, 2), elements=st.floats(0, 1000)))
def test_bounds_and_order(pairs: np.ndarray) -> None:
    for found in (icc_agreement(pairs), icc_consistency(pairs)):
        if found is not None:
            assert found.value <= 1 + 1e-9
            assert found.low <= found.value + 1e-6
            assert found.value <= found.high + 1e-6
    r = pearson(pairs[:, 0], pairs[:, 1])
    assert r is None or -1 <= r <= 1
