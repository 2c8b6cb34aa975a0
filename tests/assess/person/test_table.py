"""Tables of persons and studies: every row accounted for, ids never in a message."""

from __future__ import annotations

import duckdb
import pytest

from myotome.assess.person.table import Joined, join, persons_of, read_persons
from myotome.assess.persons import judge_persons
from myotome.errors import InputError
from myotome.tables.citable.criteria import CRITERIA
from myotome.tables.person.columns import CT_COLUMNS
from myotome.write.data.assessed import CRITERIA_COLUMNS, rows_of


def table(tmp_path, text: str, name: str = "persons.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_persons(path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_of_any_spreadsheet(tmp_path, delimiter) -> None:
    lines = ["id,sex,height_cm,weight_kg,grip_kg", '007,F,160,58,"14;15"', "8,M,180,80,30"]
    text = "\r\n".join(line.replace(",", delimiter) for line in lines)
    persons = table(tmp_path, "\ufeff" + text)
    assert [row.id for row in persons.rows] == ["007", "8"]
    assert persons.rows[0].record.trials("grip_kg") == (14, 15)
    assert not persons.refused


def test_parquet(tmp_path) -> None:
    path = tmp_path / "persons.parquet"
    query = "SELECT 7 AS id, 'F' AS sex, 160.5 AS height_cm, [14.0, 15.0] AS grip_kg, NULL AS tug_s"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    (row,) = read_persons(path).rows
    assert row.id == "7"
    assert row.record.number("height_cm") == 160.5
    assert row.record.trials("grip_kg") == (14, 15)


def parquet(tmp_path, query: str):
    path = tmp_path / "odd.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return read_persons(path)


def test_single_precision_stays_on_the_limit_it_was_written_at(tmp_path) -> None:
    query = "SELECT 'a' AS id, 0.8::FLOAT AS gait_speed_m_s, [26.9::FLOAT, NULL] AS grip_kg"
    (row,) = parquet(tmp_path, query).rows
    assert row.record.number("gait_speed_m_s") == 0.8  # EWGSOP2: <= 0.8 m/s is low
    assert row.record.trials("grip_kg") == (26.9,)


def test_odd_types_of_parquet_refuse_their_row_alone(tmp_path) -> None:
    query = (
        "SELECT 1.0::DOUBLE AS id, 'F'::BLOB AS sex, '160'::VARCHAR AS height_cm "
        "UNION ALL SELECT 'nan'::DOUBLE, 'M', '170' UNION ALL SELECT 'inf'::DOUBLE, 'M', '{}'"
    )
    persons = parquet(tmp_path, query)
    assert [row.id for row in persons.rows] == ["1", "", ""]
    assert persons.rows[0].record.word("sex") == "F"
    assert [row.row for row in persons.refused] == [2, 3]
    query = "SELECT 'a' AS id, {'x': 1} AS tug_s, DATE '2020-02-03' AS calf_cm, uuid() AS waist_cm"
    (row,) = parquet(tmp_path, query).rows
    assert len(row.problems) == 3
    assert "2020" not in " ".join(row.problems)


def test_lines_that_a_spreadsheet_puts_before_the_header(tmp_path) -> None:
    persons = table(tmp_path, "\ufeffsep=;\r\n\r\nid;height_cm;\r\nA;160,5;\r\n")
    assert persons.rows[0].record.number("height_cm") == 160.5
    assert persons.unused_columns == ()


def test_one_id_for_all_is_refused_in_no_time(tmp_path) -> None:
    persons = table(tmp_path, "id,sex\n" + "A,F\n" * 20_000)
    assert len(persons.refused) == 20_000
    assert "and 19990 more" in persons.rows[0].problems[0]


def test_a_unit_mix_up_names_the_row_and_stops_nobody_else(tmp_path) -> None:
    persons = table(tmp_path, "id,sex,height_cm\nA,F,160\nB,F,1.60\n\nC,M,170\nD,Q,180\n")
    assert [row.row for row in persons.rows] == [1, 2, 4, 5]
    assert [row.row for row in persons.refused] == [2, 5]
    assert "metres" in persons.refused[0].problems[0]


def test_ids_that_occur_twice_or_not_at_all_are_refused(tmp_path) -> None:
    persons = table(tmp_path, "id,sex\nSECRET1,F\nB,M\nSECRET1,M\n,F\n")
    assert [row.row for row in persons.refused] == [1, 3, 4]
    said = " ".join(problem for row in persons.rows for problem in row.problems)
    assert "rows 1, 3" in said
    assert "SECRET1" not in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("id,sex\n", "no rows"),
        ("name,sex\nJane,F\n", 'no column "id"'),
        ("id,foo\n1,2\n", "no column that is known"),
        ("id,sex,height_m\n1,F,1.7\n", "Write height_cm"),
        ("id,sex,sex\n1,F,F\n", "column twice: sex"),
        ("id,sex\n1,F\n2,F,3\n", "Row 2 of the table"),
        ('id,sex\n1,"F\n', "cannot be read"),
    ],
)
def test_tables_that_cannot_be_trusted_are_refused(tmp_path, text, said) -> None:
    with pytest.raises(InputError, match=said):
        table(tmp_path, text)


def test_other_files_are_refused_without_their_names(tmp_path) -> None:
    for name, content in {
        "DOE.xlsx": b"PK",
        "DOE.parquet": b"no",
        "DOE*.parquet": b"no",
        "DOE.csv": b"id,sex\n\xff,F",
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputError) as refusal:
            read_persons(path)
        assert "DOE" not in str(refusal.value)
    with pytest.raises(InputError, match="not there"):
        read_persons(tmp_path / "nowhere.csv")


def test_unused_columns_are_told_with_a_suggestion() -> None:
    persons = persons_of(["id", "sex", "heigth_cm", "ward"], [["1", "F", "170", "x"]])
    assert persons.unused_columns == ("heigth_cm Did you mean height_cm?", "ward")


PERSONS = "id,sex,height_cm,weight_kg,age_years\nA,F,160,58,70\nB,M,175,80,60\nC,F,150,50,81\n"
STUDIES = "id,l3_sma_cm2,contrast_phase\nB,160,portal\nZ,100,portal\nA,12000,portal\n"


def test_persons_without_a_study_and_studies_without_a_person_are_both_told(tmp_path) -> None:
    joined = join(table(tmp_path, PERSONS), table(tmp_path, STUDIES))
    assert joined.without_study == (3,)
    assert [scan.row for scan in joined.without_person] == [2]
    assert joined.persons.rows[1].record.number("l3_sma_cm2") == 160
    assert "study (row 3)" in joined.persons.rows[0].problems[0]


def test_a_study_that_contradicts_the_persons_own_row_refuses_it(tmp_path) -> None:
    persons = table(tmp_path, "id,sex,l3_sma_cm2\nA,F,101\nB,F,100\n")
    joined = join(persons, table(tmp_path, "id,l3_sma_cm2\nA,100\nB,100.00001\n"))
    assert ["differs" in " ".join(row.problems) for row in joined.persons.rows] == [True, False]


def test_a_table_of_studies_describes_no_persons(tmp_path) -> None:
    with pytest.raises(InputError, match="also describes persons: sex"):
        join(table(tmp_path, PERSONS), table(tmp_path, "id,sex,l3_sma_cm2\nA,F,100\n"))


def test_one_row_out_per_person_and_criteria_set(tmp_path) -> None:
    joined = join(table(tmp_path, PERSONS), table(tmp_path, STUDIES))
    rows = rows_of(judge_persons(joined, studies=True))
    names = [name for name, _ in CRITERIA_COLUMNS]
    assert len(set(names)) == len(names)
    found = [dict(zip(names, row, strict=True)) for row in rows.criteria]
    # A is refused with its study, B and C are assessed, Z is nobody's
    assert [(r["id"], r["status"], r["study"]) for r in found if r["id"] in "AZ"] == [
        ("A", "refused", "joined"),
        ("Z", "no_person", "joined"),
    ]
    for person, study in (("B", "joined"), ("C", "none")):
        mine = [r for r in found if r["id"] == person]
        assert [r["criteria_set"] for r in mine] == [c.key for c in CRITERIA]
        assert {r["study"] for r in mine} == {study}
    assert found[1]["l3_smi_cm2_m2"] == pytest.approx(160 / 1.75**2, abs=1e-6)
    assert {row[0] for row in rows.cutoffs} == {"B", "C"}
    assert {row[0] for row in rows.references} == {"B"}
    assert rows.refused[0][0] == 1


def test_statements_that_contradict_each_other_refuse_the_row_alone() -> None:
    persons = persons_of(["id", "sarc_f_points", "sppb_points"], [["A", 3, 9], ["B", 11, 9]])
    assert [row.row for row in persons.refused] == [2]
    names = ["id", "gait_distance_m", "gait_time_s", "gait_speed_m_s"]
    joined = Joined(persons=persons_of(names, [["A", 4, 5, 1.2], ["B", 4, 5, 0.8]]))
    rows = rows_of(judge_persons(joined))
    assert [row for row, _ in rows.refused] == [1]
    assert len(rows.criteria) == 1 + len(CRITERIA)


def test_ages_from_90_leave_as_90_plus() -> None:
    persons = persons_of(
        ["id", "sex", "age_years", "asm_bia_kg", "l3_smi_cm2_m2"], [["A", "F", "94.5", 15, 40]]
    )
    rows = rows_of(judge_persons(Joined(persons=persons)))
    place = [name for name, _ in CRITERIA_COLUMNS].index("age_years")
    assert {row[place] for row in rows.criteria} == {"90+"}
    said = " ".join(map(str, (*rows.criteria, *rows.cutoffs, *rows.references)))
    assert "94" not in said


def test_columns_of_scans_are_facts_as_they_stand() -> None:
    assert all(row.fact == row.key for row in CT_COLUMNS)
