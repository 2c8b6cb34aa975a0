"""The person from user, file and DICOM header, each with its source."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from myotome.assess.person.person_facts import facts_of, person_from_header, person_of, read_person
from myotome.assess.person.record import record
from myotome.errors import InputError
from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.person import Person

HEADER = SeriesHeader(
    patient_sex="F", patient_age_years=61.0, patient_height_cm=168.0, patient_weight_kg=70.0
)


def test_the_header_completes_what_was_not_given_and_says_so() -> None:
    known = person_from_header(HEADER, Person(height_cm=167))
    assert known == Person(sex="F", age_years=61, height_cm=167, weight_kg=70)
    assert (known.source("height_cm"), known.source("weight_kg")) == ("given", "DICOM header")
    assert facts_of(known)["sex"].source == "DICOM header"
    assert any("From the DICOM header: sex, age, weight" in note for note in known.notes)


@pytest.mark.parametrize(
    ("name", "value"),
    [("height_cm", 17.0), ("age_years", 0.0), ("age_years", 150), ("weight_kg", 0.5)],
)
def test_an_implausible_header_is_left_out_with_a_word(name, value) -> None:
    known = person_from_header(replace(HEADER, **{f"patient_{name}": value}))
    assert getattr(known, name) is None
    assert name not in known.from_header
    assert any("not plausible" in note for note in known.notes)


def test_a_header_with_swapped_height_and_weight_is_left_out() -> None:
    known = person_from_header(SeriesHeader(patient_height_cm=120.0, patient_weight_kg=170.0))
    assert (known.height_cm, known.weight_kg) == (None, None)
    assert any("do not fit" in note for note in known.notes)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (Person(sex="M"), True),
        (Person(sex="F"), False),
        (Person(age_years=63), True),
        (Person(age_years=62), False),
        (Person(height_cm=172), False),
        (Person(height_cm=180), True),
        (Person(weight_kg=85), True),
    ],
)
def test_a_header_that_contradicts_the_user_is_told_and_not_used(given, told) -> None:
    known = person_from_header(HEADER, given)
    for name in ("sex", "age_years", "height_cm", "weight_kg"):
        if getattr(given, name) is not None:
            assert getattr(known, name) == getattr(given, name)
    assert any("Is it the same person?" in note for note in known.notes) is told


def test_exact_ages_from_90_are_not_told() -> None:
    known = person_from_header(replace(HEADER, patient_age_years=97.0), Person(age_years=60))
    assert "97" not in " ".join(known.notes)
    assert "90+" in " ".join(known.notes)


def test_an_empty_header_gives_an_unknown_person() -> None:
    known = person_from_header(SeriesHeader(kvp=120.0))
    assert known == Person()
    assert known.notes == ()


def test_a_person_file(tmp_path) -> None:
    path = tmp_path / "person.json"
    path.write_text('\ufeff{"sex": "f", "age_years": 72, "grip_left_kg": [14, 15.5]}', "utf-8")
    found = read_person(path)
    assert person_of(found) == Person(sex="F", age_years=72)
    assert found.trials("grip_left_kg") == (14, 15.5)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "no JSON object"),
        ("{", "cannot be read"),
        ('{"height_cm": 170, "height_cm": 180}', "height_cm twice"),
        ('{"name": "Jane Doe"}', "not known"),
        ('{"height_cm": 1.7}', "metres"),
        ('{"height_cm": NaN}', None),
        ("[" * 100_000, "cannot be read"),
        (json.dumps({"grip_kg": {"left": 3}}), "not a number"),
    ],
)
def test_bad_person_files_are_refused(tmp_path, text, said) -> None:
    path = tmp_path / "person.json"
    path.write_text(text, encoding="utf-8")
    if said is None:
        assert read_person(path) == record({})
        return
    with pytest.raises(InputError, match=said) as refusal:
        read_person(path)
    assert "Jane" not in str(refusal.value)


def test_a_missing_person_file_is_refused_without_its_path(tmp_path) -> None:
    with pytest.raises(InputError) as refusal:
        read_person(tmp_path / "DOE_JANE.json")
    assert "DOE_JANE" not in str(refusal.value)
