"""CSV, Parquet and JSON say the same, in the fixed names, and name nobody."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import duckdb
import pytest
from jsonschema import Draft202012Validator

from myotome.errors import OutputError
from myotome.nouns.numbers.flag import Flag, Severity
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.person import Person
from myotome.nouns.study.series import Catalogue, FileEntry
from myotome.tables.anatomy.muscles import MUSCLES
from myotome.tables.anatomy.vertebrae import REPORTED
from myotome.tables.outputs.columns import MEASUREMENT, MEASUREMENT_KEY, MEASUREMENTS, SLICES
from myotome.tables.outputs.wording import RESEARCH_USE
from myotome.write import write_results
from myotome.write.data import document
from myotome.write.data.listing import series_facts
from myotome.write.data.table import (
    file_table,
    full_reason,
    measurement_table,
    write_csv,
    write_parquet,
)
from myotome.write.privacy import shown_age, technical, technical_names


@pytest.fixture(scope="module")
def out(result, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tables") / "out"
    write_results(result, folder)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_measurements_csv_has_the_fixed_columns_and_every_row(result, out) -> None:
    first = (out / "measurements.csv").read_text().splitlines()[0]
    assert first == (
        "quantity,structure,side,level,value,unit,status,reason,expected_dice,low_80,high_80,"
        "low_90,high_90,interval_n,definition,caveats,"
        "covered_percent,window_low_hu,window_high_hu,slices,value_one_up,value_one_down,flags,"
        "study_key,subject_key,series,myotome_version,weights"
    )
    assert first.split(",") == [*MEASUREMENT]
    found = rows(out / "measurements.csv")
    assert len(found) == len(result.measurements)
    for row, m in zip(found, result.measurements, strict=True):
        assert (row["quantity"], row["structure"], row["side"], row["level"]) == (
            m.quantity,
            m.structure,
            m.side,
            m.level,
        )
        assert (row["status"], row["unit"]) == (str(m.status), m.unit)
        if m.value is None:
            assert row["value"] == ""
            assert row["reason"]
        else:
            assert float(row["value"]) == pytest.approx(m.value, rel=1e-5)
        assert bool(row["reason"]) == (m.status is not Status.MEASURED)


def test_the_share_in_view_is_in_the_reason_once() -> None:
    m = Measurement(
        quantity="volume",
        structure="psoas",
        side="left",
        level="slab",
        value=1.0,
        unit="ml",
        status=Status.PARTIAL,
        reason="only 63 % of it is in view",
        covered_percent=63.0,
    )
    assert full_reason(m) == "only 63 % of it is in view"
    assert full_reason(replace(m, reason="cut.")) == "cut (63 % in view)"


def test_a_row_says_where_it_comes_from_and_what_concerns_it(result, tmp_path) -> None:
    first, second, third = result.measurements[:3]
    window = (-29, 150)
    changed = (
        replace(first, caveats=("metal",), window_hu=window, covered_percent=None),
        replace(second, level="L3", slices=3, covered_percent=41.5),
        replace(third, structure="psoas", level="L3"),
    )
    flags = (
        *(flag(code) for code in ("muscle_cut", "metal", "arms_down")),
        flag("level_uncertain", level="L3"),
        flag("implausible_value", level="L4"),
        flag("implausible_value", structure="total"),
    )
    weights = MappingProxyType({"muscles": "ab" * 32, "landmarks": "cd" * 32})
    study = replace(
        result,
        measurements=changed,
        flags=flags,
        study_key="s" * 16,
        subject_key="p" * 16,
        provenance=replace(result.provenance, weights=weights),
    )
    write_csv(measurement_table(study), tmp_path / "m.csv")
    found = rows(tmp_path / "m.csv")
    assert [row["flags"] for row in found] == [
        "metal muscle_cut",
        "muscle_cut level_uncertain",
        "muscle_cut level_uncertain",
    ]
    assert [row["covered_percent"] for row in found] == ["", "41.5", ""]
    assert (found[0]["window_low_hu"], found[0]["window_high_hu"]) == ("-29", "150")
    assert [row["slices"] for row in found] == ["", "3", ""]
    for row in found:
        assert (row["study_key"], row["subject_key"]) == ("s" * 16, "p" * 16)
        assert row["series"] == result.chosen
        assert row["weights"] == "landmarks:cdcdcdcdcdcd muscles:abababababab"
        assert row["myotome_version"] == result.provenance.myotome_version
    told = document.measurements_document(study)
    document.validate(told)
    assert [" ".join(m["flags"]) for m in told["measurements"]] == [r["flags"] for r in found]
    assert told["measurements"][0]["window_hu"] == [-29, 150]


def flag(code: str, **about: str) -> Flag:
    return Flag(code=code, severity=Severity.WARNING, message="x", stage="measure", **about)


def test_no_two_rows_share_their_key(result, out) -> None:
    found = [tuple(row[key] for key in MEASUREMENT_KEY) for row in rows(out / "measurements.csv")]
    assert len(set(found)) == len(found)


def test_every_column_has_its_words() -> None:
    for column in (*MEASUREMENTS, *SLICES):
        assert column.words
        assert column.kind in ("VARCHAR", "DOUBLE", "INTEGER", "BOOLEAN")


def test_parquet_holds_the_same_with_types(result, out) -> None:
    with duckdb.connect() as db:
        table = db.execute("SELECT * FROM read_parquet($1)", [str(out / "measurements.parquet")])
        kinds = {name: str(kind) for name, kind, *_ in table.description}
        found = table.fetchall()
        cuts = db.execute(
            "SELECT count(*), count(mean_hu), sum(cut::INT), typeof(any_value(in_slab)) "
            "FROM read_parquet($1)",
            [str(out / "slices.parquet")],
        ).fetchone()
    assert list(kinds) == [*MEASUREMENT]
    assert kinds == {row.key: row.kind for row in MEASUREMENTS}
    assert kinds["value"] == "DOUBLE"
    assert [row[4] for row in found] == [m.value for m in result.measurements]
    assert any(row[4] is None for row in found)
    expected = sum(a.cut for a in result.slice_areas)
    assert cuts == (len(result.slice_areas), len(result.slice_areas), expected, "BOOLEAN")
    assert len(rows(out / "slices.csv")) == len(result.slice_areas)


def test_an_empty_table_is_still_a_table(result, tmp_path: Path) -> None:
    empty = measurement_table(replace(result, measurements=()))
    write_csv(empty, tmp_path / "a.csv")
    write_parquet(empty, tmp_path / "it's.parquet")
    assert rows(tmp_path / "a.csv") == []
    with duckdb.connect() as db:
        path = str(tmp_path / "it's.parquet")
        assert db.execute("SELECT count(*) FROM read_parquet($1)", [path]).fetchone() == (0,)


def test_measurements_json_satisfies_its_own_valid_schema(result, out) -> None:
    Draft202012Validator.check_schema(document.schema())
    found = json.loads((out / "measurements.json").read_text())
    document.validate(found)
    assert found["research_use_only"] == RESEARCH_USE
    assert found["person"]["age_years"] == "90+"
    assert len(found["measurements"]) == len(result.measurements)
    covered = [m["covered_percent"] for m in found["measurements"]]
    assert covered == [m.covered_percent for m in result.measurements]


@pytest.mark.parametrize(
    "change",
    [
        {"value": 0.0, "status": "not_measurable", "reason": "no"},
        {"value": None, "status": "measured", "reason": ""},
        {"value": None, "status": "not_measurable", "reason": ""},
        {"value": 1.0, "status": "partial", "reason": ""},
        {"status": "guessed"},
        {"value": 0.0, "status": "absent", "reason": "no"},
        {"value": None, "status": "absent", "reason": ""},
        {"side": "middle"},
        {"covered_percent": 130.0},
        {"extra": 1},
    ],
)
def test_the_schema_refuses_what_must_not_be(result, change) -> None:
    found = document.measurements_document(result)
    document.validate(found)
    found["measurements"][0] |= change
    with pytest.raises(OutputError, match="measurements/0"):
        document.validate(found)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_never_written(result, tmp_path, value) -> None:
    bad = replace(result.measurements[0], value=value)
    broken = replace(result, measurements=(bad, *result.measurements[1:]))
    with pytest.raises(OutputError, match="not a number"):
        write_results(broken, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_landmarks_json_has_the_fixed_names(out) -> None:
    found = json.loads((out / "landmarks.json").read_text())
    assert found["lung_base_z_mm"] == -203.0
    assert found["slab"]["superior_z_mm"] == -203.0
    assert found["slab"]["inferior_z_mm"] == -394.0
    assert list(found["levels"]) == list(REPORTED)
    assert found["levels"]["L3"]["mid_z_mm"] == -304.0
    assert found["levels"]["L5"]["confidence"] == 0.4
    assert found["levels"]["T12"]["inferior_z_mm"] is None
    assert found["levels"]["S1"]["mid_z_mm"] is None


def test_series_csv_lists_every_series_with_reasons(out) -> None:
    found = {row["key"]: row for row in rows(out / "series.csv")}
    assert list(found) == ["1", "2", "3"]
    assert (found["2"]["verdict"], found["2"]["rank"], found["2"]["measured"]) == (
        "usable",
        "1",
        "true",
    )
    assert found["3"]["verdict"] == "refused"
    assert found["3"]["reasons"] == (
        "kernel: sharp kernel B70f; thin: slices of 1 mm are thinner than 2 mm"
    )
    assert (found["3"]["kernel"], found["1"]["slice_thickness_mm"]) == ("B70f", "")
    assert found["2"]["procedure_codes"] == "CPT 74177"
    assert found["2"]["description"] == "'=ABD 5.0 B31f"  # a spreadsheet must not run it


def test_files_csv_accounts_for_every_file(out) -> None:
    found = rows(out / "files.csv")
    assert [row["file"] for row in found] == ["~1/SE2/IM0001", "~1/SE2/~2.dcm", "~1/~3.pdf"]
    assert [row["status"] for row in found] == ["used", "used", "not_an_image"]
    assert found[2]["reason"] == "neither DICOM nor NIfTI"


def test_no_file_names_the_person(result, out, tmp_path) -> None:
    words = ("DOE", "JANE", "1.2.840", str(tmp_path.parent))
    for path in out.rglob("*"):
        if path.suffix in (".csv", ".json", ".txt", ".html"):
            text = path.read_text(encoding="utf-8")
            for word in words:
                # pictures are left out: their base64 may spell anything
                assert word not in re.sub(r"base64,[^\"]*", "", text), path.name
    person = json.loads((out / "measurements.json").read_text())["person"]
    assert person == {"sex": "F", "age_years": "90+", "height_cm": 165.0, "weight_kg": 70.0}
    assert "patient_age_years" in rows(out / "series.csv")[1]
    assert rows(out / "series.csv")[1]["patient_age_years"] == "90+"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("IM0001", "IM0001"),
        ("ser003/img00001.dcm", "ser003/img00001.dcm"),
        ("0001.dcm", "0001.dcm"),
        ("12345678/IM1", "~1/IM1"),
        ("123456.dcm", "~1.dcm"),
        ("Smith.nii.gz", "~1.nii.gz"),
        ("a\\b.dcm", "~1\\~2.dcm"),
        ("1.2.840.113619.2.55.dcm", "~1.dcm"),
        ("DICOMDIR", "DICOMDIR"),
    ],
)
def test_only_technical_file_names_are_kept(name, shown) -> None:
    assert technical_names([name]) == [shown]


def test_names_that_differ_stay_different() -> None:
    shown = technical_names(["Doe/1", "Roe/1", "Doe/2", "~1/1"])
    assert shown == ["~1/1", "~2/1", "~1/2", "~3/1"]


def test_a_copy_says_of_which_file_without_its_name() -> None:
    """The reason of a copy was written as it stood, with the name of the other file in it."""
    copy = FileEntry(
        name="ROE/1", status="duplicate", reason="an identical copy", copy_of="DOE_JANE/IM1"
    )
    found = Catalogue(files=(copy, FileEntry(name="DOE_JANE/IM1", status="used")), series=())
    wanted = [("~1/1", "an identical copy of ~2/IM1"), ("~2/IM1", "")]
    assert [(row[0], row[3]) for row in file_table(found).rows] == wanted
    listed: Any = series_facts(found, (), files=True)["files"]
    assert [(row["name"], row["reason"]) for row in listed] == wanted


@pytest.mark.parametrize(("age", "shown"), [(None, None), (89.9, 89.9), (90, "90+"), (101, "90+")])
def test_ages_from_90_on_are_capped(age, shown) -> None:
    assert shown_age(Person(age_years=age)) == shown


def test_facts_that_may_not_leave_and_empty_ones_are_left_out() -> None:
    header = SeriesHeader(sop_class_uid="1.2", kvp=120.0, kernel="", cpt=(), gaps=0)
    assert technical(header) == {"kvp": 120.0, "gaps": 0}


@pytest.mark.parametrize(("age", "shown"), [(89.9, 89.9), (90.0, "90+")])
def test_ages_of_headers_are_capped_too(age, shown) -> None:
    assert technical(SeriesHeader(patient_age_years=age)) == {"patient_age_years": shown}


def test_label_files_list_all_twelve(out) -> None:
    found = json.loads((out / "segmentation_labels.json").read_text())
    assert [(row["value"], row["key"]) for row in found] == [(m.value, m.key) for m in MUSCLES]
    snap = (out / "segmentation_labels.txt").read_text()
    assert snap.count('"') == 2 * 13
