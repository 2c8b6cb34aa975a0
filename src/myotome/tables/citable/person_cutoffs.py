"""Cut-offs on the person: screening, strength, performance, muscle mass by DXA or BIA.

One cut-off per quantity and consensus paper; the criteria that combine them are in
``tables.citable.criteria``.
"""

from __future__ import annotations

from typing import Any

from myotome.tables.citable.cutoff import Band, CutOff, Limit, by_sex, for_all

SCREENING = "screening"
STRENGTH = "muscle_strength"
PERFORMANCE = "physical_performance"
MASS = "muscle_mass"

_MASS = "low muscle mass"
_WEAK = "low grip strength"
_SLOW = "low gait speed"
_OLDER = Band(fact="age_years", low=65)
_MIDDLE = Band(fact="age_years", low=50, high=65)


def _bmi(low: float | None, high: float | None) -> tuple[Band, ...]:
    """A band of BMI that excludes its lower and includes its upper bound, as Fried's do."""
    return (Band(fact="bmi_kg_m2", low=low, high=high, low_included=False, high_included=True),)


_EWGSOP2: dict[str, Any] = {
    "citation": "ewgsop2",
    "population": "older adults, Europe",
    "region": "europe",
    "certainty": "secondary",
    "read_in": "PMC10355810, table 1; Smorchkova 2022, table 1",
}
_EWGSOP2_SLOW = {**_EWGSOP2, "read_in": "PMC10355810, table 1; Smorchkova 2022, text"}
_AWGS2019: dict[str, Any] = {
    "citation": "awgs2019",
    "population": "older adults, Asia (from 60 or 65 years, by country)",
    "region": "asia",
    "certainty": "primary",
    "read_in": "abstract",
}
_AWGS2025: dict[str, Any] = {
    "citation": "awgs2025",
    "population": "adults from 50 years, Asia",
    "region": "asia",
    "certainty": "secondary",
    "read_in": "summaries by users of the paper",
}
_FNIH: dict[str, Any] = {
    "citation": "fnih",
    "population": "community-dwelling older adults, pooled from nine studies",
    "n": 20847,
    "certainty": "primary",
    "read_in": "abstract; the number of people in that of Alley 2014",
}
_FNIH_MASS = {
    **_FNIH,
    "n": 11270,
    "read_in": "abstract; the number of people in that of Cawthon 2014",
}
_SDOC: dict[str, Any] = {
    "citation": "sdoc",
    "population": "community-dwelling older adults, pooled from eight cohorts",
    "n": 18249,
    "certainty": "secondary",
    "read_in": "PMC7508260, abstract",
}
_SDOC_OTHER: dict[str, Any] = {
    **_SDOC,
    "n": None,
    "read_in": "J Am Geriatr Soc 2020;68:1438, abstract",
    "definition": "alternative to grip strength, not part of the criteria",
}
_IWGS: dict[str, Any] = {
    "citation": "iwgs",
    "population": "older adults",
    "certainty": "secondary",
    "read_in": "Yamada 2021, abstract",
}


def _cutoff(
    key: str, fact: str, topic: str, test: tuple[Any, ...], common: dict[str, Any], **more: Any
) -> CutOff:
    """``test`` is the finding, the operator and the limits."""
    finding, operator, limits = test
    return CutOff(
        key=key,
        fact=fact,
        topic=topic,
        finding=finding,
        operator=operator,
        limits=limits,
        **{**common, **more},
    )


EWGSOP2: tuple[CutOff, ...] = (
    _cutoff(
        "ewgsop2_sarc_f",
        "sarc_f_points",
        SCREENING,
        ("positive SARC-F", ">=", for_all(4)),
        _EWGSOP2,
        read_in="PMC9020246, table 5",
    ),
    _cutoff("ewgsop2_grip", "grip_kg", STRENGTH, (_WEAK, "<", by_sex(27, 16)), _EWGSOP2),
    _cutoff(
        "ewgsop2_chair",
        "chair_stands_5_s",
        STRENGTH,
        ("slow chair stands", ">", for_all(15)),
        _EWGSOP2,
        unable_counts=True,
        definition="time of 5 rises; unable counts as low",
    ),
    _cutoff("ewgsop2_asm", "asm_kg", MASS, (_MASS, "<", by_sex(20, 15)), _EWGSOP2),
    _cutoff(
        "ewgsop2_asm_h2",
        "asm_kg_m2",
        MASS,
        (_MASS, "<", by_sex(7.0, 5.5)),
        _EWGSOP2,
        known_errors="the first printing said 6.0 for women, corrected to 5.5 in Age Ageing "
        "2019;48(4):601; some sources still print 6.0",
    ),
    _cutoff(
        "ewgsop2_gait",
        "gait_speed_m_s",
        PERFORMANCE,
        (_SLOW, "<=", for_all(0.8)),
        _EWGSOP2_SLOW,
        course_m=4.0,
        definition="usual pace",
    ),
    _cutoff(
        "ewgsop2_sppb", "sppb_points", PERFORMANCE, ("low SPPB", "<=", for_all(8)), _EWGSOP2_SLOW
    ),
    _cutoff(
        "ewgsop2_tug",
        "tug_s",
        PERFORMANCE,
        ("slow timed up and go", ">=", for_all(20)),
        _EWGSOP2_SLOW,
    ),
    _cutoff(
        "ewgsop2_walk_400m",
        "walk_400m_s",
        PERFORMANCE,
        ("slow 400-m walk", ">=", for_all(360)),
        _EWGSOP2,
        read_in="PMC10355810, table 1",
        unable_counts=True,
        definition="6 min or more, or not completed",
    ),
)

AWGS2019: tuple[CutOff, ...] = (
    _cutoff(
        "awgs2019_calf",
        "calf_cm",
        SCREENING,
        ("low calf circumference", "<", by_sex(34, 33)),
        _AWGS2019,
    ),
    _cutoff(
        "awgs2019_sarc_f",
        "sarc_f_points",
        SCREENING,
        ("positive SARC-F", ">=", for_all(4)),
        _AWGS2019,
    ),
    _cutoff(
        "awgs2019_sarc_calf",
        "sarc_calf_points",
        SCREENING,
        ("positive SARC-CalF", ">=", for_all(11)),
        _AWGS2019,
    ),
    _cutoff("awgs2019_grip", "grip_kg", STRENGTH, (_WEAK, "<", by_sex(28, 18)), _AWGS2019),
    _cutoff(
        "awgs2019_chair",
        "chair_stands_5_s",
        PERFORMANCE,
        ("slow chair stands", ">=", for_all(12)),
        _AWGS2019,
        known_errors="low physical performance, not strength, as some summaries have it",
    ),
    _cutoff(
        "awgs2019_gait",
        "gait_speed_m_s",
        PERFORMANCE,
        (_SLOW, "<", for_all(1.0)),
        _AWGS2019,
        course_m=6.0,
        definition="6-m walk",
    ),
    _cutoff("awgs2019_sppb", "sppb_points", PERFORMANCE, ("low SPPB", "<=", for_all(9)), _AWGS2019),
    _cutoff(
        "awgs2019_asm_h2",
        "asm_kg_m2",
        MASS,
        (_MASS, "<", (*by_sex(7.0, 5.4, method="DXA"), *by_sex(7.0, 5.7, method="BIA"))),
        _AWGS2019,
    ),
)

AWGS2025: tuple[CutOff, ...] = (
    _cutoff(
        "awgs2025_calf",
        "calf_cm",
        SCREENING,
        ("low calf circumference", "<", by_sex(34, 33)),
        _AWGS2025,
    ),
    _cutoff(
        "awgs2025_sarc_f",
        "sarc_f_points",
        SCREENING,
        ("positive SARC-F", ">=", for_all(4)),
        _AWGS2025,
    ),
    _cutoff(
        "awgs2025_grip",
        "grip_kg",
        STRENGTH,
        (_WEAK, "<", (*by_sex(34, 20, _MIDDLE), *by_sex(28, 18, _OLDER))),
        _AWGS2025,
    ),
    _cutoff(
        "awgs2025_asm_h2",
        "asm_kg_m2",
        MASS,
        (
            _MASS,
            "<",
            (*by_sex(7.6, 5.7, _MIDDLE, method="BIA"), *by_sex(7.0, 5.7, _OLDER, method="BIA")),
        ),
        _AWGS2025,
        definition="BIA only: the numbers for DXA and for ASM/BMI are left out "
        "until they have been read in the publication",
    ),
)

AMERICAN: tuple[CutOff, ...] = (
    _cutoff("fnih_grip", "grip_kg", STRENGTH, (_WEAK, "<", by_sex(26, 16)), _FNIH),
    _cutoff(
        "fnih_grip_bmi",
        "grip_per_bmi_m2",
        STRENGTH,
        ("low grip strength / BMI", "<", by_sex(1.00, 0.56)),
        _FNIH,
        n=None,
        certainty="secondary",
        read_in="McLean 2014, abstract",
        definition="alternative to grip strength, not part of the criteria",
    ),
    _cutoff(
        "fnih_asm_bmi",
        "asm_per_bmi_m2",
        MASS,
        ("low muscle mass / BMI", "<", by_sex(0.789, 0.512)),
        _FNIH_MASS,
        method="DXA",
        definition="DXA",
    ),
    _cutoff(
        "fnih_asm",
        "asm_kg",
        MASS,
        (_MASS, "<", by_sex(19.75, 15.02)),
        _FNIH_MASS,
        citation="fnih_mass",
        read_in="abstract",
        method="DXA",
        definition="DXA; alternative to the mass / BMI, not part of the criteria",
    ),
    _cutoff(
        "fnih_gait",
        "gait_speed_m_s",
        PERFORMANCE,
        (_SLOW, "<", for_all(0.8)),
        _FNIH,
        n=None,
        certainty="secondary",
        read_in="PMC6125026, table 2",
    ),
    _cutoff("sdoc_grip", "grip_kg", STRENGTH, (_WEAK, "<", by_sex(35.5, 20)), _SDOC),
    _cutoff(
        "sdoc_grip_bmi",
        "grip_per_bmi_m2",
        STRENGTH,
        ("low grip strength / BMI", "<", by_sex(1.05, 0.79)),
        _SDOC_OTHER,
    ),
    _cutoff(
        "sdoc_grip_weight",
        "grip_per_weight",
        STRENGTH,
        ("low grip strength / weight", "<", by_sex(0.45, 0.337)),
        _SDOC_OTHER,
    ),
    _cutoff(
        "sdoc_gait",
        "gait_speed_m_s",
        PERFORMANCE,
        (_SLOW, "<", for_all(0.8)),
        _SDOC,
        definition="usual pace",
        known_errors='PMC10355810, table 1 misprints ">0.8"',
    ),
    _cutoff(
        "iwgs_gait",
        "gait_speed_m_s",
        PERFORMANCE,
        (_SLOW, "<", for_all(1.0)),
        _IWGS,
        read_in="PMC4739621, table 1",
    ),
    _cutoff(
        "iwgs_asm_h2",
        "asm_kg_m2",
        MASS,
        (_MASS, "<=", by_sex(7.23, 5.67)),
        _IWGS,
        method="DXA",
        definition="DXA",
        known_errors="some tables attribute the numbers to EWGSOP",
    ),
)

OTHER: tuple[CutOff, ...] = (
    CutOff(
        key="fried_grip",
        fact="grip_kg",
        topic=STRENGTH,
        operator="<=",
        limits=(
            Limit(sex="M", value=29, bands=_bmi(None, 24)),
            Limit(sex="M", value=30, bands=_bmi(24, 28)),
            Limit(sex="M", value=32, bands=_bmi(28, None)),
            Limit(sex="F", value=17, bands=_bmi(None, 23)),
            Limit(sex="F", value=17.3, bands=_bmi(23, 26)),
            Limit(sex="F", value=18, bands=_bmi(26, 29)),
            Limit(sex="F", value=21, bands=_bmi(29, None)),
        ),
        finding=_WEAK,
        citation="searle2008",
        population="older adults, USA (Cardiovascular Health Study): weakness of the frailty "
        "phenotype of Fried 2001, also in Russian guidance on sarcopenia",
        certainty="secondary",
        read_in="Searle 2008, table 2",
        known_errors="PMC8934156, table 1 prints 31 for men of BMI 26.1-28; Smorchkova 2022 "
        'writes "lower than" for <=',
    ),
    CutOff(
        key="glim_ffmi",
        fact="ffmi_kg_m2",
        topic=MASS,
        operator="<",
        limits=by_sex(17, 15),
        finding="reduced muscle mass (malnutrition criterion)",
        citation="glim",
        population="adults; no universal cut-off, population-specific ones are preferred",
        definition="BIA",
        certainty="secondary",
        read_in="Japanese society of clinical nutrition (jspen.or.jp)",
    ),
)

PERSON_CUTOFFS: tuple[CutOff, ...] = EWGSOP2 + AWGS2019 + AWGS2025 + AMERICAN + OTHER
