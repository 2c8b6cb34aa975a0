"""What may be said of a person: one row per column of a table, JSON key and option.

The limits are wide on purpose: they catch slips and wrong units, they judge nobody.
"""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """A known slip: values from ``low`` to ``high`` look like ``words``."""

    low: float
    high: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonColumn:
    """One column. Numbers must lie in ``low`` .. ``high``.

    ``kind`` is "number", "count" (a whole number), "trials" (one number or several, as "24;26"),
    "word" (one of ``choices``) or "sex". ``can_fail`` allows the word "unable". ``fact`` is the
    key of ``tables.person.facts`` that the column fills as it stands, "" where an instrument does.
    """

    key: str
    words: str
    unit: str = ""
    kind: str = "number"
    low: float = 0.0
    high: float = 0.0
    choices: tuple[str, ...] = ()
    can_fail: bool = False
    fact: str = ""
    slips: tuple[Slip, ...] = ()

    @property
    def option(self) -> str:
        """The name of the command line option."""
        return "--" + self.key.replace("_", "-")


def _slip(low: float, high: float, words: str) -> Slip:
    return Slip(low=low, high=high, words=words)


def _yes_no(key: str, words: str) -> PersonColumn:
    return PersonColumn(key=key, words=words, kind="word", choices=("yes", "no"), fact=key)


def _item(key: str, words: str, *slips: Slip) -> PersonColumn:
    return PersonColumn(
        key=key, words=words, unit="points", kind="count", low=0, high=2, slips=slips
    )


def _ct(key: str, words: str, unit: str, low: float, high: float, *slips: Slip) -> PersonColumn:
    return PersonColumn(key=key, words=words, unit=unit, low=low, high=high, fact=key, slips=slips)


_MILLISECONDS = _slip(1000, 1e7, "milliseconds")
_BODY: tuple[PersonColumn, ...] = (
    PersonColumn(key="sex", words="sex, F or M", kind="sex", fact="sex"),
    PersonColumn(
        key="age_years", words="age", unit="years", low=1, high=120, fact="age_years",
        slips=(_slip(1880, 2100, "a year of birth, which is not wanted: it identifies"),),
    ),
    PersonColumn(
        key="height_cm", words="height", unit="cm", low=100, high=250, fact="height_cm",
        slips=(
            _slip(1.0, 2.5, "metres: 1.70 m is 170 cm"),
            _slip(3.3, 8.0, "feet: 1 ft is 30.48 cm"),
            _slip(39, 99, "inches: 1 in is 2.54 cm"),
            _slip(1000, 2500, "millimetres: 1700 mm is 170 cm"),
        ),
    ),
    PersonColumn(
        key="weight_kg", words="weight", unit="kg", low=20, high=400, fact="weight_kg",
        slips=(_slip(20000, 400000, "grams: 70000 g is 70 kg"),),
    ),
    PersonColumn(
        key="region", words="region whose cut-offs are meant", kind="word",
        choices=("asia", "europe", "america", "other"), fact="region",
    ),
    _yes_no("amputation", "amputation of a limb or a part of one"),
    _yes_no("oedema", "oedema"),
    _yes_no("ascites", "ascites"),
    _yes_no("pregnancy", "pregnancy"),
)  # fmt: skip
_SCREENING: tuple[PersonColumn, ...] = (
    _item("sarc_f_strength", "SARC-F: lifting and carrying 4.5 kg"),
    _item("sarc_f_walking", "SARC-F: walking across a room"),
    _item("sarc_f_rise", "SARC-F: rising from a chair or bed"),
    _item("sarc_f_stairs", "SARC-F: climbing 10 stairs"),
    _item(
        "sarc_f_falls",
        "SARC-F: points for falls in the past year",
        _slip(3, 1000, "a number of falls: 1 to 3 falls are 1 point, 4 or more are 2"),
    ),
    PersonColumn(
        key="sarc_f_points", words="SARC-F in total", unit="points", kind="count", low=0, high=10
    ),
    PersonColumn(
        key="calf_cm", words="calf circumference", unit="cm", low=15, high=70, fact="calf_cm",
        slips=(_slip(150, 700, "millimetres: 330 mm is 33 cm"),),
    ),
    _yes_no("clinical_suspicion", "clinical suspicion of sarcopenia"),
    _yes_no("clinical_condition", "clinical condition that calls for an assessment"),
)  # fmt: skip
_GRIP_SLIPS = (_slip(101, 1000, "newtons (9.81 N is 1 kg) or pounds (2.2 lb is 1 kg)"),)
_STRENGTH: tuple[PersonColumn, ...] = (
    PersonColumn(
        key="grip_kg", words="grip, trials of either hand", unit="kg", kind="trials", low=0,
        high=100, slips=_GRIP_SLIPS,
    ),
    PersonColumn(
        key="grip_left_kg", words="grip, trials of the left hand", unit="kg", kind="trials",
        low=0, high=100, slips=_GRIP_SLIPS,
    ),
    PersonColumn(
        key="grip_right_kg", words="grip, trials of the right hand", unit="kg", kind="trials",
        low=0, high=100, slips=_GRIP_SLIPS,
    ),
    PersonColumn(
        key="grip_device", words="kind of dynamometer", kind="word",
        choices=("hydraulic", "spring", "pneumatic", "electronic"),
    ),
    PersonColumn(
        key="chair_stands_5_s", words="time of 5 chair stands", unit="s", low=3, high=300,
        can_fail=True, slips=(_MILLISECONDS,),
    ),
)  # fmt: skip
_PERFORMANCE: tuple[PersonColumn, ...] = (
    PersonColumn(
        key="gait_distance_m", words="length of the gait course", unit="m", low=2, high=20,
        slips=(_slip(200, 2000, "centimetres: 400 cm is 4 m"),),
    ),
    PersonColumn(
        key="gait_time_s", words="time over that course at usual pace", unit="s", low=1, high=300,
        can_fail=True, slips=(_MILLISECONDS,),
    ),
    PersonColumn(
        key="gait_speed_m_s", words="usual gait speed", unit="m/s", low=0.02, high=2.8,
        can_fail=True,
        slips=(
            _slip(2.81, 10, "km/h: 3.6 km/h is 1 m/s"),
            _slip(20, 280, "cm/s: 100 cm/s is 1 m/s"),
        ),
    ),
    PersonColumn(
        key="sppb_side_by_side_s", words="SPPB: side-by-side stand", unit="s", low=0, high=60,
        can_fail=True, slips=(_MILLISECONDS,),
    ),
    PersonColumn(
        key="sppb_semi_tandem_s", words="SPPB: semi-tandem stand", unit="s", low=0, high=60,
        can_fail=True, slips=(_MILLISECONDS,),
    ),
    PersonColumn(
        key="sppb_tandem_s", words="SPPB: tandem stand", unit="s", low=0, high=60,
        can_fail=True, slips=(_MILLISECONDS,),
    ),
    PersonColumn(
        key="sppb_points", words="SPPB in total", unit="points", kind="count", low=0, high=12
    ),
    PersonColumn(
        key="tug_s", words="timed up and go", unit="s", low=2, high=300, can_fail=True,
        slips=(_MILLISECONDS,),
    ),
    PersonColumn(
        key="walk_400m_s", words="time of the 400-m walk", unit="s", low=60, high=3600,
        can_fail=True, slips=(_slip(1, 30, "minutes: 6 min is 360 s"),),
    ),
)  # fmt: skip
_ASM_SLIPS = (_slip(2000, 60000, "grams: 20000 g is 20 kg"),)
_COMPOSITION: tuple[PersonColumn, ...] = (
    PersonColumn(
        key="asm_dxa_kg", words="appendicular muscle mass by DXA", unit="kg", low=2, high=60,
        slips=_ASM_SLIPS,
    ),
    PersonColumn(
        key="asm_bia_kg", words="appendicular muscle mass by BIA", unit="kg", low=2, high=60,
        slips=_ASM_SLIPS,
    ),
    PersonColumn(
        key="fat_mass_pct", words="fat mass", unit="%", low=2, high=80, fact="fat_mass_pct",
        slips=(_slip(0.02, 0.8, "a fraction: 0.35 is 35 %"),),
    ),
    PersonColumn(
        key="waist_cm", words="waist circumference", unit="cm", low=40, high=250, fact="waist_cm",
        slips=(
            _slip(0.4, 2.5, "metres: 0.90 m is 90 cm"),
            _slip(400, 2500, "millimetres: 900 mm is 90 cm"),
        ),
    ),
    PersonColumn(
        key="ffmi_bia_kg_m2", words="fat-free mass / height squared by BIA", unit="kg/m2", low=5,
        high=45, fact="ffmi_kg_m2",
    ),
    _yes_no("high_bmi_or_waist", "BMI or waist above the cut-point of the ethnic group"),
    _yes_no("altered_muscle_function", "altered muscle function for sex, age and ethnic group"),
    _yes_no("high_fat_mass", "high share of fat mass for sex, age and ethnic group"),
    _yes_no("low_muscle_mass_by_weight", "low muscle mass / weight by DXA or BIA"),
    _yes_no("obesity_complication", "complication of altered body composition"),
)  # fmt: skip
_MM2 = _slip(2000, 2e5, "square millimetres: 100 mm2 are 1 cm2")


def _chest(level: str, prefix: str) -> tuple[PersonColumn, ...]:
    return (
        _ct(f"{prefix}sma_cm2", f"CT: skeletal muscle area at {level}", "cm2", 15, 450, _MM2),
        _ct(f"{prefix}smi_cm2_m2", f"CT: skeletal muscle index at {level}", "cm2/m2", 5, 160),
        _ct(f"{prefix}muscle_hu", f"CT: mean attenuation of muscle at {level}", "HU", -29, 150),
    )


_CT: tuple[PersonColumn, ...] = (
    _ct("l3_sma_cm2", "CT: skeletal muscle area at L3", "cm2", 20, 450, _MM2),
    _ct("l3_smi_cm2_m2", "CT: skeletal muscle index at L3", "cm2/m2", 8, 160),
    _ct("l3_nama_cm2", "CT: normal-attenuation muscle area at L3", "cm2", 0, 450, _MM2),
    _ct("l3_lama_cm2", "CT: low-attenuation muscle area at L3", "cm2", 0, 450, _MM2),
    _ct("l3_imat_cm2", "CT: intermuscular fat area at L3", "cm2", 0, 300, _MM2),
    _ct("l3_sat_cm2", "CT: subcutaneous fat area at L3", "cm2", 0, 1500, _MM2),
    _ct("l3_vat_cm2", "CT: visceral fat area at L3", "cm2", 0, 1000, _MM2),
    _ct("l3_vsr", "CT: visceral / subcutaneous fat area at L3", "", 0, 50),
    _ct("l3_muscle_hu", "CT: mean attenuation of muscle at L3", "HU", -29, 150),
    _ct("l3_psoas_area_cm2", "CT: area of both psoas at L3", "cm2", 1, 80, _MM2),
    _ct("l3_pmi_cm2_m2", "CT: psoas muscle index at L3", "cm2/m2", 0.3, 30,
        _slip(100, 5000, "mm2/m2: 100 mm2/m2 are 1 cm2/m2")),
    _ct("l3_psoas_hu", "CT: mean attenuation of both psoas at L3", "HU", -100, 150),
    _ct("l3_l4_vat_cm2", "CT: visceral fat area between L3 and L4", "cm2", 0, 1000, _MM2),
    _ct("umbilical_vat_cm2", "CT: visceral fat area at the umbilicus", "cm2", 0, 1000, _MM2),
    *_chest("T12", "t12_"),
    _ct("t12_imat_cm2", "CT: intermuscular fat area at T12", "cm2", 0, 300, _MM2),
    *_chest("T10", "t10_"),
    *_chest("T8", "t8_"),
    *_chest("T5", "t5_"),
    PersonColumn(
        key="contrast_phase", words="CT: contrast phase", kind="word",
        choices=("unenhanced", "arterial", "portal", "unknown"), fact="contrast_phase",
    ),
    _ct("kvp", "CT: tube voltage", "kV", 60, 150, _slip(6e4, 1.5e5, "volts: 120000 V is 120 kV")),
    _ct("slice_mm", "CT: slice thickness", "mm", 0.1, 30),
)  # fmt: skip

GROUPS: tuple[tuple[str, tuple[PersonColumn, ...]], ...] = (
    ("Person", _BODY),
    ("Screening", _SCREENING),
    ("Strength", _STRENGTH),
    ("Performance", _PERFORMANCE),
    ("Body composition", _COMPOSITION),
    ("CT", _CT),
)
"""The columns by topic, in the order of help and documentation."""
PERSON_COLUMNS: tuple[PersonColumn, ...] = tuple(row for _, rows in GROUPS for row in rows)
PERSON_COLUMN = Registry("person column", PERSON_COLUMNS)
CT_COLUMNS: tuple[PersonColumn, ...] = _CT

SEX_WORDS: dict[str, str] = {
    **dict.fromkeys(
        (
            "f", "female", "w", "woman", "weiblich", "frau", "femme", "féminin", "femenino",
            "mujer", "femminile", "donna", "feminino", "mulher", "vrouw", "kvinna", "kvinde",
            "kvinne", "nainen", "kobieta", "žena", "ж", "жен", "женский", "женщина",
            "女", "女性", "여", "여성",
        ),
        "F",
    ),
    **dict.fromkeys(
        (
            "m", "male", "man", "männlich", "mann", "homme", "masculin", "masculino", "hombre",
            "maschile", "uomo", "homem", "mand", "mies", "mężczyzna", "muž", "erkek", "м", "муж",
            "мужской", "мужчина", "男", "男性", "남", "남성",
        ),
        "M",
    ),
}  # fmt: skip
"""Words for sex, in lower case."""
_CODED = "Codings of sex by numbers contradict each other."
SEX_TRAPS: dict[str, str] = {
    **dict.fromkeys(("0", "1", "2", "0.0", "1.0", "2.0"), _CODED),
    **dict.fromkeys(
        ("h", "v"),
        "Letters of other languages are not guessed: M is always taken as male, never as mujer.",
    ),
}
"""What looks like a sex and is refused, and why."""
UNKNOWN_WORDS = frozenset({
    *("", "na", "n/a", "n.a.", "nan", "<na>", "null", "unknown", "?", ".", "-", "--"),
    *("not done", "not known", "not available", "not given", "missing", "#n/a", "#n/a n/a", "#na"),
    *("#nv", "#n/d", "#null!", "-nan", "-1.#ind", "1.#qnan", "nat"),
})  # fmt: skip
"""What stands for "not given" in a cell, in lower case; "#N/A" is a spreadsheet's own word."""
UNKNOWN_SEX_WORDS = frozenset({"u", "o", "other", "x"})
UNABLE_WORD = "unable"
BMI_LOW_KG_M2, BMI_HIGH_KG_M2 = 9.0, 100.0
"""Outside of these height and weight do not belong together: swapped, or a wrong unit."""
WRONG_UNITS: dict[str, str] = {
    "height_m": "height_cm", "height": "height_cm", "height_in": "height_cm",
    "weight": "weight_kg", "weight_lb": "weight_kg", "weight_lbs": "weight_kg",
    "weight_g": "weight_kg", "age": "age_years", "age_months": "age_years", "grip": "grip_kg",
    "grip_lb": "grip_kg", "grip_n": "grip_kg", "calf": "calf_cm", "calf_mm": "calf_cm",
    "waist": "waist_cm", "waist_in": "waist_cm", "gait_speed": "gait_speed_m_s",
    "gait_speed_km_h": "gait_speed_m_s", "gait_speed_cm_s": "gait_speed_m_s", "tug": "tug_s",
    "chair_stands": "chair_stands_5_s", "asm": "asm_dxa_kg or asm_bia_kg",
    "asm_kg": "asm_dxa_kg or asm_bia_kg", "alm_kg": "asm_dxa_kg or asm_bia_kg",
    "smi": "l3_smi_cm2_m2", "sma": "l3_sma_cm2", "l3_smi": "l3_smi_cm2_m2",
    "l3_sma": "l3_sma_cm2", "l3_sma_mm2": "l3_sma_cm2", "walk_400m_min": "walk_400m_s",
}  # fmt: skip
"""Column names that leave the unit or the method open, and what to write instead."""
