"""The commands: words in, one JSON line and an exit code out, ids never said."""

from __future__ import annotations

import csv
import json

import duckdb
import pytest
import typer
from typer.testing import CliRunner

from myotome.cli.assess import add_to
from myotome.tables.citable.criteria import CRITERIA
from myotome.tables.citable.cutoffs import CUTOFFS
from myotome.tables.person.columns import PERSON_COLUMNS
from myotome.write.data.assessed import CRITERIA_COLUMNS, CUTOFF_COLUMNS, REFERENCE_COLUMNS

PERSONS = (
    "id,sex,age_years,height_cm,weight_kg,grip_kg,l3_sma_cm2\n"
    "SECRET1,F,72,160,58,15.5,98\nSECRET2,M,70,1.75,80,30,150\nSECRET3,M,70,175,80,30,150\n"
)


@pytest.fixture
def call():
    app = typer.Typer(pretty_exceptions_enable=False)
    add_to(app)

    def run(*words: str):
        done = CliRunner().invoke(app, list(map(str, words)))
        return done.exit_code, json.loads(done.stdout.strip().splitlines()[-1]), done.stderr

    return run


def rows(path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


@pytest.fixture
def persons(tmp_path):
    path = tmp_path / "persons.csv"
    path.write_text(PERSONS, encoding="utf-8")
    return path


def test_one_person_by_options(call) -> None:
    code, answer, said = call(
        "assess", "--sex", "F", "--age", "72", "--height-cm", "160", "--weight-kg", "58",
        "--grip-right-kg", "14/15.5", "--chair-stands-5-s", "unable",
    )  # fmt: skip
    assert code == 0
    assert answer["facts"]["grip_kg"]["value"] == 15.5
    assert answer["facts"]["chair_stands_5_s"]["unable"] is True
    assert {c["key"] for c in answer["criteria"]} == {c.key for c in CRITERIA}
    assert len(answer["cutoffs"]) == len(CUTOFFS)
    (ewgsop2,) = [c for c in answer["criteria"] if c["key"] == "ewgsop2"]
    assert (ewgsop2["met"], ewgsop2["step"]) == ("yes", "assess")
    assert "not assessable" in ewgsop2["conclusion"]
    assert answer["research_use"].startswith("Research use only.")
    assert "Research use only." in said


def test_options_replace_the_file_and_are_checked_with_it(call, tmp_path) -> None:
    path = tmp_path / "person.json"
    path.write_text('{"sex": "M", "height_cm": 180, "grip_kg": [20, 22]}', encoding="utf-8")
    code, answer, _ = call("assess", "--person", path, "--grip-kg", "25", "--weight-kg", "81")
    assert code == 0
    assert answer["facts"]["grip_kg"]["value"] == 25
    assert answer["facts"]["bmi_kg_m2"]["value"] == 25
    code, answer, _ = call("assess", "--person", path, "--weight-kg", "25")
    assert code == 3
    assert "BMI" in answer["error"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--height-cm", "1.70"), 3, "metres"),
        (("--sarc-f-falls", "3"), 3, "sarc_f_falls"),
        (("--sex", "Q"), 3, "not F or M"),
        ((), 3, "Nobody"),
        (("--sex", "F", "--out", "x.csv"), 3, "belong to a table"),
    ],
)
def test_bad_words_are_refused_with_a_hint(call, words, code, said) -> None:
    got, answer, _ = call("assess", *words)
    assert got == code
    assert said in answer["error"]


def test_a_table_to_tables(call, persons, tmp_path) -> None:
    outs = {name: tmp_path / f"{name}.csv" for name in ("out", "cutoffs-out", "references-out")}
    words = [part for name, path in outs.items() for part in (f"--{name}", path)]
    code, answer, said = call("assess", persons, *words)
    assert code == 0
    assert (answer["persons"], answer["assessed"]) == (3, 2)
    assert list(answer["refused_rows"]) == ["2"]
    assert "metres" in answer["refused_rows"]["2"]
    assert "SECRET" not in json.dumps(answer) + said
    found = rows(outs["out"])
    assert list(found[0]) == [name for name, _ in CRITERIA_COLUMNS]
    assert len(found) == 2 * len(CRITERIA) + 1
    assert [r["status"] for r in found if r["id"] == "SECRET2"] == ["refused"]
    cut = rows(outs["cutoffs-out"])
    assert list(cut[0]) == [name for name, _ in CUTOFF_COLUMNS]
    assert len(cut) == 2 * len(CUTOFFS)
    places = rows(outs["references-out"])
    assert list(places[0]) == [name for name, _ in REFERENCE_COLUMNS]


def test_parquet_out_has_types(call, persons, tmp_path) -> None:
    out = tmp_path / "out.parquet"
    assert call("assess", persons, "-o", out)[0] == 0
    with duckdb.connect() as connection:
        found = connection.execute("DESCRIBE SELECT * FROM read_parquet($1)", [str(out)])
        found = found.fetchall()
    assert [(row[0], row[1]) for row in found] == list(CRITERIA_COLUMNS)


def test_studies_are_joined_by_id(call, tmp_path) -> None:
    persons, studies = tmp_path / "p.csv", tmp_path / "s.csv"
    persons.write_text("id,sex,height_cm\nSECRET1,F,160\nSECRET2,M,170\n", encoding="utf-8")
    studies.write_text("id,l3_sma_cm2\nSECRET2,150\nSECRET9,90\n", encoding="utf-8")
    code, answer, said = call("assess", persons, "--studies", studies)
    assert code == 0
    assert answer["persons_without_study"] == [1]
    assert answer["studies_without_person"] == [2]
    assert "persons without a study: row 1" in said
    assert "studies without a person: row 2" in said
    assert "SECRET" not in json.dumps(answer) + said


def test_nothing_is_replaced_unasked(call, persons, tmp_path) -> None:
    out = tmp_path / "out.csv"
    assert call("assess", persons, "-o", out)[0] == 0
    before = out.read_bytes()
    code, answer, _ = call("assess", persons, "-o", out)
    assert (code, "already" in answer["error"]) == (10, True)
    assert call("assess", persons, "-o", out, "--overwrite")[0] == 0
    assert out.read_bytes() == before
    code, answer, _ = call("assess", persons, "-o", persons, "--overwrite")
    assert (code, "own input" in answer["error"]) == (10, True)
    assert call("assess", persons, "-o", tmp_path / "out.xlsx")[0] == 10
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.csv", "persons.csv"]


def test_two_tables_do_not_share_a_file(call, persons, tmp_path) -> None:
    out = tmp_path / "out.csv"
    code, answer, _ = call("assess", persons, "-o", out, "--cutoffs-out", out)
    assert (code, "one file" in answer["error"]) == (10, True)
    assert not out.exists()


def test_many_refusals_of_one_kind_are_said_once(call, tmp_path) -> None:
    persons = tmp_path / "p.csv"
    persons.write_text("id,height_cm\nA,1.7\nB,1.7\nC,170\n", encoding="utf-8")
    code, answer, said = call("assess", persons)
    assert (code, list(answer["refused_rows"])) == (0, ["1", "2"])
    assert "rows 1, 2 refused: height_cm 1.7" in said


def test_a_table_and_one_person_exclude_each_other(call, persons) -> None:
    code, answer, _ = call("assess", persons, "--sex", "F")
    assert (code, "exclude" in answer["error"]) == (3, True)


def test_every_column_is_an_option() -> None:
    app = typer.Typer()
    add_to(app)
    command = typer.main.get_command(app).commands["assess"]
    options = {name for parameter in command.params for name in parameter.opts}
    assert {row.option for row in PERSON_COLUMNS} <= options


def test_the_registry_is_listed_and_shown(call) -> None:
    code, answer, _ = call("cutoffs", "list")
    assert code == 0
    assert [c["key"] for c in answer["cutoffs"]] == [c.key for c in CUTOFFS]
    assert answer["left_out"]
    code, answer, _ = call("cutoffs", "list", "--topic", "muscle_strength")
    assert code == 0
    assert {c["topic"] for c in answer["cutoffs"]} == {"muscle_strength"}
    assert call("cutoffs", "list", "--topic", "hair")[0] == 3


@pytest.mark.parametrize("cutoff", CUTOFFS, ids=lambda c: c.key)
def test_every_cutoff_can_be_shown(call, cutoff) -> None:
    code, answer, said = call("cutoffs", "show", cutoff.key)
    assert code == 0
    assert answer["cutoff"]["key"] == cutoff.key
    assert cutoff.source.doi in said


def test_an_unknown_cutoff_is_refused_with_a_suggestion(call) -> None:
    code, answer, _ = call("cutoffs", "show", "ewgsop2_gripp")
    assert code == 3
    assert "ewgsop2_grip" in answer["error"]
