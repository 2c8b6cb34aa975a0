"""Limits, regression and Dice from what `myotome evaluate` writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from myotome.errors import InputError
from myotome.evaluate.scores.overlap import State
from myotome.evaluate.scores.regions import MUSCLE_SET
from myotome.evaluate.scores.rows import SliceScore
from myotome.evaluate.scores.summary import summarise
from myotome.evaluate.tables import Scores, write_tables
from myotome.stats.agreement.areas import area_lines, icc_table
from myotome.stats.agreement.evaluation import read_slices
from myotome.stats.agreement.limits import limits
from myotome.stats.agreement.overlap import dice_table

AUTOMATIC = [10.2, 11.9, 14.1, 9.5, 13.3, 12.8, 15.9, 10.7]
MANUAL = [9.8, 12.4, 13.2, 9.9, 12.5, 12.6, 14.8, 10.9]


def test_limits_of_agreement_as_r_has_them() -> None:
    # R 4.2.2: D<-A-B; N<-8; s<-sd(D); t<-qt(.975,N-1); se<-s*sqrt(1/N+1.96^2/(2*(N-1)))
    # mean(D)+c(0,-1,1)*t*s/sqrt(N); mean(D)-1.96*s+c(0,-1,1)*t*se; the same with +1.96*s;
    # coef(lm(D~I((A+B)/2)))[2] and its P
    found = limits(AUTOMATIC, MANUAL)
    assert found is not None
    assert found.bias == pytest.approx((0.2875, -0.2267669, 0.8017669))
    assert found.lower == pytest.approx((-0.9181675, -1.837426, 0.001091008), rel=1e-5)
    assert found.upper == pytest.approx((1.493167, 0.573909, 2.412426), rel=1e-5)
    assert found.trend == pytest.approx(0.2308186, rel=1e-6)
    assert found.trend_p == pytest.approx(0.04382332, rel=1e-5)


def _scores(rows: list[tuple[str, str, str, State, float | None, float, float]]) -> Scores:
    slices = [
        SliceScore(
            subject=subject, k=k, z_mm=float(k), structure=structure, side=side, state=state,
            dice=dice, predicted_cm2=a, reference_cm2=b,
        )
        for k, (subject, structure, side, state, dice, a, b) in enumerate(rows)
    ]  # fmt: skip
    return Scores(slices=slices, volumes=(), summaries=summarise(slices, (), MUSCLE_SET))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        (f"p{k % 2}", "psoas", "left", State.BOTH, 0.8 + 0.01 * k, a, b)
        for k, (a, b) in enumerate(zip(AUTOMATIC, MANUAL, strict=True))
    ]
    rows.append(("p0", "psoas", "left", State.EMPTY, None, 0.0, 0.0))
    rows.append(("p0", "psoas", "right", State.LOST, 0.0, 0.0, 3.0))
    scores = _scores(rows)
    write_tables(scores, tmp_path)
    return tmp_path


def test_the_tables_of_an_evaluation(folder: Path) -> None:
    rows = read_slices(folder)
    assert len(rows) == 10
    line = area_lines(rows).rows[0]
    # R 4.2.2: coef(summary(lm(A~B))), confint(lm(A~B)), sqrt of R squared 0.9505574
    assert (line["muscle"], line["side"], line["slices"], line["subjects"]) == (
        "psoas", "left", 8, 2,
    )  # fmt: skip
    assert line["intercept_cm2"] == pytest.approx(-2.42514170781)
    assert line["slope"] == pytest.approx(1.22581824831)
    assert line["slope_low_95"] == pytest.approx(0.946544393962)
    assert line["slope_high_95"] == pytest.approx(1.505092102655)
    assert line["r"] == pytest.approx(np.sqrt(0.9505574), rel=1e-6)
    assert line["bias_cm2"] == pytest.approx(0.2875)
    right = area_lines(rows).rows[1]
    assert right["slices"] == 1
    assert right.get("slope") is None
    assert len(icc_table(rows).rows) == 13
    assert icc_table(rows).rows[0]["icc_2_1"] < icc_table(rows).rows[0]["icc_3_1"]
    assert icc_table(rows).rows[0]["paper_table"] == 0.942


def test_dice_over_slices_and_over_subjects(folder: Path) -> None:
    left, right = dice_table(read_slices(folder)).rows[:2]
    assert (left["slices"], left["subjects"]) == (8, 2)
    assert left["mean_slices"] == pytest.approx(0.835)
    # subjects: means of .80 .82 .84 .86 and of .81 .83 .85 .87
    assert left["mean_subjects"] == pytest.approx(0.835)
    assert left["sd_subjects"] == pytest.approx(np.std([0.83, 0.84], ddof=1))
    assert (right["mean_slices"], right["sd_slices"]) == (0.0, None)


def test_what_is_no_evaluation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no slices\.csv"):
        read_slices(tmp_path)
    (tmp_path / "slices.csv").write_text("subject,structure\n", encoding="utf-8")
    with pytest.raises(InputError, match="lacks the column k, z_mm"):
        read_slices(tmp_path)
    head = "subject,k,z_mm,structure,side,found,dice,predicted_cm2,reference_cm2\n"
    (tmp_path / "slices.csv").write_text(head, encoding="utf-8")
    with pytest.raises(InputError, match="empty"):
        read_slices(tmp_path)
    (tmp_path / "slices.csv").write_text(head + "a,1,2.0,psoas,left,both,x,1,1\n", encoding="utf-8")
    with pytest.raises(InputError, match="no numbers"):
        read_slices(tmp_path)
