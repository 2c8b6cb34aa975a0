"""What can be known of a person and a scan before anything is judged: one row per fact."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class FactKey:
    """One fact. ``kind`` is "number", "word" (one of ``choices``) or "yes_no".

    ``can_fail`` marks tests that a person may be unable to do; "unable" is then a finding of its
    own, not a missing value.
    """

    key: str
    words: str
    unit: str = ""
    kind: str = "number"
    choices: tuple[str, ...] = ()
    can_fail: bool = False


def _number(key: str, words: str, unit: str, *, can_fail: bool = False) -> FactKey:
    return FactKey(key=key, words=words, unit=unit, can_fail=can_fail)


def _word(key: str, words: str, *choices: str) -> FactKey:
    return FactKey(key=key, words=words, kind="word", choices=choices)


def _yes_no(key: str, words: str) -> FactKey:
    return FactKey(key=key, words=words, kind="yes_no", choices=("yes", "no"))


def _of_level(level: str, prefix: str, *, imat: bool = False) -> tuple[FactKey, ...]:
    """What publications measured at a level of the chest."""
    rows = (
        _number(f"{prefix}sma_cm2", f"skeletal muscle area at {level}", "cm2"),
        _number(f"{prefix}smi_cm2_m2", f"skeletal muscle index at {level}", "cm2/m2"),
        _number(f"{prefix}muscle_hu", f"mean attenuation of muscle at {level}", "HU"),
    )
    fat = _number(f"{prefix}imat_cm2", f"intermuscular fat area at {level}", "cm2")
    return (*rows, fat) if imat else rows


CT_PREFIXES = ("l3_", "umbilical_", "t12_", "t10_", "t8_", "t5_")
"""How the keys of numbers of a CT begin."""

FACT_KEYS: tuple[FactKey, ...] = (
    # the person
    _word("sex", "sex", "F", "M"),
    _number("age_years", "age", "years"),
    _number("height_cm", "height", "cm"),
    _number("weight_kg", "weight", "kg"),
    _number("bmi_kg_m2", "body mass index", "kg/m2"),
    _word("region", "region of the reference population", "asia", "europe", "america", "other"),
    _yes_no("amputation", "amputation of a limb or a part of one"),
    _yes_no("oedema", "oedema"),
    _yes_no("ascites", "ascites"),
    _yes_no("pregnancy", "pregnancy"),
    # strength, performance and questionnaires
    _number("grip_kg", "grip strength", "kg"),
    _number("gait_speed_m_s", "usual gait speed", "m/s", can_fail=True),
    _number("gait_course_m", "length of the gait course", "m"),
    _number("chair_stands_5_s", "time of 5 chair stands", "s", can_fail=True),
    _number("sppb_points", "short physical performance battery", "points"),
    _number("sppb_course_m", "gait course of the battery", "m"),
    _number("tug_s", "timed up and go", "s", can_fail=True),
    _number("walk_400m_s", "time of the 400-m walk", "s", can_fail=True),
    _number("sarc_f_points", "SARC-F", "points"),
    _number("sarc_calf_points", "SARC-CalF", "points"),
    _number("calf_cm", "calf circumference", "cm"),
    _number("waist_cm", "waist circumference", "cm"),
    _yes_no("clinical_suspicion", "clinical suspicion of sarcopenia"),
    _yes_no("clinical_condition", "clinical condition that calls for an assessment"),
    _yes_no("obesity_complication", "complication of high fat or low muscle mass"),
    _yes_no("high_bmi_or_waist", "BMI or waist above the cut-point of the person's ethnic group"),
    _yes_no("altered_muscle_function", "altered muscle function for sex, age and ethnic group"),
    _yes_no("high_fat_mass", "high share of fat mass for sex, age and ethnic group"),
    _yes_no("low_muscle_mass_by_weight", "low muscle mass / weight by DXA or BIA"),
    # body composition by DXA or BIA
    _number("asm_kg", "appendicular skeletal muscle mass", "kg"),
    _word("asm_method", "how muscle mass was measured", "DXA", "BIA"),
    _number("asm_kg_m2", "appendicular muscle mass / height squared", "kg/m2"),
    _number("asm_per_weight_pct", "appendicular muscle mass / weight", "%"),
    _number("asm_per_bmi_m2", "appendicular muscle mass / BMI", "m2"),
    _number("grip_per_bmi_m2", "grip strength / BMI", "m2"),
    _number("grip_per_weight", "grip strength / weight", ""),
    _number("ffmi_kg_m2", "fat-free mass / height squared by BIA", "kg/m2"),
    _number("fat_mass_pct", "fat mass", "%"),
    # CT
    _number("l3_sma_cm2", "skeletal muscle area at L3", "cm2"),
    _number("l3_smi_cm2_m2", "skeletal muscle index at L3 (area / height squared)", "cm2/m2"),
    _number("l3_nama_cm2", "normal-attenuation muscle area at L3", "cm2"),
    _number("l3_lama_cm2", "low-attenuation muscle area at L3", "cm2"),
    _number("l3_imat_cm2", "intermuscular fat area at L3", "cm2"),
    _number("l3_sat_cm2", "subcutaneous fat area at L3", "cm2"),
    _number("l3_vat_cm2", "visceral fat area at L3", "cm2"),
    _number("l3_vsr", "visceral / subcutaneous fat area at L3", ""),
    _number("l3_muscle_hu", "mean attenuation of muscle at L3", "HU"),
    _number("l3_psoas_area_cm2", "area of both psoas muscles at L3", "cm2"),
    _number("l3_pmi_cm2_m2", "psoas muscle index at L3 (both areas / height squared)", "cm2/m2"),
    _number("l3_psoas_hu", "mean attenuation of both psoas muscles at L3", "HU"),
    _number("l3_l4_vat_cm2", "visceral fat area between L3 and L4", "cm2"),
    _number("umbilical_vat_cm2", "visceral fat area at the umbilicus", "cm2"),
    *_of_level("T12", "t12_", imat=True),
    *_of_level("T10", "t10_"),
    *_of_level("T8", "t8_"),
    *_of_level("T5", "t5_"),
    _word("contrast_phase", "contrast phase", "unenhanced", "arterial", "portal", "unknown"),
    _number("kvp", "tube voltage", "kV"),
    _number("slice_mm", "slice thickness", "mm"),
)
FACT = Registry("fact", FACT_KEYS)
