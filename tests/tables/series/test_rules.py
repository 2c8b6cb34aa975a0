"""Rules and preferences may only ask for what is known of every series."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from myotome.nouns.study.candidate import Candidate
from myotome.tables.series.rules import PREFERENCES, RULE, RULES, Preference


def test_a_rule_that_asks_for_no_fact_of_a_series_is_refused() -> None:
    with pytest.raises(ValueError, match="the row kvp asks for kilovolt"):
        replace(RULE["kvp"], fact="kilovolt")
    with pytest.raises(ValueError, match="the row kvp asks for voltage"):
        replace(RULE["kvp"], text="was made at {voltage:g} kV")
    with pytest.raises(ValueError, match="asks for beauty"):
        Preference(key="beauty", fact="beauty")


def test_every_fact_of_a_series_is_asked_for() -> None:
    asked = {row.fact for row in (*RULES, *PREFERENCES)}
    said = {name for row in RULES for name in _named(row.text)}
    assert asked | said == {field.name for field in fields(Candidate)}


def _named(text: str) -> set[str]:
    return {part.partition("}")[0].partition(":")[0] for part in text.split("{")[1:]}
