"""Cut-offs on CT: visceral fat, and what is combined into low muscle with obesity."""

from __future__ import annotations

from myotome.tables.citable.cutoff import CutOff, Limit, by_sex

VISCERAL = "ct_visceral_fat"
LOW_MUSCLE = "ct_low_muscle_obesity"

_HIGH_VAT = "high CT visceral fat"
_HIGH_VSR = "high CT visceral fat (ratio to subcutaneous)"
_LOW_QUANTITY = "low CT muscle quantity"

_SMI = "area of all muscles of the L3 slice / height squared; muscle -29..150 HU"
_VSR = "visceral / subcutaneous fat area on one slice"
_MUSCLE, _VISCERAL_FAT = "muscle", "visceral_fat"
_HA2023 = "outpatients with cirrhosis, waiting for a liver transplant, North America"

VISCERAL_FAT: tuple[CutOff, ...] = (
    CutOff(
        key="doyle2013_l3_l4_vat",
        fact="l3_l4_vat_cm2",
        topic=VISCERAL,
        operator=">=",
        limits=by_sex(163.8, 80.1),
        finding=_HIGH_VAT,
        citation="doyle2013",
        population="gastrointestinal cancer, Ireland",
        n=236,
        derivation="ROC for the metabolic syndrome (sensitivity 83.6 % men, 96 % women; "
        "specificity 62.5 % and 73.2 %)",
        definition="visceral fat area between L3 and L4",
        usual_window=_VISCERAL_FAT,
        certainty="primary",
        read_in="abstract; the operator in later use",
    ),
    CutOff(
        key="ryo2014_umbilical_vat",
        fact="umbilical_vat_cm2",
        topic=VISCERAL,
        operator=">=",
        limits=(Limit(sex="any", value=100),),
        finding=_HIGH_VAT,
        citation="ryo2014",
        population="adults, Japan",
        derivation="on average one or more cardiovascular risk factors",
        definition="visceral fat area at the umbilicus",
        usual_window=_VISCERAL_FAT,
        region="asia",
        certainty="primary",
        read_in="abstract",
    ),
    CutOff(
        key="lee2018_umbilical_vat",
        fact="umbilical_vat_cm2",
        topic=VISCERAL,
        operator=">=",
        limits=by_sex(134.6, 91.1),
        finding=_HIGH_VAT,
        citation="lee2018",
        population="health check-up, Korea, 19-79 years",
        n=36783,
        derivation="ROC for two or more metabolic risk factors",
        definition="visceral fat area of the fat CT of a check-up",
        usual_window=_VISCERAL_FAT,
        withheld="the level of its slice is not known here",
        region="asia",
        certainty="primary",
        read_in="abstract; the operator in later use",
        known_errors="sometimes attributed to Kim HS",
    ),
    CutOff(
        key="ha2022_l3_vsr",
        fact="l3_vsr",
        topic=VISCERAL,
        operator=">=",
        limits=by_sex(1.54, 1.37),
        finding=_HIGH_VSR,
        citation="ha2022",
        population="inpatients with cirrhosis, urgently listed for a transplant, North America",
        n=116,
        derivation="mortality after the transplant",
        definition=_VSR,
        usual_window=_VISCERAL_FAT,
        certainty="primary",
        read_in="abstract",
    ),
    CutOff(
        key="ha2023_l3_vsr",
        fact="l3_vsr",
        topic=VISCERAL,
        operator=">=",
        limits=by_sex(1.21, 0.48),
        finding=_HIGH_VSR,
        citation="ha2023",
        population=_HA2023,
        n=326,
        derivation="mortality on the waiting list",
        definition=_VSR,
        usual_window=_VISCERAL_FAT,
        certainty="primary",
        read_in="abstract",
    ),
)

LOW_MUSCLE_OBESITY: tuple[CutOff, ...] = (
    CutOff(
        key="prado2008_bmi",
        fact="bmi_kg_m2",
        topic=LOW_MUSCLE,
        operator=">=",
        limits=(Limit(sex="any", value=30),),
        finding="obesity by BMI",
        citation="prado2008",
        population="patients with respiratory or gastrointestinal cancer, Canada",
        certainty="secondary",
        read_in="Gu 2018",
    ),
    CutOff(
        key="ha2022_l3_smi",
        fact="l3_smi_cm2_m2",
        topic=LOW_MUSCLE,
        operator="<",
        limits=by_sex(50, 39),
        finding=_LOW_QUANTITY,
        citation="ha2022",
        population="inpatients with cirrhosis, urgently listed for a transplant, North America",
        n=116,
        derivation="the numbers of Carey 2017",
        definition=_SMI,
        window=_MUSCLE,
        certainty="primary",
        read_in="abstract",
    ),
    CutOff(
        key="ha2023_l3_smi",
        fact="l3_smi_cm2_m2",
        topic=LOW_MUSCLE,
        operator="<",
        limits=by_sex(50, 39),
        finding=_LOW_QUANTITY,
        citation="ha2023",
        population=_HA2023,
        n=326,
        derivation="the numbers of Carey 2017",
        definition=_SMI,
        window=_MUSCLE,
        certainty="primary",
        read_in="abstract",
    ),
)
