"""What published criteria, cut-offs and references say of one person, ready to be shown.

Plain words and numbers, so that tables, reports and DICOM objects need no rules to show them.
"""

from __future__ import annotations

from dataclasses import dataclass

ASSESSED, REFUSED, NO_PERSON = "assessed", "refused", "no_person"
"""What may become of a person in a table of many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFact:
    """One fact behind the answers. ``key`` is a row of ``tables.person.facts``.

    ``value`` is None where it is not known (``reason`` says why) or where the person could not
    do the test (``unable``). ``source`` is such as "given", "DICOM header" or "CT".
    """

    key: str
    words: str
    value: float | str | None
    unit: str
    source: str = ""
    reason: str = ""
    unable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaAnswer:
    """One criteria set. ``met`` is "yes", "no" or "unknown".

    ``step`` and ``grade`` are those of the highest step that holds, "" and None without one;
    ``steps`` gives the answer of each in words. ``conclusion`` never says "normal".
    """

    key: str
    words: str
    citation: str
    doi: str
    met: str
    step: str
    grade: int | None
    conclusion: str
    steps: tuple[tuple[str, str], ...] = ()
    needs: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOffAnswer:
    """One published cut-off beside the others.

    ``finding`` is its name ("low CT muscle quantity by Martin 2013"), ``fact`` the key of what
    it judges and ``fact_words`` its words. ``limit`` is the number that applied to this person,
    None where none did. ``verdict`` is "yes", "no" or "unknown"; ``reason`` says why. ``shown``
    is the value for people, in digits that stay on its side of the limit.
    """

    key: str
    topic: str
    topic_words: str
    finding: str
    fact: str
    fact_words: str
    value: float | None
    operator: str
    limit: float | None
    unit: str
    verdict: str
    reason: str
    caveats: tuple[str, ...]
    population: str
    citation: str
    doi: str
    shown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """One group of a published curve: completed years ``age_from`` to ``age_to``.

    With mean and SD, ``middle`` is the mean, ``low`` and ``high`` the 5th and 95th percentile of
    a normal (of masses: lognormal) distribution; else ``low`` is the published low limit and the
    others are None.
    """

    age_from: int
    age_to: int | None
    low: float
    middle: float | None
    high: float | None
    n: int | None
    unstable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencePlace:
    """One value among the people of one reference.

    ``target`` is a fact's key or "mass_" and a muscle group. ``group_words`` to ``below`` tell of
    the people it was compared with; where there are none, ``reason`` says why. ``unstable`` marks
    groups of fewer than ten. ``percentile`` is 0 to 100. ``z_low`` to ``percentile_high`` are 95 %
    confidence intervals by the size of the group, None where it is unknown. ``said`` is the whole
    answer in words.
    ``curve`` is the published curve over age of the person's sex (and BMI, where it goes by BMI),
    from this one reference; empty where there is none to show.
    """

    reference: str
    name: str
    target: str
    words: str
    value: float
    unit: str
    statistic: str
    population: str
    contrast: str
    limits: str
    doi: str
    group_words: str = ""
    group_n: int | None = None
    unstable: bool = False
    reference_value: float | None = None
    reference_sd: float | None = None
    z: float | None = None
    z_low: float | None = None
    z_high: float | None = None
    percentile: float | None = None
    percentile_low: float | None = None
    percentile_high: float | None = None
    below: bool | None = None
    reason: str = ""
    said: str = ""
    curve: tuple[CurvePoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """All answers on one person, side by side; disagreement is shown, not resolved.

    ``flags`` are codes that forbid or weaken what rests on the scan; ``notes`` belong beside
    every presentation.
    """

    facts: tuple[ToldFact, ...]
    criteria: tuple[CriteriaAnswer, ...]
    cutoffs: tuple[CutOffAnswer, ...]
    references: tuple[ReferencePlace, ...]
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAnswer:
    """What became of one row of the persons, or of the studies (``status`` "no_person").

    ``assessed`` is None exactly where ``problem`` says why. ``study`` is "joined", "none" or ""
    (nobody asked for studies).
    """

    id: str
    row: int
    status: str
    study: str
    problem: str = ""
    assessed: Assessment | None = None
