"""From answers, times and trials to facts: each instrument by its own publication.

``read`` is the door. Every step takes a ``Record`` and gives the facts it can, a reason for each
that it cannot give, and notes for people. Nothing here judges a person.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from myotome.assess.person.battery import sppb
from myotome.assess.person.contradictions import refuse_contradictions
from myotome.assess.person.facts import Fact, Facts, missing
from myotome.assess.person.record import Record
from myotome.errors import InputError
from myotome.tables.outputs.digits import decimals_of
from myotome.tables.person import instruments as table
from myotome.tables.person.columns import PERSON_COLUMNS
from myotome.tables.person.facts import FACT
from myotome.tables.person.instruments import INSTRUMENT, SARC_F_ITEMS

_SAME_INDEX = 0.03
"""A given CT index may differ by this share from that of the given area (rounding of height)."""
_SAME_SPEED = 0.02
"""Two statements of one gait speed may differ by this share (rounding of time and distance)."""
_CHEST = ("t12", "t10", "t8", "t5")
_ROUNDED_UNITS, _LEAST_DECIMALS = 0.5, 1
"""... or by this much of the last digit that was written down, which weighs in small numbers.

Ratios and speeds are taken to have so many decimals at least: 1 is 1.0.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the instruments made of one record: facts, and notes that belong beside them."""

    facts: Facts
    notes: tuple[str, ...] = ()


_Step = Callable[[Record, Facts], tuple[tuple[Fact, ...], tuple[str, ...]]]


def read(record: Record, *, source: str = "given", base: Facts | None = None) -> Reading:
    """The facts of one record, on top of ``base`` (of the scan or its header).

    Entries that were given replace those of ``base``. Refuses (InputError) statements that
    contradict each other, as a total that is not the sum of its items, or more muscle than body.
    """
    facts = (base or Facts()).plus(*_as_they_stand(record, source))
    notes: list[str] = []
    for step in _STEPS:
        found, said = step(record, facts)
        facts = facts.plus(*found)
        notes += said
    refuse_contradictions(facts)
    return Reading(facts=facts, notes=tuple(notes))


def _as_they_stand(record: Record, source: str) -> list[Fact]:
    """Columns that are facts already."""
    facts: list[Fact] = []
    for row in PERSON_COLUMNS:
        value = record.number(row.key) if row.kind != "word" else None
        word = record.word(row.key)
        if row.fact and (value is not None or word is not None):
            facts.append(Fact(key=row.fact, value=word if value is None else value, source=source))
    return facts


def body_mass_index(record: Record, facts: Facts) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """BMI = weight / height squared, kg/m2."""
    del record
    height, weight = facts.number("height_cm"), facts.number("weight_kg")
    if height is None or weight is None:
        lacking = [key for key, v in (("height", height), ("weight", weight)) if v is None]
        known = facts["bmi_kg_m2"].value is not None
        return (() if known else (missing("bmi_kg_m2", f"needs {' and '.join(lacking)}"),)), ()
    value = _derived(weight / (height / 100) ** 2)
    return (Fact(key="bmi_kg_m2", value=value, source="weight / height squared"),), ()


def sarc_f(record: Record, facts: Facts) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """SARC-F, 0 to 10 points, from the answers or the total (Malmstrom and Morley 2013).

    With answers missing the points have bounds: four or more of those given are positive.
    """
    del facts
    answers = {item.words: record.number(item.column) for item in SARC_F_ITEMS}
    given = [value for value in answers.values() if value is not None]
    open_ = [words for words, value in answers.items() if value is None]
    low, high = sum(given), sum(given) + table.SARC_F_ITEM_POINTS * len(open_)
    total, how = record.number("sarc_f_points"), "given as a total"
    if total is not None and not low <= total <= high:
        raise InputError(
            f"sarc_f_points {total:g} is not the sum of the answers, {_span(low, high)}.",
            mend="Leave one of them out.",
        )
    if total is None and not given:
        return (), ()
    source = INSTRUMENT["sarc_f"].citation
    if total is None and open_:
        reason = f"SARC-F is not complete: {'; '.join(open_)}; {_span(low, high)} points so far"
        fact = Fact(key="sarc_f_points", reason=reason, source=source, bounds=(low, high))
    else:
        total, how = (total, how) if total is not None and open_ else (low, "five answers")
        fact = Fact(key="sarc_f_points", value=total, source=f"{source}, {how}")
        low = high = total
    negative = high < table.SARC_F_POSITIVE_FROM
    said = f"SARC-F {_span(low, high)}: {INSTRUMENT['sarc_f'].note}"
    return (fact,), ((said,) if negative else ())


def sarc_calf(record: Record, facts: Facts) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """SARC-CalF, 0 to 20 points: SARC-F and the calf circumference (Barbosa-Silva 2016)."""
    points, calf, sex = facts.interval("sarc_f_points"), record.number("calf_cm"), facts.word("sex")
    if points is None and calf is None:
        return (), ()
    low, high = points or (0.0, float(table.SARC_F_ITEM_POINTS * len(SARC_F_ITEMS)))
    limits = table.SARC_CALF.at_most_cm
    wanted = [limits[sex]] if sex is not None else [*limits.values()]
    extras = {table.SARC_CALF.points if calf <= x else 0 for x in wanted} if calf is not None else {
        0, table.SARC_CALF.points
    }  # fmt: skip
    low, high = low + min(extras), high + max(extras)
    source = INSTRUMENT["sarc_calf"].citation
    if low < high:
        lacking = [
            words
            for words, known in (
                ("SARC-F", facts.number("sarc_f_points") is not None),
                ("calf circumference", calf is not None),
                ("sex", len(extras) == 1 or sex is not None),
            )
            if not known
        ]
        reason = f"needs {' and '.join(lacking)}; {_span(low, high)} points so far"
        fact = Fact(key="sarc_calf_points", reason=reason, source=source, bounds=(low, high))
        return (fact,), ()
    side = f"at most {min(wanted):g}" if min(extras) else f"above {max(wanted):g}"
    how = f"SARC-F {low - min(extras):g} + {min(extras)} (calf {calf:g} cm, {side} cm)"
    fact = Fact(key="sarc_calf_points", value=low, source=f"{source}: {how}")
    return (fact,), (INSTRUMENT["sarc_calf"].note,)


def grip(record: Record, facts: Facts) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """The best of all trials of both hands, kg; hand and device are named."""
    hands = {
        "right hand": record.trials("grip_right_kg"),
        "left hand": record.trials("grip_left_kg"),
        "hand not said": record.trials("grip_kg"),
    }
    trials = [(value, hand) for hand, values in hands.items() for value in values]
    if not trials:
        return (), ()
    best, hand = max(trials, key=lambda trial: trial[0])
    device = record.word("grip_device") or "device not said"
    count = f"best of {len(trials)} trials" if len(trials) > 1 else "one trial"
    found = [Fact(key="grip_kg", value=best, source=f"{count}, {hand}, {device}")]
    for key, of in (("grip_per_bmi_m2", "bmi_kg_m2"), ("grip_per_weight", "weight_kg")):
        divisor = facts.number(of)
        if divisor is not None:
            found.append(Fact(key=key, value=_derived(best / divisor), source=FACT[key].words))
    notes = () if len(trials) > 1 else ("Grip: one trial only; the best of several is usual.",)
    if best == 0:
        notes = (*notes, "Grip 0 kg is taken as measured: no force on the dynamometer.")
    return tuple(found), notes


def gait_speed(record: Record, facts: Facts) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """Usual gait speed, m/s, from distance and time, or as given; the course is kept with it."""
    del facts
    distance, time = record.number("gait_distance_m"), record.number("gait_time_s")
    stated = record.number("gait_speed_m_s")
    found: list[Fact] = []
    if distance is not None:
        found.append(Fact(key="gait_course_m", value=distance, source="given"))
    if record.unable("gait_time_s") or record.unable("gait_speed_m_s"):
        if stated is not None or time is not None:
            raise InputError("A gait speed and unable to walk contradict each other.")
        return (*found, Fact(key="gait_speed_m_s", unable=True, source="given")), ()
    if time is not None and distance is None and stated is None:
        return (missing("gait_speed_m_s", "needs gait_distance_m beside gait_time_s"),), ()
    computed = None if time is None or distance is None else _derived(distance / time)
    if not (computed is None or stated is None or _agree(stated, computed, _SAME_SPEED)):
        raise InputError(
            f"gait_speed_m_s {stated:g} is not {distance:g} m in {time:g} s, {computed:.2f} m/s.",
            mend="Leave one of them out.",
        )
    speed = stated if computed is None else computed
    if speed is None:
        return tuple(found), ()
    how = "given" if computed is None else f"{distance:g} m in {time:g} s"
    return (*found, Fact(key="gait_speed_m_s", value=speed, source=how)), ()


def timed_tests(record: Record, facts: Facts) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """5 chair stands, timed up and go, 400-m walk: a time in s, or unable."""
    del facts
    found: list[Fact] = []
    for key in ("chair_stands_5_s", "tug_s", "walk_400m_s"):
        time = record.number(key)
        if record.unable(key):
            found.append(Fact(key=key, unable=True, source="given"))
        elif time is not None:
            found.append(Fact(key=key, value=time, source="given"))
    return tuple(found), ()


def muscle_mass(record: Record, facts: Facts) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """ASM by DXA or BIA and its three indices, each named; DXA is taken where both are given."""
    by = {method: record.number(f"asm_{method.lower()}_kg") for method in ("DXA", "BIA")}
    known = [(method, kg) for method, kg in by.items() if kg is not None]
    if not known:
        return (), ()
    method, kg = known[0]
    notes = [INSTRUMENT["asm"].note]
    if len(known) > 1:
        notes.append(f"ASM was given by DXA and by BIA; {method} is used.")
    found = [
        Fact(key="asm_kg", value=kg, source=method),
        Fact(key="asm_method", value=method, source="given"),
    ]
    for key, divisor, factor in (
        ("asm_kg_m2", _height_m2(facts), 1.0),
        ("asm_per_weight_pct", facts.number("weight_kg"), 100.0),
        ("asm_per_bmi_m2", facts.number("bmi_kg_m2"), 1.0),
    ):
        if divisor is None:
            found.append(missing(key, f"needs {_DIVISOR[key]}"))
        else:
            source = f"ASM by {method} / {_DIVISOR[key]}"
            found.append(Fact(key=key, value=_derived(factor * kg / divisor), source=source))
    return tuple(found), tuple(notes)


_DIVISOR = {"asm_kg_m2": "height squared", "asm_per_weight_pct": "weight", "asm_per_bmi_m2": "BMI"}


def ct_indices(record: Record, facts: Facts) -> tuple[tuple[Fact, ...], tuple[str, ...]]:
    """Indices of given CT areas, where they were not given themselves.

    Refuses a given index that is not the one of the areas: one of them has another unit.
    """
    height2 = _height_m2(facts)
    sat = facts.number("l3_sat_cm2")
    found: list[Fact] = []
    for key, area_key, divisor, words in (
        ("l3_smi_cm2_m2", "l3_sma_cm2", height2, "height squared"),
        ("l3_pmi_cm2_m2", "l3_psoas_area_cm2", height2, "height squared"),
        ("l3_vsr", "l3_vat_cm2", sat, "subcutaneous fat area"),
        *((f"{at}_smi_cm2_m2", f"{at}_sma_cm2", height2, "height squared") for at in _CHEST),
    ):
        area = facts.number(area_key)
        if area is None:
            continue
        stated = record.number(key)
        if facts[key].value is not None and (stated is None or not divisor):
            continue
        if not divisor:
            found.append(missing(key, f"needs {words}"))
            continue
        computed, source = _derived(area / divisor), f"area / {words}"
        if stated is not None:
            if _same(stated, computed, _SAME_INDEX):
                continue
            _require_rounded(key, stated, area_key, area, computed)
            source += f"; {stated:g} as given is rounded"
        found.append(Fact(key=key, value=computed, source=source))
    return tuple(found), ()


def _require_rounded(key: str, stated: float, area_key: str, area: float, computed: float) -> None:
    """Refuse a given index that is not even the rounded one of its area."""
    if not _agree(stated, computed, _SAME_INDEX):
        raise InputError(
            f"{key} {stated:g} is not that of {area_key} {area:g}, {computed:.2f}.",
            why="One of them, or the height, is of another unit or person.",
            mend="Correct it, or leave one of them out.",
        )


def _same(stated: float, computed: float, share: float) -> bool:
    return math.isclose(stated, computed, rel_tol=share)


def _agree(stated: float, computed: float, share: float) -> bool:
    """Whether two statements differ by no more than their rounding."""
    last_digit = 10.0 ** -max(_LEAST_DECIMALS, decimals_of(stated))
    rounded = abs(stated - computed) <= _ROUNDED_UNITS * last_digit * (1 + 1e-9)
    return rounded or _same(stated, computed, share)


def _span(low: float, high: float) -> str:
    """``4``, or ``4 to 6``."""
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _derived(value: float) -> float:
    """Without the last bits: 2.4 m in 3 s are 0.8 m/s, and cut-offs lie at such numbers."""
    return round(value, 6)


def _height_m2(facts: Facts) -> float | None:
    height = facts.number("height_cm")
    return None if height is None else (height / 100) ** 2


_STEPS: tuple[_Step, ...] = (
    body_mass_index, sarc_f, sarc_calf, grip, gait_speed, timed_tests, sppb, muscle_mass,
    ct_indices,
)  # fmt: skip
