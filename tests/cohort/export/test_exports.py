"""What is handed on is what was measured, in the form that each standard wants."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from myotome import open_cohort
from myotome.cohort.export.every import WRITERS, export
from myotome.cohort.export.omop import UNMAPPED, source_code
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.record import Record, save
from myotome.cohort.tables.wanted import Wanted
from myotome.errors import InputError, OutputError
from myotome.tables.cohort.exports import FORM, OMOP_MAP, OMOP_MEASUREMENT, REDCAP_COLUMNS

Rows = list[dict[str, str]]
PSOAS = "psoas_left_slab_gross_mass_g"
STUDIES = {"accepted", "first", "later", "trained", "rejected", "level", "partial"}


def read(path: Path, delimiter: str = ",") -> Rows:
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines, delimiter=delimiter))


@pytest.fixture(scope="module")
def exported(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    root, done = tmp_path_factory.mktemp("exports"), dict[str, Path]()

    def made(form: str) -> Path:
        if form not in done:
            done[form] = root / form
            with open_cohort(folder) as cohort:
                export(cohort, form, done[form], Wanted())
        return done[form]

    return made


@pytest.fixture(scope="module")
def wide(folder: Path) -> dict[str, dict[str, Any]]:
    with open_cohort(folder) as cohort:
        found = cohort.wide()
        return {row[0]: dict(zip(found.columns, row, strict=True)) for row in found.fetchall()}


@pytest.mark.parametrize("form", list(WRITERS))
def test_every_form_says_what_it_is_and_counts_every_study(
    exported: Callable[[str], Path], form: str
) -> None:
    text = (exported(form) / "README").read_text(encoding="utf-8")
    assert FORM[form].words in text
    assert "7 of 8 studies are in the table; statistics leave out 1 failed" in text
    assert "Research use only" in text
    assert not [p for p in exported(form).parent.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize("form", list(WRITERS))
def test_no_path_of_the_machine_is_in_any_file(
    exported: Callable[[str], Path], folder: Path, form: str
) -> None:
    for path in exported(form).rglob("*"):
        if path.is_file():
            assert str(folder).encode() not in path.read_bytes()


def test_redcap_takes_the_dictionary(exported: Callable[[str], Path]) -> None:
    fields = read(exported("redcap") / "redcap_data_dictionary.csv")
    assert tuple(fields[0]) == REDCAP_COLUMNS
    assert fields[0]["Variable / Field Name"] == "record_id"
    names = [field["Variable / Field Name"] for field in fields]
    assert len(set(names)) == len(names)
    for field, name in zip(fields, names, strict=True):
        assert re.fullmatch(r"[a-z](_?[a-z0-9])*", name)
        assert len(name) <= 100
        assert field["Form Name"] == "myotome"
        assert field["Field Label"]
        assert field["Branching Logic (Show field only if...)"] == ""
        assert not set(field["Field Label"] + field["Field Note"]) & set("<>")
    by_name = dict(zip(names, fields, strict=True))
    kind = "Text Validation Type OR Show Slider Number"
    assert (by_name[PSOAS]["Field Type"], by_name[PSOAS][kind]) == ("text", "number")
    assert by_name["site"][kind] == "integer"
    assert by_name["frail"]["Field Type"] == by_name["training"]["Field Type"] == "yesno"
    assert by_name["sex"]["Choices, Calculations, OR Slider Labels"] == "F, female | M, male"
    assert {"cpt_code", "given_sex", "cmd"} <= set(names)


def test_redcap_takes_the_data(exported: Callable[[str], Path], wide: dict[str, Any]) -> None:
    rows = read(exported("redcap") / "redcap_data.csv")
    fields = read(exported("redcap") / "redcap_data_dictionary.csv")
    own = ["redcap_repeat_instrument", "redcap_repeat_instance", "myotome_complete"]
    named = [field["Variable / Field Name"] for field in fields]
    assert [name for name in rows[0] if name not in own] == named
    assert {row["study"] for row in rows} == STUDIES
    keys = [(row["record_id"], row["redcap_repeat_instance"]) for row in rows]
    assert len(set(keys)) == len(keys)
    of_one = [
        (r["study"], r["redcap_repeat_instance"]) for r in rows if "accepted" in r["record_id"]
    ]
    assert of_one == [("first", "1"), ("later", "2"), ("accepted", "3")]
    kind = "Text Validation Type OR Show Slider Number"
    for field in fields:
        if field[kind] == "number":
            cells = [row[field["Variable / Field Name"]] for row in rows]
            assert all(re.fullmatch(r"-?\d+(\.\d+)?|", cell) for cell in cells)
    for row in rows:
        value = wide[row["study"]][PSOAS]
        assert (
            row[PSOAS] == "" if value is None else float(row[PSOAS]) == pytest.approx(value, 1e-5)
        )
        assert row["training"] == str(int(row["study"] == "trained"))
    (hurt,) = [row for row in rows if row["study"] == "rejected"]
    assert hurt["cmd"] == "'=1+1"


def test_redcap_without_follow_up_needs_no_repeating(tmp_path: Path) -> None:
    (tmp_path / "cohort.json").write_text('{"format": 1}')
    for name in "ab":
        told = {"study": name, "attempt": 1, "state": "done"}  # nobody knows whose they are
        save(Record(study=told, rows={}), Layout(root=tmp_path))
    with open_cohort(tmp_path) as cohort:
        export(cohort, "redcap", tmp_path / "out", Wanted())
    rows = read(tmp_path / "out" / "redcap_data.csv")
    assert [row["record_id"] for row in rows] == ["a", "b"]
    assert "redcap_repeat_instance" not in rows[0]


def test_omop_rows_have_the_fields_of_the_model(exported: Callable[[str], Path]) -> None:
    folder = exported("omop")
    tables = (("measurement", OMOP_MEASUREMENT), ("source_to_concept_map", OMOP_MAP))
    for name, fields in tables:
        rows = read(folder / f"{name}.csv")
        assert list(rows[0]) == [field.key for field in fields]
        for field in fields:
            cells = [row[field.key] for row in rows]
            assert all(cells) or not field.required
            width = re.fullmatch(r"varchar\((\d+)\)", field.kind)
            if width:
                assert max(map(len, cells)) <= int(width[1])
            if field.kind == "integer":
                assert all(re.fullmatch(r"\d*", cell) for cell in cells)
            if field.kind == "date":
                assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", cell) for cell in cells)


def test_omop_rows_are_the_measured_values_and_claim_no_concept(
    exported: Callable[[str], Path], wide: dict[str, Any]
) -> None:
    folder = exported("omop")
    rows = read(folder / "measurement.csv")
    assert len({row["measurement_id"] for row in rows}) == len(rows)
    concepts = [key for key in rows[0] if key.endswith("concept_id")]
    assert {row[key] for row in rows for key in concepts} == {str(UNMAPPED), ""}
    numbers = [name for name in wide["first"] if re.search(r"_(l3|slab)_", name)]
    measured = sum(wide[s][name] is not None for s in STUDIES for name in numbers)
    codes = {source_code(name) for name in numbers}
    assert len(codes) == len(numbers)
    assert sum(row["measurement_source_value"] in codes for row in rows) == measured > 1000
    studies = {row["study"]: row for row in read(folder / "study_map.csv")}
    assert studies["later"]["measurement_date"] == "1971-02-05"  # 400 days after 1970-01-01
    assert studies["later"]["interval_is_known"] == "true"
    assert studies["level"]["interval_is_known"] == "false"
    assert studies["first"]["person_id"] == studies["later"]["person_id"]
    people = {row["person_id"]: row for row in read(folder / "person_map.csv")}
    assert people[studies["later"]["person_id"]]["person_source_value"] == "subject-accepted"
    (value,) = [
        row["value_as_number"]
        for row in rows
        if row["measurement_source_value"] == PSOAS and row["measurement_date"] == "1971-02-05"
    ]
    assert float(value) == wide["later"][PSOAS]


def test_omop_maps_every_source_value(exported: Callable[[str], Path]) -> None:
    rows = read(exported("omop") / "source_to_concept_map.csv")
    measured = read(exported("omop") / "measurement.csv")
    named = {r["source_code"] for r in rows if r["source_vocabulary_id"] == "MYOTOME"}
    assert {row["measurement_source_value"] for row in measured} <= named
    units = {r["source_code"] for r in rows if r["source_vocabulary_id"] == "MYOTOME_UNIT"}
    assert {row["unit_source_value"] for row in measured} <= units
    assert "[hnsf'U]" in units


BIDS_NAME = re.compile(
    r"sub-[0-9A-Za-z]+(_ses-[0-9A-Za-z]+)?(_desc-[0-9A-Za-z]+)?_[a-z]+\.(tsv|json)"
)


def test_bids_files_keep_the_rules_of_the_specification(exported: Callable[[str], Path]) -> None:
    folder = exported("bids")
    about = json.loads((folder / "dataset_description.json").read_text())
    assert {"Name", "BIDSVersion", "DatasetType", "GeneratedBy"} <= set(about)
    assert about["DatasetType"] == "derivative"
    assert about["GeneratedBy"][0]["Name"] == "Myotome"
    people = read(folder / "participants.tsv", "\t")
    assert next(iter(people[0])) == "participant_id"
    labels = [row["participant_id"] for row in people]
    assert len(set(labels)) == len(labels) == 5
    assert all(re.fullmatch(r"sub-[0-9A-Za-z]+", label) for label in labels)
    assert set(labels) == {path.name for path in folder.glob("sub-*")}
    for path in folder.rglob("*"):
        if path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
        if path.suffix == ".tsv":
            lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
            assert len({line.count("\t") for line in lines}) == 1
            assert not any("\t\t" in line or line.endswith("\t") for line in lines)
        if path.is_file() and path.parent.name == "ct":
            assert BIDS_NAME.fullmatch(path.name)
            session, label = path.parents[1].name, path.parents[2].name
            assert path.name.startswith(f"{label}_{session}_")
            assert path.with_suffix(".json").exists()


def test_bids_columns_are_all_described(exported: Callable[[str], Path]) -> None:
    folder = exported("bids")
    (one, *_) = sorted(folder.glob("sub-*/ses-*/ct/*.tsv"))
    (sessions, *_) = sorted(folder.glob("sub-*/*_sessions.tsv"))
    pairs = (
        (folder / "participants.tsv", folder / "participants.json"),
        (sessions, folder / "sessions.json"),
        (folder / "phenotype" / "myotome.tsv", folder / "phenotype" / "myotome.json"),
        (one, folder / "desc-myotome_measurements.json"),
    )
    for table, sidecar in pairs:
        names = table.read_text(encoding="utf-8").splitlines()[0].split("\t")
        assert len(set(names)) == len(names)
        told = json.loads(sidecar.read_text(encoding="utf-8"))
        assert set(names) - {"participant_id", "session_id"} <= set(told), table.name


def test_bids_holds_the_numbers(exported: Callable[[str], Path], wide: dict[str, Any]) -> None:
    folder = exported("bids")
    rows = read(folder / "phenotype" / "myotome.tsv", "\t")
    assert len(rows) == 7
    of_one = [row for row in rows if row["participant_id"] == "sub-subjectaccepted"]
    assert [row["session_id"] for row in of_one] == ["ses-01", "ses-02", "ses-03"]
    assert float(of_one[1][PSOAS]) == pytest.approx(wide["later"][PSOAS], 1e-5)
    (cut,) = [row for row in rows if row["participant_id"] == "sub-subjectpartial"]
    assert cut[PSOAS] == "n/a"
    (path,) = folder.glob("sub-subjectaccepted/ses-02/ct/*.tsv")
    (cell,) = [
        row["value"]
        for row in read(path, "\t")
        if (row["quantity"], row["structure"], row["side"]) == ("gross_mass", "psoas", "left")
    ]
    assert float(cell) == pytest.approx(wide["later"][PSOAS], 1e-5)


def test_an_age_above_89_is_told_as_such_in_bids(tmp_path: Path) -> None:
    (tmp_path / "cohort.json").write_text('{"format": 1}')
    for name, age in (("a-1", 89.0), ("a1", 89.5)):
        told = {"study": name, "attempt": 1, "state": "done", "age_years": age}
        save(Record(study=told, rows={}), Layout(root=tmp_path))
    with open_cohort(tmp_path) as cohort:
        export(cohort, "bids", tmp_path / "out", Wanted())
    rows = read(tmp_path / "out" / "participants.tsv", "\t")
    found = {row["participant_id"]: row["age"] for row in rows}
    assert found == {"sub-a1": "89", "sub-a1x2": "89+"}


def test_the_parquet_dataset_is_read_by_others(
    exported: Callable[[str], Path], rows: list[Any]
) -> None:
    import duckdb
    import polars

    folder = exported("parquet")
    frame = polars.read_parquet(folder / "measurements", hive_partitioning=True)
    assert frame.height == 7 * len(rows)
    masses = frame.filter(polars.col("quantity") == "gross_mass", polars.col("study") == "first")
    assert masses["unit"].unique().to_list() == ["g"]
    hive = duckdb.read_parquet(f"{folder}/measurements/*/*.parquet", hive_partitioning=True)
    assert hive.aggregate("count(*)").fetchall() == [(7 * len(rows),)]
    assert polars.read_parquet(folder / "wide.parquet").height == 7
    assert polars.read_parquet(folder / "flags.parquet").height == 21


def test_only_what_is_asked_for_is_handed_on(folder: Path, tmp_path: Path) -> None:
    asked = Wanted(levels=("L3",), quantities=("area",), structures=("psoas",), studies="usable")
    with open_cohort(folder) as cohort:
        _, said = export(cohort, "csv", tmp_path / "c", asked)
        assert said["rows"] == {
            "wide": 4, "measurements": 12, "flags": 12, "series": 0, "slices": 0
        }  # fmt: skip
        _, said = export(cohort, "omop", tmp_path / "o", asked)
        assert said["rows"] == 12
        _, said = export(cohort, "bids", tmp_path / "b", asked)
    assert said == {"participants": 2, "sessions": 4}


def test_failed_studies_are_in_no_standard_but_as_rows_without_numbers(
    folder: Path, tmp_path: Path
) -> None:
    with open_cohort(folder) as cohort:
        export(cohort, "redcap", tmp_path / "r", Wanted(studies="all", levels=("L3",)))
        export(cohort, "parquet", tmp_path / "p", Wanted(studies="all", levels=("L3",)))
    rows = read(tmp_path / "r" / "redcap_data.csv")
    (failed,) = [row for row in rows if row["study"] == "failed"]
    assert failed["state"] == "failed"
    assert failed["psoas_l3_area_cm2"] == ""


def test_a_form_nobody_knows_and_a_folder_in_use_are_refused(folder: Path, tmp_path: Path) -> None:
    with open_cohort(folder) as cohort:
        with pytest.raises(InputError, match="csv, parquet, redcap, omop, bids"):
            export(cohort, "xlsx", tmp_path / "x", Wanted())
        (tmp_path / "full").mkdir()
        (tmp_path / "full" / "mine.txt").write_text("mine")
        with pytest.raises(OutputError, match="not empty"):
            export(cohort, "csv", tmp_path / "full", Wanted())
        (tmp_path / "file").write_text("")
        with pytest.raises(OutputError):
            export(cohort, "csv", tmp_path / "file" / "x", Wanted())
        (tmp_path / "empty").mkdir()
        export(cohort, "csv", tmp_path / "empty", Wanted(levels=("L3",)))
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"
    assert {p.name for p in tmp_path.iterdir()} == {"full", "file", "empty"}
