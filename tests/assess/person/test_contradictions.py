"""Statements that cannot be true of one person at once, and those that can, however unusual."""

from __future__ import annotations

import pytest

from myotome.assess.person.facts import Fact, Facts
from myotome.assess.person.instruments import read
from myotome.assess.person.record import record
from myotome.assess.person.table import Joined, persons_of
from myotome.assess.persons import judge_persons
from myotome.assess.study import known_person
from myotome.errors import InputError
from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.person import Person
from myotome.tables.person.contradictions import CONTRADICTION, EXCLUDES, REMAINDERS
from myotome.tables.person.facts import FACT

BODY = {"height_cm": 170, "weight_kg": 60}  # BMI 20.8
THIN = {"height_cm": 170, "weight_kg": 49.1}  # BMI 17
STANDS = {f"sppb_{stand}_s": 10 for stand in ("side_by_side", "semi_tandem", "tandem")}

IMPOSSIBLE = [
    # muscle and body
    ({"weight_kg": 40, "asm_dxa_kg": 45}, "60 %"),
    ({"weight_kg": 40, "asm_bia_kg": 25}, "60 %"),
    ({"weight_kg": 100, "asm_bia_kg": 40, "fat_mass_pct": 60}, "all that is not fat"),
    ({**BODY, "asm_dxa_kg": 30, "ffmi_bia_kg_m2": 11}, "all that is not fat"),
    ({**THIN, "ffmi_bia_kg_m2": 30}, "the whole body"),
    ({**THIN, "ffmi_bia_kg_m2": 17.5}, "the whole body"),
    ({**BODY, "ffmi_bia_kg_m2": 20, "fat_mass_pct": 40}, "make the whole body"),
    ({**BODY, "ffmi_bia_kg_m2": 9, "fat_mass_pct": 20}, "make the whole body"),
    # the battery and its parts
    ({"sppb_points": 12, "chair_stands_5_s": "unable"}, "0 to 8"),
    ({"sppb_points": 9, "gait_time_s": "unable"}, "0 to 8"),
    ({"sppb_points": 2, **STANDS}, "4 to 12"),
    ({"sppb_points": 12, **STANDS, "gait_distance_m": 4, "gait_time_s": 9}, "5 to 9"),
    ({"sppb_points": 11, "sppb_side_by_side_s": "unable"}, "0 to 8"),
    # SARC-F and its answers
    ({"sarc_f_points": 3, "sarc_f_rise": 2, "sarc_f_stairs": 2}, "4 to 10"),
    ({"sarc_f_points": 10, "sarc_f_rise": 0}, "0 to 8"),
    # CT
    ({"l3_sma_cm2": 100, "l3_nama_cm2": 90, "l3_lama_cm2": 90}, "parts of the muscle area"),
    ({"l3_sma_cm2": 100, "l3_nama_cm2": 110}, "parts of the muscle area"),
    ({"l3_sma_cm2": 100, "l3_lama_cm2": 104}, "parts of the muscle area"),
    ({"l3_sma_cm2": 70, "l3_psoas_area_cm2": 60}, "small part"),
    ({"l3_smi_cm2_m2": 30, "l3_pmi_cm2_m2": 25}, "small part"),
    ({"l3_nama_cm2": 90, "l3_lama_cm2": 10, "l3_muscle_hu": 5}, "another mean"),
    ({"l3_sma_cm2": 100, "l3_nama_cm2": 90, "l3_muscle_hu": 15}, "another mean"),
    ({"l3_sma_cm2": 100, "l3_lama_cm2": 95, "l3_muscle_hu": 60}, "another mean"),
    # tests
    ({"gait_time_s": "unable", "tug_s": 12}, "timed up and go"),
    ({"gait_speed_m_s": "unable", "walk_400m_s": 330}, "400 m"),
    ({"gait_distance_m": 4, "gait_time_s": 5, "gait_speed_m_s": 1.2}, "0.80 m/s"),
    # who
    ({"sex": "M", "pregnancy": "yes"}, "not pregnant"),
]


@pytest.mark.parametrize(("raw", "said"), IMPOSSIBLE)
def test_what_cannot_be_true_at_once_is_refused(raw, said) -> None:
    with pytest.raises(InputError) as refusal:
        read(record(raw))
    assert said in str(refusal.value)
    assert "leave one of them out" in str(refusal.value).lower()


POSSIBLE = [
    {"weight_kg": 40, "asm_dxa_kg": 24},  # 60 % exactly
    {"weight_kg": 130, "asm_dxa_kg": 22, "fat_mass_pct": 55},
    {**THIN, "ffmi_bia_kg_m2": 17.1},  # rounding of height and weight
    {**BODY, "ffmi_bia_kg_m2": 18, "fat_mass_pct": 20},
    {**BODY, "asm_dxa_kg": 22, "ffmi_bia_kg_m2": 16},
    {"sppb_points": 8, "chair_stands_5_s": "unable"},
    {"sppb_points": 12, **STANDS, "chair_stands_5_s": 11, "gait_distance_m": 6, "gait_time_s": 9},
    {"sarc_f_points": 4, "sarc_f_rise": 2, "sarc_f_stairs": 2},
    {"l3_sma_cm2": 100, "l3_nama_cm2": 60, "l3_lama_cm2": 42},
    {"l3_sma_cm2": 100, "l3_nama_cm2": 60},
    {"l3_sma_cm2": 100, "l3_nama_cm2": 90, "l3_lama_cm2": 10, "l3_muscle_hu": 52},
    {"l3_sma_cm2": 100, "l3_nama_cm2": 30, "l3_muscle_hu": 15},
    {"l3_nama_cm2": 0, "l3_lama_cm2": 0, "l3_muscle_hu": 15},
    {"l3_nama_cm2": 90, "l3_muscle_hu": 5},
    {"gait_time_s": "unable", "tug_s": "unable", "chair_stands_5_s": 14},
    {"sex": "F", "pregnancy": "yes"},
    {"sex": "M", "pregnancy": "no"},
    {"pregnancy": "yes"},
]


@pytest.mark.parametrize("raw", POSSIBLE)
def test_what_is_only_unusual_is_believed(raw) -> None:
    assert read(record(raw)).facts


def test_a_contradiction_refuses_its_row_and_no_other() -> None:
    table = persons_of(
        ["id", "sex", "age_years", "weight_kg", "asm_dxa_kg"],
        [["a", "M", "70", "40", "45"], ["b", "M", "70", "80", "25"]],
    )
    first, second = judge_persons(Joined(persons=table))
    assert (first.status, second.status) == ("refused", "assessed")
    assert "appendicular skeletal muscle mass 45 kg (DXA) and weight 40 kg" in first.problem


def test_a_study_is_refused_before_the_work_and_the_header_is_named() -> None:
    found = record({"asm_dxa_kg": 45})
    with pytest.raises(InputError, match="60 %"):
        known_person(SeriesHeader(), Person(weight_kg=40), found)
    with pytest.raises(InputError, match=r"weight 40 kg \(DICOM header\)"):
        known_person(SeriesHeader(patient_weight_kg=40.0), None, found)
    assert known_person(SeriesHeader(), Person(weight_kg=80), found).weight_kg == 80


def test_what_one_scan_measured_is_not_held_against_itself() -> None:
    scan = Facts().plus(
        Fact(key="l3_sma_cm2", value=100.0, source="CT", by_scan=True),
        Fact(key="l3_nama_cm2", value=110.0, source="CT", by_scan=True),
    )
    assert read(record({"sex": "F"}), base=scan).facts.number("l3_nama_cm2") == 110


def test_all_contradictions_are_told_at_once() -> None:
    with pytest.raises(InputError) as refusal:
        read(record({"weight_kg": 40, "asm_dxa_kg": 45, "sex": "M", "pregnancy": "yes"}))
    assert "60 %" in str(refusal.value)
    assert "not pregnant" in str(refusal.value)


def test_the_rows_name_facts_and_say_why() -> None:
    for row in CONTRADICTION.values():
        assert row.words
    for row in REMAINDERS:
        assert {row.part, row.whole, row.pct} <= set(FACT)
    for row in EXCLUDES:
        assert {row.fact, row.other} <= set(FACT)
        assert row.word in (*FACT[row.fact].choices, "unable" if FACT[row.fact].can_fail else "")
