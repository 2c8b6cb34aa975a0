"""One row per study: the numbers of the results, and nothing in place of what is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from myotome import open_cohort
from myotome.cohort.review import words
from myotome.cohort.review.words import Word
from myotome.cohort.store import parts
from myotome.cohort.store.layout import Layout
from myotome.cohort.store.record import Record, save
from myotome.cohort.tables.wanted import Wanted, listed
from myotome.cohort.tables.wide import for_statistics, wide
from myotome.errors import InputError
from myotome.tables.cohort.verdicts import VERDICTS
from myotome.tables.cohort.wide import EXCLUSION, PEOPLE
from myotome.tables.outputs.wide import wide_name

Cells = dict[str, Any]
PSOAS = "psoas_left_slab_gross_mass_g"


def table(folder: Path, **asked: Any) -> dict[str, Cells]:
    with open_cohort(folder) as cohort:
        found = cohort.wide(**asked)
        names = found.columns
        return {row[0]: dict(zip(names, row, strict=True)) for row in found.fetchall()}


def test_every_number_of_a_study_is_in_its_column(folder: Path, rows: list[Cells]) -> None:
    found = table(folder)["accepted"]
    assert len(rows) > 300
    names = []
    for row in rows:
        keys = ("quantity", "structure", "side", "level", "unit")
        name = wide_name(**{key: row[key] for key in keys})
        value = row["value"] if row["status"] == "measured" else None
        assert found[name] == value, name
        names.append(name)
    assert len(set(names)) == len(names)
    assert [n for n in found if n not in names] == [c.key for c in PEOPLE] + [
        *("CPT code", "given_Sex", "site", "frail", "grip", "=cmd"),
    ]


def test_what_was_not_measured_is_empty_in_every_study(folder: Path, rows: list[Cells]) -> None:
    missing = [row for row in rows if row["value"] is None]
    assert missing
    with open_cohort(folder) as cohort:
        keys = ("quantity", "structure", "side", "level", "unit")
        for row in missing[:5]:
            name = wide_name(**{key: row[key] for key in keys})
            found = cohort.wide().aggregate(f'count(*), count("{name}")')
            assert found.fetchall() == [(7, 0)]


def test_a_part_of_a_muscle_is_shown_only_if_asked_for(folder: Path) -> None:
    asked = {"quantities": ["gross_mass"], "with_": ["status", "low_90", "reason"]}
    kept, all_ = table(folder, **asked), table(folder, **asked, partial=True)
    assert kept["partial"][PSOAS] is None
    assert kept["partial"][f"{PSOAS}_status"] == "partial"
    assert kept["partial"][f"{PSOAS}_reason"] == "cut"
    assert kept["partial"][f"{PSOAS}_low_90"] is None
    assert all_["partial"][PSOAS] == kept["accepted"][PSOAS] > 0
    assert kept["accepted"][f"{PSOAS}_status"] == "measured"
    assert kept["later"][PSOAS] == 2 * kept["first"][PSOAS]


def test_failed_studies_are_rows_only_if_asked_for(folder: Path) -> None:
    assert "failed" not in table(folder)
    found = table(folder, studies="all")["failed"]
    assert (found["state"], found["reason"]) == ("failed", "no_usable_series")
    assert found["excluded_why"] == "failed"
    assert found[PSOAS] is None
    assert set(table(folder, studies="usable")) == {"accepted", "first", "later", "partial"}


def test_who_the_person_is(folder: Path) -> None:
    found = table(folder, levels=["L3"])
    accepted = found["accepted"]
    assert accepted["bmi_kg_m2"] == pytest.approx(70 / 1.68**2)
    assert found["first"]["bmi_kg_m2"] is None
    assert (accepted["CPT code"], accepted["given_Sex"], accepted["site"]) == ("74177", "w", 3)
    assert (accepted["frail"], accepted["grip"], accepted["sex"]) == (True, 20.5, "F")
    assert found["rejected"]["site"] == 4
    assert found["rejected"]["frail"] is None
    assert list(found)[:3] == ["first", "later", "accepted"]  # of one person, in their order


def test_the_newest_word_of_every_reviewer_counts_for_the_attempt_that_stands(
    folder: Path,
) -> None:
    found = table(folder, levels=["L3"])
    said = {name: (row["accepted"], row["excluded_why"]) for name, row in found.items()}
    assert said == {
        "accepted": (True, None),
        "first": (None, None),
        "later": (None, None),
        "trained": (None, "training"),
        "rejected": (False, "rejected"),
        "level": (False, "wrong_level"),
        "partial": (None, None),
    }


def test_only_what_is_asked_for_is_there(folder: Path) -> None:
    names = list(
        table(
            folder,
            levels=["l3"],
            quantities=["AREA"],
            structures=["psoas", "visceral_fat"],
            sides=["both"],
        )["accepted"]
    )
    own = [column.key for column in PEOPLE]
    assert names[: len(own)] == own
    assert names[-2:] == ["psoas_l3_area_cm2", "visceral_fat_l3_area_cm2"]
    sided = table(folder, quantities=["area"], levels=["L3"], structures=["psoas"], sides=["left"])
    assert list(sided["accepted"])[-1] == "psoas_left_l3_area_cm2"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"levels": ["L9"]}, 'no level "L9".*L3'),
        ({"quantities": ["aera"]}, 'no quantity "aera".*area'),
        ({"structures": ["'); DROP TABLE studies; --"]}, "no structure"),
        ({"sides": ["middle"]}, "no side"),
        ({"with_": ["colour"]}, 'no column beside a value "colour"'),
        ({"studies": "some"}, "choice of studies.*done"),
    ],
)
def test_a_word_that_no_number_has_is_refused(
    folder: Path, asked: dict[str, Any], words: str
) -> None:
    with open_cohort(folder) as cohort, pytest.raises(InputError, match=words):
        cohort.wide(**asked)


def test_statistics_get_whole_values_and_the_counts_of_what_they_leave_out(folder: Path) -> None:
    found = for_statistics(folder)
    assert found.studies == 8
    assert found.excluded == {"failed": 1, "training": 1, "rejected": 1, "wrong_level": 1}
    assert set(found.excluded) == set(EXCLUSION)
    frame = found.rows.set_index("study")
    assert len(frame) == 7
    assert frame.loc["partial", [PSOAS]].isna().all()
    assert frame.loc["trained", "training"]


def test_portions_hold_whole_studies_of_the_last_attempt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cohort.json").write_text('{"format": 1}')
    layout = Layout(root=tmp_path)
    monkeypatch.setattr(parts, "MOST_AT_ONCE", 2)

    def number(value: float, side: str) -> Cells:
        place = {"quantity": "area", "structure": "psoas", "side": side, "level": "L3"}
        return {**place, "unit": "cm2", "value": value, "status": "measured"}

    def kept(name: str, attempt: int) -> None:
        told = {"study": name, "attempt": attempt, "state": "done"}
        numbers = [number(float(attempt), "left"), number(10.0 * attempt, "right")]
        save(Record(study=told, rows={"measurements": numbers}), layout)

    for name in "abcdefghijk":
        kept(name, 1)
    parts.compact(layout)
    kept("a", 2)  # another part holds its first attempt
    parts.compact(layout)
    kept("b", 3)  # the inbox holds its last one
    with open_cohort(tmp_path) as cohort:
        portions = list(cohort.portions("measurements"))
        assert len(portions) == 3
        seen = [
            (study, number)
            for number, portion in enumerate(portions)
            for study in {row[0] for row in cohort.sql(f"FROM {portion}").fetchall()}
        ]
    assert sorted(study for study, _ in seen) == list("abcdefghijk")
    found = table(tmp_path)
    assert found["a"]["psoas_left_l3_area_cm2"] == 2.0
    assert found["b"]["psoas_right_l3_area_cm2"] == 30.0
    assert {found[name]["psoas_right_l3_area_cm2"] for name in "cdefghijk"} == {10.0}


def test_an_empty_cohort_has_an_empty_table(tmp_path: Path) -> None:
    (tmp_path / "cohort.json").write_text('{"format": 1}')
    with open_cohort(tmp_path) as cohort:
        assert cohort.wide().fetchall() == []
        assert cohort.wide().columns == [column.key for column in PEOPLE]


def test_a_cohort_of_failures_has_people_and_no_numbers(tmp_path: Path) -> None:
    (tmp_path / "cohort.json").write_text('{"format": 1}')
    told = {"study": "a", "attempt": 1, "state": "failed", "subject": "s", "reason": "geometry"}
    save(Record(study=told, rows={}), Layout(root=tmp_path))
    with open_cohort(tmp_path) as cohort:
        assert cohort.wide().fetchall() == []
        made = wide(cohort, Wanted(studies="all"))
        assert made.shown == 1
        assert made.excluded == {"failed": 1}


def test_columns_of_a_manifest_called_as_ours_or_by_odd_names(tmp_path: Path) -> None:
    (tmp_path / "cohort.json").write_text('{"format": 1}')
    given = {"study": 1, "STUDY": 2, 'a"b': 3, "x" * 300: 4, "n": 1.5, "list": [1]}
    told = {"study": "a", "attempt": 1, "state": "done", "given": json.dumps(given)}
    save(Record(study=told, rows={}), Layout(root=tmp_path))
    found = table(tmp_path)["a"]
    assert (found["given_study"], found["given_given_STUDY"], found['a"b']) == (1, 2, 3)
    assert (found["x" * 300], found["n"], found["list"]) == (4, 1.5, "[1]")


def test_a_damaged_review_is_refused_but_for_the_line_being_written(tmp_path: Path) -> None:
    (tmp_path / "cohort.json").write_text('{"format": 1}')
    layout = Layout(root=tmp_path)
    save(Record(study={"study": "a", "attempt": 1, "state": "done"}, rows={}), layout)
    word = Word(study="a", reviewer="r", verdict="accept", comment="", utc="1", attempt=1)
    words.say(word, layout)
    good = layout.review.read_text()
    layout.review.write_text(f'{good}{{"study": "a", "verd')
    assert table(tmp_path)["a"]["accepted"] is True
    layout.review.write_text(f"{{\n{good}")
    with pytest.raises(InputError, match="line 1 of review"):
        table(tmp_path)


def test_every_verdict_leads_to_a_decision(tmp_path: Path) -> None:
    (tmp_path / "cohort.json").write_text('{"format": 1}')
    layout = Layout(root=tmp_path)
    for key in VERDICTS:
        save(Record(study={"study": key, "attempt": 1, "state": "done"}, rows={}), layout)
        said = {"study": key, "reviewer": "r", "comment": "x", "utc": "1"}
        words.say(Word(verdict=key, attempt=1, **said), layout)
    found = table(tmp_path)
    for key, row in VERDICTS.items():
        assert found[key]["accepted"] is row.accepts
        assert (found[key]["excluded_why"] is not None) == (row.accepts is False)


def test_words_are_given_apart_or_with_commas() -> None:
    assert listed(["L3,L4", "L3"]) == ("L3", "L4")
    assert listed(None) == ()


def test_statistics_read_the_cohort_folder_itself(folder: Path) -> None:
    pytest.importorskip("pandas")
    from myotome.stats.table.read import read_table

    found = read_table(folder)
    assert found.notes[0] == "1 studies of the cohort could not be measured."
    assert found.studies == 7
    assert found.studies == len(found.rows) + sum(e.rows for e in found.excluded)
    assert "trained" not in set(found.rows["study"])
    assert PSOAS in found.rows
