"""Where a person lies among a user's own people: by the curve of sex, age and BMI, or why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from myotome.assess.own.curves import BmiTerm, LmsCurve, OwnQuantity, OwnReference
from myotome.assess.own.lms import Numbers, spread_of, value_of, z_gradient, z_of
from myotome.assess.person.facts import Facts
from myotome.assess.rules.population import condition_words
from myotome.assess.rules.reference import TOLD_MASS, refusal, said
from myotome.nouns.numbers.assessment import CurvePoint, ReferencePlace
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.tables.citable.references import MASS, SMALL_GROUP, Reference
from myotome.tables.outputs.wide import wide_name

_SEX = {"F": "women", "M": "men"}
_Z90, _Z95 = 1.6448536269514722, 1.959963984540054
_BMI = "bmi_kg_m2"


def wide_values(measurements: Iterable[Measurement]) -> dict[str, float]:
    """The whole, measured numbers of a study by their column of a wide table."""
    return {
        wide_name(
            quantity=m.quantity, structure=m.structure, side=m.side, level=m.level, unit=m.unit
        ): m.value
        for m in measurements
        if m.status is Status.MEASURED and m.value is not None
    }


def own_places(
    own: Iterable[OwnReference], facts: Facts, values: Mapping[str, float] | None = None
) -> tuple[ReferencePlace, ...]:
    """Every known value against every own reference of it, as ``assess.rules.reference.scores``.

    ``values`` are numbers by column of a wide table; what they lack is taken from ``facts``.
    """
    found = values or {}
    places = []
    for reference in own:
        for quantity in reference.quantities:
            value = found.get(quantity.column, _of_facts(quantity, facts))
            if value is not None:
                places.append(_place(reference, quantity, value, facts))
    return tuple(places)


def _of_facts(quantity: OwnQuantity, facts: Facts) -> float | None:
    if not quantity.target or quantity.target.startswith(MASS):
        return None
    return facts.number(quantity.target)


def _place(
    reference: OwnReference, quantity: OwnQuantity, value: float, facts: Facts
) -> ReferencePlace:
    source = _as_reference(reference, quantity)
    bare = _unplaced(source, quantity, value, facts)
    reason = refusal(source, quantity.target or quantity.column, facts, quantity.unit)
    curve = None if reason else _curve_of(quantity, facts)
    reason = reason or _beyond(curve, facts)
    if reason or curve is None:
        return replace(bare, reason=reason, said=f"not given by {source.name}: {reason}")
    placed = _on_curve(bare, curve, value, facts)
    return replace(placed, said=said(placed))


def _as_reference(reference: OwnReference, quantity: OwnQuantity) -> Reference:
    """The own reference in the form of a published one."""
    return Reference(
        key=f"own_{reference.sha256[:12]}",
        name=f"own reference: {reference.name}",
        citation=f"own reference: {reference.name}",
        doi="",
        population=reference.population,
        n=sum(curve.n for curve in quantity.curves),
        contrast=reference.contrast,
        method=reference.method,
        statistic="lms",
        limits=reference.limits,
    )


def _unplaced(
    source: Reference, quantity: OwnQuantity, value: float, facts: Facts
) -> ReferencePlace:
    """The value beside the reference, before anybody is compared."""
    shown = quantity.target.removeprefix(MASS)
    told = shown if shown == quantity.target else f"{TOLD_MASS}{shown}"
    rests_on = (quantity.target or quantity.column, *((_BMI,) if _by_bmi(quantity) else ()))
    doubts = condition_words(rests_on, facts, "weakens")
    return ReferencePlace(
        reference=source.key,
        name=source.name,
        target=told or quantity.column,
        words=quantity.words,
        value=value,
        unit=quantity.unit,
        statistic=source.statistic,
        population=source.population,
        contrast=source.contrast or "not stated",
        limits=" ".join((source.limits, *(f"{words[0].upper()}{words[1:]}." for words in doubts))),
        doi="",
    )


def _by_bmi(quantity: OwnQuantity) -> bool:
    return any(curve.bmi is not None for curve in quantity.curves)


def _curve_of(quantity: OwnQuantity, facts: Facts) -> LmsCurve | None:
    return next((c for c in quantity.curves if c.sex == facts.word("sex")), None)


def _beyond(curve: LmsCurve | None, facts: Facts) -> str:
    """Which limit of the reference the person is beyond, "" for none."""
    if curve is None:
        return f"it has no {_SEX.get(facts.word('sex') or '', 'such people')}"
    age, low, high = facts.number("age_years"), curve.age_years[0], curve.age_years[-1]
    if age is None or not low <= age <= high:
        return f"its {_SEX[curve.sex]} are {low:g} to {high:g} years old"
    return "" if curve.bmi is None else _beyond_bmi(curve.bmi, facts)


def _beyond_bmi(term: BmiTerm, facts: Facts) -> str:
    bmi = facts.number(_BMI)
    if bmi is None:
        return "needs body mass index"
    forbidden = "".join(condition_words((_BMI,), facts, "forbids")[:1])
    inside = term.low <= bmi <= term.high
    return forbidden or ("" if inside else f"its BMI is {term.low:g} to {term.high:g} kg/m2")


def _on_curve(bare: ReferencePlace, curve: LmsCurve, value: float, facts: Facts) -> ReferencePlace:
    from scipy.special import ndtr

    age, bmi = facts.number("age_years") or 0.0, facts.number(_BMI)
    theta, covariance = curve.at(age, bmi)
    z = float(z_of(value, *theta))
    error = _error(value, theta, covariance)
    return replace(
        bare,
        group_words=_words(curve, facts),
        group_n=curve.n,
        unstable=curve.n < SMALL_GROUP,
        reference_value=float(theta[0]),
        z=z,
        z_low=z - _Z95 * error,
        z_high=z + _Z95 * error,
        percentile=100 * float(ndtr(z)),
        percentile_low=100 * float(ndtr(z - _Z95 * error)),
        percentile_high=100 * float(ndtr(z + _Z95 * error)),
        curve=tuple(_points(curve, bmi)),
    )


def _error(value: float, theta: Numbers, covariance: Numbers) -> float:
    """The standard error of z by the delta method."""
    gradient = z_gradient(value, *theta).reshape(3, 1)
    return float(spread_of(gradient, covariance[np.newaxis])[0])


def _words(curve: LmsCurve, facts: Facts) -> str:
    age = facts.number("age_years") or 0.0
    at = "90+" if age >= 90 else f"{age:g}"
    bmi = "" if curve.bmi is None else f", BMI {facts.number(_BMI):.1f} kg/m2"
    return f"{_SEX[curve.sex]} of {at} years{bmi}"


def _points(curve: LmsCurve, bmi: float | None) -> Iterable[CurvePoint]:
    """The 5th, 50th and 95th percentile, year by year."""
    first, last = int(np.ceil(curve.age_years[0])), int(curve.age_years[-1])
    for year in range(first, last + 1):
        theta, _ = curve.at(float(year), bmi)
        low, middle, high = (float(value_of(z, *theta)) for z in (-_Z90, 0.0, _Z90))
        if np.isfinite(high):
            yield CurvePoint(
                age_from=year, age_to=year, low=low, middle=middle, high=high, n=None,
                unstable=False,
            )  # fmt: skip
