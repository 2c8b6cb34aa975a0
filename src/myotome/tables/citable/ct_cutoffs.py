"""Cut-offs on CT: muscle quantity, muscle attenuation, psoas; those on fat are beside them.

None of them is a diagnosis. They disagree because they answer different questions (survival in
cancer, waiting lists in cirrhosis, the low end of healthy donors), so all that apply are shown
side by side.
"""

from __future__ import annotations

from typing import Any

from myotome.tables.citable.cutoff import Band, CutOff, Limit, by_sex
from myotome.tables.citable.fat_cutoffs import LOW_MUSCLE_OBESITY, VISCERAL_FAT

QUANTITY = "ct_muscle_quantity"
QUALITY = "ct_muscle_quality"

_LOW_QUANTITY = "low CT muscle quantity"
_LOW_AREA = "low CT muscle quantity (area)"
_LOW_PSOAS = "low CT muscle quantity (psoas)"
_LOW_HU = "low CT muscle attenuation (myosteatosis)"

_SMI = "area of all muscles of the L3 slice / height squared; muscle -29..150 HU"
_SMA = "area of all muscles of the L3 slice; muscle -29..150 HU"
_HU = "mean HU of all muscles of the L3 slice; muscle -29..150 HU"

_MUSCLE = "muscle"

_BELOW_25 = Band(fact="bmi_kg_m2", high=25)
_FROM_25 = Band(fact="bmi_kg_m2", low=25)
_ENHANCED = ("arterial", "portal")
_PHASE_UNKNOWN = "the contrast phase it was derived for is not known here"

_CHEST_CT: dict[str, Any] = {
    "citation": "insights_imaging2021",
    "population": "healthy adults, China, chest CT",
    "n": 569,
    "region": "asia",
    "certainty": "primary",
    "read_in": "abstract",
}


def _ages(low: float, high: float | None) -> Band:
    return Band(fact="age_years", low=low, high=high)


AREA_INDICES: tuple[CutOff, ...] = (
    CutOff(
        key="fearon2011_l3_smi",
        fact="l3_smi_cm2_m2",
        topic=QUANTITY,
        operator="<",
        limits=by_sex(55, 39),
        finding=_LOW_QUANTITY,
        citation="fearon2011",
        population="cancer cachexia consensus",
        derivation="from Mourtzakis 2008 (55.4 and 38.9)",
        definition=_SMI,
        window=_MUSCLE,
        certainty="secondary",
        read_in="Smorchkova 2022",
        known_errors="Smorchkova 2022 prints the unit as cm2/m; it is cm2/m2",
    ),
    CutOff(
        key="martin2013_l3_smi",
        fact="l3_smi_cm2_m2",
        topic=QUANTITY,
        operator="<",
        limits=(
            Limit(sex="M", value=43, bands=(_BELOW_25,)),
            Limit(sex="M", value=53, bands=(_FROM_25,)),
            Limit(sex="F", value=41),
        ),
        finding=_LOW_QUANTITY,
        citation="martin2013",
        population="patients with lung or gastrointestinal cancer, Canada",
        n=1473,
        derivation="optimal stratification for survival",
        definition=_SMI,
        window=_MUSCLE,
        certainty="secondary",
        read_in="Fukushima 2015; Smorchkova 2022",
        known_errors="Smorchkova 2022 prints the BMI bounds as >25 and <25; they are >=25 and <25",
    ),
    CutOff(
        key="prado2008_l3_smi",
        fact="l3_smi_cm2_m2",
        topic=QUANTITY,
        operator="<=",
        limits=by_sex(52.4, 38.5, Band(fact="bmi_kg_m2", low=30)),
        finding=_LOW_QUANTITY,
        citation="prado2008",
        population="obese patients (BMI >= 30) with respiratory or gastrointestinal cancer, Canada",
        derivation="optimal stratification for survival",
        definition=_SMI,
        window=_MUSCLE,
        certainty="secondary",
        read_in="Gu 2018",
        known_errors="often applied to people who are not obese, for whom it was not derived",
    ),
    CutOff(
        key="carey2017_l3_smi",
        fact="l3_smi_cm2_m2",
        topic=QUANTITY,
        operator="<",
        limits=by_sex(50, 39),
        finding=_LOW_QUANTITY,
        citation="carey2017",
        population="cirrhosis, waiting for a liver transplant, North America",
        derivation="mortality on the waiting list",
        definition=_SMI,
        window=_MUSCLE,
        certainty="secondary",
        read_in="Ha 2022",
    ),
    CutOff(
        key="derstine2018_l3_smi",
        fact="l3_smi_cm2_m2",
        topic=QUANTITY,
        operator="<",
        limits=by_sex(45.4, 34.4),
        finding=_LOW_QUANTITY,
        citation="derstine2018",
        population="healthy kidney donor candidates of 18-40 years, USA, unenhanced CT",
        derivation="mean - 2 SD",
        definition=_SMI,
        window=_MUSCLE,
        certainty="primary",
        read_in="abstract",
    ),
    CutOff(
        key="derstine2018_l3_sma",
        fact="l3_sma_cm2",
        topic=QUANTITY,
        operator="<",
        limits=by_sex(144.3, 92.2),
        finding=_LOW_AREA,
        citation="derstine2018",
        population="healthy kidney donor candidates of 18-40 years, USA, unenhanced CT",
        derivation="mean - 2 SD",
        definition=_SMA,
        window=_MUSCLE,
        certainty="primary",
        read_in="abstract",
    ),
    CutOff(
        key="van_der_werf2018_l3_smi",
        fact="l3_smi_cm2_m2",
        topic=QUANTITY,
        operator="<",
        limits=by_sex(41.6, 32.0),
        finding=_LOW_QUANTITY,
        citation="van_der_werf2018",
        population="potential kidney donors of 20-82 years, Netherlands",
        n=420,
        derivation="5th percentile, all ages",
        definition=_SMI,
        window=_MUSCLE,
        certainty="primary",
        read_in="abstract",
    ),
    CutOff(
        key="van_der_werf2018_l3_sma",
        fact="l3_sma_cm2",
        topic=QUANTITY,
        operator="<",
        limits=by_sex(134.0, 89.2),
        finding=_LOW_AREA,
        citation="van_der_werf2018",
        population="potential kidney donors of 20-82 years, Netherlands",
        n=420,
        derivation="5th percentile, all ages",
        definition=_SMA,
        window=_MUSCLE,
        certainty="primary",
        read_in="abstract",
    ),
    CutOff(
        key="martin_d2025_l3_smi",
        fact="l3_smi_cm2_m2",
        topic=QUANTITY,
        operator="<",
        limits=(
            *by_sex(43.7, 33.8, _ages(20, 40)),
            *by_sex(44.9, 34.8, _ages(40, 60)),
            *by_sex(39.7, 31.2, _ages(60, None)),
        ),
        finding=_LOW_QUANTITY,
        citation="martin_d2025",
        population="healthy living kidney donors, Switzerland",
        n=394,
        derivation="5th percentile by age",
        definition=_SMI,
        window=_MUSCLE,
        certainty="primary",
        read_in="abstract",
    ),
    CutOff(
        key="zeng2021_l3_smi",
        fact="l3_smi_cm2_m2",
        topic=QUANTITY,
        operator="<",
        limits=by_sex(44.77, 32.50),
        finding=_LOW_QUANTITY,
        citation="zeng2021",
        population="adults below 60 years, China",
        n=661,
        derivation="mean - 1.28 SD",
        definition=_SMI,
        window=_MUSCLE,
        region="asia",
        certainty="primary",
        read_in="abstract",
    ),
    CutOff(
        key="hamaguchi2016_l3_pmi",
        fact="l3_pmi_cm2_m2",
        topic=QUANTITY,
        operator="<",
        limits=by_sex(6.36, 3.92),
        finding=_LOW_PSOAS,
        citation="hamaguchi2016",
        population="living liver donors, Japan, unenhanced CT",
        n=541,
        derivation="mean - 2 SD of the younger donors",
        definition="left + right psoas area at L3 / height squared; not diameters, not mm2/m2",
        region="asia",
        certainty="primary",
        read_in="abstract",
        known_errors="psoas indices of other papers are defined otherwise; never mix them",
    ),
)

ATTENUATIONS: tuple[CutOff, ...] = (
    CutOff(
        key="martin2013_l3_hu",
        fact="l3_muscle_hu",
        topic=QUALITY,
        operator="<",
        limits=(
            Limit(sex="any", value=41, bands=(_BELOW_25,)),
            Limit(sex="any", value=33, bands=(_FROM_25,)),
        ),
        finding=_LOW_HU,
        citation="martin2013",
        population="patients with lung or gastrointestinal cancer, Canada; mostly enhanced CT",
        n=1473,
        derivation="optimal stratification for survival",
        definition=_HU,
        window=_MUSCLE,
        phases=_ENHANCED,
        certainty="secondary",
        read_in="Cells 2022;11:1216, table 1 (10.3390/cells11071216)",
    ),
    CutOff(
        key="derstine2018_l3_hu",
        fact="l3_muscle_hu",
        topic=QUALITY,
        operator="<",
        limits=by_sex(38.5, 34.3),
        finding=_LOW_HU,
        citation="derstine2018",
        population="healthy kidney donor candidates of 18-40 years, USA, unenhanced CT",
        derivation="mean - 2 SD",
        definition=_HU,
        window=_MUSCLE,
        phases=("unenhanced",),
        certainty="primary",
        read_in="abstract",
    ),
    CutOff(
        key="van_der_werf2018_l3_hu",
        fact="l3_muscle_hu",
        topic=QUALITY,
        operator="<",
        limits=by_sex(29.3, 22.0),
        finding=_LOW_HU,
        citation="van_der_werf2018",
        population="potential kidney donors of 20-82 years, Netherlands",
        n=420,
        derivation="5th percentile, all ages",
        definition=_HU,
        window=_MUSCLE,
        withheld=_PHASE_UNKNOWN,
        certainty="primary",
        read_in="abstract",
    ),
    CutOff(
        key="ebadi2022_l3_hu",
        fact="l3_muscle_hu",
        topic=QUALITY,
        operator="<",
        limits=by_sex(33, 28),
        finding=_LOW_HU,
        citation="ebadi2022",
        population="cirrhosis, Canada",
        n=855,
        derivation="lowest tertile",
        definition=_HU,
        window=_MUSCLE,
        withheld=_PHASE_UNKNOWN,
        certainty="primary",
        read_in="abstract",
    ),
)

T12: tuple[CutOff, ...] = (
    CutOff(
        key="insights_imaging2021_t12_smi",
        fact="t12_smi_cm2_m2",
        topic=QUANTITY,
        operator="<",
        limits=by_sex(25.75, 20.16),
        finding=_LOW_QUANTITY,
        definition="muscle area at T12 / height squared; which muscles, and in which HU, was "
        "not read",
        **_CHEST_CT,
    ),
    CutOff(
        key="insights_imaging2021_t12_imat",
        fact="t12_imat_cm2",
        topic=QUALITY,
        operator=">",
        limits=by_sex(8.72, 4.58),
        finding="high CT fat between the muscles (myosteatosis)",
        definition="intermuscular fat area at T12; its HU window was not read",
        **_CHEST_CT,
    ),
    CutOff(
        key="insights_imaging2021_t12_hu",
        fact="t12_muscle_hu",
        topic=QUALITY,
        operator="<",
        limits=by_sex(37.42, 33.17),
        finding=_LOW_HU,
        definition="mean HU of muscle at T12",
        withheld=_PHASE_UNKNOWN,
        **_CHEST_CT,
    ),
)

CT_CUTOFFS: tuple[CutOff, ...] = (
    AREA_INDICES + ATTENUATIONS + T12 + VISCERAL_FAT + LOW_MUSCLE_OBESITY
)
