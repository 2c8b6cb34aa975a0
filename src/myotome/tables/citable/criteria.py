"""Criteria sets as data: what each consensus paper combines, step by step.

A step's ``words`` are what may be said where it holds. Only sets with a strength or performance
test use the word sarcopenia; what rests on CT alone is a finding "by" its citation.
"""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.citable.citations import CITATION, Citation
from myotome.tables.citable.terms import (
    Compare,
    Says,
    Term,
    all_of,
    any_of,
    one_test_of,
)
from myotome.tables.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step. ``grade`` orders the conclusions; 0 is a screen, which never gates the rest."""

    key: str
    words: str
    term: Term
    grade: int
    negative_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaSet:
    """One definition. ``notes`` are its limits, shown with every result."""

    key: str
    words: str
    citation: str
    steps: tuple[Step, ...]
    region: str = ""
    notes: tuple[str, ...] = ()

    @property
    def source(self) -> Citation:
        """The publication."""
        return CITATION[self.citation]


_SARC_F_MISSES = (
    "a negative SARC-F does not exclude sarcopenia: sensitivity 25 % for EWGSOP, 31.6 % for FNIH, "
    "50 % for IWGS (Smorchkova 2022)"
)

# EWGSOP2: find, assess, confirm, severity
_EW_WEAK = one_test_of("ewgsop2_grip", "ewgsop2_chair")
_EW_MASS = any_of(Compare("ewgsop2_asm"), Compare("ewgsop2_asm_h2"))
_EW_SLOW = one_test_of("ewgsop2_gait", "ewgsop2_sppb", "ewgsop2_tug", "ewgsop2_walk_400m")
EWGSOP2 = CriteriaSet(
    key="ewgsop2",
    words="EWGSOP2 2019",
    citation="ewgsop2",
    region="europe",
    steps=(
        Step(
            key="find",
            words="screen positive: assess further",
            term=any_of(Compare("ewgsop2_sarc_f"), Says("clinical_suspicion", "yes")),
            grade=0,
            negative_note=_SARC_F_MISSES,
        ),
        Step(key="assess", words="probable sarcopenia", term=_EW_WEAK, grade=1),
        Step(
            key="confirm",
            words="sarcopenia (confirmed)",
            term=all_of(_EW_WEAK, _EW_MASS),
            grade=2,
        ),
        Step(
            key="severity",
            words="severe sarcopenia",
            term=all_of(_EW_WEAK, _EW_MASS, _EW_SLOW),
            grade=3,
        ),
    ),
    notes=(
        "CT at L3 is a named method, but EWGSOP2 sets no CT cut-off: CT does not confirm here",
        "a negative screen ends the pathway, unless sarcopenia is suspected",
    ),
)

# AWGS 2019
_AW_WEAK = Compare("awgs2019_grip")
_AW_SLOW = one_test_of("awgs2019_gait", "awgs2019_sppb", "awgs2019_chair")
_AW_MASS = Compare("awgs2019_asm_h2")
_AW_SCREEN = any_of(
    Compare("awgs2019_calf"), Compare("awgs2019_sarc_f"), Compare("awgs2019_sarc_calf")
)
AWGS2019 = CriteriaSet(
    key="awgs2019",
    words="AWGS 2019",
    citation="awgs2019",
    region="asia",
    steps=(
        Step(
            key="screen",
            words="screen positive: assess further",
            term=_AW_SCREEN,
            grade=0,
            negative_note=_SARC_F_MISSES,
        ),
        Step(
            key="screen_hospital",
            words="screen positive in hospital or clinic: assess further",
            term=any_of(_AW_SCREEN, Says("clinical_condition", "yes")),
            grade=0,
            negative_note=_SARC_F_MISSES,
        ),
        Step(
            key="possible",
            words="possible sarcopenia",
            term=one_test_of("awgs2019_grip", "awgs2019_chair"),
            grade=1,
        ),
        Step(
            key="sarcopenia",
            words="sarcopenia",
            term=all_of(_AW_MASS, any_of(_AW_WEAK, _AW_SLOW)),
            grade=2,
        ),
        Step(
            key="severe",
            words="severe sarcopenia",
            term=all_of(_AW_MASS, _AW_WEAK, _AW_SLOW),
            grade=3,
        ),
    ),
    notes=(
        "the age from which it is used, 60 or 65 years, is set by each country",
        "possible sarcopenia is the term of primary care, where mass is not measured",
    ),
)

# AWGS 2025
_A25_WEAK = Compare("awgs2025_grip")
AWGS2025 = CriteriaSet(
    key="awgs2025",
    words="AWGS 2025",
    citation="awgs2025",
    region="asia",
    steps=(
        Step(
            key="screen",
            words="at risk: assess further",
            term=any_of(Compare("awgs2025_calf"), Compare("awgs2025_sarc_f")),
            grade=0,
            negative_note=_SARC_F_MISSES,
        ),
        Step(key="possible", words="possible sarcopenia", term=_A25_WEAK, grade=1),
        Step(
            key="sarcopenia",
            words="sarcopenia",
            term=all_of(_A25_WEAK, Compare("awgs2025_asm_h2")),
            grade=2,
        ),
    ),
    notes=(
        "muscle mass by BIA only: the cut-offs for DXA and for ASM/BMI are left out until they "
        "have been read in the publication",
        "screening by finger ring and SARC-CalF is left out for the same reason",
        "performance is an outcome here, not a criterion, and there is no severe grade",
        "the cut-offs were read in summaries of the paper",
    ),
)

_FN_WEAK = Compare("fnih_grip")
_FN_MASS = Compare("fnih_asm_bmi")
FNIH = CriteriaSet(
    key="fnih",
    words="FNIH 2014",
    citation="fnih",
    steps=(
        Step(
            key="weakness_mass",
            words="weakness with low lean mass",
            term=all_of(_FN_WEAK, _FN_MASS),
            grade=1,
        ),
        Step(
            key="slowness_weakness_mass",
            words="slowness with weakness and low lean mass",
            term=all_of(Compare("fnih_gait"), _FN_WEAK, _FN_MASS),
            grade=2,
        ),
    ),
)

SDOC = CriteriaSet(
    key="sdoc",
    words="SDOC 2020",
    citation="sdoc",
    steps=(
        Step(
            key="sarcopenia",
            words="weakness and slowness",
            term=all_of(Compare("sdoc_grip"), Compare("sdoc_gait")),
            grade=1,
        ),
    ),
    notes=("lean mass by DXA is not part of this definition",),
)

IWGS = CriteriaSet(
    key="iwgs",
    words="IWGS 2011",
    citation="iwgs",
    steps=(
        Step(
            key="sarcopenia",
            words="sarcopenia",
            term=all_of(Compare("iwgs_gait"), Compare("iwgs_asm_h2")),
            grade=1,
        ),
    ),
)

_SO_CONFIRMED = (
    Says("altered_muscle_function", "yes"),
    Says("high_fat_mass", "yes"),
    Says("low_muscle_mass_by_weight", "yes"),
)
ESPEN_EASO = CriteriaSet(
    key="espen_easo",
    words="Sarcopenic obesity, ESPEN/EASO 2022",
    citation="espen_easo",
    steps=(
        Step(
            key="screen",
            words="screen positive: assess further",
            term=all_of(
                Says("high_bmi_or_waist", "yes"),
                any_of(Says("clinical_suspicion", "yes"), Compare("ewgsop2_sarc_f")),
            ),
            grade=0,
            negative_note=_SARC_F_MISSES,
        ),
        Step(
            key="sarcopenic_obesity",
            words="sarcopenic obesity (stage I unless there are complications)",
            term=all_of(*_SO_CONFIRMED),
            grade=1,
        ),
        Step(
            key="stage_2",
            words="sarcopenic obesity, stage II",
            term=all_of(*_SO_CONFIRMED, Says("obesity_complication", "yes")),
            grade=2,
        ),
    ),
    notes=(
        "the cut-points depend on ethnic group, sex and age and are judged by the user; only the "
        "steps are applied",
        "the consensus sets no CT cut-off: CT does not confirm here",
    ),
)

PRADO_OBESITY = CriteriaSet(
    key="prado2008_low_muscle_obesity",
    words="Obesity with low CT muscle quantity, Prado 2008",
    citation="prado2008",
    steps=(
        Step(
            key="both",
            words="obesity with low CT muscle quantity by Prado 2008",
            term=all_of(Compare("prado2008_bmi"), Compare("prado2008_l3_smi")),
            grade=1,
        ),
    ),
    notes=("derived in cancer; a CT finding, not a diagnosis",),
)

HA_OBESITY = CriteriaSet(
    key="ha2022_low_muscle_visceral_fat",
    words="High CT visceral fat with low CT muscle quantity, Ha 2022",
    citation="ha2022",
    steps=(
        Step(
            key="both",
            words="high CT visceral fat with low CT muscle quantity by Ha 2022",
            term=all_of(Compare("ha2022_l3_smi"), Compare("ha2022_l3_vsr")),
            grade=1,
        ),
    ),
    notes=("derived in cirrhosis before a transplant; a CT finding, not a diagnosis",),
)

HA2023_OBESITY = CriteriaSet(
    key="ha2023_low_muscle_visceral_fat",
    words="High CT visceral fat with low CT muscle quantity, Ha 2023",
    citation="ha2023",
    steps=(
        Step(
            key="both",
            words="high CT visceral fat with low CT muscle quantity by Ha 2023",
            term=all_of(Compare("ha2023_l3_smi"), Compare("ha2023_l3_vsr")),
            grade=1,
        ),
    ),
    notes=("derived in outpatients with cirrhosis; a CT finding, not a diagnosis",),
)

CRITERIA: tuple[CriteriaSet, ...] = (
    EWGSOP2,
    AWGS2019,
    AWGS2025,
    FNIH,
    SDOC,
    IWGS,
    ESPEN_EASO,
    PRADO_OBESITY,
    HA_OBESITY,
    HA2023_OBESITY,
)
CRITERIA_SET = Registry("criteria", CRITERIA)
