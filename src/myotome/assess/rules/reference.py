"""Where a value lies among published people: z-score, percentile, or a published low limit.

Every answer names its one reference. Values of different references are never put on one curve.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

from myotome.assess.person.facts import Facts
from myotome.assess.rules.percentiles import (
    percentile,
    percentile_interval,
    spread,
    z_interval,
)
from myotome.assess.rules.population import condition_words
from myotome.nouns.numbers.assessment import CurvePoint, ReferencePlace
from myotome.nouns.numbers.measurement import Measurement, Status
from myotome.tables.citable.cutoffs import TECHNIQUE
from myotome.tables.citable.references import (
    MASS,
    REFERENCE,
    REFERENCE_GROUPS,
    REFERENCES,
    SMALL_GROUP,
    STATISTICS,
    Reference,
    ReferenceGroup,
    target_unit,
    target_words,
)
from myotome.tables.person.fact_flags import FACT_FLAGS
from myotome.tables.person.facts import FACT

_TARGETS = tuple(dict.fromkeys(group.target for group in REFERENCE_GROUPS))
TOLD_MASS = "mass_"
"""What stands before a muscle group where the target of a reference is its mass."""
_SEX = {"F": "women", "M": "men"}


def targets(facts: Facts, masses_g: Mapping[str, float] | None = None) -> dict[str, float]:
    """The values that some reference knows: numbers of ``facts``, and masses by muscle group.

    ``masses_g`` are gross masses of both sides over the whole slab, by group key or "total".
    """
    known = _TARGETS
    found = {f"{MASS}{muscle}": grams for muscle, grams in (masses_g or {}).items()}
    for key in known:
        value = None if key.startswith(MASS) else facts.number(key)
        if value is not None:
            found[key] = value
    return {key: found[key] for key in known if key in found}


def whole_masses(measurements: Iterable[Measurement]) -> dict[str, float]:
    """The gross masses that may be compared: both sides, whole slab in view, by group or "total".

    Partial masses are left out: the references measured the whole slab.
    """
    return {
        m.structure: m.value
        for m in measurements
        if (m.quantity, m.side, m.level) == ("gross_mass", "both", "slab")
        and m.status is Status.MEASURED
        and m.value is not None
    }


def scores(facts: Facts, masses_g: Mapping[str, float] | None = None) -> tuple[ReferencePlace, ...]:
    """Every known value against every reference of it, each with its place or the reason why not.

    Sex, age, BMI, contrast phase, tube voltage and flags are those of ``facts``.
    """
    found = targets(facts, masses_g)
    return tuple(
        score(reference, target, value, facts)
        for target, value in found.items()
        for reference in REFERENCES
        if _groups(reference.key, target)
    )


def score(reference: Reference, target: str, value: float, facts: Facts) -> ReferencePlace:
    """One value against one reference; without a group of its like, the reason says why.

    ``z`` and ``percentile`` (see ``assess.rules.percentiles``) are given by references with mean
    and SD, ``below`` by those with a low limit.
    """
    reason = refusal(reference, target, facts, target_unit(target))
    group = None if reason else _group(reference, target, facts)
    bare = _unplaced(reference, target, value, facts)
    if group is None:
        reason = reason or _no_group(reference, target, facts)
        return replace(bare, reason=reason, said=f"not given by {reference.name}: {reason}")
    placed = replace(
        bare,
        group_words=group.words,
        group_n=group.n,
        unstable=_is_unstable(group),
        reference_value=group.value,
        reference_sd=group.sd,
        below=value < group.value if group.sd is None else None,
        curve=curve(reference.key, target, sex=group.sex, bmi_kg_m2=facts.number("bmi_kg_m2")),
    )
    if group.sd is not None:
        placed = _with_z(placed, target, (value, group.value, group.sd, group.n))
    return replace(placed, said=said(placed))


def _with_z(
    placed: ReferencePlace, target: str, numbers: tuple[float, float, float, int | None]
) -> ReferencePlace:
    """The place by ``numbers``: value, mean, SD and number of people."""
    value, mean, sd, _ = numbers
    within_z = z_interval(target, *numbers) or (None, None)
    within = percentile_interval(target, *numbers) or (None, None)
    return replace(
        placed,
        z=(value - mean) / sd,
        z_low=within_z[0],
        z_high=within_z[1],
        percentile=percentile(target, *numbers),
        percentile_low=within[0],
        percentile_high=within[1],
    )


def _unplaced(reference: Reference, target: str, value: float, facts: Facts) -> ReferencePlace:
    """The value beside a reference, before anybody is compared."""
    shown = target.removeprefix(MASS)
    doubts = condition_words(_rests_on(reference, target), facts, "weakens")
    return ReferencePlace(
        reference=reference.key,
        name=reference.name,
        target=target if shown == target else f"{TOLD_MASS}{shown}",
        words=target_words(target),
        value=value,
        unit=target_unit(target),
        statistic=reference.statistic,
        population=reference.population,
        contrast=reference.contrast or "not verified",
        limits=" ".join((reference.limits, *(f"{_capital(words)}." for words in doubts))),
        doi=reference.doi,
    )


def _rests_on(reference: Reference, target: str) -> tuple[str, ...]:
    """What the answer depends on: the value, and the BMI where the groups go by it."""
    return (target, "bmi_kg_m2") if _has_bmi(reference.key, target) else (target,)


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def said(placed: ReferencePlace) -> str:
    """For people: the place, the group with its size, and the reference by name."""
    if placed.z is not None and placed.percentile is not None:
        place = f"z {placed.z:+.1f}, percentile {_percentile(placed.percentile)}"
        if placed.percentile_low is not None and placed.percentile_high is not None:
            low, high = _percentile(placed.percentile_low), _percentile(placed.percentile_high)
            place += f" (95 % interval {low} to {high})" if low != high else ""
    else:
        side, what = "below" if placed.below else "not below", STATISTICS[placed.statistic]
        place = f"{side} the {what} of {placed.reference_value:g} {placed.unit}"
    count = "" if placed.group_n is None else f", n {placed.group_n}"
    small = ", unstable" if placed.unstable else ""
    return f"{place} ({placed.group_words}{count}{small}; {placed.name})"


def _is_unstable(group: ReferenceGroup) -> bool:
    """Whether the group is so small that its mean and SD say little."""
    return group.n is not None and group.n < SMALL_GROUP


def curve(
    reference: str, target: str, *, sex: str, bmi_kg_m2: float | None = None
) -> tuple[CurvePoint, ...]:
    """The published curve of one reference over age, for one sex and, where it has them, one BMI.

    Without a BMI the groups of any BMI are taken. Empty where the reference has no such people.
    """
    return tuple(
        CurvePoint(
            age_from=g.age_from,
            age_to=g.age_to,
            low=g.value if g.sd is None else spread(target, g.value, g.sd)[0],
            middle=None if g.sd is None else g.value,
            high=None if g.sd is None else spread(target, g.value, g.sd)[1],
            n=g.n,
            unstable=_is_unstable(g),
        )
        for g in _groups(REFERENCE[reference].key, target)
        if g.sex == sex
        and target not in REFERENCE[reference].unusable
        and _of_bmi(g, bmi_kg_m2, _has_bmi(reference, target))
    )


def refusal(reference: Reference, target: str, facts: Facts, unit: str) -> str:
    """Why a value in ``unit`` may not be compared at all, "" if it may."""
    if target in reference.unusable:
        return reference.unusable[target]
    needs = [FACT[key].words for key in ("sex", "age_years") if facts[key].value is None]
    if needs:
        return f"needs {' and '.join(needs)}"
    for flag in FACT_FLAGS:
        if flag.key in facts.flags and flag.forbids and target.startswith(flag.forbids):
            return flag.words
    for words in condition_words(_rests_on(reference, target), facts, "forbids"):
        return words
    return _technique(reference, facts) if unit == "HU" else ""


def _technique(reference: Reference, facts: Facts) -> str:
    """Attenuation compares only within one contrast phase and near one tube voltage."""
    phase, kvp = facts.word("contrast_phase"), facts.number("kvp")
    low, high = TECHNIQUE.kvp_range
    if not reference.contrast:
        return "its contrast phase could not be verified, and attenuation depends on it"
    if phase in (None, "unknown"):
        return "needs the contrast phase of the scan"
    if phase != reference.contrast:
        return f"it was measured on {reference.contrast} CT, this scan is {phase}"
    if kvp is None:
        return "needs the tube voltage of the scan"
    if not low <= kvp <= high:
        return f"attenuation at {kvp:g} kV does not compare with {low:g} to {high:g} kV"
    return ""


def _group(reference: Reference, target: str, facts: Facts) -> ReferenceGroup | None:
    sex, age, bmi = facts.word("sex"), facts.number("age_years"), facts.number("bmi_kg_m2")
    if age is None:
        return None
    years = int(age)  # groups are printed in completed years
    graded = _has_bmi(reference.key, target)
    for g in _groups(reference.key, target):
        of_age = g.age_from <= years and (g.age_to is None or years <= g.age_to)
        if g.sex == sex and of_age and _of_bmi(g, bmi, graded):
            return g
    return None


def _has_bmi(reference: str, target: str) -> bool:
    return any(g.bmi_from is not None for g in _groups(reference, target))


@cache
def _groups(reference: str, target: str) -> tuple[ReferenceGroup, ...]:
    return tuple(g for g in REFERENCE_GROUPS if (g.reference, g.target) == (reference, target))


def _of_bmi(group: ReferenceGroup, bmi: float | None, graded: bool) -> bool:
    """True if the group is of this BMI; where groups go by BMI, only an unknown one fits any."""
    if group.bmi_from is None or group.bmi_to is None:
        return bmi is None or not graded
    return bmi is not None and group.bmi_from <= bmi < group.bmi_to


def _no_group(reference: Reference, target: str, facts: Facts) -> str:
    """Which limit of the reference the person is beyond."""
    sex, age, bmi = facts.word("sex"), facts.number("age_years"), facts.number("bmi_kg_m2")
    mine = [g for g in _groups(reference.key, target) if g.sex == sex]
    if not mine:
        return f"it has no {_SEX.get(sex or '', 'such people')}"
    low = min(g.age_from for g in mine)
    high = None if any(g.age_to is None for g in mine) else max(g.age_to or 0 for g in mine)
    if age is not None and (age < low or (high is not None and int(age) > high)):
        span = f"from {low}" if high is None else f"{low} to {high}"
        return f"its {_SEX[mine[0].sex]} are {span} years old"
    bands = [(g.bmi_from, g.bmi_to) for g in mine if g.bmi_from is not None]
    if bmi is not None and bands:
        least, most = min(b[0] or 0 for b in bands), max(b[1] or 0 for b in bands)
        if not least <= bmi < most:
            return f"its BMI is {least:g} to below {most:g} kg/m2"
    return f"it has no readable number of {target_words(target)} for this age and BMI"


def _percentile(percentile: float) -> str:
    """A percentile for people, without a false 0 or 100."""
    if percentile < 1:
        return "below 1"
    return "above 99" if percentile > 99 else f"{percentile:.0f}"
