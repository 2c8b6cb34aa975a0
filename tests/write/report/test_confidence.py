"""The expected Dice in JSON, CSV and the report."""

from __future__ import annotations

import csv
import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from myotome.nouns.numbers.confidence import Confidence
from myotome.nouns.numbers.interval import HalfWidth, Spread
from myotome.nouns.study.result import StudyResult
from myotome.tables.anatomy.muscles import MUSCLES
from myotome.tables.flags.every import FLAG, raised
from myotome.write.data import document
from myotome.write.data.table import measurement_table, write_csv
from myotome.write.report.cells import Lookup, muscle_table, number
from myotome.write.report.page import render
from myotome.write.results import draw

POOR = raised(
    FLAG["low_confidence"],
    "The outline may be poor; expected Dice: left psoas 0.52 (wanted 0.72).",
)


def judged(result: StudyResult, *, calibrated: bool = True) -> StudyResult:
    raw: dict[str, float | None] = {m.key: 0.97 for m in MUSCLES}
    raw["quadratus_lumborum_right"] = None
    dice = {key: 0.91 if value and calibrated else None for key, value in raw.items()}
    if calibrated:
        dice["psoas_left"] = 0.52
    confidence = Confidence(
        raw=raw,
        expected_dice=dice,
        calibrated_on="4 scans it had not learnt from" if calibrated else "",
        error=0.03 if calibrated else None,
    )
    rows = tuple(
        replace(m, expected_dice=dice.get(f"{m.structure}_{m.side}"))
        if m.level == "slab" and m.value is not None
        else m
        for m in result.measurements
    )
    return replace(
        result,
        segmentation=replace(result.segmentation, confidence=confidence),
        measurements=rows,
        flags=(*result.flags, POOR) if calibrated else result.flags,
    )


@pytest.fixture(scope="module")
def page(result) -> str:
    return render(judged(result), draw(result))


def test_the_json_holds_the_fields_and_keeps_its_schema(result) -> None:
    made = document.measurements_document(judged(result))
    document.validate(made)
    assert made["confidence"]["calibrated"] is True
    assert made["confidence"]["error"] == 0.03
    assert made["confidence"]["muscles"]["psoas_left"] == {"expected_dice": 0.52, "raw": 0.97}
    absent = made["confidence"]["muscles"]["quadratus_lumborum_right"]
    assert absent == {"expected_dice": None, "raw": None}
    study = made["confidence"]["study"]["expected_dice"]
    assert study == pytest.approx((10 * 0.91 + 0.52) / 11)
    assert {m["expected_dice"] for m in made["measurements"]} == {0.52, 0.91, None}
    assert json.loads(json.dumps(made)) == made


def test_the_schema_demands_the_fields(result) -> None:
    validator = Draft202012Validator(document.schema())
    made = document.measurements_document(judged(result))
    for spoil in (
        lambda d: d.pop("confidence"),
        lambda d: d["confidence"].pop("study"),
        lambda d: d["confidence"]["muscles"]["psoas_left"].update(raw=1.2),
        lambda d: d["measurements"][0].pop("expected_dice"),
        lambda d: d["measurements"][0].update(expected_dice=-0.1),
    ):
        broken = json.loads(json.dumps(made))
        spoil(broken)
        assert not validator.is_valid(broken)


def test_a_backend_that_does_not_tell_has_null(result) -> None:
    made = document.measurements_document(result)
    document.validate(made)
    assert made["confidence"] is None
    assert {m["expected_dice"] for m in made["measurements"]} == {None}


def test_the_csv_has_the_column_and_empty_cells(result, tmp_path) -> None:
    write_csv(measurement_table(judged(result)), tmp_path / "m.csv")
    with (tmp_path / "m.csv").open(encoding="utf-8", newline="") as stream:
        found = {(r["quantity"], r["structure"], r["side"]): r for r in csv.DictReader(stream)}
    assert found["volume", "psoas", "left"]["expected_dice"] == "0.52"
    assert found["volume", "quadratus_lumborum", "right"]["expected_dice"] == ""
    assert found["area", "psoas", "left"]["expected_dice"] == ""


def test_the_report_shows_the_number_its_doubt_and_the_flag(page) -> None:
    assert "expected Dice" in page
    assert '0.52 <b class="doubt">low</b>' in page
    assert page.count('<b class="doubt">low</b>') == 2  # the psoas, and level L5 of the fixture
    assert "0.91" in page
    assert POOR.message in page
    assert "low_confidence" in page
    assert "Calibrated on 4 scans it had not learnt from; mean error there 0.03" in page


def test_the_report_of_an_uncalibrated_network_says_so(result) -> None:
    page = render(judged(result, calibrated=False), draw(result))
    assert "0.97 on average (uncalibrated" in page
    sheet = muscle_table(Lookup(judged(result, calibrated=False).measurements))
    assert not any("Dice" in words for words, _ in sheet.heads)


def test_the_report_of_other_backends_says_nothing_of_dice(result) -> None:
    assert "Dice" not in render(result, draw(result))


def test_a_missing_muscle_is_not_given_a_number(result) -> None:
    sheet = muscle_table(Lookup(judged(result).measurements))
    (block,) = [b for b in sheet.blocks if b.words == "quadratus lumborum"]
    right = next(row for row in block.rows if row.side == "right")
    assert right.missing
    assert right.cells[-1].text == "not known"


def ranged(result: StudyResult) -> StudyResult:
    half = HalfWidth(q80=0.5, q90=1.0, n=14)
    spread = Spread(rows={("volume", "psoas"): half}, scaled=True, made_from="14 scans", n=14)
    made = judged(result)
    confidence = made.segmentation.confidence
    assert confidence is not None
    return replace(
        made,
        segmentation=replace(made.segmentation, confidence=replace(confidence, spread=spread)),
        measurements=tuple(
            replace(m, interval=half.around(m.value, 0.1))
            if m.structure == "psoas" and m.quantity in ("volume", "gross_mass") and m.value
            else m
            for m in made.measurements
        ),
    )


def test_the_report_shows_the_interval_of_the_mass_and_what_it_means(result) -> None:
    made = ranged(result)
    sheet = muscle_table(Lookup(made.measurements))
    assert [words for words, _ in sheet.heads][-2:] == [
        "90 % interval of gross mass",
        "expected Dice",
    ]
    mass = Lookup(made.measurements)("gross_mass", "psoas", "left")
    assert mass is not None
    assert mass.interval is not None
    cells = {
        (block.words, row.side): row.cells[-2].text for block in sheet.blocks for row in block.rows
    }
    low, high = (number(v, "g") for v in (mass.interval.low_90, mass.interval.high_90))
    assert cells["psoas", "left"] == f"{low} to {high}"
    assert cells["total", "both"] == "not known"
    page = render(made, draw(result))
    assert f"{low} to {high}" in page
    assert "wider where the network is less sure" in page
    assert "like the 14 compared" in page
    assert "Measured on 14 scans." in page
    assert "90 % interval" not in render(judged(result), draw(result))


def test_the_json_and_the_csv_hold_the_interval(result, tmp_path) -> None:
    made = ranged(result)
    told = document.measurements_document(made)
    document.validate(told)
    by_name = {(m["quantity"], m["structure"], m["side"]): m for m in told["measurements"]}
    found = by_name["gross_mass", "psoas", "left"]
    assert found["interval"]["low_90"] == pytest.approx(found["value"] / 1.10517, rel=1e-4)
    assert found["interval"]["n"] == 14
    assert by_name["mean_hu", "psoas", "left"]["interval"] is None
    write_csv(measurement_table(made), tmp_path / "m.csv")
    with (tmp_path / "m.csv").open(encoding="utf-8", newline="") as stream:
        rows = {(r["quantity"], r["structure"], r["side"]): r for r in csv.DictReader(stream)}
    row = rows["gross_mass", "psoas", "left"]
    bounds = [float(row[key]) for key in ("low_90", "low_80", "value", "high_80", "high_90")]
    assert bounds == sorted(bounds)
    assert row["interval_n"] == "14"
    assert rows["mean_hu", "psoas", "left"]["high_90"] == ""
    broken = json.loads(json.dumps(told))
    broken["measurements"][0]["interval"] = {"low_90": 1}
    assert not Draft202012Validator(document.schema()).is_valid(broken)
