"""From a table of people to a reference: curves by sex, their checks, and the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from myotome import __version__
from myotome.assess.own.curves import BmiTerm, LmsCurve, OwnQuantity, OwnReference
from myotome.assess.own.file import CONTRASTS
from myotome.assess.own.lms import Numbers
from myotome.errors import InputError
from myotome.stats.reference.fit import Fit, People, choose, shapes
from myotome.stats.reference.quantity import unit_of, words_of
from myotome.tables.citable.targets import target_of

if TYPE_CHECKING:
    from pandas import DataFrame

FEWEST = 100
"""Fewer people of a sex carry no 5th percentile: five of them lie below it."""
_BEYOND = 5
"""So many people lie at or beyond either end of a curve: it does not lean on single ones."""
_FEWEST_AGES = 10
_SEXES = {"F": "women", "M": "men"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRequest:
    """What is wanted. ``column`` is one of the table; ``criterion`` "bic" or "aic".

    ``bootstrap`` draws give the intervals of the table (0: the delta method). Refuses
    (InputError) a name or population that says nothing, and an unknown contrast.
    """

    column: str
    name: str
    population: str
    contrast: str = ""
    limits: str = ""
    by_bmi: bool = False
    criterion: str = "bic"
    bootstrap: int = 0
    seed: int = 1

    def __post_init__(self) -> None:
        if not self.name.strip() or not self.population.strip():
            raise InputError(
                "A reference needs a name and its population.",
                why="Every place that rests on it names both.",
                mend="Pass --name and --population.",
            )
        if self.contrast not in CONTRASTS:
            raise InputError(
                f'"{self.contrast[:40]}" is no contrast.', mend=f"Say {', '.join(CONTRASTS[:-1])}."
            )
        if self.criterion not in ("bic", "aic"):
            raise InputError("The criterion is bic or aic.")
        if not 0 <= self.bootstrap <= 10_000:
            raise InputError("Bootstrap draws are 0 to 10000.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SexFit:
    """The curve of one sex with its people, all shapes that were tried, and ages where it holds."""

    sex: str
    people: People
    fit: Fit
    tried: tuple[Fit, ...]
    age_from: float
    age_to: float

    def ages(self, step: float) -> Numbers:
        """Its ages, every ``step`` years, with both ends."""
        inner = np.arange(np.ceil(self.age_from / step) * step, self.age_to, step)
        return np.unique(np.concatenate([[self.age_from], inner, [self.age_to]]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A reference with what it was made of; ``refused`` says why a sex has no curve."""

    reference: OwnReference
    fits: tuple[SexFit, ...]
    refused: tuple[str, ...]
    without_value: int


def build(rows: DataFrame, request: ReferenceRequest, source_sha256: str = "") -> Built:
    """The reference of one column of ``rows`` (sex, age_years, and bmi_kg_m2 if by BMI).

    Refuses (InputError) a table where neither sex has enough people.
    """
    needed = [request.column, "age_years", *(["bmi_kg_m2"] if request.by_bmi else [])]
    known = rows.dropna(subset=[*needed, "sex"])
    fits, refused = [], []
    for sex, words in _SEXES.items():
        try:
            fits.append(_fitted(sex, known[known["sex"] == sex], request))
        except InputError as error:
            refused.append(f"No curve of {words}: {error}")
    if not fits:
        raise InputError(f"No curve of {request.column} can be made.", why=" ".join(refused))
    return Built(
        reference=_reference(fits, request, source_sha256),
        fits=tuple(fits),
        refused=tuple(refused),
        without_value=len(rows) - len(known),
    )


def _fitted(sex: str, rows: DataFrame, request: ReferenceRequest) -> SexFit:
    if len(rows) < FEWEST:
        raise InputError(
            f"{len(rows)} people have a value, {FEWEST} are needed: of fewer, no more than "
            f"{max(len(rows) // 20, 0)} lie below a 5th percentile."
        )
    age = rows["age_years"].to_numpy(dtype=float)
    value = rows[request.column].to_numpy(dtype=float)
    bmi = rows["bmi_kg_m2"].to_numpy(dtype=float) if request.by_bmi else None
    if len(np.unique(value)) < _FEWEST_AGES or float(np.median(value)) <= 0:
        raise InputError("the values are nearly all the same, or mostly 0 or less.")
    people = People(age_years=age, value=value, bmi_kg_m2=bmi)
    found, tried = choose(people, shapes(positive=bool(value.min() > 0)), request.criterion)
    ordered = np.sort(age)
    low, high = float(np.ceil(ordered[_BEYOND - 1])), float(np.floor(ordered[-_BEYOND]))
    if high - low < _FEWEST_AGES:
        raise InputError(f"its people are all {low:g} to {high:g} years old.")
    return SexFit(sex=sex, people=people, fit=found, tried=tried, age_from=low, age_to=high)


def _reference(fits: list[SexFit], request: ReferenceRequest, source_sha256: str) -> OwnReference:
    quantity = OwnQuantity(
        column=request.column,
        words=words_of(request.column),
        unit=unit_of(request.column),
        target=target_of(request.column),
        curves=tuple(map(curve_of, fits)),
    )
    return OwnReference(
        name=request.name,
        population=request.population,
        contrast=request.contrast,
        limits=request.limits,
        method=method_words(request),
        source_sha256=source_sha256,
        program=f"myotome {__version__}",
        quantities=(quantity,),
    )


def method_words(request: ReferenceRequest) -> str:
    """How the curves were made, for people."""
    bmi = ", log mu linear in BMI" if request.by_bmi else ""
    return (
        "LMS curves by Box-Cox Cole-Green likelihood, natural cubic splines of age for log mu, "
        f"log sigma and nu{bmi}; shape by {request.criterion.upper()}; covariance by the observed "
        "information"
    )


def curve_of(found: SexFit) -> LmsCurve:
    """The curve on a grid of years, as the file has it."""
    ages = found.ages(1.0)
    fitted, bmi = found.fit, found.people.bmi_kg_m2
    middle = None if fitted.bmi_middle is None else np.full(len(ages), fitted.bmi_middle)
    mu, sigma, nu = fitted.at(ages, middle)
    covariance = fitted.covariance_with_bmi(ages)
    upper = np.triu_indices(covariance.shape[1])
    term = None
    if bmi is not None and fitted.bmi_middle is not None:
        term = BmiTerm(
            middle=fitted.bmi_middle,
            log_mu_per_kg_m2=fitted.bmi_slope,
            low=float(np.sort(bmi)[_BEYOND - 1]),
            high=float(np.sort(bmi)[-_BEYOND]),
        )
    return LmsCurve(
        sex=found.sex,
        n=fitted.n,
        shape=fitted.shape.words,
        age_years=_rounded(ages),
        mu=_rounded(mu),
        sigma=_rounded(sigma),
        nu=_rounded(nu),
        covariance=tuple(_rounded(cells) for cells in covariance[:, upper[0], upper[1]]),
        bmi=term,
    )


def _rounded(values: Numbers) -> tuple[float, ...]:
    return tuple(float(f"{x:.9g}") for x in values)


def tried_rows(found: SexFit) -> Iterator[dict[str, object]]:
    """Every shape that was tried, the best first by BIC."""
    for one in sorted(found.tried, key=lambda x: x.bic):
        yield {
            "sex": found.sex, "n": one.n, "shape": one.shape.words, "df": one.df,
            "log_likelihood": one.log_likelihood, "aic": one.aic, "bic": one.bic,
            "chosen": one.shape == found.fit.shape,
        }  # fmt: skip
