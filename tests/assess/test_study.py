"""One study: person, scan and tests together, and what stands where they contradict."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myotome.assess.person.record import Record, record
from myotome.assess.rules.verdict import NOT_LOW
from myotome.assess.scan_facts import Technique
from myotome.assess.study import judge_study, known_person
from myotome.errors import InputError
from myotome.nouns.numbers.assessment import Assessment
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.nouns.study.header import SeriesHeader
from myotome.nouns.study.person import Person
from myotome.tables.person.scan_facts import SCAN_FACTS

HEADER = SeriesHeader(patient_sex="F", patient_age_years=68.0, patient_height_cm=162.0)
VALUES = {
    "l3_sma_cm2": 98.0, "l3_smi_cm2_m2": 37.3, "l3_nama_cm2": 50.0, "l3_lama_cm2": 48.0,
    "l3_imat_cm2": 15.0, "l3_sat_cm2": 200.0, "l3_vat_cm2": 120.0, "l3_vsr": 0.6,
    "l3_muscle_hu": 29.0, "l3_psoas_area_cm2": 10.0, "l3_psoas_hu": 40.0,
    "l3_pmi_cm2_m2": 3.8, "l3_l4_vat_cm2": 125.0,
}  # fmt: skip


def rows(**caveats: str) -> tuple[Measurement, ...]:
    """The measurements of one woman; ``caveats`` are codes by fact."""
    of_l3 = tuple(
        Measurement(
            quantity=row.quantity, structure=row.structure, side=row.side, level=row.level,
            value=VALUES[row.key], unit="", status=Status.MEASURED,
            caveats=(caveats[row.key],) if row.key in caveats else (),
        )
        for row in SCAN_FACTS
    )  # fmt: skip
    mass = Measurement(
        quantity="gross_mass", structure="psoas", side="both", level="slab", value=201.0,
        unit="g", status=Status.MEASURED,
    )  # fmt: skip
    return (*of_l3, mass)


def judged(found: Record | None = None, known: Person | None = None, **scan) -> Assessment:
    known = known or known_person(HEADER, None, found)
    scan = {"contrast_header": "unenhanced", "contrast_image": "unenhanced", "kvp": 120} | scan
    measured = scan.pop("rows", rows())
    return judge_study(measured, known, found=found, technique=Technique(slice_mm=5.0, **scan))


def fact(done: Assessment, key: str):
    (one,) = [f for f in done.facts if f.key == key]
    return one


def verdict(done: Assessment, key: str) -> tuple[str, str]:
    (one,) = [c for c in done.cutoffs if c.key == key]
    return one.verdict, one.reason


# --- the person ----------------------------------------------------------------------------


def test_options_before_the_file_before_the_header() -> None:
    found = record({"height_cm": 165, "weight_kg": 60})
    known = known_person(HEADER, Person(weight_kg=61), found)
    assert known == Person(sex="F", age_years=68, height_cm=165, weight_kg=61)
    assert known.from_header == ("sex", "age_years")
    assert (known.source("height_cm"), known.source("weight_kg")) == ("given", "given")
    assert known_person(SeriesHeader()) == Person()


def test_what_cannot_be_one_person_is_refused_with_both_doors_open() -> None:
    with pytest.raises(InputError, match="BMI"):
        known_person(SeriesHeader(), Person(height_cm=200), record({"weight_kg": 30}))
    child = Person(height_cm=90, weight_kg=13, age_years=3)
    assert known_person(HEADER, child) == Person(sex="F", age_years=3, height_cm=90, weight_kg=13)


def test_who_is_measured_is_who_is_judged() -> None:
    """A weight of the file that an option replaced must not come back."""
    found = record({"weight_kg": 60, "grip_kg": 15})
    known = known_person(HEADER, Person(weight_kg=80), found)
    done = judged(found, known)
    assert fact(done, "weight_kg").value == 80
    assert fact(done, "bmi_kg_m2").value == pytest.approx(80 / 1.62**2, abs=1e-6)
    assert fact(done, "grip_kg").source.startswith("one trial")
    assert fact(done, "sex").source == "DICOM header"
    assert any("From the DICOM header: sex, age, height" in note for note in done.notes)


# --- the scan ------------------------------------------------------------------------------


def test_the_scan_is_judged_by_every_citation() -> None:
    done = judged()
    assert fact(done, "l3_smi_cm2_m2").value == 37.3
    assert verdict(done, "carey2017_l3_smi")[0] == "yes"  # < 39
    assert verdict(done, "derstine2018_l3_smi")[0] == "no"  # < 34.4
    assert verdict(done, "derstine2018_l3_hu")[0] == "yes"  # < 34.3, unenhanced
    assert verdict(done, "hamaguchi2016_l3_pmi")[0] == "yes"  # < 3.92
    assert verdict(done, "doyle2013_l3_l4_vat")[0] == "yes"  # >= 80.1
    assert verdict(done, "ha2022_l3_vsr")[0] == "no"  # >= 1.37
    assert verdict(done, "ryo2014_umbilical_vat")[0] == "unknown"
    places = {(r.reference, r.target): r for r in done.references}
    assert places["vu2024", "mass_psoas"].z == pytest.approx(0)  # women of 61-70: 201 g
    said = " ".join(str(c) for c in done.cutoffs if c.topic.startswith("ct_"))
    assert "sarcop" not in said.lower().replace("j cachexia sarcopenia", "")


def test_doubts_of_the_scan_reach_the_verdicts() -> None:
    cut = judged(rows=rows(l3_sma_cm2="wall_cut"))
    assert cut.flags == ("wall_cut",)
    assert verdict(cut, "carey2017_l3_smi") == (
        "unknown",
        "not assessable: the field of view cuts the muscle wall",
    )
    doubtful = judged(rows=rows(l3_smi_cm2_m2="level_uncertain"))
    (carey,) = [c for c in doubtful.cutoffs if c.key == "carey2017_l3_smi"]
    assert carey.verdict == "yes"
    assert "the level of the slice is uncertain" in carey.caveats


@pytest.mark.parametrize(
    ("scan", "martin", "derstine"),
    [
        ({}, "unknown", "yes"),
        ({"contrast_image": "enhanced"}, "unknown", "unknown"),
        ({"contrast_header": "enhanced", "contrast_image": "enhanced"}, "unknown", "unknown"),
        ({"kvp": 80}, "unknown", "unknown"),
        ({"kvp": None}, "unknown", "unknown"),
    ],
)
def test_attenuation_needs_the_phase_and_the_voltage(scan, martin, derstine) -> None:
    done = judged(record({"weight_kg": 60}), **scan)
    assert verdict(done, "martin2013_l3_hu")[0] == martin
    assert verdict(done, "derstine2018_l3_hu")[0] == derstine


def test_what_header_and_image_tell_of_contrast_is_said_where_the_phase_is_needed() -> None:
    done = judged(contrast_header="enhanced", contrast_image="enhanced")
    assert verdict(done, "derstine2018_l3_hu")[1] == (
        "not assessable: needs contrast phase (CT, enhanced by header and image; its phase is "
        "not known)"
    )


def test_a_given_phase_counts_and_a_contradiction_is_told() -> None:
    found = record({"contrast_phase": "portal", "weight_kg": 60, "kvp": 90})
    done = judged(found, contrast_header="enhanced", contrast_image="enhanced")
    assert verdict(done, "martin2013_l3_hu")[0] == "yes"  # < 41 below a BMI of 25
    assert fact(done, "kvp").value == 120  # the header knows
    assert not any("it was used as given" in note for note in done.notes)
    doubtful = judged(found, contrast_image="unenhanced")
    assert any("the image looks unenhanced" in note for note in doubtful.notes)
    helped = judged(found, kvp=None)
    assert (fact(helped, "kvp").value, fact(helped, "kvp").source) == (90, "given")


def test_numbers_of_another_scan_are_left_out_and_that_is_told() -> None:
    found = record({"l3_sma_cm2": 60, "l3_vat_cm2": 10, "umbilical_vat_cm2": 130})
    done = judged(found)
    assert fact(done, "l3_sma_cm2").value == 98
    assert fact(done, "umbilical_vat_cm2").value == 130
    (note,) = [n for n in done.notes if n.startswith("Left out")]
    assert "l3_sma_cm2, l3_vat_cm2" in note
    assert "umbilical" not in note
    assert not [n for n in judged().notes if n.startswith("Left out")]


def test_contradicting_entries_are_refused() -> None:
    with pytest.raises(InputError, match="not the sum"):
        judged(record(dict.fromkeys((f"sarc_f_{k}" for k in ITEMS), 1) | {"sarc_f_points": 9}))


ITEMS = ("strength", "walking", "rise", "stairs", "falls")


def test_a_scan_of_nobody_has_numbers_and_reasons() -> None:
    done = judge_study(rows(), known_person(SeriesHeader()))
    assert fact(done, "l3_sma_cm2").value == 98
    assert {c.verdict for c in done.cutoffs if c.topic == "ct_muscle_quantity"} == {"unknown"}
    assert "needs age, sex" in verdict(done, "carey2017_l3_smi")[1]
    assert all(c.met == "unknown" for c in done.criteria)


# --- more is never the opposite ------------------------------------------------------------

# one entry per fact, so that adding one replaces no other (a second grip trial may)
MORE: dict[str, tuple[object, ...]] = {
    "sex": ("F", "M"), "age_years": (25, 55, 68, 91), "height_cm": (150, 175),
    "weight_kg": (45, 70, 95), "grip_kg": (12, 18, 24, 40), "chair_stands_5_s": (9, 14, "unable"),
    "gait_distance_m": (3, 4, 6), "gait_time_s": (3, 6, 12), "tug_s": (8, 25),
    "walk_400m_s": (300, 400, "unable"), "sarc_f_points": (2, 4, 7), "calf_cm": (30, 33.5, 40),
    "asm_dxa_kg": (12, 16, 19), "waist_cm": (70, 110), "fat_mass_pct": (20, 50),
    "high_bmi_or_waist": ("yes", "no"), "altered_muscle_function": ("yes", "no"),
    "high_fat_mass": ("yes", "no"), "low_muscle_mass_by_weight": ("yes", "no"),
    "obesity_complication": ("yes", "no"), "clinical_suspicion": ("yes", "no"),
    "clinical_condition": ("yes", "no"), "region": ("asia", "europe"),
    "contrast_phase": ("portal", "unenhanced"), "umbilical_vat_cm2": (80, 150),
}  # fmt: skip


@st.composite
def growing_records(draw: st.DrawFn) -> tuple[dict[str, object], dict[str, object]]:
    whole = {key: draw(st.sampled_from(values)) for key, values in MORE.items()}
    kept = draw(st.sets(st.sampled_from(sorted(MORE))))
    later = draw(st.sets(st.sampled_from(sorted(MORE))))
    return (
        {k: v for k, v in whole.items() if k in kept},
        {k: v for k, v in whole.items() if k in kept | later},
    )


@settings(max_examples=30, deadline=None)
@given(growing_records(), st.booleans())
def test_more_entries_never_turn_a_yes_into_a_no_or_back(pair, with_scan: bool) -> None:
    """But a no by the tests done may become a yes by one that was not."""

    def answers(raw: dict[str, object]) -> tuple[dict[tuple[str, str], str], set[str]]:
        found = record(raw)
        known = known_person(SeriesHeader(), None, found)
        done = judge_study(
            rows() if with_scan else (), known, found=found, technique=Technique(kvp=120)
        )
        said = {("cut-off", c.key): c.verdict for c in done.cutoffs}
        said |= {("criteria", c.key): c.met for c in done.criteria}
        steps = ((c.key, key, words) for c in done.criteria for key, words in c.steps)
        by_tests = {c.key for c in done.criteria if any(w.startswith(NOT_LOW) for w in c.caveats)}
        return said | {(set_, key): _truth(words) for set_, key, words in steps}, by_tests

    (before, by_tests), (after, _) = (answers(raw) for raw in pair)
    for key, old in before.items():
        assert (old, after[key]) != ("yes", "no"), key
        assert (old, after[key]) != ("no", "yes") or by_tests & {*key}, key


def _truth(words: str) -> str:
    """The answer in the words of a step: ``sarcopenia: not assessable: needs ...``."""
    found = [t for t in ("yes", "no") if f": {t}: " in words]
    assert found or ": not assessable: " in words
    return found[0] if found else "unknown"
