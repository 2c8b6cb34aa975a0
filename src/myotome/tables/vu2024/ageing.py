"""Table 4 of Vu et al. 2024 (mass against age), and what its text says of age, height and BMI."""

from __future__ import annotations

from dataclasses import dataclass

SOURCE = "Vu et al. 2024, Sci Rep 14, table 4"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedCorrelation:
    """Pearson's r of mass with age and the P value as printed."""

    sex: str
    structure: str
    r: float
    p: str


def _rows(sex: str, cells: str) -> tuple[PrintedCorrelation, ...]:
    rows = (cell.split(":") for cell in cells.split())
    return tuple(PrintedCorrelation(sex=sex, structure=s, r=float(r), p=p) for s, r, p in rows)


CORRELATIONS: tuple[PrintedCorrelation, ...] = (
    *_rows(
        "F",
        "erector_spinae:-0.27:<0.001 gluteus_medius:0.22:0.002 lateral_abdominals:-0.20:0.006 "
        "psoas:-0.33:<0.001 quadratus_lumborum:-0.56:<0.001 rectus_abdominis:-0.30:<0.001",
    ),
    *_rows(
        "M",
        "erector_spinae:-0.39:<0.001 gluteus_medius:-0.04:0.622 lateral_abdominals:-0.19:0.017 "
        "psoas:-0.47:<0.001 quadratus_lumborum:-0.55:<0.001 rectus_abdominis:-0.30:<0.001",
    ),
)
SLOPES_G_PER_YEAR: dict[str, float] = {"F": -9.6, "M": -17.3}
"""Total mass against age, figure 6, as the discussion has it; abstract and results: a tenth."""
PRINTED_SLOPES_G_PER_YEAR: dict[str, float] = {"F": -0.96, "M": -1.73}
"""As the abstract and the results have it."""
R_HEIGHT, R_HEIGHT_ADJUSTED = 0.22, 0.087
"""Total mass with height, before and after division by height squared."""
R_BMI, R_BMI_ADJUSTED = 0.18, -0.059
"""Total mass with BMI, before and after division by BMI."""
AGE_MEAN_YEARS, AGE_SD_YEARS = 59.1, 14.4
"""Of the analysis set."""
OVER_YEARS = 40
"""The sensitivity analysis is of people above this age."""
