"""Tables of people: what is read, what is left out and counted, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from myotome.errors import InputError
from myotome.stats.table.read import from_frame, read_table
from myotome.write.data.table import Table as Cells
from myotome.write.data.table import write_parquet

HEAD = "study,subject,sex,age_years,psoas_slab_gross_mass_g,training,accepted,excluded_why"


def _csv(folder: Path, *lines: str, head: str = HEAD) -> Path:
    path = folder / "table.csv"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def test_every_row_left_out_is_counted_once_by_its_first_reason(tmp_path: Path) -> None:
    found = read_table(
        _csv(
            tmp_path,
            "s1,a,F,60,200,false,true,",
            "s2,b,F,61,201,true,false,",  # training comes first
            "s3,c,M,62,301,false,false,",
            "s4,d,M,63,302,false,,blurred",
            "s5,e,,64,303,false,,",
            "s6,f,M,,304,false,,",
            "s7,a,F,61,199,false,true,",
            "s8,g,M,40,400,false,,",
        )
    )
    assert {e.rule: e.rows for e in found.excluded} == {
        "training": 1, "not_accepted": 1, "excluded": 1,
        "sex_missing": 1, "age_missing": 1, "repeated_subject": 1,
    }  # fmt: skip
    assert list(found.rows["study"]) == ["s1", "s8"]
    assert found.studies == len(found.rows) + sum(e.rows for e in found.excluded)
    assert len(found.source) == 64


def test_a_subjects_first_usable_study_counts(tmp_path: Path) -> None:
    found = read_table(_csv(tmp_path, "s1,a,F,60,200,,false,", "s2,a,F,61,201,,,"))
    assert list(found.rows["study"]) == ["s2"]


def test_rows_without_a_subject_are_a_person_each(tmp_path: Path) -> None:
    found = read_table(_csv(tmp_path, "F,60", "F,60", head="sex,age_years"))
    assert len(found.rows) == 2
    assert any("another person" in note for note in found.notes)


def test_csv_and_parquet_read_alike(tmp_path: Path) -> None:
    columns = (("sex", "VARCHAR"), ("age_years", "DOUBLE"), ("height_cm", "DOUBLE"),
               ("weight_kg", "DOUBLE"), ("training", "BOOLEAN"))  # fmt: skip
    rows = [("F", 60.0, 160.0, 64.0, False), ("M", 50.0, 180.0, None, True)]
    write_parquet(Cells(columns=columns, rows=rows), tmp_path / "t.parquet")
    text = _csv(
        tmp_path,
        "female,60,160,64,no",
        "M,50,180,NA,yes",
        head="sex,Age_Years,height_cm,weight_kg,training",
    )
    first, second = read_table(tmp_path / "t.parquet"), read_table(text)
    assert first.rows.equals(second.rows)
    assert first.rows["bmi_kg_m2"].tolist() == pytest.approx([25.0])


def test_spreadsheets_decimal_commas_and_capped_ages(tmp_path: Path) -> None:
    head = "sex;age_years;psoas_slab_gross_mass_g"
    found = read_table(_csv(tmp_path, "F;90+;200,5", "M;71,5;", head=head))
    assert found.rows["age_years"].tolist() == [90.0, 71.5]
    assert found.rows["psoas_slab_gross_mass_g"].tolist()[0] == 200.5
    assert found.rows["psoas_slab_gross_mass_g"].isna().tolist() == [False, True]


def test_missing_sums_are_made_and_keep_what_is_unknown(tmp_path: Path) -> None:
    head = "sex,age_years,psoas_left_slab_gross_mass_g,psoas_right_slab_gross_mass_g"
    found = read_table(_csv(tmp_path, "F,60,100,110", "M,60,150,", head=head))
    assert found.rows["psoas_slab_gross_mass_g"].tolist()[0] == 210
    assert found.rows["psoas_slab_gross_mass_g"].isna().tolist() == [False, True]


def test_other_columns_stay_words(tmp_path: Path) -> None:
    found = read_table(_csv(tmp_path, "F,60,074177", head="sex,age_years,cpt_code"))
    assert found.rows["cpt_code"].tolist() == ["074177"]


def test_heights_nobody_has_are_taken_as_not_given_and_said(tmp_path: Path) -> None:
    head = "sex,age_years,height_cm"
    found = read_table(_csv(tmp_path, "F,60,160", "F,61,1600", "F,61,161", head=head))
    assert found.rows["height_cm"].isna().tolist() == [False, True, False]
    assert any("1 values of height_cm" in note for note in found.notes)


@pytest.mark.parametrize(
    ("head", "lines", "said"),
    [
        ("sex,age", ["F,60"], 'lacks the column age_years.*"age" is there'),
        ("age_years", ["60"], "lacks the column sex"),
        ("sex,age_years", ["0,60"], "means different things"),
        ("sex,age_years", [], "no rows"),
        ("sex,age_years", ["F,sixty"], 'Column "age_years", row 1'),
        ("sex,age_years,total_slab_gross_mass_g", ["F,60,1", "F,60,1,234"], "not 3 cells"),
        ("sex,age_years,sex", ["F,60,F"], "twice"),
        ("sex,age_years,height_cm", ["F,60,1.6", "M,61,1.8"], "in another unit"),
        ("sex,age_years,training", ["F,60,perhaps"], "true or false"),
        ("sex,age_years,training", ["F,60,true"], "No row of the table is left"),
        ("sex,age_years,psoas_slab_gross_mass_g", ["F,60,inf"], "a number is wanted"),
    ],
)
def test_what_is_refused(head: str, lines: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_table(_csv(tmp_path, *lines, head=head))
    assert "sixty" not in str(caught.value)


def test_a_thousands_comma_is_not_guessed(tmp_path: Path) -> None:
    head = "sex;age_years;total_slab_gross_mass_g"
    with pytest.raises(InputError, match="row 1 of the table: a number is wanted"):
        read_table(_csv(tmp_path, "F;60;2,041", head=head))


def test_a_column_that_is_wanted_and_is_not_there(tmp_path: Path) -> None:
    found = read_table(_csv(tmp_path, "F,60,", head="sex,age_years,height_cm"))
    with pytest.raises(InputError, match="lacks the column total_slab_gross_mass_g"):
        found.require("total_slab_gross_mass_g")
    with pytest.raises(InputError, match="no value in the column height_cm"):
        found.require("height_cm")


def test_a_frame_is_read_as_a_file_is() -> None:
    import pandas as pd

    found = from_frame(pd.DataFrame({"sex": ["F", None], "age_years": [60.0, 61.0]}))
    assert len(found.rows) == 1
    assert found.source == ""
