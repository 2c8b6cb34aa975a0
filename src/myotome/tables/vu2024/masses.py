"""Table 3 of Vu et al. 2024: muscle masses by sex, and by sex and age group."""

from __future__ import annotations

from dataclasses import dataclass

from myotome.tables.citable.references import MASS, REFERENCE_GROUPS

SOURCE = "Vu et al. 2024, Sci Rep 14, table 3"
DOI = "10.1038/s41598-024-64603-6"
OLDEST_YEARS = 95
"""Ages of the analysis set were 18 to 95 years; the last group is printed as 81-100."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedMass:
    """Mean and SD in g of one muscle (both sides, "total": all twelve) in ``n`` people.

    ``age_from`` and ``age_to`` are completed years, both included; None for the whole sex.
    """

    sex: str
    structure: str
    n: int
    mean_g: float
    sd_g: float
    age_from: int | None = None
    age_to: int | None = None


def _sex(sex: str, n: int, cells: str) -> tuple[PrintedMass, ...]:
    rows = (cell.split(":") for cell in cells.split())
    return tuple(
        PrintedMass(sex=sex, structure=structure, n=n, mean_g=float(mean), sd_g=float(sd))
        for structure, mean, sd in rows
    )


BY_SEX: tuple[PrintedMass, ...] = (
    *_sex(
        "F",
        190,
        "total:2041:560.7 erector_spinae:704:171.0 gluteus_medius:82:68.7 "
        "lateral_abdominals:745:263.1 psoas:224:62.0 quadratus_lumborum:84:27.9 "
        "rectus_abdominis:205:82.3",
    ),
    *_sex(
        "M",
        156,
        "total:3086:769.1 erector_spinae:954:242.3 gluteus_medius:154:92.9 "
        "lateral_abdominals:1171:350.3 psoas:367:98.8 quadratus_lumborum:131:41.7 "
        "rectus_abdominis:309:99.2",
    ),
)
"""The rows of the whole sex. The men's age groups sum to 154, not 156."""
BY_AGE: tuple[PrintedMass, ...] = tuple(
    PrintedMass(
        sex=row.sex,
        structure=row.target.removeprefix(MASS),
        n=row.n or 0,
        mean_g=row.value,
        sd_g=row.sd or 0.0,
        age_from=row.age_from,
        age_to=row.age_to,
    )
    for row in REFERENCE_GROUPS
    if row.reference == "vu2024"
)
"""The rows of the age groups, as the assessment uses them; 40 years fall into the first."""
AGE_GROUPS: tuple[tuple[int, int], ...] = tuple(
    sorted({(row.age_from or 0, row.age_to or 0) for row in BY_AGE})
)
"""First and last completed year of each group. The paper prints "<40" and "41-50"."""
