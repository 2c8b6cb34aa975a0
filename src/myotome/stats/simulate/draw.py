"""People drawn from a population: masses, bodies, slices and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myotome.stats.simulate.population import MUSCLES, PAIRS, Float, Population
from myotome.stats.table.columns import LEAN, TOTAL, mass_column
from myotome.tables.vu2024.ageing import R_BMI, R_HEIGHT

ASSUMED: Mapping[str, Any] = MappingProxyType(
    {
        "height_cm": {"F": (162.5, 6.8), "M": (176.0, 7.2)},
        "bmi_kg_m2": {"F": (29.0, 6.5), "M": (28.5, 5.5)},
        "r_height": R_HEIGHT,
        "r_bmi": R_BMI,
        "left_share": (0.5, 0.015),
        "lean_share_at_50_years": 0.90,
        "lean_share_per_year": -0.003,
        "l3_cm2_per_g": {"F": 0.056, "M": 0.052},
        "l3_sd_log": 0.08,
        "l3_hu_at_50_years": (40.0, 7.0),
        "l3_hu_per_year": -0.4,
        "visceral_fat_cm2": {"F": 110.0, "M": 180.0},
        "death_per_year": 0.02,
        "hazard_ratio_per_decade": 1.8,
        "hazard_ratio_men": 1.3,
        "follow_up_years": (2.0, 10.0),
    }
)
"""What no table of the paper gives (mean and SD where two numbers stand). r of total mass with
height and with BMI are from its text, taken to hold within a sex."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Draw:
    """``people`` of one sex: row of the population, masses ``(person, muscle)`` and z of the sum.

    ``z`` is how far the total lies from that of people of the same age, in their SD.
    """

    row: NDArray[np.intp]
    masses_g: Float
    z: Float


def people_of(
    population: Population, people: int, hazard_ratio: float, random: np.random.Generator
) -> dict[str, Any]:
    """``people`` of one sex, as columns of equal length."""
    drawn = _masses(population, people, random)
    ages = population.ages[drawn.row]
    columns: dict[str, Any] = {"sex": np.full(people, population.sex), "age_years": ages}
    columns |= _body(population, drawn, random)
    columns |= _outcome(population.sex, ages, drawn.z, hazard_ratio, random)
    columns |= _mass_columns(drawn, ages, random)
    return columns | _slices(population.sex, columns, random)


def _masses(p: Population, people: int, random: np.random.Generator) -> _Draw:
    """Lognormal masses, as masses are not negative, with mean, SD and r of the population."""
    row = random.choice(len(p.ages), size=people, p=p.share)
    cv = p.sd_g / p.mean_g
    log_sd = np.sqrt(np.log1p(cv**2))
    between = cv[:, :, None] * cv[:, None, :] * p.correlation[:, None, None] * PAIRS
    log_r = np.log1p(between) / (log_sd[:, :, None] * log_sd[:, None, :])
    log_r[:, range(len(MUSCLES)), range(len(MUSCLES))] = 1.0
    root = np.linalg.cholesky(log_r)[row]
    latent = np.einsum("nij,nj->ni", root, random.standard_normal((people, len(MUSCLES))))
    masses = p.mean_g[row] * np.exp(log_sd[row] * latent - log_sd[row] ** 2 / 2)
    z = (masses.sum(axis=1) - p.total_mean_g()[row]) / p.total_sd_g()[row]
    return _Draw(row=row, masses_g=masses, z=z)


def _body(p: Population, drawn: _Draw, random: np.random.Generator) -> dict[str, Any]:
    """Heights and BMIs that correlate with the total mass of a sex as the paper says."""
    total = p.total_mean_g()
    everyone = np.sqrt(p.share @ (p.total_sd_g() ** 2 + (total - p.share @ total) ** 2))
    # r is of the whole sex, z of people of one age
    stretch = float(everyone / np.sqrt(p.share @ p.total_sd_g() ** 2))
    mean, sd = ASSUMED["height_cm"][p.sex]
    height = mean + sd * _correlated(drawn.z, R_HEIGHT * stretch, random)
    mean, sd = ASSUMED["bmi_kg_m2"][p.sex]
    spread = float(np.sqrt(np.log1p((sd / mean) ** 2)))
    latent = _correlated(drawn.z, R_BMI * stretch, random)
    bmi = mean * np.exp(spread * latent - spread**2 / 2)
    return {
        "height_cm": height,
        "weight_kg": bmi * (height / 100) ** 2,
        "bmi_kg_m2": bmi,
        "true_total_z": drawn.z,
    }


def _correlated(z: Float, r: float, random: np.random.Generator) -> Float:
    return np.asarray(r * z + np.sqrt(1 - r * r) * random.standard_normal(len(z)))


def _outcome(
    sex: str, ages: Float, z: Float, hazard_ratio: float, random: np.random.Generator
) -> dict[str, Any]:
    """Times to death under proportional hazards, and when follow-up ended."""
    hazard = ASSUMED["death_per_year"] * hazard_ratio ** (-z)
    hazard = hazard * ASSUMED["hazard_ratio_per_decade"] ** ((ages - 60) / 10)
    hazard = hazard * (ASSUMED["hazard_ratio_men"] if sex == "M" else 1.0)
    death = random.exponential(size=len(z)) / hazard
    first, last = ASSUMED["follow_up_years"]
    ended = random.uniform(first, last, size=len(z))
    return {"follow_up_years": np.minimum(death, ended), "died": death <= ended}


def _mass_columns(drawn: _Draw, ages: Float, random: np.random.Generator) -> dict[str, Any]:
    """Gross and lean masses of the sides, of both, and of all muscles."""
    mean, sd = ASSUMED["left_share"]
    left = random.normal(mean, sd, drawn.masses_g.shape)
    lean = ASSUMED["lean_share_at_50_years"] + ASSUMED["lean_share_per_year"] * (ages - 50)
    lean = np.clip(lean + random.normal(0, 0.03, len(ages)), 0.4, 0.99)
    columns: dict[str, Any] = {mass_column(TOTAL): drawn.masses_g.sum(axis=1)}
    for at, muscle in enumerate(MUSCLES):
        columns[mass_column(muscle)] = drawn.masses_g[:, at]
        columns[mass_column(muscle, "left")] = drawn.masses_g[:, at] * left[:, at]
        columns[mass_column(muscle, "right")] = drawn.masses_g[:, at] * (1 - left[:, at])
    columns[mass_column(TOTAL, kind=LEAN)] = columns[mass_column(TOTAL)] * lean
    for at, muscle in enumerate(MUSCLES):
        columns[mass_column(muscle, kind=LEAN)] = drawn.masses_g[:, at] * lean
    return columns


def _slices(sex: str, columns: Mapping[str, Any], random: np.random.Generator) -> dict[str, Any]:
    """What one slice at L3 would show of these people."""
    total, ages = columns[mass_column(TOTAL)], columns["age_years"]
    noise = random.normal(0, ASSUMED["l3_sd_log"], len(total))
    area = total * ASSUMED["l3_cm2_per_g"][sex] * np.exp(noise)
    mean, sd = ASSUMED["l3_hu_at_50_years"]
    hu = mean + ASSUMED["l3_hu_per_year"] * (ages - 50) + random.normal(0, sd, len(total))
    fat = ASSUMED["visceral_fat_cm2"][sex] * (columns["bmi_kg_m2"] / 28) ** 2.5
    return {
        "skeletal_muscle_l3_area_cm2": area,
        "skeletal_muscle_index_l3_cm2_per_m2": area / (columns["height_cm"] / 100) ** 2,
        "skeletal_muscle_l3_mean_hu_hu": hu,
        "visceral_fat_l3_area_cm2": fat * np.exp(random.normal(0, 0.35, len(total))),
    }
