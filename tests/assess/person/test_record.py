"""Slips are caught and hinted at; what may name a person is not repeated."""

from __future__ import annotations

import pytest

from myotome.assess.person.record import UNABLE, check, record
from myotome.errors import InputError


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"height_cm": 1.70}, "metres"),
        ({"height_cm": 1700}, "millimetres"),
        ({"height_cm": 67}, "inches"),
        ({"height_cm": 0}, "Zero is no measurement"),
        ({"weight_kg": 70000}, "grams"),
        ({"weight_kg": 0}, "Zero"),
        ({"age_years": 1950}, "year of birth"),
        ({"age_years": 0}, "Zero"),
        ({"age_years": 130}, "Check the unit"),
        ({"grip_kg": 250}, "newtons"),
        ({"grip_kg": "24;-1"}, "negative"),
        ({"gait_speed_m_s": 0}, "write unable if it could not be done"),
        ({"gait_time_s": -5}, "negative"),
        ({"tug_s": -1}, "negative"),
        ({"gait_speed_m_s": 3.6}, "km/h"),
        ({"walk_400m_s": 6}, "minutes"),
        ({"calf_cm": 330}, "millimetres"),
        ({"asm_dxa_kg": 20000}, "grams"),
        ({"l3_sma_cm2": 12000}, "square millimetres"),
        ({"fat_mass_pct": 0.35}, "fraction"),
        ({"height_cm": "170 cm"}, "number alone"),
        ({"sex": "X2"}, "not F or M"),
        ({"sex": 1}, "contradict"),
        ({"grip_kg": "24,26"}, "24;26"),
        ({"grip_kg": "unable"}, "chair stands"),
        ({"height_cm": 60, "weight_kg": 170}, "height_cm 60"),
        ({"height_cm": 170, "weight_kg": 23}, "BMI of 8.0"),
        ({"height_m": 1.7}, "Write height_cm"),
        ({"heigth_cm": 170}, "Did you mean height_cm"),
        ({"sex": "H"}, "never as mujer"),
        ({"sarc_f_falls": 3}, "1 to 3 falls are 1 point"),
        ({"sarc_f_rise": 5}, "Check the points"),
    ],
)
def test_slips_are_refused_with_a_hint(raw, said) -> None:
    with pytest.raises(InputError, match=said):
        record(raw)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(InputError) as refusal:
        record({"height_cm": 1.7, "weight_kg": 0, "sarc_f_rise": 5})
    for name in ("height_cm", "weight_kg", "sarc_f_rise"):
        assert name in str(refusal.value)


@pytest.mark.parametrize(
    ("word", "sex"),
    [
        *[("f", "F"), ("Female", "F"), ("M", "M"), ("м", "M"), ("ж", "F"), ("Weiblich", "F")],
        *[("Frau", "F"), ("homme", "M"), ("mujer", "F"), ("женский", "F"), ("男", "M")],
    ],
)
def test_words_for_sex(word, sex) -> None:
    assert record({"sex": word}).word("sex") == sex


@pytest.mark.parametrize("word", ["", "U", "O", "unknown", "NA", None])
def test_unknown_sex_is_missing_and_no_guess(word) -> None:
    assert record({"sex": word}).entries == {}


@pytest.mark.parametrize(
    ("cell", "number"), [("165,5", 165.5), (" 170 ", 170), (170, 170), ("1.7e2", 170)]
)
def test_numbers_as_people_write_them(cell, number) -> None:
    assert record({"height_cm": cell}).number("height_cm") == number


def test_capped_ages_unable_and_trials() -> None:
    found = record({"age_years": "90+", "tug_s": "Unable", "grip_right_kg": [14, 15.5]})
    assert found.number("age_years") == 90
    assert found.entries["tug_s"] is UNABLE
    assert found.unable("tug_s")
    assert found.trials("grip_right_kg") == (14, 15.5)


@pytest.mark.parametrize("key", ["height_cm", "sex", "region", "grip_kg"])
def test_words_that_may_be_a_name_are_not_repeated(key) -> None:
    _, problems = check({key: "Jane Doe"})
    assert problems
    assert "Jane" not in " ".join(problems)


@pytest.mark.parametrize("raw", [{"sex": "Anna"}, {"tug_s": "Li"}, {"region": "Otto"}])
def test_short_names_are_not_repeated_either(raw) -> None:
    _, problems = check(raw)
    assert not any(word in " ".join(problems) for word in raw.values())


def test_what_looks_like_a_hospital_number_is_not_repeated() -> None:
    _, problems = check({"height_cm": 48151623, "sex": "48151623", "tug_s": "48151623 s"})
    assert len(problems) == 3
    assert "4815" not in " ".join(problems)
    assert "4.815" not in " ".join(problems)


def test_keys_that_may_be_a_name_are_not_repeated() -> None:
    with pytest.raises(InputError) as refusal:
        record({"Jane Doe 1234": 1, "waist_circumference": 90})
    assert "Jane" not in str(refusal.value)
    assert "waist_circumference" in str(refusal.value)


def test_nothing_within_a_list_is_a_trial_not_done() -> None:
    assert record({"grip_kg": [14, None, 15.5, ""]}).trials("grip_kg") == (14, 15.5)
    assert record({"grip_kg": [None]}).entries == {}
