"""What citations said of a result, as it was written."""

from __future__ import annotations

from typing import Any

from myotome.nouns.numbers.assessment import (
    Assessment,
    CriteriaAnswer,
    CutOffAnswer,
    ReferencePlace,
    ToldFact,
)
from myotome.read.results.fields import Fields, damaged
from myotome.tables.citable.cutoffs import TOPICS
from myotome.tables.citable.references import STATISTICS
from myotome.tables.person.facts import FACT

_STATISTIC = {words: key for key, words in STATISTICS.items()}


def assessment(document: Fields) -> Assessment:
    """``assessment.json``; of cut-offs the caveats as one text, of references no curve."""
    return Assessment(
        facts=tuple(_fact(key, row) for key, row in document.by_name("facts")),
        criteria=tuple(map(_criteria, document.objects("criteria"))),
        cutoffs=tuple(map(_cutoff, document.objects("cutoffs"))),
        references=tuple(map(_reference, document.objects("references"))),
        flags=document.texts("flags"),
        notes=document.texts("notes"),
    )


def _fact(key: str, row: Fields) -> ToldFact:
    return ToldFact(
        key=key,
        words=FACT[key].words if key in FACT else key,
        value=_text_or_number(row, "value"),
        unit=row.text("unit"),
        source=row.text("source"),
        reason=row.text("reason", older=True),
        unable=row.values.get("unable") is True,
    )


def _text_or_number(row: Fields, key: str) -> float | str | None:
    text = isinstance(row.values.get(key), str)
    return row.text(key) if text else row.maybe_number(key)


def _criteria(row: Fields) -> CriteriaAnswer:
    return CriteriaAnswer(
        key=row.text("key"),
        words=row.text("criteria"),
        citation=row.text("citation"),
        doi=row.text("doi"),
        met=row.text("met"),
        step=row.text("step"),
        grade=row.maybe_whole("grade"),
        conclusion=row.text("conclusion"),
        steps=tuple(row.words("steps").items()),
        needs=row.texts("needs"),
        caveats=row.texts("caveats"),
        notes=row.texts("notes"),
    )


def _cutoff(row: Fields) -> CutOffAnswer:
    topic, fact, caveats = row.text("topic"), row.text("quantity"), row.text("caveats")
    return CutOffAnswer(
        key=row.text("cutoff"),
        topic=topic,
        topic_words=TOPICS.get(topic, topic),
        finding=row.text("finding"),
        fact=fact,
        fact_words=FACT[fact].words if fact in FACT else fact,
        value=row.maybe_number("value"),
        operator=row.text("operator"),
        limit=row.maybe_number("limit"),
        unit=row.text("unit"),
        verdict=row.text("verdict"),
        reason=row.text("reason"),
        caveats=(caveats,) if caveats else (),
        population=row.text("population"),
        citation=row.text("citation"),
        doi=row.text("doi"),
    )


_TEXTS = ("reference", "name", "target", "words", "unit", "population", "contrast", "limits",
    "doi", "group_words", "reason", "said")  # fmt: skip
_NUMBERS = ("reference_value", "reference_sd", "z", "percentile")
_INTERVALS = ("z_low", "z_high", "percentile_low", "percentile_high")
"""Results of older versions have none."""


def _reference(row: Fields) -> ReferencePlace:
    said = row.text("statistic")
    if said not in _STATISTIC:
        raise damaged(row.place, "has an unknown statistic")
    found: dict[str, Any] = {key: row.text(key) for key in _TEXTS}
    found |= {key: row.maybe_number(key) for key in _NUMBERS}
    found |= {key: row.maybe_number(key, older=True) for key in _INTERVALS}
    return ReferencePlace(
        **found,
        value=row.number("value"),
        statistic=_STATISTIC[said],
        group_n=row.maybe_whole("group_n"),
        unstable=row.yes("unstable"),
        below=row.yes("below") if row.has("below") else None,
    )
