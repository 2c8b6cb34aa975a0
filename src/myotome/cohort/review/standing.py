"""Where each study stands among the others, and what makes it stand out, in words.

Nothing here judges a study: it only says which ones to look at first.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from myotome.cohort.review.gathered import Facts, gather
from myotome.cohort.store.opened import Cohort
from myotome.nouns.numbers.flag import Severity
from myotome.tables.anatomy.expectations import SYMMETRIES
from myotome.tables.anatomy.muscles import GROUP
from myotome.tables.cohort.standing import (
    ASYMMETRY,
    DICE,
    FAR_Z,
    LEAST_OF_SEX,
    LEAST_STUDIES,
    LEVEL_DOUBTS,
    SCORED,
    SIGNS,
    Scored,
)
from myotome.tables.quantities.trust import LEAST_STUDY_DICE, TRUST
from myotome.write.report.cells import unit_words

_TO_SD = 1.4826
"""Makes the MAD of a normal distribution its SD."""
_OF_OTHER_SIGNS = frozenset({"side_asymmetry", "low_confidence"})
"""Warnings that say again what asymmetry and expected Dice say already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighted:
    """One reason: the ``sign`` (a row of ``SIGNS``), a sentence, and which number it is of."""

    sign: str
    words: str
    scored: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One measured study. ``rank`` 1 is to be looked at first; ``points`` are behind it.

    ``values`` and ``z`` hold the rows of ``SCORED`` by key: what was measured whole, and how many
    robust SD it lies from the median of ``among`` ("women", "men" or "all"; "": too few).
    """

    facts: Facts
    values: Mapping[str, float]
    z: Mapping[str, float]
    among: Mapping[str, str]
    reasons: tuple[Sighted, ...]
    points: float
    rank: int = 0

    @property
    def study(self) -> str:
        """Its pseudonym."""
        return self.facts.study


def standings(cohort: Cohort) -> tuple[Standing, ...]:
    """Every measured study of the cohort, the most conspicuous first. Failed ones have none."""
    found = gather(cohort)
    values = {one.study: _values(one) for one in found}
    z: dict[str, dict[str, float]] = {one.study: {} for one in found}
    among: dict[str, dict[str, str]] = {one.study: {} for one in found}
    for row in SCORED.values():
        for words, peers, judged in _peers(found, values, row.key):
            of = robust_z({s: values[s][row.key] for s in peers}, logarithm=row.logarithm)
            for study in judged & of.keys():
                z[study][row.key], among[study][row.key] = of[study], words
    made = [_standing(one, values[one.study], z[one.study], among[one.study]) for one in found]
    made.sort(key=lambda one: (-one.points, -_farthest(one), one.study))
    return tuple(replace(one, rank=rank) for rank, one in enumerate(made, 1))


def robust_z(values: Mapping[str, float], *, logarithm: bool = False) -> dict[str, float]:
    """How many robust SD (1.4826 MAD) each value lies from the median.

    Empty for fewer than ``LEAST_STUDIES`` values, and where half of them are equal. With
    ``logarithm`` values of 0 and less have none. Source: Iglewicz and Hoaglin 1993.

    >>> robust_z({str(n): float(n) for n in range(9)})["8"]  # (8 - 4) / (1.4826 * 2)
    1.34898...
    """
    kept = {name: value for name, value in values.items() if not logarithm or value > 0}
    if len(kept) < LEAST_STUDIES:
        return {}
    x = np.array(list(kept.values()), float)
    x = np.log(x) if logarithm else x
    away = x - np.median(x)
    spread = _TO_SD * float(np.median(np.abs(away)))
    if spread == 0:
        return {}
    return {name: float(far) / spread for name, far in zip(kept, away, strict=True)}


def _peers(
    found: Sequence[Facts], values: Mapping[str, Mapping[str, float]], key: str
) -> Iterable[tuple[str, list[str], set[str]]]:
    """(whose, the values compared, the studies judged by them): sexes apart where large enough.

    Those of a sex that is rare here, or unknown, are judged among everybody.
    """
    by_sex: dict[str, list[str]] = defaultdict(list)
    for one in found:
        if key in values[one.study]:
            by_sex[one.sex].append(one.study)
    left = {study for studies in by_sex.values() for study in studies}
    everybody = sorted(left)
    for sex, words in (("F", "women"), ("M", "men")):
        if len(by_sex[sex]) >= LEAST_OF_SEX:
            yield words, by_sex[sex], set(by_sex[sex])
            left -= set(by_sex[sex])
    yield "all", everybody, left


def _values(facts: Facts) -> dict[str, float]:
    """The scored numbers of one study that were measured whole."""
    found = {
        key: value
        for key, row in SCORED.items()
        if row.place is not None and (value := facts.whole.get(row.place)) is not None
    }
    ratios = [ratio for _, ratio in facts.ratios if ratio > 0]
    if ratios:
        found[ASYMMETRY] = max(ratios, key=lambda ratio: abs(math.log(ratio)))
    if facts.expected_dice is not None:
        found[DICE] = facts.expected_dice
    return found


def _standing(
    facts: Facts, values: Mapping[str, float], z: Mapping[str, float], among: Mapping[str, str]
) -> Standing:
    reasons = (
        *_flagged(facts),
        *_poor(facts),
        *_far(values, z, among),
        *_asymmetric(facts),
    )
    return Standing(
        facts=facts,
        values=MappingProxyType(dict(values)),
        z=MappingProxyType(dict(z)),
        among=MappingProxyType(dict(among)),
        reasons=tuple(sorted(reasons, key=lambda one: -SIGNS[one.sign].points)),
        points=_points(reasons),
    )


def _points(reasons: Iterable[Sighted]) -> float:
    """The points of all signs, none counting more than its row allows."""
    sums: dict[str, float] = defaultdict(float)
    for one in reasons:
        sums[one.sign] += SIGNS[one.sign].points
    return sum(min(points, SIGNS[sign].most) for sign, points in sums.items())


def _flagged(facts: Facts) -> Iterable[Sighted]:
    for code, severity, message in facts.flags:
        if code in _OF_OTHER_SIGNS:
            continue
        if severity == Severity.FAILURE:
            yield Sighted(sign="failure", words=message)
        elif code in LEVEL_DOUBTS and severity == Severity.WARNING:
            yield Sighted(sign="level", words=message)
        elif severity == Severity.WARNING:
            yield Sighted(sign="warning", words=message)


def _poor(facts: Facts) -> Iterable[Sighted]:
    """Outlines of which less is expected than their row demands."""
    told = facts.expected_dice
    if told is not None and told < LEAST_STUDY_DICE:
        words = f"All muscles: a Dice of {told:.2f} is expected, below {LEAST_STUDY_DICE:g}."
        yield Sighted(sign="dice", words=words, scored=DICE)
    for row in TRUST:
        found = facts.dice.get(row.group)
        if found is not None and found < row.least_dice:
            name = GROUP[row.group].words
            words = f"{_begun(name)}: a Dice of {found:.2f} is expected, below "
            yield Sighted(sign="dice", words=f"{words}{row.least_dice:g}.")


def _far(
    values: Mapping[str, float], z: Mapping[str, float], among: Mapping[str, str]
) -> Iterable[Sighted]:
    for key, far in sorted(z.items(), key=lambda pair: -abs(pair[1])):
        row: Scored = SCORED[key]
        if row.far and abs(far) >= FAR_Z:
            where = "above" if far > 0 else "below"
            value = f"{values[key]:.4g} {unit_words(row.unit)}"
            away = f"{abs(far):.1f} robust SD {where} the median of {among[key]}"
            words = f"{_begun(row.words)}: {value}, {away}."
            yield Sighted(sign="far", words=words, scored=key)


def _asymmetric(facts: Facts) -> Iterable[Sighted]:
    gates = {row.group: row for row in SYMMETRIES}
    for group, ratio in facts.ratios:
        gate = gates[group]
        if not gate.low <= ratio <= gate.high:
            words = f"{_begun(GROUP[group].words)}: left {ratio:.2f} times the right."
            yield Sighted(sign="asymmetry", words=words, scored=ASYMMETRY)


def _begun(words: str) -> str:
    """As a sentence begins; names such as L3 stay."""
    return words[:1].upper() + words[1:]


def _farthest(one: Standing) -> float:
    return max((abs(z) for key, z in one.z.items() if SCORED[key].far), default=0.0)
