"""What is true of a population, computed from its tables and not from draws."""

from __future__ import annotations

from typing import Any

import numpy as np

from myotome.stats.simulate.population import MUSCLES, Float, Population
from myotome.stats.table.columns import STRUCTURES, TOTAL
from myotome.tables.vu2024.masses import AGE_GROUPS


def truth_of(population: Population) -> dict[str, Any]:
    """Mean, SD, slope and r with age of every muscle and the total, in all and by age group."""
    p = population
    within = {
        TOTAL: (p.total_mean_g(), p.total_sd_g()),
        **{m: (p.mean_g[:, at], p.sd_g[:, at]) for at, m in enumerate(MUSCLES)},
    }
    return {
        "age_years": _moments(p.ages, np.zeros_like(p.ages), p.share),
        "masses_g": {s: _aged(p, *within[s]) for s in STRUCTURES},
        "groups": [
            {
                "age_from": low,
                "age_to": high,
                "share": float(p.share[inside].sum()),
                "masses_g": {
                    s: _moments(
                        within[s][0][inside],
                        within[s][1][inside],
                        p.share[inside] / p.share[inside].sum(),
                    )
                    for s in STRUCTURES
                },
            }
            for low, high in AGE_GROUPS
            for inside in [(p.ages >= low) & (p.ages <= high)]
        ],
    }


def _moments(mean: Float, sd: Float, share: Float) -> dict[str, float]:
    middle = float(share @ mean)
    return {"mean": middle, "sd": float(np.sqrt(share @ (sd**2 + (mean - middle) ** 2)))}


def _aged(p: Population, mean: Float, sd: Float) -> dict[str, float]:
    found = _moments(mean, sd, p.share)
    centre = float(p.share @ p.ages)
    age_variance = float(p.share @ (p.ages - centre) ** 2)
    slope = float((p.share * (p.ages - centre)) @ (mean - found["mean"])) / age_variance
    return {
        **found,
        "slope_g_per_year": slope,
        "r_age": slope * float(np.sqrt(age_variance)) / found["sd"],
    }
