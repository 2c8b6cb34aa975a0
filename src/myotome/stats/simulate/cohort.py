"""A whole cohort: both sexes shuffled, keys, flags of use, and the truth beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from myotome import __version__
from myotome.errors import InputError
from myotome.stats.simulate.draw import ASSUMED, people_of
from myotome.stats.simulate.population import SEXES, Population, by_groups, by_lines
from myotome.stats.simulate.request import SHAPES, CohortRequest
from myotome.stats.simulate.truth import truth_of
from myotome.tables.vu2024 import masses
from myotome.write.data.table import Table, Value, write_csv, write_parquet
from myotome.write.folder import refusal

if TYPE_CHECKING:
    from pandas import DataFrame

_DIGITS = 3
_WRITERS = {".csv": write_csv, ".parquet": write_parquet, ".pq": write_parquet}
_KINDS = {"b": "BOOLEAN", "f": "DOUBLE", "U": "VARCHAR"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cohort:
    """A column per name, all of one length, a row per study; ``truth`` is plain values."""

    columns: Mapping[str, Any]
    truth: Mapping[str, Any]

    def frame(self) -> DataFrame:
        """The same as a pandas frame."""
        import pandas as pd

        return pd.DataFrame(dict(self.columns))


def simulate_cohort(request: CohortRequest) -> Cohort:
    """Draw a cohort. The same request gives the same numbers."""
    random = np.random.default_rng(request.seed)
    women = sum(row.n for row in masses.BY_AGE if row.sex == "F" and row.structure == "total")
    everyone = sum(row.n for row in masses.BY_AGE if row.structure == "total")
    n_women = int(random.binomial(request.people, women / everyone))
    populations = {sex: _population(sex, request) for sex in SEXES}
    drawn = [
        people_of(populations[sex], n, request.hazard_ratio, random)
        for sex, n in zip(SEXES, (n_women, request.people - n_women), strict=True)
    ]
    order = random.permutation(request.people)
    columns = {name: np.concatenate([d[name] for d in drawn])[order] for name in drawn[0]}
    rounded = {name: _rounded(column) for name, column in columns.items()}
    return Cohort(
        columns=_studies(rounded, request, random),
        truth=_truth(request, populations),
    )


def write_cohort(cohort: Cohort, path: Path) -> Path:
    """Write the table (.csv or .parquet) and ``NAME.truth.json`` beside it; returns the latter.

    Refuses (InputError) another ending, (OutputError) what cannot be written.
    """
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise InputError("The cohort is written as .csv or .parquet.", mend="Name it so.")
    beside = path.with_suffix(".truth.json")
    kinds = tuple((name, _KINDS[c.dtype.kind]) for name, c in cohort.columns.items())
    cells: list[list[Value]] = [column.tolist() for column in cohort.columns.values()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(Table(columns=kinds, rows=list(zip(*cells, strict=True))), path)
        beside.write_text(json.dumps(cohort.truth, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise refusal(error) from error
    return beside


def _population(sex: str, request: CohortRequest) -> Population:
    if request.shape == "groups":
        return by_groups(sex)
    return by_lines(sex, {"F": request.slope_f, "M": request.slope_m}[sex])


def _rounded(column: Any) -> Any:
    return np.round(column, _DIGITS) if column.dtype.kind == "f" else column


def _studies(
    people: dict[str, Any], request: CohortRequest, random: np.random.Generator
) -> dict[str, Any]:
    """A row per study: keys, who trained the network, what was rejected, and second studies."""
    n = request.people
    subject = np.array([f"P{number:07d}" for number in range(1, n + 1)])
    again = np.flatnonzero(random.random(n) < request.repeated_share)
    rows = np.concatenate([np.arange(n), again])
    trained = (random.random(n) < request.training_share)[rows]
    study = np.array([f"S{number:07d}" for number in range(1, len(rows) + 1)])
    return {
        "study": study,
        "subject": subject[rows],
        "training": trained,
        "accepted": random.random(len(rows)) >= request.rejected_share,
        **{name: column[rows] for name, column in people.items()},
    }


def _truth(request: CohortRequest, populations: Mapping[str, Population]) -> dict[str, Any]:
    return {
        "synthetic": "drawn from published means, SDs and correlations; nobody was measured",
        "source": f"{masses.SOURCE} and table 4, https://doi.org/{masses.DOI}",
        "source_people": "190 women and 154 men by age group (156 as printed), of a paper that "
        "analysed 295; the SDs are theirs, the n of a simulated cohort is not",
        "shape": SHAPES[request.shape],
        "assumed": {
            "masses": "lognormal at each age; muscles of an age group correlate alike, the "
            "gluteus medius half as much",
            **ASSUMED,
        },
        "hazard_ratio_per_sd_less": request.hazard_ratio,
        "request": asdict(request),
        "myotome_version": __version__,
        "sexes": {sex: truth_of(p) for sex, p in populations.items()},
    }
