"""What citations say of the person, for the report: curves, cut-offs, criteria, facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from myotome.nouns.numbers.assessment import (
    Assessment,
    CriteriaAnswer,
    CutOffAnswer,
    ReferencePlace,
    ToldFact,
)
from myotome.tables.citable.references import REFERENCE
from myotome.tables.outputs import digits
from myotome.tables.outputs.wording import OLDEST_AGE_SHOWN_YEARS
from myotome.tables.person.fact_flags import FACT_FLAG
from myotome.write.report.cells import exact, readable, unit_words
from myotome.write.report.percentile_chart import percentile_chart

Json = dict[str, Any]

VERDICTS = {"yes": "\u25cf yes", "no": "\u25cb no", "unknown": "\u2013 not applied"}
MET = {"yes": "\u25cf met", "no": "\u25cb not met", "unknown": "\u2013 not assessable"}
_PERSON = ("sex", "age_years", "height_cm", "weight_kg")
_SEX = {"F": "female", "M": "male"}
_MASS = "mass_"


def assessed_section(assessed: Assessment) -> Json:
    """All answers, those that need what CT does not give folded by their reason."""
    age = next((f.value for f in assessed.facts if f.key == "age_years"), None)
    plots = [_plot(found, age) for found in assessed.references]
    drawn = [plot for plot in plots if plot is not None]
    folded = [c for c in assessed.cutoffs if _folded(c)]
    return {
        "unknown_person": _unknown_person(assessed.facts),
        "plots": [
            (words, group)
            for words, group in (
                ("At L3", [p for p in drawn if not p["mass"]]),
                ("Muscle mass in the slab", [p for p in drawn if p["mass"]]),
            )
            if group
        ],
        "not_plotted": _not_plotted(assessed.references, plots),
        "cutoffs": _blocks(c for c in assessed.cutoffs if not _folded(c)),
        "folded": _grouped(folded),
        "folded_words": ", ".join(dict.fromkeys(c.fact_words for c in folded)),
        "criteria": [_criteria(row) for row in assessed.criteria],
        "facts": [_fact(f) for f in assessed.facts if f.value is not None or f.unable],
        "unknown_facts": _unknown_facts(assessed.facts),
        "flags": [FACT_FLAG[code].words if code in FACT_FLAG else code for code in assessed.flags],
        "notes": [readable(note) for note in assessed.notes],
    }


def _unknown_person(facts: Sequence[ToldFact]) -> list[str]:
    """What of sex, age, height and weight is not known."""
    known = {f.key for f in facts if f.value is not None}
    words = {"sex": "sex", "age_years": "age", "height_cm": "height", "weight_kg": "weight"}
    return [words[key] for key in _PERSON if key not in known]


def _unknown_facts(facts: Sequence[ToldFact]) -> list[tuple[str, str]]:
    """(what, reason) of everything that is not known, together what has one reason."""
    found: dict[str, list[str]] = {}
    for fact in facts:
        if fact.value is None and not fact.unable:
            found.setdefault(readable(fact.reason), []).append(fact.words)
    return [(", ".join(words), reason) for reason, words in found.items()]


# references


def _plot(found: ReferencePlace, age: float | str | None) -> Json | None:
    chart = None if found.reason else percentile_chart(found, age)
    if chart is None:
        return None
    source = REFERENCE.get(found.reference)
    people = source.n if source is not None else found.group_n
    count = "n not stated" if people is None else f"n {people}"
    return {
        "chart": chart,
        "title": found.words,
        "unit": unit_words(found.unit),
        "name": found.name,
        "about": f"{count}; {found.population}; contrast: {found.contrast}",
        "said": _place(found),
        "limits": readable(found.limits),
        "doi": found.doi,
        "dashed": any(point.unstable for point in found.curve),
        "mass": found.target.startswith(_MASS),
    }


def _place(found: ReferencePlace) -> str:
    """The answer with the group it comes from; the reference is named beside it."""
    said = found.said.replace(f"; {found.name})", ")")
    return readable(said)


def _not_plotted(
    references: Sequence[ReferencePlace], plots: Sequence[Json | None]
) -> list[tuple[str, list[str]]]:
    """(reason, what in which reference) of everything without a plot."""
    found: dict[str, list[str]] = {}
    for row, plot in zip(references, plots, strict=True):
        if plot is None:
            reason = row.reason or f"{row.said} (no curve over age)"
            found.setdefault(readable(reason), []).append(f"{row.words} in {row.name}")
    return list(found.items())


# cut-offs


def _folded(row: CutOffAnswer) -> bool:
    """Whether there is nothing to compare: the value itself is not known."""
    return row.verdict == "unknown" and row.value is None


def _blocks(rows: Iterable[CutOffAnswer]) -> list[Json]:
    """Cut-offs of one value under one heading, in table order."""
    blocks: dict[str, Json] = {}
    for row in rows:
        block = blocks.setdefault(
            row.fact,
            {
                "words": row.fact_words,
                "value": _seen(row),
                "rows": [],
            },
        )
        block["rows"].append(_cutoff(row))
    return list(blocks.values())


def _cutoff(row: CutOffAnswer) -> Json:
    return {
        "finding": row.finding,
        "source": f"doi {row.doi}" if row.doi else row.citation,
        "population": readable(row.population),
        "limit": (
            "none for this person"
            if row.limit is None
            else f"{readable(row.operator)} {_number(row.limit, row.unit)}"
        ),
        "value": _value(row),
        "verdict": row.verdict,
        "verdict_words": VERDICTS[row.verdict],
        "reason": readable(_bare(row.reason)) if row.verdict == "unknown" else "",
        "caveats": [readable(words) for words in row.caveats],
    }


def _grouped(rows: Sequence[CutOffAnswer]) -> list[Json]:
    """Cut-offs without a value, by the reason."""
    found: dict[str, list[Json]] = {}
    for row in rows:
        found.setdefault(readable(_bare(row.reason)), []).append(_cutoff(row))
    return [{"reason": reason, "rows": own, "count": len(own)} for reason, own in found.items()]


def _bare(words: str) -> str:
    """Without what the place of the words says already."""
    return words.removeprefix("not assessable: ").replace(" (not given)", "")


def _value(row: CutOffAnswer) -> str:
    """The value as the answer saw it: four digits might put 54.998 onto a limit of 55."""
    return readable(f"{row.shown} {unit_words(row.unit)}".strip()) if row.shown else _seen(row)


def _seen(row: CutOffAnswer) -> str:
    """The value for all cut-offs on it; "4 to 6" of one of which only bounds are known."""
    if row.value is not None:
        return _number(row.value, row.unit)
    return f"{row.shown} {unit_words(row.unit)}".strip() if row.shown else "unable"


def _number(value: float, unit: str) -> str:
    return f"{exact(value)} {unit_words(unit)}".strip()


# criteria and facts


def _criteria(row: CriteriaAnswer) -> Json:
    return {
        "words": row.words,
        "source": f"{row.citation}, doi {row.doi}" if row.doi else row.citation,
        "met": row.met,
        "met_words": MET[row.met],
        "conclusion": readable(_bare(row.conclusion)),
        # where a grade is reached only a screen or a higher grade is open: that is told by step
        "needs": [readable(_bare(words)) for words in row.needs] if row.met == "unknown" else [],
        "steps": [(key.replace("_", " "), readable(_bare(words))) for key, words in row.steps],
        "remarks": [readable(words) for words in (*row.caveats, *row.notes)],
    }


def _fact(row: ToldFact) -> Json:
    value = row.value
    if row.unable:
        text = "unable"
    elif isinstance(value, str):
        value = _SEX.get(value, value) if row.key == "sex" else value
        text = f"{value} {unit_words(row.unit)}".strip()
    elif row.key == "age_years" and value is not None and value >= OLDEST_AGE_SHOWN_YEARS:
        text = f"{OLDEST_AGE_SHOWN_YEARS}+ {row.unit}"
    else:
        text = readable(f"{digits.shown(value or 0.0, row.unit)} {unit_words(row.unit)}".strip())
    return {"words": row.words, "text": text, "source": readable(row.source)}
